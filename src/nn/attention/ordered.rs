//! Attention of a student: every sum in the order of the reference (marian-dev, `src/tensors/cpu`), nothing fused, and the
//! exponentials exact, so that every processor gives the same bits. Keys lie transposed, which lets sixteen positions
//! be added up side by side in that order. What runs in vectors is written against [`Simd`]: of loops over arrays the
//! compiler made scalar code for a third of the time.

use crate::nn::exp;
use crate::nn::isa::{Isa, for_each_isa};
use crate::nn::rows::{CHAINS, row_sums};
use crate::nn::simd::{Kernel, LANES, Simd};

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

impl Memory<'_> {
    /// Floats of a head.
    #[inline(always)]
    fn size(&self) -> usize {
        self.width / self.heads
    }

    /// What is added to the scores of the last lanes: negative infinity beyond the last position.
    #[inline(always)]
    fn padding(&self) -> [f32; LANES] {
        let inside = self.len + LANES - padded(self.len);
        let mut lanes = [f32::NEG_INFINITY; LANES];
        lanes[..inside].fill(0.0);
        lanes
    }
}

/// `len` rounded up to whole lanes.
pub fn padded(len: usize) -> usize {
    len.next_multiple_of(LANES)
}

/// Queries that meet the keys and the values together, which are then read once for all of them.
const QUERIES: usize = 4;

