//! Scaled dot-product attention (Vaswani et al. 2017), three times, as what is attended to lies in three ways:
//! [`CausalAttention`] reads a sequence's own past from blocks of a preallocated cache, which long prompts and shared heads
//! want; [`gathered`] reads rows wherever they are, which beams want; [`ordered`] adds up in the order of the students'
//! reference, whose bits it has.

mod cache;
mod causal;
pub mod gathered;
pub mod ordered;

pub use cache::{KvCache, KvType};
pub use causal::{CausalAttention, Run};

use super::simd::LANES;

/// Positions of a block of the cache.
const BLOCK: usize = 64;

/// Vectors a block of positions.
const VECTORS: usize = BLOCK / LANES;

/// Largest width of a head.
pub const MAX_HEAD_DIM: usize = 512;
