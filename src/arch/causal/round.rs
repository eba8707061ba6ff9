//! Rounding the floats of a checkpoint to blocks of few bits.

use std::sync::Mutex;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor as Floats};

use crate::nn::pool::Pool;
use crate::nn::quant::dequantize_row;
use crate::weights::gguf::{Tensor, TensorType};

/// Rows that one task rounds; more only take more memory.
const ROWS_A_TASK: usize = 64;

/// A tensor as it lies in its file, or rounded.
pub(super) enum Blocks<'a> {
    Stored(Tensor<'a>),
    Rounded {
        kind: TensorType,
        dims: &'a [usize],
        bytes: Vec<u8>,
    },
}

impl Blocks<'_> {
    pub(super) fn tensor(&self) -> Tensor<'_> {
        match self {
            Self::Stored(tensor) => *tensor,
            Self::Rounded { kind, dims, bytes } => Tensor {
                dims,
                kind: *kind,
                bytes,
            },
        }
    }
}

/// Rounds a tensor to `kind`, as candle does it; rows must be whole blocks.
pub(super) fn round<'a>(
    pool: &Pool,
    tensor: &Tensor<'a>,
    kind: TensorType,
) -> candle_core::Result<Blocks<'a>> {
    let cols = tensor.cols();
    let row_bytes = cols / kind.block_len() * kind.block_bytes();
    let mut bytes = vec![0; tensor.rows() * row_bytes];
    let (dtype, failed) = (self::kind(kind), Mutex::new(None));
    pool.for_each_chunk(&mut bytes, ROWS_A_TASK * row_bytes, |task, out| {
        let rows = out.len() / row_bytes;
        let mut floats = vec![0.0; rows * cols];
        for (row, floats) in floats.chunks_exact_mut(cols).enumerate() {
            dequantize_row(tensor, task * ROWS_A_TASK + row, floats);
        }
        let rounded = || {
            let floats = Floats::from_vec(floats, (rows, cols), &Device::Cpu)?;
            let blocks = QTensor::quantize(&floats, dtype)?;
            out.copy_from_slice(&blocks.data()?);
            Ok(())
        };
        if let Err(error) = rounded()
            && let Ok(mut failed) = failed.lock()
        {
            *failed = Some(error);
        }
    });
    match failed.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(Blocks::Rounded {
            kind,
            dims: tensor.dims,
            bytes,
        }),
    }
}

/// candle's name of a storage type.
pub(super) fn kind(kind: TensorType) -> GgmlDType {
    match kind {
        TensorType::F32 => GgmlDType::F32,
        TensorType::F16 => GgmlDType::F16,
        TensorType::BF16 => GgmlDType::BF16,
        TensorType::Q4_0 => GgmlDType::Q4_0,
        TensorType::Q4_1 => GgmlDType::Q4_1,
        TensorType::Q5_0 => GgmlDType::Q5_0,
        TensorType::Q5_1 => GgmlDType::Q5_1,
        TensorType::Q8_0 => GgmlDType::Q8_0,
        TensorType::Q4_K => GgmlDType::Q4K,
        TensorType::Q5_K => GgmlDType::Q5K,
        TensorType::Q6_K => GgmlDType::Q6K,
    }
}
