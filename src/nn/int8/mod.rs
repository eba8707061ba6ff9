//! 8-bit integer products: activations times packed weights ([`Int8Matrix`]) or times rows of a table
//! ([`Int8Table`]), accumulated exactly in 32 bits and scaled to floats with the bias added.
//!
//! Both operands lie in −127 ..= 127. Activations are kept offset by 128 as unsigned bytes, because that is what
//! x86's VNNI multiplies; each kernel undoes the offset in its own way, so that all give the same bits. Where a model says
//! beforehand what activations are quantized with, those bits are the ones of the reference, intgemm's `Int8Shift`, which
//! adds 127 to the activations and saturates pairs of products at 16 bits.

mod activations;
mod blocks;
mod matrix;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod table;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use activations::{Int8Rows, quantize_rows};
pub use matrix::{Columns, Int8Matrix};
pub use table::{Int8Table, Selection};

use super::isa::Isa;
use matrix::{Output, To};

impl Int8Matrix {
    /// `a × self + bias` into `out`, whose rows lie `stride` apart.
    ///
    /// # Panics
    /// If the widths don't fit or `out` is too small.
    pub fn multiply(&self, isa: Isa, a: &Int8Rows, out: &mut [f32], stride: usize) {
        let m = a.rows();
        assert!(stride >= self.n && (m == 0 || out.len() >= (m - 1) * stride + self.n));
        let output = Output {
            to: To::Floats(out.as_mut_ptr()),
            stride,
        };
        self.run(isa, a, output);
    }

    /// `relu(a × self + bias)`, quantized with `multiplier` into `out`.
    ///
    /// # Panics
    /// If the widths don't fit.
    pub fn multiply_relu(&self, isa: Isa, a: &Int8Rows, multiplier: f32, out: &mut Int8Rows) {
        out.reset(a.rows(), self.n);
        let output = Output {
            to: To::Quantized(out.values.as_mut_ptr(), multiplier),
            stride: self.n,
        };
        self.run(isa, a, output);
    }

    fn run(&self, isa: Isa, a: &Int8Rows, output: Output) {
        assert_eq!(a.width, self.k);
        assert_eq!(a.values.len(), a.rows() * self.k);
        match isa {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` of this level exists only where the processor has these instructions; the caller has
            // checked that `output` has room for all rows and columns, and the two asserts above cover the inputs.
            Isa::Avx512(_) => unsafe { x86::multiply_vnni(a, self, output) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Isa::Avx2(_) => unsafe { x86::multiply_avx2(a, self, output) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: as above.
            Isa::NeonDot(_) => unsafe { neon::multiply_dotprod(a, self, output) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: as above.
            Isa::Neon(_) => unsafe { neon::multiply(a, self, output) },
            // SAFETY: as above.
            Isa::Scalar => unsafe { scalar::multiply(a, self, output) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matrix::OFFSET;
    use super::*;

    /// A fixed pseudo-random sequence (xorshift32).
    pub(super) fn noise(seed: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(seed), |&x| {
            let x = x ^ (x << 13);
            let x = x ^ (x >> 17);
            Some(x ^ (x << 5))
        })
        .skip(1)
    }

    pub(super) fn bytes(len: usize, seed: u32) -> Vec<i8> {
        noise(seed)
            .take(len)
            .map(|x| ((x >> 8) % 255) as i8)
            .map(|x| x.max(-127))
            .collect()
    }

    pub(super) fn floats(len: usize, seed: u32) -> Vec<f32> {
        noise(seed)
            .take(len)
            .map(|x| (x as f32 / u32::MAX as f32 - 0.5) * 4.0)
            .collect()
    }

    /// Shapes that reach each remainder of the kernels' tiles.
    const SHAPES: [(usize, usize, usize); 8] = [
        (1, 4, 16),
        (2, 16, 48),
        (5, 64, 16),
        (6, 32, 80),
        (7, 256, 768),
        (13, 1536, 256),
        (23, 260, 112),
        (0, 16, 16),
    ];

    #[test]
    fn a_product_is_the_sum_of_products() {
        for (m, k, n) in SHAPES {
            let (a, b, bias) = (
                bytes(m * k, 1 + k as u32),
                bytes(n * k, 2 + n as u32),
                floats(n, 3),
            );
            let mut rows = Int8Rows::default();
            rows.reset(m, k);
            for (value, &a) in rows.values.iter_mut().zip(&a) {
                *value = (a as u8).wrapping_add(OFFSET);
            }
            let columns = || Columns {
                values: &b,
                multipliers: &[8.0],
                bias: Some(&bias),
            };
            let matrix = Int8Matrix::pack(k, None, &[columns()]);
            let shifted = Int8Matrix::pack(k, Some(4.0), &[columns()]);
            for isa in Isa::available() {
                let mut out = vec![0.0; m * n];
                shifted.multiply(isa, &rows, &mut out, n);
                for row in 0..m {
                    for column in 0..n {
                        let (a, b) = (&a[row * k..][..k], &b[column * k..][..k]);
                        let pairs = a.chunks_exact(2).zip(b.chunks_exact(2));
                        let sum: i32 = pairs
                            .map(|(a, b)| {
                                let [a, c] = [a[0], a[1]].map(|a| i32::from(a) + 127);
                                let pair = a * i32::from(b[0]) + c * i32::from(b[1]);
                                pair.clamp(-32768, 32767)
                            })
                            .sum();
                        let own: i32 = b.iter().map(|&b| i32::from(b)).sum();
                        let shift = -((127.0f32 / 4.0) * (127.0 / 8.0)) / 127.0;
                        let float = sum as f32 / 32.0 + (own as f32 * shift + bias[column]);
                        assert_eq!(out[row * n + column], float, "{isa:?} {m} {k} {n}");
                    }
                }
                rows.scales.fill(0.25);
                matrix.multiply(isa, &rows, &mut out, n);
                let mut quantized = Int8Rows::default();
                matrix.multiply_relu(isa, &rows, 0.05, &mut quantized);
                rows.scales.fill(1.0);
                for row in 0..m {
                    for column in 0..n {
                        let sum: i32 = (0..k)
                            .map(|i| i32::from(a[row * k + i]) * i32::from(b[column * k + i]))
                            .sum();
                        let exact = sum as f32 * (0.25 * 0.125) + bias[column];
                        assert_eq!(out[row * n + column], exact, "{isa:?} {m} {k} {n}");
                        let byte = (exact.max(0.0) * 0.05).round_ties_even().min(127.0) as u8;
                        assert_eq!(quantized.values[row * n + column], byte + OFFSET, "{isa:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn quantized_rows_are_close_to_the_floats() {
        let width = 32;
        let rows = floats(16 * width, 7);
        let (values, multipliers) = quantize_rows(&rows, width);
        for (index, (&value, &float)) in values.iter().zip(&rows).enumerate() {
            let multiplier = multipliers[index / width];
            assert!((f32::from(value) / multiplier - float).abs() < 0.6 / multiplier);
        }
    }

    #[test]
    fn rows_without_a_multiplier_get_their_own() {
        let mut rows = Int8Rows::default();
        for isa in Isa::available() {
            rows.quantize(isa, &[1.0, -2.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0], 4, None);
            assert_eq!(rows.values, [192, 1, 128, 160, 128, 128, 128, 128]);
            assert_eq!(rows.scales, [1.0 / 63.5, 1.0]);
        }
    }
}
