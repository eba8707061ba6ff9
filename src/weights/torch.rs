//! Files of `torch.save`, both as zip archives (PyTorch 1.6 and later) and as the plain sequence of pickles before
//! that. Layout: `torch/serialization.py`.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::rc::Rc;

use zip::{CompressionMethod, ZipArchive};

use super::entry::{Entry, span};
use super::pickle::{Reader, Storage, Tensor, Value, broken, run};
use crate::error::Result;

/// First bytes of a zip archive.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// The number that a file of before 1.6 starts with, as a pickle.
const LEGACY_MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// The tensors of a file.
pub(super) fn entries(bytes: &[u8]) -> Result<Vec<Entry>> {
    if bytes.starts_with(ZIP_MAGIC) {
        zipped(bytes)
    } else if bytes.starts_with(LEGACY_MAGIC) {
        legacy(bytes)
    } else {
        Err(broken("it is neither safetensors nor a file of torch.save"))
    }
}

fn zipped(bytes: &[u8]) -> Result<Vec<Entry>> {
    let damaged = |source| broken("its zip archive is damaged").with_source(source);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let name = archive
        .file_names()
        .flatten()
        .find(|name| name.ends_with("/data.pkl") || name == "data.pkl")
        .map(|name| name.into_owned())
        .ok_or_else(|| broken("its zip archive has no data.pkl"))?;
    let folder = name.strip_suffix("data.pkl").unwrap_or_default().to_owned();
    let mut pickle = Vec::new();
    let mut file = archive.by_name(&name).map_err(damaged)?;
    // What inflates to more than the whole archive holds no tensors.
    let limit = bytes.len() as u64;
    Read::by_ref(&mut file)
        .take(limit + 1)
        .read_to_end(&mut pickle)
        .map_err(damaged_io)?;
    drop(file);
    if pickle.len() as u64 > limit {
        return Err(broken("its data.pkl is larger than the archive"));
    }
    let mut reader = Reader::new(&pickle, 0);
    let tensors = run(&mut reader)?.into_tensors()?;
    let mut places = HashMap::new();
    for (_, tensor) in &tensors {
        let storage = &tensor.storage;
        if places.contains_key(&storage.key) {
            continue;
        }
        let file = archive
            .by_name(&format!("{folder}data/{}", storage.key))
            .map_err(damaged)?;
        if file.compression() != CompressionMethod::Stored {
            return Err(broken("its tensors are compressed"));
        }
        let start = file
            .data_start()
            .and_then(|start| usize::try_from(start).ok());
        let size = usize::try_from(file.size()).ok();
        let place = start.zip(size).filter(|(start, size)| {
            start
                .checked_add(*size)
                .is_some_and(|end| end <= bytes.len())
        });
        let place = place.ok_or_else(|| broken("its zip archive points outside the file"))?;
        places.insert(storage.key.clone(), place);
    }
    locate(tensors, &places)
}

fn damaged_io(source: std::io::Error) -> crate::error::Error {
    broken("its zip archive is damaged").with_source(source)
}

/// Magic number, protocol, facts about the machine, the dictionary, the keys of the storages; then for each its number of
/// values and the values.
fn legacy(bytes: &[u8]) -> Result<Vec<Entry>> {
    let mut reader = Reader::new(bytes, LEGACY_MAGIC.len());
    run(&mut reader)?;
    run(&mut reader)?;
    let tensors = run(&mut reader)?.into_tensors()?;
    let Value::Texts(keys) = run(&mut reader)? else {
        return Err(broken("its list of storages is missing"));
    };
    let formats: HashMap<&str, &Rc<Storage>> = tensors
        .iter()
        .map(|(_, tensor)| (&*tensor.storage.key, &tensor.storage))
        .collect();
    let mut places = HashMap::new();
    for key in keys.take() {
        let count = u64::from_le_bytes(*reader.take_chunk()?);
        // A storage that no tensor uses has an unknown width.
        let storage = formats
            .get(&*key)
            .ok_or_else(|| broken("it has a storage that no tensor uses"))?;
        let size = usize::try_from(count)
            .ok()
            .and_then(|count| count.checked_mul(storage.format.bytes()));
        let size = size.ok_or_else(|| broken("a storage is larger than memory"))?;
        let start = reader.at();
        reader.take(size)?;
        places.insert(key, (start, size));
    }
    locate(tensors, &places)
}

