//! The product of a few rows with a strip of packed columns, the inner loop of every linear layer.

use super::STRIP;
use crate::nn::isa::Isa;
use crate::nn::simd::{Kernel, LANES, Simd};

/// Vectors of a strip.
pub(super) const VECTORS: usize = STRIP / LANES;

/// Rows of the largest tile: with four vectors of AVX-512, 24 sums stay in the 32 registers; with one pair of AVX2
/// vectors, 12 in the 16.
const ROWS: usize = 6;

/// Values of `k` that meet in one 32-bit sum at a time.
pub(super) const QUAD: usize = 4;

/// One vector's worth of floats, on one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct FloatLine([f32; LANES]);

/// Four values of `k` for each of sixteen columns.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct CodeLine(pub(super) [u8; LANES * QUAD]);

/// Packs `columns`, each `k` long, into strips `[k][STRIP]`, `width` columns in all; missing ones are zero.
pub(super) fn pack_floats<'a>(
    k: usize,
    width: usize,
    columns: impl Iterator<Item = &'a [f32]>,
) -> Vec<FloatLine> {
    let mut lines = vec![FloatLine([0.0; LANES]); width / LANES * k];
    for (column, values) in columns.enumerate() {
        let at = column / STRIP * k * VECTORS + column % STRIP / LANES;
        let lines = lines[at..].iter_mut().step_by(VECTORS);
        for (line, &value) in lines.zip(values) {
            line.0[column % LANES] = value;
        }
    }
    lines
}

/// Strip `strip` of packed floats.
pub(super) fn strip(lines: &[FloatLine], k: usize, strip: usize) -> &[FloatLine] {
    &lines[strip * k * VECTORS..][..k * VECTORS]
}

/// Writes a packed column times `factor` to `out`.
pub(super) fn read_column(
    lines: &[FloatLine],
    k: usize,
    column: usize,
    factor: f32,
    out: &mut [f32],
) {
    let lines = strip(lines, k, column / STRIP);
    let lines = lines[column % STRIP / LANES..].iter().step_by(VECTORS);
    for (out, line) in out.iter_mut().zip(lines) {
        *out = line.0[column % LANES] * factor;
    }
}

/// What is multiplied.
#[derive(Clone, Copy)]
pub(super) enum Operands<'a> {
    Floats {
        /// `[rows, k]`.
        x: &'a [f32],
        /// `[k][VECTORS]`.
        weights: &'a [FloatLine],
    },
    Int8 {
        /// `[rows, k]`, in −127 ..= 127.
        x: &'a [i8],
        /// `[rows]`: a code times its scale is the float.
        scales: &'a [f32],
        /// `[rows]`: the sum of the codes.
        sums: &'a [f32],
        /// `[k / 4][VECTORS]`.
        weights: &'a [CodeLine],
        /// `[STRIP]`.
        columns: &'a [f32],
    },
}

/// `out = x × weights + bias`, `[rows, STRIP]`.
///
/// # Panics
/// If the lengths don't fit.
pub(super) fn product(isa: Isa, operands: Operands<'_>, k: usize, bias: &[f32], out: &mut [f32]) {
    let bias = bias.as_chunks().0.try_into().expect("a strip of bias");
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => isa.run(Product::<VECTORS> {
            operands,
            k,
            bias,
            out,
        }),
        _ => isa.run(Product::<1> {
            operands,
            k,
            bias,
            out,
        }),
    }
}

/// `V` vectors of columns at a time.
struct Product<'a, const V: usize> {
    operands: Operands<'a>,
    k: usize,
    bias: &'a [[f32; LANES]; VECTORS],
    out: &'a mut [f32],
}

impl<const V: usize> Kernel for Product<'_, V> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (operands, k, bias) = (self.operands, self.k, self.bias);
        for (tile, out) in self.out.chunks_mut(ROWS * STRIP).enumerate() {
            let row = tile * ROWS;
            match out.len() / STRIP {
                1 => rows::<S, V, 1>(s, operands, k, bias, row, out),
                2 => rows::<S, V, 2>(s, operands, k, bias, row, out),
                3 => rows::<S, V, 3>(s, operands, k, bias, row, out),
                4 => rows::<S, V, 4>(s, operands, k, bias, row, out),
                5 => rows::<S, V, 5>(s, operands, k, bias, row, out),
                _ => rows::<S, V, ROWS>(s, operands, k, bias, row, out),
            }
        }
    }
}

