//! Glossaries: terms and their fixed translations, from a table (TSV, CSV) or from TBX (ISO 30042).
//!
//! A table has the columns term, translation, note and do-not-translate, in this order; a header line may name them in
//! another one, and may name languages (`it`, `en`, `pt`, …) in place of "term" and "translation". Lines of a TSV file
//! that begin with `#` are comments.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Lang, Span};
use crate::error::{Error, ErrorKind, Result};

/// A term and what it is called in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As it stands in the source.
    pub term: String,
    /// What the translation must have; the term itself if it must not be translated.
    pub translation: String,
    /// For people.
    pub note: Option<String>,
    /// The language of the term, if the file says so.
    from: Option<Lang>,
    /// The language of the translation, likewise.
    to: Option<Lang>,
    /// Where the file has it, for messages.
    line: usize,
}

impl Term {
    /// Whether the term stays as it is.
    pub fn is_kept(&self) -> bool {
        self.term == self.translation
    }

    /// Where the term stands in `text` as whole words. A term without capitals is found with them too.
    pub fn find(&self, text: &str) -> Vec<Span> {
        find(text, &self.term)
    }
}

/// Where `term` stands in `text` as whole words; a term without capitals is found with them too.
pub fn find(text: &str, term: &str) -> Vec<Span> {
    let exact = term.chars().any(char::is_uppercase);
    let same = |a: char, b: char| a == b || !exact && a.to_lowercase().eq(b.to_lowercase());
    let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let mut found = Vec::new();
    let mut free = 0;
    for (start, _) in text.char_indices() {
        if start < free || !ends(text[..start].chars().next_back()) {
            continue;
        }
        let mut rest = text[start..].chars();
        if term
            .chars()
            .all(|c| rest.next().is_some_and(|d| same(c, d)))
            && ends(rest.clone().next())
        {
            free = text.len() - rest.as_str().len();
            found.push(Span { start, end: free });
        }
    }
    found
}

/// The terms of one file.
#[derive(Debug, Clone)]
pub struct Glossary {
    terms: Vec<Term>,
    hash: String,
}

/// Larger files are refused.
const MAX_BYTES: u64 = 16 << 20;

