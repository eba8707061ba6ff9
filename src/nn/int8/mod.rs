//! 8-bit integer products: activations times packed weights ([`Int8Matrix`]) or times rows of a table
//! ([`Int8Table`]), accumulated exactly in 32 bits and scaled to floats with the bias added.
//!
//! Both operands lie in −127 ..= 127. Activations are kept offset by 128 as unsigned bytes, because that is what
//! x86's VNNI multiplies; each kernel undoes the offset in its own way, so that all give the same bits.

#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod table;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use table::Int8Table;

use super::isa::{Isa, Level};
use super::rows;

/// Columns of a panel: as many 32-bit sums as one 512-bit register holds.
const PANEL: usize = 16;
/// Values of `k` that meet in one 32-bit sum at a time.
const QUAD: usize = 4;
/// Added to an activation so that it is unsigned.
const OFFSET: u8 = 128;

/// Four values of `k` for each of a panel's columns: one 512-bit register, `[column][k]`.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Block([i8; PANEL * QUAD]);

/// One matrix among those that are packed side by side into an [`Int8Matrix`].
#[derive(Debug)]
pub struct Columns<'a> {
    /// `[n, k]`: one output column after the other, values in −127 ..= 127.
    pub values: &'a [i8],
    /// What a product is divided by to undo the quantization of the weights: one a column, or one for all.
    pub multipliers: &'a [f32],
    /// `[n]`, or none.
    pub bias: Option<&'a [f32]>,
}

/// Weights `[k, n]`, packed in panels of 16 columns so that a kernel reads them once, front to back.
#[derive(Debug)]
pub struct Int8Matrix {
    k: usize,
    n: usize,
    /// `[n / PANEL][k / QUAD]`.
    blocks: Vec<Block>,
    /// `[n]`: a sum times this is the product with the unquantized weights.
    scales: Vec<f32>,
    /// `[n]`.
    bias: Vec<f32>,
    /// `[n]`: what a sum starts at so that the activations' offset cancels out.
    starts: Vec<i32>,
}

impl Int8Matrix {
    /// Packs matrices of `k` rows side by side.
    ///
    /// # Panics
    /// If `k` isn't a multiple of 4 or a matrix's number of columns isn't one of 16, or lengths contradict each other.
    pub fn pack(k: usize, parts: &[Columns<'_>]) -> Self {
        assert!(k > 0 && k.is_multiple_of(QUAD), "k = {k}");
        let quads = k / QUAD;
        let n = parts.iter().map(|part| part.values.len() / k).sum();
        let mut matrix = Self {
            k,
            n,
            blocks: Vec::with_capacity(n / PANEL * quads),
            scales: Vec::with_capacity(n),
            bias: Vec::with_capacity(n),
            starts: Vec::with_capacity(n),
        };
        for part in parts {
            let columns = part.values.len() / k;
            assert_eq!(part.values.len(), columns * k);
            assert!(columns.is_multiple_of(PANEL), "n = {columns}");
            for panel in part.values.chunks_exact(PANEL * k) {
                let first = matrix.blocks.len();
                matrix
                    .blocks
                    .resize(first + quads, Block([0; PANEL * QUAD]));
                for (index, column) in panel.chunks_exact(k).enumerate() {
                    let at = index * QUAD;
                    for (block, quad) in matrix.blocks[first..]
                        .iter_mut()
                        .zip(column.chunks_exact(QUAD))
                    {
                        block.0[at..at + QUAD].copy_from_slice(quad);
                    }
                    let sum: i32 = column.iter().map(|&value| i32::from(value)).sum();
                    matrix.starts.push(-i32::from(OFFSET) * sum);
                }
            }
            match part.multipliers {
                [one] => matrix.scales.extend((0..columns).map(|_| 1.0 / one)),
                each => {
                    assert_eq!(each.len(), columns);
                    matrix.scales.extend(each.iter().map(|one| 1.0 / one));
                }
            }
            match part.bias {
                Some(bias) => {
                    assert_eq!(bias.len(), columns);
                    matrix.bias.extend_from_slice(bias);
                }
                None => matrix.bias.resize(matrix.scales.len(), 0.0),
            }
        }
        matrix
    }

    /// Rows: the width of the activations.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Columns: the width of the product.
    pub fn n(&self) -> usize {
        self.n
    }

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
        out.inverses.fill(1.0 / multiplier);
        let output = Output {
            to: To::Quantized(out.values.as_mut_ptr(), multiplier),
            stride: self.n,
        };
        self.run(isa, a, output);
    }

