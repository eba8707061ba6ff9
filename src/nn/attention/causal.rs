//! Causal attention over a preallocated cache, in blocks, with a running softmax (Milakov and Gimelshein 2018;
//! FlashAttention, Dao et al. 2022): neither a score matrix nor a repeated head is ever written to memory.
//!
//! Blocks are cut at absolute positions and every query is computed by the same operations in the same order whoever
//! shares the call with it, so a prompt gives the same result whole, in chunks and in a batch.

use std::ops::Range;

use super::cache::{Element, Head, KvCache, Stored};
use super::{BLOCK, MAX_HEAD_DIM, VECTORS};

use crate::nn::exp::fused;
use crate::nn::isa::Isa;
use crate::nn::pool::{Pool, SharedMut};
use crate::nn::simd::{Kernel, LANES, Simd};

/// Queries that are computed together.
const QUERIES: usize = 4;

/// Consecutive positions of one sequence, and where their queries lie.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// The cache, with the keys and values of these positions already in it.
    pub cache: &'a KvCache,
    /// The first of the positions.
    pub first: usize,
    /// Rows of the queries.
    pub rows: Range<usize>,
}

/// The attention of one layer.
#[derive(Debug, Clone, Copy)]
pub struct CausalAttention<'a> {
    /// Which layer.
    pub layer: usize,
    /// How many positions back a query sees, itself included.
    pub window: usize,
    /// Query heads; the same number shares each key head.
    pub heads: usize,
    /// Already scaled, `[rows, heads, head_dim]`.
    pub queries: &'a [f32],
}

impl CausalAttention<'_> {
    /// Writes the attention of all runs to `out`, `[rows, heads, head_dim]`.
    ///
    /// # Panics
    /// If the rows of the runs aren't ascending and disjoint, or shapes don't fit.
    pub fn run(&self, pool: &Pool, runs: &[Run<'_>], out: &mut [f32]) {
        self.run_with(Isa::best(), pool, runs, out);
    }

    fn run_with(&self, isa: Isa, pool: &Pool, runs: &[Run<'_>], out: &mut [f32]) {
        let Some(last) = runs.last() else { return };
        let (heads, head_dim) = (last.cache.heads(), last.cache.head_dim());
        let row = self.heads * head_dim;
        assert_eq!(out.len(), self.queries.len());
        assert!(last.rows.end * row <= out.len());
        assert!(runs.is_sorted_by(|a, b| a.rows.end <= b.rows.start));
        let out = SharedMut::new(out);
        // Later positions have more to do, so they come first.
        let tasks = runs.len() * heads;
        pool.run(tasks, |task| {
            let task = tasks - 1 - task;
            let (run, head) = (&runs[task / heads], task % heads);
            let group = self.heads / heads;
            let vectors: Vec<(usize, usize)> = (0..run.rows.len())
                .flat_map(|position| {
                    (head * group..(head + 1) * group).map(move |head| (position, head))
                })
                .collect();
            let mut results = [0.0; QUERIES * MAX_HEAD_DIM];
            let results = &mut results[..QUERIES * head_dim];
            for set in vectors.chunks(QUERIES) {
                isa.run(SetKernel {
                    attention: self,
                    run,
                    key_head: head,
                    set,
                    out: results,
                });
                for (&(position, head), result) in set.iter().zip(results.chunks_exact(head_dim)) {
                    let at = (run.rows.start + position) * row + head * head_dim;
                    // SAFETY: inside `out` by the assertions above; this row and head belong to this task alone.
                    let out = unsafe { std::slice::from_raw_parts_mut(out.at(at), head_dim) };
                    out.copy_from_slice(result);
                }
            }
        });
    }
}

/// A few queries over all their positions.
struct SetKernel<'a> {
    attention: &'a CausalAttention<'a>,
    run: &'a Run<'a>,
    key_head: usize,
    /// Position, counted from the first of the run, and query head of each.
    set: &'a [(usize, usize)],
    /// `[set, head_dim]`
    out: &'a mut [f32],
}

impl Kernel for SetKernel<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        match self.run.cache.head(self.attention.layer, self.key_head) {
            Stored::F16(head) => self.sized(s, head),
            Stored::Q8(head) => self.sized(s, head),
        }
    }
}

