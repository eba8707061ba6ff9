//! What a pickle of tensors may name and build.

use std::cell::RefCell;
use std::rc::Rc;

use super::reader::{broken, refused};
use crate::error::Result;
use crate::weights::entry::DType;

/// The only names that a pickle may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::weights) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(DType),
}

impl Global {
    pub(super) fn find(module: &str, name: &str) -> Result<Self> {
        Ok(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Self::RebuildParameter,
            ("torch", "FloatStorage") => Self::Storage(DType::F32),
            ("torch", "HalfStorage") => Self::Storage(DType::F16),
            ("torch", "BFloat16Storage") => Self::Storage(DType::BF16),
            ("torch", "DoubleStorage") => Self::Storage(DType::F64),
            ("torch", "LongStorage") => Self::Storage(DType::Other(8)),
            ("torch", "IntStorage") => Self::Storage(DType::Other(4)),
            ("torch", "ShortStorage") => Self::Storage(DType::Other(2)),
            ("torch", "ByteStorage" | "CharStorage" | "BoolStorage") => {
                Self::Storage(DType::Other(1))
            }
            _ => return Err(refused(&format!("{module}.{name}"))),
        })
    }
}

/// Where the values of tensors lie.
#[derive(Debug)]
pub(in crate::weights) struct Storage {
    pub format: DType,
    pub key: Rc<str>,
}

/// A view of a storage.
#[derive(Debug)]
pub(in crate::weights) struct Tensor {
    pub storage: Rc<Storage>,
    /// In values.
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

pub(in crate::weights) type Tensors = RefCell<Vec<(Rc<str>, Rc<Tensor>)>>;

/// What a pickle can build. Containers hold what is needed and forget the rest, so that nothing nests without end.
#[derive(Debug, Clone)]
pub(in crate::weights) enum Value {
    /// Numbers that don't matter, `None`, and what has been forgotten.
    Nothing,
    Int(i64),
    Text(Rc<str>),
    Tuple(Rc<[Value]>, usize),
    /// A list, of which the texts are kept.
    Texts(Rc<RefCell<Vec<Rc<str>>>>),
    /// A dictionary, of which the tensors are kept.
    Dict(Rc<Tensors>),
    Global(Global),
    Storage(Rc<Storage>),
    Tensor(Rc<Tensor>),
}

impl Value {
    pub(in crate::weights) fn into_tensors(self) -> Result<Vec<(Rc<str>, Rc<Tensor>)>> {
        match self {
            Self::Dict(tensors) => Ok(tensors.take()),
            _ => Err(broken("it holds no dictionary of tensors")),
        }
    }

    pub(super) fn sizes(&self) -> Option<Vec<usize>> {
        let Self::Tuple(values, _) = self else {
            return None;
        };
        values
            .iter()
            .map(|value| match value {
                Self::Int(n) => usize::try_from(*n).ok(),
                _ => None,
            })
            .collect()
    }

    /// A stored object by its persistent id.
    pub(super) fn storage(&self) -> Option<Self> {
        let Self::Tuple(values, _) = self else {
            return None;
        };
        match values.get(..3)? {
            [
                Self::Text(kind),
                Self::Global(Global::Storage(format)),
                Self::Text(key),
            ] if &**kind == "storage" => Some(Self::Storage(Rc::new(Storage {
                format: *format,
                key: key.clone(),
            }))),
            _ => None,
        }
    }

    pub(super) fn tensor(args: &[Self]) -> Option<Self> {
        let [
            Self::Storage(storage),
            Self::Int(offset),
            shape,
            strides,
            ..,
        ] = args
        else {
            return None;
        };
        let (shape, strides) = (shape.sizes()?, strides.sizes()?);
        let offset = usize::try_from(*offset)
            .ok()
            .filter(|_| shape.len() == strides.len())?;
        Some(Self::Tensor(Rc::new(Tensor {
            storage: storage.clone(),
            offset,
            shape,
            strides,
        })))
    }
}
