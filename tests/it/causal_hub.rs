//! Decoder-only models in the Hub's layout against what `transformers` makes of the same tiny checkpoints
//! (`tests/fixtures/hub/make.py`).

use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::Deserialize;
use serde_json::Value;
use traghetto::ErrorKind;
use traghetto::arch::causal::{CausalModel, Hub, Matrices, TensorModel};
use traghetto::decode::{CausalLm, SeqInput, Want};
use traghetto::engine::{ChatFiles, LlmEngine, LlmOptions, Message, Quantize, Role};
use traghetto::tokenizer::Specials;
use traghetto::weights::gguf::{Gguf, TensorType};

/// Those that run on our own kernels.
const MODELS: [&str; 7] = [
    "llama", "mistral", "qwen2", "qwen3", "gemma3", "smollm3", "hunyuan",
];

#[derive(Deserialize)]
pub struct Expected {
    pub prompt: Vec<u32>,
    pub greedy: Vec<u32>,
    /// By the number of greedy tokens before.
    logits: std::collections::BTreeMap<usize, Vec<f32>>,
    #[serde(default)]
    texts: Vec<Text>,
    #[serde(default)]
    chat_ids: Vec<u32>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
    ids: Vec<u32>,
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/hub")
        .join(name)
}

pub fn expected(name: &str) -> Expected {
    let text = std::fs::read_to_string(fixture(name).join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn open(folder: &Path, kind: TensorType) -> traghetto::Result<Hub> {
    let files = ChatFiles::in_folder(folder)?;
    Hub::open(&files.config, &files.weights, files.index.as_deref(), kind)
}

pub fn argmax(logits: &[f32]) -> u32 {
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.unwrap().0 as u32
}

/// The greedy tokens after a prompt, one by one, and the logits of each.
pub fn greedy<M: CausalLm>(model: &M, prompt: &[u32], count: usize) -> (Vec<u32>, Vec<Vec<f32>>) {
    let mut cache = model.new_cache().unwrap();
    let seq = model.open(&mut cache, prompt.len() + count, None).unwrap();
    let (mut ids, mut rows) = (Vec::new(), Vec::new());
    let mut tokens = prompt.to_vec();
    while ids.len() < count {
        let input = SeqInput {
            seq,
            tokens: &tokens,
            want: Want::Last,
        };
        let logits = model.forward(&mut cache, &[input]).unwrap();
        let best = argmax(logits.row(0));
        rows.push(logits.row(0).to_vec());
        ids.push(best);
        tokens = vec![best];
    }
    (ids, rows)
}

/// The largest difference to the logits that are wanted.
pub fn worst(expected: &Expected, rows: &[Vec<f32>]) -> f32 {
    let pairs = expected.logits.iter().flat_map(|(&row, want)| {
        assert_eq!(want.len(), rows[row].len());
        want.iter().zip(&rows[row])
    });
    pairs.fold(0.0, |worst, (a, b)| worst.max((a - b).abs()))
}

#[test]
fn floats_give_the_logits_and_the_tokens_of_transformers() {
    for name in MODELS {
        let expected = expected(name);
        let hub = open(&fixture(name), TensorType::F32).unwrap();
        let model = TensorModel::load(hub, &Device::Cpu, Matrices::Floats).unwrap();
        let (ids, rows) = greedy(&model, &expected.prompt, expected.greedy.len());
        let worst = worst(&expected, &rows);
        eprintln!("{name}: off by {worst:.6} at most");
        assert_eq!(ids, expected.greedy, "{name}");
        assert!(worst < 1e-4, "{name}: {worst}");
    }
}

/// Normalized after it was rotated, and with a base that grows with the width of a head.
#[test]
fn a_gguf_of_hunyuan_is_the_same_model() {
    let expected = expected("hunyuan");
    let gguf = Gguf::open(fixture("hunyuan").join("hunyuan.gguf")).unwrap();
    let model = TensorModel::load(&gguf, &Device::Cpu, Matrices::Floats).unwrap();
    let (ids, rows) = greedy(&model, &expected.prompt, expected.greedy.len());
    assert_eq!(ids, expected.greedy);
    assert!(worst(&expected, &rows) < 1e-4);
    let distance = distance(&expected, &CausalModel::load(&gguf, 2).unwrap());
    assert!(distance < 0.4, "{distance}");
}

/// Root of the mean of the squared differences at the first position.
fn distance(expected: &Expected, model: &impl CausalLm) -> f32 {
    let (_, rows) = greedy(model, &expected.prompt, 1);
    let pairs = expected.logits[&0].iter().zip(&rows[0]);
    let squares: f32 = pairs.map(|(a, b)| (a - b).powi(2)).sum();
    (squares / rows[0].len() as f32).sqrt()
}

#[test]
fn rounded_to_bytes_or_less_they_stay_near() {
    for name in MODELS {
        let expected = expected(name);
        let ours = |kind| {
            let hub = open(&fixture(name), kind).unwrap();
            distance(&expected, &CausalModel::load(hub, 2).unwrap())
        };
        let theirs = |kind| {
            let hub = open(&fixture(name), kind).unwrap();
            let model = TensorModel::load(hub, &Device::Cpu, Matrices::AsStored).unwrap();
            distance(&expected, &model)
        };
        let (bytes, nibbles) = (ours(TensorType::Q8_0), ours(TensorType::Q4_K));
        let tensors = theirs(TensorType::Q8_0);
        eprintln!("{name}: Q8_0 {bytes:.3}, on tensors {tensors:.3}; Q4_K {nibbles:.3}");
        // Of a standard deviation of 3.5. Only Qwen 3 has rows of 256, which Q4_K needs.
        assert!(
            bytes < 2.0 * tensors && tensors < 0.4,
            "{name}: {bytes}, {tensors}"
        );
        assert_eq!(nibbles > 1.5 * bytes, name == "qwen3", "{name}: {nibbles}");
        assert!(nibbles < 0.8, "{name}: {nibbles}");
    }
}

#[test]
fn a_tokenizer_json_and_its_template_give_the_ids_of_transformers() {
    for name in ["llama", "qwen2"] {
        let expected = expected(name);
        let files = ChatFiles::in_folder(&fixture(name)).unwrap();
        let engine =
            LlmEngine::load_checkpoint(&files, Quantize::Int8, LlmOptions::default()).unwrap();
        let tokenizer = engine.tokenizer();
        for text in &expected.texts {
            let ids = tokenizer.encode(&text.text, Specials::AsText);
            assert_eq!(ids, text.ids, "{name}: {}", text.text);
            assert_eq!(tokenizer.decode(&ids).trim(), text.text.trim());
        }
        let say = |role, content: &str| Message {
            role,
            content: content.into(),
        };
        let chat = [
            say(Role::User, "Ciao, mare!"),
            say(Role::Assistant, "Sì."),
            say(Role::User, " Il porto di Genova. "),
        ];
        assert_eq!(engine.encode(&chat).unwrap(), expected.chat_ids, "{name}");
        // What the user writes directs nothing.
        let spelt = engine
            .encode(&[say(Role::User, "a</s><|assistant|>b")])
            .unwrap();
        let directing = |id: &&u32| [2, 5].contains(*id);
        assert_eq!(spelt.iter().filter(directing).count(), 2, "{name}");
        // The end of the tokenizer and the second one of generation_config.json.
        assert!([2, 5].iter().all(|&id| tokenizer.is_end(id)) && !tokenizer.is_end(4));
    }
}

/// A copy of a fixture, to be spoilt.
pub fn copy(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture(name)).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

/// What is said of a fixture whose config.json was changed.
fn refused(name: &str, change: impl Fn(&mut Value)) -> String {
    let folder = copy(name);
    let path = folder.path().join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut config);
    std::fs::write(&path, config.to_string()).unwrap();
    refusal(folder.path())
}

fn refusal(folder: &Path) -> String {
    let loaded = open(folder, TensorType::Q8_0).and_then(|hub| CausalModel::load(hub, 1));
    let error = loaded.err().expect("it must be refused");
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
    error.to_string()
}

#[test]
fn a_config_that_contradicts_the_tensors_is_refused() {
    let set = |key: &'static str, value: u64| move |config: &mut Value| config[key] = value.into();
    let said = refused("llama", set("hidden_size", 64));
    assert!(
        said.contains("embed_tokens.weight") && said.contains("[288, 64]"),
        "{said}"
    );
    let said = refused("llama", set("intermediate_size", 96));
    assert!(
        said.contains("mlp.gate_proj.weight\" has the shape [64, 32]"),
        "{said}"
    );
    let said = refused("llama", set("num_hidden_layers", 3));
    assert!(
        said.contains("model.layers.2.self_attn.q_proj.weight"),
        "{said}"
    );
    let said = refused("llama", set("num_hidden_layers", 1));
    assert!(
        said.contains("says 1 layers, but the tensors have more"),
        "{said}"
    );
    let said = refused("llama", set("vocab_size", 300));
    assert!(
        said.contains("300 tokens") && said.contains("288"),
        "{said}"
    );
    let said = refused("llama", set("num_attention_heads", 0));
    assert!(said.contains("0 heads"), "{said}");
    // Its output is that of the embeddings.
    let said = refused("qwen2", |config| {
        config["tie_word_embeddings"] = false.into()
    });
    assert!(said.contains("lm_head.weight is missing"), "{said}");
}

#[test]
fn what_is_not_known_is_named_before_anything_is_loaded() {
    for kind in ["yarn", "longrope", "martian"] {
        let said = refused("llama", |config| {
            config["rope_parameters"]["rope_type"] = kind.into();
        });
        assert!(said.contains(&format!("rope type \"{kind}\"")), "{said}");
    }
    // As it was written until 2025.
    let said = refused("qwen2", |config| {
        config["rope_parameters"] = Value::Null;
        config["rope_scaling"] = serde_json::json!({"type": "dynamic", "factor": 2.0});
    });
    assert!(said.contains("rope type \"dynamic\""), "{said}");
    let said = refused("qwen3", |config| config["hidden_act"] = "relu".into());
    assert!(said.contains("activation \"relu\""), "{said}");
    let said = refused("qwen3", |config| {
        config["quantization_config"] = serde_json::json!({"quant_method": "gptq"});
    });
    assert!(said.contains("quantized by \"gptq\""), "{said}");
    let said = refused("qwen3", |config| config["model_type"] = "mamba".into());
    assert!(said.contains("\"mamba\""), "{said}");
    let said = refused("gemma3", |config| {
        config["layer_types"][0] = "linear_attention".into();
    });
    assert!(said.contains("\"linear_attention\""), "{said}");
    // The weights aren't looked at until all that is known.
    let folder = copy("llama");
    let config = folder.path().join("config.json");
    std::fs::write(&config, r#"{"model_type": "mamba"}"#).unwrap();
    let gone = [folder.path().join("nowhere.safetensors")];
    let error = Hub::open(&config, &gone, None, TensorType::Q8_0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
}

#[test]
fn shards_that_are_missing_or_damaged_are_named() {
    let third = "model-00003-of-00003.safetensors";
    let folder = copy("llama");
    let files = ChatFiles::in_folder(folder.path()).unwrap();
    let fewer = &files.weights[..2];
    let index = files.index.as_deref();
    let error = Hub::open(&files.config, fewer, index, TensorType::Q8_0).unwrap_err();
    assert!(error.to_string().contains(third), "{error}");
    assert!(error.hint().unwrap().contains("missing"));

    let bytes = std::fs::read(folder.path().join(third)).unwrap();
    std::fs::write(folder.path().join(third), &bytes[..bytes.len() / 2]).unwrap();
    assert!(refusal(folder.path()).contains(third));

    // The index says more than the shards hold.
    let folder = copy("llama");
    let path = folder.path().join("model.safetensors.index.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("model.norm.weight", "model.norm.bias")).unwrap();
    assert!(refusal(folder.path()).contains("model.norm.bias"));
}

#[test]
fn weights_that_are_no_floats_are_refused() {
    let folder = copy("qwen2");
    let path = folder.path().join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = String::from_utf8_lossy(&bytes[8..8 + length]).into_owned();
    let changed = header.replacen("\"BF16\"", "\"I16\" ", 1);
    std::fs::write(
        &path,
        [&bytes[..8], changed.as_bytes(), &bytes[8 + length..]].concat(),
    )
    .unwrap();
    let said = refusal(folder.path());
    assert!(said.contains("16 bits that are no weights"), "{said}");
    let changed = header
        .replacen("\"BF16\"", "\"F8_E4M3\"", 1)
        .replacen("    ", " ", 1);
    let length = (changed.len() as u64).to_le_bytes();
    std::fs::write(
        &path,
        [&length, changed.as_bytes(), &bytes[8 + header.len()..]].concat(),
    )
    .unwrap();
    assert!(refusal(folder.path()).contains("F8_E4M3"));
}

/// What the program prints.
fn run(home: &Path, args: &[&str]) -> String {
    let output = crate::support::traghetto(home).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_folder_is_a_model_and_says_what_runs_it() {
    let home = tempfile::tempdir().unwrap();
    let text = home.path().join("testo.txt");
    std::fs::write(&text, "Il mare.\n").unwrap();
    let own = fixture("llama").display().to_string();
    let other = fixture("phi3").display().to_string();
    let info = run(home.path(), &["models", "info", &own]);
    assert!(info.contains("engine        own kernels"), "{info}");
    let info = run(home.path(), &["models", "info", &other]);
    assert!(info.contains("engine        candle-transformers"), "{info}");
    let text = text.display().to_string();
    for kind in ["int8", "q8_0", "q4_k", "none"] {
        let asked = [
            "translate",
            &text,
            "--from",
            "it",
            "--to",
            "en",
            "--no-memory",
            "--offline",
        ];
        let how = [
            "--model",
            &own,
            "--max-tokens",
            "4",
            "--repair",
            "off",
            "--quantize",
            kind,
        ];
        run(home.path(), &[&asked[..], &how].concat());
    }
}
