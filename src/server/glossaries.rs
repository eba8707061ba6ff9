//! The glossaries of clients, in an embedded database: one is there whole or not at all, also after `kill -9`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use redb::{ConcurrencyMode, Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use crate::output::create_folder;
use crate::{Error, ErrorKind, Glossary, Lang, Result};

/// By id, glossaries as JSON.
const GLOSSARIES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("glossaries");
/// A client has at most so many.
pub const MOST: usize = 1000;
/// A glossary has at most so many terms, as its whole table is read for each translation by it.
const TERMS: usize = 10_000;
/// Their texts, and its name, have at most so many bytes.
const BYTES: usize = 1 << 20;
/// A term, a translation and a name have at most so many bytes, as at DeepL.
const TERM_BYTES: usize = 1024;

/// The terms of a glossary for one pair of languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// Language of the terms.
    pub from: Lang,
    /// Language of their translations.
    pub to: Lang,
    /// Terms with their translations.
    pub pairs: Vec<(String, String)>,
}

/// How entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Divided by tabs.
    Tsv,
    /// Divided by commas, with quotation marks (RFC 4180).
    Csv,
}

impl Entries {
    /// Reads entries.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if a line isn't a term and its translation, a term is there twice, there is none, or there are
    /// more than a glossary may have.
    pub fn read(from: Lang, to: Lang, text: &str, table: Table) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let pairs = match table {
            Table::Tsv => tsv(text)?,
            Table::Csv => csv(text)?,
        };
        let entries = Self { from, to, pairs };
        check_size("the entries", std::slice::from_ref(&entries))?;
        entries.glossary()?;
        Ok(entries)
    }

    /// Them as a table divided by tabs.
    pub fn to_tsv(&self) -> String {
        let lines = self.pairs.iter();
        let lines: Vec<String> = lines.map(|(a, b)| format!("{a}\t{b}")).collect();
        lines.join("\n")
    }

    /// Them as the translation takes them.
    ///
    /// # Errors
    /// As [`Entries::read`].
    pub fn glossary(&self) -> Result<Glossary> {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut table = format!("{},{}\n", self.from.code(), self.to.code());
        for (term, translation) in &self.pairs {
            table.push_str(&format!("{},{}\n", quoted(term), quoted(translation)));
        }
        Glossary::parse(&table, "csv", "the glossary")
    }
}

/// Fails for more than a glossary may have.
fn check_size(name: &str, all: &[Entries]) -> Result<()> {
    let pairs = || all.iter().flat_map(|one| &one.pairs);
    let texts = || pairs().flat_map(|(term, translation)| [term.as_str(), translation]);
    let too = |what: &str, found: usize, most: usize| {
        let message = format!("a glossary has at most {most} {what}, and this one has {found}");
        Err(Error::new(ErrorKind::Usage, message))
    };
    let long = texts().chain([name]).find(|text| text.len() > TERM_BYTES);
    if let Some(text) = long {
        let start: String = text.chars().take(40).collect();
        let bytes = text.len();
        let message = format!("\"{start}…\" has {bytes} bytes, and may have {TERM_BYTES}");
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let bytes = name.len() + texts().map(str::len).sum::<usize>();
    match pairs().count() {
        terms if terms > TERMS => too("terms", terms, TERMS),
        _ if bytes > BYTES => too("bytes", bytes, BYTES),
        _ => Ok(()),
    }
}

fn bad(line: usize) -> Error {
    let message = format!("line {line} of the entries isn't a term and its translation");
    Error::new(ErrorKind::Usage, message)
}

fn tsv(text: &str) -> Result<Vec<(String, String)>> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let pair = |(n, line): (usize, &str)| match line.split_once('\t') {
        Some((a, b)) if !a.trim().is_empty() && !b.trim().is_empty() && !b.contains('\t') => {
            Ok((a.trim().to_string(), b.trim().to_string()))
        }
        _ => Err(bad(n + 1)),
    };
    lines.map(pair).collect()
}

fn csv(text: &str) -> Result<Vec<(String, String)>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut pairs = Vec::new();
    for (n, record) in reader.records().enumerate() {
        let record = record.map_err(|_| bad(n + 1))?;
        // Two more columns may name the languages.
        match (record.get(0), record.get(1), record.len()) {
            (Some(a), Some(b), 2 | 4) if !a.is_empty() && !b.is_empty() => {
                pairs.push((a.to_string(), b.to_string()));
            }
            _ => return Err(bad(n + 1)),
        }
    }
    Ok(pairs)
}

/// A glossary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its id, which nobody guesses.
    pub id: String,
    /// Whose it is: the name of a key, or nothing for all who have none.
    pub owner: String,
    /// What the client calls it.
    pub name: String,
    /// Seconds since 1970.
    pub made_at: u64,
    /// Its entries, once for a pair of languages.
    pub dictionaries: Vec<Entries>,
}

