//! Where a model's tensors lie: a GGUF file or a checkpoint of the Hub, both asked by llama.cpp's names.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::nn::pool::Pool;
use crate::nn::quant::dequantize_row;
use crate::weights::gguf::{Gguf, Tensor, TensorType};

use super::config::Config;
use super::hub::Hub;
use super::round::{Blocks, round};

/// The table of token embeddings, `[vocabulary, width]`.
pub(super) const EMBEDDINGS: &str = "token_embd.weight";

/// Divisors of the rotation frequencies (Llama 3), `[rotated / 2]`.
const ROPE_FACTORS: &str = "rope_freqs.weight";

/// A model's files. Cloning shares them.
#[derive(Debug, Clone)]
pub enum Source {
    /// llama.cpp's container.
    Gguf(Gguf),
    /// A checkpoint of the Hub.
    Hub(Arc<Hub>),
}

impl From<&Gguf> for Source {
    fn from(gguf: &Gguf) -> Self {
        Self::Gguf(gguf.clone())
    }
}

impl From<Hub> for Source {
    fn from(hub: Hub) -> Self {
        Self::Hub(Arc::new(hub))
    }
}

impl Source {
    pub(super) fn config(&self) -> Result<Config> {
        match self {
            Self::Gguf(gguf) => Config::read(gguf),
            Self::Hub(hub) => Ok(hub.config().clone()),
        }
    }

    /// A file of the model, for messages.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Gguf(gguf) => gguf.path(),
            Self::Hub(hub) => hub.path(),
        }
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        match self {
            Self::Gguf(gguf) => gguf.tensor(name),
            Self::Hub(hub) => hub.tensor(name),
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::Gguf(gguf) => gguf.has_tensor(name),
            Self::Hub(hub) => hub.has(name),
        }
    }

    /// Whether the output has weights of its own, or else those of the embeddings.
    pub(super) fn has_output(&self) -> Result<bool> {
        match self {
            Self::Gguf(gguf) => Ok(gguf.has_tensor("output.weight")),
            Self::Hub(hub) => hub.has_output(),
        }
    }

    /// Checks that there are no more layers than `layers`, and as many tokens as the configuration says.
    pub(super) fn check_size(&self, layers: usize, vocab: usize) -> Result<()> {
        match self {
            Self::Gguf(_) => Ok(()),
            Self::Hub(hub) => hub.check_size(layers, vocab),
        }
    }

    pub(super) fn forget(&self, name: &str) {
        match self {
            Self::Gguf(gguf) => gguf.forget(name),
            Self::Hub(hub) => hub.forget(name),
        }
    }

    /// What a matrix of floats is to be rounded to; `None` if it stays as it is. Embeddings and the output keep eight
    /// bits, and so do rows that aren't whole blocks.
    pub(super) fn round_to(&self, name: &str) -> Option<TensorType> {
        let Self::Hub(hub) = self else {
            return None;
        };
        let wanted = hub.round_to();
        let whole = self
            .tensor(name)
            .is_ok_and(|tensor| tensor.cols().is_multiple_of(wanted.block_len()));
        let coarse = whole && name != EMBEDDINGS && name != "output.weight";
        Some(if coarse { wanted } else { TensorType::Q8_0 })
    }

    /// A matrix as it is to be packed; packing itself makes eight bits of floats.
    pub(super) fn rounded(&self, name: &str, pool: &Pool) -> Result<Blocks<'_>> {
        let tensor = self.tensor(name)?;
        match self.round_to(name) {
            None | Some(TensorType::Q8_0) => Ok(Blocks::Stored(tensor)),
            Some(kind) => {
                let blocks = round(pool, &tensor, kind)?;
                self.forget(name);
                Ok(blocks)
            }
        }
    }

    /// Checks a tensor's shape, the contiguous dimension first.
    pub(super) fn expect_shape(&self, name: &str, dims: &[usize]) -> Result<()> {
        let tensor = self.tensor(name)?;
        if tensor.dims == dims {
            return Ok(());
        }
        let reversed = |dims: &[usize]| dims.iter().rev().copied().collect::<Vec<_>>();
        let (name, has, asked, by) = match self {
            Self::Gguf(_) => (
                name.to_owned(),
                tensor.dims.to_vec(),
                dims.to_vec(),
                "the metadata ask",
            ),
            Self::Hub(hub) => (
                hub.name(name),
                reversed(tensor.dims),
                reversed(dims),
                "config.json asks",
            ),
        };
        let path = self.path().display();
        let what = format!("the tensor \"{name}\" has the shape {has:?} where {by} for {asked:?}");
        Err(Error::new(ErrorKind::Model, format!("{path}: {what}")))
    }

    pub(super) fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>> {
        self.expect_shape(name, &[len])?;
        let tensor = self.tensor(name)?;
        let mut out = vec![0.0; len];
        dequantize_row(&tensor, 0, &mut out);
        if let Self::Hub(hub) = self {
            let offset = hub.vector_offset(name);
            out.iter_mut().for_each(|x| *x += offset);
        }
        Ok(out)
    }

    pub(super) fn optional(&self, name: &str, len: usize) -> Result<Option<Vec<f32>>> {
        match self.has(name) {
            true => self.vector(name, len).map(Some),
            false => Ok(None),
        }
    }

    /// Divisors of the rotation frequencies, `[rotated / 2]`, if there are any.
    pub(super) fn rope_factors(&self, config: &Config) -> Result<Option<Vec<f32>>> {
        let stored = self.optional(ROPE_FACTORS, config.rotated / 2)?;
        Ok(stored.or_else(|| config.rope_factors.clone()))
    }
}
