//! Decoder-only models as the Hub has them: `config.json` and safetensors, in one file or in shards.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::nn::ops::{Gate, RopePairs};
use crate::weights::Architecture;
use crate::weights::checkpoint::Checkpoint;
use crate::weights::gguf::{Tensor, TensorType};

use super::config::{Config, FAMILIES, Heads, LAYERS, Local};
use super::hub_json::Json;
use super::hub_rope::Ropes;

/// A model in the Hub's layout.
#[derive(Debug)]
pub struct Hub {
    checkpoint: Checkpoint,
    family: Architecture,
    config: Config,
    /// Tokens, as `config.json` says.
    vocab: Option<usize>,
    /// Whether the output has the weights of the embeddings, as `config.json` says.
    tied: Option<bool>,
    /// What the names of the layers' tensors begin with.
    prefix: String,
    /// The name of the output's weights, if there are any.
    output: Option<String>,
    round_to: TensorType,
}

/// What a `config.json` says, if these kernels know all of it.
struct Said {
    family: Architecture,
    config: Config,
    vocab: Option<usize>,
    tied: Option<bool>,
}

/// Reads a `config.json`, for which no weights need to be there.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be read; [`ErrorKind::Model`] if the architecture, or a way of its, isn't known.
pub fn check_config(config: &Path) -> Result<()> {
    Said::read(config).map(drop)
}

impl Said {
    fn read(config: &Path) -> Result<Self> {
        let bytes = std::fs::read(config).map_err(|error| Error::io("reading", config, error))?;
        let origin = config.display().to_string();
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(ErrorKind::Model, format!("{origin} is not JSON")).with_source(error)
        })?;
        let whole = Json::new(&value, &origin);
        let kind = whole.text("model_type").unwrap_or("");
        let known = Architecture::from_model_type(kind);
        let family = known.filter(|family| FAMILIES.contains(family));
        let family = family.ok_or_else(|| {
            whole.wrong(&format!(
                "the architecture \"{kind}\" is not one of those that run on these kernels"
            ))
        })?;
        if let Some(method) = whole.object("quantization_config") {
            let method = method.text("quant_method").unwrap_or("unnamed");
            return Err(whole
                .wrong(&format!("the weights are quantized by \"{method}\""))
                .with_hint("take the model's own floats, or a GGUF file"));
        }
        // Models that also see pictures have what belongs to the text in a part of its own.
        let text = whole.object("text_config").unwrap_or(whole);
        Ok(Self {
            config: Config::from_json(text, kind, family)?,
            family,
            vocab: text.number_if_any("vocab_size")?,
            tied: text
                .flag("tie_word_embeddings")
                .or_else(|| whole.flag("tie_word_embeddings")),
        })
    }
}

