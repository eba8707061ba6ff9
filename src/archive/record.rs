//! An article as it was found, or why there is none where one should be.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::options::{Field, Fields};
use crate::error::{Error, ErrorKind};

/// Where an article stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, by the way to it from the input that was named.
    pub file: String,
    /// The row of a table, from 1: a line of JSONL, a record of CSV without its header.
    pub row: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "{}, row {row}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// What was found at a place.
#[derive(Debug)]
pub struct Item {
    /// The place.
    pub place: Place,
    /// The article, or why there is none.
    pub found: Result<Record, Reject>,
}

/// An article.
#[derive(Debug)]
pub struct Record {
    /// What it is called.
    pub id: String,
    /// Its title, on one line.
    pub title: Option<String>,
    /// The article itself.
    pub content: Content,
}

/// The text of an article.
#[derive(Debug)]
pub enum Content {
    /// It stood in a table.
    Text(String),
    /// It is this file, of so many bytes.
    File(PathBuf, u64),
}

impl Record {
    /// Its bytes, as far as they count for the size of a shard.
    pub fn bytes(&self) -> u64 {
        match &self.content {
            Content::Text(text) => text.len() as u64,
            Content::File(_, bytes) => *bytes,
        }
    }
}

/// Why an article is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The row can't be read: no JSON, another number of fields than the header has, no text in a text's encoding.
    Broken,
    /// The row lacks a field.
    MissingField,
    /// A field holds something else than text.
    WrongType,
    /// There is no text.
    Empty,
    /// It is longer than an article may be.
    TooLong,
    /// An earlier one has the same id.
    DuplicateId,
    /// Its language can't be told.
    UnknownLanguage,
    /// No model for its language can be had.
    NoModel,
    /// The models failed on it.
    Failed,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken => "broken",
            Self::MissingField => "missing-field",
            Self::WrongType => "wrong-type",
            Self::Empty => "empty",
            Self::TooLong => "too-long",
            Self::DuplicateId => "duplicate-id",
            Self::UnknownLanguage => "unknown-language",
            Self::NoModel => "no-model",
            Self::Failed => "failed",
        })
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An article that is left out, and why.
#[derive(Debug, Clone)]
pub struct Reject {
    /// What it is called, where that is known.
    pub id: Option<String>,
    /// The kind of reason.
    pub why: Why,
    /// The reason, for a person.
    pub reason: String,
}

impl Reject {
    /// One whose id isn't known.
    pub fn new(why: Why, reason: impl Into<String>) -> Self {
        Self {
            id: None,
            why,
            reason: reason.into(),
        }
    }

    /// The same with an id.
    pub fn of(self, id: &str) -> Self {
        Self {
            id: Some(id.to_string()),
            ..self
        }
    }

    /// The error of a run that ends at the first of them.
    pub fn error(&self, place: &Place) -> Error {
        let kind = match self.why {
            Why::NoModel => ErrorKind::Unavailable,
            Why::Failed => ErrorKind::Inference,
            _ => ErrorKind::Input,
        };
        Error::new(kind, format!("{place}: {}", self.reason))
    }
}

/// What a field of a row holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// The row hasn't got it.
    Missing,
    /// Nothing.
    Null,
    /// Text.
    Text(String),
    /// A whole number, which may be an id.
    Number(String),
    /// Something of this kind.
    Other(&'static str),
}

/// The cells of a row that count.
#[derive(Debug)]
pub struct Cells {
    /// Of the text's field.
    pub text: Cell,
    /// Of the id's field.
    pub id: Cell,
    /// Of the title's field.
    pub title: Cell,
}

/// The article of a row.
///
/// # Errors
/// Why it is left out.
pub fn record(
    place: &Place,
    cells: Cells,
    fields: &Fields,
    max_bytes: usize,
) -> Result<Record, Reject> {
    let id = match cells.id {
        Cell::Text(id) | Cell::Number(id) if !id.trim().is_empty() => id,
        Cell::Missing if !fields.id.required => match place.row {
            Some(row) => format!("{}:{row}", place.file),
            None => place.file.clone(),
        },
        Cell::Text(_) | Cell::Number(_) => {
            let reason = format!("the field \"{}\" is empty", fields.id.name);
            return Err(Reject::new(Why::MissingField, reason));
        }
        cell => return Err(unfit(&fields.id, &cell, "text or a whole number")),
    };
    let title = match cells.title {
        Cell::Text(title) => Some(title.split_whitespace().collect::<Vec<_>>().join(" ")),
        Cell::Null => None,
        Cell::Missing if !fields.title.required => None,
        cell => return Err(unfit(&fields.title, &cell, "text").of(&id)),
    };
    let text = match cells.text {
        Cell::Text(text) => text,
        cell => return Err(unfit(&fields.text, &cell, "text").of(&id)),
    };
    if text.trim().is_empty() {
        let reason = format!("the field \"{}\" is empty", fields.text.name);
        return Err(Reject::new(Why::Empty, reason).of(&id));
    }
    if text.len() > max_bytes {
        return Err(too_long(text.len() as u64, max_bytes).of(&id));
    }
    Ok(Record {
        id,
        title: title.filter(|title| !title.is_empty()),
        content: Content::Text(text),
    })
}

