//! The header of a GGUF file: metadata, then where each tensor lies. One reader for whole files and for first bytes.

use std::collections::HashMap;
use std::ops::Range;

use super::TensorType;

/// A metadata value. Arrays stay in the file and are read on access.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    String(Range<usize>),
    Array {
        kind: ValueKind,
        len: usize,
        bytes: Range<usize>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

impl ValueKind {
    fn from_number(number: u32) -> Option<Self> {
        const KINDS: [ValueKind; 13] = [
            ValueKind::U8,
            ValueKind::I8,
            ValueKind::U16,
            ValueKind::I16,
            ValueKind::U32,
            ValueKind::I32,
            ValueKind::F32,
            ValueKind::Bool,
            ValueKind::String,
            ValueKind::Array,
            ValueKind::U64,
            ValueKind::I64,
            ValueKind::F64,
        ];
        KINDS.get(number as usize).copied()
    }

    /// Bytes of one value, where that is fixed.
    fn size(self) -> Option<usize> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::String | Self::Array => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct TensorInfo {
    pub dims: Vec<usize>,
    pub kind: TensorType,
    pub bytes: Range<usize>,
}

pub(super) type Parsed = (HashMap<String, Value>, HashMap<String, TensorInfo>);

/// Reads the header. Counts in the file only bound loops that end with the data; nothing is allocated by them.
pub(super) fn parse(data: &[u8]) -> Result<Parsed, String> {
    let (mut reader, tensor_count, metadata_count) = Reader::begin(data)?;
    let mut metadata = HashMap::new();
    for _ in 0..metadata_count {
        let (key, value) = reader.entry()?;
        if metadata.insert(key.clone(), value).is_some() {
            return Err(format!("the metadata \"{key}\" appears twice"));
        }
    }

    let mut tensors = HashMap::new();
    for _ in 0..tensor_count {
        let name = reader.key()?;
        let info = reader
            .tensor_info()
            .map_err(|e| format!("tensor \"{name}\": {e}"))?;
        if tensors.insert(name.clone(), info).is_some() {
            return Err(format!("the tensor \"{name}\" appears twice"));
        }
    }

    let alignment = match metadata.get("general.alignment") {
        None => 32,
        Some(Value::Unsigned(n)) if n.is_power_of_two() && *n <= 1 << 20 => *n as usize,
        Some(_) => return Err("general.alignment is not a small power of two".into()),
    };
    let start = reader.at.next_multiple_of(alignment);
    for (name, info) in &mut tensors {
        let range = &mut info.bytes;
        let moved = (start.checked_add(range.start), start.checked_add(range.end));
        *range = match moved {
            (Some(from), Some(to)) if to <= data.len() => from..to,
            _ => return Err(format!("the tensor \"{name}\" ends beyond the file")),
        };
    }
    Ok((metadata, tensors))
}

pub(super) struct Reader<'a> {
    pub data: &'a [u8],
    pub at: usize,
}

impl<'a> Reader<'a> {
    /// Past the fixed part of a header, with the numbers of tensors and of metadata entries.
    pub(super) fn begin(data: &'a [u8]) -> Result<(Self, u64, u64), String> {
        let mut reader = Self { data, at: 0 };
        if reader.take(4)? != b"GGUF" {
            return Err("the magic bytes are missing".into());
        }
        let version = reader.u32()?;
        if !(2..=3).contains(&version) {
            return Err(format!("version {version} is not supported"));
        }
        let (tensors, metadata) = (reader.u64()?, reader.u64()?);
        Ok((reader, tensors, metadata))
    }

    /// The next metadata entry.
    pub(super) fn entry(&mut self) -> Result<(String, Value), String> {
        let key = self.key()?;
        let kind = self.kind()?;
        let value = self.value(kind).map_err(|e| format!("{key}: {e}"))?;
        Ok((key, value))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(len).filter(|&e| e <= self.data.len());
        let end = end.ok_or("the file ends within its header")?;
        let bytes = &self.data[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        Ok(self.take(N)?.try_into().expect("take gives N bytes"))
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_le_bytes)
    }

    fn usize(&mut self) -> Result<usize, String> {
        usize::try_from(self.u64()?).map_err(|_| "a length is out of range".into())
    }

    pub(super) fn string(&mut self) -> Result<Range<usize>, String> {
        let len = self.usize()?;
        self.take(len)?;
        Ok(self.at - len..self.at)
    }

    fn key(&mut self) -> Result<String, String> {
        let range = self.string()?;
        match std::str::from_utf8(&self.data[range]) {
            Ok(key) => Ok(key.to_owned()),
            Err(_) => Err("a name is not UTF-8".into()),
        }
    }

    fn kind(&mut self) -> Result<ValueKind, String> {
        let number = self.u32()?;
        ValueKind::from_number(number).ok_or_else(|| format!("unknown value type {number}"))
    }

    fn value(&mut self, kind: ValueKind) -> Result<Value, String> {
        Ok(match kind {
            ValueKind::U8 => Value::Unsigned(self.array::<1>()?[0].into()),
            ValueKind::I8 => Value::Signed(i8::from_le_bytes(self.array()?).into()),
            ValueKind::U16 => Value::Unsigned(u16::from_le_bytes(self.array()?).into()),
            ValueKind::I16 => Value::Signed(i16::from_le_bytes(self.array()?).into()),
            ValueKind::U32 => Value::Unsigned(self.u32()?.into()),
            ValueKind::I32 => Value::Signed(i32::from_le_bytes(self.array()?).into()),
            ValueKind::F32 => Value::Float(f32::from_le_bytes(self.array()?).into()),
            ValueKind::Bool => Value::Bool(self.array::<1>()?[0] != 0),
            ValueKind::U64 => Value::Unsigned(self.u64()?),
            ValueKind::I64 => Value::Signed(i64::from_le_bytes(self.array()?)),
            ValueKind::F64 => Value::Float(f64::from_le_bytes(self.array()?)),
            ValueKind::String => Value::String(self.string()?),
            ValueKind::Array => {
                let kind = self.kind()?;
                let len = self.usize()?;
                let start = self.at;
                match kind.size() {
                    Some(size) => {
                        let bytes = len.checked_mul(size).ok_or("an array is too long")?;
                        self.take(bytes)?;
                    }
                    None if kind == ValueKind::String => {
                        for _ in 0..len {
                            self.string()?;
                        }
                    }
                    None => return Err("arrays of arrays are not supported".into()),
                }
                let bytes = start..self.at;
                Value::Array { kind, len, bytes }
            }
        })
    }

    /// Name already read; the range is relative to the tensor data.
    fn tensor_info(&mut self) -> Result<TensorInfo, String> {
        let dim_count = self.u32()?;
        if !(1..=4).contains(&dim_count) {
            return Err(format!("{dim_count} dimensions"));
        }
        let dims = (0..dim_count)
            .map(|_| self.usize())
            .collect::<Result<Vec<_>, _>>()?;
        let number = self.u32()?;
        let kind = TensorType::from_ggml(number).ok_or_else(|| {
            format!("ggml type {number} is not supported (use F16, Q8_0, Q6_K, Q5_K, Q4_K, …)")
        })?;
        let start = self.usize()?;
        if !dims[0].is_multiple_of(kind.block_len()) {
            return Err(format!("rows of {} are not whole {kind:?} blocks", dims[0]));
        }
        let blocks = dims[1..]
            .iter()
            .try_fold(dims[0] / kind.block_len(), |n, &d| n.checked_mul(d));
        let end = blocks
            .and_then(|n| n.checked_mul(kind.block_bytes()))
            .and_then(|bytes| start.checked_add(bytes))
            .ok_or("it is too large")?;
        Ok(TensorInfo {
            dims,
            kind,
            bytes: start..end,
        })
    }
}
