//! GGUF, the file format of llama.cpp: typed metadata and quantized tensors, memory-mapped. Format:
//! <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>, versions 2 and 3, little endian.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use crate::error::{Error, ErrorKind, Result};

/// How the weights of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(non_camel_case_types, reason = "ggml's own names")]
pub enum TensorType {
    /// IEEE single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// bfloat16.
    BF16,
    /// 32 weights: f16 scale, 4-bit codes around 8.
    Q4_0,
    /// 32 weights: f16 scale, f16 offset, 4-bit codes.
    Q4_1,
    /// 32 weights: f16 scale, 5-bit codes around 16.
    Q5_0,
    /// 32 weights: f16 scale, f16 offset, 5-bit codes.
    Q5_1,
    /// 32 weights: f16 scale, signed bytes.
    Q8_0,
    /// 256 weights in 8 groups: two f16 super-scales, 6-bit scales and offsets, 4-bit codes.
    Q4_K,
    /// As Q4_K with 5-bit codes.
    Q5_K,
    /// 256 weights in 16 groups: f16 super-scale, signed 8-bit scales, 6-bit codes around 32.
    Q6_K,
}

impl TensorType {
    /// From ggml's number of the type.
    fn from_ggml(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            7 => Self::Q5_1,
            8 => Self::Q8_0,
            12 => Self::Q4_K,
            13 => Self::Q5_K,
            14 => Self::Q6_K,
            30 => Self::BF16,
            _ => return None,
        })
    }

    /// Weights a block.
    pub fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4_K | Self::Q5_K | Self::Q6_K => 256,
        }
    }

    /// Bytes a block.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q4_0 => 2 + 16,
            Self::Q4_1 => 4 + 16,
            Self::Q5_0 => 2 + 4 + 16,
            Self::Q5_1 => 4 + 4 + 16,
            Self::Q8_0 => 2 + 32,
            Self::Q4_K => 4 + 12 + 128,
            Self::Q5_K => 4 + 12 + 32 + 128,
            Self::Q6_K => 128 + 64 + 16 + 2,
        }
    }
}

/// A metadata value. Arrays stay in the file and are read on access.
#[derive(Debug, Clone)]
enum Value {
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
enum ValueKind {
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
struct TensorInfo {
    dims: Vec<usize>,
    kind: TensorType,
    bytes: Range<usize>,
}

/// A tensor in the file.
#[derive(Debug, Clone, Copy)]
pub struct Tensor<'a> {
    /// Sizes in ggml's order: the contiguous dimension first.
    pub dims: &'a [usize],
    /// How the weights are stored.
    pub kind: TensorType,
    /// The stored blocks, row after row.
    pub bytes: &'a [u8],
}

impl Tensor<'_> {
    /// Length of a row: the contiguous dimension.
    pub fn cols(&self) -> usize {
        self.dims[0]
    }

    /// Number of rows: the product of the other dimensions.
    pub fn rows(&self) -> usize {
        self.dims[1..].iter().product()
    }
}

/// An open GGUF file. Cloning shares the mapping.
#[derive(Debug, Clone)]
pub struct Gguf {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    map: Mmap,
    path: PathBuf,
    metadata: HashMap<String, Value>,
    tensors: HashMap<String, TensorInfo>,
}

