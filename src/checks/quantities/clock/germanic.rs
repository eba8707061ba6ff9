//! Times of day in German, and in what tells them as it does: "halb acht", "fünf vor halb acht", "sechs Uhr fünf".

use super::hours::{Time, hour, minutes, said};
use crate::checks::words::Side;

/// The time that starts at word `i`.
pub(super) fn in_words(side: &Side, i: usize) -> Option<Time> {
    let words = &side.language.clock;
    let (shift, at) = if side.is_any(i, &words.quarter) {
        (15, i + 1)
    } else if side.is_any(i, &words.half) || side.is_any(i, &words.three_quarters) {
        (0, i)
    } else if i > 0 && side.is_any(i - 1, &words.before_minutes) {
        minutes(side, i)?
    } else {
        return None;
    };
    let (shift, at) = if shift == 0 {
        (0, at)
    } else if side.is_any(at, &words.after) {
        (shift, at + 1)
    } else if side.is_any(at, &words.to) {
        (-shift, at + 1)
    } else {
        // "sechs Uhr fünf"
        let (minutes, end) = minutes(side, side.past_row(at, &words.hours)?)?;
        let digits = side.words[i].text.len() <= 2;
        return (!digits && shift <= 24).then(|| said(shift as u32, minutes, end));
    };
    let (shift, at) = if side.is_any(at, &words.half) {
        (shift - 30, at + 1)
    } else if side.is_any(at, &words.three_quarters) {
        (shift - 15, at + 1)
    } else {
        (shift, at)
    };
    hour(side, at).map(|(hour, end)| said(hour, shift, end))
}
