//! NumPy's `.npz`: a zip archive of `.npy` arrays, as Marian saves unquantized models.
//!
//! `.npy`: magic `\x93NUMPY`, version (two bytes), length of the header (`u16`, from version 2 on `u32`), the header
//! as a Python dictionary, the values (NumPy Enhancement Proposal 1).

use std::io::{Cursor, Read};

use crate::error::{Error, ErrorKind, Result};

/// Largest size of one inflated array; the largest embedding tables are well under it.
const MAX_ARRAY: u64 = 4 << 30;

/// One array of an archive.
#[derive(Debug)]
pub struct Array {
    /// Name without `.npy`.
    pub name: String,
    /// Row-major dimensions.
    pub shape: Vec<usize>,
    /// The values.
    pub data: Values,
}

/// The values of an [`Array`], by type.
#[derive(Debug)]
pub enum Values {
    /// `<f4`, or `<f2` widened.
    Float32(Vec<f32>),
    /// `|i1`, `|u1` or `|S1`: text in Marian's models.
    Int8(Vec<u8>),
}

/// Reads all arrays of an archive.
///
/// # Errors
/// [`ErrorKind::Model`] if the archive or an array is damaged, or of a type that isn't supported.
pub fn read(bytes: &[u8]) -> Result<Vec<Array>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|source| broken("the zip archive is damaged").with_source(source))?;
    let mut arrays = Vec::new();
    for index in 0..archive.len() {
        let damaged = |source: Box<dyn std::error::Error + Send + Sync>| {
            broken("an array in the zip archive is damaged").with_source(source)
        };
        let file = archive
            .by_index(index)
            .map_err(|source| damaged(source.into()))?;
        let name = file.name().map_err(|source| damaged(source.into()))?;
        let name = name.trim_end_matches(".npy").to_owned();
        let mut npy = Vec::new();
        let mut limited = file.take(MAX_ARRAY + 1);
        limited
            .read_to_end(&mut npy)
            .map_err(|source| damaged(source.into()))?;
        if npy.len() as u64 > MAX_ARRAY {
            return Err(broken(format!("{name} inflates to more than 4 GiB")));
        }
        arrays.push(array(name, &npy)?);
    }
    Ok(arrays)
}

fn array(name: String, npy: &[u8]) -> Result<Array> {
    let bad = || broken(format!("{name} isn't an array that can be read"));
    let rest = npy.strip_prefix(b"\x93NUMPY").ok_or_else(bad)?;
    let (len, rest) = match *rest {
        [1, _, a, b, ref rest @ ..] => (usize::from(u16::from_le_bytes([a, b])), rest),
        [2 | 3, _, a, b, c, d, ref rest @ ..] => (u32::from_le_bytes([a, b, c, d]) as usize, rest),
        _ => return Err(bad()),
    };
    let (header, values) = rest.split_at_checked(len).ok_or_else(bad)?;
    let header = std::str::from_utf8(header).map_err(|_| bad())?;
    if entry(header, "fortran_order").is_none_or(|value| !value.starts_with("False")) {
        return Err(broken(format!("{name} isn't stored row by row")));
    }
    let shape = entry(header, "shape")
        .and_then(|value| value.strip_prefix('(')?.split_once(')'))
        .ok_or_else(bad)?
        .0;
    let shape = shape
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty())
        .map(|size| size.parse().map_err(|_| bad()))
        .collect::<Result<Vec<usize>>>()?;
    let len = shape
        .iter()
        .try_fold(1usize, |len, &size| len.checked_mul(size))
        .ok_or_else(bad)?;
    let kind = entry(header, "descr")
        .and_then(|value| value.strip_prefix('\'')?.split_once('\''))
        .ok_or_else(bad)?
        .0;
    let size = match kind {
        "<f4" => 4,
        "<f2" => 2,
        "|i1" | "|u1" | "|S1" => 1,
        _ => {
            return Err(broken(format!(
                "{name} has the type {kind}, which isn't supported"
            )));
        }
    };
    if len.checked_mul(size) != Some(values.len()) {
        return Err(broken(format!(
            "{name} has {} bytes of values for the shape {shape:?}",
            values.len()
        )));
    }
    let data = match kind {
        "<f4" => Values::Float32(
            values
                .chunks_exact(4)
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect(),
        ),
        "<f2" => Values::Float32(
            values
                .chunks_exact(2)
                .map(|bytes| half::f16::from_le_bytes([bytes[0], bytes[1]]).to_f32())
                .collect(),
        ),
        _ => Values::Int8(values.to_vec()),
    };
    Ok(Array { name, shape, data })
}

/// What follows `'key':` in the header's dictionary.
fn entry<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let after = header.split_once(&format!("'{key}'"))?.1;
    Some(after.trim_start().strip_prefix(':')?.trim_start())
}

fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Model, message)
}
