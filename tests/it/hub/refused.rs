//! What a repository's small files say is enough to refuse a model: its weights are never asked for.

use traghetto::ErrorKind;
use traghetto::engine;
use traghetto::registry::*;

use super::Setting;
use super::server::Access;
use crate::causal_hub::copy;

/// A checkpoint of three shards whose `config.json` was changed, without the files named.
fn checkpoint(change: impl Fn(&mut serde_json::Value), lacks: &str) -> Vec<(String, Vec<u8>)> {
    let folder = copy("llama");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut data = std::fs::read(&path).unwrap();
        if name == "config.json" {
            let mut config = serde_json::from_slice(&data).unwrap();
            change(&mut config);
            data = config.to_string().into_bytes();
        }
        if name != lacks {
            files.push((name, data));
        }
    }
    files
}

#[test]
fn a_model_that_cannot_run_is_refused_before_its_weights_come() {
    type Change = fn(&mut serde_json::Value);
    let cases: [(&str, Change, &str, &str); 6] = [
        (
            "yarn",
            |it| it["rope_parameters"]["rope_type"] = "yarn".into(),
            "",
            "\"yarn\"",
        ),
        (
            "mamba",
            |it| it["model_type"] = "mamba".into(),
            "",
            "\"mamba\"",
        ),
        (
            "relu",
            |it| it["hidden_act"] = "relu".into(),
            "",
            "\"relu\"",
        ),
        (
            "gptq",
            |it| it["quantization_config"] = serde_json::json!({"quant_method": "gptq"}),
            "",
            "\"gptq\"",
        ),
        (
            "shard",
            |_| (),
            "model-00003-of-00003.safetensors",
            "lacks parts of its weights",
        ),
        ("words", |_| (), "tokenizer.json", "has no tokenizer.json"),
    ];
    for (name, change, lacks, said) in cases {
        let setting = Setting::new();
        let files = checkpoint(change, lacks);
        let files: Vec<(&str, Vec<u8>)> = { files.iter() }
            .map(|(name, data)| (name.as_str(), data.clone()))
            .collect();
        let repo = format!("owner/{name}");
        setting.hub.add(&repo, Access::Open, &files);
        let (store, options) = (setting.store(), setting.options());
        let catalogue = Catalogue::load(None).unwrap();
        let spec: ModelSpec = format!("hf:{repo}").parse().unwrap();
        let error = store
            .describe(&catalogue, &spec, &options, &Silent)
            .and_then(|manifest| engine::obtain(&store, &manifest, &options, &Silent))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        assert!(error.to_string().contains(said), "{name}: {error}");
        let weights = |request: &super::server::Request| {
            request.method == "GET" && request.path.ends_with(".safetensors")
        };
        assert!(!setting.hub.requests().iter().any(weights), "{name}");
    }
}
