//! The words that numbers are made of: `numerals.toml`.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

/// What a word adds to a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Piece {
    /// Below 1,000.
    Plain(f64),
    /// 100, which multiplies what stands before it.
    Hundred,
    /// 1,000 and up.
    Power(f64),
    /// A power in the plural: vague ("millions of") unless a number stands before it.
    Powers(f64),
    /// "third", "terzo".
    Ordinal(f64),
    /// "dozen", "ventina": a count that a translation may also give in another form.
    Group(f64),
    /// "hundreds", "migliaia".
    Vague(f64),
    /// "both", "coppia", "decade": may stand for the number, but need not.
    Loose(f64),
    /// "half".
    Half,
    /// "and".
    And,
}

/// The grammar by which a language writes several number words as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compounds {
    /// "duecentotrentotto", "ventunesimo", "sedicenne".
    Italian,
    /// "zweihundertachtunddreißig", "tweehonderdachtendertig": the unit, "and", the tens.
    Germanic,
    /// Only the ordinals: "dix-neuvième".
    French,
}

/// Number words, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Numerals {
    pieces: HashMap<String, Piece>,
    /// How words are written as one, if they are.
    pub compounds: Option<Compounds>,
    /// The words for 100, 1,000 and "and", out of which compounds are built.
    pub hundreds: Vec<String>,
    /// See [`Numerals::hundreds`].
    pub thousands: Vec<String>,
    /// See [`Numerals::hundreds`].
    pub ands: Vec<String>,
}

/// The file: words divided by white space, under the number that they stand for.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    compounds: Option<Compounds>,
    hundred: String,
    half: String,
    and: String,
    cardinals: BTreeMap<String, String>,
    powers: BTreeMap<String, String>,
    plural_powers: BTreeMap<String, String>,
    ordinals: BTreeMap<String, String>,
    groups: BTreeMap<String, String>,
    vague: BTreeMap<String, String>,
    loose: BTreeMap<String, String>,
}

impl Numerals {
    /// Adds the words of a file; a word that is known already gets its new meaning.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        self.compounds = file.compounds.or(self.compounds);
        let words = |text: &str| super::parse::words(text).collect::<Vec<_>>();
        self.hundreds.extend(words(&file.hundred));
        self.ands.extend(words(&file.and));
        for (text, piece) in [
            (&file.hundred, Piece::Hundred),
            (&file.half, Piece::Half),
            (&file.and, Piece::And),
        ] {
            self.pieces
                .extend(words(text).into_iter().map(|word| (word, piece)));
        }
        type Kind = fn(f64) -> Piece;
        let kinds: [(_, Kind); 7] = [
            (&file.cardinals, Piece::Plain),
            (&file.powers, Piece::Power),
            (&file.plural_powers, Piece::Powers),
            (&file.ordinals, Piece::Ordinal),
            (&file.groups, Piece::Group),
            (&file.vague, Piece::Vague),
            (&file.loose, Piece::Loose),
        ];
        for (table, kind) in kinds {
            for (value, text) in table {
                let number: f64 = value
                    .parse()
                    .map_err(|_| format!("\"{value}\" is no number"))?;
                for word in words(text) {
                    if kind(number) == Piece::Power(1e3) {
                        self.thousands.push(word.clone());
                    }
                    self.pieces.insert(word, kind(number));
                }
            }
        }
        Ok(())
    }

    /// Whether no number word is known.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What the table says of `word`; compounds aren't taken apart.
    pub fn get(&self, word: &str) -> Option<Piece> {
        self.pieces.get(word).copied()
    }

    /// The value of a word that stands for a number below 1,000.
    pub fn plain(&self, word: &str) -> Option<f64> {
        match self.get(word) {
            Some(Piece::Plain(value)) => Some(value),
            _ => None,
        }
    }
}
