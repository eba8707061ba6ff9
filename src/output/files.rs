//! Output files. A target is opened before the long work, so that a bad path fails first; it is visible under its name
//! only when it is whole.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind, Result};

/// A file that will be written in one piece.
///
/// ```
/// use traghetto::output::Target;
///
/// let path = std::env::temp_dir().join(format!("traghetto-doc-{}.txt", std::process::id()));
/// Target::open(&path)?.write(b"whole")?;
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), traghetto::Error>(())
/// ```
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    place: PathBuf,
    /// Whether a file that has the name is kept under another one.
    keeps: bool,
}

impl Target {
    /// Makes sure that a file can be made at `path`, and leaves no trace.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the folder can't be written, [`ErrorKind::Usage`] if `path` is a folder.
    pub fn open(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Err(
                Error::new(ErrorKind::Usage, format!("{} is a folder", path.display()))
                    .with_hint("name a file"),
            );
        }
        let target = Self {
            // A link stays one: what it leads to is written.
            place: fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()),
            path: path.to_path_buf(),
            keeps: false,
        };
        if !target.is_device() {
            target.part()?;
        }
        Ok(target)
    }

    /// The target, which keeps a file that has its name, under another one: which that will be, as far as is known now.
    pub fn keeping(mut self) -> (Self, Option<PathBuf>) {
        let mut names = (1..).map(|n| self.numbered(n));
        let free = names.find(|path| !path.exists());
        let aside = free.filter(|_| self.is_taken());
        self.keeps = true;
        (self, aside)
    }

    fn numbered(&self, n: usize) -> PathBuf {
        let mut name = self.place.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{n}"));
        self.place.with_file_name(name)
    }

    /// Whether a file has the name.
    fn is_taken(&self) -> bool {
        fs::metadata(&self.place).is_ok_and(|there| there.is_file())
    }

    /// Gives the file that has the name another one, which is free at this moment.
    fn set_aside(&self) -> io::Result<()> {
        for n in 1.. {
            let aside = self.numbered(n);
            // A link is made only where nothing is; the result then takes the first name.
            match fs::hard_link(&self.place, &aside) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                // The file system has no such links.
                Err(_) if !aside.exists() => return fs::rename(&self.place, &aside),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Where the file will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a device or a pipe, which must not be replaced by a file.
    fn is_device(&self) -> bool {
        fs::metadata(&self.place).is_ok_and(|there| !there.is_file())
    }

    /// Writes the whole file under another name, then gives it its own; a device or a pipe is written as it stands.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be written; whatever had the name before is then still there.
    pub fn write(self, bytes: &[u8]) -> Result<()> {
        let path = self.path.clone();
        self.write_by(|out| {
            let failed = |error| Error::io("writing", &path, error);
            out.write_all(bytes).map_err(failed)
        })
    }

    /// As [`Target::write`], what `write` writes.
    ///
    /// # Errors
    /// As for [`Target::write`], and what `write` says.
    pub fn write_by<T>(self, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
        let failed = |error| Error::io("writing", &self.path, error);
        if self.is_device() {
            let device = fs::OpenOptions::new().write(true).open(&self.place);
            let mut device = device.map_err(failed)?;
            return write(&mut device);
        }
        let mut part = self.part()?;
        let made = write(&mut part)?;
        part.as_file().sync_all().map_err(failed)?;
        if self.keeps && self.is_taken() {
            self.set_aside().map_err(failed)?;
        }
        part.persist(&self.place)
            .map_err(|error| failed(error.error))?;
        Ok(made)
    }

    /// A temporary file beside the target, so that the last step is a rename within one file system.
    fn part(&self) -> Result<NamedTempFile> {
        let folder = match self.place.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".traghetto-").suffix(".part");
        // A temporary file is private by default; a result is as readable as any file, or as the one it replaces.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let usual = std::fs::Permissions::from_mode(0o666);
            builder.permissions(fs::metadata(&self.place).map_or(usual, |old| old.permissions()));
        }
        builder
            .tempfile_in(folder)
            .map_err(|error| Error::io("writing into", folder, error).with_hint(ELSEWHERE))
    }
}

const ELSEWHERE: &str = "name a folder that you may write to";

/// sha256 of `bytes`, in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Creates the folder for the results.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be made.
pub fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path)
        .map_err(|error| Error::io("making the folder", path, error).with_hint(ELSEWHERE))
}

/// Writes to standard output. A reader that has gone away has read enough: that is no failure.
///
/// # Errors
/// [`ErrorKind::Io`] for any other failure. `Ok(false)` means that the reader is gone.
pub fn write_stdout(out: &mut dyn Write, text: &str) -> Result<bool> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::io("writing to", "standard output", error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_visible_before_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "old").unwrap();
        let target = Target::open(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(target);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        Target::open(&path).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_has_the_name_can_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        let (target, aside) = Target::open(&path).unwrap().keeping();
        assert_eq!(aside, None);
        target.write(b"one").unwrap();
        for (n, old, new) in [(1, "one", "two"), (2, "two", "three")] {
            let (target, aside) = Target::open(&path).unwrap().keeping();
            let aside = aside.unwrap();
            assert_eq!(aside, folder.path().join(format!("a.md.{n}")));
            assert!(!aside.exists());
            target.write(new.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&aside).unwrap(), old);
            assert_eq!(fs::read_to_string(&path).unwrap(), new);
        }
        // Of two that were opened together neither takes what the other has kept, and what came meanwhile is kept too.
        let both = [(); 2].map(|()| Target::open(&path).unwrap().keeping().0);
        for (target, new) in both.into_iter().zip(["four", "five"]) {
            target.write(new.as_bytes()).unwrap();
        }
        for (name, text) in [("a.md.3", "three"), ("a.md.4", "four"), ("a.md", "five")] {
            let path = folder.path().join(name);
            assert_eq!(fs::read_to_string(path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_a_device() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.md"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        Target::open(&link).unwrap().write(b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let null = folder.path().join("null");
        symlink("/dev/null", &null).unwrap();
        Target::open(&null).unwrap().write(b"gone").unwrap();
        assert!(fs::symlink_metadata(&null).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_bad_path_fails_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            Target::open(folder.path()).unwrap_err().kind(),
            ErrorKind::Usage
        );
        let missing = folder.path().join("no").join("a.md");
        assert_eq!(Target::open(&missing).unwrap_err().kind(), ErrorKind::Io);
    }
}
