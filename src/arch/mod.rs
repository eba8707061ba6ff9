//! Architectures: one file a family, each an implementation of a trait of [`crate::decode`].

pub mod seq2seq;
pub mod t5;
