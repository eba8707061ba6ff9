//! Number words written as one: Italian "duecentotrentotto", German "zweihundertachtunddreißig", French "neuvième".

use super::vocabulary::Piece;
use crate::languages::Numerals;

/// Takes an Italian compound apart: "duecentotrentotto", "tremila", "ventitré", "ventunesimo".
pub(super) fn italian(word: &str, table: &Numerals) -> Option<Piece> {
    if word.len() < 6 {
        return None;
    }
    for end in ["esimo", "esima", "esimi", "esime"] {
        if let Some(stem) = word.strip_suffix(end) {
            // The ordinal drops the cardinal's last vowel.
            return ["", "o", "i", "a", "e"].iter().find_map(|vowel| {
                let cardinal = format!("{stem}{vowel}");
                table
                    .plain(&cardinal)
                    .or_else(|| italian_below_million(&cardinal, table))
                    .map(Piece::Ordinal)
            });
        }
    }
    // "sedicenne"
    if let Some(stem) = word.strip_suffix("enne").or(word.strip_suffix("enni")) {
        return ["", "i", "o", "a", "e"].iter().find_map(|vowel| {
            let cardinal = format!("{stem}{vowel}");
            table
                .plain(&cardinal)
                .or_else(|| italian_below_million(&cardinal, table))
                .filter(|age| (11.0..120.0).contains(age))
                .map(Piece::Group)
        });
    }
    italian_below_million(word, table).map(Piece::Plain)
}

fn italian_below_million(word: &str, table: &Numerals) -> Option<f64> {
    let (thousands, rest) = if let Some((before, after)) = word.split_once("mila") {
        (italian_below_thousand(before, table)? * 1e3, after)
    } else if let Some(after) = word.strip_prefix("mille") {
        (1e3, after)
    } else {
        (0.0, word)
    };
    match rest {
        "" => Some(thousands),
        rest => Some(thousands + italian_below_thousand(rest, table)?),
    }
}

fn italian_below_thousand(word: &str, table: &Numerals) -> Option<f64> {
    let Some((before, after)) = word.split_once("cent") else {
        return italian_below_hundred(word, table);
    };
    let hundreds = match before {
        "" => 1.0,
        before => table.plain(before).filter(|n| (2.0..10.0).contains(n))?,
    };
    // "centotto" shares its o.
    let rest = match after.strip_prefix('o') {
        Some("") => return Some(hundreds * 100.0),
        Some(rest) => italian_below_hundred(rest, table),
        None => None,
    };
    rest.or_else(|| italian_below_hundred(after, table))
        .map(|rest| hundreds * 100.0 + rest)
}

fn italian_below_hundred(word: &str, table: &Numerals) -> Option<f64> {
    let word = match word.strip_suffix("tré") {
        Some(stem) => &format!("{stem}tre"),
        None => word,
    };
    if let Some(value) = table.plain(word) {
        return Some(value);
    }
    const TENS: [(&str, f64); 8] = [
        ("vent", 20.0),
        ("trent", 30.0),
        ("quarant", 40.0),
        ("cinquant", 50.0),
        ("sessant", 60.0),
        ("settant", 70.0),
        ("ottant", 80.0),
        ("novant", 90.0),
    ];
    let (rest, tens) = TENS
        .iter()
        .find_map(|(stem, tens)| word.strip_prefix(stem).map(|rest| (rest, tens)))?;
    let unit = match rest {
        "uno" | "un" | "una" => 1.0,
        "otto" | "ott" => 8.0,
        rest => table
            .plain(rest.strip_prefix(['i', 'a'])?)
            .filter(|n| *n < 10.0)?,
    };
    Some(tens + unit)
}

/// Takes a Germanic compound apart: "zweihundertachtunddreißig", "zweitausendzwanzig", "zweieinhalb", "zwanzigsten".
pub(super) fn germanic(word: &str, table: &Numerals) -> Option<Piece> {
    if word.len() < 8 {
        return None;
    }
    if let Some(stem) = word.strip_suffix("einhalb") {
        return table.plain(stem).map(|n| Piece::Plain(n + 0.5));
    }
    // "dreijähriger", "zweitägige", "dreirädrig"
    const LASTING: [&str; 8] = [
        "jährig", "monatig", "wöchig", "tägig", "stündig", "rädrig", "stöckig", "spurig",
    ];
    let bare = word.trim_end_matches(['e', 'n', 'r', 's', 'm']);
    if let Some(stem) = LASTING.iter().find_map(|end| bare.strip_suffix(end)) {
        return germanic_below_million(stem, table)
            .filter(|n| (2.0..100.0).contains(n))
            .map(Piece::Group);
    }
    // "Siebzigerjahre"
    if let Some(decade) = word.strip_suffix("jahre").or(word.strip_suffix("jahren"))
        && decade.ends_with("ziger")
    {
        return table.get(decade);
    }
    if let Some(value) = germanic_below_million(word, table) {
        return Some(Piece::Plain(value));
    }
    ["ste", "sten", "ster", "stes", "te", "ten", "ter"]
        .iter()
        .find_map(|end| germanic_below_million(word.strip_suffix(end)?, table).map(Piece::Ordinal))
}

fn germanic_below_million(word: &str, table: &Numerals) -> Option<f64> {
    let Some((before, after)) = split(word, &table.thousands) else {
        return germanic_below_thousand(word, table);
    };
    let thousands = match before {
        "" => 1.0,
        before => germanic_below_thousand(before, table)?,
    };
    match past_and(after, table) {
        "" => Some(thousands * 1e3),
        rest => Some(thousands * 1e3 + germanic_below_thousand(rest, table)?),
    }
}

fn germanic_below_thousand(word: &str, table: &Numerals) -> Option<f64> {
    let Some((before, after)) = split(word, &table.hundreds) else {
        return germanic_below_hundred(word, table);
    };
    let hundreds = match before {
        "" => 1.0,
        before => table.plain(before).filter(|n| *n < 20.0)?,
    };
    match past_and(after, table) {
        "" => Some(hundreds * 100.0),
        rest => Some(hundreds * 100.0 + germanic_below_hundred(rest, table)?),
    }
}

fn germanic_below_hundred(word: &str, table: &Numerals) -> Option<f64> {
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

/// What stands before and behind the first of `middles` that is in `word`.
fn split<'w>(word: &'w str, middles: &[String]) -> Option<(&'w str, &'w str)> {
    middles
        .iter()
        .find_map(|middle| word.split_once(middle.as_str()))
}

/// `word` without an "and" before it.
fn past_and<'w>(word: &'w str, table: &Numerals) -> &'w str {
    let mut ands = table.ands.iter();
    ands.find_map(|and| word.strip_prefix(and.as_str()))
        .unwrap_or(word)
}

/// Takes a French ordinal apart: "neuvième", "vingtièmes".
pub(super) fn french(word: &str, table: &Numerals) -> Option<Piece> {
    let stem = word.strip_suffix("ièmes").or(word.strip_suffix("ième"))?;
    let cardinal = ["", "e", "s"]
        .iter()
        .find_map(|end| table.plain(&format!("{stem}{end}")));
    let value = cardinal.or(match stem {
        "cinqu" => Some(5.0),
        "neuv" => Some(9.0),
        "cent" => Some(100.0),
        _ => None,
    })?;
    Some(Piece::Ordinal(value))
}
