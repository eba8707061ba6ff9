//! Hashes of files: the registry's own sha256, and the one that git and the Hub use.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::registry::progress::Progress;

/// A running sha256 that also counts bytes.
#[derive(Clone, Default)]
pub(in crate::registry) struct Hasher {
    state: Sha256,
    bytes: u64,
}

impl Hasher {
    pub(in crate::registry) fn update(&mut self, data: &[u8]) {
        self.state.update(data);
        self.bytes += data.len() as u64;
    }

    /// Bytes hashed so far.
    pub(in crate::registry) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The hash in lower-case hexadecimal.
    pub(in crate::registry) fn finish(self) -> String {
        hexadecimal(&self.state.finalize())
    }

    /// Takes in the next `limit` bytes of `reader` (fewer if it ends before), calling `each` with the length of every
    /// piece.
    pub(in crate::registry) fn read_from(
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
pub(in crate::registry) fn git_hash(mut file: &File, size: u64) -> std::io::Result<String> {
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

/// The sha256 of a whole file.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be read.
pub(in crate::registry) fn hash_file(path: &Path, progress: &dyn Progress) -> Result<String> {
    let mut hasher = Hasher::default();
    let mut file = File::open(path).map_err(|e| Error::io("reading", path, e))?;
    hasher
        .read_from(&mut file, u64::MAX, |n| progress.advance(n))
        .map_err(|e| Error::io("reading", path, e))?;
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_git_hash_is_gits() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"test content\n").unwrap();
        // The example of the book "Pro Git", chapter 10.2.
        let hash = git_hash(&file, 13).unwrap();
        assert_eq!(hash, "d670460b4b4aece5915caf5c68d12f560a9fe3e4");
    }
}
