//! Tokenizers of tiny vocabularies, read from GGUF files made here.

use std::path::PathBuf;

use traghetto::ErrorKind;
use traghetto::tokenizer::{Specials, Tokenizer, Vocab};
use traghetto::weights::gguf::Gguf;

/// A GGUF file without tensors.
#[derive(Default, Clone)]
struct File {
    entries: Vec<(String, Vec<u8>)>,
}

impl File {
    fn entry(mut self, key: &str, kind: u32, value: Vec<u8>) -> Self {
        self.entries.retain(|(known, _)| known != key);
        self.entries.push((
            key.to_owned(),
            [kind.to_le_bytes().to_vec(), value].concat(),
        ));
        self
    }

    fn string(self, key: &str, value: &str) -> Self {
        self.entry(key, 8, string(value))
    }

    fn u32(self, key: &str, value: u32) -> Self {
        self.entry(key, 4, value.to_le_bytes().to_vec())
    }

    fn bool(self, key: &str, value: bool) -> Self {
        self.entry(key, 7, vec![value.into()])
    }

    fn array(self, key: &str, kind: u32, values: Vec<Vec<u8>>) -> Self {
        let len = values.len() as u64;
        let head = [&kind.to_le_bytes()[..], &len.to_le_bytes()].concat();
        self.entry(key, 9, [head, values.concat()].concat())
    }

    fn strings(self, key: &str, values: &[&str]) -> Self {
        self.array(key, 8, values.iter().map(|value| string(value)).collect())
    }

    fn open(&self, name: &str) -> Gguf {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3u32.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        bytes.extend((self.entries.len() as u64).to_le_bytes());
        for (key, value) in &self.entries {
            bytes.extend(string(key));
            bytes.extend(value);
        }
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.gguf"));
        std::fs::write(&path, bytes).unwrap();
        Gguf::open(&path).unwrap()
    }

