//! Causal attention over a preallocated cache, in blocks, with a running softmax (Milakov and Gimelshein 2018;
//! FlashAttention, Dao et al. 2022): neither a score matrix nor a repeated head is ever written to memory.
//!
//! Blocks are cut at absolute positions and every query is computed by the same operations in the same order whoever
//! shares the call with it, so a prompt gives the same result whole, in chunks and in a batch.

use std::ops::Range;

use half::f16;
use half::slice::HalfBitsSliceExt;

use crate::nn::pool::{Pool, SharedMut};
use crate::nn::simd::{Isa, Kernel, LANES, Simd};

/// Positions of a block.
const BLOCK: usize = 64;

/// Vectors a block of positions.
const VECTORS: usize = BLOCK / LANES;

/// Queries that are computed together.
const QUERIES: usize = 4;

/// Largest width of a head.
pub const MAX_HEAD_DIM: usize = 512;

/// Keys and values of one sequence, all layers, in half precision.
///
/// Keys lie as `[layer, head, position / 16, head_dim, 16]`, so that sixteen scores are one vector; values as
/// `[layer, head, position, head_dim]`.
#[derive(Debug, Clone)]
pub struct KvCache {
    keys: Vec<u16>,
    values: Vec<u16>,
    heads: usize,
    head_dim: usize,
    /// A multiple of [`BLOCK`].
    capacity: usize,
}

impl KvCache {
    /// An empty cache with room for at least `capacity` positions.
    ///
    /// # Panics
    /// If `head_dim` is not a multiple of sixteen or more than [`MAX_HEAD_DIM`].
    pub fn new(layers: usize, heads: usize, head_dim: usize, capacity: usize) -> Self {
        assert!(head_dim.is_multiple_of(LANES) && head_dim <= MAX_HEAD_DIM);
        let capacity = capacity.next_multiple_of(BLOCK);
        let len = layers * heads * capacity * head_dim;
        Self {
            keys: vec![0; len],
            values: vec![0; len],
            heads,
            head_dim,
            capacity,
        }
    }

    /// Positions that there is room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Copies the first `len` positions of `from`, a cache of the same model.
    pub fn copy_prefix(&mut self, from: &Self, len: usize) {
        assert!(len <= from.capacity && len <= self.capacity);
        // Whole vectors of keys: positions beyond `len` are overwritten before they are read.
        let keys = len.next_multiple_of(LANES) * self.head_dim;
        let values = len * self.head_dim;
        let (stride, from_stride) = (self.capacity * self.head_dim, from.capacity * self.head_dim);
        for (to, from) in self
            .keys
            .chunks_exact_mut(stride)
            .zip(from.keys.chunks_exact(from_stride))
        {
            to[..keys].copy_from_slice(&from[..keys]);
        }
        for (to, from) in self
            .values
            .chunks_exact_mut(stride)
            .zip(from.values.chunks_exact(from_stride))
        {
            to[..values].copy_from_slice(&from[..values]);
        }
    }

    /// Writes position `at` of a layer. `key` and `value` are `[heads, head_dim]`.
    pub fn write(&mut self, layer: usize, at: usize, key: &[f32], value: &[f32]) {
        assert!(at < self.capacity);
        let isa = Isa::best();
        for head in 0..self.heads {
            let start = (layer * self.heads + head) * self.capacity * self.head_dim;
            let from = head * self.head_dim..(head + 1) * self.head_dim;
            let keys = &mut self.keys[start + at / LANES * LANES * self.head_dim..];
            let (keys, _) = keys.reinterpret_cast_mut::<f16>().as_chunks_mut::<LANES>();
            isa.run(Halve {
                values: &key[from.clone()],
                put: |d: usize, halves: [f16; LANES]| {
                    for (key, half) in keys[d..].iter_mut().zip(halves) {
                        key[at % LANES] = half;
                    }
                },
            });
            let values = &mut self.values[start + at * self.head_dim..];
            let values = values.reinterpret_cast_mut::<f16>();
            isa.run(Halve {
                values: &value[from],
                put: |d: usize, halves: [f16; LANES]| values[d..d + LANES].copy_from_slice(&halves),
            });
        }
    }

    /// `[capacity / 16, head_dim]` vectors of keys and `[capacity, head_dim / 16]` vectors of values.
    fn head(&self, layer: usize, head: usize) -> (&[[f16; LANES]], &[[f16; LANES]]) {
        let len = self.capacity * self.head_dim;
        let start = (layer * self.heads + head) * len;
        let keys = self.keys[start..start + len].reinterpret_cast::<f16>();
        let values = self.values[start..start + len].reinterpret_cast::<f16>();
        (keys.as_chunks().0, values.as_chunks().0)
    }
}

/// Rounds values to half precision and puts them, sixteen at a time, where they belong.
struct Halve<'a, P> {
    values: &'a [f32],
    put: P,
}

impl<P: FnMut(usize, [f16; LANES])> Kernel for Halve<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (values, _) = self.values.as_chunks::<LANES>();
        for (index, values) in values.iter().enumerate() {
            let mut halves = [f16::ZERO; LANES];
            s.store_f16(s.load(values), &mut halves);
            (self.put)(index * LANES, halves);
        }
    }
}

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
pub struct Attention<'a> {
    /// Which layer.
    pub layer: usize,
    /// How many positions back a query sees, itself included.
    pub window: usize,
    /// Query heads; the same number shares each key head.
    pub heads: usize,
    /// Already scaled, `[rows, heads, head_dim]`.
    pub queries: &'a [f32],
}

