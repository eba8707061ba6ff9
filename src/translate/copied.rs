//! Short texts that come back as they were: a heading, a label, a cell such as "Sum" is a name to a small model, and is left
//! in the source's language. What has words of that language that stand in small letters is no name.

use super::Source;
use crate::checks::{CheckId, Finding};
use crate::languages::Language;
use crate::text::{Lang, Span};

/// A text of more words is judged by other checks.
const FEW_WORDS: usize = 6;
/// Shorter words are in every language.
const LETTERS: usize = 3;

/// What of `source`, all of it or the label before its colon, came back in `target` just so, though it is no name: it has a
/// word in small letters, or one that the article or the language's phrases have in small letters.
pub(super) fn left(source: &Source<'_>, target: &str, lang: Lang) -> Option<Finding> {
    let (said, end) = match are_same(source.text, target) {
        true => (source.text, target.len()),
        false => {
            let (one, other) = (label(source.text)?, label(target)?);
            are_same(one, other).then_some((one, other.len()))?
        }
    };
    // A code or a brand among them, and they are names.
    if words(said).count() > FEW_WORDS || words(said).any(is_strange) {
        return None;
    }
    let Language {
        function, stock, ..
    } = Language::of(lang);
    let is_word = |word: &str| {
        let lower = word.to_lowercase();
        let is_common =
            || source.common.contains(&lower) || stock.key(|phrase| phrase == lower).is_some();
        word.len() >= LETTERS
            && !function.own.contains(&lower)
            && (word.starts_with(char::is_lowercase) || is_common())
    };
    let whole = |end: usize| Span { start: 0, end };
    words(said).any(is_word).then(|| {
        let message = format!("\"{}\" was left in {}", said.trim(), lang.name());
        Finding::warning(CheckId::Untranslated, message)
            .at_source(whole(said.len()))
            .at_target(whole(end))
    })
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

    /// Whether it is left in an article that has the words of `others` in small letters.
    fn is_left(source: &str, target: &str, others: &str) -> bool {
        let common: Vec<String> = others.split(' ').map(str::to_owned).collect();
        let source = Source {
            text: source,
            context: "",
            kept: &[],
            common: &common,
            linked: false,
        };
        left(&source, target, Lang::EN).is_some()
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
            assert!(is_left(source, target, others), "{source}");
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
            assert!(!is_left(source, target, others), "{source}");
        }
    }
}
