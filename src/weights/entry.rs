//! Where a tensor lies in a file, and in what: what the readers of files tell a checkpoint.

/// Number formats that tensors of a model come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DType {
    F32,
    F16,
    BF16,
    F64,
    /// Integers and booleans of this many bytes: never weights, so that they can be listed but not read.
    Other(usize),
}

impl DType {
    /// Bytes of a value.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::F64 => 8,
            Self::Other(bytes) => bytes,
        }
    }
}

/// Where a tensor's values lie in a file. The readers have checked that they all lie inside it.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub format: DType,
    pub shape: Vec<usize>,
    /// Values from one index to the next, a number a dimension; none where the values lie in order.
    pub strides: Option<Vec<usize>>,
    /// First byte.
    pub start: usize,
}

/// How many values a strided tensor spans, from its first to its last.
pub(super) fn span(shape: &[usize], strides: &[usize]) -> usize {
    match shape.contains(&0) {
        true => 0,
        false => {
            1 + shape
                .iter()
                .zip(strides)
                .map(|(n, stride)| (n - 1) * stride)
                .sum::<usize>()
        }
    }
}