/// Turns tensors over storages into places in the file. `places` are first byte and size of each storage.
fn locate(
    tensors: Vec<(Rc<str>, Rc<Tensor>)>,
    places: &HashMap<Rc<str>, (usize, usize)>,
) -> Result<Vec<Entry>> {
    tensors
        .into_iter()
        .map(|(name, tensor)| {
            let Tensor {
                storage,
                offset,
                shape,
                strides,
            } = &*tensor;
            let bytes = storage.format.bytes();
            let &(start, size) = places
                .get(&storage.key)
                .ok_or_else(|| broken(format!("the storage of \"{name}\" is missing")))?;
            let reach = shape
                .iter()
                .zip(strides)
                .try_fold(1usize, |reach, (n, stride)| {
                    reach.checked_add(n.saturating_sub(1).checked_mul(*stride)?)
                });
            let count = shape
                .iter()
                .try_fold(1usize, |count, &n| count.checked_mul(n));
            let end = reach.and_then(|reach| reach.checked_add(*offset)?.checked_mul(bytes));
            let empty = shape.contains(&0);
            // A stride of 0 would let a few bytes claim any amount of memory.
            let fits = end.is_some_and(|end| end <= size)
                && count.is_some_and(|count| count <= size / bytes);
            if !empty && !fits {
                return Err(broken(format!(
                    "the tensor \"{name}\" doesn't fit its storage"
                )));
            }
            let offset = if empty { 0 } else { *offset };
            let in_order =
                empty || span(shape, strides) == count.unwrap_or(0) && is_row_major(shape, strides);
            Ok(Entry {
                name: name.to_string(),
                format: storage.format,
                shape: shape.clone(),
                strides: (!in_order).then(|| strides.clone()),
                start: start + offset * bytes,
            })
        })
        .collect()
}

fn is_row_major(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1;
    shape.iter().zip(strides).rev().all(|(&n, &stride)| {
        let fits = n == 1 || stride == expected;
        expected *= n;
        fits
    })
}

#[cfg(test)]
mod tests {
    use super::super::entry::DType;
    use super::*;

    #[test]
    fn tensors_must_fit_their_storage() {
        let storage = Rc::new(Storage {
            format: DType::F32,
            key: "0".into(),
        });
        let try_one = |offset, shape: &[usize], strides: &[usize]| {
            let tensor = Tensor {
                storage: storage.clone(),
                offset,
                shape: shape.into(),
                strides: strides.into(),
            };
            locate(
                vec![("a".into(), Rc::new(tensor))],
                &HashMap::from([("0".into(), (100, 24))]),
            )
        };
        assert_eq!(try_one(0, &[2, 3], &[3, 1]).unwrap()[0].strides, None);
        assert_eq!(
            try_one(0, &[3, 2], &[1, 3]).unwrap()[0].strides,
            Some(vec![1, 3])
        );
        assert_eq!(try_one(2, &[4], &[1]).unwrap()[0].start, 108);
        assert!(try_one(0, &[0, usize::MAX], &[1, 1]).is_ok());
        for (offset, shape, strides) in [
            (1, &[2, 3][..], &[3, 1][..]),
            (usize::MAX, &[2], &[1]),
            (0, &[usize::MAX, usize::MAX], &[1, 1]),
            (0, &[1 << 40], &[0]),
            (0, &[2], &[usize::MAX]),
        ] {
            assert!(
                try_one(offset, shape, strides).is_err(),
                "{offset} {shape:?} {strides:?}"
            );
        }
    }
}
