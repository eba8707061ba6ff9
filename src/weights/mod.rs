//! Weight files → named tensors. No length or offset field of a file is trusted.

pub mod blob;
pub mod checkpoint;
pub mod gguf;
mod pickle;
mod safetensors;
