//! What a word adds to a number: by the table of its language, or taken apart by the grammar of its compounds.

use super::compounds;
use crate::languages::{Compounds, Language, Numerals};

pub(super) use crate::languages::Piece;

/// Whether number words of `language` are known.
pub(super) fn knows(language: &Language) -> bool {
    !language.numerals.is_empty()
}

/// What `word`, in lower case, adds to a number.
pub(super) fn piece(word: &str, language: &Language) -> Option<Piece> {
    let numerals: &Numerals = &language.numerals;
    numerals.get(word).or_else(|| match numerals.compounds? {
        Compounds::Italian => compounds::italian(word, numerals),
        Compounds::Germanic => compounds::germanic(word, numerals),
        Compounds::French => compounds::french(word, numerals),
    })
}

/// Years in a period that can be counted: "three decades" are thirty years.
pub(super) fn period(word: &str, language: &Language) -> Option<f64> {
    match language.numerals.get(word)? {
        Piece::Loose(years) if matches!(years, 10.0 | 100.0 | 1000.0) => Some(years),
        _ => None,
    }
}