impl Gguf {
    /// Opens and checks the header of a file; tensors are only mapped, not read.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be opened; [`ErrorKind::Model`] if it isn't GGUF 2 or 3, is truncated or
    /// contradicts itself.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|e| Error::io("opening", path, e))?;
        // SAFETY: the file is only read. As with every memory-mapped model, truncating it while it is in use would
        // end the process; the store renames whole files into place and never writes to one afterwards.
        let map = unsafe { Mmap::map(&file) }.map_err(|e| Error::io("mapping", path, e))?;
        let (metadata, tensors) = parse(&map).map_err(|what| {
            Error::new(
                ErrorKind::Model,
                format!("{} is not a readable GGUF file: {what}", path.display()),
            )
            .with_hint("download the model again; the file may be incomplete")
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                map,
                path: path.to_owned(),
                metadata,
                tensors,
            }),
        })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The architecture's name, `general.architecture`.
    ///
    /// # Errors
    /// As [`Gguf::str`].
    pub fn architecture(&self) -> Result<&str> {
        self.str("general.architecture")
    }

    /// Whether the metadata has `key`.
    pub fn contains(&self, key: &str) -> bool {
        self.inner.metadata.contains_key(key)
    }

    /// Whether there is a tensor called `name`.
    pub fn has_tensor(&self, name: &str) -> bool {
        self.inner.tensors.contains_key(name)
    }

    /// An unsigned integer.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the key is missing or holds anything but a non-negative integer that fits.
    pub fn usize(&self, key: &str) -> Result<usize> {
        let number = match self.value(key)? {
            Value::Unsigned(n) => usize::try_from(*n).ok(),
            Value::Signed(n) => usize::try_from(*n).ok(),
            _ => None,
        };
        number.ok_or_else(|| self.wrong_type(key, "a non-negative integer"))
    }

    /// A token id.
    ///
    /// # Errors
    /// As [`Gguf::usize`].
    pub fn u32(&self, key: &str) -> Result<u32> {
        u32::try_from(self.usize(key)?).map_err(|_| self.wrong_type(key, "a 32-bit integer"))
    }

    /// A number.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the key is missing or isn't a floating-point number.
    pub fn f32(&self, key: &str) -> Result<f32> {
        match self.value(key)? {
            Value::Float(x) => Ok(*x as f32),
            _ => Err(self.wrong_type(key, "a number")),
        }
    }

    /// A boolean.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the key is missing or isn't a boolean.
    pub fn bool(&self, key: &str) -> Result<bool> {
        match self.value(key)? {
            Value::Bool(b) => Ok(*b),
            _ => Err(self.wrong_type(key, "a boolean")),
        }
    }

    /// A string.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the key is missing, isn't a string or isn't UTF-8.
    pub fn str(&self, key: &str) -> Result<&str> {
        match self.value(key)? {
            Value::String(bytes) => std::str::from_utf8(&self.inner.map[bytes.clone()])
                .map_err(|_| self.wrong_type(key, "UTF-8 text")),
            _ => Err(self.wrong_type(key, "a string")),
        }
    }

    /// An array of strings, such as the vocabulary.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the key is missing, isn't an array of strings or one of them isn't UTF-8.
    pub fn strings(&self, key: &str) -> Result<Vec<&str>> {
        let Value::Array {
            kind: ValueKind::String,
            len,
            bytes,
        } = self.value(key)?
        else {
            return Err(self.wrong_type(key, "an array of strings"));
        };
        let mut reader = Reader {
            data: &self.inner.map[..bytes.end],
            at: bytes.start,
        };
        (0..*len)
            .map(|_| {
                let range = reader.string().expect("the strings were walked by `open`");
                std::str::from_utf8(&self.inner.map[range])
                    .map_err(|_| self.wrong_type(key, "an array of UTF-8 strings"))
            })
            .collect()
    }

    /// An array of single-precision numbers, such as token scores.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the key is missing or isn't such an array.
    pub fn f32s(&self, key: &str) -> Result<Vec<f32>> {
        self.array(key, ValueKind::F32, "an array of 32-bit floats")
            .map(|bytes| {
                let (words, _) = bytes.as_chunks();
                words.iter().map(|w| f32::from_le_bytes(*w)).collect()
            })
    }

    /// An array of 32-bit integers, such as token types.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the key is missing or isn't such an array.
    pub fn i32s(&self, key: &str) -> Result<Vec<i32>> {
        self.array(key, ValueKind::I32, "an array of 32-bit integers")
            .map(|bytes| {
                let (words, _) = bytes.as_chunks();
                words.iter().map(|w| i32::from_le_bytes(*w)).collect()
            })
    }

    /// A tensor.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if there is none of that name.
    pub fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        let info = self.inner.tensors.get(name).ok_or_else(|| {
            Error::new(
                ErrorKind::Model,
                format!("{} has no tensor \"{name}\"", self.inner.path.display()),
            )
        })?;
        Ok(Tensor {
            dims: &info.dims,
            kind: info.kind,
            bytes: &self.inner.map[info.bytes.clone()],
        })
    }

    /// Tells the system that the pages of a tensor aren't needed in memory for now. They are read again on access.
    pub fn forget(&self, name: &str) {
        #[cfg(unix)]
        if let Some(info) = self.inner.tensors.get(name) {
            let Range { start, end } = info.bytes;
            // SAFETY: the mapping is shared, read-only and backed by the file, so pages that are dropped come back
            // with the same content. A failure only costs memory.
            let _ = unsafe {
                self.inner.map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    start,
                    end - start,
                )
            };
        }
        #[cfg(not(unix))]
        let _ = name;
    }

    fn value(&self, key: &str) -> Result<&Value> {
        self.inner.metadata.get(key).ok_or_else(|| {
            Error::new(
                ErrorKind::Model,
                format!("{} lacks the metadata \"{key}\"", self.inner.path.display()),
            )
        })
    }

    fn array(&self, key: &str, wanted: ValueKind, what: &str) -> Result<&[u8]> {
        match self.value(key)? {
            Value::Array { kind, bytes, .. } if *kind == wanted => {
                Ok(&self.inner.map[bytes.clone()])
            }
            _ => Err(self.wrong_type(key, what)),
        }
    }

    fn wrong_type(&self, key: &str, wanted: &str) -> Error {
        Error::new(
            ErrorKind::Model,
            format!(
                "{}: the metadata \"{key}\" is not {wanted}",
                self.inner.path.display()
            ),
        )
    }
}

type Parsed = (HashMap<String, Value>, HashMap<String, TensorInfo>);

