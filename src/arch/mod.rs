//! Architectures: one folder a family. Each implements a trait of `decode`.

pub mod causal;
pub mod student;
