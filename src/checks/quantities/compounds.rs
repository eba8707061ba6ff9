//! Number words written as one: Italian "duecentotrentotto", German "zweihundertachtunddreißig", French "neuvième".

use super::vocabulary::Piece;
use crate::languages::Numerals;

/// The value of a cardinal.
type Cardinal = fn(&str, &Numerals) -> Option<f64>;

/// Takes an Italian compound apart: "duecentotrentotto", "tremila", "ventitré", "ventunesimo", "sedicenne".
pub(super) fn italian(word: &str, table: &Numerals) -> Option<Piece> {
    if word.len() < 6 {
        return None;
    }
    let cardinal: Cardinal = |word, table| below_million(word, table, tens_and_unit);
    if let Some(value) = ordinal(word, table, cardinal) {
        return Some(Piece::Ordinal(value));
    }
    // Of a child's age only the beginning of other words would be left: "ottenne" is "got".
    if let Some(age) = before_ending(word, &table.lasting_endings)
        .find_map(|stem| whole(stem, table, cardinal))
        .filter(|age| (11.0..120.0).contains(age))
    {
        return Some(Piece::Group(age));
    }
    // "quarantott'ore"
    whole(word, table, cardinal).map(Piece::Plain)
}

/// Takes a Germanic compound apart: "zweihundertachtunddreißig", "zweitausendzwanzig", "zweieinhalb", "zwanzigsten",
/// "dreijähriger", "siebzigerjahre".
pub(super) fn germanic(word: &str, table: &Numerals) -> Option<Piece> {
    if word.len() < 8 {
        return None;
    }
    if let Some(stem) = before_ending(word, &table.half_endings).next() {
        return table.plain(stem).map(|n| Piece::Plain(n + 0.5));
    }
    let cardinal: Cardinal = |word, table| below_million(word, table, unit_and_tens);
    let bare = word.trim_end_matches(['e', 'n', 'r', 's', 'm']);
    if let Some(stem) = before_ending(bare, &table.lasting_endings).next() {
        return cardinal(stem, table)
            .filter(|n| (2.0..100.0).contains(n))
            .map(Piece::Group);
    }
    let decade = before_ending(word, &table.decade_endings)
        .find_map(|stem| table.get(stem))
        .filter(|piece| matches!(piece, Piece::Loose(20.0..=90.0)));
    decade
        .or_else(|| cardinal(word, table).map(Piece::Plain))
        .or_else(|| ordinal(word, table, cardinal).map(Piece::Ordinal))
}

/// Takes a French ordinal apart: "neuvième", "vingtièmes".
pub(super) fn french(word: &str, table: &Numerals) -> Option<Piece> {
    ordinal(word, table, |word, table| table.plain(word)).map(Piece::Ordinal)
}

/// What stands in `word` before each of `endings` that it has.
fn before_ending<'w>(word: &'w str, endings: &'w [String]) -> impl Iterator<Item = &'w str> {
    let mut endings = endings.iter();
    std::iter::from_fn(move || endings.find_map(|end| word.strip_suffix(end.as_str())))
}

/// The number of an ordinal: a cardinal with an ending.
fn ordinal(word: &str, table: &Numerals, cardinal: Cardinal) -> Option<f64> {
    before_ending(word, &table.ordinal_endings).find_map(|stem| whole(stem, table, cardinal))
}

/// The value of a cardinal that may have dropped its last letter, or changed otherwise, before an ending or a vowel.
fn whole(stem: &str, table: &Numerals, cardinal: Cardinal) -> Option<f64> {
    let dropped = table.dropped.iter();
    cardinal(stem, table)
        .or_else(|| {
            dropped
                .map(|letter| format!("{stem}{letter}"))
                .find_map(|word| cardinal(&word, table))
        })
        .or_else(|| {
            let mut stems = table.ordinal_stems.iter();
            stems.find_map(|(own, value)| (own == stem).then_some(*value))
        })
}

/// `below_hundred` reads what the tens and the unit make.
fn below_million(word: &str, table: &Numerals, below_hundred: Cardinal) -> Option<f64> {
    let parts = |middle: &String| {
        let (before, after) = word.split_once(middle.as_str())?;
        let thousands = match before {
            "" => 1.0,
            before => below_thousand(before, table, below_hundred)?,
        };
        let rest = match past_and(after, table) {
            "" => 0.0,
            rest => below_thousand(rest, table, below_hundred)?,
        };
        Some(thousands * 1e3 + rest)
    };
    let mut middles = table.thousands.iter();
    middles
        .find_map(parts)
        .or_else(|| below_thousand(word, table, below_hundred))
}

fn below_thousand(word: &str, table: &Numerals, below_hundred: Cardinal) -> Option<f64> {
    let parts = |middle: &String| {
        let (before, after) = word.split_once(middle.as_str())?;
        let hundreds = match before {
            "" => 1.0,
            before => table.plain(before).filter(|n| *n < 20.0)?,
        };
        let rest = match past_and(after, table) {
            "" => 0.0,
            rest => below_hundred(rest, table)?,
        };
        Some(hundreds * 100.0 + rest)
    };
    // "centotto" has the shorter of "cento" and "cent".
    let mut middles = table.hundreds.iter();
    middles
        .find_map(parts)
        .or_else(|| below_hundred(word, table))
}

/// "ventotto": both words for the tens are in the table, the one that drops its vowel too.
fn tens_and_unit(word: &str, table: &Numerals) -> Option<f64> {
    let parts = |(own, tens): &(String, f64)| {
        let unit = table.plain(word.strip_prefix(own.as_str())?);
        unit.filter(|n| (1.0..10.0).contains(n))
            .map(|unit| tens + unit)
    };
    let mut tens = table.tens.iter();
    table.plain(word).or_else(|| tens.find_map(parts))
}

/// "achtunddreißig"
fn unit_and_tens(word: &str, table: &Numerals) -> Option<f64> {
    if let Some(value) = table.plain(word) {
        return Some(value);
    }
    // Dutch "zevenentwintig" has its "en" in "zeven" too.
    table.ands.iter().find_map(|and| {
        word.match_indices(and.as_str()).find_map(|(at, _)| {
            let unit = table.plain(&word[..at]).filter(|n| *n < 10.0)?;
            let tens = table
                .plain(&word[at + and.len()..])
                .filter(|n| *n >= 20.0)?;
            Some(unit + tens)
        })
    })
}

/// `word` without an "and" before it.
fn past_and<'w>(word: &'w str, table: &Numerals) -> &'w str {
    let mut ands = table.ands.iter();
    ands.find_map(|and| word.strip_prefix(and.as_str()))
        .unwrap_or(word)
}
