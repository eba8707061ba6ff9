//! A table of quantized rows: an embedding on the way in, an output layer on the way out.

use std::fmt;

use super::{Int8Rows, PANEL, scalar};
use crate::nn::isa::{Isa, Level};

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

    fn scale(&self, row: usize) -> f32 {
        let multiplier = self.multipliers.get(row).unwrap_or(&self.multipliers[0]);
        1.0 / multiplier
    }

    fn row(&self, row: usize) -> &[i8] {
        &(*self.values).as_ref()[row * self.width..][..self.width]
    }

    /// Writes a row as floats times `factor`.
    ///
    /// # Panics
    /// If there is no such row or `out` isn't as wide as the table.
    pub fn read(&self, row: usize, factor: f32, out: &mut [f32]) {
        let scale = self.scale(row);
        for (out, &value) in out.iter_mut().zip(self.row(row)) {
            *out = f32::from(value) * scale * factor;
        }
    }

    /// The product of one row of activations with the table's `rows`, plus `bias`, into `out`.
    ///
    /// # Panics
    /// If widths or lengths don't fit, or a row doesn't exist.
    pub fn dots(
        &self,
        isa: Isa,
        a: &Int8Rows,
        a_row: usize,
        rows: &[u32],
        bias: &[f32],
        out: &mut [f32],
    ) {
        assert_eq!(a.width, self.width);
        assert!(rows.len() == bias.len() && rows.len() == out.len());
        let values = &a.values[a_row * a.width..][..a.width];
        let inverse = a.inverses[a_row];
        let chunks = rows.chunks(PANEL).zip(bias.chunks(PANEL));
        for ((rows, bias), out) in chunks.zip(out.chunks_mut(PANEL)) {
            let mut sums = [0; PANEL];
            self.sums(isa, values, rows, &mut sums);
            for (index, out) in out.iter_mut().enumerate() {
                let scale = inverse * self.scale(rows[index] as usize);
                *out = sums[index] as f32 * scale + bias[index];
            }
        }
    }

    /// Sums of products with up to 16 rows.
    fn sums(&self, isa: Isa, values: &[u8], rows: &[u32], sums: &mut [i32; PANEL]) {
        match isa.0 {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512Vnni => {
                // A short last chunk reads its last row again.
                let pointers = std::array::from_fn(|index| {
                    self.row(rows[index.min(rows.len() - 1)] as usize).as_ptr()
                });
                // SAFETY: an `Isa` of this level exists only where the processor has these instructions; each
                // pointer is to a row as wide as `values`.
                unsafe { x86::dots_vnni(values, &pointers, sums) }
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => {
                for (sum, &row) in sums.iter_mut().zip(rows) {
                    // SAFETY: an `Isa` of this level exists only where the processor has these instructions.
                    *sum = unsafe { x86::dot_avx2(values, self.row(row as usize)) };
                }
            }
            #[cfg(target_arch = "aarch64")]
            Level::Neon => {
                for (sum, &row) in sums.iter_mut().zip(rows) {
                    // SAFETY: every 64-bit ARM processor has NEON.
                    *sum = unsafe { neon::dot(values, self.row(row as usize)) };
                }
            }
            Level::Scalar => {
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
                Isa::detect(),
                &floats(2 * width, width as u32),
                width,
                Some(30.0),
            );
            let rows: Vec<u32> = (0..37).map(|i| i * 7 % 40).collect();
            let bias = floats(37, 9);
            for isa in Isa::supported() {
                let mut out = vec![0.0; 37];
                table.dots(isa, &a, 1, &rows, &bias, &mut out);
                for (index, &row) in rows.iter().enumerate() {
                    let sum: i32 = (0..width)
                        .map(|i| {
                            let a = i32::from(a.values[width + i]) - 128;
                            a * i32::from(values[row as usize * width + i])
                        })
                        .sum();
                    let exact = sum as f32 * (a.inverses[1] * 0.25) + bias[index];
                    assert_eq!(out[index], exact, "{isa:?} {width}");
                }
            }
        }
    }
}
