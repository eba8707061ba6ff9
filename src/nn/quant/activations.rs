//! Activations rounded to bytes.

use std::cell::RefCell;

use crate::nn::pool::{Pool, SharedMut};
use crate::nn::simd::{Isa, Kernel, LANES, Simd};

use super::format::GROUP;

/// A row-major matrix `[rows, cols]` of bytes with one scale for each 32 values of a row, so that an outlier costs
/// precision only to its neighbours.
#[derive(Debug, Default)]
pub struct Activations {
    rows: usize,
    cols: usize,
    codes: Vec<i8>,
    /// `[rows, cols / 32]`
    scales: Vec<f32>,
    /// The sum of each sixteen rounded values, `[rows, cols / 16]`: what a weight offset is multiplied with.
    sums: Vec<f32>,
}

/// Rows that one task of the pool rounds.
const ROWS_A_TASK: usize = 4;

impl Activations {
    /// Replaces the content by `rows` rows of `cols` values (a multiple of 32). `fill` writes row `r` to the slice that
    /// it is given.
    pub fn fill(
        &mut self,
        pool: &Pool,
        rows: usize,
        cols: usize,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        assert!(cols.is_multiple_of(GROUP));
        (self.rows, self.cols) = (rows, cols);
        self.codes.resize(rows * cols, 0);
        self.scales.resize(rows * cols / GROUP, 0.0);
        self.sums.resize(rows * cols / LANES, 0.0);
        let codes = SharedMut::new(&mut self.codes);
        let scales = SharedMut::new(&mut self.scales);
        let sums = SharedMut::new(&mut self.sums);
        let isa = Isa::best();
        pool.run(rows.div_ceil(ROWS_A_TASK), |task| {
            with_row(cols, |buffer| {
                for row in task * ROWS_A_TASK..rows.min((task + 1) * ROWS_A_TASK) {
                    fill(row, buffer);
                    // SAFETY: a row belongs to one task, and its parts of the three vectors, sized above, to the row.
                    let round = unsafe {
                        let part = std::slice::from_raw_parts_mut::<i8>;
                        let part_f32 = std::slice::from_raw_parts_mut::<f32>;
                        Round {
                            values: buffer,
                            codes: part(codes.at(row * cols), cols),
                            scales: part_f32(scales.at(row * cols / GROUP), cols / GROUP),
                            sums: part_f32(sums.at(row * cols / LANES), cols / LANES),
                        }
                    };
                    isa.run(round);
                }
            });
        });
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    pub(super) fn codes(&self, row: usize) -> &[i8] {
        &self.codes[row * self.cols..][..self.cols]
    }

    pub(super) fn scales(&self, row: usize) -> &[f32] {
        let groups = self.cols / GROUP;
        &self.scales[row * groups..][..groups]
    }

    pub(super) fn sums(&self, row: usize) -> &[f32] {
        let groups = self.cols / LANES;
        &self.sums[row * groups..][..groups]
    }
}

/// Lends a buffer of `len` floats that this thread keeps.
fn with_row(len: usize, work: impl FnOnce(&mut [f32])) {
    thread_local! {
        static ROW: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    ROW.with_borrow_mut(|row| {
        row.resize(len, 0.0);
        work(row);
    });
}

/// Rounds one row.
struct Round<'a> {
    values: &'a [f32],
    codes: &'a mut [i8],
    scales: &'a mut [f32],
    sums: &'a mut [f32],
}

impl Kernel for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (values, _) = self.values.as_chunks::<LANES>();
        let (codes, _) = self.codes.as_chunks_mut::<LANES>();
        let groups = values.chunks_exact(2).zip(codes.chunks_exact_mut(2));
        let sums = self.sums.chunks_exact_mut(2);
        for (((values, codes), scale), sums) in groups.zip(self.scales).zip(sums) {
            let (a, b) = (s.load(&values[0]), s.load(&values[1]));
            let largest = s.max_lane(s.max(s.abs(a), s.abs(b)));
            *scale = largest / 127.0;
            let inverse = s.splat(if largest > 0.0 { 127.0 / largest } else { 0.0 });
            for (half, v) in [a, b].into_iter().enumerate() {
                let rounded = s.round(s.mul(v, inverse));
                s.store_i8(rounded, &mut codes[half]);
                sums[half] = s.sum(rounded) * *scale;
            }
        }
    }
}
