//! The networks that weights are made for, by the names that manifests and the models' own files give them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// The family that the weights belong to: which network reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Hunyuan's dense models, decoder-only.
    HunyuanDense,
    /// Marian student: transformer encoder, SSRU decoder, `intgemm` weights (Bergamot).
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
    /// Gemma (the first), decoder-only.
    Gemma,
    /// Gemma 2, decoder-only.
    Gemma2,
    /// GLM-4 of 2025, decoder-only.
    Glm4,
    /// Helium, decoder-only.
    Helium,
    /// LFM2, decoder-only with short convolutions.
    Lfm2,
    /// Mixtral, decoder-only with experts.
    Mixtral,
    /// OLMo, decoder-only.
    Olmo,
    /// OLMo 2, decoder-only.
    Olmo2,
    /// Phi-1.5 and Phi-2, decoder-only.
    Phi,
    /// Phi-3 and Phi-4, decoder-only.
    Phi3,
    /// Qwen 1.5 and 2 with experts, decoder-only.
    Qwen2Moe,
    /// Qwen 3 with experts, decoder-only.
    Qwen3Moe,
    /// StarCoder 2, decoder-only.
    Starcoder2,
    /// BERT and what shares its layers (E5, MiniLM).
    Bert,
}

use Architecture as A;

/// Every architecture with its own name and the names that it goes by in the models' files: GGUF's
/// `general.architecture` and the `model_type` of a `config.json`.
const NAMES: &[(Architecture, &str, &[&str])] = &[
    (A::Qwen2, "qwen2", &["qwen2"]),
    (A::Qwen3, "qwen3", &["qwen3"]),
    (A::Llama, "llama", &["llama", "mistral"]),
    (A::SmolLm3, "smollm3", &["smollm3"]),
    (A::Gemma3, "gemma3", &["gemma3", "gemma3_text"]),
    (
        A::HunyuanDense,
        "hunyuan-dense",
        &["hunyuan-dense", "hunyuan_v1_dense"],
    ),
    // Marian's own files name nothing.
    (A::MarianStudent, "marian-student", &[]),
    (A::Marian, "marian", &["marian"]),
    (A::M2m100, "m2m100", &["m2m_100"]),
    (A::Mbart, "mbart", &["mbart"]),
    (A::Bart, "bart", &["bart"]),
    (A::Pegasus, "pegasus", &["pegasus"]),
    (A::T5, "t5", &["t5", "mt5"]),
    (A::Gemma, "gemma", &["gemma"]),
    (A::Gemma2, "gemma2", &["gemma2"]),
    (A::Glm4, "glm4", &["glm4"]),
    (A::Helium, "helium", &["helium"]),
    (A::Lfm2, "lfm2", &["lfm2"]),
    (A::Mixtral, "mixtral", &["mixtral"]),
    (A::Olmo, "olmo", &["olmo"]),
    (A::Olmo2, "olmo2", &["olmo2"]),
    (A::Phi, "phi", &["phi", "phi2"]),
    (A::Phi3, "phi3", &["phi3"]),
    (A::Qwen2Moe, "qwen2-moe", &["qwen2_moe", "qwen2moe"]),
    (A::Qwen3Moe, "qwen3-moe", &["qwen3_moe", "qwen3moe"]),
    (A::Starcoder2, "starcoder2", &["starcoder2"]),
    (A::Bert, "bert", &["bert", "xlm-roberta"]),
];

impl Architecture {
    /// Every architecture that is known.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(architecture, ..)| *architecture)
    }

    /// The architecture by the name that GGUF's `general.architecture` or `config.json`'s `model_type` gives it.
    pub fn from_model_type(name: &str) -> Option<Self> {
        let row = NAMES.iter().find(|(_, _, names)| names.contains(&name))?;
        Some(row.0)
    }

    /// Its name in manifests.
    pub fn name(self) -> &'static str {
        let row = NAMES
            .iter()
            .find(|(architecture, ..)| *architecture == self);
        row.map_or("unnamed", |(_, name, _)| name)
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Architecture {
    type Err = Error;

    /// Reads the name that manifests give it.
    fn from_str(text: &str) -> Result<Self> {
        Self::all().find(|own| own.name() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::all().map(Self::name).collect();
            let why = format!(
                "unknown architecture \"{text}\"; known are {}",
                known.join(", ")
            );
            Error::new(ErrorKind::Model, why)
        })
    }
}

impl Serialize for Architecture {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Architecture {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_architecture_has_names_of_its_own() {
        for (architecture, name, models) in NAMES {
            assert_eq!(name.parse::<Architecture>().unwrap(), *architecture);
            for model in *models {
                assert_eq!(Architecture::from_model_type(model), Some(*architecture));
            }
        }
        assert_eq!(Architecture::from_model_type("marian-student"), None);
        assert!("gpt2".parse::<Architecture>().is_err());
    }
}
