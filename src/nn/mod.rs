//! Neural network building blocks for the CPU: SIMD levels, a thread pool, quantized linear layers, attention.

pub mod dense;
pub mod pool;
pub mod quant;
pub mod simd;
