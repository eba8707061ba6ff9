//! Norms and activation functions.

use super::Workers;
use crate::nn::exp::fused;
use crate::nn::isa::Isa;
use crate::nn::simd::{Kernel, LANES, Simd};

/// What happens to a product.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    /// It is stored.
    Store,
    /// It goes through an activation function.
    Activate(Activation),
    /// It is added to what the output holds.
    Add,
}

/// A function of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// max(x, 0)
    Relu,
    /// x · Φ(x), with the error function (Hendrycks & Gimpel 2016).
    Gelu,
    /// Its approximation with tanh, `gelu_new`.
    GeluTanh,
    /// x · sigmoid(x), also called SiLU.
    Swish,
}

impl Activation {
    /// The function by the name that a `config.json` gives it.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "relu" => Some(Self::Relu),
            "gelu" => Some(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Some(Self::GeluTanh),
            "swish" | "silu" => Some(Self::Swish),
            _ => None,
        }
    }

    /// Applies the function in place.
    pub fn apply(self, isa: Isa, x: &mut [f32]) {
        isa.run(Activate { function: self, x });
    }
}

struct Activate<'a> {
    function: Activation,
    x: &'a mut [f32],
}

impl Kernel for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        // Loops and no closures: see `tile::rows`.
        let (lines, rest) = self.x.as_chunks_mut::<LANES>();
        for line in lines {
            let value = activate(s, self.function, s.load(line));
            s.store(value, line);
        }
        if !rest.is_empty() {
            let mut line = [0.0; LANES];
            line[..rest.len()].copy_from_slice(rest);
            let value = activate(s, self.function, s.load(&line));
            s.store(value, &mut line);
            rest.copy_from_slice(&line[..rest.len()]);
        }
    }
}

#[inline(always)]
fn activate<S: Simd>(s: S, function: Activation, x: S::F) -> S::F {
    match function {
        Activation::Relu => s.max(x, s.splat(0.0)),
        Activation::Gelu => gelu(s, x),
        Activation::GeluTanh => {
            // 0.5 · (1 + tanh(u)) = sigmoid(2u)
            let cube = s.mul(s.mul(x, x), s.splat(0.044_715));
            let u = s.mul(s.fma(cube, x, x), s.splat(2.0 * 0.797_884_6));
            s.mul(x, sigmoid(s, u))
        }
        Activation::Swish => s.mul(x, sigmoid(s, x)),
    }
}

#[inline(always)]
fn sigmoid<S: Simd>(s: S, x: S::F) -> S::F {
    let one = s.splat(1.0);
    s.div(one, s.add(one, fused(s, s.sub(s.splat(0.0), x))))
}

/// Abramowitz & Stegun 7.1.26 for the error function: off by less than 2e-7.
#[inline(always)]
fn gelu<S: Simd>(s: S, x: S::F) -> S::F {
    let one = s.splat(1.0);
    let size = s.abs(x);
    let z = s.mul(size, s.splat(std::f32::consts::FRAC_1_SQRT_2));
    let t = s.div(one, s.fma(s.splat(0.327_591_1), z, one));
    let mut p = s.splat(1.061_405_4);
    for c in [-1.453_152, 1.421_413_8, -0.284_496_74, 0.254_829_6] {
        p = s.fma(p, t, s.splat(c));
    }
    let tail = s.mul(s.mul(p, t), fused(s, s.sub(s.splat(0.0), s.mul(z, z))));
    let erf = s.sub(one, tail);
    s.mul(s.splat(0.5), s.fma(size, erf, x))
}

/// Adds `other` to `x`.
pub fn add(x: &mut [f32], other: &[f32]) {
    x.iter_mut().zip(other).for_each(|(x, other)| *x += other);
}

/// Multiplies `x` by `other`.
pub fn multiply(x: &mut [f32], other: &[f32]) {
    x.iter_mut().zip(other).for_each(|(x, other)| *x *= other);
}

/// A norm over the width of a row.
#[derive(Debug)]
pub struct Norm {
    /// `[width]`.
    pub scale: Vec<f32>,
    /// `[width]` for layer normalisation (Ba et al. 2016); none for the root mean square alone (Zhang & Sennrich
    /// 2019), as in T5.
    pub bias: Option<Vec<f32>>,
    /// Added to the variance.
    pub epsilon: f32,
}

