//! Where the bytes of a download go: through gzip's inflater to a file if they come packed, and through sha256.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::write::GzDecoder;

use crate::registry::files::Hasher;

/// Largest size of an unpacked file whose size nobody said: a vocabulary or a shortlist is far below.
const LARGEST_UNKNOWN: u64 = 1 << 28;

/// Takes a download in from its first byte on.
pub(super) enum Sink {
    /// The bytes are the file's own, and are written by whoever has them.
    Plain(Counted),
    Packed(Box<GzDecoder<Counted>>),
}

/// Hashes bytes, writes them where there is a file, and holds them to a limit.
pub(super) struct Counted {
    out: Option<File>,
    hasher: Hasher,
    most: u64,
}

impl Write for Counted {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if data.len() as u64 > self.most - self.hasher.bytes() {
            return Err(std::io::Error::other(format!(
                "it is larger than {} bytes",
                self.most
            )));
        }
        if let Some(out) = &mut self.out {
            out.write_all(data)?;
        }
        self.hasher.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    /// A sink that unpacks to the file `unpacked`, if there is one; `size` is what the file should have in the end.
    pub(super) fn new(unpacked: Option<&Path>, size: Option<u64>) -> std::io::Result<Self> {
        let most = match (size, unpacked) {
            (Some(size), _) => size,
            (None, Some(_)) => LARGEST_UNKNOWN,
            (None, None) => u64::MAX,
        };
        let counted = |out| Counted {
            out,
            hasher: Hasher::default(),
            most,
        };
        Ok(match unpacked {
            None => Self::Plain(counted(None)),
            Some(path) => {
                Self::Packed(Box::new(GzDecoder::new(counted(Some(File::create(path)?)))))
            }
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// What [`told`] puts into words, if they can't belong to the file.
    pub(super) fn take(&mut self, data: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Plain(counted) => counted.write_all(data),
            Self::Packed(inflater) => inflater.write_all(data),
        }
    }

    /// The size and the sha256 of the file.
    ///
    /// # Errors
    /// What [`told`] puts into words, if a packed file ends early or contradicts its own checksum.
    pub(super) fn finish(self) -> std::io::Result<(u64, String)> {
        let counted = match self {
            Self::Plain(counted) => counted,
            Self::Packed(inflater) => inflater.finish()?,
        };
        Ok((counted.hasher.bytes(), counted.hasher.finish()))
    }
}

/// What an error of the inflater means.
pub(super) fn told(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "its gzip stream ends early".to_owned(),
        std::io::ErrorKind::WriteZero => "something follows its gzip stream".to_owned(),
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
            format!("its gzip stream is damaged or cut off ({error})")
        }
        _ => error.to_string(),
    }
}
