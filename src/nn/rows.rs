//! Row-wise float operations, in plain Rust that the compiler vectorises once for each instruction set.
//!
//! Sums run in sixteen lanes that are added up in a fixed order, and nothing is fused, so that every processor gives
//! the same bits.

use super::isa::{Isa, Level};

/// Partial sums that run side by side: one 512-bit register of `f32`.
pub const LANES: usize = 16;

type Lanes = [f32; LANES];

/// Compiles one function for each instruction set and chooses among them by `isa`.
macro_rules! for_each_isa {
    ($(#[$doc:meta])* pub fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        pub fn $name(isa: Isa, $($arg: $type),*) $(-> $result)? {
            #[inline(always)]
            fn portable($($arg: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn avx512($($arg: $type),*) $(-> $result)? {
                    portable($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $type),*) $(-> $result)? {
                    portable($($arg),*)
                }
                match isa.0 {
                    // SAFETY: an `Isa` of this level exists only where the processor has these instructions.
                    Level::Avx512Vnni => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    Level::Avx2 => return unsafe { avx2($($arg),*) },
                    Level::Scalar => {}
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = isa;
            portable($($arg),*)
        }
    };
}

/// 1.5 × 2^23: adding it to a small float leaves the float, rounded to the nearest even integer, in the low bits.
const ROUNDER: f32 = 12_582_912.0;

#[inline(always)]
fn sum(lanes: Lanes) -> f32 {
    let mut lanes = lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// e^x to within two units in the last place, for any finite `x`; below −87 it is the smallest normal number.
/// Cody–Waite reduction and the polynomial of Cephes' `expf`.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.3, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let power = (shifted.to_bits() as i32).wrapping_sub(ROUNDER.to_bits() as i32);
    let whole = shifted - ROUNDER;
    let r = x - whole * 0.693_359_4 - whole * -2.121_944_4e-4;
    let p = 1.987_569_2e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    (p * (r * r) + r + 1.0) * f32::from_bits(((power + 127) << 23) as u32)
}

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
            *x *= 1.0 / (1.0 + exp(-*x));
        }
    }
}

for_each_isa! {
    /// Layer normalisation (Ba et al. 2016) of each row of `x`, as wide as `scale`.
    pub fn layer_norm(x: &mut [f32], scale: &[f32], bias: &[f32], epsilon: f32) {
        let width = scale.len();
        for row in x.chunks_exact_mut(width) {
            let mut lanes = [0.0; LANES];
            for part in row.chunks(LANES) {
                for (lane, x) in lanes.iter_mut().zip(part) {
                    *lane += x;
                }
            }
            let mean = sum(lanes) / width as f32;
            let mut lanes = [0.0; LANES];
            for part in row.chunks(LANES) {
                for (lane, x) in lanes.iter_mut().zip(part) {
                    *lane += (x - mean) * (x - mean);
                }
            }
            let inverse = 1.0 / (sum(lanes) / width as f32 + epsilon).sqrt();
            for ((x, scale), bias) in row.iter_mut().zip(scale).zip(bias) {
                *x = (*x - mean) * inverse * scale + bias;
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
                let f = 1.0 / (1.0 + exp(-forget));
                *cell = f * *cell + (1.0 - f) * x;
                *out = cell.max(0.0);
            }
        }
    }
}

