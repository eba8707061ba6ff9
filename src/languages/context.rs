//! Where a word stands: what must hold of it and its neighbours, as the lists say it.
//!
//! In TOML a context is a table, as in `{ words = "venti", before = "forti", next = "di che" }`. Each condition lists
//! alternatives divided by white space, and all conditions that are given must hold. Words are in lower case, `*` stands for
//! any beginning or ending, `_` joins words in a row, `#` is a number in digits; in `next`, `$` is the end of the text, and
//! `|` the end or anything but a space.

use serde::Deserialize;

use super::{Part, Pattern};

/// See the module.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "File")]
pub struct Context {
    /// The word itself; any if there is none.
    pub words: Vec<Part>,
    /// What stands right before it.
    pub before: Vec<Pattern>,
    /// What doesn't.
    pub not_before: Vec<Pattern>,
    /// What stands right behind it.
    pub next: Vec<Next>,
    /// What doesn't.
    pub not_next: Vec<Pattern>,
    /// What is among the eight words behind it.
    pub within: Vec<Part>,
    /// What isn't.
    pub not_within: Vec<Part>,
    /// What is among the eight words before it.
    pub since: Vec<Part>,
    /// What isn't.
    pub not_since: Vec<Part>,
    /// The characters between it and the next word.
    pub gap: Option<String>,
    /// Whether it has a capital letter.
    pub capital: Option<bool>,
    /// Whether the next word has one.
    pub next_capital: Option<bool>,
}

/// What stands behind a word.
#[derive(Debug, Clone)]
pub enum Next {
    /// These words.
    Words(Pattern),
    /// Nothing.
    End,
    /// Nothing, or something but a space before the next word.
    Mark,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    words: String,
    before: String,
    not_before: String,
    next: String,
    not_next: String,
    within: String,
    not_within: String,
    since: String,
    not_since: String,
    gap: Option<String>,
    capital: Option<bool>,
    next_capital: Option<bool>,
}

impl TryFrom<File> for Context {
    type Error = String;

    fn try_from(file: File) -> Result<Self, String> {
        let parts = |list: &str| list.split_whitespace().map(Part::new).collect();
        let rows = |list: &str| list.split_whitespace().map(row).collect();
        let next = |word| match word {
            "$" => Next::End,
            "|" => Next::Mark,
            words => Next::Words(row(words)),
        };
        let context = Context {
            words: parts(&file.words),
            before: rows(&file.before),
            not_before: rows(&file.not_before),
            next: file.next.split_whitespace().map(next).collect(),
            not_next: rows(&file.not_next),
            within: parts(&file.within),
            not_within: parts(&file.not_within),
            since: parts(&file.since),
            not_since: parts(&file.not_since),
            gap: file.gap,
            capital: file.capital,
            next_capital: file.next_capital,
        };
        match context.words.is_empty() && context.before.is_empty() && context.next.is_empty() {
            true => Err("a context needs words, before or next".to_string()),
            false => Ok(context),
        }
    }
}

/// Words in a row.
fn row(words: &str) -> Pattern {
    words.split('_').map(Part::new).collect()
}
