//! SentencePiece against google/sentencepiece 0.2.3: the fixtures and the script that made them are in
//! `tests/fixtures/sentencepiece`.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use traghetto::ErrorKind;
use traghetto::tokenizer::sentencepiece::SentencePiece;

const MODELS: [(&str, &str); 2] = [("unigram", "unigram.spm.gz"), ("bpe", "bpe.spm")];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/sentencepiece")
        .join(name)
}

/// Lines ended by a line feed; a carriage return or another separator is text.
fn lines(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(fixture(name)).unwrap();
    text.split_terminator('\n').map(str::to_owned).collect()
}

#[test]
fn ids_and_text_equal_the_reference() {
    let hard = lines("hard.txt");
    assert!(hard.len() >= 2000);
    for (kind, file) in MODELS {
        let model = SentencePiece::open(&fixture(file)).unwrap();
        let ids = lines(&format!("{kind}.ids"));
        assert_eq!(ids.len(), hard.len());
        for (line, ids) in hard.iter().zip(&ids) {
            let ids: Vec<u32> = ids
                .split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect();
            assert_eq!(model.encode(line), ids, "{kind}: {line:?}");
        }
        for (line, text) in hard.iter().zip(lines(&format!("{kind}.decoded"))) {
            let decoded = model.decode(&model.encode(line));
            assert_eq!(decoded.replace('\n', "\\n"), text, "{kind}: {line:?}");
        }
    }
}

#[test]
fn a_damaged_model_is_an_error_or_a_model_but_never_a_panic() {
    let whole = std::fs::read(fixture("bpe.spm")).unwrap();
    for len in (0..whole.len()).step_by(97) {
        if let Ok(model) = SentencePiece::read(&whole[..len]) {
            model.decode(&model.encode("Il traghetto 😀 parte."));
        }
    }
    for bit in (0..whole.len() * 8).step_by(211) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(model) = SentencePiece::read(&bytes) {
            model.decode(&model.encode("Il traghetto 😀 parte."));
        }
    }
    let error = SentencePiece::read(b"not a model").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
}

proptest! {
    #[test]
    fn any_text_is_encoded_and_decoded(text in ".{0,60}") {
        for (_, file) in MODELS {
            let model = SentencePiece::open(&fixture(file)).unwrap();
            let ids = model.encode(&text);
            prop_assert!(ids.iter().all(|&id| (id as usize) < model.size()));
            model.decode(&ids);
        }
    }
}
