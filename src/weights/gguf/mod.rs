//! GGUF, the file format of llama.cpp: typed metadata and quantized tensors, memory-mapped. Format:
//! <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>, versions 2 and 3, little endian.

mod general;
mod header;
mod tensor_type;

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use header::{Reader, TensorInfo, Value, ValueKind, parse};

pub use general::General;
pub use tensor_type::TensorType;

use crate::error::{Error, ErrorKind, Result};

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
    fn the_first_bytes_tell_what_they_hold() {
        let bytes = sample();
        let all = General::read(&bytes).unwrap();
        assert_eq!(all.architecture.as_deref(), Some("llama"));
        for len in 0..bytes.len() {
            let part = General::read(&bytes[..len]);
            assert_eq!(part.is_ok(), len >= 24, "cut at {len}");
        }
        assert!(General::read(b"GGML").is_err());
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
