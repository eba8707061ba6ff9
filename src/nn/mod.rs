//! Numerical building blocks. All SIMD lives here; each kernel has a scalar twin with equal results.

pub mod dense;
pub mod int8;
pub mod isa;
pub mod pool;
pub mod quant;
pub mod rows;
pub mod simd;
