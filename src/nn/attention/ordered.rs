//! Attention of a student: every sum in the order of the reference (marian-dev, `src/tensors/cpu`), nothing fused, and the
//! exponentials exact, so that every processor gives the same bits. Keys lie transposed, which lets sixteen positions
//! be added up side by side in that order.

use crate::nn::exp;
use crate::nn::isa::for_each_isa;
use crate::nn::rows::{CHAINS, row_sums};
use crate::nn::simd::LANES;

/// Keys and values that queries attend to: `len` positions of `heads` heads.
#[derive(Debug, Clone, Copy)]
pub struct Memory<'a> {
    /// `[width, padded]`: the keys, transposed, each row padded to [`padded`]`(len)`; what the padding holds doesn't
    /// matter as long as it is finite.
    pub keys: &'a [f32],
    /// The values: those of a head lie `head_stride` floats after those of the one before, and those of a position
    /// `stride` floats after those of the one before.
    pub values: &'a [f32],
    /// Floats from one position's values to the next's.
    pub stride: usize,
    /// Floats from one head's values to the next's.
    pub head_stride: usize,
    /// Positions.
    pub len: usize,
    /// Heads, side by side in `width`.
    pub heads: usize,
    /// Floats of a position: a multiple of 16 for each head.
    pub width: usize,
}

/// `len` rounded up to whole lanes.
pub fn padded(len: usize) -> usize {
    len.next_multiple_of(LANES)
}

/// Queries that meet the keys and the values together, which are then read once for all of them.
const QUERIES: usize = 4;

/// The sums over `i` of `factor(row, i)` times `C` chunks of lanes of the `i`-th row of `matrix`, from column `at` on,
/// for `R` rows of factors.
#[inline(always)]
fn weighted_sums<const R: usize, const C: usize>(
    matrix: impl Iterator<Item: AsRef<[f32]>>,
    at: usize,
    factor: impl Fn(usize, usize) -> f32,
) -> [[[f32; LANES]; C]; R] {
    let mut sums = [[[0.0; LANES]; C]; R];
    for (i, chunks) in matrix.enumerate() {
        let (chunks, _) = chunks.as_ref()[at..][..C * LANES].as_chunks::<LANES>();
        for (row, sums) in sums.iter_mut().enumerate() {
            let factor = factor(row, i);
            for (sums, chunk) in sums.iter_mut().zip(chunks) {
                for (sum, value) in sums.iter_mut().zip(chunk) {
                    *sum += factor * value;
                }
            }
        }
    }
    sums
}

/// Queries that attend together, and how they see their memory.
struct Together<'a, const Q: usize> {
    /// `Q` rows, `stride` floats apart.
    queries: &'a [f32],
    stride: usize,
    memory: Memory<'a>,
}

impl<const Q: usize> Together<'_, Q> {
    /// Writes the scaled scores of `C` chunks of positions from `at` on under one head into `weights`, `[Q, padded]`,
    /// and takes note of the largest; padding scores negative infinity.
    #[inline(always)]
    fn score<const C: usize>(
        &self,
        head: usize,
        at: usize,
        weights: &mut [f32],
        largest: &mut [[f32; LANES]; Q],
    ) {
        let Memory {
            keys,
            len,
            heads,
            width,
            ..
        } = self.memory;
        let (size, padded) = (width / heads, padded(len));
        let scale = 1.0 / (size as f32).sqrt();
        let keys = keys[head * size * padded..][..size * padded].chunks_exact(padded);
        let query = |row: usize, i: usize| self.queries[row * self.stride + head * size + i];
        let scores = weighted_sums::<Q, C>(keys, at, query);
        for (row, (scores, largest)) in scores.iter().zip(largest).enumerate() {
            let weights = &mut weights[row * padded + at..][..C * LANES];
            for (c, (scores, weights)) in scores
                .iter()
                .zip(weights.chunks_exact_mut(LANES))
                .enumerate()
            {
                for lane in 0..LANES {
                    let inside = at + c * LANES + lane < len;
                    weights[lane] = if inside {
                        scores[lane] * scale
                    } else {
                        f32::NEG_INFINITY
                    };
                    largest[lane] = largest[lane].max(weights[lane]);
                }
            }
        }
    }

    /// Adds up `C` chunks of the values of one head from `at` on, weighted with `weights`, `[Q, padded]`.
    #[inline(always)]
    fn gather<const C: usize>(&self, head: usize, at: usize, weights: &[f32], out: &mut [f32]) {
        let Memory {
            values,
            stride,
            head_stride,
            len,
            heads,
            width,
            ..
        } = self.memory;
        let padded = padded(len);
        let values = values[head * head_stride..].chunks(stride).take(len);
        let sums = weighted_sums::<Q, C>(values, at, |row, i| weights[row * padded + i]);
        for (row, sums) in sums.iter().enumerate() {
            let at = row * width + head * (width / heads) + at;
            out[at..][..C * LANES].copy_from_slice(sums.as_flattened());
        }
    }

    /// Attends. What is read, which has often left the nearer caches, is read front to back as far as it goes.
    #[inline(always)]
    fn run(&self, out: &mut [f32], weights: &mut [f32]) {
        let Memory {
            len, heads, width, ..
        } = self.memory;
        let padded = padded(len);
        for (head, weights) in weights.chunks_exact_mut(Q * padded).enumerate() {
            let mut largest = [[f32::NEG_INFINITY; LANES]; Q];
            let mut at = 0;
            while at < padded {
                at += match (padded - at) / LANES {
                    4.. if Q == 1 => {
                        self.score::<4>(head, at, weights, &mut largest);
                        4 * LANES
                    }
                    2.. => {
                        self.score::<2>(head, at, weights, &mut largest);
                        2 * LANES
                    }
                    _ => {
                        self.score::<1>(head, at, weights, &mut largest);
                        LANES
                    }
                };
            }
            for (weights, largest) in weights.chunks_exact_mut(padded).zip(largest) {
                let largest = largest.into_iter().fold(f32::NEG_INFINITY, f32::max);
                for weight in weights {
                    *weight = exp::exact(*weight - largest);
                }
            }
        }
        for weights in weights.chunks_mut(CHAINS * padded) {
            let totals = row_sums(weights, padded, len, |_, x| x);
            for (weights, total) in weights.chunks_exact_mut(padded).zip(totals) {
                for weight in weights {
                    *weight /= total;
                }
            }
        }
        for (head, weights) in weights.chunks_exact(Q * padded).enumerate() {
            let size = width / heads;
            let mut at = 0;
            while at < size {
                at += match (size - at) / LANES {
                    2.. => {
                        self.gather::<2>(head, at, weights, out);
                        2 * LANES
                    }
                    _ => {
                        self.gather::<1>(head, at, weights, out);
                        LANES
                    }
                };
            }
        }
    }
}

