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
        .filter(|(words, _)| side.is_row(i, words))
        .map(|(words, minutes)| (*minutes, i + words.len()))
        .next()
}

/// What is said behind an hour, from word `at` on: the minutes that it adds, and one past its last word.
pub(super) fn behind(side: &Side, at: usize) -> Option<(i32, usize)> {
    let mut phrases = side.language.clock.behind.iter();
    let (words, minutes) = phrases.find(|(words, _)| side.is_row(at, words))?;
    let end = at + words.len();
    let close = (at..end).all(|k| side.before(k) == " ");
    close.then_some((*minutes, end))
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
    let words = side.is_any(end, &side.language.clock.minutes);
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
