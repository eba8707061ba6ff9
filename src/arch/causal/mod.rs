//! Decoder-only language models from GGUF files: `llama` (SmolLM2, EuroLLM, Llama 3, Mistral), `qwen2`, `qwen3` and
//! `gemma3`. One implementation, told apart by typed metadata.

mod config;
mod cpu;
mod weights;

pub use cpu::{Cache, CausalModel};
