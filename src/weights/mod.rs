//! Weight files → named tensors. No length or offset field of a file is trusted.

pub mod gguf;
