//! Architectures that `candle-transformers` runs, against what `transformers` makes of the same tiny checkpoints
//! (`tests/fixtures/hub/make.py`).

use std::path::Path;

use candle_core::Device;
use serde_json::Value;
use traghetto::ErrorKind;
use traghetto::arch::others::OtherModel;
use traghetto::decode::{CausalLm, SeqInput, Want};
use traghetto::engine::ChatFiles;
use traghetto::weights::gguf::Gguf;

use crate::causal_hub::{argmax, copy, expected, fixture, greedy, worst};

const MODELS: [&str; 13] = [
    "gemma",
    "gemma2",
    "glm4",
    "helium",
    "lfm2",
    "mixtral",
    "olmo",
    "olmo2",
    "phi",
    "phi3",
    "qwen2_moe",
    "qwen3_moe",
    "starcoder2",
];

fn load(folder: &Path) -> traghetto::Result<OtherModel> {
    let files = ChatFiles::in_folder(folder)?;
    OtherModel::load(&files.config, &files.weights, None, &Device::Cpu)
}

#[test]
fn thirteen_architectures_give_the_logits_and_the_tokens_of_transformers() {
    let mut wrong = Vec::new();
    for name in MODELS {
        let expected = expected(name);
        let model = match load(&fixture(name)) {
            Ok(model) => model,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let (ids, rows) = greedy(&model, &expected.prompt, expected.greedy.len());
        let worst = worst(&expected, &rows);
        eprintln!("{name}: off by {worst:.6} at most");
        if ids != expected.greedy || worst > 1e-3 {
            wrong.push(format!(
                "{name}: {worst}, {ids:?} not {:?}",
                expected.greedy
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What llama.cpp calls a part of a layer.
fn part(part: &str) -> &'static str {
    match part {
        "input_layernorm" => "attn_norm",
        "post_attention_layernorm" => "ffn_norm",
        "post_self_attn_layernorm" => "post_attention_norm",
        "post_mlp_layernorm" => "post_ffw_norm",
        "self_attn.qkv_proj" => "attn_qkv",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.o_proj" => "attn_output",
        "mlp.gate_up_proj" => "ffn_up",
        "mlp.down_proj" => "ffn_down",
        other => panic!("{other}"),
    }
}

/// A fixture as llama.cpp's converter names its tensors, in floats; what is there as `(key, value)` goes before.
fn as_gguf(name: &str, file: &Path, more: &[(&str, Value)]) {
    use candle_core::quantized::gguf_file::{self, Value as Entry};
    use candle_core::quantized::{GgmlDType, QTensor};
    let folder = fixture(name);
    let config = std::fs::read(folder.join("config.json")).unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    let number = |key: &str| Entry::U32(config[key].as_u64().unwrap() as u32);
    let mut entries = vec![
        (
            "general.architecture".to_owned(),
            Entry::String(name.into()),
        ),
        (format!("{name}.block_count"), number("num_hidden_layers")),
        (format!("{name}.embedding_length"), number("hidden_size")),
        (
            format!("{name}.feed_forward_length"),
            number("intermediate_size"),
        ),
        (
            format!("{name}.context_length"),
            number("max_position_embeddings"),
        ),
        (
            format!("{name}.attention.head_count"),
            number("num_attention_heads"),
        ),
        (
            format!("{name}.attention.head_count_kv"),
            number("num_key_value_heads"),
        ),
        (format!("{name}.attention.key_length"), number("head_dim")),
        (format!("{name}.rope.dimension_count"), number("head_dim")),
        (format!("{name}.rope.freq_base"), Entry::F32(1e4)),
    ];
    let eps = config["rms_norm_eps"].as_f64().unwrap() as f32;
    entries.push((
        format!("{name}.attention.layer_norm_rms_epsilon"),
        Entry::F32(eps),
    ));
    for (key, value) in more {
        let value = match value {
            Value::String(text) => Entry::String(text.clone()),
            number => Entry::F32(number.as_f64().unwrap() as f32),
        };
        entries.retain(|(own, _)| own != key);
        entries.push(((*key).to_owned(), value));
    }
    let all =
        candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu).unwrap();
    let tensors: Vec<_> = all
        .iter()
        .map(|(name, tensor)| {
            let name = name.strip_prefix("model.").unwrap_or(name);
            let name = match name {
                "embed_tokens.weight" => "token_embd.weight".to_owned(),
                "norm.weight" => "output_norm.weight".to_owned(),
                "lm_head.weight" => "output.weight".to_owned(),
                _ => {
                    let (layer, rest) = name["layers.".len()..].split_once('.').unwrap();
                    let (rest, kind) = rest.rsplit_once('.').unwrap();
                    format!("blk.{layer}.{}.{kind}", part(rest))
                }
            };
            let floats = tensor.to_dtype(candle_core::DType::F32).unwrap();
            (name, QTensor::quantize(&floats, GgmlDType::F32).unwrap())
        })
        .collect();
    let tensors: Vec<_> = tensors.iter().map(|(name, t)| (name.as_str(), t)).collect();
    let entries: Vec<_> = entries
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    let mut file = std::fs::File::create(file).unwrap();
    gguf_file::write(&mut file, &entries, &tensors).unwrap();
}

#[test]
fn quantized_files_give_the_tokens_of_transformers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.gguf");
    let load = || OtherModel::load_gguf(&Gguf::open(&file)?, &Device::Cpu);
    for name in ["phi3", "glm4"] {
        as_gguf(name, &file, &[]);
        let (expected, model) = (expected(name), load().unwrap());
        let (ids, rows) = greedy(&model, &expected.prompt, expected.greedy.len());
        let worst = worst(&expected, &rows);
        eprintln!("{name}: off by {worst:.6} at most");
        assert_eq!(ids, expected.greedy, "{name}");
        assert!(worst < 1e-3, "{name}: {worst}");
    }
    for (key, value, named) in [
        ("phi3.rope.freq_base", Value::from(5e5), "another base"),
        ("phi3.rope.scaling.type", "yarn".into(), "\"yarn\""),
        ("general.architecture", "gemma2".into(), "\"gemma2\""),
    ] {
        as_gguf("phi3", &file, &[(key, value)]);
        let error = load().err().expect("it must be refused");
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn prefixes_steps_back_and_several_sequences_change_nothing() {
    for name in ["phi", "glm4", "lfm2", "qwen3_moe"] {
        let model = load(&fixture(name)).unwrap();
        let expected = expected(name);
        let (prompt, next) = (&expected.prompt, &expected.greedy);
        let mut cache = model.new_cache().unwrap();
        let input = |seq, tokens, want| SeqInput { seq, tokens, want };
        let a = model.open(&mut cache, 64, None).unwrap();
        let nothing = model.forward(&mut cache, &[input(a, &prompt[..11], Want::None)]);
        assert_eq!(nothing.unwrap().rows(), 0);
        let b = model.open(&mut cache, 64, Some((a, 11))).unwrap();
        let both = [
            input(a, &prompt[11..], Want::Last),
            input(b, &prompt[11..], Want::All),
        ];
        let logits = model.forward(&mut cache, &both).unwrap();
        assert_eq!(logits.rows(), 1 + prompt.len() - 11);
        assert_eq!(argmax(logits.row(0)), next[0], "{name}");
        assert_eq!(argmax(logits.row(logits.rows() - 1)), next[0], "{name}");
        let logits = model
            .forward(&mut cache, &[input(b, &next[..4], Want::All)])
            .unwrap();
        let best: Vec<u32> = (0..4).map(|row| argmax(logits.row(row))).collect();
        assert_eq!(best, next[1..5], "{name}");
        model.truncate(&mut cache, b, prompt.len() + 1);
        let logits = model
            .forward(&mut cache, &[input(b, &next[1..2], Want::Last)])
            .unwrap();
        assert_eq!(argmax(logits.row(0)), next[2], "{name}");
        model.close(&mut cache, a);
        for wrong in [
            input(a, &[5], Want::Last),
            input(b, &[], Want::Last),
            input(b, &[9999], Want::Last),
            input(b, &[5; 64], Want::Last),
        ] {
            let error = model.forward(&mut cache, &[wrong]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Inference, "{error}");
        }
        assert_eq!(model.open(&mut cache, 9, None).unwrap(), a);
    }
}

/// What is said of a fixture whose config.json was changed.
fn refused(name: &str, change: impl Fn(&mut Value)) -> String {
    let folder = copy(name);
    let path = folder.path().join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut config);
    std::fs::write(&path, config.to_string()).unwrap();
    let error = load(folder.path()).err().expect("it must be refused");
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
    error.to_string()
}

#[test]
fn what_would_be_another_model_is_refused() {
    let said = refused("phi3", |config| {
        config["rope_parameters"]["rope_type"] = "longrope".into();
    });
    assert!(said.contains("\"longrope\""), "{said}");
    let said = refused("olmo2", |config| config["num_hidden_layers"] = 1.into());
    assert!(said.contains("model.layers.1."), "{said}");
    let said = refused("olmo2", |config| config["hidden_size"] = 64.into());
    assert!(said.contains("shape"), "{said}");
    let said = refused("gemma2", |config| config["model_type"] = "granite".into());
    assert!(said.contains("\"granite\""), "{said}");
    let said = refused("glm4", |config| config["num_attention_heads"] = 0.into());
    assert!(said.contains("0 heads"), "{said}");
}
