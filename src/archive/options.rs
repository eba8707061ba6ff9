//! What an archive is asked for.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::article::Format;
use crate::error::{Error, Result};
use crate::text::Lang;

/// The form of rows and of the manifest; columns are only ever added to one.
pub const SCHEMA: &str = "traghetto-archive/1";

/// What to read, how, and what to make of it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files and folders, in the order of the archive.
    pub inputs: Vec<PathBuf>,
    /// The folder of the archive.
    pub out: PathBuf,
    /// The language of all articles; by default each one's is detected.
    pub from: Option<Lang>,
    /// The languages to translate into.
    pub to: Vec<Lang>,
    /// Where a table's rows have what.
    pub fields: Fields,
    /// How a table's texts are written.
    pub written: Format,
    /// Whether only the article of an HTML page is taken.
    pub extract: bool,
    /// Whether each article gets a summary.
    pub summarize: bool,
    /// The form of the shards.
    pub format: ShardFormat,
    /// At most so many articles make a shard, those that are rejected too.
    pub shard_size: usize,
    /// Longer articles are rejected, in bytes.
    pub max_bytes: usize,
    /// Whether the first article that is rejected ends the run.
    pub fail_fast: bool,
    /// What else the rows depend on, such as the model and its settings: what a user calls it, and what it is. What stands in
    /// a file is there by its hash.
    pub settings: Map<String, Value>,
}

impl Options {
    /// All that the rows depend on: a run is gone on with only by the same.
    pub fn asked(&self) -> Map<String, Value> {
        let asked = json!({
            "from": self.from,
            "to": self.to,
            "text-field": self.fields.text.name,
            "id-field": self.fields.id.name,
            "title-field": self.fields.title.name,
            "text-format": self.written,
            "extract": self.extract,
            "summarize": self.summarize,
            "format": self.format,
            "shard-size": self.shard_size,
            "max-bytes": self.max_bytes,
        });
        let mut all = self.settings.clone();
        if let Value::Object(asked) = asked {
            all.extend(asked);
        }
        all
    }
}

/// The names of the fields of a table.
#[derive(Debug, Clone)]
pub struct Fields {
    /// The article's text.
    pub text: Field,
    /// What the article is called, unlike any other; by default its place.
    pub id: Field,
    /// Its title.
    pub title: Field,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// Whether a table without it is an error.
    pub required: bool,
}

/// The form of shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ShardFormat {
    /// A line of JSON a row.
    Jsonl,
    /// Parquet, compressed by zstd.
    Parquet,
}

impl ShardFormat {
    const ALL: [Self; 2] = [Self::Jsonl, Self::Parquet];
}

impl fmt::Display for ShardFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        })
    }
}

impl FromStr for ShardFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Error::one_of("format", text, &Self::ALL)
    }
}
