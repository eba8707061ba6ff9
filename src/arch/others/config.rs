//! A `config.json` as `candle-transformers` wants it: its structures know the keys that `transformers` wrote until 2025,
//! and need some that files leave out.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::weights::Architecture;

/// What a `config.json` says, in the older form and complete.
pub(super) struct Plain {
    pub architecture: Architecture,
    pub vocab: usize,
    /// Positions that the implementation is right for.
    pub context: usize,
    /// Whether the output has the weights of the embeddings.
    pub tied: bool,
    value: Value,
}

impl Plain {
    /// Reads and completes a `config.json`; `runs` says which architectures are built here.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read; [`ErrorKind::Model`] if the architecture isn't one of them, a key is missing
    /// or says something that the implementation would pass over in silence.
    pub(super) fn read(path: &Path, runs: fn(Architecture) -> bool) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::io("reading", path, error))?;
        let wrong = |what: String| {
            let path = path.display();
            Error::new(ErrorKind::Model, format!("{path}: {what}"))
        };
        let value = serde_json::from_slice::<Value>(&bytes)
            .map_err(|error| wrong("it is not JSON".into()).with_source(error))?;
        let Value::Object(mut config) = value else {
            return Err(wrong("it is no table".into()));
        };
        let kind = config
            .get("model_type")
            .and_then(Value::as_str)
            .unwrap_or("");
        let known = Architecture::from_model_type(kind);
        let architecture = known.filter(|&known| runs(known)).ok_or_else(|| {
            wrong(format!(
                "the architecture \"{kind}\" is not one that candle-transformers runs here"
            ))
        })?;
        if let Some(method) = config.get("quantization_config").filter(|it| !it.is_null()) {
            let method = method["quant_method"].as_str().unwrap_or("unnamed");
            return Err(wrong(format!("the weights are quantized by \"{method}\""))
                .with_hint("take the model's own floats, or a GGUF file"));
        }
        flatten_rope(&mut config).map_err(|kind| {
            wrong(format!(
                "positions are scaled by the rope type \"{kind}\", which is not supported for {architecture}"
            ))
        })?;
        let number = |config: &Map<String, Value>, key: &str| {
            let number = config.get(key).and_then(Value::as_u64);
            number.and_then(|number| usize::try_from(number).ok())
        };
        let need = |key: &str| {
            number(&config, key).ok_or_else(|| wrong(format!("\"{key}\" is missing or no number")))
        };
        let vocab = need("vocab_size")?;
        let positions = need("max_position_embeddings")?;
        let (width, heads) = (need("hidden_size")?, need("num_attention_heads")?);
        if heads == 0 || width % heads != 0 {
            return Err(wrong(format!(
                "{heads} heads can't share a width of {width}"
            )));
        }
        // The windows of candle's masks are not always those of the model: within one they make no difference.
        let windowed = config.get("use_sliding_window") != Some(&Value::Bool(false));
        let window = number(&config, "sliding_window").filter(|_| windowed);
        if window.is_none() {
            // Some masks have a window even where the model is not to use it.
            config.insert("sliding_window".to_owned(), Value::Null);
        }
        alike(&mut config, architecture);
        complete(&mut config, positions, width, heads);
        Ok(Self {
            architecture,
            vocab,
            context: window.map_or(positions, |window| window.min(positions)),
            tied: config.get("tie_word_embeddings") == Some(&Value::Bool(true)),
            value: Value::Object(config),
        })
    }

    /// The configuration as a structure of `candle-transformers`.
    pub(super) fn of<C: DeserializeOwned>(&self) -> candle_core::Result<C> {
        serde_json::from_value(self.value.clone()).map_err(candle_core::Error::wrap)
    }
}

/// Brings `rope_parameters` of newer files into the older form; the name of a scaling that no network here does, as an
/// error.
fn flatten_rope(config: &mut Map<String, Value>) -> Result<(), String> {
    if let Some(Value::Object(rope)) = config.remove("rope_parameters") {
        for key in ["rope_theta", "partial_rotary_factor"] {
            if let Some(value) = rope.get(key) {
                config.insert(key.to_owned(), value.clone());
            }
        }
        if !config.contains_key("rope_scaling") {
            config.insert("rope_scaling".to_owned(), Value::Object(rope));
        }
    }
    let scaling = config.insert("rope_scaling".to_owned(), Value::Null);
    let Some(Value::Object(scaling)) = scaling else {
        return Ok(());
    };
    let kind = scaling.get("rope_type").or(scaling.get("type"));
    match kind.and_then(Value::as_str).unwrap_or("default") {
        "default" => Ok(()),
        other => Err(other.to_owned()),
    }
}

/// What files leave out because it is the usual.
fn complete(config: &mut Map<String, Value>, positions: usize, width: usize, heads: usize) {
    let usual = json!({
        "attention_bias": false,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "decoder_sparse_step": 1,
        "head_dim": width / heads,
        "max_window_layers": 0,
        "mlp_bias": false,
        "norm_topk_prob": false,
        "num_key_value_heads": heads,
        "partial_rotary_factor": 1.0,
        "qk_layernorm": false,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "sliding_window": positions,
        "tie_word_embeddings": false,
        "use_flash_attn": false,
        "use_sliding_window": false,
    });
    let Value::Object(usual) = usual else {
        return;
    };
    for (key, value) in usual {
        let there = config.entry(key).or_insert(Value::Null);
        if there.is_null() {
            *there = value;
        }
    }
    // One end is enough for a structure that wants one; which tokens end an answer is read elsewhere.
    if let Some(many) = config.get("eos_token_id").and_then(Value::as_array) {
        let first = many.first().cloned().unwrap_or(0.into());
        config.insert("eos_token_id".to_owned(), first);
    }
}

/// Keys that go by two names.
fn alike(config: &mut Map<String, Value>, architecture: Architecture) {
    for (one, other) in [
        ("num_experts", "num_local_experts"),
        ("hidden_act", "hidden_activation"),
    ] {
        for (from, to) in [(one, other), (other, one)] {
            if let Some(value) = config.get(from).filter(|value| !value.is_null()).cloned() {
                let there = config.entry(to).or_insert(Value::Null);
                if there.is_null() {
                    *there = value;
                }
            }
        }
    }
    // Its network knows an older name only.
    if architecture == Architecture::Lfm2
        && let Some(tied) = config.get("tie_word_embeddings").cloned()
    {
        config.insert("tie_embedding".to_owned(), tied);
    }
    // Its network wants one of the two; the older name says GELU where the model has its approximation.
    if architecture == Architecture::Gemma {
        config.insert("hidden_act".to_owned(), Value::Null);
        config.insert("hidden_activation".to_owned(), "gelu_pytorch_tanh".into());
    }
}
