//! Files of a dictionary: what lies beside what, and their bytes, unpacked.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::error::{Error, ErrorKind, Result};

/// Larger files are refused, also unpacked: the largest of FreeDict have a third of it.
const MAX_BYTES: u64 = 256 << 20;

/// The file of the same dictionary with another ending: of `a.dict.dz` and `index`, `a.index`.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.unwrap_or_default();
    let known = [".dict.dz", ".idx.gz", ".dict", ".index", ".idx", ".ifo"];
    let stem = known.iter().find_map(|end| name.strip_suffix(end));
    path.with_file_name(format!("{}.{end}", stem.unwrap_or(name)))
}

/// The first of these files that is there, read.
///
/// # Errors
/// As [`bytes`]; also if none is there.
pub(super) fn first(paths: &[PathBuf]) -> Result<Vec<u8>> {
    let there = paths.iter().find(|path| path.is_file());
    match there.or(paths.first()) {
        Some(path) => bytes(path),
        None => Ok(Vec::new()),
    }
}

/// The bytes of a file; of a packed one (`.gz`, `.dz`) those that it was packed from.
///
/// # Errors
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if it can't be read; [`ErrorKind::Usage`](crate::ErrorKind::Usage) if it is
/// damaged or too large.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>> {
    let io = |error| Error::io("reading the dictionary", path, error);
    let file = File::open(path).map_err(io)?;
    let packed = path
        .extension()
        .is_some_and(|end| end == "dz" || end == "gz");
    let mut bytes = Vec::new();
    let read = match packed {
        true => MultiGzDecoder::new(file)
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| bad(path, "it can't be unpacked").with_source(error))?,
        false => file
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(io)?,
    };
    if read as u64 > MAX_BYTES {
        let what = format!("it is larger than {} MiB", MAX_BYTES >> 20);
        return Err(bad(path, &what));
    }
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// As [`bytes`]; also if it isn't UTF-8.
pub(super) fn text(path: &Path) -> Result<String> {
    let text = utf8(path, bytes(path)?)?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// `bytes` as text.
pub(super) fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        bad(
            path,
            &format!("byte {at} is none of UTF-8's, in which it must be"),
        )
    })
}

/// An error of a dictionary's file.
pub(super) fn bad(path: &Path, what: &str) -> Error {
    let message = format!("the dictionary {}: {what}", path.display());
    Error::new(ErrorKind::Usage, message).with_hint(
        "a dictionary is a TSV file (source, target), FreeDict's TEI, dictd's .index with its .dict, or StarDict's .ifo",
    )
}
