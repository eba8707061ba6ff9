//! Words that end in a full stop without ending the sentence: `abbreviations.toml`.
//!
//! "ecc." and the like need no entry: before a small letter no sentence ends anyway, and before a capital one they do
//! end theirs.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

/// How an abbreviation behaves before a word with a capital letter or before a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abbreviation {
    /// Something always follows it: a title before a name, "for example".
    Joins,
    /// Belongs to a number that follows; before anything else it's an ordinary word.
    BeforeNumber,
    /// Stands within a sentence or ends it: the next word decides.
    Either,
}

/// Abbreviations in lower case, without their last stop.
#[derive(Debug, Clone, Default)]
pub struct Abbreviations {
    table: HashMap<String, Abbreviation>,
    starters: HashSet<String>,
}

/// The file: words divided by white space.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    joins: String,
    before_number: String,
    either: String,
    starters: String,
}

impl Abbreviations {
    /// Adds the words of a file; a word that is known already gets its new meaning.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        // A word that stands in several lists is the loosest of them.
        for (list, kind) in [
            (&file.before_number, Abbreviation::BeforeNumber),
            (&file.joins, Abbreviation::Joins),
            (&file.either, Abbreviation::Either),
        ] {
            self.table
                .extend(super::parse::words(list).map(|word| (word, kind)));
        }
        self.starters.extend(super::parse::words(&file.starters));
        Ok(())
    }

    /// What `word` (lower case, without its last full stop) is, if it's an abbreviation.
    pub fn get(&self, word: &str) -> Option<Abbreviation> {
        self.table.get(word).copied()
    }

    /// Whether `word` (lower case) usually starts a sentence when it has a capital letter.
    pub fn starts_sentences(&self, word: &str) -> bool {
        self.starters.contains(word)
    }
}
