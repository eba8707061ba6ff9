//! A table of quantized rows: an embedding on the way in, an output layer on the way out.

use std::fmt;

use super::activations::Int8Rows;
use super::blocks::PANEL;
use super::matrix::{Columns, HotPair, Int8Matrix, Prepared, SHIFT};
use super::scalar;
use crate::error::{Error, ErrorKind, Result};
use crate::nn::isa::Isa;

#[cfg(target_arch = "aarch64")]
use super::neon;
#[cfg(target_arch = "x86_64")]
use super::x86;

/// Quantized rows `[rows, width]`, where they lie: often in the pages of a mapped file, of which only the rows that
/// are used are ever read.
pub struct Int8Table {
    values: Box<dyn AsRef<[i8]> + Send + Sync>,
    rows: usize,
    width: usize,
    /// What each row was multiplied with before rounding; one for all, or one a row.
    multipliers: Vec<f32>,
}

/// The rows of an [`Int8Table`], found once for many looks at them.
#[derive(Clone, Copy)]
struct Rows<'a> {
    values: &'a [i8],
    width: usize,
}

/// Rows of an [`Int8Table`], prepared for products.
#[derive(Debug)]
pub struct Selection {
    rows: Vec<u32>,
    /// What the reference adds to the activations.
    shift: i32,
    columns: Prepared,
    /// Pairs of weights that can saturate, by index into `rows`, ascending.
    hot: Vec<(usize, HotPair)>,
}

impl Selection {
    /// The selected rows.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }
}

