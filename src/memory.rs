//! The memory: what was made once need not be made again. An embedded database of answers, each under a hash of all
//! that decides it, so that an entry can't be wrong but only unused.
//!
//! Several processes may have it open at once. An entry is there whole or not at all, also after `kill -9`. The file's
//! checksums are verified when it is opened; a damaged one is moved aside, never trusted and never deleted.

use std::cell::Cell;
use std::io::Read;
use std::path::{Path, PathBuf};

use redb::{
    ConcurrencyMode, Database, DatabaseError, ReadableDatabase, ReadableTable,
    ReadableTableMetadata, StorageError, TableDefinition,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};

/// Names an entry: a hash of all that decides it.
pub type Key = [u8; 32];

/// Makes a [`Key`] of the parts of a request.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Adds a part. Its length is hashed with it, so that parts can't run together.
    pub fn part(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The key of the parts so far.
    pub fn key(self) -> Key {
        self.0.finalize().into()
    }
}

/// Values by key, each after the number that says when it came.
const ENTRIES: TableDefinition<'_, &Key, (u64, &[u8])> = TableDefinition::new("entries");
/// Keys in the order in which they came.
const ORDER: TableDefinition<'_, u64, &Key> = TableDefinition::new("order");
/// Under "bytes", the bytes of all values.
const TOTALS: TableDefinition<'_, &str, u64> = TableDefinition::new("totals");

/// Values of more bytes than this together push the oldest out: some 50,000 sentences with what is known of them.
pub const DEFAULT_LIMIT: u64 = 64 << 20;

/// What is in a memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// How many answers.
    pub entries: u64,
    /// Bytes of the answers.
    pub bytes: u64,
    /// Bytes that they may take before the oldest go.
    pub limit: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
}

/// An open memory.
pub struct Memory {
    path: PathBuf,
    database: Database,
    limit: u64,
    /// Where a damaged file was moved when this memory was opened in its place.
    set_aside: Option<PathBuf>,
}

