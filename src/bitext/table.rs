//! Tables: a row a unit, two columns of which are the source and its translation.

use std::io::{BufRead, Chain, Cursor};

use super::unit::{Bitext, Languages, Unit, bad, read_line};
use crate::error::{Error, Result};
use crate::text::Lang;

/// Which columns are read.
#[derive(Debug, Clone, Copy)]
struct Columns {
    source: usize,
    target: usize,
    id: Option<usize>,
}

/// What the first row says, if it is a row of names.
struct Header {
    columns: Columns,
    languages: Languages,
}

/// Names of the source's column in the tables of common tools, and of the translation's.
const SOURCE: [&str; 3] = ["source", "src", "original"];
const TARGET: [&str; 7] = [
    "translation",
    "target",
    "tgt",
    "mt",
    "hypothesis",
    "text",
    "trg",
];
const ID: [&str; 3] = ["id", "key", "context"];

impl Header {
    /// The columns of a row of names; `None` if the first row is one of texts.
    fn of(row: &[&str]) -> Option<Self> {
        let lower: Vec<String> = row.iter().map(|cell| cell.trim().to_lowercase()).collect();
        let named = |names: &[&str]| lower.iter().position(|cell| names.contains(&&**cell));
        let id = named(&ID);
        if let (Some(source), Some(target)) = (named(&SOURCE), named(&TARGET)) {
            return Some(Self {
                columns: Columns { source, target, id },
                languages: (None, None),
            });
        }
        // Names of two languages, or their codes. "id" is Indonesian only where nothing else is left.
        let langs = |skip: Option<usize>| {
            let read = |(at, cell): (usize, &String)| Some((at, cell.parse::<Lang>().ok()?));
            let mut langs = lower.iter().enumerate().filter_map(read);
            let mut langs = langs.by_ref().filter(|(at, _)| Some(*at) != skip);
            let (source, from) = langs.next()?;
            let (target, to) = langs.find(|(_, to)| *to != from)?;
            Some(((source, from), (target, to)))
        };
        let (id, ((source, from), (target, to))) = match (langs(id), id) {
            (Some(found), _) => (id, found),
            (None, _) => (None, langs(None)?),
        };
        Some(Self {
            columns: Columns { source, target, id },
            languages: (Some(from), Some(to)),
        })
    }

    /// That of a table without names, by its first row: before the source may stand an id.
    fn none(row: &[&str]) -> Self {
        let has_id = row.len() > 2 && is_id(row[0]) && !is_id(row[1]);
        let first = usize::from(has_id);
        Self {
            columns: Columns {
                source: first,
                target: first + 1,
                id: has_id.then_some(0),
            },
            languages: (None, None),
        }
    }
}

/// Whether a cell names its row: a number, `home.title`, `a3-f0`; one word with figures or signs within, that ends as no
/// sentence does.
fn is_id(cell: &str) -> bool {
    let cell = cell.trim();
    let named = |c: char| c.is_ascii_alphanumeric() || "._-:/#".contains(c);
    let signed = |c: char| c.is_ascii_digit() || "._:/#".contains(c);
    !cell.is_empty()
        && cell.chars().all(named)
        && cell.contains(signed)
        && cell.ends_with(|c: char| c.is_ascii_alphanumeric())
}

impl Columns {
    fn unit(&self, row: &[&str], line: usize, name: &str) -> Result<Unit> {
        let get = |column: usize| {
            row.get(column)
                .map(|cell| cell.trim().to_owned())
                .ok_or_else(|| {
                    let what = match row.len() {
                        1 => "one column, but a source and its translation are needed".to_owned(),
                        n => format!("{n} columns, but the header has more"),
                    };
                    bad(name, line, &what)
                })
        };
        Ok(Unit {
            source: get(self.source)?,
            target: get(self.target)?,
            line,
            id: self.id.and_then(|id| get(id).ok()),
        })
    }
}

/// Tab-separated values.
pub(super) fn tsv<'a>(mut reader: impl BufRead + 'a, name: &str) -> Result<Bitext<'a>> {
    let mut line = String::new();
    let mut there = read_line(&mut reader, &mut line, name, 1)?;
    let cells: Vec<&str> = line.split('\t').collect();
    let header = Header::of(&cells);
    let (name, mut n) = (name.to_owned(), 1);
    let mut pending = header.is_none() && there;
    let Header { columns, languages } = header.unwrap_or_else(|| Header::none(&cells));
    let units = std::iter::from_fn(move || {
        while there {
            if !std::mem::take(&mut pending) {
                n += 1;
                match read_line(&mut reader, &mut line, &name, n) {
                    Ok(more) => there = more,
                    Err(error) => {
                        there = false;
                        return Some(Err(error));
                    }
                }
            }
            if there && !line.trim().is_empty() {
                let cells: Vec<&str> = line.split('\t').collect();
                return Some(columns.unit(&cells, n, &name));
            }
        }
        None
    });
    Ok(Bitext {
        units: Box::new(units),
        languages,
    })
}

