//! Architectures: one folder or file a family. Those that generate implement a trait of `decode`.

pub mod bert;
pub mod causal;
pub mod others;
pub mod seq2seq;
pub mod student;
pub mod t5;
mod tensors;
pub mod xlmr;

use std::sync::Arc;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::{Precision, Workers};
use crate::weights::Architecture;

pub use tensors::Tensors;

/// Loads an encoder–decoder model of any family that `config`, the content of `config.json`, names.
///
/// # Errors
/// [`ErrorKind::Model`] if the family isn't supported, or the tensors contradict the config.
pub fn load_seq2seq(
    config: &[u8],
    tensors: &Tensors,
    workers: Arc<Workers>,
    precision: Precision,
) -> Result<seq2seq::Transformer> {
    #[derive(Deserialize)]
    struct Kind {
        model_type: String,
    }
    let kind: Kind = serde_json::from_slice(config).map_err(|source| {
        Error::new(
            ErrorKind::Model,
            "config.json can't be used: it names no model_type",
        )
        .with_source(source)
    })?;
    match Architecture::from_model_type(&kind.model_type) {
        Some(Architecture::T5) => t5::load(&t5::Config::read(config)?, tensors, workers, precision),
        _ => {
            seq2seq::Transformer::load(&seq2seq::Config::read(config)?, tensors, workers, precision)
        }
    }
}
