//! Where the arithmetic of a model runs: threads, and instructions.

use crate::nn::isa::Isa;
use crate::nn::pool::Pool;

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
