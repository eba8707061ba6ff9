//! Hashes remembered, so that a gigabyte isn't read again on each run.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::registry::files::{Hasher, hash_file, write_json};
use crate::registry::progress::Silent;

/// What a file was when it was hashed.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: PathBuf,
    size: u64,
    /// Modification time in nanoseconds since 1970.
    modified: u128,
    sha256: String,
}

/// Remembers the sha256 of files, one small JSON file each; a file whose size or modification time has changed is
/// hashed again.
#[derive(Debug, Clone)]
pub(super) struct HashCache {
    dir: PathBuf,
}

impl HashCache {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The remembered hash of `path`, if the file still looks the same.
    pub(super) fn known(&self, path: &Path) -> Option<String> {
        let path = path.canonicalize().ok()?;
        let entry: Entry =
            serde_json::from_slice(&std::fs::read(self.entry_path(&path)).ok()?).ok()?;
        let (size, modified) = stamp(&path).ok()?;
        (entry.path == path && entry.size == size && entry.modified == modified)
            .then_some(entry.sha256)
    }

    /// Remembers that `path` has this hash.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if the hashes can't be written.
    pub(super) fn record(&self, path: &Path, sha256: &str) -> Result<()> {
        let path = path
            .canonicalize()
            .map_err(|e| Error::io("reading", path, e))?;
        let (size, modified) = stamp(&path).map_err(|e| Error::io("reading", &path, e))?;
        let at = self.entry_path(&path);
        write_json(
            &at,
            &Entry {
                path,
                size,
                modified,
                sha256: sha256.to_owned(),
            },
        )
    }

    /// Drops what is remembered about `path`.
    pub(super) fn forget(&self, path: &Path) {
        if let Ok(path) = path.canonicalize() {
            // Nothing to forget is no failure.
            std::fs::remove_file(self.entry_path(&path)).ok();
        }
    }

    /// The ledger's own files about files that are gone or have changed.
    pub(super) fn stale(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(&self.dir).into_iter().flatten();
        let paths = files.filter_map(|entry| Some(entry.ok()?.path()));
        paths
            .filter(|path| {
                let entry = std::fs::read(path).ok();
                let entry = entry.and_then(|text| serde_json::from_slice::<Entry>(&text).ok());
                entry.is_none_or(|entry| self.known(&entry.path).is_none())
            })
            .collect()
    }

    /// The hash of `path`: remembered, or computed and then remembered if the hashes can be written.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if the file can't be read.
    pub(super) fn sha256(&self, path: &Path) -> Result<String> {
        if let Some(known) = self.known(path) {
            return Ok(known);
        }
        let sha256 = hash_file(path, &Silent)?;
        // On a read-only store the file is hashed each time.
        self.record(path, &sha256).ok();
        Ok(sha256)
    }

    fn entry_path(&self, canonical: &Path) -> PathBuf {
        let mut hasher = Hasher::default();
        hasher.update(canonical.as_os_str().as_encoded_bytes());
        let name: String = hasher.finish().chars().take(32).collect();
        self.dir.join(format!("{name}.json"))
    }
}

fn stamp(path: &Path) -> std::io::Result<(u64, u128)> {
    let meta = path.metadata()?;
    let modified = meta
        .modified()?
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_nanos());
    Ok((meta.len(), modified))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_remembered_until_the_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let hashes = HashCache::new(dir.path().join("ledger"));
        let path = dir.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(hashes.known(&path), None);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hashes.sha256(&path).unwrap(), abc);
        assert_eq!(hashes.known(&path).as_deref(), Some(abc));
        assert!(hashes.stale().is_empty());
        std::fs::write(&path, "abcd").unwrap();
        assert_eq!(hashes.known(&path), None);
        assert_eq!(hashes.stale().len(), 1);
        hashes.forget(&path);
        assert!(hashes.stale().is_empty());
    }
}