impl Hub {
    /// Reads `config`, then opens `weights`, which must be all that `index` names. Matrices are rounded to `round_to` when
    /// they are packed.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a file can't be read; [`ErrorKind::Model`] if the architecture, or a way of its, isn't known,
    /// or a file is damaged or missing.
    pub fn open(
        config: &Path,
        weights: &[PathBuf],
        index: Option<&Path>,
        round_to: TensorType,
    ) -> Result<Self> {
        let said = Said::read(config)?;
        let checkpoint = Checkpoint::open_files(weights)?;
        if let Some(index) = index {
            checkpoint.agrees_with(index, weights)?;
        }
        let find = |end: &str| {
            let found = checkpoint.names().filter(|name| name.ends_with(end));
            found.min_by_key(|name| name.len()).map(str::to_owned)
        };
        let embeddings = find(EMBED_TOKENS).ok_or_else(|| {
            let path = checkpoint.path().display();
            let what = format!("{path} has no embeddings (\"model.{EMBED_TOKENS}\")");
            Error::new(ErrorKind::Model, what)
        })?;
        Ok(Self {
            prefix: embeddings[..embeddings.len() - EMBED_TOKENS.len()].to_owned(),
            output: find("lm_head.weight"),
            vocab: said.vocab,
            tied: said.tied,
            checkpoint,
            family: said.family,
            config: said.config,
            round_to,
        })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn path(&self) -> &Path {
        self.checkpoint.path()
    }

    pub(super) fn round_to(&self) -> TensorType {
        self.round_to
    }

    /// The Hub's name of a tensor that llama.cpp calls `name`; what it has no name for keeps its own.
    pub(super) fn name(&self, name: &str) -> String {
        let prefix = &self.prefix;
        match name {
            "token_embd.weight" => return format!("{prefix}{EMBED_TOKENS}"),
            "output_norm.weight" => return format!("{prefix}norm.weight"),
            "output.weight" => return self.output.clone().unwrap_or_else(|| name.to_owned()),
            _ => {}
        }
        let parts = name.strip_prefix("blk.").and_then(|rest| {
            let (layer, rest) = rest.split_once('.')?;
            let (part, kind) = rest.rsplit_once('.')?;
            Some((layer, self.part(part)?, kind))
        });
        match parts {
            Some((layer, part, kind)) => format!("{prefix}layers.{layer}.{part}.{kind}"),
            None => name.to_owned(),
        }
    }

    /// The Hub's name of a part of a layer.
    fn part(&self, part: &str) -> Option<&'static str> {
        let gemma = self.family == Architecture::Gemma3;
        let hunyuan = self.family == Architecture::HunyuanDense;
        Some(match part {
            "attn_q" => "self_attn.q_proj",
            "attn_k" => "self_attn.k_proj",
            "attn_v" => "self_attn.v_proj",
            "attn_output" => "self_attn.o_proj",
            "ffn_gate" => "mlp.gate_proj",
            "ffn_up" => "mlp.up_proj",
            "ffn_down" => "mlp.down_proj",
            "attn_norm" => "input_layernorm",
            "ffn_norm" if gemma => "pre_feedforward_layernorm",
            "ffn_norm" => "post_attention_layernorm",
            "post_attention_norm" if gemma => "post_attention_layernorm",
            "post_ffw_norm" if gemma => "post_feedforward_layernorm",
            "attn_q_norm" if hunyuan => "self_attn.query_layernorm",
            "attn_k_norm" if hunyuan => "self_attn.key_layernorm",
            "attn_q_norm" => "self_attn.q_norm",
            "attn_k_norm" => "self_attn.k_norm",
            _ => return None,
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.checkpoint.shape(&self.name(name)).is_some()
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        self.checkpoint.tensor(&self.name(name))
    }

    pub(super) fn forget(&self, name: &str) {
        self.checkpoint.forget(&self.name(name));
    }

    /// Gemma multiplies with one more than the scales that it keeps.
    pub(super) fn vector_offset(&self, name: &str) -> f32 {
        let is_scale = name.ends_with("norm.weight");
        f32::from(self.family == Architecture::Gemma3 && is_scale)
    }

    pub(super) fn has_output(&self) -> Result<bool> {
        match (self.tied, &self.output) {
            (Some(true), _) => Ok(false),
            (None, output) => Ok(output.is_some()),
            (Some(false), Some(_)) => Ok(true),
            (Some(false), None) => Err(self.contradicts(
                "config.json says that the output has weights of its own, but lm_head.weight is missing",
            )),
        }
    }

    pub(super) fn check_size(&self, layers: usize, vocab: usize) -> Result<()> {
        if let Some(said) = self.vocab.filter(|said| *said != vocab) {
            let what = format!("config.json says {said} tokens, but there are {vocab} embeddings");
            return Err(self.contradicts(&what));
        }
        if self.has(&format!("blk.{layers}.attn_q.weight")) {
            let what = format!("config.json says {layers} layers, but the tensors have more");
            return Err(self.contradicts(&what));
        }
        Ok(())
    }

    fn contradicts(&self, what: &str) -> Error {
        let path = self.path().display();
        Error::new(ErrorKind::Model, format!("{path}: {what}"))
            .with_hint("the weights don't belong to the config.json beside them, or are damaged")
    }
}

const EMBED_TOKENS: &str = "embed_tokens.weight";

impl Config {
    /// Reads a `config.json`; `kind` is its `model_type`.
    fn from_json(json: Json<'_>, kind: &str, family: Architecture) -> Result<Self> {
        let gemma = family == Architecture::Gemma3;
        let layers = json.number("num_hidden_layers")?;
        if !LAYERS.contains(&layers) {
            return Err(json.wrong(&format!("a model of {layers} layers can't be run")));
        }
        let width = json.number("hidden_size")?;
        // What Gemma's files leave out is what its first model has.
        let heads = match gemma {
            true => json.number_or("num_attention_heads", 8)?,
            false => json.number("num_attention_heads")?,
        };
        let kv_heads = json.number_or("num_key_value_heads", if gemma { 4 } else { heads })?;
        let usual = if gemma { 256 } else { width / heads.max(1) };
        let head_dim = json.number_or("head_dim", usual)?;
        let part = json.float_or("partial_rotary_factor", 1.0)?;
        let rotated = (head_dim as f64 * part) as usize;
        let shared = Heads {
            heads,
            kv_heads,
            head_dim,
            rotated,
        };
        shared.check().map_err(|what| json.wrong(&what))?;
        let ropes = Ropes::read(json, family, rotated)?;
        let scalar = json.float_or("query_pre_attn_scalar", if gemma { 256.0 } else { 0.0 })?;
        let query_width = if gemma { scalar } else { head_dim as f64 };
        for key in ["final_logit_softcapping", "attn_logit_softcapping"] {
            if json.get(key).is_some() {
                return Err(json.wrong(&format!("\"{key}\" is not supported")));
            }
        }
        let context = match gemma {
            true => json.number_or("max_position_embeddings", 131_072)?,
            false => json.number("max_position_embeddings")?,
        };
        let window = json.number_if_any("sliding_window")?;
        let local_layers = local_layers(json, kind, family, layers)?;
        let local = window.filter(|_| local_layers.contains(&true));
        Ok(Self {
            layers,
            width,
            heads,
            kv_heads,
            head_dim,
            hidden: json.number("intermediate_size")?,
            context,
            eps: json.float_or("rms_norm_eps", 1e-6)? as f32,
            query_scale: (1.0 / query_width.sqrt()) as f32,
            embedding_scale: if gemma { (width as f32).sqrt() } else { 1.0 },
            gate: gate(json, gemma)?,
            pairs: RopePairs::Halves,
            rotated,
            global: ropes.global,
            rope_factors: ropes.factors,
            local: local.map(|window| Local {
                window,
                layers: local_layers,
                rope: ropes.local,
            }),
            unrotated: unrotated(json, family, layers),
            norm_after_rope: family == Architecture::HunyuanDense,
        })
    }
}

fn gate(json: Json<'_>, gemma: bool) -> Result<Gate> {
    let named = json
        .text("hidden_activation")
        .or_else(|| json.text("hidden_act"));
    match named {
        None if gemma => Ok(Gate::Gelu),
        None | Some("silu" | "swish") => Ok(Gate::Silu),
        Some("gelu_pytorch_tanh" | "gelu_new") => Ok(Gate::Gelu),
        Some(other) => Err(json.wrong(&format!("the activation \"{other}\" is not supported"))),
    }
}

/// Which layers see the near past only.
fn local_layers(
    json: Json<'_>,
    kind: &str,
    family: Architecture,
    layers: usize,
) -> Result<Vec<bool>> {
    if let Some(kinds) = json.list("layer_types") {
        let kinds = kinds.iter().map(|kind| match kind.as_str() {
            Some("full_attention") => Ok(false),
            Some("sliding_attention") => Ok(true),
            other => {
                let other = other.unwrap_or("?");
                Err(json.wrong(&format!("layers of type \"{other}\" are not supported")))
            }
        });
        return kinds.collect();
    }
    Ok(match family {
        Architecture::Gemma3 => {
            let period = json.number_or("sliding_window_pattern", 6)?.max(1);
            (1..=layers)
                .map(|layer| !layer.is_multiple_of(period))
                .collect()
        }
        Architecture::Qwen2 | Architecture::Qwen3 => {
            let first = match json.flag("use_sliding_window") {
                Some(true) => json.number_or("max_window_layers", layers)?,
                _ => layers,
            };
            (0..layers).map(|layer| layer >= first).collect()
        }
        _ => vec![kind == "mistral"; layers],
    })
}

/// Layers without rotation: SmolLM3 marks them with a 0.
fn unrotated(json: Json<'_>, family: Architecture, layers: usize) -> Vec<usize> {
    if family != Architecture::SmolLm3 {
        return Vec::new();
    }
    match json.list("no_rope_layers") {
        Some(marks) => {
            let plain = marks
                .iter()
                .enumerate()
                .filter(|(_, mark)| mark.as_u64() == Some(0));
            plain.map(|(layer, _)| layer).collect()
        }
        None => (3..layers).step_by(4).collect(),
    }
}
