//! Times of day in German: "halb acht", "fünf vor halb acht", "sechs Uhr fünf".

use super::hours::{Time, before, hour, minutes, said};
use crate::checks::words::Side;

/// The time that starts at word `i`.
pub(super) fn in_words(side: &Side, i: usize) -> Option<Time> {
    let before = before(side, i);
    let (shift, at) = match side.lower(i) {
        "viertel" => (15, i + 1),
        "halb" | "dreiviertel" => (0, i),
        _ if matches!(before, "um" | "gegen" | "bis" | "ab" | "seit") => minutes(side, i)?,
        _ => return None,
    };
    let (shift, at) = match side.lower(at) {
        "nach" if shift > 0 => (shift, at + 1),
        "vor" if shift > 0 => (-shift, at + 1),
        "uhr" => {
            // "sechs Uhr fünf"
            let (minutes, end) = minutes(side, at + 1)?;
            let digits = side.words[i].text.len() <= 2;
            return (!digits && shift <= 24).then(|| said(shift as u32, minutes, end));
        }
        _ if shift == 0 => (0, at),
        _ => return None,
    };
    let (shift, at) = match side.lower(at) {
        "halb" => (shift - 30, at + 1),
        "dreiviertel" => (shift - 15, at + 1),
        _ => (shift, at),
    };
    hour(side, at).map(|(hour, end)| said(hour, shift, end))
}
