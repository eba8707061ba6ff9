//! Times of day in Italian, Spanish and Portuguese: "le dieci e un quarto", "quinze para as oito".

use super::hours::{Time, behind, half_of_day, hour, minutes, said};
use crate::checks::words::Side;

/// The time that starts at word `i`.
pub(super) fn in_words(side: &Side, i: usize) -> Option<Time> {
    let words = &side.language.clock;
    let after = |list: &[String]| i > 0 && side.is_any(i - 1, list);
    // "quinze para as oito"
    if after(&words.before_minutes)
        && let Some((minutes, at)) = minutes(side, i)
        && side.is_any(at, &words.to)
        && side.is_any(at + 1, &words.to_article)
    {
        return hour(side, at + 2).map(|(hour, end)| said(hour, -minutes, end));
    }
    let (hour, at) = hour(side, i)?;
    let named = half_of_day(side, i).is_some();
    let sure = named || after(&words.before_hour);
    if !sure && !after(&words.perhaps_before_hour) {
        return None;
    }
    if let Some((minutes, end)) = behind(side, at) {
        return Some(said(hour, minutes, end));
    }
    let (plus, less) = (side.is_any(at, &words.plus), side.is_any(at, &words.less));
    if !sure || !plus && !less {
        return None;
    }
    let (minutes, end) = minutes(side, at + 1)?;
    // "dalle sei e dalle sette"; "às nove e às dez"
    let counts = less || named || minutes != 1;
    counts.then(|| said(hour, if less { -minutes } else { minutes }, end))
}
