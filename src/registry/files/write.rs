//! Writing so that a reader, or a crash, never meets half a file.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};

/// Writes `value` so that readers see the old file or the new one, never a part of it.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be written.
pub(in crate::registry) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
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
pub(in crate::registry) fn write_whole(path: &Path, bytes: &[u8], scratch: &Path) -> Result<()> {
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
pub(in crate::registry) fn temporary_in(dir: &Path) -> std::io::Result<tempfile::NamedTempFile> {
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
pub(in crate::registry) fn publish(partial: &Path, file: &File, target: &Path) -> Result<()> {
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
pub(in crate::registry) fn check_room(dir: &Path, bytes: u64) -> Result<()> {
    // Where the room can't be asked for, writing will tell.
    let Some(free) = free_bytes(dir) else {
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

/// Bytes free on the file system that holds `dir`, or will hold it; `None` where the system doesn't say.
pub fn free_bytes(dir: &Path) -> Option<u64> {
    let existing = dir.ancestors().find(|dir| dir.is_dir())?;
    fs4::available_space(existing).ok()
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
}
