//! Models that are asked in their own way: the prompt that a manifest names, and templates that take codes of languages.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use traghetto::Prompt;
use traghetto::engine::Sampling;

use crate::causal_hub::copy;
use crate::support::traghetto;

#[test]
fn the_prompts_of_translation_models_say_what_their_authors_say() {
    let gemma = Prompt::builtin("translategemma").unwrap();
    let said = gemma
        .render(&json!({"from": "it", "to": "pt", "text": "Il mare\nè calmo."}))
        .unwrap();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].content, "it pt\nIl mare\nè calmo.");

    let hunyuan = Prompt::builtin("hunyuan-mt").unwrap();
    let bare =
        json!({"to_name": "English", "text": "Il mare.", "context": "", "terms": [], "means": []});
    let said = hunyuan.render(&bare).unwrap();
    assert_eq!(said.len(), 1);
    assert_eq!(
        said[0].content,
        "Translate the following text into English. Only output the translated result, without any additional \
         explanation:\n\nIl mare."
    );
    let full = json!({
        "to_name": "English", "text": "Il mare.", "context": "Si parte.",
        "terms": [{"term": "mare", "translation": "sea", "note": null}],
        "means": [{"term": "il", "translation": "the"}],
    });
    let said = &hunyuan.render(&full).unwrap()[0].content;
    let parts = [
        "Si parte.\nRefer",
        "mare is translated as sea\nil is translated as the\n\nTranslate",
    ];
    for part in parts {
        assert!(said.contains(part), "{part} in\n{said}");
    }
    let sampling: Sampling = hunyuan.parameters().unwrap();
    assert_eq!((sampling.temperature, sampling.top_p), (0.7, 0.6));
    assert_eq!((sampling.top_k, sampling.repetition_penalty), (20, 1.05));
}

/// As TranslateGemma's: it takes one part a message, with codes, and fails without.
const TEMPLATE: &str = "{% for m in messages %}{% set part = m.content[0] %}<|user|>{{ part.source_lang_code }} to \
    {{ part.target_lang_code }}: {{ part.text }}</s><|assistant|>{% endfor %}";

fn run(home: &Path, args: &[&str]) -> (bool, String, String) {
    let output = traghetto(home).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_manifest_names_the_prompt_of_its_model() {
    let home = tempfile::tempdir().unwrap();
    let folder = copy("llama");
    let path = folder.path().join("tokenizer_config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config["chat_template"] = TEMPLATE.into();
    fs::write(&path, config.to_string()).unwrap();
    let models = home.path().join("config/traghetto/models");
    fs::create_dir_all(&models).unwrap();
    let file =
        |name: &str, role: &str| format!("[[files]]\nname = \"{name}\"\nrole = \"{role}\"\n");
    let shards = [1, 2, 3].map(|n| file(&format!("model-0000{n}-of-00003.safetensors"), "weights"));
    let manifest = |prompt: &str| {
        format!(
            "id = \"tiny\"\ntitle = \"Tiny\"\ntasks = [\"translate\"]\nlanguages = [\"it\", \"en\"]\n\
             architecture = \"llama\"\nformat = \"safetensors\"\nsize = 200000\n{prompt}\n\
             [licence]\nid = \"Apache-2.0\"\ncommercial = true\n{}{}{}{}\
             [[sources]]\nkind = \"folder\"\npath = \"{}\"\n",
            shards.concat(),
            file("config.json", "config"),
            file("tokenizer.json", "tokenizer"),
            file("tokenizer_config.json", "tokenizer-config"),
            folder.path().display()
        )
    };
    fs::write(home.path().join("a.it.txt"), "Il mare.\n").unwrap();
    let (text, out) = (home.path().join("a.it.txt"), home.path().join("out"));
    let (text, out) = (text.display().to_string(), out.display().to_string());
    let ask = [
        "run",
        &text,
        "--from",
        "it",
        "--to",
        "en",
        "--out",
        &out,
        "--no-summary",
        "--json",
        "--no-memory",
    ];
    let how = [
        "--model",
        "tiny",
        "--max-tokens",
        "4",
        "--repair",
        "off",
        "--offline",
    ];
    let ask = [&ask[..], &how].concat();

    let toml = models.join("tiny.toml");
    fs::write(&toml, manifest("prompt = \"translategemma\"")).unwrap();
    let (done, report, said) = run(home.path(), &ask);
    assert!(done, "{said}");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["prompts"][0]["name"], "translategemma");
    assert_eq!(report["prompts"].as_array().unwrap().len(), 1);

    // The usual prompt gives no codes.
    fs::write(&toml, manifest("")).unwrap();
    let (done, _, said) = run(home.path(), &ask);
    assert!(!done && said.contains("translategemma"), "{said}");
    fs::write(&toml, manifest("prompt = \"martian\"")).unwrap();
    let (done, _, said) = run(home.path(), &ask);
    assert!(
        !done && said.contains("unknown prompt \"martian\""),
        "{said}"
    );
}
