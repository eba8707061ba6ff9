//! Times of day in English: "half past seven", "ten to six".

use super::hours::{Time, hour, minutes, said};
use crate::checks::words::Side;

/// The time that starts at word `i`.
pub(super) fn in_words(side: &Side, i: usize) -> Option<Time> {
    let words = &side.language.clock;
    let behind = |list: &[String]| i > 0 && side.is_any(i - 1, list);
    let (minutes, at) = if side.is_any(i, &words.half) && side.is_any(i + 1, &words.past) {
        (30, i + 1)
    } else if side.is_any(i, &words.quarter) {
        (15, i + 1)
    } else if side.is_any(i + 1, &words.past)
        // "five to six people" is no time.
        || behind(&words.before_minutes)
        // "from ten to nine until noon"
        || behind(&words.from) && is_round(side, i) && side.is_any(i + 3, &words.until)
    {
        minutes(side, i)?
    } else {
        return None;
    };
    let minutes = match () {
        () if side.is_any(at, &words.past) || side.is_any(at, &words.after) => minutes,
        () if side.is_any(at, &words.to) => -minutes,
        () => return None,
    };
    hour(side, at + 1).map(|(hour, end)| said(hour, minutes, end))
}

/// Whether word `i` is a number of minutes that clocks are read by.
fn is_round(side: &Side, i: usize) -> bool {
    let value = side.language.numerals.plain(side.lower(i));
    matches!(value, Some(5.0 | 10.0 | 20.0))
}
