//! Architectures that `candle-transformers` runs, against what `transformers` makes of the same tiny checkpoints
//! (`tests/fixtures/hub/make.py`).

use std::path::Path;

use candle_core::Device;
use serde_json::Value;
use traghetto::ErrorKind;
use traghetto::arch::others::OtherModel;
use traghetto::decode::{CausalLm, SeqInput, Want};
use traghetto::engine::ChatFiles;

use crate::causal_hub::{argmax, copy, expected, fixture, greedy, worst};

const MODELS: [&str; 12] = [
    "gemma",
    "gemma2",
    "glm4",
    "helium",
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
fn twelve_architectures_give_the_logits_and_the_tokens_of_transformers() {
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

#[test]
fn prefixes_steps_back_and_several_sequences_change_nothing() {
    for name in ["phi", "glm4", "qwen3_moe"] {
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
