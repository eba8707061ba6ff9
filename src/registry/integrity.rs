//! Hashes: computing them, and remembering them so that a gigabyte isn't read again on each run.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::progress::Progress;
use crate::error::{Error, ErrorKind, Result};

/// A running sha256 that also counts bytes.
#[derive(Clone, Default)]
pub(super) struct Hasher {
    state: Sha256,
    bytes: u64,
}

impl Hasher {
    pub(super) fn update(&mut self, data: &[u8]) {
        self.state.update(data);
        self.bytes += data.len() as u64;
    }

    /// Bytes hashed so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The hash in lower-case hexadecimal.
    pub(super) fn finish(self) -> String {
        hexadecimal(&self.state.finalize())
    }

    /// Takes in the next `limit` bytes of `reader` (fewer if it ends before), calling `each` with the length of every
    /// piece.
    pub(super) fn read_from(
        &mut self,
        reader: &mut impl Read,
        limit: u64,
        mut each: impl FnMut(u64),
    ) -> std::io::Result<()> {
        let mut reader = reader.take(limit);
        let mut buffer = vec![0; 1 << 18];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => {
                    self.update(&buffer[..n]);
                    each(n as u64);
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name that git gives a file of `size` bytes: the sha1 of a header and the contents. The Hub gives it as the ETag
/// of what isn't in LFS.
pub(super) fn git_hash(mut file: &File, size: u64) -> std::io::Result<String> {
    let mut state = Sha1::new();
    state.update(format!("blob {size}\0"));
    file.rewind()?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hexadecimal(&state.finalize())),
            Ok(n) => state.update(&buffer[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

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
pub(super) struct Ledger {
    dir: PathBuf,
}

impl Ledger {
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
    /// [`ErrorKind::Io`] if the ledger can't be written.
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

    /// The hash of `path`: remembered, or computed and then remembered if the ledger can be written.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read.
    pub(super) fn sha256(&self, path: &Path) -> Result<String> {
        if let Some(known) = self.known(path) {
            return Ok(known);
        }
        let sha256 = hash_file(path, &super::progress::Silent)?;
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

/// The sha256 of a whole file.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be read.
pub(super) fn hash_file(path: &Path, progress: &dyn Progress) -> Result<String> {
    let mut hasher = Hasher::default();
    let mut file = File::open(path).map_err(|e| Error::io("reading", path, e))?;
    hasher
        .read_from(&mut file, u64::MAX, |n| progress.advance(n))
        .map_err(|e| Error::io("reading", path, e))?;
    Ok(hasher.finish())
}

fn stamp(path: &Path) -> std::io::Result<(u64, u128)> {
    let meta = path.metadata()?;
    let modified = meta
        .modified()?
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_nanos());
    Ok((meta.len(), modified))
}

/// Writes `value` so that readers see the old file or the new one, never a part of it.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be written.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|e| {
        Error::new(ErrorKind::Io, format!("writing {}", path.display())).with_source(e)
    })?;
    write_whole(path, &bytes, path.parent().unwrap_or(Path::new(".")))
}

/// Writes a small file so that readers see the old one or the new one, never a part of it. `scratch`, a folder on the
/// same file system, is where a killed process may leave a temporary file.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be written.
pub(super) fn write_whole(path: &Path, bytes: &[u8], scratch: &Path) -> Result<()> {
    let failed = |e| Error::io("writing", path, e);
    for dir in [path.parent().unwrap_or(Path::new(".")), scratch] {
        std::fs::create_dir_all(dir).map_err(failed)?;
    }
    let mut file = temporary_in(scratch).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// A temporary file that, once renamed, others may read as far as the umask allows.
pub(super) fn temporary_in(dir: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(dir)
}

/// Makes a finished file visible under its name: contents to disk first, then the name.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be synced or renamed.
pub(super) fn publish(partial: &Path, file: &File, target: &Path) -> Result<()> {
    let failed = |e| Error::io("writing", target, e);
    file.sync_all().map_err(failed)?;
    std::fs::rename(partial, target).map_err(failed)?;
    // A directory can't be opened for syncing on every platform; the rename is atomic without it.
    if let Some(Ok(dir)) = target.parent().map(File::open) {
        dir.sync_all().ok();
    }
    Ok(())
}

/// Fails early and clearly if the file system that holds `dir` lacks room for `bytes` more.
///
/// # Errors
/// [`ErrorKind::Unavailable`] if there is too little room.
pub(super) fn check_room(dir: &Path, bytes: u64) -> Result<()> {
    let Some(existing) = dir.ancestors().find(|dir| dir.is_dir()) else {
        return Ok(());
    };
    // Where the room can't be asked for, writing will tell.
    let Ok(free) = fs4::available_space(existing) else {
        return Ok(());
    };
    if free >= bytes {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unavailable,
        format!(
            "{} MB are needed in {}, {} MB are free",
            bytes.div_ceil(1_000_000),
            dir.display(),
            free / 1_000_000
        ),
    )
    .with_hint("make room, or put the store on another disk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_said_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("not/yet/there");
        assert!(check_room(&folder, 1).is_ok());
        let error = check_room(&folder, u64::MAX).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("are needed in"), "{error}");
    }

    #[test]
    fn the_git_hash_is_gits() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"test content\n").unwrap();
        // The example of the book "Pro Git", chapter 10.2.
        let hash = git_hash(&file, 13).unwrap();
        assert_eq!(hash, "d670460b4b4aece5915caf5c68d12f560a9fe3e4");
    }

    #[test]
    fn a_hash_is_remembered_until_the_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(dir.path().join("ledger"));
        let path = dir.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(ledger.known(&path), None);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(ledger.sha256(&path).unwrap(), abc);
        assert_eq!(ledger.known(&path).as_deref(), Some(abc));
        assert!(ledger.stale().is_empty());
        std::fs::write(&path, "abcd").unwrap();
        assert_eq!(ledger.known(&path), None);
        assert_eq!(ledger.stale().len(), 1);
        ledger.forget(&path);
        assert!(ledger.stale().is_empty());
    }
}
