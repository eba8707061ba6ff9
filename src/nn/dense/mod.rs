//! Linear layers for batches of a few to a few hundred rows: weights are packed once, in float, as 8-bit integers with a
//! scale a column, or in the blocks of a quantized file, and every layer hands out strips of columns to the threads of a
//! pool.

mod blocks;
mod elementwise;
mod int8;
mod linear;
mod pick;
mod tile;
mod workers;

pub use elementwise::{Activation, Norm, Then, add, multiply};
pub use linear::{Linear, Precision, Scratch};
pub use pick::{RowQuery, RowSummary, pick_columns, pick_row};
pub(crate) use workers::STRIP;
pub use workers::Workers;

#[cfg(test)]
mod tests {
    pub(super) fn wave(len: usize, step: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * step).sin()).collect()
    }
}
