//! Named tensors as floats, whatever file they are in: safetensors, a PyTorch pickle, or GGUF with the tensors' own
//! names, as candle's tools write it (`model-q4k.gguf`).

use std::borrow::Cow;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::nn::quant::dequantize_row;
use crate::weights::checkpoint::Checkpoint;
use crate::weights::gguf::{Gguf, Tensor};

/// The tensors of one model.
#[derive(Debug)]
pub enum Tensors {
    /// Floats.
    Checkpoint(Checkpoint),
    /// Quantized weights: they become floats as they are read, but for those that are kept as they are.
    Gguf(Gguf),
}

impl Tensors {
    /// Opens one GGUF file, or the files of one checkpoint.
    ///
    /// # Errors
    /// As [`Gguf::open`] and [`Checkpoint::open_files`].
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Self> {
        let is_gguf = |path: &Path| path.extension().is_some_and(|ext| ext == "gguf");
        match paths {
            [only] if is_gguf(only.as_ref()) => Gguf::open(only).map(Self::Gguf),
            _ => Checkpoint::open_files(paths).map(Self::Checkpoint),
        }
    }

    /// The shape of a tensor, if there is one of that name.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        match self {
            Self::Checkpoint(checkpoint) => checkpoint.shape(name).map(<[usize]>::to_vec),
            Self::Gguf(gguf) => {
                let tensor = gguf.tensor(name).ok()?;
                Some(tensor.dims.iter().rev().copied().collect())
            }
        }
    }

    /// The values of a tensor in row-major order.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if there is no such tensor, or it has another shape.
    pub fn read(&self, name: &str, shape: &[usize]) -> Result<Cow<'_, [f32]>> {
        let gguf = match self {
            Self::Checkpoint(checkpoint) => return checkpoint.read(name, shape),
            Self::Gguf(gguf) => gguf,
        };
        let tensor = stored(gguf, name, shape)?;
        let mut values = vec![0.0; shape.iter().product()];
        for (row, out) in values.chunks_exact_mut(tensor.cols().max(1)).enumerate() {
            dequantize_row(&tensor, row, out);
        }
        gguf.forget(name);
        Ok(Cow::Owned(values))
    }

    /// A tensor as a quantized file has it; none where the file isn't one.
    ///
    /// # Errors
    /// As [`Tensors::read`].
    pub fn stored(&self, name: &str, shape: &[usize]) -> Result<Option<Tensor<'_>>> {
        match self {
            Self::Checkpoint(_) => Ok(None),
            Self::Gguf(gguf) => stored(gguf, name, shape).map(Some),
        }
    }

    /// Lets go of the pages of a tensor that isn't read again, so that they don't count towards the memory in use.
    pub fn forget(&self, name: &str) {
        if let Self::Gguf(gguf) = self {
            gguf.forget(name);
        }
    }

    /// Lets go of the pages that reading has loaded, so that the file doesn't count towards the memory in use.
    pub fn release(&self) {
        if let Self::Checkpoint(checkpoint) = self {
            checkpoint.release();
        }
    }
}

fn stored<'a>(gguf: &'a Gguf, name: &str, shape: &[usize]) -> Result<Tensor<'a>> {
    let tensor = gguf.tensor(name)?;
    if !tensor.dims.iter().rev().eq(shape) {
        let path = gguf.path().display();
        let own: Vec<_> = tensor.dims.iter().rev().collect();
        let message =
            format!("{path}: the tensor \"{name}\" has shape {own:?} where {shape:?} is expected");
        return Err(Error::new(ErrorKind::Model, message)
            .with_hint("the weights don't belong to the config.json beside them"));
    }
    Ok(tensor)
}
