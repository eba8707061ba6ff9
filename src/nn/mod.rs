//! Numerical building blocks for the CPU. All SIMD lives here; each kernel has a scalar twin with equal results.

pub mod attention;
pub mod dense;
pub mod exp;
pub mod int8;
pub mod isa;
pub mod ops;
pub mod pool;
pub mod quant;
pub mod rows;
pub mod simd;
