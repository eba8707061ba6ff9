//! Words that say no: `negation.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Context;

/// The negative words of a language, in lower case. A `*` stands for any ending or beginning, `_` joins words in a row.
#[derive(Debug, Clone, Default)]
pub struct Negation {
    /// Plain negations: they turn the sentence round.
    pub plain: Vec<String>,
    /// Anything else with a "no" in it.
    pub other: Vec<String>,
    /// Words that stand where another language says "none", and alone say no "no": "anyone".
    pub polar: Vec<String>,
    /// "But".
    pub but: Vec<String>,
    /// Whether "but" alone may do a negation's work: "all but one".
    pub but_negates: bool,
    /// How a verb ends and what stands behind its apostrophe where it is negated: "n't".
    pub contracted: Option<(String, String)>,
    /// "None".
    pub none: Vec<String>,
    /// "All".
    pub all: Vec<String>,
    /// Where a word looks like a negative one and is none: "a few", "no-confidence".
    pub harmless: Vec<Context>,
    /// Where a plain negation negates nothing: "not only".
    pub idle: Vec<Context>,
    /// Verbs and turns that do a negation's work, by their sense, which has the same name in every language.
    pub turns: BTreeMap<String, Vec<String>>,
}

/// The file: words divided by white space.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    plain: String,
    other: String,
    polar: String,
    but: String,
    but_negates: bool,
    contracted: String,
    none: String,
    all: String,
    harmless: Vec<Context>,
    idle: Vec<Context>,
    turns: BTreeMap<String, String>,
}

impl Negation {
    /// Adds the words of a file.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        self.plain.extend(super::parse::words(&file.plain));
        self.other.extend(super::parse::words(&file.other));
        self.polar.extend(super::parse::words(&file.polar));
        self.but.extend(super::parse::words(&file.but));
        self.but_negates |= file.but_negates;
        let contracted = file.contracted.split_once('\'');
        let contracted = contracted.map(|(end, word)| (end.to_string(), word.to_string()));
        self.contracted = contracted.or(self.contracted.take());
        self.none.extend(super::parse::words(&file.none));
        self.all.extend(super::parse::words(&file.all));
        self.harmless.extend(file.harmless);
        self.idle.extend(file.idle);
        for (sense, text) in file.turns {
            self.turns
                .entry(sense)
                .or_default()
                .extend(super::parse::words(&text));
        }
        Ok(())
    }

    /// Whether no negative word is known.
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// The words of a turn; none if the language has none.
    pub fn turn(&self, sense: &str) -> &[String] {
        self.turns.get(sense).map(Vec::as_slice).unwrap_or_default()
    }
}
