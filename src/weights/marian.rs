//! Marian's models: named tensors and the training configuration, from the binary format (version 1, the one that
//! `marian-conv` writes and Firefox ships) or from `.npz`.
//!
//! Binary layout, little-endian (marian-dev, `src/common/binary.cpp`): version `u64`, number of items `u64`; for each
//! item four `u64`: length of its name with the final NUL, type, number of dimensions, bytes of data; then all names,
//! all dimensions (`i32`), the length of a padding `u64` and the padding; then all data. An `intgemm8` matrix is
//! stored transposed, one output column after the other, followed by the multiplier that it was quantized with.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::weights::blob::Blob;
use crate::weights::npz;

const VERSION: u64 = 1;
const CONFIG: &str = "special:model.yml";
/// Bytes of an item's header.
const HEADER: usize = 32;

const TYPE_INT8: u64 = 0x0101;
const TYPE_FLOAT32: u64 = 0x0404;
const TYPE_INTGEMM8: u64 = 0x4101;

/// The named tensors of one model.
#[derive(Debug)]
pub struct Checkpoint {
    blob: Arc<Blob>,
    tensors: HashMap<String, Stored>,
    config: String,
}

#[derive(Debug)]
struct Stored {
    shape: Vec<usize>,
    data: Data,
}

#[derive(Debug)]
enum Data {
    /// `f32`, little-endian, in the blob.
    Float32(Range<usize>),
    /// `f32` that was read from a compressed archive.
    Inflated(Vec<f32>),
    /// `intgemm8`: one byte a value in the blob, and the multiplier.
    Int8(Range<usize>, f32),
}

/// A matrix `[k, n]` as the GEMM's right-hand side.
#[derive(Debug)]
pub enum Matrix<'a> {
    /// `n` columns of `k` values each, one after the other; a weight is its integer divided by `multiplier`.
    Int8 {
        /// `n * k` values.
        columns: &'a [i8],
        /// What the weights were multiplied with before rounding.
        multiplier: f32,
    },
    /// Row-major `[k, n]`, as Marian keeps an unquantized matrix.
    Float32(Cow<'a, [f32]>),
}

