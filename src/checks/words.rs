//! A text cut into words and numbers, once for all rules.

use std::borrow::Cow;

use crate::languages::{Context, Language, Next, Part, Pattern};
use crate::text::{Lang, Span};

/// What a [`Word`] is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, and digits after the first letter.
    Letters,
    /// Digits with the separators between them: `1.234,5`.
    Digits,
}

/// A word or a number. Apostrophes and hyphens divide words: "dell’Osce" is two, "Kassym-Jomart" as well.
#[derive(Debug, Clone)]
pub(super) struct Word<'t> {
    pub span: Span,
    pub kind: Kind,
    pub text: &'t str,
    /// In lower case.
    pub lower: Cow<'t, str>,
    /// Whether it begins with a capital letter.
    pub capital: bool,
    /// Whether a capital proves nothing, since the word begins a sentence, a quotation or an item.
    pub initial: bool,
}

/// One side of a pair: the text and its words.
#[derive(Debug, Clone)]
pub(super) struct Side<'t> {
    pub text: &'t str,
    pub lang: Lang,
    /// What is known of `lang`.
    pub language: &'static Language,
    pub words: Vec<Word<'t>>,
}

impl<'t> Side<'t> {
    pub fn new(text: &'t str, lang: Lang) -> Self {
        let mut words: Vec<Word<'t>> = Vec::with_capacity(text.len() / 5);
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let start = at;
            let kind = if c.is_ascii_digit() {
                at = number_end(text, at);
                Kind::Digits
            } else if c.is_alphanumeric() {
                at += text[at..]
                    .find(|c: char| !c.is_alphanumeric() && !is_mark(c))
                    .unwrap_or(text.len() - at);
                Kind::Letters
            } else {
                at += c.len_utf8();
                continue;
            };
            let word = &text[start..at];
            let gap = &text[words.last().map_or(0, |word| word.span.end)..start];
            words.push(Word {
                span: Span { start, end: at },
                kind,
                text: word,
                lower: if word.chars().any(char::is_uppercase) {
                    Cow::Owned(word.to_lowercase())
                } else {
                    Cow::Borrowed(word)
                },
                capital: c.is_uppercase(),
                initial: words.is_empty()
                    // "{{#if new}}Only one"
                    || gap.ends_with('}')
                    || gap.contains(|c: char| ".!?:;…•·*|>\n\"“”«»„‘([{–—".contains(c)),
            });
        }
        Self {
            text,
            lang,
            language: Language::of(lang),
            words,
        }
    }

    /// What stands between word `i` and the one before it; for the first one, what stands before it.
    pub fn before(&self, i: usize) -> &'t str {
        let start = i
            .checked_sub(1)
            .and_then(|i| self.words.get(i))
            .map_or(0, |word| word.span.end);
        let end = self.words.get(i).map_or(self.text.len(), |w| w.span.start);
        &self.text[start..end]
    }

    /// What stands between word `i` and the next one.
    pub fn after(&self, i: usize) -> &'t str {
        self.before(i + 1)
    }

    /// The first word that begins at byte `at` or behind it.
    pub fn word_from(&self, at: usize) -> Option<usize> {
        let i = self.words.partition_point(|word| word.span.start < at);
        (i < self.words.len()).then_some(i)
    }

    /// The word `i` in lower case, or the empty string.
    pub fn lower(&self, i: usize) -> &str {
        self.words.get(i).map_or("", |word| &word.lower)
    }

    /// Whether the word `i` is one of `words`.
    pub fn is_any(&self, i: usize, words: &[String]) -> bool {
        words.iter().any(|word| word == self.lower(i))
    }

    /// One past the last word of the first of `rows` that starts at word `i`; a row is words one after the other.
    pub fn past_row(&self, i: usize, rows: &[Vec<String>]) -> Option<usize> {
        let stands = |row: &&Vec<String>| self.is_row(i, row);
        rows.iter().find(stands).map(|row| i + row.len())
    }

    /// Whether the words of `row` stand one after the other from word `i` on.
    pub fn is_row(&self, i: usize, row: &[String]) -> bool {
        (i..).zip(row).all(|(at, word)| self.lower(at) == word)
    }

    /// Whether one of `contexts` holds of the word `i`.
    pub fn is_in(&self, i: usize, contexts: &[Context]) -> bool {
        contexts.iter().any(|context| self.holds(i, context))
    }

    fn holds(&self, i: usize, context: &Context) -> bool {
        let row = |at: usize, row: &Pattern| {
            (at..)
                .zip(row)
                .all(|(at, part): (usize, &Part)| part.fits(self.lower(at)))
        };
        let before = |words: &Pattern| i >= words.len() && row(i - words.len(), words);
        let next = |next: &Next| match next {
            Next::Words(words) => row(i + 1, words),
            Next::End => self.lower(i + 1).is_empty(),
            Next::Mark => self.lower(i + 1).is_empty() || self.after(i) != " ",
        };
        let any = |parts: &[Part], at: usize| parts.iter().any(|part| part.fits(self.lower(at)));
        let behind = |parts: &[Part]| (i + 1..i + 9).any(|at| any(parts, at));
        let ahead = |parts: &[Part]| (i.saturating_sub(8)..i).any(|at| any(parts, at));
        let capital = |at: usize| self.words.get(at).is_some_and(|word| word.capital);
        (context.words.is_empty() || any(&context.words, i))
            && (context.before.is_empty() || context.before.iter().any(before))
            && !context.not_before.iter().any(before)
            && (context.next.is_empty() || context.next.iter().any(next))
            && !context.not_next.iter().any(|words| row(i + 1, words))
            && (context.within.is_empty() || behind(&context.within))
            && !behind(&context.not_within)
            && (context.since.is_empty() || ahead(&context.since))
            && !ahead(&context.not_since)
            && context
                .gap
                .as_deref()
                .is_none_or(|gap| self.after(i) == gap)
            && context.capital.is_none_or(|is| capital(i) == is)
            && context.next_capital.is_none_or(|is| capital(i + 1) == is)
    }

    /// The same text without the words that lie in `spans`.
    pub fn without(mut self, spans: &[Span]) -> Self {
        if !spans.is_empty() {
            self.words.retain(|word| {
                !spans
                    .iter()
                    .any(|s| s.start < word.span.end && word.span.start < s.end)
            });
        }
        self
    }
}