impl SetKernel<'_> {
    #[inline(always)]
    fn sized<S: Simd, E: Element>(self, s: S, head: Head<'_, E>) {
        match self.set.len() {
            1 => self.queries::<S, E, 1>(s, head),
            2 => self.queries::<S, E, 2>(s, head),
            3 => self.queries::<S, E, 3>(s, head),
            _ => self.queries::<S, E, QUERIES>(s, head),
        }
    }

    #[inline(always)]
    fn queries<S: Simd, E: Element, const N: usize>(self, s: S, stored: Head<'_, E>) {
        let (attention, run) = (self.attention, self.run);
        let dim = run.cache.head_dim();
        let row = attention.heads * dim;
        let queries: [&[f32]; N] = std::array::from_fn(|n| {
            let (position, head) = self.set[n];
            &attention.queries[(run.rows.start + position) * row + head * dim..][..dim]
        });
        // The positions that each query sees.
        let seen: [Range<usize>; N] = std::array::from_fn(|n| {
            let end = run.first + self.set[n].0 + 1;
            end.saturating_sub(attention.window)..end
        });
        // Sets are in order of positions.
        let (from, to) = (seen[0].start, seen[N - 1].end);

        let out = &mut self.out[..N * dim];
        out.fill(0.0);
        let mut maxima = [f32::NEG_INFINITY; N];
        let mut totals = [0.0f32; N];
        for block in from / BLOCK..to.div_ceil(BLOCK) {
            let start = block * BLOCK;
            let keys = &stored.keys[block * VECTORS * dim..][..VECTORS * dim];
            let mut weights = scores(s, keys, queries);
            if let Some(scales) = stored.scales {
                scale(s, &mut weights, &scales.keys[block * VECTORS..][..VECTORS]);
            }
            for n in 0..N {
                let lo = seen[n].start.clamp(start, start + BLOCK) - start;
                let hi = seen[n].end.clamp(start, start + BLOCK) - start;
                if lo == hi {
                    weights[n] = [[0.0; LANES]; VECTORS];
                    continue;
                }
                let out = &mut out[n * dim..][..dim];
                softmax_step(
                    s,
                    &mut weights[n],
                    lo..hi,
                    &mut maxima[n],
                    &mut totals[n],
                    out,
                );
            }
            if let Some(scales) = stored.scales {
                scale(
                    s,
                    &mut weights,
                    &scales.values[block * VECTORS..][..VECTORS],
                );
            }
            let rows = start..(start + BLOCK).min(to);
            let values = &stored.values[rows.start * dim / LANES..rows.end * dim / LANES];
            add_values(s, values, &weights, out);
        }
        for n in 0..N {
            let total = s.splat(totals[n]);
            let (out, _) = out[n * dim..][..dim].as_chunks_mut::<LANES>();
            for out in out {
                s.store(s.div(s.load(out), total), out);
            }
        }
    }
}

/// The scores of a block of positions, `[N, 64]`.
#[inline(always)]
fn scores<S: Simd, E: Element, const N: usize>(
    s: S,
    keys: &[[E; LANES]],
    queries: [&[f32]; N],
) -> [[[f32; LANES]; VECTORS]; N] {
    let dim = keys.len() / VECTORS;
    let keys: [&[[E; LANES]]; VECTORS] = std::array::from_fn(|v| &keys[v * dim..][..dim]);
    let queries = queries.map(|q| &q[..dim]);
    let mut sums = [[s.splat(0.0); VECTORS]; N];
    for d in 0..dim {
        // Not `array::from_fn`: its closure may be compiled without the instructions of the level.
        let mut k = [s.splat(0.0); VECTORS];
        for v in 0..VECTORS {
            k[v] = E::load(s, &keys[v][d]);
        }
        for n in 0..N {
            let q = s.splat(queries[n][d]);
            for v in 0..VECTORS {
                sums[n][v] = s.fma(k[v], q, sums[n][v]);
            }
        }
    }
    let mut out = [[[0.0; LANES]; VECTORS]; N];
    for n in 0..N {
        for v in 0..VECTORS {
            s.store(sums[n][v], &mut out[n][v]);
        }
    }
    out
}