impl fmt::Debug for Int8Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Int8Table")
            .field("rows", &self.rows)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl Int8Table {
    /// A table over `values`.
    ///
    /// # Panics
    /// If `values` doesn't hold whole rows, or there is neither one multiplier nor one a row.
    pub fn new(
        values: impl AsRef<[i8]> + Send + Sync + 'static,
        width: usize,
        multipliers: Vec<f32>,
    ) -> Self {
        let len = values.as_ref().len();
        assert!(width > 0 && len.is_multiple_of(width));
        let rows = len / width;
        assert!(multipliers.len() == 1 || multipliers.len() == rows);
        Self {
            values: Box::new(values),
            rows,
            width,
            multipliers,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn multiplier(&self, row: usize) -> f32 {
        *self.multipliers.get(row).unwrap_or(&self.multipliers[0])
    }

    fn row(&self, row: usize) -> &[i8] {
        self.lend().row(row)
    }

    fn lend(&self) -> Rows<'_> {
        Rows {
            values: (*self.values).as_ref(),
            width: self.width,
        }
    }

    /// Writes a row as floats times `factor`.
    ///
    /// # Panics
    /// If there is no such row or `out` isn't as wide as the table.
    pub fn read(&self, row: usize, factor: f32, out: &mut [f32]) {
        let scale = 1.0 / self.multiplier(row);
        for (out, &value) in out.iter_mut().zip(self.row(row)) {
            *out = f32::from(value) * scale * factor;
        }
    }

    /// Prepares products with some `rows`, for activations that are quantized with `multiplier`, or each row with its
    /// own; `bias` is one a row of the table, or empty.
    ///
    /// # Panics
    /// If a row doesn't exist.
    pub fn select(&self, rows: Vec<u32>, bias: &[f32], multiplier: Option<f32>) -> Selection {
        let mut columns = Prepared::with_capacity(rows.len());
        let mut hot = Vec::new();
        for (index, &row) in rows.iter().enumerate() {
            let row = row as usize;
            let bias = bias.get(row).copied().unwrap_or(0.0);
            let pairs = columns.push(self.row(row), self.multiplier(row), bias, multiplier);
            hot.extend(pairs.map(|pair| (index, pair)));
        }
        Selection {
            rows,
            shift: if multiplier.is_some() { SHIFT } else { 0 },
            columns,
            hot,
        }
    }

    /// Packs the first `count` rows, rounded up to whole panels as far as there are such, as the columns of matrices of
    /// at most `most` columns, a multiple of 16; `bias` is one a row of the table.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if a row holds -128, which not every kernel can multiply.
    ///
    /// # Panics
    /// If `bias` is too short.
    pub fn pack(
        &self,
        count: usize,
        most: usize,
        bias: &[f32],
        multiplier: Option<f32>,
    ) -> Result<Vec<Int8Matrix>> {
        let whole = self.rows / PANEL * PANEL;
        let count = count.next_multiple_of(PANEL).min(whole);
        let values = &(*self.values).as_ref()[..count * self.width];
        if values.contains(&i8::MIN) {
            let message = "the output layer holds a weight of -128, which quantization never makes";
            return Err(Error::new(ErrorKind::Model, message));
        }
        let part = |first: usize| {
            let rows = first..(first + most).min(count);
            let columns = Columns {
                values: &values[rows.start * self.width..rows.end * self.width],
                multipliers: match &self.multipliers[..] {
                    [one] => std::slice::from_ref(one),
                    each => &each[rows.clone()],
                },
                bias: Some(&bias[rows]),
            };
            Int8Matrix::pack(self.width, multiplier, &[columns])
        };
        Ok((0..count).step_by(most).map(part).collect())
    }

    /// The product of one row of activations with the selected rows, plus bias, into `out`.
    ///
    /// # Panics
    /// If widths or lengths don't fit.
    pub fn dots(
        &self,
        isa: Isa,
        a: &Int8Rows,
        a_row: usize,
        selection: &Selection,
        out: &mut [f32],
    ) {
        let Selection {
            rows,
            shift,
            columns,
            hot,
        } = selection;
        assert_eq!(a.width, self.width);
        assert_eq!(rows.len(), out.len());
        let values = &a.values[a_row * a.width..][..a.width];
        let own = a.scales[a_row];
        let mut hot = hot.iter().peekable();
        let table = self.lend();
        for (chunk, rows) in rows.chunks(PANEL).enumerate() {
            let mut sums = [0; PANEL];
            for &next in selection.rows.iter().skip((chunk + 1) * PANEL).take(PANEL) {
                table.prefetch(next as usize);
            }
            table.sums(isa, values, rows, &mut sums);
            let first = chunk * PANEL;
            while let Some((index, pair)) = hot.next_if(|(index, _)| *index < first + PANEL) {
                sums[index - first] -= pair.excess(values);
            }
            let of_chunk = first..first + rows.len();
            let out = out[of_chunk.clone()].iter_mut().zip(sums);
            let sums = out.zip(&columns.sums[of_chunk.clone()]);
            let scaled = sums.zip(&columns.scales[of_chunk.clone()]);
            for ((((out, sum), own_sum), scale), bias) in scaled.zip(&columns.bias[of_chunk]) {
                *out = (sum + shift * own_sum) as f32 * (own * scale) + bias;
            }
        }
    }
}

impl<'a> Rows<'a> {
    fn row(self, row: usize) -> &'a [i8] {
        &self.values[row * self.width..][..self.width]
    }

    /// Asks for a row that will be needed soon: rows lie all over the table, and no processor guesses which is next.
    fn prefetch(self, row: usize) {
        #[cfg(target_arch = "x86_64")]
        for line in self.row(row).chunks(64) {
            x86::prefetch(line);
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = row;
    }

    /// Sums of products with up to 16 rows.
    fn sums(self, isa: Isa, values: &[u8], rows: &[u32], sums: &mut [i32; PANEL]) {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => {
                // A short last chunk reads its last row again.
                let pointers = std::array::from_fn(|index| {
                    self.row(rows[index.min(rows.len() - 1)] as usize).as_ptr()
                });
                // SAFETY: an `Isa` of this level exists only where the processor has these instructions; each
                // pointer is to a row as wide as `values`.
                unsafe { x86::dots_vnni(values, &pointers, sums) }
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => {
                for (sum, &row) in sums.iter_mut().zip(rows) {
                    // SAFETY: an `Isa` of this level exists only where the processor has these instructions.
                    *sum = unsafe { x86::dot_avx2(values, self.row(row as usize)) };
                }
            }
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDot(_) => {
                for (sum, &row) in sums.iter_mut().zip(rows) {
                    // SAFETY: an `Isa` of this level exists only where the processor has these instructions.
                    *sum = unsafe { neon::dot_dotprod(values, self.row(row as usize)) };
                }
            }
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(_) => {
                for (sum, &row) in sums.iter_mut().zip(rows) {
                    // SAFETY: as above.
                    *sum = unsafe { neon::dot(values, self.row(row as usize)) };
                }
            }
            Isa::Scalar => {
                for (sum, &row) in sums.iter_mut().zip(rows) {
                    *sum = scalar::dot(values, self.row(row as usize));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{bytes, floats};
    use super::*;

    #[test]
    fn dots_are_exact_for_any_width_and_any_number_of_rows() {
        for width in [4, 64, 80, 256] {
            let mut values = bytes(40 * width, 5);
            // A file may hold what intgemm never writes.
            values[3] = -128;
            let table = Int8Table::new(values.clone(), width, vec![4.0]);
            let mut a = Int8Rows::default();
            a.quantize(
                Isa::best(),
                &floats(2 * width, width as u32),
                width,
                Some(30.0),
            );
            let rows: Vec<u32> = (0..37).map(|i| i * 7 % 40).collect();
            let bias = floats(40, 9);
            for (multiplier, own) in [(None, 0.25), (Some(30.0), 1.0 / (30.0 * 4.0))] {
                let selection = table.select(rows.clone(), &bias, multiplier);
                for isa in Isa::available() {
                    let mut out = vec![0.0; 37];
                    table.dots(isa, &a, 1, &selection, &mut out);
                    for (index, &row) in rows.iter().enumerate() {
                        let a = a.values[width..2 * width].chunks_exact(2);
                        let weights = values[row as usize * width..][..width].chunks_exact(2);
                        let shift = if multiplier.is_some() { 127 } else { 0 };
                        let mut sum = 0;
                        for (a, b) in a.zip(weights.clone()) {
                            let [a, c] = [a[0], a[1]].map(|a| i32::from(a) - 128 + shift);
                            let pair = a * i32::from(b[0]) + c * i32::from(b[1]);
                            sum += pair.clamp(-32768, 32767);
                        }
                        let own_sum: i32 = weights.flatten().map(|&b| i32::from(b)).sum();
                        let mut bias = bias[row as usize];
                        if let Some(multiplier) = multiplier {
                            let shift = -((127.0f32 / multiplier) * (127.0 / 4.0)) / 127.0;
                            bias += own_sum as f32 * shift;
                        }
                        let float = sum as f32 * own + bias;
                        assert_eq!(out[index], float, "{isa:?} {width} {multiplier:?}");
                    }
                }
            }
        }
    }
}
