//! Times of day in Italian, Spanish and Portuguese: "le dieci e un quarto", "quinze para as oito".

use super::hours::{Time, before, half_of_day, hour, minutes, said};
use crate::checks::words::Side;

/// The time that starts at word `i`.
pub(super) fn in_words(side: &Side, i: usize) -> Option<Time> {
    let before = before(side, i);
    let quarter = |at: usize, n: usize| (0..n).all(|k| side.before(at + k) == " ");
    // "quinze para as oito"
    if matches!(before, "às" | "as" | "aos" | "até" | "faltavam")
        && let Some((minutes, at)) = minutes(side, i)
        && side.lower(at) == "para"
        && matches!(side.lower(at + 1), "as" | "a" | "o" | "à" | "às")
    {
        return hour(side, at + 2).map(|(hour, end)| said(hour, -minutes, end));
    }
    let (hour, at) = hour(side, i)?;
    let named = half_of_day(side, i).is_some();
    let clock = matches!(
        before,
        "alle" | "dalle" | "delle" | "ore" | "las" | "às" | "das"
    );
    if !clock && !named && !matches!(before, "le" | "la" | "l" | "all" | "dell" | "as" | "à") {
        return None;
    }
    match (side.lower(at), side.lower(at + 1), side.lower(at + 2)) {
        ("e" | "y", "mezza" | "mezzo" | "media" | "meia" | "trenta", _) => {
            Some(said(hour, 30, at + 2))
        }
        ("y", "cuarto", _) => Some(said(hour, 15, at + 2)),
        ("e", "un" | "um", "quarto") if quarter(at, 3) => Some(said(hour, 15, at + 3)),
        ("e", "tre", "quarti") => Some(said(hour, 45, at + 3)),
        ("menos", "cuarto", _) => Some(said(hour, -15, at + 2)),
        ("meno", "un", "quarto") => Some(said(hour, -15, at + 3)),
        ("e" | "y", ..) if clock || named => {
            // "dalle sei e dalle sette"; "às nove e às dez"
            minutes(side, at + 1)
                .filter(|(minutes, _)| named || *minutes != 1)
                .map(|(minutes, end)| said(hour, minutes, end))
        }
        ("meno" | "menos", ..) if clock || named => {
            minutes(side, at + 1).map(|(minutes, end)| said(hour, -minutes, end))
        }
        _ => None,
    }
}
