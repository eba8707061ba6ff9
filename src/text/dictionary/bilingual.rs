//! What dictionaries say between two languages, held against a translation.

use std::collections::HashSet;

use super::pairs::Pairs;
use crate::languages::Language;
use crate::text::{Lang, Span, words};

/// A word of the source of whose translations the target has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrendered {
    /// Where it stands.
    pub span: Span,
    /// What the dictionaries have for it, in their order.
    pub renderings: Vec<String>,
}

/// So many renderings tell what a word means.
const NAMED: usize = 3;

impl Unrendered {
    /// The first of its renderings, as a person would say them: `pull, draw or drag`.
    pub fn gloss(&self) -> String {
        let named = &self.renderings[..self.renderings.len().min(NAMED)];
        match named.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => named.concat(),
        }
    }
}

/// What all dictionaries for two languages say.
#[derive(Debug)]
pub struct Bilingual<'d> {
    /// Each with whether it goes from the first language to the second.
    books: Vec<(&'d Pairs, bool)>,
    langs: (Lang, Lang),
}

/// Shorter words stand for too much.
const LETTERS: usize = 3;
/// So many letters of a word count: translations stand in texts with other endings.
const STEM: usize = 4;

impl<'d> Bilingual<'d> {
    pub(super) fn new(books: Vec<(&'d Pairs, bool)>, langs: (Lang, Lang)) -> Self {
        Self { books, langs }
    }

    /// What a word means, each rendering once. Only the word as it stands is looked up: of its inflected forms a guess at
    /// the headword finds twice as many, and one in ten of them wrong ("chiesto" isn't "chiesa"), so that it says less of a
    /// translation.
    pub fn renderings(&self, word: &str) -> Vec<&'d str> {
        let mut found: Vec<&str> = Vec::new();
        let all = self
            .books
            .iter()
            .flat_map(|(pairs, forward)| pairs.of(word, *forward));
        for rendering in all {
            let known = |other: &&str| other.to_lowercase() == rendering.to_lowercase();
            if !found.iter().any(known) {
                found.push(rendering);
            }
        }
        found
    }

    /// The content words of `source` that are in the dictionaries and of none of whose renderings `target` has a word,
    /// inflected or not.
    pub fn unrendered(&self, source: &str, target: &str) -> Vec<Unrendered> {
        let (from, to) = self.langs;
        let there: HashSet<String> = words(target).map(|span| stem(span.of(target))).collect();
        let lost = |span: Span| {
            let word = span.of(source);
            let counts = word.chars().count() >= LETTERS
                && !word.starts_with(char::is_numeric)
                && !is_function(word, from)
                && !there.contains(&stem(word));
            let renderings = counts.then(|| self.renderings(word))?;
            let mut says = false;
            for rendering in &renderings {
                let parts = words(rendering).map(|span| span.of(rendering));
                for part in
                    parts.filter(|part| !is_function(part, to) && part.chars().nth(1).is_some())
                {
                    says = true;
                    if there.contains(&stem(part)) {
                        return None;
                    }
                }
            }
            let renderings = renderings.into_iter().map(str::to_owned).collect();
            says.then_some(Unrendered { span, renderings })
        };
        words(source).filter_map(lost).collect()
    }
}

/// Whether a word says little by itself.
fn is_function(word: &str, lang: Lang) -> bool {
    let (known, word) = (&Language::of(lang).function, word.to_lowercase());
    known.own.contains(word.as_str()) || known.seen.contains(word.as_str())
}

/// The first letters of a word, without accents; of a short one all but its ending.
fn stem(word: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let lower = word.nfd().filter(|c| c.is_alphanumeric());
    let letters: Vec<char> = lower.flat_map(char::to_lowercase).collect();
    let keep = match letters.len() {
        len @ 0..=3 => len,
        STEM => STEM - 1,
        _ => STEM,
    };
    letters[..keep].iter().collect()
}
