//! Words to look for, as the lists in `data/` have them: alternatives divided by `|`, each one or more words in a row in
//! lower case, a final `*` for any ending, a `*` before them for any beginning.

use super::words::Side;
use crate::text::Span;

/// Words in a row.
pub(super) type Pattern = Vec<Part>;

/// A word of a pattern.
pub(super) struct Part {
    text: &'static str,
    /// Whether any beginning will do.
    begins: bool,
    /// Whether any ending will do.
    ends: bool,
}

impl Part {
    fn new(word: &'static str) -> Self {
        let (bare, begins) = word.strip_prefix('*').map_or((word, false), |w| (w, true));
        let (text, ends) = bare.strip_suffix('*').map_or((bare, false), |w| (w, true));
        Part { text, begins, ends }
    }

    fn fits(&self, word: &str) -> bool {
        match (self.begins, self.ends) {
            (false, false) => word == self.text,
            (false, true) => word.starts_with(self.text),
            (true, false) => word.ends_with(self.text),
            (true, true) => word.contains(self.text),
        }
    }
}

/// Reads a column of a list.
pub(super) fn patterns(column: &'static str) -> Vec<Pattern> {
    column
        .split('|')
        .filter(|pattern| !pattern.is_empty())
        .map(|pattern| pattern.split_ascii_whitespace().map(Part::new).collect())
        .collect()
}

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
