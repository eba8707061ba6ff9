//! Times of day in French: "sept heures moins le quart", "midi et demi".

use super::hours::{Time, behind, half_of_day, hour, minutes, said};
use crate::checks::words::{Kind, Side};

/// The time that starts at word `i`.
pub(super) fn in_words(side: &Side, i: usize) -> Option<Time> {
    let words = &side.language.clock;
    let (hour, at) = hour(side, i)?;
    let named = half_of_day(side, i).is_some();
    let at = match named {
        true => at,
        false => side.past_row(at, &words.hours)?,
    };
    // "Deux heures et demie" without such a word before it is a span of time.
    let introduced = named || i > 0 && side.is_any(i - 1, &words.before_hour);
    if let Some((minutes, end)) = behind(side, at) {
        return (introduced || minutes != 30).then(|| said(hour, minutes, end));
    }
    if !introduced {
        return None;
    }
    if side.is_any(at, &words.less) {
        return minutes(side, at + 1).map(|(minutes, end)| said(hour, -minutes, end));
    }
    let follows = side.before(at) == " " && side.words.get(at)?.kind == Kind::Letters;
    let (minutes, end) = minutes(side, at).filter(|_| follows)?;
    Some(said(hour, minutes, end))
}
