//! Tokenizers: text to token ids and back.

pub mod hf;
pub mod sentencepiece;
