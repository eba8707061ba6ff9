//! The `tokenizer.json` of decoder-only models: Hugging Face's `tokenizers` cut and merge the text, while tokens that
//! direct the model are looked for as with every other vocabulary, so that those of a user's text stay text.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use super::pieces::{byte_token, printable_byte, spm_text};
use super::vocab::{TokenKind, Vocab, VocabKind, is_end_token};
use crate::error::{Error, ErrorKind, Result};

/// What other files of a model say about its vocabulary.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// Text of the token that begins a sequence.
    pub bos: Option<String>,
    /// Text of the token that ends one.
    pub eos: Option<String>,
    /// Whether a prompt begins with `bos`; `None` if only the tokenizer says so.
    pub add_bos: Option<bool>,
    /// More tokens that end an answer.
    pub end: Vec<u32>,
}

/// The parts of a `tokenizer.json`.
pub(super) struct Json {
    pub vocab: Vocab,
    pub cutter: Cutter,
    /// What each token stands for, in bytes.
    pub bytes: Vec<Box<[u8]>>,
    /// Tokens beside which white space is dropped: before, after.
    pub strips: [HashSet<u32>; 2],
}

/// Text without special tokens to ids.
pub(super) struct Cutter {
    /// For what stands at the beginning.
    first: Box<tokenizers::Tokenizer>,
    /// For what follows a special token, where that is another matter.
    rest: Option<Box<tokenizers::Tokenizer>>,
}

impl Cutter {
    /// Appends the ids of a text; `begins` if nothing stands before it.
    pub(super) fn encode(&self, text: &str, begins: bool, ids: &mut Vec<u32>) {
        let tokenizer = match &self.rest {
            Some(rest) if !begins => rest,
            _ => &self.first,
        };
        // It fails on no text: only words without a token for the unknown are dropped, as elsewhere.
        if let Ok(encoding) = tokenizer.encode_fast(text, false) {
            ids.extend_from_slice(encoding.get_ids());
        }
    }
}

fn broken(path: &Path, message: impl std::fmt::Display) -> Error {
    let why = format!("{} can't be used: {message}", path.display());
    Error::new(ErrorKind::Model, why)
}

