//! Weights: files of other projects turned into named tensors. Nothing here trusts a length that a file claims.

pub mod blob;
pub mod checkpoint;
pub mod gguf;
pub mod marian;
pub mod npz;
mod pickle;
mod safetensors;
pub mod shortlist;