/// The sums over `i < count` of `factor(head, row, i)` times `C` vectors of `line(head, i)`, for `H` heads and `R` rows of
/// factors. Each is one chain of additions in the order of the reference; all of them together hide its latency.
#[inline(always)]
fn weighted_sums<'m, S: Simd, const H: usize, const R: usize, const C: usize>(
    s: S,
    count: usize,
    line: impl Fn(usize, usize) -> &'m [f32],
    factor: impl Fn(usize, usize, usize) -> f32,
) -> [[[S::F; C]; R]; H] {
    let mut sums = [[[s.splat(0.0); C]; R]; H];
    for i in 0..count {
        for (head, sums) in sums.iter_mut().enumerate() {
            let (chunks, _) = line(head, i)[..C * LANES].as_chunks::<LANES>();
            for (row, sums) in sums.iter_mut().enumerate() {
                let factor = s.splat(factor(head, row, i));
                for (sum, chunk) in sums.iter_mut().zip(chunks) {
                    *sum = s.add(*sum, s.mul(factor, s.load(chunk)));
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
    /// Writes the scaled scores of `C` vectors of positions from `at` on under `H` heads into `weights`, `[heads, Q,
    /// padded]`.
    #[inline(always)]
    fn score<S: Simd, const H: usize, const C: usize>(
        &self,
        s: S,
        first: usize,
        at: usize,
        weights: &mut [f32],
    ) {
        let (size, padded) = (self.memory.size(), padded(self.memory.len));
        let scale = s.splat(1.0 / (size as f32).sqrt());
        let keys = &self.memory.keys[first * size * padded..][..H * size * padded];
        let queries = &self.queries[first * size..];
        let scores = weighted_sums::<S, H, Q, C>(
            s,
            size,
            |head, i| &keys[(head * size + i) * padded + at..],
            |head, row, i| queries[row * self.stride + head * size + i],
        );
        let rows = weights[first * Q * padded..].chunks_exact_mut(padded);
        for (row, scores) in rows.zip(scores.as_flattened()) {
            let (chunks, _) = row[at..].as_chunks_mut::<LANES>();
            for (chunk, &score) in chunks.iter_mut().zip(scores) {
                s.store(s.mul(score, scale), chunk);
            }
        }
    }

    /// Writes the scores of `H` heads from `first` on, less the largest of each row, into `weights`; padding scores
    /// negative infinity.
    #[inline(always)]
    fn score_heads<S: Simd, const H: usize>(&self, s: S, first: usize, weights: &mut [f32]) {
        let padded = padded(self.memory.len);
        let mut at = 0;
        while at < padded {
            at += match (padded - at) / LANES {
                4.. if Q == 1 => {
                    self.score::<S, H, 4>(s, first, at, weights);
                    4 * LANES
                }
                2.. => {
                    self.score::<S, H, 2>(s, first, at, weights);
                    2 * LANES
                }
                _ => {
                    self.score::<S, H, 1>(s, first, at, weights);
                    LANES
                }
            };
        }
        let rows = weights[first * Q * padded..].chunks_exact_mut(padded);
        let padding = s.load(&self.memory.padding());
        for row in rows.take(H * Q) {
            let (chunks, _) = row.as_chunks_mut::<LANES>();
            let mut largest = s.splat(f32::NEG_INFINITY);
            if let Some(last) = chunks.last_mut() {
                s.store(s.add(s.load(last), padding), last);
            }
            for chunk in &*chunks {
                largest = s.max(largest, s.load(chunk));
            }
            let largest = s.splat(s.max_lane(largest));
            for chunk in chunks {
                s.store(s.sub(s.load(chunk), largest), chunk);
            }
        }
    }

    /// Adds up `C` vectors of the values of `H` heads from `first` on, weighted with `weights`, `[heads, Q, padded]`.
    #[inline(always)]
    fn gather<S: Simd, const H: usize, const C: usize>(
        &self,
        s: S,
        (first, at): (usize, usize),
        weights: &[f32],
        out: &mut [f32],
    ) {
        let Memory {
            values,
            stride,
            head_stride,
            len,
            width,
            ..
        } = self.memory;
        let (size, padded) = (self.memory.size(), padded(len));
        let values = &values[first * head_stride + at..];
        let weights = &weights[first * Q * padded..][..H * Q * padded];
        let sums = weighted_sums::<S, H, Q, C>(
            s,
            len,
            |head, i| &values[head * head_stride + i * stride..],
            |head, row, i| weights[(head * Q + row) * padded + i],
        );
        for (head, sums) in sums.into_iter().enumerate() {
            for (row, sums) in sums.into_iter().enumerate() {
                let at = row * width + (first + head) * size + at;
                let (chunks, _) = out[at..][..C * LANES].as_chunks_mut::<LANES>();
                for (chunk, sum) in chunks.iter_mut().zip(sums) {
                    s.store(sum, chunk);
                }
            }
        }
    }

    /// Adds up the values of `H` heads from `first` on.
    #[inline(always)]
    fn gather_heads<S: Simd, const H: usize>(
        &self,
        s: S,
        first: usize,
        weights: &[f32],
        out: &mut [f32],
    ) {
        let size = self.memory.size();
        let mut at = 0;
        while at < size {
            at += match (size - at) / LANES {
                2.. => {
                    self.gather::<S, H, 2>(s, (first, at), weights, out);
                    2 * LANES
                }
                _ => {
                    self.gather::<S, H, 1>(s, (first, at), weights, out);
                    LANES
                }
            };
        }
    }

    /// Attends. What is read, which has often left the nearer caches, is read front to back as far as it goes.
    #[inline(always)]
    fn run<S: Simd>(&self, s: S, out: &mut [f32], weights: &mut [f32]) {
        let Memory { len, heads, .. } = self.memory;
        let padded = padded(len);
        // Under one head a lone query has too few sums. No closures are called here by others: what isn't compiled as
        // part of the kernel isn't compiled for its level.
        let pairs = if Q == 1 { heads / 2 } else { 0 };
        for pair in 0..pairs {
            self.score_heads::<S, 2>(s, 2 * pair, weights);
        }
        for head in 2 * pairs..heads {
            self.score_heads::<S, 1>(s, head, weights);
        }
        for weight in &mut *weights {
            *weight = exp::exact(*weight);
        }
        for weights in weights.chunks_mut(CHAINS * padded) {
            let totals = row_sums(weights, padded, len, |_, x| x);
            for (weights, total) in weights.chunks_exact_mut(padded).zip(totals) {
                let total = s.splat(total);
                let (chunks, _) = weights.as_chunks_mut::<LANES>();
                for chunk in chunks {
                    s.store(s.div(s.load(chunk), total), chunk);
                }
            }
        }
        for pair in 0..pairs {
            self.gather_heads::<S, 2>(s, 2 * pair, weights, out);
        }
        for head in 2 * pairs..heads {
            self.gather_heads::<S, 1>(s, head, weights, out);
        }
    }
}

/// What [`attend`] does.
struct Attend<'a> {
    queries: &'a [f32],
    stride: usize,
    memory: Memory<'a>,
    out: &'a mut [f32],
    weights: &'a mut [f32],
}

impl Kernel for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self {
            queries,
            stride,
            memory,
            out,
            weights,
        } = self;
        let row = memory.heads * padded(memory.len);
        let queries = queries.chunks(QUERIES * stride);
        for (queries, out) in queries.zip(out.chunks_mut(QUERIES * memory.width)) {
            let count = out.len() / memory.width;
            let weights = &mut weights[..count * row];
            match count {
                QUERIES => {
                    let together = Together::<QUERIES> {
                        queries,
                        stride,
                        memory,
                    };
                    together.run(s, out, weights);
                }
                _ => {
                    let rows = queries.chunks(stride).zip(out.chunks_mut(memory.width));
                    for ((queries, out), weights) in rows.zip(weights.chunks_exact_mut(row)) {
                        let together = Together::<1> {
                            queries,
                            stride,
                            memory,
                        };
                        together.run(s, out, weights);
                    }
                }
            }
        }
    }
}

/// Scaled dot-product attention (Vaswani et al. 2017) of each query over all positions of `memory`. Rows of `queries` lie
/// `stride` floats apart; `out` is `[rows, width]`; `weights` is scratch, which keeps the weights of a lone query,
/// `[heads, padded]`.
pub fn attend(
    isa: Isa,
    queries: &[f32],
    stride: usize,
    memory: Memory<'_>,
    out: &mut [f32],
    weights: &mut Vec<f32>,
) {
    let needed = QUERIES * memory.heads * padded(memory.len);
    weights.resize(weights.len().max(needed), 0.0);
    isa.run(Attend {
        queries,
        stride,
        memory,
        out,
        weights,
    });
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

    fn wave(len: usize, step: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * step).sin() * 3.0).collect()
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits_in_any_company() {
        // Queries alone and together, an odd head, and each number of vectors of positions at a time.
        for (count, width, len, heads) in [(3, 64, 21, 2), (9, 48, 70, 3), (4, 96, 113, 3)] {
            let (queries, values) = (wave(count * width, 0.37), wave(len * width, 0.011));
            let run = |isa: Isa, queries: &[f32]| {
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
                let mut attended = vec![0.0; queries.len()];
                attend(isa, queries, width, memory, &mut attended, &mut Vec::new());
                attended
            };
            let all = Isa::available().into_iter();
            let all: Vec<_> = all.map(|isa| run(isa, &queries)).collect();
            assert!(all[0].iter().all(|x| x.is_finite()));
            assert!(all.iter().all(|one| one == &all[0]));
            let alone = queries.chunks(width).map(|query| run(Isa::best(), query));
            assert_eq!(alone.flatten().collect::<Vec<_>>(), all[0]);
        }
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
