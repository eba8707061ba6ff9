//! Decoder-only language models from GGUF files: `llama` (SmolLM2, EuroLLM, Llama 3, Mistral), `qwen2`, `qwen3` and
//! `gemma3`. One implementation for the CPU and one for GPUs, told apart by typed metadata.

mod angles;
mod config;
mod cpu;
mod sequences;
mod tensor;
mod weights;

pub use cpu::{Cache, CausalModel};
pub use tensor::{Matrices, TensorCache, TensorModel};
