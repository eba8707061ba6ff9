//! Weights and activations as 8-bit integers.

use super::tile::{CodeLine, Operands, QUAD, VECTORS};
use super::{STRIP, Workers};
use crate::nn::isa::Isa;
use crate::nn::pool::SharedMut;
use crate::nn::simd::{Kernel, LANES, Simd};

/// Added to a weight so that it is unsigned, as x86's VNNI wants one of its operands.
const OFFSET: u8 = 128;

/// Largest code.
const LARGEST: f32 = 127.0;

/// Quantized weights in strips `[k / 4][STRIP][4]`.
#[derive(Debug)]
pub(super) struct Codes {
    k: usize,
    lines: Vec<CodeLine>,
    /// `[width]`: a code times this is the weight.
    scales: Vec<f32>,
}

impl Codes {
    /// Quantizes `columns`, each `k` long, `width` in all; missing ones are zero.
    pub(super) fn pack<'a>(
        k: usize,
        width: usize,
        columns: impl Iterator<Item = &'a [f32]>,
    ) -> Self {
        let mut lines = vec![CodeLine([OFFSET; LANES * QUAD]); width / LANES * (k / QUAD)];
        let mut scales = vec![0.0; width];
        let mut codes = vec![0; k];
        for (column, values) in columns.enumerate() {
            scales[column] = Isa::best()
                .run(Quantize {
                    values,
                    codes: &mut codes,
                })
                .scale;
            let at = column / STRIP * (k / QUAD) * VECTORS + column % STRIP / LANES;
            let lane = column % LANES * QUAD;
            let lines = lines[at..].iter_mut().step_by(VECTORS);
            for (line, quad) in lines.zip(codes.as_chunks::<QUAD>().0) {
                for (byte, code) in line.0[lane..lane + QUAD].iter_mut().zip(quad) {
                    *byte = (*code as u8).wrapping_add(OFFSET);
                }
            }
        }
        Self { k, lines, scales }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.lines.as_slice()) + size_of_val(self.scales.as_slice())
    }

    /// Writes a column times `factor` to `out`.
    pub(super) fn read_column(&self, column: usize, factor: f32, out: &mut [f32]) {
        let factor = self.scales[column] * factor;
        let at = column / STRIP * (self.k / QUAD) * VECTORS + column % STRIP / LANES;
        let lane = column % LANES * QUAD;
        let lines = self.lines[at..].iter().step_by(VECTORS);
        for (line, out) in lines.zip(out.as_chunks_mut::<QUAD>().0) {
            for (byte, out) in line.0[lane..lane + QUAD].iter().zip(out) {
                *out = (f32::from(*byte) - f32::from(OFFSET)) * factor;
            }
        }
    }

    /// What multiplies `rows` rows of `x` from `first` on with strip `strip`.
    pub(super) fn operands<'a>(
        &'a self,
        x: &'a CodeRows,
        first: usize,
        rows: usize,
        strip: usize,
    ) -> Operands<'a> {
        let lines = self.k / QUAD * VECTORS;
        Operands::Int8 {
            x: &x.codes[first * self.k..][..rows * self.k],
            scales: &x.scales[first..][..rows],
            sums: &x.sums[first..][..rows],
            weights: &self.lines[strip * lines..][..lines],
            columns: &self.scales[strip * STRIP..][..STRIP],
        }
    }
}

/// Activations `[rows, k]`, each row quantized with a scale of its own: signed, as weights are the unsigned operand here,
/// while the students' [`Int8Rows`](crate::nn::int8::Int8Rows) are unsigned as in their reference.
#[derive(Debug, Default)]
pub(super) struct CodeRows {
    codes: Vec<i8>,
    scales: Vec<f32>,
    /// Sums of the codes of a row; exact, as they are small.
    sums: Vec<f32>,
}

