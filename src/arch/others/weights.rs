//! A checkpoint as `candle-transformers` reads it, with a list of what was read.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use candle_core::{DType, Device, Error, Result, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};

use crate::weights::checkpoint::Checkpoint;

/// Tensors that are read by name; which of them were is kept.
#[derive(Clone)]
pub(super) struct Weights(Arc<Inner>);

struct Inner {
    checkpoint: Checkpoint,
    read: Mutex<HashSet<String>>,
}

impl Weights {
    pub(super) fn new(checkpoint: Checkpoint) -> Self {
        Self(Arc::new(Inner {
            checkpoint,
            read: Mutex::default(),
        }))
    }

    pub(super) fn builder(&self, dtype: DType, device: &Device) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), dtype, device.clone())
    }

    /// Whether the network took every tensor: one that it doesn't know would make it another model. The output may be
    /// there twice if it is that of the embeddings, and older files hold what can be computed.
    ///
    /// # Errors
    /// The name of a tensor that was not read.
    pub(super) fn check_all_read(&self, tied: bool) -> std::result::Result<(), String> {
        let Ok(read) = self.0.read.lock() else {
            return Ok(());
        };
        let mut unread: Vec<&str> = self
            .0
            .checkpoint
            .names()
            .filter(|name| !read.contains(*name))
            .filter(|name| !(tied && *name == "lm_head.weight"))
            .filter(|name| !name.ends_with("rotary_emb.inv_freq"))
            .collect();
        unread.sort_unstable();
        match unread.first() {
            Some(name) => Err((*name).to_owned()),
            None => Ok(()),
        }
    }

    fn tensor(&self, name: &str, shape: &[usize], dtype: DType, device: &Device) -> Result<Tensor> {
        let Inner { checkpoint, read } = &*self.0;
        // As it lies there: anything but floats is an error that names the tensor.
        checkpoint.tensor(name).map_err(Error::wrap)?;
        let values = checkpoint.read(name, shape).map_err(Error::wrap)?;
        let tensor = Tensor::from_slice(&values, shape, &Device::Cpu)?;
        checkpoint.forget(name);
        if let Ok(mut read) = read.lock() {
            read.insert(name.to_owned());
        }
        tensor.to_dtype(dtype)?.to_device(device)
    }
}

impl SimpleBackend for Weights {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        self.tensor(name, shape.dims(), dtype, device)
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> Result<Tensor> {
        let shape = self.0.checkpoint.shape(name).unwrap_or_default().to_vec();
        self.tensor(name, &shape, dtype, device)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.0.checkpoint.shape(name).is_some()
    }
}
