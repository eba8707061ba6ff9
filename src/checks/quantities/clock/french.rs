//! Times of day in French: "sept heures moins le quart", "midi et demi".

use super::hours::{Time, before, half_of_day, hour, minutes, said};
use crate::checks::words::{Kind, Side};

/// The time that starts at word `i`.
pub(super) fn in_words(side: &Side, i: usize) -> Option<Time> {
    let before = before(side, i);
    let (hour, mut at) = hour(side, i)?;
    let named = half_of_day(side, i).is_some();
    if !named && !matches!(side.lower(at), "heure" | "heures") {
        return None;
    }
    at += usize::from(!named);
    // "Deux heures et demie" without such a word before it is a span of time.
    let introduced = named
        || matches!(
            before,
            "à" | "vers" | "dès" | "depuis" | "avant" | "après" | "jusqu" | "est" | "était" | "de"
        );
    match (side.lower(at), side.lower(at + 1), side.lower(at + 2)) {
        ("et", "demie" | "demi", _) if introduced => Some(said(hour, 30, at + 2)),
        ("et", "quart", _) => Some(said(hour, 15, at + 2)),
        ("moins", "le", "quart") => Some(said(hour, -15, at + 3)),
        ("moins", ..) if introduced => {
            minutes(side, at + 1).map(|(minutes, end)| said(hour, -minutes, end))
        }
        _ if introduced && side.before(at) == " " && side.words.get(at)?.kind == Kind::Letters => {
            minutes(side, at).map(|(minutes, end)| said(hour, minutes, end))
        }
        _ => None,
    }
}