impl Checkpoint {
    /// Opens a model, mapped where it isn't gzip'd.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read; [`ErrorKind::Model`] if it is neither format or is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(Blob::open(path)?).map_err(|error| {
            Error::new(
                ErrorKind::Model,
                format!("{} isn't a Marian model that can be used", path.display()),
            )
            .with_hint(error.hint().unwrap_or("download the file again").to_owned())
            .with_source(error)
        })
    }

    /// Reads a model from bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the bytes are neither format or contradict themselves.
    pub fn read(blob: Blob) -> Result<Self> {
        let (mut tensors, config) = if blob.starts_with(b"PK\x03\x04") {
            read_npz(&blob)?
        } else {
            read_binary(&blob)?
        };
        let config = match (config, tensors.remove(CONFIG)) {
            (Some(config), _) => config,
            _ => return Err(broken("it carries no configuration (special:model.yml)")),
        };
        Ok(Self {
            blob: Arc::new(blob),
            tensors,
            config,
        })
    }

    /// The configuration that the model was trained with, as YAML.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if there is none of this name.
    pub fn shape(&self, name: &str) -> Result<&[usize]> {
        Ok(&self.get(name)?.shape)
    }

    /// A vector or matrix of floats of `len` values; a quantized one is dequantized.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it is missing, of another size, or holds a value that is no number.
    pub fn floats(&self, name: &str, len: usize) -> Result<Vec<f32>> {
        let stored = self.get(name)?;
        let found: usize = stored.shape.iter().product();
        if found != len {
            return Err(broken(format!(
                "{name} holds {found} values where the configuration asks for {len}"
            )));
        }
        let values = self.values(stored).into_owned();
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(broken(format!("{name} holds a value that is not a number"))),
        }
    }

    /// The matrix `[k, n]` of this name.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it is missing or of another shape.
    pub fn matrix(&self, name: &str, k: usize, n: usize) -> Result<Matrix<'_>> {
        self.check_shape(name, [k, n])?;
        self.as_matrix(name)
    }

    /// The values and the multiplier of a quantized matrix of this shape, shared with the file: one column after the
    /// other, or one row after the other for an embedding table. `None` if it isn't quantized.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it is missing or of another shape.
    pub fn shared_columns(
        &self,
        name: &str,
        shape: [usize; 2],
    ) -> Result<Option<(SharedColumns, f32)>> {
        self.check_shape(name, shape)?;
        match (&self.get(name)?.data, self.as_matrix(name)?) {
            (Data::Int8(range, _), Matrix::Int8 { multiplier, .. }) => {
                let columns = SharedColumns {
                    blob: Arc::clone(&self.blob),
                    range: range.clone(),
                };
                Ok(Some((columns, multiplier)))
            }
            _ => Ok(None),
        }
    }

    fn check_shape(&self, name: &str, wanted: [usize; 2]) -> Result<()> {
        let shape = self.shape(name)?;
        if shape == wanted {
            return Ok(());
        }
        Err(broken(format!(
            "{name} is {shape:?} where the configuration asks for {wanted:?}"
        )))
    }

    fn as_matrix(&self, name: &str) -> Result<Matrix<'_>> {
        let stored = self.get(name)?;
        match &stored.data {
            Data::Int8(range, multiplier) => {
                if !(multiplier.is_finite() && *multiplier > 0.0) {
                    return Err(broken(format!(
                        "{name} has {multiplier} as its quantization multiplier"
                    )));
                }
                Ok(Matrix::Int8 {
                    columns: as_i8(&self.blob[range.clone()]),
                    multiplier: *multiplier,
                })
            }
            Data::Float32(_) | Data::Inflated(_) => {
                self.floats(name, stored.shape.iter().product())?;
                Ok(Matrix::Float32(self.values(stored)))
            }
        }
    }

    /// The multiplier that activations are quantized with before they meet the matrix `name`, if the model carries
    /// one (an `alphas` model).
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it isn't one positive number.
    pub fn activation_multiplier(&self, name: &str) -> Result<Option<f32>> {
        let name = format!("{name}_QuantMultA");
        if !self.contains(&name) {
            return Ok(None);
        }
        match self.floats(&name, 1)?[0] {
            value if value > 0.0 => Ok(Some(value)),
            value => Err(broken(format!("{name} is {value}"))),
        }
    }

    fn get(&self, name: &str) -> Result<&Stored> {
        self.tensors
            .get(name)
            .ok_or_else(|| broken(format!("it lacks the tensor {name}")))
    }

    fn values<'a>(&'a self, stored: &'a Stored) -> Cow<'a, [f32]> {
        match &stored.data {
            Data::Inflated(values) => Cow::Borrowed(values),
            Data::Float32(range) => Cow::Owned(
                self.blob[range.clone()]
                    .chunks_exact(4)
                    .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                    .collect(),
            ),
            Data::Int8(range, multiplier) => Cow::Owned(
                as_i8(&self.blob[range.clone()])
                    .iter()
                    .map(|&value| f32::from(value) / multiplier)
                    .collect(),
            ),
        }
    }
}

/// Quantized values where they lie in the file.
#[derive(Debug)]
pub struct SharedColumns {
    blob: Arc<Blob>,
    range: Range<usize>,
}

impl AsRef<[i8]> for SharedColumns {
    fn as_ref(&self) -> &[i8] {
        as_i8(&self.blob[self.range.clone()])
    }
}

fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Model, message)
}

fn as_i8(bytes: &[u8]) -> &[i8] {
    // SAFETY: `u8` and `i8` have the same size, alignment and validity; the length and the lifetime stay the same.
    unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}

/// Reads forward through bytes whose lengths can't be trusted.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<Range<usize>> {
        let end = self.at.checked_add(len).filter(|&e| e <= self.bytes.len());
        let end = end.ok_or_else(|| broken("it ends before its data does: it is truncated"))?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    fn bytes(&mut self, len: usize) -> Result<&'a [u8]> {
        let bytes = self.bytes;
        self.take(len).map(|range| &bytes[range])
    }

    fn u64(&mut self) -> Result<u64> {
        let bytes = self.bytes(8)?.try_into().expect("eight bytes were taken");
        Ok(u64::from_le_bytes(bytes))
    }

    fn size(&mut self) -> Result<usize> {
        usize::try_from(self.u64()?).map_err(|_| broken("a length in it is absurd"))
    }
}

type Tensors = (HashMap<String, Stored>, Option<String>);

/// A tensor as the binary format's head tells it.
struct Header {
    name: String,
    kind: u64,
    shape: Vec<usize>,
    /// Bytes of its data, padding included.
    data: usize,
}

