//! What is known about words with capitals: names that differ between languages, and words that are no names.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::checks::words::Side;
use crate::text::{Lang, Span};

/// Forms of one name, each cut into words in lower case.
type Row = Vec<Vec<String>>;

struct Table {
    rows: Vec<Row>,
    /// From a form's first word to (row, form).
    index: HashMap<String, Vec<(usize, usize)>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let rows: Vec<Row> = include_str!("../data/names.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            line.split('/')
                .map(|form| {
                    form.to_lowercase()
                        .split(|c: char| !c.is_alphanumeric())
                        .filter(|word| !word.is_empty())
                        .map(str::to_string)
                        .collect()
                })
                .collect()
        })
        .collect();
    let mut index: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for (r, row) in rows.iter().enumerate() {
        for (f, form) in row.iter().enumerate() {
            if let Some(first) = form.first() {
                index.entry(first.clone()).or_default().push((r, f));
            }
        }
    }
    Table { rows, index }
});

/// Whole words, and stems.
type Words = (HashSet<&'static str>, Vec<&'static str>);

/// Words that have a capital inside sentences without being a name that must recur; a stem ends in `*`.
static ORDINARY: LazyLock<HashMap<Lang, Words>> = LazyLock::new(|| {
    [
        (Lang::IT, include_str!("../data/capitals.it.txt")),
        (Lang::EN, include_str!("../data/capitals.en.txt")),
        (Lang::FR, include_str!("../data/capitals.fr.txt")),
        (Lang::DE, include_str!("../data/capitals.de.txt")),
        (Lang::ES, include_str!("../data/capitals.es.txt")),
        (Lang::PT, include_str!("../data/capitals.pt.txt")),
    ]
    .into_iter()
    .map(|(lang, list)| {
        let (stems, words): (Vec<_>, Vec<_>) = list
            .split_ascii_whitespace()
            .partition(|entry| entry.ends_with('*'));
        let stems = stems
            .into_iter()
            .map(|stem| stem.trim_end_matches('*'))
            .collect();
        (lang, (words.into_iter().collect(), stems))
    })
    .collect()
});

/// Whether `word`, in lower case, has a capital inside sentences without being a name.
pub(super) fn is_ordinary(word: &str, lang: Lang) -> bool {
    // English names stand in texts of all languages.
    [lang, Lang::EN].iter().any(|lang| {
        ORDINARY.get(lang).is_some_and(|(words, stems)| {
            words.contains(word) || stems.iter().any(|stem| word.starts_with(stem))
        })
    })
}

/// The word at `i` of `side` stands for one of the table's names: the rows, and one past its last word.
pub(super) fn rows(side: &Side, i: usize) -> Option<(Vec<usize>, usize)> {
    let entries = TABLE.index.get(side.lower(i))?;
    let fitting = entries
        .iter()
        .filter(|(row, form)| fits(side, i, &TABLE.rows[*row][*form]));
    let longest = fitting
        .clone()
        .map(|(row, form)| TABLE.rows[*row][*form].len())
        .max()?;
    let rows = fitting
        .filter(|(row, form)| TABLE.rows[*row][*form].len() == longest)
        .map(|(row, _)| *row)
        .collect();
    Some((rows, i + longest))
}

fn fits(side: &Side, i: usize, form: &[String]) -> bool {
    form.iter()
        .enumerate()
        .all(|(k, word)| side.lower(i + k) == word)
}

/// Whether any form of the row stands in `side`; words may begin with it ("Ukrainekrieg"), and German ones contain it
/// ("Nordkalifornien").
pub(super) fn has_row(side: &Side, row: usize) -> bool {
    let compounds = side.lang == Lang::DE;
    TABLE.rows[row].iter().any(|form| {
        let long = form.len() == 1 && form[0].len() >= 5;
        let stem = form[0].trim_end_matches(['e', 'n', 'o', 'a']);
        // "Tuscan" is of Tuscany.
        let adjective = form[0].trim_end_matches(['a', 'e', 'i', 'o', 'y']);
        let adjective = (form.len() == 1 && adjective.len() >= 6).then_some(adjective);
        (0..side.words.len()).any(|i| {
            fits(side, i, form)
                || adjective.is_some_and(|stem| side.lower(i).starts_with(stem))
                || long && side.lower(i).starts_with(form[0].as_str())
                || long && compounds && stem.len() >= 4 && side.lower(i).contains(stem)
        })
    })
}

/// Whether a form of some row begins with `word`, in lower case.
pub(super) fn begins_form(word: &str) -> bool {
    TABLE.index.contains_key(word)
}

/// Where `side` has a name of one word that one of `rows` knows.
pub(super) fn rendering(side: &Side, rows: &[usize]) -> Option<Span> {
    let known = |word: &str| {
        let mut forms = rows.iter().flat_map(|row| &TABLE.rows[*row]);
        forms.any(|form| form.len() == 1 && form[0] == word)
    };
    let word = side
        .words
        .iter()
        .find(|word| word.capital && known(&word.lower))?;
    Some(word.span)
}
