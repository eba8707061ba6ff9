//! A checkpoint in the Hub's layout: safetensors or `pytorch_model.bin`, in one file or in shards.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use memmap2::Mmap;
use serde::Deserialize;

use super::entry::{DType, Entry, span};
use super::gguf::{Tensor, TensorType};
use super::{safetensors, torch};
use crate::error::{Error, ErrorKind, Result};

/// The file names to look for, best first.
const CANDIDATES: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// Named tensors of one or more mapped files.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    files: Vec<Mmap>,
    tensors: HashMap<String, Placed>,
}

/// A tensor in one of the files.
#[derive(Debug)]
struct Placed {
    /// Index of the file.
    file: usize,
    entry: Entry,
    /// The shape in ggml's order: the contiguous dimension first.
    dims: Vec<usize>,
}

#[derive(Deserialize)]
struct ShardIndex {
    weight_map: HashMap<String, String>,
}

impl Checkpoint {
    /// The files of the checkpoint in `folder`; safetensors are preferred to `pytorch_model.bin`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is none; [`ErrorKind::Io`] or [`ErrorKind::Model`] if the index of its
    /// shards can't be read.
    pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
        let found = CANDIDATES
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file());
        let path = found.ok_or_else(|| {
            Error::new(
                ErrorKind::Unavailable,
                format!("no weights in {}", folder.display()),
            )
            .with_hint(format!("the folder needs one of {}", CANDIDATES.join(", ")))
        })?;
        match path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            true => shards(&path),
            false => Ok(vec![path]),
        }
    }

    /// Opens the checkpoint in `folder`.
    ///
    /// # Errors
    /// As for [`Checkpoint::files_in`] and [`Checkpoint::open_files`].
    pub fn open(folder: &Path) -> Result<Self> {
        Self::open_files(&Self::files_in(folder)?)
    }

    /// Opens files of safetensors or of `torch.save`, the shards of one checkpoint.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a file can't be read; [`ErrorKind::Model`] if it is damaged, or holds anything but tensors.
    pub fn open_files<P: AsRef<Path>>(paths: &[P]) -> Result<Self> {
        let mut checkpoint = Self {
            path: paths
                .first()
                .map_or(PathBuf::new(), |path| path.as_ref().into()),
            files: Vec::new(),
            tensors: HashMap::new(),
        };
        for path in paths {
            checkpoint.add(path.as_ref())?;
        }
        Ok(checkpoint)
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        let reading = |source| Error::io("reading", path, source);
        let file = File::open(path).map_err(reading)?;
        // SAFETY: the map is read-only and private. A model file that another process shortens while we run would
        // raise SIGBUS, as for every program that maps its data; the store never rewrites a file in place.
        let map = unsafe { Mmap::map(&file) }.map_err(reading)?;
        let entries = match path
            .extension()
            .is_some_and(|extension| extension == "safetensors")
        {
            true => safetensors::entries(&map),
            false => torch::entries(&map),
        };
        let entries = entries.map_err(|error| {
            Error::new(
                ErrorKind::Model,
                format!("{} can't be used: {error}", path.display()),
            )
            .with_hint(error.hint().unwrap_or("download the file again").to_owned())
        })?;
        let index = self.files.len();
        self.files.push(map);
        self.tensors.extend(entries.into_iter().map(|entry| {
            let dims = entry.shape.iter().rev().copied().collect();
            let placed = Placed {
                file: index,
                entry,
                dims,
            };
            (placed.entry.name.clone(), placed)
        }));
        Ok(())
    }

    /// The file that was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all tensors, in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor, if there is one of that name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors
            .get(name)
            .map(|placed| placed.entry.shape.as_slice())
    }

    /// Checks the files against their index: what it names must be among them.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] or [`ErrorKind::Model`] if the index can't be read; [`ErrorKind::Model`] if it names a file or a
    /// tensor that isn't here.
    pub fn agrees_with<P: AsRef<Path>>(&self, index: &Path, files: &[P]) -> Result<()> {
        let parsed = read_index(index)?;
        let here = |name: &str| {
            let names = files.iter().map(|file| file.as_ref().file_name());
            names.flatten().any(|file| file == name)
        };
        let wrong = |what: String| {
            Error::new(ErrorKind::Model, format!("{}: {what}", index.display()))
                .with_hint("download the model again; a part of it is missing")
        };
        let mut named: Vec<_> = parsed.weight_map.into_iter().collect();
        named.sort_unstable();
        for (tensor, file) in named {
            if !here(&file) {
                return Err(wrong(format!("it names \"{file}\", which isn't here")));
            }
            if !self.tensors.contains_key(&tensor) {
                return Err(wrong(format!(
                    "it names the tensor \"{tensor}\", which {file} lacks"
                )));
            }
        }
        Ok(())
    }

    /// A tensor as it lies in its file.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if there is none of that name, or its values aren't floats of 16 or 32 bits, in order.
    pub fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        let wrong = |what: String| {
            let path = self.path.display();
            Error::new(ErrorKind::Model, format!("{path}: {what}"))
        };
        let placed = self.tensors.get(name).ok_or_else(|| {
            wrong(format!("the tensor \"{name}\" is missing")).with_hint(
                "the weights don't belong to the config.json beside them, or are damaged",
            )
        })?;
        let entry = &placed.entry;
        let kind = match entry.format {
            DType::F32 => TensorType::F32,
            DType::F16 => TensorType::F16,
            DType::BF16 => TensorType::BF16,
            DType::F64 | DType::Other(_) => {
                let bits = 8 * entry.format.bytes();
                let what = format!(
                    "the tensor \"{name}\" holds values of {bits} bits that are no weights"
                );
                return Err(wrong(what)
                    .with_hint("weights are read as F32, F16 or BF16; quantized ones as GGUF"));
            }
        };
        if entry.strides.is_some() || placed.dims.is_empty() {
            return Err(wrong(format!("the tensor \"{name}\" doesn't lie in order")));
        }
        let bytes = entry.format.bytes() * placed.dims.iter().product::<usize>();
        Ok(Tensor {
            dims: &placed.dims,
            kind,
            bytes: &self.files[placed.file][entry.start..entry.start + bytes],
        })
    }

    /// Tells the system that the pages of a tensor aren't needed in memory for now. They are read again on access.
    pub fn forget(&self, name: &str) {
        #[cfg(target_os = "linux")]
        if let (Some(placed), Ok(tensor)) = (self.tensors.get(name), self.tensor(name)) {
            let (start, length) = (placed.entry.start, tensor.bytes.len());
            // SAFETY: as for `release`.
            let _ = unsafe {
                self.files[placed.file].unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    start,
                    length,
                )
            };
        }
        #[cfg(not(target_os = "linux"))]
        let _ = name;
    }

    /// The values of a tensor in row-major order: as they lie in the file where they are aligned floats, else converted.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if there is no such tensor, it has another shape, or its values aren't floats.
    pub fn read(&self, name: &str, shape: &[usize]) -> Result<Cow<'_, [f32]>> {
        let broken = |message| {
            Error::new(
                ErrorKind::Model,
                format!("{}: {message}", self.path.display()),
            )
            .with_hint("the weights don't belong to the config.json beside them, or are damaged")
        };
        let Placed { file, entry, .. } = self
            .tensors
            .get(name)
            .ok_or_else(|| broken(format!("the tensor \"{name}\" is missing")))?;
        if entry.shape != shape {
            let message = format!(
                "the tensor \"{name}\" has shape {:?} where {shape:?} is expected",
                entry.shape
            );
            return Err(broken(message));
        }
        let bytes = &self.files[*file][entry.start..];
        let count: usize = shape.iter().product();
        if let Some(strides) = &entry.strides {
            let span = span(shape, strides);
            let values = convert(entry.format, &bytes[..span * entry.format.bytes()]);
            let values =
                values.ok_or_else(|| broken(format!("the tensor \"{name}\" holds no floats")))?;
            return Ok(Cow::Owned(gather(&values, shape, strides)));
        }
        convert(entry.format, &bytes[..count * entry.format.bytes()])
            .ok_or_else(|| broken(format!("the tensor \"{name}\" holds no floats")))
    }

    /// Lets go of the pages that reading has loaded, so that the file doesn't count towards the memory in use.
    pub fn release(&self) {
        #[cfg(target_os = "linux")]
        for map in &self.files {
            // SAFETY: the map is of a file and never written, so that dropped pages are read from it again. A
            // failure costs memory only.
            let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
        }
    }
}

