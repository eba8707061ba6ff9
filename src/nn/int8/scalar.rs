//! The kernels in plain Rust: what the vector kernels are tested against, and what runs where there is none.

use super::activations::Int8Rows;
use super::blocks::{PANEL, QUAD};
use super::matrix::{Int8Matrix, OFFSET, Output, To};

/// `a × b` into `output`.
///
/// # Safety
/// `output` must have room for `a.rows()` rows of `b.n` values.
pub(super) unsafe fn multiply(a: &Int8Rows, b: &Int8Matrix, output: Output) {
    let quads = b.k / QUAD;
    for (panel, blocks) in b.blocks.chunks_exact(quads).enumerate() {
        for (index, (row, &scale)) in a.values.chunks_exact(b.k).zip(&a.scales).enumerate() {
            let mut sums = b.starts(panel, row);
            for (quad, block) in row.chunks_exact(QUAD).zip(blocks) {
                for (sum, weights) in sums.iter_mut().zip(block.0.chunks_exact(QUAD)) {
                    for (&value, &weight) in quad.iter().zip(weights) {
                        *sum += (i32::from(value) - i32::from(OFFSET)) * i32::from(weight);
                    }
                }
            }
            for (lane, sum) in sums.into_iter().enumerate() {
                let column = panel * PANEL + lane;
                let float =
                    sum as f32 * (scale * b.columns.scales[column]) + b.columns.bias[column];
                let at = index * output.stride + column;
                match output.to {
                    // SAFETY: `index` and `column` are within the product, for which there is room.
                    To::Floats(out) => unsafe { out.add(at).write(float) },
                    To::Quantized(out, multiplier) => {
                        let whole = (float.max(0.0) * multiplier).min(127.0).round_ties_even();
                        // SAFETY: as above.
                        unsafe { out.add(at).write(whole as u8 + OFFSET) }
                    }
                }
            }
        }
    }
}

/// The sum of products of two rows, the first offset by 128.
pub(super) fn dot(a: &[u8], b: &[i8]) -> i32 {
    let products = a.iter().zip(b);
    products
        .map(|(&a, &b)| (i32::from(a) - i32::from(OFFSET)) * i32::from(b))
        .sum()
}
