//! What stands side by side for all languages: tables with a column a language, and names.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::built_in::{BUILT_IN, COMMON};
use super::lang::Lang;
use super::parse;
use super::patterns::Part;

/// A table of `common/`: cells divided by tabs, the first line names the columns. A column that is named by the code of a
/// language holds that language's cells.
#[derive(Debug, Clone)]
pub struct Table {
    langs: Vec<Lang>,
    /// The cells before those of the languages, and these.
    pub rows: Vec<(Vec<&'static str>, Vec<&'static str>)>,
}

impl Table {
    /// Reads a table that is compiled in.
    ///
    /// # Panics
    /// If there is none of this name, or a line has more or fewer cells than the first one: it is compiled in.
    pub fn new(file: &str) -> Self {
        let mut lines = text(file).lines().filter(|line| !line.starts_with('#'));
        let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
        let langs: Vec<Lang> = names.iter().filter_map(|name| name.parse().ok()).collect();
        let others = names.len() - langs.len();
        let rows = lines
            .filter(|line| !line.is_empty())
            .map(|line| {
                let mut cells: Vec<&str> = line.split('\t').collect();
                assert_eq!(cells.len(), names.len(), "{file}: {line}");
                let of_langs = cells.split_off(others);
                (cells, of_langs)
            })
            .collect();
        Table { langs, rows }
    }

    /// The languages that have a column, in order.
    pub fn langs(&self) -> &[Lang] {
        &self.langs
    }

    /// Which of the languages' columns is that of `lang`.
    pub fn column(&self, lang: Lang) -> Option<usize> {
        self.langs.iter().position(|other| *other == lang)
    }
}

/// The text of a file of `common/`.
pub(super) fn text(file: &str) -> &'static str {
    let found = BUILT_IN
        .iter()
        .find(|(folder, name, _)| *folder == COMMON && *name == file);
    found.expect("a file of common/ that is compiled in").2
}

/// Names, of which the forms in all languages stand together.
#[derive(Debug)]
pub struct Names {
    /// The forms of each name.
    pub rows: Vec<Vec<Form>>,
    /// The rows that are countries or peoples.
    pub countries: BTreeMap<usize, Country>,
    /// From a form's first word to (row, form).
    pub index: HashMap<String, Vec<(usize, usize)>>,
    /// Small words within a name, which it keeps in texts of any language: "Rio de la Plata".
    pub links: Vec<String>,
    /// Words between two names.
    pub ands: Vec<String>,
    /// Whose birth years are counted from.
    pub era: Vec<Part>,
    /// Look like acronyms behind a year: "356 BCE".
    pub eras: Vec<String>,
    /// Words that may stand before these: "antes de Cristo".
    pub era_link: Vec<String>,
    /// Words before these that make them an era.
    pub era_after: Vec<String>,
    /// Endings that make the people of a place from its name.
    pub people: Vec<String>,
    /// Given names that are no other words.
    pub given: HashSet<String>,
}

/// What is known of a country beside its forms.
#[derive(Debug)]
pub struct Country {
    /// The rows that may stand for it, and it for them.
    pub of: Vec<usize>,
    /// Words in a row that may stand for it, in any language.
    pub excuses: Vec<Vec<String>>,
}

/// A form of a name.
#[derive(Debug)]
pub struct Form {
    /// As it is written.
    pub text: &'static str,
    /// Its words, in lower case.
    pub words: Vec<String>,
    /// The languages that write it so.
    pub langs: Vec<Lang>,
    /// How many forms stand before it in the cell of each of them.
    ranks: Vec<usize>,
}

impl Form {
    /// How many other forms texts in `lang` rather have; `None` if they don't write it so.
    pub fn rank(&self, lang: Lang) -> Option<usize> {
        let at = self.langs.iter().position(|own| *own == lang)?;
        self.ranks.get(at).copied()
    }