for_each_isa! {
    /// Scaled dot-product attention (Vaswani et al. 2017) of each query over all positions of `memory`. Rows of
    /// `queries` lie `stride` floats apart; `out` is `[rows, width]`; `weights` is scratch.
    pub fn attend(
        queries: &[f32],
        stride: usize,
        memory: Memory<'_>,
        out: &mut [f32],
        weights: &mut Vec<f32>,
    ) {
        let row = memory.heads * padded(memory.len);
        weights.resize(weights.len().max(QUERIES * row), 0.0);
        let queries = queries.chunks(QUERIES * stride);
        for (queries, out) in queries.zip(out.chunks_mut(QUERIES * memory.width)) {
            let count = out.len() / memory.width;
            let weights = &mut weights[..count * row];
            match count {
                QUERIES => Together::<QUERIES> { queries, stride, memory }.run(out, weights),
                _ => {
                    let rows = queries.chunks(stride).zip(out.chunks_mut(memory.width));
                    for ((query, out), weights) in rows.zip(weights.chunks_exact_mut(row)) {
                        Together::<1> { queries: query, stride, memory }.run(out, weights);
                    }
                }
            }
        }
    }
}

for_each_isa! {
    /// Transposes the first `width` columns of `rows`, which lie `stride` floats apart, into `out`,
    /// `[width, padded(rows)]`; the padding is left as it is.
    pub fn transpose(rows: &[f32], stride: usize, width: usize, out: &mut [f32]) {
        let padded = padded(rows.len().div_ceil(stride));
        for (column, row) in rows.chunks(stride).enumerate() {
            for (&x, out) in row[..width].iter().zip(out.chunks_exact_mut(padded)) {
                out[column] = x;
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
    fn every_instruction_set_gives_the_same_bits() {
        let (width, len, heads) = (64, 21, 2);
        let (queries, values) = (wave(3 * width, 0.37), wave(len * width, 0.011));
        let run = |isa: Isa| {
            let mut keys = vec![0.0; width * padded(len)];
            transpose(isa, &wave(len * width, 0.013), width, width, &mut keys);
            let memory = Memory {
                keys: &keys,
                values: &values,
                stride: width,
                head_stride: width / heads,
                len,
                heads,
                width,
            };
            let mut attended = vec![0.0; 3 * width];
            attend(isa, &queries, width, memory, &mut attended, &mut Vec::new());
            attended
        };
        let all: Vec<_> = Isa::available().into_iter().map(run).collect();
        assert!(all[0].iter().all(|x| x.is_finite()));
        assert!(all.iter().all(|one| one == &all[0]));
    }

    #[test]
    fn attention_is_a_weighted_mean() {
        let (width, len, heads) = (32, 5, 2);
        let (query, rows, values) = (
            wave(width, 0.3),
            wave(len * width, 0.17),
            wave(len * width, 0.23),
        );
        let mut keys = vec![9e9; width * padded(len)];
        transpose(Isa::best(), &rows, width, width, &mut keys);
        let memory = Memory {
            keys: &keys,
            values: &values,
            stride: width,
            head_stride: width / heads,
            len,
            heads,
            width,
        };
        let mut out = vec![0.0; width];
        attend(
            Isa::best(),
            &query,
            width,
            memory,
            &mut out,
            &mut Vec::new(),
        );
        for head in 0..heads {
            let dims = head * 16..head * 16 + 16;
            let scores: Vec<f64> = (0..len)
                .map(|j| {
                    let dot: f64 = dims
                        .clone()
                        .map(|d| f64::from(query[d]) * f64::from(rows[j * width + d]))
                        .sum();
                    (dot / 4.0).exp()
                })
                .collect();
            let total: f64 = scores.iter().sum();
            for d in dims {
                let mean: f64 = (0..len)
                    .map(|j| scores[j] / total * f64::from(values[j * width + d]))
                    .sum();
                assert!((f64::from(out[d]) - mean).abs() < 1e-5);
            }
        }
    }
}
