//! Tokenizers: the vocabulary inside a GGUF file, encoded as llama.cpp encodes it; SentencePiece models; streaming UTF-8
//! decode.

mod codes;
mod gguf;
pub mod hf;
mod merge;
mod partition;
pub mod sentencepiece;
mod split;
mod stream;
mod vocab;

pub use gguf::{Specials, Tokenizer};
pub use stream::TextStream;
pub use vocab::{TokenKind, Vocab, VocabKind};
