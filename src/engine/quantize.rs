//! How the floats of a checkpoint are kept in memory.

use std::fmt;
use std::str::FromStr;

use super::Precision;
use crate::error::{Error, Result};
use crate::weights::gguf::TensorType;

/// How the floats of a checkpoint are kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantize {
    /// As 8-bit integers: with a scale each 32 in decoder-only models, a scale a column in encoder–decoder models.
    Int8,
    /// As 4-bit integers, embeddings and output as 8-bit ones; encoder–decoder models keep eight bits.
    Q4K,
    /// As 32-bit floats.
    None,
}

impl Quantize {
    const ALL: [Self; 3] = [Self::Int8, Self::Q4K, Self::None];

    /// What encoder–decoder models make of it.
    pub(super) fn precision(self) -> Precision {
        match self {
            Self::Int8 | Self::Q4K => Precision::Int8,
            Self::None => Precision::F32,
        }
    }

    /// What matrices of a decoder-only model are rounded to where they are.
    pub(super) fn blocks(self) -> TensorType {
        match self {
            Self::Int8 | Self::None => TensorType::Q8_0,
            Self::Q4K => TensorType::Q4_K,
        }
    }
}

impl fmt::Display for Quantize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Int8 => "int8",
            Self::Q4K => "q4_k",
            Self::None => "none",
        })
    }
}

impl FromStr for Quantize {
    type Err = Error;

    /// `q8_0` is another name of `int8`.
    fn from_str(text: &str) -> Result<Self> {
        let text = if text == "q8_0" { "int8" } else { text };
        Error::one_of("kind of weights", text, &Self::ALL)
    }
}
