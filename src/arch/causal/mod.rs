//! Decoder-only language models: `llama` (SmolLM2, EuroLLM, Llama 3, Mistral), `qwen2`, `qwen3`, `gemma3`, `smollm3` and
//! `hunyuan-dense`, from GGUF files or from checkpoints of the Hub. One implementation for the CPU and one for GPUs, told
//! apart by typed metadata.

mod angles;
mod config;
mod cpu;
mod hub;
mod hub_json;
mod hub_rope;
mod round;
mod sequences;
mod source;
mod tensor;
mod weights;

pub use cpu::{Cache, CausalModel};
pub use hub::{Hub, check_config};
pub use source::Source;
pub use tensor::{Matrices, TensorCache, TensorModel};
