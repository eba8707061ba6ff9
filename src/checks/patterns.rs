//! Where words of a list stand in a text.

use super::words::Side;
use crate::languages::Pattern;
use crate::text::Span;

/// Where the first of `patterns` that occurs stands.
pub(super) fn find(side: &Side, patterns: &[Pattern]) -> Option<Span> {
    patterns.iter().find_map(|pattern| find_one(side, pattern))
}

fn find_one(side: &Side, pattern: &Pattern) -> Option<Span> {
    let last = pattern.len().checked_sub(1)?;
    (0..side.words.len().saturating_sub(last))
        .find(|&at| {
            (at..)
                .zip(pattern)
                .all(|(at, part)| part.fits(side.lower(at)))
        })
        .map(|at| Span {
            start: side.words[at].span.start,
            end: side.words[at + last].span.end,
        })
}