/// Multiplies what belongs to a position by its scale, `[64]`.
#[inline(always)]
fn scale<S: Simd, const N: usize>(
    s: S,
    block: &mut [[[f32; LANES]; VECTORS]; N],
    scales: &[[f32; LANES]],
) {
    for row in block {
        for (v, scale) in row.iter_mut().zip(scales) {
            s.store(s.mul(s.load(v), s.load(scale)), v);
        }
    }
}

/// Turns the scores of a block into weights against the largest score so far; what was summed before is brought down
/// to the new maximum. Scores outside `seen` weigh nothing.
#[inline(always)]
fn softmax_step<S: Simd>(
    s: S,
    scores: &mut [[f32; LANES]; VECTORS],
    seen: Range<usize>,
    maximum: &mut f32,
    total: &mut f32,
    out: &mut [f32],
) {
    let partial = seen != (0..BLOCK);
    if partial {
        let flat = scores.as_flattened_mut();
        flat[..seen.start].fill(f32::NEG_INFINITY);
        flat[seen.end..].fill(f32::NEG_INFINITY);
    }
    let mut largest = s.load(&scores[0]);
    for v in &scores[1..] {
        largest = s.max(largest, s.load(v));
    }
    let before = *maximum;
    *maximum = s.max_lane(largest).max(before);
    let max = s.splat(*maximum);
    for weights in scores.iter_mut() {
        s.store(fused(s, s.sub(s.load(weights), max)), weights);
    }
    if partial {
        // The exponential of a masked score is tiny, not zero.
        let flat = scores.as_flattened_mut();
        flat[..seen.start].fill(0.0);
        flat[seen.end..].fill(0.0);
    }
    let mut sum = s.splat(0.0);
    for weights in scores.iter() {
        sum = s.add(sum, s.load(weights));
    }
    if *maximum > before {
        let mut lanes = [0.0; LANES];
        s.store(fused(s, s.splat(before - *maximum)), &mut lanes);
        *total *= lanes[0];
        let (out, _) = out.as_chunks_mut::<LANES>();
        for out in out {
            s.store(s.mul(s.load(out), s.splat(lanes[0])), out);
        }
    }
    *total += s.sum(sum);
}

/// Adds weighted values, `[positions, head_dim]`, to the outputs `[N, head_dim]`.
#[inline(always)]
fn add_values<S: Simd, E: Element, const N: usize>(
    s: S,
    values: &[[E; LANES]],
    weights: &[[[f32; LANES]; VECTORS]; N],
    out: &mut [f32],
) {
    let (out, _) = out.as_chunks_mut::<LANES>();
    let dim = out.len() / N;
    let mut at = 0;
    while at < dim {
        if at + 4 <= dim {
            add_columns::<S, E, N, 4>(s, values, dim, at, weights, out);
            at += 4;
        } else {
            add_columns::<S, E, N, 1>(s, values, dim, at, weights, out);
            at += 1;
        }
    }
}

