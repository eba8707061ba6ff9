//! Operations on single rows of floats. Lengths are multiples of sixteen, except where a function says otherwise.

use crate::nn::exp::fused;
use crate::nn::isa::Isa;
use crate::nn::simd::{Kernel, LANES, Simd};

/// Root mean square normalization (Zhang and Sennrich 2019): `out = x / √(mean(x²) + eps) × weight`.
pub fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    Isa::best().run(RmsNorm {
        x,
        weight,
        eps,
        out,
    });
}

/// As [`rms_norm`], in place.
pub fn rms_norm_in_place(x: &mut [f32], weight: &[f32], eps: f32) {
    let scale = Isa::best().run(InverseRms { x, eps });
    for (x, w) in x.iter_mut().zip(weight) {
        *x = *x * scale * w;
    }
}

/// As [`rms_norm`], added to `out`.
pub fn add_rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let scale = Isa::best().run(InverseRms { x, eps });
    for ((x, w), out) in x.iter().zip(weight).zip(out) {
        *out += x * scale * w;
    }
}

/// `out += x`. Any length.
pub fn add(out: &mut [f32], x: &[f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out += x;
    }
}

/// A gated activation function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// x · σ(x), for SwiGLU (Shazeer 2020).
    Silu,
    /// GELU in its tanh form, for GeGLU.
    Gelu,
}

/// `out = gate(g) × u`
pub fn gated(gate: Gate, g: &[f32], u: &[f32], out: &mut [f32]) {
    Isa::best().run(Gated { gate, g, u, out });
}

/// How the two halves of a rotated pair lie in a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RopePairs {
    /// `i` with `i + n/2`, as in GPT-NeoX.
    Halves,
    /// `2i` with `2i + 1`, as in the original paper and in llama.cpp's `llama` files.
    Neighbours,
}

/// Rotary position embedding (Su et al. 2021), in place: pair `i` of the first `2 · cos.len()` values is turned by the
/// angle whose cosine and sine are `cos[i]` and `sin[i]`. Any length.
pub fn rope(head: &mut [f32], pairs: RopePairs, cos: &[f32], sin: &[f32]) {
    let turned = &mut head[..2 * cos.len()];
    let turn = |a: &mut f32, b: &mut f32, cos: f32, sin: f32| {
        (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
    };
    match pairs {
        RopePairs::Halves => {
            let (a, b) = turned.split_at_mut(cos.len());
            for (((a, b), &cos), &sin) in a.iter_mut().zip(b).zip(cos).zip(sin) {
                turn(a, b, cos, sin);
            }
        }
        RopePairs::Neighbours => {
            let (pairs, _) = turned.as_chunks_mut::<2>();
            for (([a, b], &cos), &sin) in pairs.iter_mut().zip(cos).zip(sin) {
                turn(a, b, cos, sin);
            }
        }
    }
}

struct InverseRms<'a> {
    x: &'a [f32],
    eps: f32,
}

impl Kernel for InverseRms<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> f32 {
        let (x, rest) = self.x.as_chunks::<LANES>();
        debug_assert!(rest.is_empty());
        let mut squares = s.splat(0.0);
        for x in x {
            let x = s.load(x);
            squares = s.fma(x, x, squares);
        }
        1.0 / (s.sum(squares) / self.x.len() as f32 + self.eps).sqrt()
    }
}

struct RmsNorm<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    eps: f32,
    out: &'a mut [f32],
}

impl Kernel for RmsNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self {
            x,
            weight,
            eps,
            out,
        } = self;
        let scale = s.splat(InverseRms { x, eps }.run(s));
        let (x, _) = x.as_chunks::<LANES>();
        let (weight, _) = weight.as_chunks::<LANES>();
        let (out, _) = out.as_chunks_mut::<LANES>();
        for ((x, w), out) in x.iter().zip(weight).zip(out) {
            s.store(s.mul(s.mul(s.load(x), scale), s.load(w)), out);
        }
    }
}

struct Gated<'a> {
    gate: Gate,
    g: &'a [f32],
    u: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Gated<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (g, rest) = self.g.as_chunks::<LANES>();
        debug_assert!(rest.is_empty());
        let (u, _) = self.u.as_chunks::<LANES>();
        let (out, _) = self.out.as_chunks_mut::<LANES>();
        let one = s.splat(1.0);
        for ((g, u), out) in g.iter().zip(u).zip(out) {
            let (g, u) = (s.load(g), s.load(u));
            // Both gates are g · σ(z): GELU's ½(1 + tanh(y)) is σ(2y).
            let minus_z = match self.gate {
                Gate::Silu => s.sub(s.splat(0.0), g),
                Gate::Gelu => {
                    const TWICE_SQRT_2_OVER_PI: f32 = 1.595_769;
                    let inner = s.fma(s.mul(g, g), s.splat(0.044_715), one);
                    s.mul(s.mul(g, inner), s.splat(-TWICE_SQRT_2_OVER_PI))
                }
            };
            let gate = s.div(g, s.add(one, fused(s, minus_z)));
            s.store(s.mul(gate, u), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(len: usize) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * 0.37).sin() * 6.0).collect()
    }

    #[test]
    fn gates_match_their_definitions() {
        let (g, u) = (ramp(64), ramp(64).into_iter().rev().collect::<Vec<_>>());
        let mut out = vec![0.0; 64];
        for gate in [Gate::Silu, Gate::Gelu] {
            gated(gate, &g, &u, &mut out);
            for i in 0..64 {
                let (x, y) = (f64::from(g[i]), f64::from(u[i]));
                let want = match gate {
                    Gate::Silu => x / (1.0 + (-x).exp()) * y,
                    Gate::Gelu => {
                        let inner =
                            (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
                        0.5 * x * (1.0 + inner.tanh()) * y
                    }
                };
                let error = (f64::from(out[i]) - want).abs();
                assert!(error < 1e-5, "{gate:?} {x} {y}: {} {want}", out[i]);
            }
        }
    }

    #[test]
    fn a_normalized_row_has_unit_mean_square() {
        let mut x = ramp(96);
        let weight = vec![1.0; 96];
        let mut out = vec![0.0; 96];
        rms_norm(&x, &weight, 0.0, &mut out);
        let mean = out.iter().map(|y| y * y).sum::<f32>() / 96.0;
        assert!((mean - 1.0).abs() < 1e-5, "{mean}");
        let mut sum = out.clone();
        add_rms_norm(&x, &weight, 0.0, &mut sum);
        rms_norm_in_place(&mut x, &weight, 0.0);
        assert_eq!(x, out);
        assert!(sum.iter().zip(out).all(|(sum, y)| *sum == 2.0 * y));
    }

    #[test]
    fn rope_turns_either_kind_of_pair() {
        let (cos, sin) = ([0.6, 1.0], [0.8, 0.0]);
        let mut head = [1.0, 2.0, 3.0, 4.0, 5.0];
        rope(&mut head, RopePairs::Halves, &cos, &sin);
        assert_eq!(head, [0.6 - 3.0 * 0.8, 2.0, 0.8 + 3.0 * 0.6, 4.0, 5.0]);
        let mut head = [1.0, 2.0, 3.0, 4.0, 5.0];
        rope(&mut head, RopePairs::Neighbours, &cos, &sin);
        assert_eq!(head, [0.6 - 2.0 * 0.8, 0.8 + 2.0 * 0.6, 3.0, 4.0, 5.0]);
    }
}