fn read_index(index: &Path) -> Result<ShardIndex> {
    let text = std::fs::read(index).map_err(|source| Error::io("reading", index, source))?;
    serde_json::from_slice(&text).map_err(|source| {
        Error::new(
            ErrorKind::Model,
            format!("{} isn't an index of shards", index.display()),
        )
        .with_source(source)
    })
}

/// The files that an index names, all beside it.
fn shards(index: &Path) -> Result<Vec<PathBuf>> {
    let parsed = read_index(index)?;
    let mut names: Vec<_> = parsed.weight_map.into_values().collect();
    names.sort_unstable();
    names.dedup();
    let folder = index.parent().unwrap_or(Path::new("."));
    names
        .into_iter()
        .map(|name| match Path::new(&name).file_name() {
            Some(file) if file == name.as_str() => Ok(folder.join(name)),
            _ => Err(Error::new(
                ErrorKind::Model,
                format!(
                    "{} names a file outside its folder: \"{name}\"",
                    index.display()
                ),
            )),
        })
        .collect()
}

/// The values of a strided tensor in row-major order.
fn gather(values: &[f32], shape: &[usize], strides: &[usize]) -> Vec<f32> {
    let mut offsets = vec![0];
    for (&n, &stride) in shape.iter().zip(strides) {
        offsets = offsets
            .iter()
            .flat_map(|at| (0..n).map(move |i| at + i * stride))
            .collect();
    }
    offsets.into_iter().map(|at| values[at]).collect()
}