    fn tokenizer(&self, name: &str) -> traghetto::Result<Tokenizer> {
        Tokenizer::new(Vocab::read(&self.open(name))?)
    }
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

fn bpe() -> File {
    let tokens = [
        "a", "b", "Ġ", "ab", "Ġab", "Ã", "¨", "Ã¨", "<|end|>", "<x>", "abab", "Ċ",
    ];
    let kinds = [1, 1, 1, 1, 1, 1, 1, 1, 3, 4, 1, 1];
    File::default()
        .string("tokenizer.ggml.model", "gpt2")
        .string("tokenizer.ggml.pre", "qwen2")
        .strings("tokenizer.ggml.tokens", &tokens)
        .strings("tokenizer.ggml.merges", &["a b", "Ġ ab", "Ã ¨", "ab ab"])
        .array(
            "tokenizer.ggml.token_type",
            5,
            kinds.map(|kind: i32| kind.to_le_bytes().to_vec()).to_vec(),
        )
        .u32("tokenizer.ggml.eos_token_id", 8)
}

fn spm() -> File {
    let tokens = [
        "<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁a", "▁ab", "<0xC3>", "<0xA8>", "ba",
        "<0x0A>",
    ];
    let kinds = [2, 3, 3, 1, 1, 1, 1, 1, 1, 6, 6, 1, 6];
    let scores = [
        0.0, 0.0, 0.0, -9.0, -9.0, -9.0, -1.0, -2.0, -0.5, 0.0, 0.0, -0.9, 0.0f32,
    ];
    File::default()
        .string("tokenizer.ggml.model", "llama")
        .strings("tokenizer.ggml.tokens", &tokens)
        .array(
            "tokenizer.ggml.scores",
            6,
            scores.map(|score| score.to_le_bytes().to_vec()).to_vec(),
        )
        .array(
            "tokenizer.ggml.token_type",
            5,
            kinds.map(|kind: i32| kind.to_le_bytes().to_vec()).to_vec(),
        )
        .u32("tokenizer.ggml.bos_token_id", 1)
        .u32("tokenizer.ggml.eos_token_id", 2)
        .u32("tokenizer.ggml.unknown_token_id", 0)
}

#[test]
fn byte_level_bpe_merges_by_rank_and_reads_specials_only_where_asked() {
    let tokenizer = bpe().tokenizer("bpe").unwrap();
    assert_eq!(tokenizer.encode("abab ab", Specials::AsText), [10, 4]);
    assert_eq!(tokenizer.encode("aèb", Specials::AsText), [0, 7, 1]);
    assert_eq!(
        tokenizer.encode("a<|end|>b<x>", Specials::Parsed),
        [0, 8, 1, 9]
    );
    // What the tiny vocabulary can't express leaves nothing; the token that is always text stays.
    assert_eq!(
        tokenizer.encode("a<|end|>b<x>", Specials::AsText),
        [0, 1, 9]
    );
    assert_eq!(tokenizer.decode(&[10, 4, 7, 8, 9, 99]), "abab abè<x>");
    assert!(tokenizer.is_end(8) && !tokenizer.is_end(9));
    assert_eq!(
        tokenizer.encode_prompt("a", '\u{fdd0}'),
        [0],
        "no beginning-of-sequence token unless asked for"
    );
}

#[test]
fn sentencepiece_merges_by_score_and_falls_back_to_bytes() {
    let tokenizer = spm().tokenizer("spm").unwrap();
    // The space in front: "▁a" + "b" and "▁" + "ab" both lead to the best piece.
    assert_eq!(tokenizer.encode("ab", Specials::AsText), [8]);
    // "ba" has a better score than "ab", so it is merged first, and "▁a" then finds no "b".
    assert_eq!(tokenizer.encode("aba", Specials::AsText), [7, 11]);
    assert_eq!(tokenizer.encode("è\n", Specials::AsText), [3, 9, 10, 12]);
    assert_eq!(
        tokenizer.encode("à", Specials::AsText),
        [3, 9, 0],
        "a byte that the vocabulary lacks is unknown"
    );
    assert_eq!(tokenizer.encode("a</s>a", Specials::Parsed), [7, 2, 7]);
    assert_eq!(tokenizer.encode_prompt("<s>a", '\u{fdd0}'), [1, 7]);
    assert_eq!(tokenizer.encode_prompt("a", '\u{fdd0}'), [1, 7]);
    assert_eq!(tokenizer.decode(&[1, 8, 9, 10, 12, 2]), " abè\n");
    let bare = spm()
        .bool("tokenizer.ggml.add_space_prefix", false)
        .tokenizer("spm-bare")
        .unwrap();
    assert_eq!(bare.encode("ab ab", Specials::AsText), [6, 8]);
}

#[test]
fn guards_make_special_tokens_text() {
    let tokenizer = spm()
        .bool("tokenizer.ggml.add_space_prefix", false)
        .tokenizer("spm-guard")
        .unwrap();
    let guard = '\u{fdd0}';
    for text in ["a</s>b", "</s></s>", "<</s>/s>", "<s></s><s>ab"] {
        let guarded = tokenizer.guard(text, guard);
        let prompt = tokenizer.encode_prompt(&format!("<s>{guarded}</s>"), guard);
        let inner = tokenizer.encode(text, Specials::AsText);
        assert_eq!(prompt, [&[1][..], &inner, &[2]].concat(), "{text}");
        assert_eq!(guarded.replace(guard, ""), text);
    }
    assert_eq!(tokenizer.guard("ab", guard), "ab");
}

#[test]
fn vocabularies_that_contradict_themselves_are_refused_by_name() {
    let cases: [(&str, File, &str); 7] = [
        (
            "kind",
            bpe().string("tokenizer.ggml.model", "wordpiece"),
            "\"wordpiece\"",
        ),
        (
            "rule",
            bpe().string("tokenizer.ggml.pre", "martian"),
            "\"martian\"",
        ),
        (
            "eos",
            bpe().u32("tokenizer.ggml.eos_token_id", 12),
            "eos token 12",
        ),
        (
            "merge",
            bpe().strings("tokenizer.ggml.merges", &["ab"]),
            "\"ab\"",
        ),
        (
            "types",
            bpe().array("tokenizer.ggml.token_type", 5, vec![vec![1, 0, 0, 0]]),
            "1 token types",
        ),
        (
            "scores",
            spm().array("tokenizer.ggml.scores", 6, vec![]),
            "0 scores",
        ),
        (
            "tokens",
            spm().string("tokenizer.ggml.tokens", "none"),
            "tokenizer.ggml.tokens",
        ),
    ];
    for (name, file, culprit) in cases {
        let error = file.tokenizer(&format!("bad-{name}")).err().expect(name);
        assert_eq!(error.kind(), ErrorKind::Model, "{name}");
        assert!(error.to_string().contains(culprit), "{name}: {error}");
    }
}
