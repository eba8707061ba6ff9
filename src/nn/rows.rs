//! Row-wise float operations, in plain Rust that the compiler vectorises once for each instruction set.
//!
//! Every result is added up in one fixed order, that of the reference (marian-dev, `src/tensors/cpu`), and nothing is
//! fused, so that every processor gives the same bits.

use super::exp::{self, ROUNDER};
use super::isa::for_each_isa;

for_each_isa! {
    /// Quantizes `floats` to −127 ..= 127, rounding half to even, stored offset by 128.
    pub fn quantize(floats: &[f32], multiplier: f32, bytes: &mut [u8]) {
        for (byte, &x) in bytes.iter_mut().zip(floats) {
            let x = (x * multiplier).clamp(-127.0, 127.0);
            *byte = ((x + ROUNDER).to_bits() as u8).wrapping_add(128);
        }
    }
}

for_each_isa! {
    /// Adds `other` to `x`.
    pub fn add(x: &mut [f32], other: &[f32]) {
        for (x, other) in x.iter_mut().zip(other) {
            *x += other;
        }
    }
}

for_each_isa! {
    /// ReLU in place.
    pub fn relu(x: &mut [f32]) {
        for x in x {
            *x = x.max(0.0);
        }
    }
}

for_each_isa! {
    /// Swish (x · sigmoid(x)) in place.
    pub fn swish(x: &mut [f32]) {
        for x in x {
            let e = exp::unfused(*x);
            *x *= e / (1.0 + e);
        }
    }
}

/// Rows that are added up side by side: each sum is one long chain of additions, in the order of the reference, and
/// the chains of several rows hide each other's latency.
pub(super) const CHAINS: usize = 8;

/// For each of up to [`CHAINS`] rows that lie `stride` apart, the sum of `term(row, x)` over its first `len` values,
/// front to back.
#[inline(always)]
pub(super) fn row_sums(
    rows: &[f32],
    stride: usize,
    len: usize,
    term: impl Fn(usize, f32) -> f32,
) -> [f32; CHAINS] {
    let mut sums = [0.0; CHAINS];
    let count = rows.len() / stride;
    match count {
        CHAINS => {
            for column in 0..len {
                for (row, sum) in sums.iter_mut().enumerate() {
                    *sum += term(row, rows[row * stride + column]);
                }
            }
        }
        _ => {
            for (row, (values, sum)) in rows.chunks_exact(stride).zip(&mut sums).enumerate() {
                for &x in &values[..len] {
                    *sum += term(row, x);
                }
            }
        }
    }
    sums
}

for_each_isa! {
    /// Layer normalisation (Ba et al. 2016) of each row of `x`, as wide as `scale`.
    pub fn layer_norm(x: &mut [f32], scale: &[f32], bias: &[f32], epsilon: f32) {
        let width = scale.len();
        for rows in x.chunks_mut(CHAINS * width) {
            let means = row_sums(rows, width, width, |_, x| x).map(|sum| sum / width as f32);
            let squares = row_sums(rows, width, width, |row, x| {
                let distance = x - means[row];
                distance * distance
            });
            let sigmas = squares.map(|sum| (sum / width as f32 + epsilon).sqrt());
            for (row, (mean, sigma)) in rows.chunks_exact_mut(width).zip(means.into_iter().zip(sigmas)) {
                for ((x, scale), bias) in row.iter_mut().zip(scale).zip(bias) {
                    *x = scale * ((*x - mean) / sigma) + bias;
                }
            }
        }
    }
}

for_each_isa! {
    /// One step of the simpler simple recurrent unit (Kim et al. 2019, "From Research to Production and Back"):
    /// `cell ← f ⊙ cell + (1 − f) ⊙ x` with `f = sigmoid(forget)`, and `out = relu(cell)`. Each row of `inputs` holds
    /// `x` and `forget`, as wide as a row of `cell` each.
    pub fn ssru(inputs: &[f32], width: usize, cell: &mut [f32], out: &mut [f32]) {
        let rows = cell.chunks_exact_mut(width).zip(out.chunks_exact_mut(width));
        for (input, (cell, out)) in inputs.chunks_exact(2 * width).zip(rows) {
            let (x, forget) = input.split_at(width);
            for (((cell, out), x), forget) in cell.iter_mut().zip(out).zip(x).zip(forget) {
                let e = exp::unfused(*forget);
                let f = e / (1.0 + e);
                *cell = f * *cell + (1.0 - f) * x;
                *out = cell.max(0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::isa::Isa;

    fn wave(len: usize, step: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * step).sin() * 3.0).collect()
    }

    #[test]
    fn quantizing_rounds_half_to_even_and_saturates() {
        let floats = [0.0, 0.5, 1.5, -0.5, -2.5, 126.6, 1e9, -1e9, f32::INFINITY];
        for isa in Isa::available() {
            let mut bytes = [0; 9];
            quantize(isa, &floats, 1.0, &mut bytes);
            assert_eq!(bytes, [128, 128, 130, 128, 126, 255, 255, 1, 255]);
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let width = 64;
        let run = |isa: Isa| {
            let mut x = wave(3 * width, 0.37);
            layer_norm(isa, &mut x, &wave(width, 0.1), &wave(width, 0.2), 1e-9);
            let (mut cell, mut out) = (wave(3 * width, 0.3), vec![0.0; 3 * width]);
            ssru(isa, &wave(6 * width, 0.7), width, &mut cell, &mut out);
            swish(isa, &mut out);
            add(isa, &mut x, &out);
            [x, cell].concat()
        };
        let all: Vec<_> = Isa::available().into_iter().map(run).collect();
        assert!(all[0].iter().all(|x| x.is_finite()));
        assert!(all.iter().all(|one| one == &all[0]));
    }
}
