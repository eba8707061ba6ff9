//! Single rows of a tensor as floats, read straight from the file: embeddings.

use half::{bf16, f16};

use crate::weights::gguf::{Tensor, TensorType};

/// Writes row `row` of `tensor` to `out`, which has the length of a row. Formats after ggml's `dequantize_row_*`.
///
/// # Panics
/// If the row is outside the tensor or `out` has another length.
pub fn dequantize_row(tensor: &Tensor<'_>, row: usize, out: &mut [f32]) {
    assert_eq!(out.len(), tensor.cols());
    let kind = tensor.kind;
    let row_bytes = out.len() / kind.block_len() * kind.block_bytes();
    let bytes = &tensor.bytes[row * row_bytes..][..row_bytes];
    let blocks = bytes.chunks_exact(kind.block_bytes());
    for (block, out) in blocks.zip(out.chunks_exact_mut(kind.block_len())) {
        dequantize_block(kind, block, out);
    }
}

fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// One block; `block` and `out` have the lengths that the type says.
pub(super) fn dequantize_block(kind: TensorType, block: &[u8], out: &mut [f32]) {
    match kind {
        TensorType::F32 => {
            out[0] = f32::from_le_bytes([block[0], block[1], block[2], block[3]]);
        }
        TensorType::F16 => out[0] = half_at(block, 0),
        TensorType::BF16 => out[0] = bf16::from_le_bytes([block[0], block[1]]).to_f32(),
        TensorType::Q4_0 | TensorType::Q4_1 | TensorType::Q5_0 | TensorType::Q5_1 => {
            let d = half_at(block, 0);
            let (offset, rest) = match kind {
                TensorType::Q4_0 => (-8.0 * d, &block[2..]),
                TensorType::Q5_0 => (-16.0 * d, &block[2..]),
                _ => (half_at(block, 2), &block[4..]),
            };
            let (high, low) = match kind {
                TensorType::Q4_0 | TensorType::Q4_1 => (0, rest),
                _ => {
                    let high = u32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]);
                    (high, &rest[4..])
                }
            };
            for i in 0..32 {
                let nibble = if i < 16 {
                    low[i] & 15
                } else {
                    low[i - 16] >> 4
                };
                let code = nibble | ((high >> i & 1) << 4) as u8;
                out[i] = d.mul_add(f32::from(code), offset);
            }
        }
        TensorType::Q8_0 => {
            let d = half_at(block, 0);
            for (out, &code) in out.iter_mut().zip(&block[2..]) {
                *out = d * f32::from(code as i8);
            }
        }
        TensorType::Q4_K | TensorType::Q5_K => {
            let (d, dmin) = (half_at(block, 0), half_at(block, 2));
            let (scales, offsets) = group_scales_k(&block[4..16]);
            let (high, low) = match kind {
                TensorType::Q4_K => (None, &block[16..]),
                _ => (Some(&block[16..48]), &block[48..]),
            };
            for (i, out) in out.iter_mut().enumerate() {
                let (group, at) = (i / 32, i % 32);
                let nibble = low[group / 2 * 32 + at] >> (4 * (group % 2)) & 15;
                let top = high.map_or(0, |h| (h[at] >> group & 1) << 4);
                let (scale, offset) = (f32::from(scales[group]), f32::from(offsets[group]));
                *out = (d * scale).mul_add(f32::from(nibble | top), -dmin * offset);
            }
        }
        TensorType::Q6_K => {
            let d = half_at(block, 208);
            let (low, high, scales) = (&block[..128], &block[128..192], &block[192..208]);
            for (i, out) in out.iter_mut().enumerate() {
                let (half, quarter, at) = (i / 128, i % 128 / 32, i % 32);
                let nibble = low[half * 64 + quarter % 2 * 32 + at] >> (quarter / 2 * 4) & 15;
                let top = high[half * 32 + at] >> (2 * quarter) & 3;
                let code = i32::from(nibble | top << 4) - 32;
                *out = d * f32::from(scales[i / 16] as i8) * code as f32;
            }
        }
    }
}

/// The eight 6-bit scales and offsets of a Q4_K or Q5_K block, which share twelve bytes.
pub(super) fn group_scales_k(packed: &[u8]) -> ([u8; 8], [u8; 8]) {
    let scale = |i: usize| match i {
        0..4 => packed[i] & 63,
        _ => packed[i + 4] & 15 | packed[i - 4] >> 6 << 4,
    };
    let offset = |i: usize| match i {
        0..4 => packed[i + 4] & 63,
        _ => packed[i + 4] >> 4 | packed[i] >> 6 << 4,
    };
    (std::array::from_fn(scale), std::array::from_fn(offset))
}
