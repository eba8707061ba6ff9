//! Terms from tables: TSV and CSV.

use super::term::Term;
use super::verify::bad;
use crate::error::Result;
use crate::text::Lang;

/// Divided by tabs.
pub(super) fn tsv(text: &str, name: &str) -> Result<Vec<Term>> {
    table(&tsv_rows(text), name)
}

/// RFC 4180, divided by commas, or by semicolons if the first line has these only.
pub(super) fn csv(text: &str, name: &str) -> Result<Vec<Term>> {
    table(&csv_rows(text, name)?, name)
}

/// A row of a table and its line.
type Row = (usize, Vec<String>);

fn tsv_rows(text: &str) -> Vec<Row> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(n, line)| (n, line.split('\t').map(|cell| cell.trim().into()).collect()))
        .collect()
}

fn csv_rows(text: &str, name: &str) -> Result<Vec<Row>> {
    let first = text.lines().next().unwrap_or_default();
    let divider = match first.contains(';') && !first.contains(',') {
        true => ';',
        false => ',',
    };
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut began, mut quoted_at) = (1, 1, None);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quoted_at) {
            ('"', Some(_)) if chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            ('"', Some(_)) => quoted_at = None,
            (_, Some(_)) => cell.push(c),
            ('"', None) if cell.trim().is_empty() => {
                cell.clear();
                quoted_at = Some(line);
            }
            ('\r', None) if chars.peek() == Some(&'\n') => {}
            ('\n', None) => {
                row.push(std::mem::take(&mut cell).trim().to_string());
                rows.push((began, std::mem::take(&mut row)));
                began = line + 1;
            }
            (c, None) if c == divider => row.push(std::mem::take(&mut cell).trim().to_string()),
            (_, None) => cell.push(c),
        }
        line += usize::from(c == '\n');
    }
    if let Some(line) = quoted_at {
        return Err(bad(name, Some(line), "a quotation mark is never closed"));
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell.trim().to_string());
        rows.push((began, row));
    }
    rows.retain(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    Ok(rows)
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Term(Option<Lang>),
    Translation(Option<Lang>),
    Note,
    Keep,
}

/// The columns that a header names; `None` if the row is none.
fn header(cells: &[String]) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    for (i, cell) in cells.iter().enumerate() {
        let lang = cell.parse::<Lang>().ok().filter(|_| cell.len() <= 5);
        columns.push(match (cell.to_lowercase().as_str(), lang) {
            ("term" | "source", _) => Column::Term(None),
            ("translation" | "target", _) => Column::Translation(None),
            ("note" | "notes" | "comment", _) => Column::Note,
            ("do-not-translate" | "do not translate" | "dnt" | "keep", _) => Column::Keep,
            (_, Some(lang)) if i == 0 => Column::Term(Some(lang)),
            (_, Some(lang)) => Column::Translation(Some(lang)),
            _ => return None,
        });
    }
    let has_term = columns
        .iter()
        .any(|column| matches!(column, Column::Term(_)));
    (has_term && columns.len() > 1).then_some(columns)
}

fn table(rows: &[Row], name: &str) -> Result<Vec<Term>> {
    let named = rows.first().and_then(|(_, cells)| header(cells));
    let body = &rows[usize::from(named.is_some())..];
    let columns = named.unwrap_or_else(|| {
        vec![
            Column::Term(None),
            Column::Translation(None),
            Column::Note,
            Column::Keep,
        ]
    });
    let mut terms = Vec::new();
    for (line, cells) in body {
        row(&columns, *line, cells, name, &mut terms)?;
    }
    Ok(terms)
}

fn row(
    columns: &[Column],
    line: usize,
    cells: &[String],
    name: &str,
    terms: &mut Vec<Term>,
) -> Result<()> {
    let bad = |what: &str| bad(name, Some(line), what);
    if cells.len() > columns.len() {
        let what = format!("{} columns, but {} are known", cells.len(), columns.len());
        return Err(bad(&what));
    }
    let (mut term, mut from, mut note, mut keep) = ("", None, None, false);
    for (column, cell) in columns.iter().zip(cells) {
        match column {
            Column::Term(lang) => (term, from) = (cell.as_str(), *lang),
            Column::Note => note = Some(cell.clone()).filter(|note| !note.is_empty()),
            Column::Keep => {
                keep = match cell.to_lowercase().as_str() {
                    "" | "no" | "n" | "false" | "0" => false,
                    "yes" | "y" | "true" | "1" | "x" => true,
                    _ => return Err(bad(&format!("\"{cell}\" is neither yes nor no"))),
                }
            }
            Column::Translation(_) => {}
        }
    }
    if term.is_empty() {
        return Err(bad("a line without a term"));
    }
    let mut make = |translation: &str, to| {
        terms.push(Term {
            term: term.to_string(),
            translation: translation.to_string(),
            note: note.clone(),
            from,
            to,
            line,
        });
    };
    let mut translated = false;
    for (column, cell) in columns.iter().zip(cells) {
        if let Column::Translation(to) = column
            && !cell.is_empty()
        {
            if keep && cell != term {
                let what = format!("\"{term}\" must not be translated, but has \"{cell}\"");
                return Err(bad(&what));
            }
            translated = true;
            if !keep {
                make(cell, *to);
            }
        }
    }
    if keep {
        make(term, None);
    } else if !translated {
        return Err(bad(&format!("\"{term}\" has no translation")));
    }
    Ok(())
}
