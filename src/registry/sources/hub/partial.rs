//! A file that isn't whole yet: its bytes, and how far each part of it has come.
//!
//! A file of one part holds what has come and nothing else; so did the unfinished files of Python's `huggingface_hub`
//! as long as it resumed them. A file of several parts has its full length from the beginning and a journal after it:
//! for each part the bytes that have come, as eight bytes, little-endian. A count is written after the bytes that it
//! counts, so that a killed process leaves none that is too large. What a power cut leaves, the hash finds out.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Parts of one file at most, so that a size that a server invents makes no long list.
const MOST_PARTS: u64 = 1 << 16;

/// Bytes of a count in the journal.
const COUNT: u64 = 8;

/// An unfinished file.
pub(super) struct Partial<'a> {
    path: &'a Path,
    size: u64,
    parts: Vec<Part>,
}

/// A part of an unfinished file; positions are bytes from the file's beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub index: usize,
    pub start: u64,
    pub end: u64,
    /// Where the next byte belongs.
    pub at: u64,
    /// Where the part's count is; `None` for the only part of a file.
    journal: Option<u64>,
}

impl Part {
    pub(super) fn is_only(&self) -> bool {
        self.journal.is_none()
    }

    pub(super) fn is_whole(&self) -> bool {
        self.at == self.end
    }
}

impl<'a> Partial<'a> {
    /// Opens what an earlier run left at `path` of a file of `size` bytes, or begins it, in parts of `part` bytes.
    pub(super) fn open(path: &'a Path, size: u64, part: u64) -> std::io::Result<Self> {
        let left = Self::left(path, size, part);
        let came = left.iter().map(|part| part.at - part.start);
        let counts: Vec<u8> = came.flat_map(u64::to_le_bytes).collect();
        let prefix = left.first().map_or(0, |first| first.at);
        let parts = left;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        if parts.len() > 1 {
            file.set_len(size + counts.len() as u64)?;
            file.seek(SeekFrom::Start(size))?;
            file.write_all(&counts)?;
        } else {
            file.set_len(prefix)?;
        }
        Ok(Self { path, size, parts })
    }

    /// Bytes that an earlier run left at `path` of a file of `size` bytes.
    pub(super) fn came(path: &Path, size: u64, part: u64) -> u64 {
        match path.exists() {
            true => Self::left(path, size, part)
                .iter()
                .map(|part| part.at - part.start)
                .sum(),
            false => 0,
        }
    }

    fn left(path: &Path, size: u64, part: u64) -> Vec<Part> {
        let length = part.max(size.div_ceil(MOST_PARTS)).max(1);
        let total = size.div_ceil(length).max(1);
        let counts = (total > 1)
            .then(|| counts(path, size, total).ok())
            .flatten();
        let prefix = path.metadata().map_or(0, |meta| meta.len());
        // What is longer than the file, without a journal of this length, is something else.
        let prefix = if prefix > size { 0 } else { prefix };
        let make = |index: usize| {
            let start = index as u64 * length;
            let end = size.min(start + length);
            let came = match &counts {
                Some(counts) => counts.get(index).copied().unwrap_or(0),
                None => prefix.saturating_sub(start),
            };
            Part {
                index,
                start,
                end,
                at: start + came.min(end - start),
                journal: (total > 1).then_some(size + index as u64 * COUNT),
            }
        };
        (0..total as usize).map(make).collect()
    }

    /// The same file as one part: what came without a gap is kept.
    pub(super) fn into_one(self) -> std::io::Result<Self> {
        let prefix = self.prefix();
        OpenOptions::new()
            .write(true)
            .open(self.path)?
            .set_len(prefix)?;
        Self::open(self.path, self.size, self.size)
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Takes note of how far a part has come.
    pub(super) fn reached(&mut self, index: usize, at: u64) {
        self.parts[index].at = at;
    }

    /// Bytes from the beginning that have come without a gap.
    pub(super) fn prefix(&self) -> u64 {
        let broken = self.parts.iter().find(|part| !part.is_whole());
        broken.map_or(self.size, |part| part.at)
    }

    /// The file without its journal, for when all parts are whole.
    pub(super) fn finish(self) -> std::io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).open(self.path)?;
        file.set_len(self.size)?;
        Ok(file)
    }
}

