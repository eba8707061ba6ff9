//! Activations rounded to bytes.

use std::cell::RefCell;

use crate::nn::isa::Isa;
use crate::nn::pool::Pool;
use crate::nn::simd::{Kernel, LANES, Simd};

use super::format::GROUP;

/// A row-major matrix `[rows, cols]` of bytes with one scale for each 32 values of a row, so that an outlier costs
/// precision only to its neighbours.
#[derive(Debug, Default)]
pub struct Activations {
    rows: usize,
    cols: usize,
    /// `[rows, cols / 32]`
    groups: Vec<Group>,
}

/// 32 values of a row: `value = scale × code`. What a product needs of them lies together.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(16))]
pub(super) struct Group {
    /// In fours, as a dot product takes them.
    pub codes: [[i8; 4]; GROUP / 4],
    pub scale: f32,
    /// The sum of the rounded values: what a weight offset is multiplied with.
    pub sum: f32,
    /// The sums of either sixteen.
    pub sums: [f32; 2],
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
        self.groups.resize(rows * cols / GROUP, Group::default());
        let isa = Isa::best();
        let part = ROWS_A_TASK * cols / GROUP;
        pool.for_each_chunk(&mut self.groups, part.max(1), |task, groups| {
            with_row(cols, |values| {
                for (row, groups) in groups.chunks_exact_mut(cols / GROUP).enumerate() {
                    fill(task * ROWS_A_TASK + row, values);
                    isa.run(Round { values, groups });
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

    pub(super) fn row(&self, row: usize) -> &[Group] {
        let groups = self.cols / GROUP;
        &self.groups[row * groups..][..groups]
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
    groups: &'a mut [Group],
}

impl Kernel for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (values, _) = self.values.as_chunks::<LANES>();
        let (values, _) = values.as_chunks::<2>();
        for (values, group) in values.iter().zip(self.groups) {
            let (a, b) = (s.load(&values[0]), s.load(&values[1]));
            let largest = s.max_lane(s.max(s.abs(a), s.abs(b)));
            group.scale = largest / 127.0;
            let inverse = s.splat(if largest > 0.0 { 127.0 / largest } else { 0.0 });
            let (codes, _) = group.codes.as_flattened_mut().as_chunks_mut();
            for (half, v) in [a, b].into_iter().enumerate() {
                let rounded = s.round(s.mul(v, inverse));
                s.store_i8(rounded, &mut codes[half]);
                group.sums[half] = s.sum(rounded) * group.scale;
            }
            group.sum = group.sums[0] + group.sums[1];
        }
    }
}