impl Kept {
    /// A new one.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the system gives no random bytes.
    pub fn new(owner: &str, name: &str, dictionaries: Vec<Entries>) -> Result<Self> {
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|error| {
            let message = format!("the system gives no random bytes: {error}");
            Error::new(ErrorKind::Io, message)
        })?;
        let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let part = |from: usize, to: usize| &hex[from..to];
        let id = [
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32),
        ]
        .join("-");
        Ok(Self {
            id,
            owner: owner.to_string(),
            name: name.to_string(),
            made_at: UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
            dictionaries,
        })
    }

    /// Its entries for a pair of languages.
    pub fn of(&self, from: Lang, to: Lang) -> Option<&Entries> {
        let mut all = self.dictionaries.iter();
        all.find(|one| (one.from, one.to) == (from, to))
    }

    /// Its entries for the pair of `entries`, which stand for those that were there.
    pub fn replace(&mut self, entries: Entries) {
        let pair = (entries.from, entries.to);
        let mut all = self.dictionaries.iter_mut();
        match all.find(|one| (one.from, one.to) == pair) {
            Some(there) => *there = entries,
            None => self.dictionaries.push(entries),
        }
    }

    /// Adds entries; terms that are there already get the new translations.
    pub fn merge(&mut self, all: Vec<Entries>) {
        for mut entries in all {
            let pair = (entries.from, entries.to);
            let mut there = self.dictionaries.iter_mut();
            match there.find(|one| (one.from, one.to) == pair) {
                Some(there) => there.pairs.append(&mut entries.pairs),
                None => self.dictionaries.push(entries),
            }
        }
        for entries in &mut self.dictionaries {
            let all = std::mem::take(&mut entries.pairs);
            let mut places: HashMap<String, usize> = HashMap::with_capacity(all.len());
            for (term, translation) in all {
                match places.entry(term) {
                    Entry::Occupied(known) => entries.pairs[*known.get()].1 = translation,
                    Entry::Vacant(new) => {
                        entries.pairs.push((new.key().clone(), translation));
                        new.insert(entries.pairs.len() - 1);
                    }
                }
            }
        }
    }
}

/// Whose a glossary is, which is read without the rest of it.
#[derive(Deserialize)]
struct Owned<'j> {
    #[serde(borrow)]
    owner: Cow<'j, str>,
}

/// All glossaries.
pub struct Glossaries {
    path: PathBuf,
    database: Database,
    changing: Mutex<()>,
}

impl Glossaries {
    /// Those in the file `path`, which is made if need be.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read or made.
    pub fn open(path: &Path) -> Result<Self> {
        create_folder(path.parent().unwrap_or(Path::new(".")))?;
        let database = Database::builder()
            .set_concurrency_mode(ConcurrencyMode::MultiWriter)
            .set_cache_size(8 << 20)
            .create(path)
            .map_err(|error| failed(path, error.into()))?;
        let path = path.to_path_buf();
        let changing = Mutex::new(());
        Ok(Self {
            path,
            database,
            changing,
        })
    }

    /// Held by whoever reads a glossary to put it back changed, so that nobody else's change is lost.
    pub fn alone(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of `owner`, the oldest first.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read, as for all that follow.
    pub fn all(&self, owner: &str) -> Result<Vec<Kept>> {
        let mut all = Vec::new();
        self.each(owner, |json| {
            all.extend(serde_json::from_slice::<Kept>(json));
        })?;
        all.sort_by_key(|kept| kept.made_at);
        Ok(all)
    }

    /// Gives `take` each of `owner`'s, as JSON.
    fn each(&self, owner: &str, mut take: impl FnMut(&[u8])) -> Result<()> {
        let mut read = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_read()?;
            let table = match transaction.open_table(GLOSSARIES) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            for row in table.iter()? {
                let (_, json) = row?;
                let of: Result<Owned<'_>, _> = serde_json::from_slice(json.value());
                if of.is_ok_and(|of| of.owner == owner) {
                    take(json.value());
                }
            }
            Ok(())
        };
        read().map_err(|error| failed(&self.path, error))
    }

    /// Whether `owner` has as many as one may have.
    ///
    /// # Errors
    /// As [`Glossaries::all`].
    pub fn is_full(&self, owner: &str) -> Result<bool> {
        let mut there = 0;
        self.each(owner, |_| there += 1)?;
        Ok(there >= MOST)
    }

