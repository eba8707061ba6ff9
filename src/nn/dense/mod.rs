//! Linear layers for batches of a few to a few hundred rows: weights are packed once, in float, as 8-bit integers with a
//! scale a column, or in the blocks of a quantized file, and every layer hands out strips of columns to the threads of a
//! pool.

mod blocks;
mod elementwise;
mod int8;
mod linear;
mod pick;
mod tile;

pub use elementwise::{Activation, Norm, add, multiply};
pub use linear::{Linear, Scratch};
pub use pick::{Pick, Wish, pick_columns, pick_row};

use super::isa::Isa;
use super::pool::Pool;

/// Columns of a strip: what one task of the pool computes at a time.
pub(crate) const STRIP: usize = 64;

/// Where the arithmetic of a model runs.
pub struct Workers {
    isa: Isa,
    pool: Pool,
}

impl Workers {
    /// `threads` threads with the best instructions of this CPU.
    pub fn new(threads: usize) -> Self {
        Self {
            isa: Isa::best(),
            pool: Pool::new(threads),
        }
    }

    /// The same with given instructions, for tests.
    #[cfg(test)]
    pub(crate) fn with_isa(threads: usize, isa: Isa) -> Self {
        Self {
            isa,
            pool: Pool::new(threads),
        }
    }

    /// The SIMD level.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The threads.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Calls `task` with the index of each row of `width` and the row, in parallel where there is enough to do.
    pub fn for_each_row(
        &self,
        data: &mut [f32],
        width: usize,
        task: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let rows = data.len() / width;
        let rows_a_task = rows.div_ceil(4 * self.pool.threads()).max(4);
        self.pool
            .for_each_chunk(data, rows_a_task * width, |at, chunk| {
                for (row, values) in chunk.chunks_exact_mut(width).enumerate() {
                    task(at * rows_a_task + row, values);
                }
            });
    }
}

/// How weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 32-bit floats, as exact as the checkpoint.
    #[default]
    F32,
    /// 8-bit integers with one scale a column; activations are quantized row by row as they come. What a file has in
    /// fewer bits stays as it is: see [`Linear::keep`].
    Int8,
}

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

#[cfg(test)]
mod tests {
    pub(super) fn wave(len: usize, step: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * step).sin()).collect()
    }
}
