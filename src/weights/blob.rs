//! The bytes of a file: mapped where they can be used as they lie, inflated where the file is gzip'd.

use std::fs::File;
use std::io::Read;
use std::ops::Deref;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use memmap2::Mmap;

use crate::error::{Error, ErrorKind, Result};

/// Largest size that a gzip'd file may inflate to; the largest Marian models are well under it.
const MAX_INFLATED: u64 = 4 << 30;

/// Read-only bytes of a file.
#[derive(Debug)]
pub enum Blob {
    /// Pages of the file itself: shared between processes, loaded on first touch.
    Mapped(Mmap),
    /// Bytes of our own.
    Owned(Vec<u8>),
}

impl Deref for Blob {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

impl Blob {
    /// Opens `path`; a file that starts with gzip's magic number is inflated, whatever its name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read; [`ErrorKind::Model`] if its gzip stream is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let reading = |source| Error::io("reading", path, source);
        let file = File::open(path).map_err(reading)?;
        if file.metadata().map_err(reading)?.len() == 0 {
            // An empty file can't be mapped.
            return Ok(Self::Owned(Vec::new()));
        }
        // SAFETY: the map is read-only and private. A model file that another process shortens while we run would
        // raise SIGBUS, as for every program that maps its data; the store never rewrites a file in place.
        let map = unsafe { Mmap::map(&file) }.map_err(reading)?;
        if !map.starts_with(&[0x1f, 0x8b]) {
            return Ok(Self::Mapped(map));
        }
        let mut bytes = Vec::new();
        let inflated = MultiGzDecoder::new(&map[..])
            .take(MAX_INFLATED + 1)
            .read_to_end(&mut bytes);
        match inflated {
            Ok(_) if bytes.len() as u64 <= MAX_INFLATED => Ok(Self::Owned(bytes)),
            Ok(_) => Err(Error::new(
                ErrorKind::Model,
                format!("{} inflates to more than 4 GiB", path.display()),
            )),
            Err(source) => Err(Error::new(
                ErrorKind::Model,
                format!("the gzip stream of {} is damaged", path.display()),
            )
            .with_source(source)
            .with_hint("download the file again")),
        }
    }
}
