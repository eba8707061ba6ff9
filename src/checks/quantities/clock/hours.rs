//! What times of day are made of: hours and minutes, in digits or words.

use crate::checks::quantities::numerals;
use crate::checks::quantities::vocabulary::{Piece, piece};
use crate::checks::words::Side;

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::checks::quantities) struct Time {
    /// Minutes after midnight.
    pub minutes: u32,
    /// Whether it may as well be twelve hours later or earlier.
    pub half_day: bool,
    /// One past its last word.
    pub end: usize,
}

/// Minutes after midnight of "noon" and "midnight" at word `i`, and one past their last word.
pub(in crate::checks::quantities) fn half_of_day(side: &Side, i: usize) -> Option<(u32, usize)> {
    let named = side.language.clock.named.iter();
    named
        .filter(|(words, _)| is_row(side, i, words))
        .map(|(words, minutes)| (*minutes, i + words.len()))
        .next()
}

/// Whether the words in a row stand from word `at` on.
pub(super) fn is_row(side: &Side, at: usize, words: &[String]) -> bool {
    (at..)
        .zip(words)
        .all(|(at, word)| side.lower(at) == word.as_str())
}

/// Whether `words` has the word at `at`.
pub(super) fn is_one_of(side: &Side, at: usize, words: &[String]) -> bool {
    words.iter().any(|word| word == side.lower(at))
}

/// The word before word `i`, in lower case.
pub(super) fn before<'s>(side: &'s Side, i: usize) -> &'s str {
    i.checked_sub(1).map_or("", |at| side.lower(at))
}

/// The hour that word `at` names, in digits or letters, and one past its last word.
pub(super) fn hour(side: &Side, at: usize) -> Option<(u32, usize)> {
    if let Some((minutes, end)) = half_of_day(side, at) {
        return Some((minutes / 60, end));
    }
    let hour = match piece(side.lower(at), side.language) {
        Some(Piece::Plain(n)) => n as u32,
        _ => side.lower(at).parse().ok()?,
    };
    (1..=24).contains(&hour).then_some((hour, at + 1))
}

/// The minutes that start at word `at`, and one past their last word.
pub(super) fn minutes(side: &Side, at: usize) -> Option<(i32, usize)> {
    let (value, end) = match side.lower(at).parse::<i32>() {
        Ok(value) => (value, at + 1),
        Err(_) => {
            let numeral = numerals::read(side, at, None)?;
            (numeral.value as i32, numeral.end)
        }
    };
    let words = is_one_of(side, end, &side.language.clock.minutes);
    (1..60)
        .contains(&value)
        .then_some((value, end + usize::from(words)))
}

/// The time so many minutes after or before a full hour.
pub(super) fn said(hour: u32, minutes: i32, end: usize) -> Time {
    Time {
        minutes: (hour as i32 * 60 + minutes).rem_euclid(1440) as u32,
        half_day: hour <= 12,
        end,
    }
}
