//! Number words written as one: Italian "duecentotrentotto", German "zweihundertachtunddreißig".

use super::vocabulary::{Piece, Table, plain};

/// Takes an Italian compound apart: "duecentotrentotto", "tremila", "ventitré", "ventunesimo".
pub(super) fn italian(word: &str, table: &Table) -> Option<Piece> {
    if word.len() < 6 {
        return None;
    }
    for end in ["esimo", "esima", "esimi", "esime"] {
        if let Some(stem) = word.strip_suffix(end) {
            // The ordinal drops the cardinal's last vowel.
            return ["", "o", "i", "a", "e"].iter().find_map(|vowel| {
                let cardinal = format!("{stem}{vowel}");
                plain(table, &cardinal)
                    .or_else(|| italian_below_million(&cardinal, table))
                    .map(Piece::Ordinal)
            });
        }
    }
    // "sedicenne"
    if let Some(stem) = word.strip_suffix("enne").or(word.strip_suffix("enni")) {
        return ["", "i", "o", "a", "e"].iter().find_map(|vowel| {
            let cardinal = format!("{stem}{vowel}");
            plain(table, &cardinal)
                .or_else(|| italian_below_million(&cardinal, table))
                .filter(|age| (11.0..120.0).contains(age))
                .map(Piece::Group)
        });
    }
    italian_below_million(word, table).map(Piece::Plain)
}

fn italian_below_million(word: &str, table: &Table) -> Option<f64> {
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

fn italian_below_thousand(word: &str, table: &Table) -> Option<f64> {
    let Some((before, after)) = word.split_once("cent") else {
        return italian_below_hundred(word, table);
    };
    let hundreds = match before {
        "" => 1.0,
        before => plain(table, before).filter(|n| (2.0..10.0).contains(n))?,
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

fn italian_below_hundred(word: &str, table: &Table) -> Option<f64> {
    let word = match word.strip_suffix("tré") {
        Some(stem) => &format!("{stem}tre"),
        None => word,
    };
    if let Some(value) = plain(table, word) {
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
        rest => plain(table, rest.strip_prefix(['i', 'a'])?).filter(|n| *n < 10.0)?,
    };
    Some(tens + unit)
}

/// Takes a German compound apart: "zweihundertachtunddreißig", "zweitausendzwanzig", "zweieinhalb", "zwanzigsten".
pub(super) fn german(word: &str, table: &Table) -> Option<Piece> {
    if word.len() < 8 {
        return None;
    }
    if let Some(stem) = word.strip_suffix("einhalb") {
        return plain(table, stem).map(|n| Piece::Plain(n + 0.5));
    }
    // "dreijähriger", "zweitägige"
    const LASTING: [&str; 5] = ["jährig", "monatig", "wöchig", "tägig", "stündig"];
    let bare = word.trim_end_matches(['e', 'n', 'r', 's', 'm']);
    if let Some(stem) = LASTING.iter().find_map(|end| bare.strip_suffix(end)) {
        return german_below_million(stem, table)
            .filter(|n| (2.0..100.0).contains(n))
            .map(Piece::Group);
    }
    // "Siebzigerjahre"
    if let Some(decade) = word.strip_suffix("jahre").or(word.strip_suffix("jahren"))
        && decade.ends_with("ziger")
    {
        return table.get(decade).copied();
    }
    if let Some(value) = german_below_million(word, table) {
        return Some(Piece::Plain(value));
    }
    ["ste", "sten", "ster", "stes", "te", "ten", "ter"]
        .iter()
        .find_map(|end| german_below_million(word.strip_suffix(end)?, table).map(Piece::Ordinal))
}

fn german_below_million(word: &str, table: &Table) -> Option<f64> {
    match word.split_once("tausend") {
        Some((before, after)) => {
            let thousands = match before {
                "" => 1.0,
                before => german_below_thousand(before, table)?,
            };
            match after.strip_prefix("und").unwrap_or(after) {
                "" => Some(thousands * 1e3),
                rest => Some(thousands * 1e3 + german_below_thousand(rest, table)?),
            }
        }
        None => german_below_thousand(word, table),
    }
}

fn german_below_thousand(word: &str, table: &Table) -> Option<f64> {
    match word.split_once("hundert") {
        Some((before, after)) => {
            let hundreds = match before {
                "" => 1.0,
                before => plain(table, before).filter(|n| *n < 20.0)?,
            };
            match after.strip_prefix("und").unwrap_or(after) {
                "" => Some(hundreds * 100.0),
                rest => Some(hundreds * 100.0 + german_below_hundred(rest, table)?),
            }
        }
        None => german_below_hundred(word, table),
    }
}

fn german_below_hundred(word: &str, table: &Table) -> Option<f64> {
    if let Some(value) = plain(table, word) {
        return Some(value);
    }
    let (unit, tens) = word.split_once("und")?;
    let unit = plain(table, unit).filter(|n| *n < 10.0)?;
    let tens = plain(table, tens).filter(|n| *n >= 20.0)?;
    Some(unit + tens)
}
