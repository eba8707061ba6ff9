//! What GGUF metadata say of a vocabulary, checked once.

use crate::error::{Error, ErrorKind, Result};

/// Typed look-ups in a GGUF file's metadata. `None` means that the key is absent or of another type.
pub trait Metadata {
    /// A string.
    fn string(&self, key: &str) -> Option<&str>;
    /// An unsigned integer, stored with any width.
    fn unsigned(&self, key: &str) -> Option<u64>;
    /// A truth value.
    fn boolean(&self, key: &str) -> Option<bool>;
    /// An array of strings.
    fn strings(&self, key: &str) -> Option<Vec<String>>;
    /// An array of 32-bit signed integers.
    fn integers(&self, key: &str) -> Option<Vec<i32>>;
    /// An array of 32-bit floats.
    fn floats(&self, key: &str) -> Option<Vec<f32>>;
}

/// What a token is for (`tokenizer.ggml.token_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A piece of text.
    Normal,
    /// Stands for what the vocabulary can't express.
    Unknown,
    /// Directs the model, such as the end of a turn; never made from a user's text.
    Control,
    /// A piece of text that is always one token, whatever surrounds it.
    UserDefined,
    /// Not in use.
    Unused,
    /// One byte, for text that no other token covers.
    Byte,
}

/// How text becomes tokens (`tokenizer.ggml.model`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VocabKind {
    /// Byte-level BPE with ranked merges (`gpt2`).
    Bpe,
    /// SentencePiece with scores (`llama`).
    Spm,
}

/// A vocabulary as a GGUF file holds it.
#[derive(Debug, Clone)]
pub struct Vocab {
    /// How text becomes tokens.
    pub kind: VocabKind,
    /// The rule that splits text into words before merging (`tokenizer.ggml.pre`); BPE only.
    pub pre: String,
    /// Text of each token; byte-level BPE writes bytes as printable characters.
    pub tokens: Vec<String>,
    /// What each token is for.
    pub kinds: Vec<TokenKind>,
    /// Score of each token; SPM only.
    pub scores: Vec<f32>,
    /// Pairs that merge, best first, each as `left right`; BPE only.
    pub merges: Vec<String>,
    /// Beginning of sequence.
    pub bos: Option<u32>,
    /// End of sequence.
    pub eos: Option<u32>,
    /// The token for what can't be expressed.
    pub unknown: Option<u32>,
    /// Whether a prompt starts with `bos`.
    pub add_bos: bool,
    /// Whether text is encoded as if a space preceded it; SPM only.
    pub add_space_prefix: bool,
    /// Tokens that end an answer: end of sequence, of turn, of message.
    pub end: Vec<u32>,
}

/// Tokens that end an answer in models whose metadata don't say so, as in llama.cpp.
const END_TOKENS: [&str; 12] = [
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "<｜end▁of▁sentence｜>",
    "<end_of_utterance>",
];

impl Vocab {
    /// Reads and checks the vocabulary in `metadata`.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if an array is missing or has a wrong length, an id lies outside the vocabulary, or the
    /// kind of vocabulary isn't supported.
    pub fn read(metadata: &impl Metadata) -> Result<Self> {
        let kind = match metadata.string("tokenizer.ggml.model") {
            Some("gpt2") => VocabKind::Bpe,
            Some("llama") => VocabKind::Spm,
            Some(other) => return Err(damaged(format!("its kind \"{other}\" isn't supported"))
                .with_hint("byte-level BPE (gpt2) and SentencePiece (llama) vocabularies are supported")),
            None => return Err(damaged("the file has no tokenizer.ggml.model")),
        };
        let tokens = metadata
            .strings("tokenizer.ggml.tokens")
            .filter(|tokens| !tokens.is_empty())
            .ok_or_else(|| damaged("the file has no tokenizer.ggml.tokens"))?;
        let len = tokens.len();
        let mut kinds = match metadata.integers("tokenizer.ggml.token_type") {
            Some(types) if types.len() == len => types.into_iter().map(token_kind).collect(),
            Some(types) => return Err(uneven("token types", types.len(), len)),
            None => vec![TokenKind::Normal; len],
        };
        let scores = match metadata.floats("tokenizer.ggml.scores") {
            Some(scores) if scores.len() == len => scores,
            Some(scores) => return Err(uneven("scores", scores.len(), len)),
            None if kind == VocabKind::Spm => {
                return Err(damaged("the file has no tokenizer.ggml.scores"));
            }
            None => Vec::new(),
        };
        let merges = match metadata.strings("tokenizer.ggml.merges") {
            Some(merges) => merges,
            None if kind == VocabKind::Bpe => {
                return Err(damaged("the file has no tokenizer.ggml.merges"));
            }
            None => Vec::new(),
        };
        let id = |name: &str| match metadata.unsigned(&format!("tokenizer.ggml.{name}_token_id")) {
            Some(id) if (id as usize) < len => Ok(Some(id as u32)),
            Some(id) => Err(damaged(format!(
                "its {name} token {id} lies outside of {len} tokens"
            ))),
            None => Ok(None),
        };
        let (bos, eos) = (id("bos")?, id("eos")?);
        let mut end: Vec<u32> = [eos, id("eot")?, id("eom")?].into_iter().flatten().collect();
        for (token, text) in (0..).zip(&tokens) {
            if END_TOKENS.contains(&text.as_str()) {
                end.push(token);
                kinds[token as usize] = TokenKind::Control;
            }
        }
        end.sort_unstable();
        end.dedup();
        let pre = metadata.string("tokenizer.ggml.pre").unwrap_or("default");
        Ok(Self {
            kind,
            pre: pre.to_owned(),
            tokens,
            kinds,
            scores,
            merges,
            bos,
            eos,
            unknown: id("unknown")?,
            // llama.cpp's defaults where a file says nothing; Llama 3 files rely on theirs.
            add_bos: metadata
                .boolean("tokenizer.ggml.add_bos_token")
                .unwrap_or(kind == VocabKind::Spm || pre == "llama-bpe"),
            add_space_prefix: metadata
                .boolean("tokenizer.ggml.add_space_prefix")
                .unwrap_or(kind == VocabKind::Spm),
            end,
        })
    }
}

fn token_kind(number: i32) -> TokenKind {
    match number {
        2 => TokenKind::Unknown,
        3 => TokenKind::Control,
        4 => TokenKind::UserDefined,
        5 => TokenKind::Unused,
        6 => TokenKind::Byte,
        _ => TokenKind::Normal,
    }
}

pub(super) fn damaged(what: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Model,
        format!("the model's vocabulary can't be used: {what}"),
    )
}

fn uneven(what: &str, found: usize, tokens: usize) -> Error {
    damaged(format!("{found} {what} for {tokens} tokens"))
}
