//! Locks between processes: two that want the same model wait for one another.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::{Error, Result};
use crate::registry::progress::Progress;

/// An exclusive lock on a file, held until dropped. The operating system lets go of it when the process dies, however
/// it dies. On Unix it is `flock`, which is also what Python's `huggingface_hub` takes.
pub(in crate::registry) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock on `path`; if it is taken, `progress` is told that `what` is being waited for.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if the lock file can't be made.
    pub(in crate::registry) fn wait(
        path: &Path,
        what: &str,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let failed = |e| Error::io("locking", path, e);
        let file = open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.note(&format!(
                    "another process is fetching {what}: waiting for it"
                ));
                file.lock().map_err(failed)?;
            }
            // Some network file systems have no locks. Files still become visible only whole.
            Err(TryLockError::Error(e)) if e.kind() == std::io::ErrorKind::Unsupported => {
                progress.note(&format!(
                    "{} can't be locked: don't run two downloads at once",
                    path.display()
                ));
            }
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        Ok(Self { _file: file })
    }

    /// The lock on `path` if nobody holds it.
    pub(in crate::registry) fn try_now(path: &Path) -> Option<Self> {
        let file = open(path).ok()?;
        file.try_lock().ok()?;
        Some(Self { _file: file })
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}
