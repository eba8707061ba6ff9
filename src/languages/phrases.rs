//! What stands around numbers, and what looks like one and counts nothing: `phrases.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Context;

/// In lower case.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    /// Turns of phrase with a number that another language says without it: "cloud nine".
    pub idioms: Vec<Vec<String>>,
    /// What stands before a rounded figure.
    pub about: Vec<String>,
    /// Where a number stands for persons or things: "i due si sono visti".
    pub pronoun: Vec<Context>,
    /// Where a number word is another word: "venti forti".
    pub doubtful: Vec<Context>,
    /// Where an ordinal is an adverb or a preposition: "prima di".
    pub adverb: Vec<Context>,
    /// Where a multiple of ten names a decade: "gli anni Settanta".
    pub decade: Vec<Context>,
    /// Words before a year that names a decade: "gli anni 1990".
    pub years: Vec<String>,
    /// Words with a capital that name the century after so many hundred years: "Ottocento".
    pub centuries: BTreeMap<String, f64>,
    /// Beginnings of words that multiply or divide.
    pub multiples: Vec<(String, f64)>,
    /// Where a word says that every second one is meant: "every other week".
    pub alternate: Vec<Context>,
    /// Where a half is no amount: "half time", "halfway".
    pub no_half: Vec<Context>,
    /// "Times".
    pub times: Vec<String>,
    /// What makes a multiple of a number, written as one with it: "fach".
    pub multiple_endings: Vec<String>,
    /// What may stand before that number: "ver".
    pub multiple_prefix: Option<String>,
    /// "Less", behind "times".
    pub less: Vec<String>,
    /// Stands between the two numbers of a result that is told in words, or in digits too.
    pub score: Vec<Score>,
    /// Letters that multiply the figure before them.
    pub short: Vec<Short>,
    /// What is counted with such letters.
    pub counted: Vec<String>,
    /// Whether a space may stand before such letters.
    pub short_spaced: bool,
    /// Letters behind a Roman numeral that make it an ordinal.
    pub roman_endings: Vec<char>,
    /// Look like a unit of another language.
    pub no_units: Vec<String>,
    /// Stand before the number of a version.
    pub versions: Vec<String>,
}

/// See [`Phrases::score`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The word.
    pub between: String,
    /// Whether only numbers in words have it.
    pub in_words: bool,
}

/// See [`Phrases::short`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Short {
    /// The letters, as they are written.
    pub letters: Vec<String>,
    /// What they multiply by.
    pub by: f64,
    /// Whether they stand beside sums of money.
    #[serde(default)]
    pub money: bool,
    /// Whether they stand before what is counted. With neither, they always multiply.
    #[serde(default)]
    pub counted: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    idioms: Vec<String>,
    about: Vec<String>,
    pronoun: Vec<Context>,
    doubtful: Vec<Context>,
    adverb: Vec<Context>,
    decade: Vec<Context>,
    alternate: Vec<Context>,
    no_half: Vec<Context>,
    years: String,
    centuries: BTreeMap<String, String>,
    multiples: BTreeMap<String, String>,
    times: String,
    less: String,
    score: Vec<Score>,
    short: Vec<Short>,
    counted: String,
    short_spaced: bool,
    multiple_endings: String,
    multiple_prefix: Option<String>,
    roman_endings: String,
    no_units: String,
    versions: String,
}

impl Phrases {
    /// Adds what a file says.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        let words = |text: &str| super::parse::words(text).collect::<Vec<_>>();
        self.idioms
            .extend(file.idioms.iter().map(|phrase| words(phrase)));
        self.about.extend(file.about);
        self.pronoun.extend(file.pronoun);
        self.doubtful.extend(file.doubtful);
        self.adverb.extend(file.adverb);
        self.decade.extend(file.decade);
        self.alternate.extend(file.alternate);
        self.no_half.extend(file.no_half);
        self.years.extend(words(&file.years));
        self.centuries
            .extend(super::parse::by_number(&file.centuries)?);
        self.multiples
            .extend(super::parse::by_number(&file.multiples)?);
        self.times.extend(words(&file.times));
        self.less.extend(words(&file.less));
        self.multiple_endings.extend(words(&file.multiple_endings));
        self.multiple_prefix = file.multiple_prefix.or(self.multiple_prefix.take());
        self.score.extend(file.score);
        self.short.extend(file.short);
        self.counted.extend(words(&file.counted));
        self.versions.extend(words(&file.versions));
        self.no_units.extend(words(&file.no_units));
        self.short_spaced |= file.short_spaced;
        self.roman_endings.extend(file.roman_endings.chars());
        Ok(())
    }
}
