//! What GGUF metadata say of a vocabulary, checked once.

use crate::error::{Error, ErrorKind, Result};
use crate::weights::gguf::Gguf;

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
    /// As a `tokenizer.json` says.
    Json,
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
    /// Score of each token; 0 in BPE.
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
const END_TOKENS: [&str; 13] = [
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
    "</s>",
];

/// Whether a token of this text ends an answer in every model that has it.
pub(super) fn is_end_token(text: &str) -> bool {
    END_TOKENS.contains(&text)
}

impl Vocab {
    /// Reads and checks the vocabulary of a GGUF file.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if an array is missing or has a wrong length, an id lies outside the vocabulary, or the
    /// kind of vocabulary isn't supported.
    pub fn read(gguf: &Gguf) -> Result<Self> {
        let kind = match gguf.str("tokenizer.ggml.model")? {
            "gpt2" => VocabKind::Bpe,
            "llama" => VocabKind::Spm,
            other => {
                return Err(damaged(format!("its kind \"{other}\" isn't supported")).with_hint(
                    "byte-level BPE (gpt2) and SentencePiece (llama) vocabularies are supported",
                ));
            }
        };
        let strings = |key: &str| -> Result<Vec<String>> {
            Ok(gguf.strings(key)?.into_iter().map(str::to_owned).collect())
        };
        let tokens = strings("tokenizer.ggml.tokens")?;
        let len = tokens.len();
        let mut kinds = vec![TokenKind::Normal; len];
        if gguf.contains("tokenizer.ggml.token_type") {
            kinds = gguf
                .i32s("tokenizer.ggml.token_type")?
                .into_iter()
                .map(token_kind)
                .collect();
        }
        let (scores, merges) = match kind {
            VocabKind::Spm => (gguf.f32s("tokenizer.ggml.scores")?, Vec::new()),
            _ => (vec![0.0; len], strings("tokenizer.ggml.merges")?),
        };
        if kinds.len() != len || scores.len() != len {
            let (kinds, scores) = (kinds.len(), scores.len());
            return Err(damaged(format!(
                "{kinds} token types and {scores} scores for {len} tokens"
            )));
        }
        let id = |name: &str| -> Result<Option<u32>> {
            let key = format!("tokenizer.ggml.{name}_token_id");
            match gguf.contains(&key).then(|| gguf.u32(&key)).transpose()? {
                Some(id) if id as usize >= len => Err(damaged(format!(
                    "its {name} token {id} lies outside of {len} tokens"
                ))),
                id => Ok(id),
            }
        };
        let flag = |key: &str, default: bool| match gguf.contains(key) {
            true => gguf.bool(key),
            false => Ok(default),
        };
        let (bos, eos) = (id("bos")?, id("eos")?);
        let mut end: Vec<u32> = [eos, id("eot")?, id("eom")?]
            .into_iter()
            .flatten()
            .collect();
        for (token, text) in (0..).zip(&tokens) {
            if is_end_token(text) {
                end.push(token);
                kinds[token as usize] = TokenKind::Control;
            }
        }
        end.sort_unstable();
        end.dedup();
        let pre = match gguf.contains("tokenizer.ggml.pre") {
            true => gguf.str("tokenizer.ggml.pre")?.to_owned(),
            false => "default".to_owned(),
        };
        Ok(Self {
            kind,
            tokens,
            kinds,
            scores,
            merges,
            bos,
            eos,
            unknown: id("unknown")?,
            // llama.cpp's defaults where a file says nothing; Llama 3 files rely on theirs.
            add_bos: flag(
                "tokenizer.ggml.add_bos_token",
                kind == VocabKind::Spm || pre == "llama-bpe",
            )?,
            add_space_prefix: flag("tokenizer.ggml.add_space_prefix", kind == VocabKind::Spm)?,
            pre,
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