    /// Whether it is capitals alone: "UN".
    pub fn is_acronym(&self) -> bool {
        self.words.len() == 1 && self.text.len() > 1 && self.text.chars().all(char::is_uppercase)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    links: String,
    ands: String,
    era: String,
    eras: String,
    era_link: String,
    era_after: String,
    people: String,
    given: String,
}

/// What is known of names: `names.tsv`, `countries.tsv` and `names.toml`.
pub fn names() -> &'static Names {
    static NAMES: LazyLock<Names> = LazyLock::new(|| {
        let table = Table::new("names.tsv");
        let rows = table
            .rows
            .iter()
            .map(|(_, cells)| forms(table.langs(), cells));
        let mut rows: Vec<Vec<Form>> = rows.collect();
        let countries = countries(&mut rows);
        let mut index: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (r, row) in rows.iter().enumerate() {
            for (f, form) in row.iter().enumerate() {
                if let Some(first) = form.words.first() {
                    index.entry(first.clone()).or_default().push((r, f));
                }
            }
        }
        let file: File =
            parse::parse(text("names.toml")).expect("what is compiled in is well formed");
        let list = |text: &str| parse::words(text).collect();
        Names {
            rows,
            countries,
            index,
            links: list(&file.links),
            ands: list(&file.ands),
            era: parse::words(&file.era)
                .map(|word| Part::new(&word))
                .collect(),
            eras: list(&file.eras),
            era_link: list(&file.era_link),
            era_after: list(&file.era_after),
            people: list(&file.people),
            given: parse::words(&file.given).collect(),
        }
    });
    &NAMES
}

/// Adds the rows of `countries.tsv`.
fn countries(rows: &mut Vec<Vec<Form>>) -> BTreeMap<usize, Country> {
    let table = Table::new("countries.tsv");
    let first = rows.len();
    let place = |name: &str| {
        let mut rows = table.rows.iter();
        rows.position(|(cells, _)| cells[0] == name)
            .map(|at| first + at)
    };
    let mut countries = BTreeMap::new();
    for (at, (cells, of_langs)) in table.rows.iter().enumerate() {
        let parts = of_langs
            .iter()
            .map(|cell| cell.split_once('~').unwrap_or((cell, "")));
        let (forms_of, others): (Vec<&str>, Vec<&str>) = parts.unzip();
        rows.push(forms(table.langs(), &forms_of));
        let others = others.iter().flat_map(|cell| cell.split('/'));
        let country = Country {
            of: place(cells[1]).into_iter().collect(),
            excuses: others
                .map(words)
                .filter(|words| !words.is_empty())
                .collect(),
        };
        countries.insert(first + at, country);
    }
    countries
}

/// The forms of a name, of which a cell holds those of one language, divided by "/".
fn forms(langs: &[Lang], cells: &[&'static str]) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    for (lang, cell) in langs.iter().zip(cells) {
        for (at, text) in cell.split('/').enumerate() {
            let known = forms.iter().position(|form| form.text == text);
            let known = known.unwrap_or_else(|| {
                forms.push(Form {
                    text,
                    words: words(text),
                    langs: Vec::new(),
                    ranks: Vec::new(),
                });
                forms.len() - 1
            });
            forms[known].langs.push(*lang);
            forms[known].ranks.push(at);
        }
    }
    forms
}

/// The words of a name, in lower case.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_a_column_a_language() {
        for file in ["events.tsv", "deeds.tsv", "units.tsv", "summary.tsv"] {
            let table = Table::new(file);
            assert_eq!(table.langs.len(), 6, "{file}");
            assert_eq!(table.column(Lang::IT), Some(0));
        }
        assert_eq!(Table::new("events.tsv").column("nl".parse().unwrap()), None);
    }

    #[test]
    fn names_are_found_by_their_first_word() {
        let names = names();
        let (row, form) = names.index["pechino"][0];
        assert_eq!(names.rows[row][form].words, ["pechino"]);
        assert_eq!(names.rows[row][form].langs, [Lang::IT]);
    }
}