fn unfit(field: &Field, cell: &Cell, wanted: &str) -> Reject {
    let name = &field.name;
    match cell {
        Cell::Missing => {
            let reason = format!("there is no field \"{name}\"");
            Reject::new(Why::MissingField, reason)
        }
        Cell::Null => Reject::new(Why::Empty, format!("the field \"{name}\" is null")),
        Cell::Text(_) | Cell::Number(_) => {
            let reason = format!("the field \"{name}\" is a number where {wanted} should be");
            Reject::new(Why::WrongType, reason)
        }
        Cell::Other(what) => {
            let reason = format!("the field \"{name}\" is {what} where {wanted} should be");
            Reject::new(Why::WrongType, reason)
        }
    }
}

/// The reason of an article of `bytes` where there may be at most `max_bytes`.
pub fn too_long(bytes: u64, max_bytes: usize) -> Reject {
    let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let (has, may) = (mb(bytes), mb(max_bytes as u64));
    Reject::new(
        Why::TooLong,
        format!("it has {has}, and an article at most {may} (--max-bytes)"),
    )
}

/// sha256 of the input of a shard, which tells on resuming whether it is still the same.
#[derive(Default)]
pub struct InputHash(Sha256);

impl InputHash {
    /// Adds what was found at a place.
    ///
    /// # Errors
    /// If a file can't be read.
    pub fn add(&mut self, item: &Item) -> std::io::Result<()> {
        let mut part = |bytes: &[u8]| {
            self.0.update((bytes.len() as u64).to_le_bytes());
            self.0.update(bytes);
        };
        part(item.place.to_string().as_bytes());
        match &item.found {
            Err(reject) => part(reject.reason.as_bytes()),
            Ok(record) => {
                part(record.id.as_bytes());
                part(record.title.as_deref().unwrap_or_default().as_bytes());
                match &record.content {
                    Content::Text(text) => part(text.as_bytes()),
                    Content::File(path, _) => {
                        part(hash_file(path)?.1.as_bytes());
                    }
                }
            }
        }
        Ok(())
    }

    /// In hexadecimal.
    pub fn hex(self) -> String {
        hex(self.0)
    }
}

fn hex(hasher: Sha256) -> String {
    let digest = hasher.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The size of a file and its sha256, in hexadecimal.
///
/// # Errors
/// If it can't be read.
pub fn hash_file(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex(hasher)));
        }
        bytes += read as u64;
        hasher.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let field = |name: &str, required| Field {
            name: name.to_string(),
            required,
        };
        Fields {
            text: field("body", true),
            id: field("id", false),
            title: field("title", false),
        }
    }

    fn of(text: Cell, id: Cell, title: Cell) -> Result<Record, Reject> {
        let place = Place {
            file: "a.jsonl".to_string(),
            row: Some(7),
        };
        record(&place, Cells { text, id, title }, &fields(), 100)
    }

    #[test]
    fn a_row_is_an_article_or_says_why_not() {
        let text = |text: &str| Cell::Text(text.to_string());
        let fine = of(text("Rain."), Cell::Missing, text(" A\n  day ")).unwrap();
        assert_eq!(
            (&*fine.id, fine.title.as_deref()),
            ("a.jsonl:7", Some("A day"))
        );
        let numbered = of(text("Rain."), Cell::Number("12".into()), Cell::Null).unwrap();
        assert_eq!((&*numbered.id, numbered.title), ("12", None));
        let why = |text, id, title| of(text, id, title).unwrap_err().why;
        let number = || Cell::Number("1".into());
        assert_eq!(why(Cell::Null, number(), Cell::Null), Why::Empty);
        assert_eq!(why(text(" \n"), number(), Cell::Null), Why::Empty);
        assert_eq!(why(Cell::Missing, number(), Cell::Null), Why::MissingField);
        assert_eq!(why(number(), number(), Cell::Null), Why::WrongType);
        let list = Cell::Other("a list");
        assert_eq!(why(text("Rain."), number(), list), Why::WrongType);
        assert_eq!(
            why(text(&"r".repeat(101)), number(), Cell::Null),
            Why::TooLong
        );
        let named = of(Cell::Other("a list"), number(), Cell::Null).unwrap_err();
        assert_eq!(named.id.as_deref(), Some("1"));
        assert_eq!(
            named.reason,
            "the field \"body\" is a list where text should be"
        );
    }
}