/// As [`add_values`], `C` vectors of columns from `at` on; `dim` counts vectors.
#[inline(always)]
fn add_columns<S: Simd, E: Element, const N: usize, const C: usize>(
    s: S,
    values: &[[E; LANES]],
    dim: usize,
    at: usize,
    weights: &[[[f32; LANES]; VECTORS]; N],
    out: &mut [[f32; LANES]],
) {
    let mut sums = [[s.splat(0.0); C]; N];
    for n in 0..N {
        for c in 0..C {
            sums[n][c] = s.load(&out[n * dim + at + c]);
        }
    }
    for (position, values) in values.chunks_exact(dim).enumerate() {
        let mut columns = [s.splat(0.0); C];
        for c in 0..C {
            columns[c] = E::load(s, &values[at + c]);
        }
        for n in 0..N {
            let weight = s.splat(weights[n].as_flattened()[position]);
            for c in 0..C {
                sums[n][c] = s.fma(columns[c], weight, sums[n][c]);
            }
        }
    }
    for n in 0..N {
        for c in 0..C {
            s.store(sums[n][c], &mut out[n * dim + at + c]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::KvType;
    use super::*;

    fn noise(seed: usize, len: usize) -> Vec<f32> {
        (0..len)
            .map(|i| ((seed * 7919 + i) as f32 * 12.9898).sin() * 2.0)
            .collect()
    }

    /// A head's vector as the cache keeps it.
    fn rounded(kind: KvType, vector: &[f32]) -> Vec<f64> {
        match kind {
            KvType::F16 => (vector.iter())
                .map(|&x| f64::from(half::f16::from_f32(x).to_f32()))
                .collect(),
            KvType::Q8 => {
                let scale = vector.iter().fold(0.0, |max: f32, x| max.max(x.abs())) / 127.0;
                (vector.iter())
                    .map(|&x| f64::from((x / scale).round_ties_even() * scale))
                    .collect()
            }
        }
    }

    /// Attention by its definition, on the rounded keys and values.
    fn reference(
        kind: KvType,
        keys: &[Vec<f32>],
        values: &[Vec<f32>],
        query: &[f32],
        seen: Range<usize>,
        head: usize,
    ) -> Vec<f64> {
        let dim = query.len();
        let stored =
            |vectors: &[Vec<f32>], p: usize| rounded(kind, &vectors[p][head * dim..][..dim]);
        let scores: Vec<f64> = seen
            .clone()
            .map(|p| {
                let key = stored(keys, p);
                key.iter().zip(query).map(|(k, q)| k * f64::from(*q)).sum()
            })
            .collect();
        let max = scores.iter().fold(f64::MIN, |a, &b| a.max(b));
        let total: f64 = scores.iter().map(|x| (x - max).exp()).sum();
        (0..dim)
            .map(|d| {
                seen.clone()
                    .zip(&scores)
                    .map(|(p, x)| (x - max).exp() / total * stored(values, p)[d])
                    .sum()
            })
            .collect()
    }

    #[test]
    fn matches_the_definition_at_every_level_and_in_any_company() {
        for (kind, heads, group, dim, window) in [
            (KvType::F16, 2, 3, 32, usize::MAX),
            (KvType::F16, 1, 4, 80, 70),
            (KvType::F16, 3, 1, 64, 5),
            (KvType::Q8, 2, 3, 32, usize::MAX),
            (KvType::Q8, 1, 4, 80, 70),
        ] {
            let len = 150;
            let keys: Vec<_> = (0..len).map(|p| noise(p, heads * dim)).collect();
            let values: Vec<_> = (0..len).map(|p| noise(p + 1000, heads * dim)).collect();
            let mut cache = KvCache::new(kind, 2, heads, dim, len);
            for p in 0..len {
                cache.write(1, p, &keys[p], &values[p]);
            }
            let mut copy = KvCache::new(kind, 2, heads, dim, 400);
            copy.copy_prefix(&cache, len);
            let row = heads * group * dim;
            let queries: Vec<f32> = (0..len)
                .flat_map(|p| noise(p + 5000, row).into_iter().map(|x| x * 0.3))
                .collect();
            let run = |isa, cache, positions: Range<usize>| {
                let mut out = vec![f32::NAN; positions.len() * row];
                let attention = CausalAttention {
                    layer: 1,
                    window,
                    heads: heads * group,
                    queries: &queries[positions.start * row..positions.end * row],
                };
                let middle = positions.len() / 2;
                let halves = [0..middle, middle..positions.len()].map(|rows| Run {
                    cache,
                    first: positions.start + rows.start,
                    rows,
                });
                attention.run_with(isa, &Pool::new(2), &halves, &mut out);
                out
            };
            let whole = run(Isa::Scalar, &cache, 0..len);
            for isa in Isa::available() {
                assert_eq!(run(isa, &cache, 0..len), whole, "{isa:?}");
                assert_eq!(run(isa, &copy, 0..len), whole);
                assert_eq!(run(isa, &cache, 37..38), whole[37 * row..38 * row]);
                assert_eq!(run(isa, &cache, 61..len), whole[61 * row..]);
            }
            for p in [0, 1, 63, 64, 100, 149] {
                for h in 0..heads * group {
                    let at = p * row + h * dim;
                    let seen = (p + 1).saturating_sub(window)..p + 1;
                    let query = &queries[at..at + dim];
                    let want = reference(kind, &keys, &values, query, seen, h / group);
                    for (got, want) in whole[at..at + dim].iter().zip(want) {
                        assert!((f64::from(*got) - want).abs() < 1e-4, "{got} {want}");
                    }
                }
            }
        }
    }
}