    /// That of `owner` with this id.
    ///
    /// # Errors
    /// As [`Glossaries::all`].
    pub fn get(&self, owner: &str, id: &str) -> Result<Option<Kept>> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let transaction = self.database.begin_read()?;
            let table = match transaction.open_table(GLOSSARIES) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            Ok(table.get(id)?.map(|json| json.value().to_vec()))
        };
        let json = read().map_err(|error| failed(&self.path, error))?;
        let kept = json.and_then(|json| serde_json::from_slice::<Kept>(&json).ok());
        Ok(kept.filter(|kept| kept.owner == owner))
    }

    /// Keeps a glossary in place of one with its id. When this returns, it is on the disk.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if it has more than a glossary may have; as [`Glossaries::all`].
    pub fn put(&self, kept: &Kept) -> Result<()> {
        check_size(&kept.name, &kept.dictionaries)?;
        let json = serde_json::to_vec(kept).map_err(|error| {
            Error::new(ErrorKind::Io, "a glossary can't be written as JSON").with_source(error)
        })?;
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            let mut table = transaction.open_table(GLOSSARIES)?;
            table.insert(kept.id.as_str(), json.as_slice())?;
            drop(table);
            Ok(transaction.commit()?)
        };
        write().map_err(|error| failed(&self.path, error))
    }

    /// Forgets a glossary.
    ///
    /// # Errors
    /// As [`Glossaries::all`].
    pub fn remove(&self, id: &str) -> Result<()> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            let mut table = transaction.open_table(GLOSSARIES)?;
            table.remove(id)?;
            drop(table);
            Ok(transaction.commit()?)
        };
        write().map_err(|error| failed(&self.path, error))
    }
}

fn failed(path: &Path, error: redb::Error) -> Error {
    let message = format!("the glossaries in {} can't be used", path.display());
    Error::new(ErrorKind::Io, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glossaries_are_their_owners_and_outlast_their_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/server.redb");
        let read = |text, table| Entries::read(Lang::EN, Lang::PT, text, table);
        let csv = read("\"a \"\"b\"\", c\",d\n", Table::Csv).unwrap();
        assert_eq!(csv.pairs[0].0, "a \"b\", c");
        assert!(read("a\tb\na\tc\n", Table::Tsv).is_err());
        for wrong in ["", "alone\n", "a\tb\tc\n", "\tb\n"] {
            assert!(read(wrong, Table::Tsv).is_err(), "{wrong}");
        }
        let tsv = read("#1\tn.º 1\nferry\tbarca\n", Table::Tsv).unwrap();
        let mut kept = Kept::new("weblate", "ours", vec![tsv]).unwrap();
        kept.merge(vec![
            read("ferry\tbalsa\n", Table::Tsv).unwrap(),
            read("window\tjanela\n", Table::Tsv).unwrap(),
        ]);
        let glossaries = Glossaries::open(&path).unwrap();
        assert_eq!(glossaries.all("weblate").unwrap(), []);
        glossaries.put(&kept).unwrap();
        drop(glossaries);
        let glossaries = Glossaries::open(&path).unwrap();
        assert_eq!(
            glossaries.get("weblate", &kept.id).unwrap(),
            Some(kept.clone())
        );
        assert_eq!(glossaries.get("", &kept.id).unwrap(), None);
        let entries = kept.of(Lang::EN, Lang::PT).unwrap();
        assert_eq!(entries.to_tsv(), "#1\tn.º 1\nferry\tbalsa\nwindow\tjanela");
        glossaries.remove(&kept.id).unwrap();
        assert_eq!(glossaries.all("weblate").unwrap(), []);
    }

    #[test]
    fn a_glossary_has_no_more_than_it_may_have_however_it_grows() {
        let folder = tempfile::tempdir().unwrap();
        let glossaries = Glossaries::open(&folder.path().join("server.redb")).unwrap();
        let terms = |from: usize, to: usize| -> String {
            (from..to).map(|i| format!("term{i}\ttermo{i}\n")).collect()
        };
        let read = |text: &str| Entries::read(Lang::EN, Lang::PT, text, Table::Tsv);
        let error = read(&terms(0, TERMS + 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(
            error
                .to_string()
                .contains("10000 terms, and this one has 10001"),
            "{error}"
        );
        let long = read(&format!("a\t{}\n", "b".repeat(TERM_BYTES + 1))).unwrap_err();
        assert!(long.to_string().contains("\"bbb"), "{long}");
        let wide: String = (0..700)
            .map(|i| format!("{i}{}\t{}\n", "a".repeat(900), "b".repeat(900)))
            .collect();
        assert!(read(&wide).unwrap_err().to_string().contains("bytes"));
        let mut kept = Kept::new("", "ours", vec![read(&terms(0, TERMS)).unwrap()]).unwrap();
        glossaries.put(&kept).unwrap();
        kept.merge(vec![read(&terms(0, 10)).unwrap()]);
        glossaries.put(&kept).unwrap();
        kept.merge(vec![read(&terms(TERMS, TERMS + 1)).unwrap()]);
        assert!(glossaries.put(&kept).is_err());
        kept.dictionaries.clear();
        kept.name = "a".repeat(TERM_BYTES + 1);
        assert!(glossaries.put(&kept).is_err());
        assert!(!glossaries.is_full("").unwrap());
    }
}