impl Header {
    /// Values that the shape asks for.
    fn values(&self) -> Result<usize> {
        let sizes = self.shape.iter();
        sizes
            .copied()
            .try_fold(1_usize, usize::checked_mul)
            .ok_or_else(|| broken(format!("{} has an absurd shape", self.name)))
    }
}

/// Numbers, names and shapes of all tensors come before the first one's data.
fn read_headers(reader: &mut Reader<'_>) -> Result<Vec<Header>> {
    let version = reader.u64()?;
    if version != VERSION {
        return Err(broken(format!(
            "it starts with version {version} where Marian's binary format has {VERSION}"
        )));
    }
    let items = reader.size()?;
    if items > reader.bytes.len() / HEADER {
        return Err(broken("it is too short for the number of its tensors"));
    }
    let mut headers = Vec::with_capacity(items);
    // Lengths of the name and of the shape.
    let mut lengths = Vec::with_capacity(items);
    for _ in 0..items {
        let name = reader.size()?;
        let kind = reader.u64()?;
        lengths.push((name, reader.size()?));
        headers.push(Header {
            name: String::new(),
            kind,
            shape: Vec::new(),
            data: reader.size()?,
        });
    }
    for (header, &(len, _)) in headers.iter_mut().zip(&lengths) {
        let name = reader.bytes(len)?;
        let name = name.strip_suffix(&[0]).unwrap_or(name);
        let name = std::str::from_utf8(name).map_err(|_| broken("a tensor's name isn't text"))?;
        name.strip_prefix("F0::")
            .unwrap_or(name)
            .clone_into(&mut header.name);
    }
    for (header, (_, dimensions)) in headers.iter_mut().zip(lengths) {
        let (name, bytes) = (&header.name, dimensions.saturating_mul(4));
        let shape = reader.bytes(bytes)?.chunks_exact(4).map(|bytes| {
            let size = i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            usize::try_from(size).map_err(|_| broken(format!("{name} has a negative dimension")))
        });
        header.shape = shape.collect::<Result<_>>()?;
    }
    let padding = reader.size()?;
    reader.take(padding)?;
    Ok(headers)
}

fn read_binary(blob: &[u8]) -> Result<Tensors> {
    let mut reader = Reader { bytes: blob, at: 0 };
    let headers = read_headers(&mut reader)?;
    let mut tensors = HashMap::with_capacity(headers.len());
    let mut config = None;
    for header in headers {
        let range = reader.take(header.data)?;
        let len = header.values()?;
        let Header {
            name, kind, shape, ..
        } = header;
        let short = || broken(format!("{name} has fewer bytes than its shape asks for"));
        // Data is padded to whole cache lines; only what the shape asks for counts.
        let part = |bytes: Option<usize>| match bytes {
            Some(bytes) if bytes <= range.len() => Ok(range.start..range.start + bytes),
            _ => Err(short()),
        };
        let data = match kind {
            TYPE_FLOAT32 => Data::Float32(part(len.checked_mul(4))?),
            TYPE_INTGEMM8 => {
                let whole = part(len.checked_add(4))?;
                let multiplier = &blob[whole.end - 4..whole.end];
                let multiplier = multiplier.try_into().expect("four bytes were taken");
                Data::Int8(whole.start..whole.end - 4, f32::from_le_bytes(multiplier))
            }
            TYPE_INT8 if name == CONFIG => {
                config = Some(yaml(&blob[part(Some(len))?])?);
                continue;
            }
            kind => {
                return Err(broken(format!(
                    "{name} has the type {kind:#x}, which isn't supported"
                ))
                .with_hint(
                    "float32 and intgemm8 (not packed for one kind of processor) are; convert with marian-conv",
                ));
            }
        };
        tensors.insert(name, Stored { shape, data });
    }
    Ok((tensors, config))
}

fn read_npz(blob: &[u8]) -> Result<Tensors> {
    let mut tensors = HashMap::new();
    let mut config = None;
    for array in npz::read(blob)? {
        let npz::Array { name, shape, data } = array;
        match data {
            npz::Values::Float32(values) => {
                let data = Data::Inflated(values);
                tensors.insert(name, Stored { shape, data });
            }
            npz::Values::Int8(bytes) if name == CONFIG => config = Some(yaml(&bytes)?),
            npz::Values::Int8(_) => {
                return Err(broken(format!(
                    "{name} holds bytes where floats are expected"
                )));
            }
        }
    }
    Ok((tensors, config))
}

fn yaml(bytes: &[u8]) -> Result<String> {
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8(text.to_vec()).map_err(|_| broken("its configuration isn't text"))
}