/// `R` rows from `row` on.
#[inline(always)]
fn rows<S: Simd, const V: usize, const R: usize>(
    s: S,
    operands: Operands<'_>,
    k: usize,
    bias: &[[f32; LANES]; VECTORS],
    row: usize,
    out: &mut [f32],
) {
    // Plain loops throughout: a closure, such as `array::from_fn` takes, is a function of its own without the
    // instructions of this level, so that every operation in it becomes a call.
    for first in (0..VECTORS).step_by(V) {
        let mut product = [[s.splat(0.0); V]; R];
        match operands {
            Operands::Floats { x, weights } => {
                let sums = floats::<S, V, R>(s, &x[row * k..][..R * k], weights, first);
                for (product, sums) in product.iter_mut().zip(sums) {
                    for ((product, sum), bias) in product.iter_mut().zip(sums).zip(&bias[first..]) {
                        *product = s.add(sum, s.load(bias));
                    }
                }
            }
            Operands::Int8 {
                x,
                scales,
                sums,
                weights,
                columns,
            } => {
                let dots = int8::<S, V, R>(s, &x[row * k..][..R * k], weights, first);
                let columns = columns.as_chunks::<LANES>().0;
                for (r, (product, dots)) in product.iter_mut().zip(dots).enumerate() {
                    // Weights are kept offset by 128, which this takes out again.
                    let surplus = s.splat(128.0 * sums[row + r]);
                    let scale = s.splat(scales[row + r]);
                    let columns = columns[first..].iter().zip(&bias[first..]);
                    for ((product, dot), (column, bias)) in
                        product.iter_mut().zip(dots).zip(columns)
                    {
                        let dot = s.sub(s.to_f32(dot), surplus);
                        let scale = s.mul(scale, s.load(column));
                        *product = s.fma(dot, scale, s.load(bias));
                    }
                }
            }
        }
        for (values, out) in product.iter().zip(out.chunks_exact_mut(STRIP)) {
            let lines = out.as_chunks_mut::<LANES>().0;
            for (value, line) in values.iter().zip(&mut lines[first..]) {
                s.store(*value, line);
            }
        }
    }
}

/// `R` rows of `k` values each.
#[inline(always)]
fn split_rows<T, const R: usize>(x: &[T], k: usize) -> [&[T]; R] {
    let mut rows: [&[T]; R] = [&[]; R];
    for (r, row) in rows.iter_mut().enumerate() {
        *row = &x[r * k..][..k];
    }
    rows
}

#[inline(always)]
fn floats<S: Simd, const V: usize, const R: usize>(
    s: S,
    x: &[f32],
    weights: &[FloatLine],
    first: usize,
) -> [[S::F; V]; R] {
    let k = weights.len() / VECTORS;
    let x: [&[f32]; R] = split_rows(x, k);
    let mut sums = [[s.splat(0.0); V]; R];
    for (i, lines) in weights.as_chunks::<VECTORS>().0.iter().enumerate() {
        let mut columns = [s.splat(0.0); V];
        for (column, line) in columns.iter_mut().zip(&lines[first..]) {
            *column = s.load(&line.0);
        }
        for r in 0..R {
            let value = s.splat(x[r][i]);
            for v in 0..V {
                sums[r][v] = s.fma(value, columns[v], sums[r][v]);
            }
        }
    }
    sums
}

#[inline(always)]
fn int8<S: Simd, const V: usize, const R: usize>(
    s: S,
    x: &[i8],
    weights: &[CodeLine],
    first: usize,
) -> [[S::I; V]; R] {
    let quads = weights.len() / VECTORS;
    let x: [&[[i8; 4]]; R] = split_rows(x.as_chunks().0, quads);
    let mut sums = [[s.zero_i32(); V]; R];
    for (i, lines) in weights.as_chunks::<VECTORS>().0.iter().enumerate() {
        let mut columns = [s.load_bytes(&lines[first].0); V];
        for (column, line) in columns.iter_mut().zip(&lines[first..]) {
            *column = s.load_bytes(&line.0);
        }
        for r in 0..R {
            for v in 0..V {
                sums[r][v] = s.dot::<true>(sums[r][v], columns[v], x[r][i]);
            }
        }
    }
    sums
}
