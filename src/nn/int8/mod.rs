//! 8-bit integer products: activations times packed weights ([`Int8Matrix`]) or times rows of a table
//! ([`Int8Table`]), accumulated exactly in 32 bits and scaled to floats with the bias added.
//!
//! Both operands lie in −127 ..= 127. Activations are kept offset by 128 as unsigned bytes, because that is what
//! x86's VNNI multiplies; each kernel undoes the offset in its own way, so that all give the same bits. Where a model says
//! beforehand what activations are quantized with, those bits are the ones of the reference, intgemm's `Int8Shift`, which
//! adds 127 to the activations and saturates pairs of products at 16 bits.

#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod table;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use table::{Int8Table, Selection};

use super::isa::Isa;
use super::rows;

/// Columns of a panel: as many 32-bit sums as one 512-bit register holds.
const PANEL: usize = 16;
/// Values of `k` that meet in one 32-bit sum at a time.
const QUAD: usize = 4;
/// Added to an activation so that it is unsigned.
const OFFSET: u8 = 128;
/// Added to an activation by the reference.
const SHIFT: i32 = 127;

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
    /// What the activations are quantized with, if it is known beforehand.
    multiplier: Option<f32>,
    /// `[n / PANEL][k / QUAD]`.
    blocks: Vec<Block>,
    columns: Prepared,
    /// Pairs of weights that can saturate, with the column of each, ascending.
    hot: Vec<(usize, HotPair)>,
    /// `[n / PANEL + 1]`: where each panel's pairs start in `hot`.
    hot_panels: Vec<usize>,
}