impl Norm {
    /// Normalises each row of `x`, `[rows, width]`, in place.
    pub fn apply(&self, workers: &Workers, x: &mut [f32]) {
        workers.for_each_row(x, self.scale.len(), |_, row| {
            workers.isa().run(Normalise { norm: self, row });
        });
    }
}

struct Normalise<'a> {
    norm: &'a Norm,
    row: &'a mut [f32],
}

impl Kernel for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Norm {
            scale,
            bias,
            epsilon,
        } = self.norm;
        let width = scale.len() as f32;
        let (lines, rest) = self.row.as_chunks::<LANES>();
        let mut mean = 0.0;
        if bias.is_some() {
            let mut sum = s.splat(0.0);
            for line in lines {
                sum = s.add(sum, s.load(line));
            }
            mean = (s.sum(sum) + rest.iter().sum::<f32>()) / width;
        }
        let shift = s.splat(mean);
        let mut squares = s.splat(0.0);
        for line in lines {
            let x = s.sub(s.load(line), shift);
            squares = s.fma(x, x, squares);
        }
        let squares = s.sum(squares) + rest.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>();
        let inverse = 1.0 / (squares / width + epsilon).sqrt();
        for (x, scale) in self.row.iter_mut().zip(scale) {
            *x = (*x - mean) * inverse * scale;
        }
        if let Some(bias) = bias {
            self.row
                .iter_mut()
                .zip(bias)
                .for_each(|(x, bias)| *x += bias);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the functions as `torch` 2.15 gives them.
    #[test]
    fn activations_equal_the_reference() {
        let x = [-6.0, -2.5, -1.0, -0.1, 0.0, 0.3, 1.0, 2.0, 5.5];
        let want = [
            (
                Activation::Relu,
                [0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 1.0, 2.0, 5.5],
            ),
            (
                Activation::Gelu,
                [
                    -5.919_525_8e-9,
                    -0.015_524_163,
                    -0.158_655_26,
                    -0.046_017_215,
                    0.0,
                    0.185_373_43,
                    0.841_344_8,
                    1.954_499_7,
                    5.5,
                ],
            ),
            (
                Activation::GeluTanh,
                [
                    -8.439_649e-11,
                    -0.015_084_266,
                    -0.158_808_01,
                    -0.046_017_25,
                    0.0,
                    0.185_370_92,
                    0.841_192,
                    1.954_597_7,
                    5.5,
                ],
            ),
            (
                Activation::Swish,
                [
                    -0.014_835_739,
                    -0.18964545,
                    -0.268_941_43,
                    -0.047_502_08,
                    0.0,
                    0.172_332_75,
                    0.731_058_6,
                    1.761_594_2,
                    5.477_614_4,
                ],
            ),
        ];
        for isa in Isa::available() {
            for (function, want) in want {
                let mut got = x;
                function.apply(isa, &mut got);
                for (got, want) in got.iter().zip(want) {
                    assert!((got - want).abs() < 2e-6, "{function:?} {got} {want}");
                }
            }
        }
    }

    #[test]
    fn norms_follow_their_definition() {
        let workers = Workers::new(2);
        for width in [6, 16, 40] {
            let x = super::super::tests::wave(5 * width, 0.9);
            for bias in [None, Some(vec![0.25; width])] {
                let norm = Norm {
                    scale: super::super::tests::wave(width, 0.1),
                    bias,
                    epsilon: 1e-5,
                };
                let mut got = x.clone();
                norm.apply(&workers, &mut got);
                for (got, x) in got.chunks(width).zip(x.chunks(width)) {
                    let mean = match &norm.bias {
                        Some(_) => x.iter().map(|&x| f64::from(x)).sum::<f64>() / width as f64,
                        None => 0.0,
                    };
                    let squares: f64 = x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum();
                    let inverse = 1.0 / (squares / width as f64 + 1e-5).sqrt();
                    for ((got, x), scale) in got.iter().zip(x).zip(&norm.scale) {
                        let want = (f64::from(*x) - mean) * inverse * f64::from(*scale)
                            + if norm.bias.is_some() { 0.25 } else { 0.0 };
                        assert!((f64::from(*got) - want).abs() < 1e-5);
                    }
                }
            }
        }
    }
}
