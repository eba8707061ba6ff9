//! Architectures: one folder or file a family. Those that generate implement a trait of `decode`.

pub mod bert;
pub mod causal;
pub mod student;
