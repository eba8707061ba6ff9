//! The files of an archive's inputs in a fixed order; of a folder only what is needed to go on is held.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file.
#[derive(Debug)]
pub(super) struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called in the archive: the way to it from the folder that was named.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Whether it was named itself.
    pub named: bool,
}

/// Folders in which what is left is still to be seen, the innermost last.
pub(super) struct Walk {
    stack: Vec<Level>,
    /// Whether one input only was named.
    only: bool,
    out: PathBuf,
}

struct Level {
    folder: PathBuf,
    /// The same without links; empty for the inputs that were named.
    real: PathBuf,
    /// What stands before the names of its files.
    prefix: String,
    /// The last is the next.
    names: Vec<OsString>,
    /// Whether these are the inputs that were named.
    named: bool,
}

impl Walk {
    /// Through `inputs`, past the folder `out`.
    pub(super) fn new(inputs: &[PathBuf], out: &Path) -> Self {
        let names = inputs.iter().rev();
        Self {
            stack: vec![Level {
                folder: PathBuf::new(),
                real: PathBuf::new(),
                prefix: String::new(),
                names: names.map(|path| path.clone().into_os_string()).collect(),
                named: true,
            }],
            only: inputs.len() == 1,
            out: out.to_path_buf(),
        }
    }

    /// The next file.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if a file or folder can't be read.
    pub(super) fn next(&mut self) -> Result<Option<Found>> {
        while let Some(level) = self.stack.last_mut() {
            let Some(name) = level.names.pop() else {
                self.stack.pop();
                continue;
            };
            let named = level.named;
            let path = level.folder.join(&name);
            let failed = |error| Error::io("reading", &path, error);
            let shown = match (named, Path::new(&name).file_name()) {
                (true, Some(last)) => last.to_string_lossy().into_owned(),
                _ => name.to_string_lossy().into_owned(),
            };
            let shown = format!("{}{shown}", level.prefix);
            let meta = std::fs::metadata(&path).map_err(failed)?;
            if !meta.is_dir() {
                return Ok(Some(Found {
                    path,
                    name: shown,
                    bytes: meta.len(),
                    named,
                }));
            }
            let real = path.canonicalize().map_err(failed)?;
            // The archive may be made while the folders are gone through; a link to a folder that it lies in never ends.
            let is_own = self.out.canonicalize().is_ok_and(|out| out == real);
            if is_own || self.stack.iter().any(|level| level.real == real) {
                continue;
            }
            let mut names = Vec::new();
            for entry in std::fs::read_dir(&path).map_err(failed)? {
                let name = entry.map_err(failed)?.file_name();
                // What is hidden, and what other engines put beside their shards.
                if !name.to_string_lossy().starts_with(['.', '_']) {
                    names.push(name);
                }
            }
            names.sort_unstable_by(|a, b| b.cmp(a));
            // Of several folders the names would be mistaken for each other.
            let prefix = match named && self.only {
                true => String::new(),
                false => format!("{shown}/"),
            };
            self.stack.push(Level {
                folder: path,
                real,
                prefix,
                names,
                named: false,
            });
        }
        Ok(None)
    }
}
