//! Hyphens at the ends of lines: those of words that were broken, and those of words that have one.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

pub(super) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{ad}')
}

/// The words of a text, by which a hyphen at a line's end is told from one of the word.
#[derive(Default)]
pub(super) struct Words<'t> {
    all: HashSet<&'t str>,
    /// Those that stand somewhere without a hyphen beside them, the one at a line's end included.
    alone: HashSet<&'t str>,
    /// Two words with a hyphen between them, on one line.
    compounds: HashSet<&'t str>,
}

impl<'t> Words<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut words = Self::default();
        let mut before: Option<(usize, usize)> = None;
        for (at, word) in text.unicode_word_indices() {
            let end = at + word.len();
            words.all.insert(word);
            let gap = before.map(|(_, end)| &text[end..at]);
            let joined = gap.is_some_and(|gap| gap.starts_with(is_hyphen));
            if !joined && !text[end..].starts_with(is_hyphen) {
                words.alone.insert(word);
            }
            if let (Some("-"), Some((start, _))) = (gap, before) {
                words.compounds.insert(&text[start..end]);
            }
            before = Some((at, end));
        }
        words
    }

    /// Whether the word that `line` ends with and `next` goes on with has a hyphen of its own: it is written so elsewhere,
    /// or both parts are words of the text, of some length, and the whole is none.
    pub(super) fn has_hyphen(&self, line: &str, next: &str) -> bool {
        const LEAST: usize = 4;
        let line = line.trim_end_matches(is_hyphen);
        let [Some(first), Some(second)] = [
            line.unicode_words().next_back(),
            next.unicode_words().next(),
        ] else {
            return false;
        };
        let is_word = |part: &str| part.chars().count() >= LEAST && self.alone.contains(part);
        !self.all.contains(format!("{first}{second}").as_str())
            && (self
                .compounds
                .contains(format!("{first}-{second}").as_str())
                || is_word(first) && is_word(second))
    }
}