/// Keys and values that queries attend to: `len` positions of `heads` heads.
#[derive(Debug, Clone, Copy)]
pub struct Memory<'a> {
    /// `[width, padded]`: the keys, transposed, each row padded to [`padded`]`(len)`; what the padding holds doesn't
    /// matter as long as it is finite.
    pub keys: &'a [f32],
    /// `[len, stride]`: the values, of which the first `width` columns count.
    pub values: &'a [f32],
    /// Floats from one row of `values` to the next.
    pub stride: usize,
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
        let Memory { keys, values, len, heads, width, .. } = memory;
        let (size, padded) = (width / heads, padded(len));
        let scale = 1.0 / (size as f32).sqrt();
        weights.clear();
        weights.resize(padded, 0.0);
        for head in 0..heads {
            let keys = &keys[head * size * padded..][..size * padded];
            for (query, out) in queries.chunks(stride).zip(out.chunks_exact_mut(width)) {
                let query = &query[head * size..][..size];
                let mut largest = [f32::NEG_INFINITY; LANES];
                for (chunk, weights) in weights.chunks_exact_mut(LANES).enumerate() {
                    let mut scores = [0.0; LANES];
                    for (q, keys) in query.iter().zip(keys.chunks_exact(padded)) {
                        let keys = &keys[chunk * LANES..][..LANES];
                        for (score, key) in scores.iter_mut().zip(keys) {
                            *score += q * key;
                        }
                    }
                    for (lane, score) in scores.iter_mut().enumerate() {
                        let inside = chunk * LANES + lane < len;
                        *score = if inside { *score * scale } else { f32::NEG_INFINITY };
                        largest[lane] = largest[lane].max(*score);
                    }
                    weights.copy_from_slice(&scores);
                }
                let largest = largest.into_iter().fold(f32::NEG_INFINITY, f32::max);
                let mut total = [0.0; LANES];
                for weights in weights.chunks_exact_mut(LANES) {
                    for (weight, total) in weights.iter_mut().zip(&mut total) {
                        // The padding would get the smallest weight instead of none.
                        let inside = *weight > f32::NEG_INFINITY;
                        *weight = if inside { exp(*weight - largest) } else { 0.0 };
                        *total += *weight;
                    }
                }
                let inverse = 1.0 / sum(total);
                let out = &mut out[head * size..][..size];
                for (chunk, out) in out.chunks_exact_mut(LANES).enumerate() {
                    let mut sums = [0.0; LANES];
                    let at = head * size + chunk * LANES;
                    for (weight, values) in weights[..len].iter().zip(values.chunks(memory.stride)) {
                        for (sum, value) in sums.iter_mut().zip(&values[at..][..LANES]) {
                            *sum += weight * value;
                        }
                    }
                    for (out, sum) in out.iter_mut().zip(sums) {
                        *out = sum * inverse;
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

for_each_isa! {
    /// The index of the largest value, the first of equals; 0 if there is none or none is a number.
    pub fn argmax(values: &[f32]) -> usize {
        let mut largest = [f32::NEG_INFINITY; LANES];
        for part in values.chunks(LANES) {
            for (lane, &x) in largest.iter_mut().zip(part) {
                *lane = if x > *lane { x } else { *lane };
            }
        }
        let largest = largest.into_iter().fold(f32::NEG_INFINITY, f32::max);
        values.iter().position(|&x| x == largest).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(len: usize, step: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * step).sin() * 3.0).collect()
    }

    #[test]
    fn exp_is_exact_to_a_few_units() {
        for i in -8600..8800 {
            let x = i as f32 * 0.01;
            let wanted = f64::from(x).exp();
            let error = (f64::from(exp(x)) - wanted).abs() / wanted;
            assert!(error < 2.4e-7, "{x}: {error}");
        }
        assert!(exp(-1e30) < 1.3e-38 && exp(1e30).is_finite());
    }

    #[test]
    fn quantizing_rounds_half_to_even_and_saturates() {
        let floats = [0.0, 0.5, 1.5, -0.5, -2.5, 126.6, 1e9, -1e9, f32::INFINITY];
        for isa in Isa::supported() {
            let mut bytes = [0; 9];
            quantize(isa, &floats, 1.0, &mut bytes);
            assert_eq!(bytes, [128, 128, 130, 128, 126, 255, 255, 1, 255]);
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let (width, len, heads) = (64, 21, 2);
        let run = |isa: Isa| {
            let mut x = wave(3 * width, 0.37);
            layer_norm(isa, &mut x, &wave(width, 0.1), &wave(width, 0.2), 1e-9);
            let (mut cell, mut out) = (wave(3 * width, 0.3), vec![0.0; 3 * width]);
            ssru(isa, &wave(6 * width, 0.7), width, &mut cell, &mut out);
            swish(isa, &mut out);
            add(isa, &mut x, &out);
            let values = wave(len * width, 0.011);
            let mut keys = vec![0.0; width * padded(len)];
            transpose(isa, &wave(len * width, 0.013), width, width, &mut keys);
            let memory = Memory {
                keys: &keys,
                values: &values,
                stride: width,
                len,
                heads,
                width,
            };
            let mut attended = vec![0.0; 3 * width];
            attend(isa, &x, width, memory, &mut attended, &mut Vec::new());
            [x, cell, attended].concat()
        };
        let all: Vec<_> = Isa::supported().into_iter().map(run).collect();
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
        transpose(Isa::detect(), &rows, width, width, &mut keys);
        let memory = Memory {
            keys: &keys,
            values: &values,
            stride: width,
            len,
            heads,
            width,
        };
        let mut out = vec![0.0; width];
        attend(
            Isa::detect(),
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

    #[test]
    fn the_first_of_the_largest_wins() {
        for isa in Isa::supported() {
            assert_eq!(argmax(isa, &[]), 0);
            assert_eq!(argmax(isa, &[f32::NAN, f32::NAN]), 0);
            let mut values = wave(1000, 0.2);
            values[700] = 9.0;
            values[333] = 9.0;
            assert_eq!(argmax(isa, &values), 333);
        }
    }
}
