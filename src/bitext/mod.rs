//! Bilingual files: a source and its translation side by side, as translators and their tools keep them.
//!
//! Tables (TSV, CSV) are read row by row, so that their length doesn't matter; of TMX, XLIFF and PO the whole text is
//! given.

mod po;
mod table;
mod tmx;
mod unit;
mod xliff;
mod xml;

use std::fmt;
use std::io::{BufRead, Cursor};
use std::path::Path;
use std::str::FromStr;

use crate::error::{Error, Result};
use unit::Languages;
pub use unit::{Bitext, Unit, Units, read_line};

/// How a bilingual file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairFormat {
    /// Columns divided by tabs, without quotation marks.
    Tsv,
    /// RFC 4180, divided by commas or by semicolons.
    Csv,
    /// TMX 1.x.
    Tmx,
    /// XLIFF 1.2 or 2.x.
    Xliff,
    /// GNU gettext.
    Po,
}

impl PairFormat {
    /// All of them.
    pub const ALL: [PairFormat; 5] = [
        PairFormat::Tsv,
        PairFormat::Csv,
        PairFormat::Tmx,
        PairFormat::Xliff,
        PairFormat::Po,
    ];

    /// By the file's extension, if it is that of a bilingual file.
    pub fn from_path(path: &Path) -> Option<PairFormat> {
        let extension = path.extension()?.to_str()?.to_lowercase();
        Some(match extension.as_str() {
            "tsv" | "tab" => PairFormat::Tsv,
            "csv" => PairFormat::Csv,
            "tmx" => PairFormat::Tmx,
            "xlf" | "xliff" | "sdlxliff" | "mxliff" => PairFormat::Xliff,
            "po" | "pot" => PairFormat::Po,
            _ => return None,
        })
    }

    /// Whether it is read row by row.
    pub fn is_table(self) -> bool {
        matches!(self, PairFormat::Tsv | PairFormat::Csv)
    }
}

impl fmt::Display for PairFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            PairFormat::Tsv => "tsv",
            PairFormat::Csv => "csv",
            PairFormat::Tmx => "tmx",
            PairFormat::Xliff => "xliff",
            PairFormat::Po => "po",
        })
    }
}

impl FromStr for PairFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("bilingual format", text, &Self::ALL)
    }
}

/// Opens a table. `name` is what messages call it.
///
/// # Errors
/// [`crate::ErrorKind::Io`] if it can't be read. The units tell [`crate::ErrorKind::Input`] naming the line if it has no two columns or
/// isn't UTF-8.
pub fn table<'a>(reader: impl BufRead + 'a, format: PairFormat, name: &str) -> Result<Bitext<'a>> {
    match format {
        PairFormat::Csv => table::csv(reader, name),
        _ => table::tsv(reader, name),
    }
}

/// Reads TMX, XLIFF or PO, or a table, from its text. `wanted` says which languages to take of a file that has more than
/// two.
///
/// # Errors
/// [`crate::ErrorKind::Input`] naming the line if it is malformed, or has no language that is wanted.
///
/// ```
/// use traghetto::bitext::{PairFormat, read};
///
/// let units = read("msgid \"Yes\"\nmsgstr \"Sì\"\n", PairFormat::Po, "it.po", (None, None))?.units;
/// let unit = units.flatten().next().unwrap();
/// assert_eq!((unit.source.as_str(), unit.target.as_str(), unit.line), ("Yes", "Sì", 1));
/// # Ok::<(), traghetto::Error>(())
/// ```
pub fn read(
    text: &str,
    format: PairFormat,
    name: &str,
    wanted: Languages,
) -> Result<Bitext<'static>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (units, languages) = match format {
        PairFormat::Tsv | PairFormat::Csv => {
            return table(Cursor::new(text.as_bytes().to_vec()), format, name);
        }
        PairFormat::Tmx => tmx::read(text, name, wanted)?,
        PairFormat::Xliff => xliff::read(text, name, wanted)?,
        PairFormat::Po => po::read(text, name)?,
    };
    Ok(Bitext {
        units: Box::new(units.into_iter().map(Ok)),
        languages,
    })
}

/// The lines of a text that aren't blank, with their numbers from 1.
///
/// # Errors
/// Each line tells [`crate::ErrorKind::Io`] if it can't be read and [`crate::ErrorKind::Input`] if it isn't UTF-8.
pub fn lines<'a>(
    mut reader: impl BufRead + 'a,
    name: &str,
) -> Box<dyn Iterator<Item = Result<(usize, String)>> + 'a> {
    let (name, mut n, mut failed) = (name.to_owned(), 0, false);
    Box::new(std::iter::from_fn(move || {
        let mut line = String::new();
        while !failed {
            n += 1;
            match read_line(&mut reader, &mut line, &name, n) {
                Ok(false) => return None,
                Ok(true) if line.trim().is_empty() => {}
                Ok(true) => return Some(Ok((n, line.trim().to_owned()))),
                Err(error) => {
                    failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }))
}