/// Comma-separated values; the first line shows whether they are.
pub(super) fn csv<'a>(mut reader: impl BufRead + 'a, name: &str) -> Result<Bitext<'a>> {
    let mut line = Vec::new();
    reader
        .read_until(b'\n', &mut line)
        .map_err(|error| Error::io("reading", name, error))?;
    let count = |divider: u8| line.iter().filter(|byte| **byte == divider).count();
    let divider = [b';', b'\t']
        .into_iter()
        .find(|one| count(*one) > count(b','));
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).to_vec();
    let whole: Chain<Cursor<Vec<u8>>, _> = std::io::Read::chain(Cursor::new(line), reader);
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(divider.unwrap_or(b','))
        .from_reader(whole)
        .into_records();
    let name = name.to_owned();
    let broken = {
        let name = name.clone();
        move |error: csv::Error| {
            let line = error.position().map_or(0, |at| at.line() as usize);
            match error.into_kind() {
                csv::ErrorKind::Io(error) => Error::io("reading", &name, error),
                csv::ErrorKind::Utf8 { .. } => bad(&name, line, "it is not UTF-8")
                    .with_hint("name its encoding, for example --encoding windows-1252"),
                other => bad(&name, line, &format!("{other:?}")),
            }
        }
    };
    let first = rows.next().transpose().map_err(&broken)?;
    let cells: Vec<&str> = first.iter().flat_map(csv::StringRecord::iter).collect();
    let header = Header::of(&cells);
    let is_named = header.is_some();
    let Header { columns, languages } = header.unwrap_or_else(|| Header::none(&cells));
    let first = first.filter(|_| !is_named);
    let rows = first.map(Ok).into_iter().chain(rows);
    let units = rows.filter_map(move |row| {
        let row = match row {
            Ok(row) => row,
            Err(error) => return Some(Err(broken(error))),
        };
        let line = row.position().map_or(1, |at| at.line() as usize);
        let cells: Vec<&str> = row.iter().collect();
        let blank = cells.iter().all(|cell| cell.trim().is_empty());
        (!blank).then(|| columns.unit(&cells, line, &name))
    });
    Ok(Bitext {
        units: Box::new(units),
        languages,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{PairFormat, read};
    use super::*;

    fn units(text: &str, format: PairFormat) -> Vec<(String, String, usize)> {
        let bitext = read(text, format, "t", (None, None)).unwrap();
        let units = bitext.units.map(|unit| unit.unwrap());
        units
            .map(|unit| (unit.source, unit.target, unit.line))
            .collect()
    }

    fn own(rows: &[(&str, &str, usize)]) -> Vec<(String, String, usize)> {
        let own = |(a, b, n): &(&str, &str, usize)| (a.to_string(), b.to_string(), *n);
        rows.iter().map(own).collect()
    }

    #[test]
    fn columns_are_known_by_their_names() {
        let rows = own(&[("Sì.", "Yes.", 2), ("No.", "No.", 4)]);
        for text in [
            "source\ttranslation\nSì.\tYes.\n\nNo.\tNo.\n",
            "block\tsegment\tSource\tTranslation\tfindings\r\n0\t0\tSì.\tYes.\t\r\n\r\n0\t1\tNo.\tNo.\tx",
            "en\tit\nYes.\tSì.\n\nNo.\tNo.\n",
        ] {
            let found = units(text, PairFormat::Tsv);
            let swapped: Vec<_> = found.iter().cloned().map(|(a, b, n)| (b, a, n)).collect();
            assert!(found == rows || swapped == rows, "{found:?}");
        }
        // "id" is a language only beside one other; one language twice is a row of texts.
        let text = "id\tit\ten\na1\tSì.\tYes.\n";
        assert_eq!(units(text, PairFormat::Tsv), own(&[("Sì.", "Yes.", 2)]));
        let text = "id\ten\nYa.\tYes.\n";
        assert_eq!(units(text, PairFormat::Tsv), own(&[("Ya.", "Yes.", 2)]));
        assert_eq!(units("No\tNo\n", PairFormat::Tsv), own(&[("No", "No", 1)]));
        let bitext = read("it;en\nSì.;Yes.\n", PairFormat::Csv, "t", (None, None)).unwrap();
        assert_eq!(bitext.languages, (Some(Lang::IT), Some(Lang::EN)));
    }

    #[test]
    fn an_id_before_the_source_is_none() {
        for (row, source) in [
            ("1\tSì.\tYes.", "Sì."),
            ("home.title\tCasa nuova\tNew house", "Casa nuova"),
            ("a3-f0\tSì.\tYes.\tok", "Sì."),
            ("seg_12\tSì\tYes", "Sì"),
            ("news/7#2\tSì\tYes", "Sì"),
            ("2024-05-06\tSì\tYes", "Sì"),
            ("00017\tSì, 3\tYes, 3", "Sì, 3"),
            ("Sì.\tYes.\tok", "Sì."),
            ("No.\tNo.\t1", "No."),
            ("1\t2", "1"),
            ("12\t12\tx", "12"),
            ("Bene\tGood\tx", "Bene"),
        ] {
            assert_eq!(units(row, PairFormat::Tsv)[0].0, source, "{row}");
            let csv = row.replace(", ", " ").replace('\t', ";");
            assert_eq!(units(&csv, PairFormat::Csv)[0].0, source.replace(", ", " "));
        }
    }

    #[test]
    fn a_quoted_cell_may_have_lines() {
        let text = "\u{feff}\"Uno,\ndue\",\"One,\ntwo\"\nTre,\"\"\"Three\"\"\"\n";
        let expected = [("Uno,\ndue", "One,\ntwo", 1), ("Tre", "\"Three\"", 4)];
        assert_eq!(units(text, PairFormat::Csv), own(&expected));
        assert_eq!(units("a;b\nc;d, e\n", PairFormat::Csv)[1].1, "d, e");
    }

    #[test]
    fn a_row_that_lacks_a_column_is_named() {
        for (format, text) in [
            (PairFormat::Tsv, "a\tb\nalone\n"),
            (PairFormat::Csv, "a,b\nalone\n"),
        ] {
            let bitext = read(text, format, "t.tsv", (None, None)).unwrap();
            let error = bitext.units.filter_map(|unit| unit.err()).next().unwrap();
            assert!(
                error.to_string().starts_with("t.tsv, line 2: one column"),
                "{error}"
            );
        }
    }
}
