//! Architectures, one folder or file a family.

pub mod causal;
