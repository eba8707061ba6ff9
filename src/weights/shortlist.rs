//! The binary lexical shortlist of Marian's students (`lex.*.s2t.bin`): for each source token the target tokens that
//! it is likely to turn into, so that the output layer computes some hundreds of logits instead of the vocabulary.
//!
//! Layout, little-endian `u64` (marian-dev, `src/data/shortlist.h`): magic, checksum, number of most frequent target
//! tokens that are always in, most candidates a source token, length of the offset table, length of the candidate
//! table; then the offsets (`u64`) and the candidates (`u32`).

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::weights::blob::Blob;

const MAGIC: u64 = 0xF11A_48D5_0134_17F5;
const HEADER: usize = 48;

/// A lexical shortlist, checked against the sizes of the vocabularies.
#[derive(Debug)]
pub struct Shortlist {
    blob: Blob,
    always: u32,
    sources: usize,
    targets: u32,
}

impl Shortlist {
    /// Opens a shortlist for vocabularies of these sizes.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read; [`ErrorKind::Model`] if it isn't a binary shortlist, is damaged, or
    /// belongs to other vocabularies.
    pub fn open(path: &Path, sources: usize, targets: usize) -> Result<Self> {
        Self::read(Blob::open(path)?, sources, targets).map_err(|error| {
            Error::new(
                ErrorKind::Model,
                format!(
                    "{} isn't a shortlist that can be used: {error}",
                    path.display()
                ),
            )
            .with_hint("download the file again, or translate without a shortlist")
        })
    }

    /// Reads a shortlist from bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the bytes aren't a binary shortlist for vocabularies of these sizes.
    pub fn read(blob: Blob, sources: usize, targets: usize) -> Result<Self> {
        let broken = |message: &str| Error::new(ErrorKind::Model, message);
        let (header, _) = blob
            .split_first_chunk::<HEADER>()
            .ok_or_else(|| broken("it is too short for a header"))?;
        let field = |n: usize| {
            let bytes = header[8 * n..8 * n + 8].try_into();
            u64::from_le_bytes(bytes.expect("eight bytes were taken"))
        };
        if field(0) != MAGIC {
            return Err(broken("it isn't in the binary format"));
        }
        let (offsets, candidates) = (field(4), field(5));
        let size = offsets.checked_mul(8).and_then(|bytes| {
            candidates
                .checked_mul(4)?
                .checked_add(bytes)?
                .checked_add(HEADER as u64)
        });
        if size != Some(blob.len() as u64) {
            return Err(broken("its size isn't what its header says"));
        }
        if offsets != sources as u64 + 1 {
            return Err(broken("it belongs to another source vocabulary"));
        }
        let targets = u32::try_from(targets).map_err(|_| broken("the vocabulary is too large"))?;
        let shortlist = Self {
            always: u32::try_from(field(2)).unwrap_or(u32::MAX).min(targets),
            blob,
            sources,
            targets,
        };
        let mut last = 0;
        for source in 0..=sources {
            let offset = shortlist.offset(source);
            if offset < last || offset > candidates {
                return Err(broken("its offsets aren't in order"));
            }
            last = offset;
        }
        Ok(shortlist)
    }

    fn offset(&self, source: usize) -> u64 {
        let at = HEADER + 8 * source;
        let bytes = self.blob[at..at + 8].try_into();
        u64::from_le_bytes(bytes.expect("eight bytes were taken"))
    }

    /// Candidates of one source token.
    fn of_token(&self, source: usize) -> impl Iterator<Item = u32> + '_ {
        let table = HEADER + 8 * (self.sources + 1);
        // The offsets were checked against the size of the blob when it was read.
        let start = table + 4 * self.offset(source) as usize;
        let end = table + 4 * self.offset(source + 1) as usize;
        self.blob[start..end]
            .chunks_exact(4)
            .map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// The most frequent target tokens that the file puts into every shortlist: so many, from the first on.
    pub fn always(&self) -> u32 {
        self.always
    }

    /// The target tokens from `first` on that a translation of `source` may use, ascending: the candidates of each
    /// source token and, where the vocabulary is `shared`, the source tokens themselves.
    pub fn candidates(&self, source: &[u32], shared: bool, first: u32) -> Vec<u32> {
        let mut candidates = Vec::new();
        for &token in source {
            if shared {
                candidates.push(token);
            }
            if (token as usize) < self.sources {
                candidates.extend(self.of_token(token as usize));
            }
        }
        // A candidate beyond the vocabulary can only come from a damaged file.
        candidates.retain(|token| (first..self.targets).contains(token));
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}
