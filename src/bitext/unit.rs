//! A source beside its translation, and what all readers share.

use std::io::{BufRead, Read};

use crate::error::{Error, ErrorKind, Result};
use crate::text::Lang;

/// The language of the source and that of the translation, as far as they are known.
pub type Languages = (Option<Lang>, Option<Lang>);

/// A source and its translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The source.
    pub source: String,
    /// Its translation; empty if there is none.
    pub target: String,
    /// Where it begins in the file, from 1.
    pub line: usize,
    /// What the file calls it.
    pub id: Option<String>,
}

/// The units of a file, in order.
pub type Units<'a> = Box<dyn Iterator<Item = Result<Unit>> + 'a>;

/// An opened file.
pub struct Bitext<'a> {
    /// What it holds.
    pub units: Units<'a>,
    /// The languages of its sources and of its translations, where it says so.
    pub languages: Languages,
}

/// An error about a place in a file.
pub(super) fn bad(name: &str, line: usize, what: &str) -> Error {
    Error::new(ErrorKind::Input, format!("{name}, line {line}: {what}"))
}

/// Reads the `n`th line without its end into `line`; `false` at the end of the file.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be read; [`ErrorKind::Input`] if it isn't text in UTF-8, or has no end.
pub fn read_line(
    reader: &mut impl BufRead,
    line: &mut String,
    name: &str,
    n: usize,
) -> Result<bool> {
    line.clear();
    // A line that never ends is no text.
    let mut limited = reader.take(MAX_LINE);
    let read = limited
        .read_line(line)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => bad(name, n, "it is not UTF-8")
                .with_hint("name its encoding, for example --encoding windows-1252"),
            _ => Error::io("reading", name, error),
        })?;
    if read as u64 == MAX_LINE {
        return Err(bad(name, n, "the line is longer than 4 MiB"));
    }
    if line.contains('\0') {
        return Err(bad(name, n, "it is binary data, not text"));
    }
    if line.ends_with('\n') {
        line.pop();
        if line.ends_with('\r') {
            line.pop();
        }
    }
    if n == 1 && line.starts_with('\u{feff}') {
        line.remove(0);
    }
    Ok(read > 0)
}

/// No line is longer than this.
const MAX_LINE: u64 = 4 << 20;