impl Json {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read; [`ErrorKind::Model`] if it isn't one, or names tokens that it lacks.
    pub(super) fn read(path: &Path, marks: &Marks) -> Result<Self> {
        let text = std::fs::read(path).map_err(|error| Error::io("reading", path, error))?;
        let mut value: Value = serde_json::from_slice(&text)
            .map_err(|error| broken(path, "it isn't JSON").with_source(error))?;
        let added = value["added_tokens"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let byte_level = names(&value["decoder"], "ByteLevel");
        let leads = leading(&value["post_processor"]);
        // What remains must neither look for special tokens nor add some.
        value["added_tokens"] = Value::Array(Vec::new());
        value["post_processor"] = Value::Null;
        let build = |value: &Value| {
            tokenizers::Tokenizer::from_bytes(value.to_string()).map_err(|why| broken(path, why))
        };
        let first = build(&value)?;
        let rest = without_prefix(&value)
            .map(|value| build(&value))
            .transpose()?;

        let mut vocab = table(&first, &added).map_err(|what| broken(path, what))?;
        let find = |text: &String| {
            let at = vocab.tokens.iter().position(|token| token == text);
            at.and_then(|at| u32::try_from(at).ok())
        };
        let named = |text: &Option<String>, what: &str| match text {
            None => Ok(None),
            Some(text) => find(text)
                .map(Some)
                .ok_or_else(|| broken(path, format!("the {what} token \"{text}\" isn't in it"))),
        };
        let (bos, eos) = (named(&marks.bos, "first")?, named(&marks.eos, "last")?);
        let leads = leads.as_ref().and_then(find);
        let len = vocab.tokens.len();
        let known = |id: &u32| (*id as usize) < len;
        let mut end: Vec<u32> = marks.end.iter().copied().filter(known).collect();
        end.extend(eos);
        for (id, text) in (0..).zip(&vocab.tokens) {
            if is_end_token(text) {
                end.push(id);
                vocab.kinds[id as usize] = TokenKind::Control;
            }
        }
        end.sort_unstable();
        end.dedup();
        vocab.bos = bos.or(leads);
        vocab.eos = eos;
        vocab.end = end;
        vocab.add_bos = marks.add_bos.unwrap_or(leads.is_some());
        let strips = ["lstrip", "rstrip"].map(|side| {
            let strips = added.iter().filter(|token| token[side] == true);
            strips.filter_map(id).collect()
        });
        Ok(Self {
            bytes: bytes(&vocab, byte_level),
            vocab,
            cutter: Cutter {
                first: Box::new(first),
                rest: rest.map(Box::new),
            },
            strips,
        })
    }
}

fn id(token: &Value) -> Option<u32> {
    u32::try_from(token["id"].as_u64()?).ok()
}

/// Every token by its id, the added ones by their kind.
fn table(tokenizer: &tokenizers::Tokenizer, added: &[Value]) -> Result<Vocab, String> {
    let known = tokenizer.get_vocab(false);
    let ids = known.values().copied().chain(added.iter().filter_map(id));
    let len = ids.max().map_or(0, |last| last as usize + 1);
    // A vocabulary has no more than a few holes.
    if len > 2 * (known.len() + added.len()) + 4096 {
        return Err(format!("it has an id {len} among {} tokens", known.len()));
    }
    let mut tokens = vec![String::new(); len];
    let mut kinds = vec![TokenKind::Unused; len];
    for (text, id) in known {
        kinds[id as usize] = match byte_token(&text) {
            Some(_) => TokenKind::Byte,
            None => TokenKind::Normal,
        };
        tokens[id as usize] = text;
    }
    for token in added {
        let (Some(id), Some(text)) = (id(token), token["content"].as_str()) else {
            return Err("one of its added tokens has no id or no text".into());
        };
        text.clone_into(&mut tokens[id as usize]);
        kinds[id as usize] = match token["special"] == true {
            true => TokenKind::Control,
            false => TokenKind::UserDefined,
        };
    }
    Ok(Vocab {
        kind: VocabKind::Json,
        pre: String::new(),
        scores: Vec::new(),
        merges: Vec::new(),
        tokens,
        kinds,
        bos: None,
        eos: None,
        unknown: None,
        add_bos: false,
        add_space_prefix: false,
        end: Vec::new(),
    })
}

/// What each token stands for.
fn bytes(vocab: &Vocab, byte_level: bool) -> Vec<Box<[u8]>> {
    let tokens = vocab.tokens.iter().zip(&vocab.kinds);
    tokens
        .map(|(text, kind)| match kind {
            TokenKind::Control | TokenKind::Unknown | TokenKind::Unused => Box::default(),
            TokenKind::UserDefined => text.as_bytes().into(),
            TokenKind::Normal | TokenKind::Byte if byte_level => text
                .chars()
                .map(printable_byte)
                .collect::<Option<Box<[u8]>>>()
                .unwrap_or_else(|| text.as_bytes().into()),
            TokenKind::Normal | TokenKind::Byte => spm_text(text),
        })
        .collect()
}

/// Whether a part of the file, or one of the parts that it is made of, is of a type.
fn names(part: &Value, kind: &str) -> bool {
    let all = ["decoders", "pretokenizers", "normalizers", "processors"];
    part["type"] == kind
        || all
            .iter()
            .filter_map(|key| part[*key].as_array())
            .flatten()
            .any(|part| names(part, kind))
}

/// The special token that a post-processor puts before a text.
fn leading(part: &Value) -> Option<String> {
    if let Some(parts) = part["processors"].as_array() {
        return parts.iter().find_map(leading);
    }
    let first = &part["single"].as_array()?.first()?["SpecialToken"]["id"];
    first.as_str().map(str::to_owned)
}

/// The same file for what follows a special token, if it puts a space before the first word only.
fn without_prefix(value: &Value) -> Option<Value> {
    fn change(part: &mut Value) -> bool {
        if part["type"] == "Metaspace" && part["prepend_scheme"] == "first" {
            part["prepend_scheme"] = "never".into();
            return true;
        }
        match part["pretokenizers"].as_array_mut() {
            Some(parts) => parts.iter_mut().any(change),
            None => false,
        }
    }
    let mut value = value.clone();
    change(&mut value["pre_tokenizer"]).then_some(value)
}