impl Memory {
    /// Opens the memory in the file `path`, which is made if need be. Entries beyond `limit` bytes push out the oldest.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be made, read or locked.
    pub fn open(path: &Path, limit: u64) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| Error::io("making the folder", folder, error))?;
        }
        let memory = |database, set_aside| Self {
            path: path.to_path_buf(),
            database,
            limit,
            set_aside,
        };
        if !could_be_memory(path) {
            let message = format!("{} is no memory of this program", path.display());
            return Err(Error::new(ErrorKind::Io, message).with_hint(
                "it was left as it is; name another file with TRAGHETTO_MEMORY, or move it away",
            ));
        }
        match create(path) {
            Ok(database) => Ok(memory(database, None)),
            Err(error) if is_damage(&error) => {
                let aside = free_name(path);
                std::fs::rename(path, &aside)
                    .map_err(|error| Error::io("moving a damaged memory aside,", path, error))?;
                let database = create(path).map_err(|error| failed(path, error))?;
                Ok(memory(database, Some(aside)))
            }
            Err(error) => Err(failed(path, error)),
        }
    }

    /// Where the damaged file was moved that had this memory's place.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value under `key`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read.
    pub fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let transaction = self.database.begin_read()?;
            let entries = match transaction.open_table(ENTRIES) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            Ok(entries.get(key)?.map(|entry| entry.value().1.to_vec()))
        };
        read().map_err(|error| failed(&self.path, error))
    }

    /// Puts values under their keys; those that were there are replaced. When this returns, they are on the disk.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be written; then none is there.
    pub fn put<'a>(&self, values: impl IntoIterator<Item = (&'a Key, &'a [u8])>) -> Result<()> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut entries = transaction.open_table(ENTRIES)?;
                let mut order = transaction.open_table(ORDER)?;
                let mut totals = transaction.open_table(TOTALS)?;
                let mut bytes = totals.get("bytes")?.map_or(0, |total| total.value());
                let next = order.last()?.map_or(0, |(number, _)| number.value() + 1);
                for (number, (key, value)) in (next..).zip(values) {
                    if let Some(old) = entries.insert(key, (number, value))? {
                        let (before, old) = old.value();
                        order.remove(before)?;
                        bytes = bytes.saturating_sub(old.len() as u64);
                    }
                    order.insert(number, key)?;
                    bytes += value.len() as u64;
                }
                while bytes > self.limit {
                    let Some((_, key)) = order.pop_first()? else {
                        break;
                    };
                    if let Some(old) = entries.remove(key.value())? {
                        bytes = bytes.saturating_sub(old.value().1.len() as u64);
                    }
                }
                totals.insert("bytes", bytes)?;
            }
            transaction.commit()?;
            Ok(())
        };
        write().map_err(|error| failed(&self.path, error))
    }

    /// How much is there.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read.
    pub fn stats(&self) -> Result<Stats> {
        let read = || -> Result<(u64, u64), redb::Error> {
            let transaction = self.database.begin_read()?;
            let (entries, totals) = match (
                transaction.open_table(ENTRIES),
                transaction.open_table(TOTALS),
            ) {
                (Ok(entries), Ok(totals)) => (entries, totals),
                (Err(redb::TableError::TableDoesNotExist(_)), _) => return Ok((0, 0)),
                (Err(error), _) | (_, Err(error)) => return Err(error.into()),
            };
            let bytes = totals.get("bytes")?.map_or(0, |total| total.value());
            Ok((entries.len()?, bytes))
        };
        let (entries, bytes) = read().map_err(|error| failed(&self.path, error))?;
        let file = std::fs::metadata(&self.path)
            .map_err(|error| Error::io("reading", &self.path, error))?;
        Ok(Stats {
            entries,
            bytes,
            limit: self.limit,
            file_bytes: file.len(),
        })
    }

    /// Every value, the oldest first.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read; what `on` says.
    pub fn each(&self, on: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let said = Cell::new(None);
        let mut read = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_read()?;
            let (entries, order) = match (
                transaction.open_table(ENTRIES),
                transaction.open_table(ORDER),
            ) {
                (Ok(entries), Ok(order)) => (entries, order),
                (Err(redb::TableError::TableDoesNotExist(_)), _) => return Ok(()),
                (Err(error), _) | (_, Err(error)) => return Err(error.into()),
            };
            for row in order.iter()? {
                let (_, key) = row?;
                if let Some(entry) = entries.get(key.value())?
                    && let Err(error) = on(entry.value().1)
                {
                    said.set(Some(error));
                    return Ok(());
                }
            }
            Ok(())
        };
        read().map_err(|error| failed(&self.path, error))?;
        said.take().map_or(Ok(()), Err)
    }

    /// Forgets everything and gives the disk space back; returns how many entries there were.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be written.
    pub fn clear(&mut self) -> Result<u64> {
        let entries = self.stats()?.entries;
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            transaction.delete_table(ENTRIES)?;
            transaction.delete_table(ORDER)?;
            transaction.delete_table(TOTALS)?;
            transaction.commit()?;
            Ok(())
        };
        write().map_err(|error| failed(&self.path, error))?;
        // Another process may have the file open, and then it keeps its size.
        let _ = self.database.compact();
        Ok(entries)
    }
}

fn create(path: &Path) -> Result<Database, DatabaseError> {
    Database::builder()
        .set_concurrency_mode(ConcurrencyMode::MultiWriter)
        .set_check_integrity_on_open(true)
        .set_cache_size(16 << 20)
        .create(path)
}

/// Whether the file itself is bad, rather than the way to it.
fn is_damage(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::Storage(StorageError::Corrupted(_)) | DatabaseError::UpgradeRequired(_) => {
            true
        }
        DatabaseError::Storage(StorageError::Io(error)) => matches!(
            error.kind(),
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof
        ),
        _ => false,
    }
}

/// Whether nobody else's file is at `path`: there is none, it begins as a database does, or with zeros, as one that was
/// cut short by a lost power supply.
fn could_be_memory(path: &Path) -> bool {
    const MAGIC: &[u8] = b"redb";
    let Ok(file) = std::fs::File::open(path) else {
        // What can't be read is told by who opens it.
        return true;
    };
    let mut head = Vec::new();
    let read = file.take(MAGIC.len() as u64).read_to_end(&mut head);
    read.is_err() || head.starts_with(MAGIC) || head.iter().all(|&byte| byte == 0)
}

/// A name beside `path` that nothing has.
fn free_name(path: &Path) -> PathBuf {
    let name = |n: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{n}"));
        PathBuf::from(name)
    };
    (1..)
        .map(name)
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| name(0))
}

