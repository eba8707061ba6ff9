//! What articles an archive's files and folders hold, one after the other: no more is read than is asked for.

mod csv;
mod files;
mod lines;
mod parquet;
mod table;

use std::path::Path;

use super::options::Options;
use super::record::{Content, Item, Place, Record, too_long};
use crate::error::{Error, ErrorKind, Result};
use files::{Found, Walk};
use table::{Reading, Rows, is_gzip};

/// How a file holds articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A line of JSON an article.
    Lines,
    /// A record of CSV or TSV an article.
    Csv,
    /// A row of Parquet an article.
    Parquet,
    /// It is one.
    Article,
}

impl Kind {
    /// By the file's name.
    fn of(path: &Path) -> Option<Self> {
        let plain = match is_gzip(path) {
            true => Path::new(path.file_stem()?),
            false => path,
        };
        let extension = plain.extension()?.to_string_lossy().to_lowercase();
        match extension.as_str() {
            "jsonl" | "ndjson" => Some(Self::Lines),
            "csv" | "tsv" => Some(Self::Csv),
            "parquet" if !is_gzip(path) => Some(Self::Parquet),
            "txt" | "md" | "markdown" | "html" | "htm" | "xhtml" if !is_gzip(path) => {
                Some(Self::Article)
            }
            _ => None,
        }
    }
}

/// All articles, one after the other.
pub struct Input<'o> {
    reading: Reading<'o>,
    walk: Walk,
    table: Option<(Box<dyn Rows>, u64)>,
    /// Bytes of the files before this one, and of all.
    before: u64,
    total: u64,
    /// Files in folders that are of no kind that holds articles.
    pub ignored: u64,
}

impl<'o> Input<'o> {
    /// The articles of `options`' inputs.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a folder can't be read; [`ErrorKind::Usage`] if a file that was named is of no kind that holds
    /// articles; [`ErrorKind::Input`] if there are none.
    pub fn open(options: &'o Options) -> Result<Self> {
        let mut total = 0;
        let (mut files, mut ignored) = (0, 0);
        let mut walk = Walk::new(&options.inputs, &options.out);
        while let Some(found) = walk.next()? {
            match Kind::of(&found.path) {
                Some(_) => {
                    total += found.bytes;
                    files += 1;
                }
                None if found.named => return Err(unknown(&found.path)),
                None => ignored += 1,
            }
        }
        if files == 0 {
            let named: Vec<String> = options
                .inputs
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let message = format!("there are no articles in {}", named.join(", "));
            return Err(Error::new(ErrorKind::Input, message).with_hint(HINT));
        }
        Ok(Self {
            reading: Reading {
                fields: &options.fields,
                max_bytes: options.max_bytes,
            },
            walk: Walk::new(&options.inputs, &options.out),
            table: None,
            before: 0,
            total,
            ignored,
        })
    }

    /// How much of all files has been read, from 0 to 1.
    pub fn share(&self) -> f64 {
        let within = match &self.table {
            Some((rows, bytes)) => rows.share() * *bytes as f64,
            None => 0.0,
        };
        (self.before as f64 + within) / (self.total as f64).max(1.0)
    }

    /// The next article, or why there is none.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] or [`ErrorKind::Input`] if the input can't be read any further.
    pub fn next(&mut self) -> Result<Option<Item>> {
        loop {
            if let Some((rows, bytes)) = &mut self.table {
                if let Some(item) = rows.next(&self.reading)? {
                    return Ok(Some(item));
                }
                self.before += *bytes;
                self.table = None;
            }
            let Some(found) = self.walk.next()? else {
                return Ok(None);
            };
            let Some(kind) = Kind::of(&found.path) else {
                continue;
            };
            let fields = self.reading.fields;
            let rows: Box<dyn Rows> = match kind {
                Kind::Article => {
                    self.before += found.bytes;
                    return Ok(Some(article(found, self.reading.max_bytes)));
                }
                Kind::Lines => Box::new(lines::Lines::open(&found)?),
                Kind::Csv => Box::new(csv::Csv::open(&found, fields)?),
                Kind::Parquet => Box::new(parquet::Parquet::open(&found, fields)?),
            };
            self.table = Some((rows, found.bytes));
        }
    }
}

/// A file that is an article.
fn article(found: Found, max_bytes: usize) -> Item {
    let Found {
        path, name, bytes, ..
    } = found;
    let place = Place {
        file: name.clone(),
        row: None,
    };
    let found = match bytes > max_bytes as u64 {
        true => Err(too_long(bytes, max_bytes).of(&name)),
        false => Ok(Record {
            id: name,
            title: None,
            content: Content::File(path, bytes),
        }),
    };
    Item { place, found }
}

const HINT: &str = "articles come from .jsonl, .csv, .tsv (also with .gz), .parquet, and folders of .txt, .md and .html";

fn unknown(path: &Path) -> Error {
    let message = format!(
        "{} is of no kind that articles are read from",
        path.display()
    );
    Error::new(ErrorKind::Usage, message).with_hint(HINT)
}
