//! What tables have in common: how their rows are asked for, and how text is read.

use std::cell::Cell as Shared;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use super::files::Found;
use crate::archive::options::Fields;
use crate::archive::record::Item;
use crate::error::{Error, ErrorKind, Result};

/// How a table is read.
pub(super) struct Reading<'o> {
    pub fields: &'o Fields,
    pub max_bytes: usize,
}

/// The articles of a table.
pub(super) trait Rows {
    /// The next, or what can't be read of it.
    ///
    /// # Errors
    /// If the table can't be read any further.
    fn next(&mut self, reading: &Reading<'_>) -> Result<Option<Item>>;

    /// How much of the file has been read, from 0 to 1.
    fn share(&self) -> f64;
}

/// Whether a file is packed by gzip, by its name.
pub(super) fn is_gzip(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// The error of a table that can't be read.
pub(super) fn unreadable(
    name: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::new(ErrorKind::Input, format!("{name} can't be read")).with_source(error)
}

/// The error of a table without a field that must be there.
pub(super) fn lacking(name: &str, field: &str, there: &[String]) -> Error {
    let message = format!("{name} has no field \"{field}\"");
    let hint = format!(
        "its fields are {}; name them by --text-field, --id-field and --title-field",
        there.join(", ")
    );
    Error::new(ErrorKind::Input, message).with_hint(hint)
}

/// Counts what is read of a file.
struct Counted {
    file: File,
    read: Rc<Shared<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

/// A file as text, unpacked if need be, and what was read of it.
pub(super) struct Source {
    pub reader: Box<dyn BufRead>,
    pub read: Rc<Shared<u64>>,
    pub bytes: u64,
}

impl Source {
    pub(super) fn open(found: &Found) -> Result<Self> {
        let path = &found.path;
        let file = File::open(path).map_err(|error| Error::io("reading", path, error))?;
        let read = Rc::new(Shared::new(0));
        let counted = Counted {
            file,
            read: read.clone(),
        };
        let reader: Box<dyn BufRead> = match is_gzip(path) {
            true => Box::new(BufReader::new(MultiGzDecoder::new(BufReader::new(counted)))),
            false => Box::new(BufReader::with_capacity(1 << 16, counted)),
        };
        Ok(Self {
            reader,
            read,
            bytes: found.bytes,
        })
    }
}

/// How much of a file of so many bytes was read.
pub(super) fn share(read: &Shared<u64>, bytes: u64) -> f64 {
    (read.get() as f64 / (bytes as f64).max(1.0)).min(1.0)
}
