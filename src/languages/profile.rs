//! What holds for a language as a whole: how it is written, by which grammar its phrases are built, and what its texts
//! look like: `profile.toml`.

use std::collections::HashSet;

use serde::Deserialize;

use super::Part;

/// The grammar by which phrases about numbers and times are put together. It is Rust, where the words are used; here a
/// language says which one is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grammar {
    /// Italian.
    Italian,
    /// English.
    English,
    /// French: twenties up to a hundred.
    French,
    /// German, and what counts and tells the time as it does.
    Germanic,
    /// Spanish and Portuguese.
    Iberian,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// The grammar, if it is a known one.
    pub grammar: Option<Grammar>,
    /// Languages of one family pass for each other in a short line.
    pub family: Option<String>,
    /// Whether every noun has a capital letter, so that a capital proves no name.
    pub noun_capitals: bool,
    /// Whether 3.5 is written with a point in some countries and with a comma in others.
    pub both_decimals: bool,
    /// Whether 9/11 may be the eleventh of September.
    pub month_first: bool,
    /// How many characters a sentence has for one of its English translation.
    pub length: Option<f64>,
    /// The letters beyond a to z that many words have, in lower case.
    pub letters: String,
    /// The commonest words that are none of the other languages'.
    pub common: HashSet<String>,
    /// Words that begin a clause: a long sentence may be parted before them.
    pub clauses: HashSet<String>,
    /// Adjectives of places, which are told from names by their endings.
    pub adjectives: Vec<Part>,
    /// The end of a word, and what stands there in the plural.
    pub plurals: Vec<(String, String)>,
    /// What may join two words to one: "s" in "Anwaltskanzlei". Empty where words aren't joined.
    pub joints: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    grammar: Option<Grammar>,
    family: Option<String>,
    noun_capitals: bool,
    both_decimals: bool,
    month_first: bool,
    length: Option<f64>,
    letters: String,
    common: String,
    clauses: String,
    adjectives: String,
    plurals: String,
    joints: String,
}

impl Profile {
    /// Adds what a file says.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        self.grammar = file.grammar.or(self.grammar);
        self.family = file.family.or(self.family.take());
        self.noun_capitals |= file.noun_capitals;
        self.both_decimals |= file.both_decimals;
        self.month_first |= file.month_first;
        if let Some(length) = file.length {
            if !(0.05..20.0).contains(&length) {
                return Err(format!("{length} is no length for one of an English text"));
            }
            self.length = Some(length);
        }
        self.letters.push_str(&file.letters);
        self.common.extend(super::parse::words(&file.common));
        self.clauses.extend(super::parse::words(&file.clauses));
        self.adjectives
            .extend(super::parse::words(&file.adjectives).map(|word| Part::new(&word)));
        self.joints.extend(super::parse::words(&file.joints));
        for change in super::parse::words(&file.plurals) {
            let Some((end, plural)) = change.split_once('>') else {
                return Err(format!(
                    "\"{change}\" is no change of an ending, such as \"o>i\""
                ));
            };
            self.plurals.push((end.to_owned(), plural.to_owned()));
        }
        Ok(())
    }
}
