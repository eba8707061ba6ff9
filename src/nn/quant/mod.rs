//! Linear layers with quantized weights. Weights are repacked once, at load, so that sixteen rows lie side by side in
//! the lanes of a vector (`pack`); activations are rounded to bytes, 32 at a time ([`Activations`]); `matmul`
//! multiplies the two. Weights keep their bits: 4-bit codes stay 4-bit codes, in memory about as large as in the file.

mod activations;
mod format;
mod matmul;
mod pack;
mod panel;
mod read_row;
mod rows;
mod tile;
mod unit;

pub use activations::Activations;
pub use matmul::{Product, matmul};
pub use pack::{Arena, Packed};
pub use rows::dequantize_row;