impl Attention<'_> {
    /// Writes the attention of all runs to `out`, `[rows, heads, head_dim]`.
    ///
    /// # Panics
    /// If the rows of the runs aren't ascending and disjoint, or shapes don't fit.
    pub fn run(&self, pool: &Pool, runs: &[Run<'_>], out: &mut [f32]) {
        self.run_with(Isa::best(), pool, runs, out);
    }

    fn run_with(&self, isa: Isa, pool: &Pool, runs: &[Run<'_>], out: &mut [f32]) {
        let Some(last) = runs.last() else { return };
        let KvCache {
            heads, head_dim, ..
        } = *last.cache;
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
    attention: &'a Attention<'a>,
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
        match self.set.len() {
            1 => self.queries::<S, 1>(s),
            2 => self.queries::<S, 2>(s),
            3 => self.queries::<S, 3>(s),
            _ => self.queries::<S, QUERIES>(s),
        }
    }
}

impl SetKernel<'_> {
    #[inline(always)]
    fn queries<S: Simd, const N: usize>(self, s: S) {
        let (attention, run) = (self.attention, self.run);
        let dim = run.cache.head_dim;
        let row = attention.heads * dim;
        let (keys, values) = run.cache.head(attention.layer, self.key_head);
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
            let mut weights = scores(s, &keys[block * VECTORS * dim..][..VECTORS * dim], queries);
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
            let rows = start..(start + BLOCK).min(to);
            let values = &values[rows.start * dim / LANES..rows.end * dim / LANES];
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
fn scores<S: Simd, const N: usize>(
    s: S,
    keys: &[[f16; LANES]],
    queries: [&[f32]; N],
) -> [[[f32; LANES]; VECTORS]; N] {
    let dim = keys.len() / VECTORS;
    let keys: [&[[f16; LANES]]; VECTORS] = std::array::from_fn(|v| &keys[v * dim..][..dim]);
    let queries = queries.map(|q| &q[..dim]);
    let mut sums = [[s.splat(0.0); VECTORS]; N];
    for d in 0..dim {
        // Not `array::from_fn`: its closure may be compiled without the instructions of the level.
        let mut k = [s.splat(0.0); VECTORS];
        for v in 0..VECTORS {
            k[v] = s.load_f16(&keys[v][d]);
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
        s.store(s.exp(s.sub(s.load(weights), max)), weights);
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
        s.store(s.exp(s.splat(before - *maximum)), &mut lanes);
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
fn add_values<S: Simd, const N: usize>(
    s: S,
    values: &[[f16; LANES]],
    weights: &[[[f32; LANES]; VECTORS]; N],
    out: &mut [f32],
) {
    let (out, _) = out.as_chunks_mut::<LANES>();
    let dim = out.len() / N;
    let mut at = 0;
    while at < dim {
        if at + 4 <= dim {
            add_columns::<S, N, 4>(s, values, dim, at, weights, out);
            at += 4;
        } else {
            add_columns::<S, N, 1>(s, values, dim, at, weights, out);
            at += 1;
        }
    }
}

/// As [`add_values`], `C` vectors of columns from `at` on; `dim` counts vectors.
#[inline(always)]
fn add_columns<S: Simd, const N: usize, const C: usize>(
    s: S,
    values: &[[f16; LANES]],
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
            columns[c] = s.load_f16(&values[at + c]);
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
    use super::*;

    fn noise(seed: usize, len: usize) -> Vec<f32> {
        (0..len)
            .map(|i| ((seed * 7919 + i) as f32 * 12.9898).sin() * 2.0)
            .collect()
    }

    /// Attention by its definition, on the rounded keys and values.
    fn reference(
        keys: &[Vec<f32>],
        values: &[Vec<f32>],
        query: &[f32],
        seen: Range<usize>,
        head: usize,
    ) -> Vec<f64> {
        let dim = query.len();
        let round = |x: f32| f64::from(f16::from_f32(x).to_f32());
        let scores: Vec<f64> = seen
            .clone()
            .map(|p| {
                let key = &keys[p][head * dim..][..dim];
                key.iter()
                    .zip(query)
                    .map(|(k, q)| round(*k) * f64::from(*q))
                    .sum()
            })
            .collect();
        let max = scores.iter().fold(f64::MIN, |a, &b| a.max(b));
        let total: f64 = scores.iter().map(|x| (x - max).exp()).sum();
        (0..dim)
            .map(|d| {
                seen.clone()
                    .zip(&scores)
                    .map(|(p, x)| (x - max).exp() / total * round(values[p][head * dim + d]))
                    .sum()
            })
            .collect()
    }

    #[test]
    fn matches_the_definition_at_every_level_and_in_any_company() {
        for (heads, group, dim, window) in [(2, 3, 32, usize::MAX), (1, 4, 80, 70), (3, 1, 64, 5)] {
            let len = 150;
            let keys: Vec<_> = (0..len).map(|p| noise(p, heads * dim)).collect();
            let values: Vec<_> = (0..len).map(|p| noise(p + 1000, heads * dim)).collect();
            let mut cache = KvCache::new(2, heads, dim, len);
            for p in 0..len {
                cache.write(1, p, &keys[p], &values[p]);
            }
            let mut copy = KvCache::new(2, heads, dim, 400);
            copy.copy_prefix(&cache, len);
            let row = heads * group * dim;
            let queries: Vec<f32> = (0..len)
                .flat_map(|p| noise(p + 5000, row).into_iter().map(|x| x * 0.3))
                .collect();
            let run = |isa, cache, positions: Range<usize>| {
                let mut out = vec![f32::NAN; positions.len() * row];
                let attention = Attention {
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
                    let want = reference(&keys, &values, &queries[at..at + dim], seen, h / group);
                    for (got, want) in whole[at..at + dim].iter().zip(want) {
                        assert!((f64::from(*got) - want).abs() < 1e-4, "{got} {want}");
                    }
                }
            }
        }
    }
}