fn failed(path: &Path, error: impl Into<redb::Error>) -> Error {
    Error::new(
        ErrorKind::Io,
        format!("the memory {} can't be used", path.display()),
    )
    .with_source(error.into())
    .with_hint("work without it with --no-memory, or name another file with TRAGHETTO_MEMORY")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> Key {
        Hasher::default().part(n.to_le_bytes()).key()
    }

    fn put(memory: &Memory, n: u64, value: &[u8]) {
        memory.put([(&key(n), value)]).unwrap();
    }

    #[test]
    fn what_was_put_is_there_also_for_another_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub").join("memory.redb");
        let memory = Memory::open(&path, DEFAULT_LIMIT).unwrap();
        assert_eq!(memory.get(&key(1)).unwrap(), None);
        assert_eq!(memory.stats().unwrap().entries, 0);
        put(&memory, 1, b"one");
        let second = Memory::open(&path, DEFAULT_LIMIT).unwrap();
        put(&second, 2, b"two");
        put(&memory, 1, b"uno");
        assert_eq!(second.get(&key(1)).unwrap().unwrap(), b"uno");
        assert_eq!(memory.get(&key(2)).unwrap().unwrap(), b"two");
        let stats = memory.stats().unwrap();
        assert_eq!((stats.entries, stats.bytes), (2, 6));
        let mut all = Vec::new();
        memory
            .each(&mut |value| {
                all.push(value.to_vec());
                Ok(())
            })
            .unwrap();
        assert_eq!(all, [b"two".to_vec(), b"uno".to_vec()]);
    }

    #[test]
    fn the_oldest_go_when_there_is_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::open(&folder.path().join("m"), 100).unwrap();
        for n in 0..10 {
            put(&memory, n, &[0; 30]);
        }
        let stats = memory.stats().unwrap();
        assert_eq!((stats.entries, stats.bytes), (3, 90));
        assert!(memory.get(&key(6)).unwrap().is_none());
        assert!(memory.get(&key(7)).unwrap().is_some());
    }

    #[test]
    fn clearing_empties() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Memory::open(&folder.path().join("m"), DEFAULT_LIMIT).unwrap();
        for n in 0..200 {
            put(&memory, n, &[7; 20_000]);
        }
        let before = memory.stats().unwrap().file_bytes;
        assert_eq!(memory.clear().unwrap(), 200);
        let after = memory.stats().unwrap();
        assert_eq!((after.entries, after.bytes), (0, 0));
        assert!(after.file_bytes < before / 2, "{before} {after:?}");
        put(&memory, 1, b"one");
        assert!(memory.get(&key(1)).unwrap().is_some());
    }

    /// Whatever is done to the file, nothing panics, nothing wrong comes out, and the old file is kept.
    #[test]
    fn a_damaged_file_is_moved_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m");
        let memory = Memory::open(&path, DEFAULT_LIMIT).unwrap();
        for n in 0..300 {
            put(
                &memory,
                n,
                format!("value {n} {}", "x".repeat(200)).as_bytes(),
            );
        }
        drop(memory);
        let good = std::fs::read(&path).unwrap();
        let mut aside = 0;
        let mut damages: Vec<Vec<u8>> = vec![
            b"not a database at all".to_vec(),
            vec![0; 4096],
            good[..good.len() / 2].to_vec(),
            good[..100].to_vec(),
        ];
        for at in (0..good.len()).step_by(good.len() / 60) {
            let mut bad = good.clone();
            for byte in &mut bad[at..(at + 50).min(good.len())] {
                *byte ^= 0x5a;
            }
            damages.push(bad);
        }
        for (i, bad) in damages.into_iter().enumerate() {
            let path = folder.path().join(format!("bad-{i}"));
            std::fs::write(&path, &bad).unwrap();
            let Ok(memory) = Memory::open(&path, DEFAULT_LIMIT) else {
                // It begins like no database: it may be anybody's.
                assert!(!bad.starts_with(b"redb") && bad[0] != 0);
                assert_eq!(std::fs::read(&path).unwrap(), bad);
                continue;
            };
            for n in 0..300 {
                if let Some(value) = memory.get(&key(n)).unwrap() {
                    assert!(value.starts_with(format!("value {n} x").as_bytes()));
                }
            }
            if let Some(moved) = memory.set_aside() {
                assert_eq!(std::fs::read(moved).unwrap().len(), bad.len());
                assert_eq!(memory.stats().unwrap().entries, 0);
                aside += 1;
            }
            put(&memory, 1, b"one");
        }
        assert!(aside > 4, "{aside}");
    }

    #[test]
    fn parts_do_not_run_together() {
        let joined = Hasher::default().part("ab").part("c").key();
        assert_ne!(joined, Hasher::default().part("a").part("bc").key());
    }
}
