//! Tokenizers: the vocabulary inside a GGUF file, encoded as llama.cpp encodes it; `tokenizer.json`; SentencePiece models; streaming UTF-8
//! decode.

mod codes;
mod gguf;
pub mod hf;
mod json;
mod merge;
mod partition;
mod pieces;
pub mod sentencepiece;
mod split;
mod stream;
mod vocab;

pub use gguf::{Specials, Tokenizer};
pub use json::Marks;
pub use stream::TextStream;
pub use vocab::{TokenKind, Vocab, VocabKind};
