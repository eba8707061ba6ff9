//! Times of day in English: "half past seven", "ten to six".

use super::hours::{Time, before, hour, minutes, said};
use crate::checks::words::Side;

/// The time that starts at word `i`.
pub(super) fn in_words(side: &Side, i: usize) -> Option<Time> {
    let before = before(side, i);
    let (minutes, at) = match side.lower(i) {
        "half" if side.lower(i + 1) == "past" => (30, i + 1),
        "quarter" => (15, i + 1),
        // "five to six people" is no time.
        _ if side.lower(i + 1) == "past"
            || matches!(before, "at" | "until" | "till" | "by" | "since" | "around") =>
        {
            minutes(side, i)?
        }
        // "from ten to nine until noon"
        "five" | "ten" | "twenty"
            if before == "from" && matches!(side.lower(i + 3), "until" | "till" | "to") =>
        {
            minutes(side, i)?
        }
        _ => return None,
    };
    let minutes = match side.lower(at) {
        "past" | "after" => minutes,
        "to" | "before" => -minutes,
        _ => return None,
    };
    hour(side, at + 1).map(|(hour, end)| said(hour, minutes, end))
}
