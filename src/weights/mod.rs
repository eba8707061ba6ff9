//! Weight files turned into named tensors. No length or offset field of a file is trusted.

mod architecture;
pub mod blob;
pub mod checkpoint;
pub mod e5;
mod entry;
pub mod gguf;
pub mod marian;
pub mod npz;
mod pickle;
mod safetensors;
pub mod shortlist;
mod torch;

pub use architecture::Architecture;
