//! Numerical building blocks. All SIMD lives here; each kernel has a scalar twin with equal results.

pub mod int8;
pub mod isa;
pub mod rows;
