//! Short texts that come back as they were: a heading, a label, a cell such as "Sum" is a name to a small model, and is left
//! in the source's language. What has words of that language that stand in small letters is no name.

use std::collections::HashSet;

use super::Source;
use crate::checks::{CheckId, Finding};
use crate::languages::Language;
use crate::text::{Lang, Span};

/// A text of more words is judged by other checks.
const FEW_WORDS: usize = 6;
/// Shorter words are in every language.
const LETTERS: usize = 3;

/// The words that a text has in small letters, by which a capital is told from that of a name.
pub(super) struct Small<'a> {
    words: HashSet<&'a str>,
    lang: Lang,
}

impl<'a> Small<'a> {
    pub(super) fn of(segments: &[Source<'a>], lang: Lang) -> Self {
        let words = segments.iter().flat_map(|one| words(one.text));
        let small = |word: &&str| word.len() >= LETTERS && !word.contains(char::is_uppercase);
        Self {
            words: words.filter(small).collect(),
            lang,
        }
    }

    /// Whether `word` is one that the text or the lists have in small letters.
    fn has(&self, word: &str) -> bool {
        let lower = word.to_lowercase();
        let stock = &Language::of(self.lang).stock;
        self.words.contains(lower.as_str()) || stock.key(|phrase| phrase == lower).is_some()
    }

    /// What of `source`, all of it or the label before its colon, came back in `target` just so, though it is no name.
    pub(super) fn left(&self, source: &str, target: &str) -> Option<Finding> {
        let (said, end) = match are_same(source, target) {
            true => (source, target.len()),
            false => {
                let (one, other) = (label(source)?, label(target)?);
                are_same(one, other).then_some((one, other.len()))?
            }
        };
        // A code or a brand among them, and they are names.
        if words(said).count() > FEW_WORDS || words(said).any(is_strange) {
            return None;
        }
        let own = &Language::of(self.lang).function.own;
        let is_word = |word: &str| {
            let small = word.starts_with(char::is_lowercase);
            word.len() >= LETTERS
                && !own.contains(&word.to_lowercase())
                && (small || self.has(word))
        };
        let whole = |end: usize| Span { start: 0, end };
        words(said).any(is_word).then(|| {
            let message = format!("\"{}\" was left in {}", said.trim(), self.lang.name());
            Finding::warning(CheckId::Untranslated, message)
                .at_source(whole(said.len()))
                .at_target(whole(end))
        })
    }
}

/// A word with digits, or with small letters and capitals within, is a code or a brand.
fn is_strange(word: &str) -> bool {
    let mixed = word.contains(char::is_lowercase) && word.chars().skip(1).any(char::is_uppercase);
    mixed || word.contains(|c: char| c.is_ascii_digit())
}

/// What stands before the first colon.
fn label(text: &str) -> Option<&str> {
    text.find(':').map(|at| &text[..at])
}

/// Whether both have the same letters, whatever their marks.
fn are_same(one: &str, other: &str) -> bool {
    words(one).eq(words(other))
}

fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    parts.filter(|part| part.contains(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(source: &str, target: &str, others: &str) -> bool {
        let segment = Source {
            text: others,
            context: "",
            kept: &[],
            linked: false,
        };
        Small::of(&[segment], Lang::EN)
            .left(source, target)
            .is_some()
    }

    #[test]
    fn what_is_no_name_is_left() {
        for (source, target, others) in [
            ("Sum", "Sum", "the sum of it"),
            ("Guest", "“Guest”", "a guest"),
            ("Up vote", "Up vote", ""),
            ("Last updated: 5 May", "Last updated: 5 de maio", ""),
            ("SIGHS", "SIGHS", "she sighs"),
            ("The Guest List", "The Guest List", "a guest"),
        ] {
            assert!(left(source, target, others), "{source}");
        }
        for (source, target, others) in [
            ("Obsidian", "Obsidian", "a note"),
            ("Mary Shelley", "Mary Shelley", ""),
            ("GitHub for Mac", "GitHub for Mac", ""),
            ("Sum", "Soma", "the sum"),
            ("CALLAHAN: She left.", "CALLAHAN: Ela saiu.", ""),
            ("Kofi: so", "Kofi: assim", ""),
            ("The Beatles", "The Beatles", "the boat"),
            ("NATO", "NATO", ""),
        ] {
            assert!(!left(source, target, others), "{source}");
        }
    }
}