/// The journal of a file of `total` parts.
fn counts(path: &Path, size: u64, total: u64) -> std::io::Result<Vec<u64>> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() != size + total * COUNT {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    file.seek(SeekFrom::Start(size))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let (counts, _) = bytes.as_chunks();
    Ok(counts
        .iter()
        .map(|count| u64::from_le_bytes(*count))
        .collect())
}

/// Writes one part; others may write theirs at the same time.
pub(super) struct Writer {
    file: File,
    pub part: Part,
}

impl Writer {
    pub(super) fn open(path: &Path, part: Part) -> std::io::Result<Self> {
        let file = OpenOptions::new().write(true).open(path)?;
        Ok(Self { file, part })
    }

    pub(super) fn write(&mut self, data: &[u8]) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.part.at))?;
        self.file.write_all(data)?;
        self.part.at += data.len() as u64;
        let Some(journal) = self.part.journal else {
            return Ok(());
        };
        self.file.seek(SeekFrom::Start(journal))?;
        self.file
            .write_all(&(self.part.at - self.part.start).to_le_bytes())
    }

    /// Forgets what has come of the only part.
    pub(super) fn restart(&mut self) -> std::io::Result<()> {
        self.part.at = self.part.start;
        self.file.set_len(self.part.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_goes_on_where_it_was_and_the_whole_has_no_journal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let data: Vec<u8> = (0..250).collect();
        let write = |partial: &Partial<'_>, index: usize, n: usize| {
            let mut writer = Writer::open(&path, partial.parts()[index].clone()).unwrap();
            let at = writer.part.at as usize;
            writer.write(&data[at..at + n]).unwrap();
        };
        let partial = Partial::open(&path, 250, 100).unwrap();
        assert_eq!(partial.parts().len(), 3);
        write(&partial, 2, 50);
        write(&partial, 0, 60);
        assert_eq!(Partial::came(&path, 250, 100), 110);
        let partial = Partial::open(&path, 250, 100).unwrap();
        let at: Vec<u64> = partial.parts().iter().map(|part| part.at).collect();
        assert_eq!((at, partial.prefix()), (vec![60, 100, 250], 60));
        write(&partial, 0, 40);
        write(&partial, 1, 100);
        let partial = Partial::open(&path, 250, 100).unwrap();
        assert_eq!(partial.prefix(), 250);
        partial.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), data);
        // Killed before it got its name.
        assert_eq!(Partial::came(&path, 250, 100), 250);
    }

    #[test]
    fn one_part_and_several_take_over_from_one_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, [7; 130]).unwrap();
        let partial = Partial::open(&path, 250, 100).unwrap();
        let at: Vec<u64> = partial.parts().iter().map(|part| part.at).collect();
        assert_eq!(at, [100, 130, 200]);
        let partial = partial.into_one().unwrap();
        assert_eq!((partial.parts().len(), partial.prefix()), (1, 130));
        assert_eq!(std::fs::read(&path).unwrap(), [7; 130]);
        // Counts that promise too much are cut; what has another length than any journal gives is not believed.
        let lie = [vec![0; 250], vec![0xff; 24]].concat();
        std::fs::write(&path, lie).unwrap();
        assert_eq!(Partial::came(&path, 250, 100), 250);
        std::fs::write(&path, [0; 251]).unwrap();
        assert_eq!(Partial::came(&path, 250, 100), 0);
        assert_eq!(Partial::open(&path, 250, 100).unwrap().prefix(), 0);
        assert_eq!(Partial::came(&dir.path().join("none"), u64::MAX, 1), 0);
    }
}
