//! The words that numbers are made of: `numerals.toml`.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::parse::by_number;

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
    /// The words for 20, 30 and so on, out of which compounds are built, and what they are worth.
    pub tens: Vec<(String, f64)>,
    /// What makes an ordinal of a cardinal: "esimo".
    pub ordinal_endings: Vec<String>,
    /// The letters that a cardinal drops before such an ending, one of them.
    pub dropped: Vec<String>,
    /// Cardinals as they are before such an ending, where they change otherwise: "neuv".
    pub ordinal_stems: Vec<(String, f64)>,
    /// What makes of a number one who is so old, what takes so long or has so many: "enne", "tägig".
    pub lasting_endings: Vec<String>,
    /// "And a half" behind a number, written as one with it.
    pub half_endings: Vec<String>,
    /// What makes a stretch of ten years of the name of a decade, written as one with it: "jahre".
    pub decade_endings: Vec<String>,
    /// Parts by name, which stand alone too, and into how many something is divided: "metà".
    pub fractions: Vec<(String, f64)>,
    /// Parts by name that need a number: "Viertel" is a part of a town as well.
    pub counted_fractions: Vec<(String, f64)>,
    /// "Part", before which an ordinal divides.
    pub part: Vec<String>,
    /// What divides only before such a word: "terça" is a weekday as well.
    pub part_fractions: Vec<(String, f64)>,
    /// Ordinals that don't divide: "tercero".
    pub no_fractions: Vec<String>,
}

/// The file: words divided by white space, under the number that they stand for.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    compounds: Option<Compounds>,
    hundred: String,
    half: String,
    and: String,
    ordinal_endings: String,
    dropped: String,
    lasting_endings: String,
    half_endings: String,
    decade_endings: String,
    part: String,
    no_fractions: String,
    ordinal_stems: BTreeMap<String, String>,
    fractions: BTreeMap<String, String>,
    counted_fractions: BTreeMap<String, String>,
    part_fractions: BTreeMap<String, String>,
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
            for (word, number) in by_number(table)? {
                match kind(number) {
                    Piece::Power(1e3) => self.thousands.push(word.clone()),
                    Piece::Plain(tens @ 20.0..=90.0) if tens % 10.0 == 0.0 => {
                        self.tens.push((word.clone(), tens));
                    }
                    _ => {}
                }
                self.pieces.insert(word, kind(number));
            }
        }
        self.add_endings(&file)
    }

    /// Adds what stands in words rather than alone, and what divides.
    fn add_endings(&mut self, file: &File) -> Result<(), String> {
        for (own, list) in [
            (&mut self.ordinal_endings, &file.ordinal_endings),
            (&mut self.dropped, &file.dropped),
            (&mut self.lasting_endings, &file.lasting_endings),
            (&mut self.half_endings, &file.half_endings),
            (&mut self.decade_endings, &file.decade_endings),
            (&mut self.part, &file.part),
            (&mut self.no_fractions, &file.no_fractions),
        ] {
            own.extend(super::parse::words(list));
        }
        for (own, table) in [
            (&mut self.ordinal_stems, &file.ordinal_stems),
            (&mut self.fractions, &file.fractions),
            (&mut self.counted_fractions, &file.counted_fractions),
            (&mut self.part_fractions, &file.part_fractions),
        ] {
            own.extend(by_number(table)?);
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