impl Glossary {
    /// Reads a file: TBX if its name ends in `.tbx` or `.xml`, CSV if in `.csv`, else TSV.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read; [`ErrorKind::Usage`] as [`Glossary::parse`] has it.
    pub fn open(path: &Path) -> Result<Self> {
        let io = |error| Error::io("reading the glossary", path, error);
        let name = path.display().to_string();
        if std::fs::metadata(path).map_err(io)?.len() > MAX_BYTES {
            let message = format!("{name} is larger than {} MiB", MAX_BYTES >> 20);
            return Err(Error::new(ErrorKind::Usage, message).with_hint("is it a glossary?"));
        }
        let bytes = std::fs::read(path).map_err(io)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let message = format!("{name} is not UTF-8: byte {at} is none of its characters");
            Error::new(ErrorKind::Usage, message).with_hint("save the glossary as UTF-8")
        })?;
        let extension = path.extension().and_then(|end| end.to_str());
        Self::parse(&text, extension.unwrap_or_default(), &name)
    }

    /// The glossary in `text`, by the extension of its file; `name` is for messages.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] naming the line, if the file is malformed, has a term twice, or leads in a circle.
    ///
    /// ```
    /// use traghetto::{Glossary, Lang};
    ///
    /// let glossary = Glossary::parse("it\ten\ngoverno\tcabinet\n", "tsv", "terms.tsv")?;
    /// let terms = glossary.terms(Lang::IT, Lang::EN, true);
    /// assert_eq!(terms[0].translation, "cabinet");
    /// assert_eq!(terms[0].find("Il Governo ha smentito.").len(), 1);
    /// # Ok::<(), traghetto::Error>(())
    /// ```
    pub fn parse(text: &str, extension: &str, name: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let terms = match extension.to_ascii_lowercase().as_str() {
            "tbx" | "xml" => tbx(text, name)?,
            "csv" => table(&csv(text, name)?, name)?,
            _ => table(&tsv(text), name)?,
        };
        if terms.is_empty() {
            return Err(bad(name, None, "it has no terms"));
        }
        check_doubles(&terms, name)?;
        check_circles(&terms, name)?;
        let mut lines: Vec<String> = terms
            .iter()
            .map(|term| format!("{:?}", (term.from, term.to, &term.term, &term.translation)))
            .collect();
        lines.sort_unstable();
        let hash = Sha256::digest(lines.join("\n").as_bytes());
        Ok(Self {
            terms,
            hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// sha256, in hexadecimal, of what the glossary says: the same for another order, format or note.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether some term has a translation for an unsaid language, so that one file serves one language only.
    pub fn serves_one_language(&self) -> bool {
        let unsaid = |term: &Term| !term.is_kept() && term.to.is_none();
        self.terms.iter().any(unsaid)
    }

    /// The terms for one pair of languages, the longest first. `whole`: whether it leads from the article's language
    /// to the one asked for; terms without a language hold for that only, unless they stay as they are.
    pub fn terms(&self, from: Lang, to: Lang, whole: bool) -> Vec<Term> {
        let fits = |term: &&Term| {
            let said = |said: Option<Lang>, lang: Lang| match said {
                Some(said) => said == lang,
                None => whole || term.is_kept(),
            };
            said(term.from, from) && said(term.to, to)
        };
        let mut terms: Vec<Term> = self.terms.iter().filter(fits).cloned().collect();
        terms.sort_by_key(|term| std::cmp::Reverse(term.term.len()));
        terms
    }
}

fn bad(name: &str, line: Option<usize>, what: &str) -> Error {
    let place = line.map_or_else(String::new, |line| format!(", line {line}"));
    Error::new(ErrorKind::Usage, format!("the glossary {name}{place}: {what}")).with_hint(
        "a line is: term, translation, note, do-not-translate (yes or no), divided by tabs (or by commas in a .csv file)",
    )
}

fn check_doubles(terms: &[Term], name: &str) -> Result<()> {
    let mut seen: HashMap<_, &Term> = HashMap::new();
    for term in terms {
        if let Some(first) = seen.insert((term.from, term.to, term.term.to_lowercase()), term) {
            let what = format!(
                "\"{}\" is there twice: \"{}\" (line {}) and \"{}\"",
                term.term, first.translation, first.line, term.translation
            );
            return Err(bad(name, Some(term.line), &what));
        }
    }
    Ok(())
}

/// A translation that is itself a term to be translated, and so on back to the first one, can't be meant.
fn check_circles(terms: &[Term], name: &str) -> Result<()> {
    // "Osce" may well be "OSCE".
    let leads = |term: &&Term| term.term.to_lowercase() != term.translation.to_lowercase();
    let next: HashMap<_, &Term> = terms
        .iter()
        .filter(leads)
        .map(|term| ((term.from, term.to, term.term.to_lowercase()), term))
        .collect();
    for first in terms.iter().filter(leads) {
        let mut path = vec![first.term.as_str()];
        let mut at = first;
        while let Some(term) = next.get(&(at.from, at.to, at.translation.to_lowercase())) {
            path.push(&term.term);
            if term.term.to_lowercase() == first.term.to_lowercase() {
                let what = format!("it leads in a circle: {}", path.join(" → "));
                return Err(bad(name, Some(first.line), &what));
            }
            if path.len() > terms.len() {
                break;
            }
            at = term;
        }
    }
    Ok(())
}

/// A row of a table and its line.
type Row = (usize, Vec<String>);

fn tsv(text: &str) -> Vec<Row> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(n, line)| (n, line.split('\t').map(|cell| cell.trim().into()).collect()))
        .collect()
}