impl CodeRows {
    /// Quantizes the rows of `x`, each `k` long.
    pub(super) fn quantize(&mut self, workers: &Workers, x: &[f32], k: usize) {
        let rows = x.len() / k;
        self.codes.resize(rows * k, 0);
        self.scales.resize(rows, 0.0);
        self.sums.resize(rows, 0.0);
        let rows_a_task = rows.div_ceil(workers.pool().threads()).max(4);
        let (scales, sums) = (
            SharedMut::new(&mut self.scales),
            SharedMut::new(&mut self.sums),
        );
        workers
            .pool()
            .for_each_chunk(&mut self.codes, rows_a_task * k, |task, codes| {
                for (at, codes) in codes.chunks_exact_mut(k).enumerate() {
                    let row = task * rows_a_task + at;
                    let values = &x[row * k..][..k];
                    let done = workers.isa().run(Quantize { values, codes });
                    // SAFETY: `row` is below the number of rows, the length of both, and belongs to this task alone.
                    unsafe {
                        *scales.at(row) = done.scale;
                        *sums.at(row) = done.sum;
                    }
                }
            });
    }
}

/// Quantizes one row or column so that its largest value becomes ±127.
struct Quantize<'a> {
    values: &'a [f32],
    codes: &'a mut [i8],
}

struct Quantized {
    scale: f32,
    sum: f32,
}

impl Kernel for Quantize<'_> {
    type Output = Quantized;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Quantized {
        let (lines, rest) = self.values.as_chunks::<LANES>();
        let mut largest = s.splat(0.0);
        for line in lines {
            largest = s.max(largest, s.abs(s.load(line)));
        }
        let largest = rest
            .iter()
            .fold(s.max_lane(largest), |largest, x| largest.max(x.abs()));
        if largest == 0.0 || !largest.is_finite() {
            self.codes.fill(0);
            // What isn't a number stays visible in the product.
            let scale = if largest == 0.0 { 0.0 } else { f32::NAN };
            return Quantized { scale, sum: 0.0 };
        }
        let multiplier = LARGEST / largest;
        let (code_lines, code_rest) = self.codes.as_chunks_mut::<LANES>();
        let mut sum = s.splat(0.0);
        for (line, codes) in lines.iter().zip(code_lines) {
            let code = s.round(s.mul(s.load(line), s.splat(multiplier)));
            sum = s.add(sum, code);
            s.store_i8(code, codes);
        }
        let mut sum = s.sum(sum);
        for (x, code) in rest.iter().zip(code_rest) {
            let x = (x * multiplier).round_ties_even();
            sum += x;
            *code = x as i8;
        }
        Quantized {
            scale: largest / LARGEST,
            sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::wave;
    use super::super::{Linear, Precision, Scratch, Then};
    use super::*;

    /// The widths of a base-size model, against integers: each level's sums are exact, whatever the offset adds.
    #[test]
    fn sums_of_bytes_are_exact_at_real_widths() {
        let codes = |values: &[f32]| {
            let largest = values.iter().fold(0f32, |largest, x| largest.max(x.abs()));
            let code = |x: &f32| (x * (127.0 / largest)).round_ties_even() as i64;
            let codes: Vec<i64> = values.iter().map(code).collect();
            (codes, f64::from(largest / 127.0))
        };
        for k in [512, 2048] {
            let (rows, n) = (13, 80);
            // Positive on the whole, as what comes out of an activation is: the hard case for offsets.
            let x: Vec<f32> = wave(rows * k, 0.37).iter().map(|x| x + 0.6).collect();
            let weights = wave(n * k, 1.71);
            let linear = Linear::pack(k, &[(&weights, None)], Precision::Int8, &|| ());
            for isa in Isa::available() {
                let mut out = vec![0.0; rows * n];
                let workers = Workers::with_isa(2, isa);
                linear.apply(&workers, &x, &mut out, Then::Store, &mut Scratch::default());
                for (row, out) in x.chunks_exact(k).zip(out.chunks_exact(n)) {
                    let (row, scale) = codes(row);
                    for (column, out) in weights.chunks_exact(k).zip(out) {
                        let (column, own) = codes(column);
                        let sum: i64 = row.iter().zip(&column).map(|(a, b)| a * b).sum();
                        let want = sum as f64 * scale * own;
                        // Four in the sum is what a float of its size may be off.
                        let slack = 4.0 * scale * own + want.abs() * 1e-6;
                        assert!(
                            (f64::from(*out) - want).abs() <= slack,
                            "{out} {want} {isa:?}"
                        );
                    }
                }
            }
        }
    }
}
