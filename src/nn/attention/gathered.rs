//! Attention of single queries over scattered positions: the beams of a search share rows, and a batch is ragged.

use crate::nn::exp::fused;
use crate::nn::isa::Isa;
use crate::nn::simd::{Kernel, LANES, Simd};

/// What a query attends to.
#[derive(Debug, Clone, Copy)]
pub struct Gathered<'a> {
    /// Rows `stride` floats apart, a row a position.
    pub memory: &'a [f32],
    /// Floats from one row to the next.
    pub stride: usize,
    /// Where in a row the keys of all heads start.
    pub keys: usize,
    /// Where in a row the values of all heads start.
    pub values: usize,
    /// The rows to attend to, in order: beams share rows, so that nothing is copied when they part.
    pub rows: &'a [u32],
    /// Heads, side by side.
    pub heads: usize,
    /// What a product of query and key is multiplied with.
    pub scale: f32,
    /// `[heads, rows]`: added to the scaled products (T5's relative positions).
    pub bias: Option<&'a [f32]>,
}

/// Attention of one `query`, `[heads * size]`, into `out`, as long; `scores` is scratch.
///
/// # Panics
/// If a row doesn't exist or lengths don't fit.
pub fn attend(
    isa: Isa,
    query: &[f32],
    attention: Gathered<'_>,
    out: &mut [f32],
    scores: &mut Vec<f32>,
) {
    let len = attention.rows.len();
    assert!(
        attention
            .bias
            .is_none_or(|bias| bias.len() == len * attention.heads)
    );
    // Whole vectors, so that the exponentials run without remainders.
    let padded = len.next_multiple_of(LANES);
    scores.clear();
    scores.resize(attention.heads * padded, f32::NEG_INFINITY);
    isa.run(Attend {
        query,
        attention,
        out,
        scores,
    });
}

struct Attend<'a> {
    query: &'a [f32],
    attention: Gathered<'a>,
    out: &'a mut [f32],
    scores: &'a mut [f32],
}

impl Kernel for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Gathered {
            memory,
            stride,
            keys,
            values,
            rows,
            heads,
            scale,
            bias,
        } = self.attention;
        let (size, padded) = (self.query.len() / heads, self.scores.len() / heads);
        for (at, &row) in rows.iter().enumerate() {
            let key = &memory[row as usize * stride + keys..][..self.query.len()];
            let heads = self.query.chunks_exact(size).zip(key.chunks_exact(size));
            for ((query, key), scores) in heads.zip(self.scores.chunks_exact_mut(padded)) {
                scores[at] = dot(s, query, key) * scale;
            }
        }
        if let Some(bias) = bias {
            for (scores, bias) in self
                .scores
                .chunks_exact_mut(padded)
                .zip(bias.chunks_exact(rows.len()))
            {
                scores
                    .iter_mut()
                    .zip(bias)
                    .for_each(|(score, bias)| *score += bias);
            }
        }
        self.out.fill(0.0);
        for scores in self.scores.chunks_exact_mut(padded) {
            softmax(s, scores, rows.len());
        }
        for (at, &row) in rows.iter().enumerate() {
            let value = &memory[row as usize * stride + values..][..self.query.len()];
            let heads = self
                .out
                .chunks_exact_mut(size)
                .zip(value.chunks_exact(size));
            for ((out, value), scores) in heads.zip(self.scores.chunks_exact(padded)) {
                add_scaled(s, scores[at], value, out);
            }
        }
    }
}

#[inline(always)]
fn dot<S: Simd>(s: S, a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sum = s.splat(0.0);
    for (a, b) in a.iter().zip(b) {
        sum = s.fma(s.load(a), s.load(b), sum);
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    s.sum(sum) + rest
}

#[inline(always)]
fn add_scaled<S: Simd>(s: S, factor: f32, x: &[f32], out: &mut [f32]) {
    let ((x, x_rest), (out, out_rest)) = (x.as_chunks::<LANES>(), out.as_chunks_mut::<LANES>());
    let vector = s.splat(factor);
    for (x, out) in x.iter().zip(out) {
        let sum = s.fma(vector, s.load(x), s.load(out));
        s.store(sum, out);
    }
    for (x, out) in x_rest.iter().zip(out_rest) {
        *out += factor * x;
    }
}

/// Softmax of the first `len` scores; the rest is −∞.
#[inline(always)]
fn softmax<S: Simd>(s: S, scores: &mut [f32], len: usize) {
    let lines = scores.as_chunks_mut::<LANES>().0;
    let mut largest = s.splat(f32::NEG_INFINITY);
    for line in lines.iter() {
        largest = s.max(largest, s.load(line));
    }
    let largest = s.splat(s.max_lane(largest));
    for line in lines.iter_mut() {
        let e = fused(s, s.sub(s.load(line), largest));
        s.store(e, line);
    }
    let sum: f32 = scores[..len].iter().sum();
    let inverse = 1.0 / sum;
    scores[..len].iter_mut().for_each(|x| *x *= inverse);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(len: usize, step: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * step).sin()).collect()
    }

    #[test]
    fn attention_is_a_weighted_mean_of_the_rows_asked_for() {
        for (heads, size, len) in [(2, 8, 5), (1, 64, 33), (3, 6, 1), (2, 20, 16)] {
            let width = heads * size;
            let memory = wave(2 * len * 2 * width, 0.77);
            let rows: Vec<u32> = (0..len as u32)
                .map(|i| (i * 7 + 3) % (2 * len as u32))
                .collect();
            let (query, bias) = (wave(width, 0.3), wave(heads * len, 0.5));
            let attention = Gathered {
                memory: &memory,
                stride: 2 * width,
                keys: 0,
                values: width,
                rows: &rows,
                heads,
                scale: 0.5,
                bias: Some(&bias),
            };
            for isa in Isa::available() {
                let mut out = vec![9.0; width];
                attend(isa, &query, attention, &mut out, &mut Vec::new());
                for head in 0..heads {
                    let score = |at: usize| {
                        let key = &memory[rows[at] as usize * 2 * width + head * size..][..size];
                        let dot: f64 = (0..size)
                            .map(|d| f64::from(query[head * size + d]) * f64::from(key[d]))
                            .sum();
                        (dot * 0.5 + f64::from(bias[head * len + at])).exp()
                    };
                    let total: f64 = (0..len).map(score).sum();
                    for d in head * size..(head + 1) * size {
                        let mean: f64 = (0..len)
                            .map(|at| {
                                score(at) / total
                                    * f64::from(memory[rows[at] as usize * 2 * width + width + d])
                            })
                            .sum();
                        assert!((f64::from(out[d]) - mean).abs() < 1e-5);
                    }
                }
            }
        }
    }
}
