//! Words to look for, as the lists in `data/` have them: alternatives divided by `|`, each one or more words in a row in
//! lower case, a final `*` for any ending.

use super::words::Side;
use crate::text::Span;

/// Words in a row; the flag says that any ending will do.
pub(super) type Pattern = Vec<(&'static str, bool)>;

/// Reads a column of a list.
pub(super) fn patterns(column: &'static str) -> Vec<Pattern> {
    let word = |word: &'static str| match word.strip_suffix('*') {
        Some(stem) => (stem, true),
        None => (word, false),
    };
    column
        .split('|')
        .filter(|pattern| !pattern.is_empty())
        .map(|pattern| pattern.split_ascii_whitespace().map(word).collect())
        .collect()
}

/// Where the first of `patterns` that occurs stands.
pub(super) fn find(side: &Side, patterns: &[Pattern]) -> Option<Span> {
    patterns.iter().find_map(|pattern| find_one(side, pattern))
}

fn find_one(side: &Side, pattern: &Pattern) -> Option<Span> {
    let fits = |at: usize, (stem, open): (&str, bool)| match open {
        true => side.lower(at).starts_with(stem),
        false => side.lower(at) == stem,
    };
    let last = pattern.len().checked_sub(1)?;
    (0..side.words.len().saturating_sub(last))
        .find(|&at| (at..).zip(pattern).all(|(at, part)| fits(at, *part)))
        .map(|at| Span {
            start: side.words[at].span.start,
            end: side.words[at + last].span.end,
        })
}