fn convert(format: DType, bytes: &[u8]) -> Option<Cow<'_, [f32]>> {
    let owned = match format {
        DType::F32 => {
            // SAFETY: every bit pattern is an f32, and `align_to` yields whole, aligned values only.
            let (before, floats, after) = unsafe { bytes.align_to::<f32>() };
            if cfg!(target_endian = "little") && before.is_empty() && after.is_empty() {
                return Some(Cow::Borrowed(floats));
            }
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|&x| f32::from_le_bytes(x))
                .collect()
        }
        DType::F16 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&x| f16::from_le_bytes(x).to_f32())
            .collect(),
        DType::BF16 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&x| bf16::from_le_bytes(x).to_f32())
            .collect(),
        DType::F64 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&x| f64::from_le_bytes(x) as f32)
            .collect(),
        DType::Other(_) => return None,
    };
    Some(Cow::Owned(owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_may_not_leave_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("model.safetensors.index.json");
        for bad in ["../a.safetensors", "/etc/passwd", "x/y.bin", ""] {
            let json = serde_json::json!({"weight_map": {"a": bad}});
            std::fs::write(&index, json.to_string()).unwrap();
            let error = Checkpoint::open(folder.path()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Model, "{bad}");
        }
    }

    #[test]
    fn strided_tensors_are_put_in_order() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(
            gather(&values, &[3, 2], &[1, 3]),
            [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
        );
        assert_eq!(span(&[3, 2], &[1, 3]), 6);
        assert_eq!(span(&[0, 2], &[1, 3]), 0);
    }

    #[test]
    fn halves_become_floats() {
        let f16s: Vec<u8> = [1.5f32, -2.0]
            .iter()
            .flat_map(|&x| f16::from_f32(x).to_le_bytes())
            .collect();
        assert_eq!(convert(DType::F16, &f16s).unwrap(), [1.5, -2.0].as_slice());
        let bf16s: Vec<u8> = [1.5f32, -2.0]
            .iter()
            .flat_map(|&x| bf16::from_f32(x).to_le_bytes())
            .collect();
        assert_eq!(
            convert(DType::BF16, &bf16s).unwrap(),
            [1.5, -2.0].as_slice()
        );
        assert!(convert(DType::Other(8), &[0; 8]).is_none());
    }
}