/// Reads the header. Counts in the file only bound loops that end with the data; nothing is allocated by them.
fn parse(data: &[u8]) -> Result<Parsed, String> {
    let mut reader = Reader { data, at: 0 };
    if reader.take(4)? != b"GGUF" {
        return Err("the magic bytes are missing".into());
    }
    let version = reader.u32()?;
    if !(2..=3).contains(&version) {
        return Err(format!("version {version} is not supported"));
    }
    let tensor_count = reader.u64()?;
    let metadata_count = reader.u64()?;

    let mut metadata = HashMap::new();
    for _ in 0..metadata_count {
        let key = reader.key()?;
        let kind = reader.kind()?;
        let value = reader.value(kind).map_err(|e| format!("{key}: {e}"))?;
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

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
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

    fn string(&mut self) -> Result<Range<usize>, String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn string(text: &str) -> Vec<u8> {
        [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
    }

    /// A small whole file: every scalar kind that matters, two arrays, one F32 and one Q8_0 tensor.
    fn sample() -> Vec<u8> {
        let mut b = b"GGUF".to_vec();
        b.extend(3u32.to_le_bytes());
        b.extend(2u64.to_le_bytes());
        b.extend(5u64.to_le_bytes());
        b.extend(string("general.architecture"));
        b.extend(8u32.to_le_bytes());
        b.extend(string("llama"));
        b.extend(string("llama.block_count"));
        b.extend(4u32.to_le_bytes());
        b.extend(7u32.to_le_bytes());
        b.extend(string("eps"));
        b.extend(6u32.to_le_bytes());
        b.extend(0.5f32.to_le_bytes());
        b.extend(string("tokens"));
        b.extend(9u32.to_le_bytes());
        b.extend(8u32.to_le_bytes());
        b.extend(2u64.to_le_bytes());
        b.extend(string("a"));
        b.extend(string("è"));
        b.extend(string("scores"));
        b.extend(9u32.to_le_bytes());
        b.extend(6u32.to_le_bytes());
        b.extend(2u64.to_le_bytes());
        b.extend(1.0f32.to_le_bytes());
        b.extend((-2.0f32).to_le_bytes());
        b.extend(string("norm"));
        b.extend(1u32.to_le_bytes());
        b.extend(4u64.to_le_bytes());
        b.extend(0u32.to_le_bytes());
        b.extend(0u64.to_le_bytes());
        b.extend(string("w"));
        b.extend(2u32.to_le_bytes());
        b.extend(32u64.to_le_bytes());
        b.extend(3u64.to_le_bytes());
        b.extend(8u32.to_le_bytes());
        b.extend(32u64.to_le_bytes());
        b.resize(b.len().next_multiple_of(32), 0);
        b.extend([1.0f32, 2.0, 3.0, 4.0].iter().flat_map(|x| x.to_le_bytes()));
        b.resize(b.len().next_multiple_of(32), 0);
        b.extend([9u8; 3 * 34]);
        b
    }

    fn open(bytes: &[u8]) -> Result<Gguf> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Gguf::open(file.path())
    }

    #[test]
    fn a_whole_file_is_read() {
        let gguf = open(&sample()).unwrap();
        assert_eq!(gguf.architecture().unwrap(), "llama");
        assert_eq!(gguf.usize("llama.block_count").unwrap(), 7);
        assert_eq!(gguf.f32("eps").unwrap(), 0.5);
        assert_eq!(gguf.strings("tokens").unwrap(), ["a", "è"]);
        assert_eq!(gguf.f32s("scores").unwrap(), [1.0, -2.0]);
        let norm = gguf.tensor("norm").unwrap();
        assert_eq!((norm.cols(), norm.rows(), norm.bytes.len()), (4, 1, 16));
        let w = gguf.tensor("w").unwrap();
        assert_eq!((w.cols(), w.rows(), w.kind), (32, 3, TensorType::Q8_0));
        assert_eq!(w.bytes, [9u8; 3 * 34]);
        gguf.forget("w");
        assert_eq!(gguf.tensor("w").unwrap().bytes, [9u8; 3 * 34]);
    }

    #[test]
    fn wrong_types_and_missing_names_are_errors() {
        let gguf = open(&sample()).unwrap();
        assert!(gguf.usize("eps").is_err());
        assert!(gguf.str("llama.block_count").is_err());
        assert!(gguf.f32s("tokens").is_err());
        let error = gguf.tensor("nope").unwrap_err();
        assert!(error.to_string().contains("nope"), "{error}");
    }

    #[test]
    fn no_truncation_panics_or_passes() {
        let bytes = sample();
        for len in 0..bytes.len() {
            assert!(parse(&bytes[..len]).is_err(), "cut at {len}");
        }
        assert!(parse(&bytes).is_ok());
    }

    #[test]
    fn no_corrupt_byte_panics() {
        let bytes = sample();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bad = bytes.clone();
                bad[at] = value;
                if let Ok((_, tensors)) = parse(&bad) {
                    for info in tensors.values() {
                        assert!(info.bytes.end <= bad.len());
                    }
                }
            }
        }
    }
}