    fn run(&self, isa: Isa, a: &Int8Rows, output: Output) {
        assert_eq!(a.width, self.k);
        assert_eq!(a.values.len(), a.rows() * self.k);
        match isa.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` of this level exists only where the processor has these instructions; the caller has
            // checked that `output` has room for all rows and columns, and the two asserts above cover the inputs.
            Level::Avx512Vnni => unsafe { x86::multiply_vnni(a, self, output) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Level::Avx2 => unsafe { x86::multiply_avx2(a, self, output) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: as above.
            Level::Neon => unsafe { neon::multiply(a, self, output) },
            // SAFETY: as above.
            Level::Scalar => unsafe { scalar::multiply(a, self, output) },
        }
    }
}

/// Where a product goes. The pointer has room for all rows and columns of the product that it is made for.
#[derive(Clone, Copy)]
struct Output {
    to: To,
    /// Values from one row to the next.
    stride: usize,
}

#[derive(Clone, Copy)]
enum To {
    Floats(*mut f32),
    /// ReLU, then quantization with this multiplier.
    Quantized(*mut u8, f32),
}

/// Activations `[rows, width]`, quantized row by row.
#[derive(Debug, Default)]
pub struct Int8Rows {
    width: usize,
    /// A value is `(byte - 128)` times its row's inverse.
    values: Vec<u8>,
    inverses: Vec<f32>,
}

impl Int8Rows {
    fn reset(&mut self, rows: usize, width: usize) {
        self.width = width;
        self.values.resize(rows * width, OFFSET);
        self.inverses.resize(rows, 1.0);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.inverses.len()
    }

    /// Quantizes `floats`, `[rows, width]`: with `multiplier` where the model has one, else each row with its own
    /// that takes its largest value to 127.
    ///
    /// # Panics
    /// If `floats` doesn't hold whole rows.
    pub fn quantize(&mut self, isa: Isa, floats: &[f32], width: usize, multiplier: Option<f32>) {
        assert!(width > 0 && floats.len().is_multiple_of(width));
        self.reset(floats.len() / width, width);
        match multiplier {
            Some(multiplier) => {
                rows::quantize(isa, floats, multiplier, &mut self.values);
                self.inverses.fill(1.0 / multiplier);
            }
            None => {
                let rows = floats.chunks_exact(width);
                let values = self.values.chunks_exact_mut(width);
                for ((row, values), inverse) in rows.zip(values).zip(&mut self.inverses) {
                    let multiplier = own_multiplier(row);
                    rows::quantize(isa, row, multiplier, values);
                    *inverse = 1.0 / multiplier;
                }
            }
        }
    }
}

/// Quantizes rows of floats, `width` wide, each with its own multiplier: the values and the multipliers.
pub fn quantize_rows(floats: &[f32], width: usize) -> (Vec<i8>, Vec<f32>) {
    let mut values = Vec::with_capacity(floats.len());
    let mut multipliers = Vec::with_capacity(floats.len() / width);
    for row in floats.chunks_exact(width) {
        let multiplier = own_multiplier(row);
        values.extend(row.iter().map(|x| (x * multiplier).round_ties_even() as i8));
        multipliers.push(multiplier);
    }
    (values, multipliers)
}

/// What takes the largest of `row` to 127.
fn own_multiplier(row: &[f32]) -> f32 {
    let largest = row.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    if largest > 0.0 { 127.0 / largest } else { 1.0 }
}

#[cfg(test)]
mod tests {
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
            rows.inverses.fill(0.25);
            let columns = Columns {
                values: &b,
                multipliers: &[8.0],
                bias: Some(&bias),
            };
            let matrix = Int8Matrix::pack(k, &[columns]);
            for isa in Isa::supported() {
                let mut out = vec![0.0; m * n];
                matrix.multiply(isa, &rows, &mut out, n);
                let mut quantized = Int8Rows::default();
                matrix.multiply_relu(isa, &rows, 0.05, &mut quantized);
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
        for isa in Isa::supported() {
            rows.quantize(isa, &[1.0, -2.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0], 4, None);
            assert_eq!(rows.values, [192, 1, 128, 160, 128, 128, 128, 128]);
            assert_eq!(rows.inverses, [1.0 / 63.5, 1.0]);
        }
    }
}
