//! The vocabularies of real models against llama.cpp's ids (`tests/fixtures/tokenizer/make.py`).

use serde_json::Value;
use traghetto::tokenizer::{Specials, Tokenizer, Vocab};
use traghetto::weights::gguf::Gguf;

use crate::support::weights;

fn ids(value: &Value) -> Vec<u32> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_u64().unwrap() as u32)
        .collect()
}

fn check(fixture: &str) {
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    let gguf = Gguf::open(weights(fixture["model"].as_str().unwrap())).unwrap();
    let tokenizer = Tokenizer::new(Vocab::read(&gguf).unwrap()).unwrap();
    let cases = fixture["cases"].as_array().unwrap();
    assert!(cases.len() >= 150);
    let mut wrong = Vec::new();
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let plain = ids(&case["ids"]);
        let parsed = case.get("parsed").map_or(plain.clone(), ids);
        for (specials, wanted) in [(Specials::AsText, plain), (Specials::Parsed, parsed)] {
            let found = tokenizer.encode(text, specials);
            if found != wanted {
                wrong.push(format!(
                    "{text:?} {specials:?}\n  found  {found:?}\n  wanted {wanted:?}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn smollm2_ids_equal_llama_cpp() {
    check(include_str!("../fixtures/tokenizer/smollm2.json"));
}

#[test]
fn qwen2_5_ids_equal_llama_cpp() {
    check(include_str!("../fixtures/tokenizer/qwen2.5.json"));
}

#[test]
fn gemma3_ids_equal_llama_cpp() {
    check(include_str!("../fixtures/tokenizer/gemma3.json"));
}