impl Int8Matrix {
    /// Packs matrices of `k` rows side by side, for activations that are quantized with `multiplier`, or each row with
    /// its own.
    ///
    /// # Panics
    /// If `k` isn't a multiple of 4 or a matrix's number of columns isn't one of 16, or lengths contradict each other.
    pub fn pack(k: usize, multiplier: Option<f32>, parts: &[Columns<'_>]) -> Self {
        assert!(k > 0 && k.is_multiple_of(QUAD), "k = {k}");
        let quads = k / QUAD;
        let n = parts.iter().map(|part| part.values.len() / k).sum();
        let mut matrix = Self {
            k,
            n,
            multiplier,
            blocks: vec![Block([0; PANEL * QUAD]); n / PANEL * quads],
            columns: Prepared::with_capacity(n),
            hot: Vec::new(),
            hot_panels: vec![0],
        };
        let mut first = 0;
        for part in parts {
            let columns = part.values.len() / k;
            assert_eq!(part.values.len(), columns * k);
            assert!(columns.is_multiple_of(PANEL), "n = {columns}");
            assert!(part.multipliers.len() == 1 || part.multipliers.len() == columns);
            assert!(part.bias.is_none_or(|bias| bias.len() == columns));
            for (index, column) in part.values.chunks_exact(k).enumerate() {
                let (panel, lane) = ((first + index) / PANEL, (first + index) % PANEL);
                let blocks = &mut matrix.blocks[panel * quads..][..quads];
                for (block, quad) in blocks.iter_mut().zip(column.chunks_exact(QUAD)) {
                    block.0[lane * QUAD..][..QUAD].copy_from_slice(quad);
                }
                let bias = part.bias.map_or(0.0, |bias| bias[index]);
                let own = part.multipliers.get(index).unwrap_or(&part.multipliers[0]);
                matrix.columns.push(column, *own, bias, multiplier);
                if multiplier.is_some() {
                    let hot = HotPair::all_of(column);
                    matrix.hot.extend(hot.map(|pair| (lane, pair)));
                }
                if lane == PANEL - 1 {
                    matrix.hot_panels.push(matrix.hot.len());
                }
            }
            first += columns;
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

    /// What the activations are to be quantized with; `None` gives each row its own.
    pub fn multiplier(&self) -> Option<f32> {
        self.multiplier
    }

    /// The pairs of a panel that can saturate.
    fn hot(&self, panel: usize) -> &[(usize, HotPair)] {
        &self.hot[self.hot_panels[panel]..self.hot_panels[panel + 1]]
    }

    /// What the reference adds to an activation.
    fn shift(&self) -> i32 {
        if self.multiplier.is_some() { SHIFT } else { 0 }
    }

    /// What saturation takes off the sums of a panel; `a` is the row.
    fn excesses(&self, panel: usize, a: &[u8]) -> [i32; PANEL] {
        let mut excesses = [0; PANEL];
        for (lane, pair) in self.hot(panel) {
            excesses[*lane] += pair.excess(a);
        }
        excesses
    }

    /// What the sums of a panel start at, so that they end as the reference's do, for a kernel that multiplies
    /// activations as they are; `a` is the row.
    fn starts(&self, panel: usize, a: &[u8]) -> [i32; PANEL] {
        let excesses = self.excesses(panel, a);
        let sums = &self.columns.sums[panel * PANEL..][..PANEL];
        std::array::from_fn(|lane| self.shift() * sums[lane] - excesses[lane])
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

/// What is known of columns of weights before they meet any activations.
#[derive(Debug, Default)]
struct Prepared {
    /// Sum of each column.
    sums: Vec<i32>,
    /// A sum times this and the row's own scale is the product of what was quantized.
    scales: Vec<f32>,
    /// The bias, less what [`SHIFT`] adds to a sum.
    bias: Vec<f32>,
}

impl Prepared {
    fn with_capacity(n: usize) -> Self {
        Self {
            sums: Vec::with_capacity(n),
            scales: Vec::with_capacity(n),
            bias: Vec::with_capacity(n),
        }
    }

    /// Adds a column that was quantized with `own`, for activations quantized with `multiplier`. The roundings are the
    /// reference's (marian-dev, `intgemm_interface.h`).
    fn push(&mut self, column: &[i8], own: f32, bias: f32, multiplier: Option<f32>) {
        let sum: i32 = column.iter().map(|&value| i32::from(value)).sum();
        self.sums.push(sum);
        match multiplier {
            Some(multiplier) => {
                self.scales.push(1.0 / (multiplier * own));
                let shift = -((127.0 / multiplier) * (127.0 / own)) / 127.0;
                self.bias.push(sum as f32 * shift + bias);
            }
            None => {
                self.scales.push(1.0 / own);
                self.bias.push(bias);
            }
        }
    }
}

/// Two neighbouring weights of a column that are so large that the sum of their products can leave 16 bits. The
/// reference multiplies with SSSE3's `pmaddubsw`, which saturates there, and models are tuned and published with that.
#[derive(Debug, Clone, Copy)]
struct HotPair {
    /// The first of the two rows.
    k: usize,
    weights: [i8; 2],
}

impl HotPair {
    /// The pairs of a column that can saturate.
    fn all_of(column: &[i8]) -> impl Iterator<Item = Self> {
        // Both are small in nearly every column, which is found out many values at a time.
        let largest = column.iter().map(|weight| weight.unsigned_abs()).max();
        let column = match largest {
            Some(largest) if Self::can_saturate_at(largest) => column,
            _ => &[],
        };
        let pairs = column.chunks_exact(2).enumerate();
        let pairs = pairs.filter(|(_, pair)| Self::can_saturate(pair[0], pair[1]));
        pairs.map(|(index, pair)| Self {
            k: 2 * index,
            weights: [pair[0], pair[1]],
        })
    }

    /// Whether a pair can, of which neither is larger than this.
    fn can_saturate_at(largest: u8) -> bool {
        2 * i32::from(largest) * (127 + SHIFT) > i16::MAX.into()
    }

    fn can_saturate(a: i8, b: i8) -> bool {
        let (a, b) = (i32::from(a), i32::from(b));
        // The largest activation, shifted.
        let most = 127 + SHIFT;
        (a.max(0) + b.max(0)) * most > i16::MAX.into()
            || (a.min(0) + b.min(0)) * most < i16::MIN.into()
    }

    /// What saturation takes off a sum; `a` is the row of activations.
    fn excess(&self, a: &[u8]) -> i32 {
        let value = |i: usize| i32::from(a[self.k + i]) - i32::from(OFFSET) + SHIFT;
        let [first, second] = self.weights.map(i32::from);
        let pair = value(0) * first + value(1) * second;
        pair - pair.clamp(i16::MIN.into(), i16::MAX.into())
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
    /// Offset by 128.
    values: Vec<u8>,
    /// What a row's products are worth besides the weights' scale: 1 where the weights' scale knows the multiplier.
    scales: Vec<f32>,
}

impl Int8Rows {
    fn reset(&mut self, rows: usize, width: usize) {
        self.width = width;
        self.values.resize(rows * width, OFFSET);
        self.scales.clear();
        self.scales.resize(rows, 1.0);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.scales.len()
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
            Some(multiplier) => rows::quantize(isa, floats, multiplier, &mut self.values),
            None => {
                let rows = floats.chunks_exact(width);
                let values = self.values.chunks_exact_mut(width);
                for ((row, values), scale) in rows.zip(values).zip(&mut self.scales) {
                    let multiplier = own_multiplier(row);
                    rows::quantize(isa, row, multiplier, values);
                    *scale = 1.0 / multiplier;
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