/// RFC 4180, divided by commas, or by semicolons if the first line has these only.
fn csv(text: &str, name: &str) -> Result<Vec<Row>> {
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

/// TBX: every concept's terms, each from each of its languages to each other one.
fn tbx(text: &str, name: &str) -> Result<Vec<Term>> {
    let document = roxmltree::Document::parse(text).map_err(|error| {
        bad(
            name,
            Some(error.pos().row as usize),
            "it is no well-formed XML",
        )
        .with_source(error)
    })?;
    let mut terms = Vec::new();
    let concept =
        |node: &roxmltree::Node| matches!(node.tag_name().name(), "termEntry" | "conceptEntry");
    for entry in document.descendants().filter(concept) {
        let line = document.text_pos_at(entry.range().start).row as usize;
        let note = entry
            .descendants()
            .find(|node| node.has_tag_name("note") || node.tag_name().name() == "note")
            .and_then(|node| node.text())
            .map(|note| note.trim().to_string());
        let mut words: Vec<(Lang, String)> = Vec::new();
        let sections = entry
            .children()
            .filter(|node| matches!(node.tag_name().name(), "langSet" | "langSec"));
        for section in sections {
            let code = section
                .attributes()
                .find(|attribute| attribute.name() == "lang")
                .map_or("", |attribute| attribute.value());
            let short = code.split(['-', '_']).next().unwrap_or_default();
            let lang: Lang = short.parse().map_err(|error: Error| {
                bad(
                    name,
                    Some(line),
                    &format!("the language \"{code}\" is unknown"),
                )
                .with_source(error)
            })?;
            // The first term of a language is the preferred one.
            let word = section
                .descendants()
                .find(|node| node.tag_name().name() == "term")
                .and_then(|node| node.text())
                .map(str::trim)
                .filter(|word| !word.is_empty());
            let Some(word) = word else {
                let what = format!("a concept without a term in \"{code}\"");
                return Err(bad(name, Some(line), &what));
            };
            words.push((lang, word.to_string()));
        }
        for (from, term) in &words {
            for (to, translation) in words.iter().filter(|(to, _)| to != from) {
                terms.push(Term {
                    term: term.clone(),
                    translation: translation.clone(),
                    note: note.clone(),
                    from: Some(*from),
                    to: Some(*to),
                    line,
                });
            }
        }
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, extension: &str) -> Result<Glossary> {
        Glossary::parse(text, extension, "terms")
    }

    fn pairs(glossary: &Glossary, from: Lang, to: Lang) -> Vec<(String, String)> {
        let terms = glossary.terms(from, to, true).into_iter();
        terms.map(|term| (term.term, term.translation)).collect()
    }

    fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(a, b): &(&str, &str)| (a.to_string(), b.to_string());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn a_term_in_other_letters_is_no_circle() {
        let glossary = parse("Osce\tOSCE\nCsto\tCSTO\n", "tsv").unwrap();
        let expected = own(&[("Osce", "OSCE"), ("Csto", "CSTO")]);
        assert_eq!(pairs(&glossary, Lang::IT, Lang::EN), expected);
    }

    #[test]
    fn one_glossary_in_three_formats() {
        let tsv = parse(
            "# ours\nit\ten\tnote\tdnt\ncolpo di stato\tcoup d’état\tas the house style has it\nAstana\t\t\tyes\n",
            "tsv",
        )
        .unwrap();
        let csv = parse(
            "\u{feff}it;en;note;dnt\r\n\"colpo di stato\";\"coup d’état\";\"a \"\"note\"\"\";\r\nAstana;;;yes\r\n",
            "csv",
        )
        .unwrap();
        let expected = own(&[("colpo di stato", "coup d’état"), ("Astana", "Astana")]);
        assert_eq!(pairs(&tsv, Lang::IT, Lang::EN), expected);
        assert_eq!(pairs(&csv, Lang::IT, Lang::EN), expected);
        assert_eq!(tsv.hash(), csv.hash());
        assert_eq!(tsv.hash().len(), 64);
        assert_eq!(
            csv.terms(Lang::IT, Lang::EN, true)[0].note.as_deref(),
            Some("a \"note\"")
        );
        assert_eq!(
            pairs(&tsv, Lang::IT, Lang::PT),
            own(&[("Astana", "Astana")])
        );
        assert!(!tsv.serves_one_language());
        let tbx = parse(
            r#"<martif xml:lang="it"><text><body><termEntry id="1"><note>x</note>
            <langSet xml:lang="it"><tig><term>colpo di stato</term></tig></langSet>
            <langSet xml:lang="en-GB"><tig><term>coup d’état</term></tig></langSet></termEntry></body></text></martif>"#,
            "tbx",
        )
        .unwrap();
        assert_eq!(pairs(&tbx, Lang::IT, Lang::EN), expected[..1]);
        assert_eq!(
            pairs(&tbx, Lang::EN, Lang::IT),
            own(&[("coup d’état", "colpo di stato")])
        );
        assert_eq!(pairs(&tbx, Lang::EN, Lang::PT), []);
    }

    #[test]
    fn a_table_without_a_header_serves_one_language() {
        let glossary = parse("lingua\ttongue\nNato\tNato\n", "txt").unwrap();
        assert!(glossary.serves_one_language());
        assert_eq!(
            pairs(&glossary, Lang::IT, Lang::EN),
            own(&[("lingua", "tongue"), ("Nato", "Nato")])
        );
        // On the first leg of two only what stays as it is.
        let leg = glossary.terms(Lang::IT, Lang::EN, false);
        assert_eq!(leg.len(), 1);
        assert!(leg[0].is_kept());
    }

    #[test]
    fn bad_glossaries_are_named_with_their_line() {
        for (extension, text, expected) in [
            ("tsv", "", "terms: it has no terms"),
            (
                "tsv",
                "a\tb\nA\tc\n",
                "line 2: \"A\" is there twice: \"b\" (line 1) and \"c\"",
            ),
            (
                "tsv",
                "a\tb\nb\tc\nc\ta\n",
                "line 1: it leads in a circle: a → b → c → a",
            ),
            (
                "tsv",
                "a\tb\nalone\n",
                "line 2: \"alone\" has no translation",
            ),
            ("tsv", "a\tb\n\tx\n", "line 2: a line without a term"),
            (
                "tsv",
                "a\tb\tn\tno\tmore\n",
                "line 1: 5 columns, but 4 are known",
            ),
            (
                "tsv",
                "a\tb\tn\tperhaps\n",
                "line 1: \"perhaps\" is neither yes nor no",
            ),
            (
                "tsv",
                "a\tb\t\tyes\n",
                "line 1: \"a\" must not be translated, but has \"b\"",
            ),
            (
                "csv",
                "a,b\nc,\"d\n",
                "line 2: a quotation mark is never closed",
            ),
            ("tbx", "<martif><termEntry>", "it is no well-formed XML"),
            (
                "tbx",
                "<m><termEntry><langSet xml:lang='zz9'><term>a</term></langSet></termEntry></m>",
                "line 1: the language \"zz9\" is unknown",
            ),
            (
                "tbx",
                "<m><termEntry><langSet xml:lang='it'/></termEntry></m>",
                "line 1: a concept without a term in \"it\"",
            ),
        ] {
            let error = parse(text, extension).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(
                error.to_string().contains(expected),
                "{error}, not {expected}"
            );
        }
    }

    #[test]
    fn terms_are_found_as_whole_words() {
        let spans = |text: &str, term: &str| -> Vec<usize> {
            find(text, term).iter().map(|span| span.start).collect()
        };
        assert_eq!(spans("Il colpo, un Colpo, i colpi", "colpo"), [3, 13]);
        assert_eq!(spans("la Lega e la lega", "Lega"), [3]);
        assert_eq!(spans("dell’Osce", "Osce"), ["dell’".len()]);
        assert_eq!(spans("", "a"), [0; 0]);
        assert_eq!(spans("é è é", "é"), [0, 6]);
    }
}