/// Combining marks continue a word.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Where the number that starts at `at` ends: digits, then separators as long as digits follow at once. An apostrophe
/// or a hard space must have three digits behind it.
fn number_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        from + bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut end = digits(at);
    while let Some(c) = text[end..].chars().next() {
        let next = end + c.len_utf8();
        let after = digits(next);
        match c {
            '.' | ',' if after > next => end = after,
            '\'' | '’' | '\u{a0}' | '\u{202f}' | '\u{2009}' if after == next + 3 => end = after,
            _ => break,
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let side = Side::new(text, Lang::IT);
        side.words.iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_and_numbers() {
        assert_eq!(
            cut("Con l’81,5% (1.234.567) dell'Osce, Kassym-Jomart: 17:30."),
            [
                "Con",
                "l",
                "81,5",
                "1.234.567",
                "dell",
                "Osce",
                "Kassym",
                "Jomart",
                "17",
                "30"
            ]
        );
        assert_eq!(
            cut("19th H5N1 2,4GHz 10\u{a0}000 1’000 ’90"),
            [
                "19",
                "th",
                "H5N1",
                "2,4",
                "GHz",
                "10\u{a0}000",
                "1’000",
                "90"
            ]
        );
        assert_eq!(cut("..."), [""; 0]);
    }

    #[test]
    fn capitals_that_prove_nothing() {
        let side = Side::new("Ieri Putin. «Oggi» Astana", Lang::IT);
        let initial: Vec<_> = side.words.iter().map(|word| word.initial).collect();
        assert_eq!(initial, [true, false, true, true]);
        assert_eq!(side.before(1), " ");
        assert_eq!(side.after(3), "");
    }
}
