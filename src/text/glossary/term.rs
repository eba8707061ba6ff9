//! A term, and where it stands in a text.

use crate::text::{Lang, Span};

/// A term and what it is called in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As it stands in the source.
    pub term: String,
    /// What the translation must have; the term itself if it must not be translated.
    pub translation: String,
    /// For people.
    pub note: Option<String>,
    /// The language of the term, if the file says so.
    pub(super) from: Option<Lang>,
    /// The language of the translation, likewise.
    pub(super) to: Option<Lang>,
    /// Where the file has it, for messages.
    pub(super) line: usize,
}

impl Term {
    /// Whether the term stays as it is.
    pub fn is_kept(&self) -> bool {
        self.term == self.translation
    }

    /// Where the term stands in `text` as whole words. A term without capitals is found with them too.
    pub fn find(&self, text: &str) -> Vec<Span> {
        find(text, &self.term)
    }
}

/// Where `term` stands in `text` as whole words; a term without capitals is found with them too.
pub fn find(text: &str, term: &str) -> Vec<Span> {
    let exact = term.chars().any(char::is_uppercase);
    let same = |a: char, b: char| a == b || !exact && a.to_lowercase().eq(b.to_lowercase());
    let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let mut found = Vec::new();
    let mut free = 0;
    for (start, _) in text.char_indices() {
        if start < free || !ends(text[..start].chars().next_back()) {
            continue;
        }
        let mut rest = text[start..].chars();
        if term
            .chars()
            .all(|c| rest.next().is_some_and(|d| same(c, d)))
            && ends(rest.clone().next())
        {
            free = text.len() - rest.as_str().len();
            found.push(Span { start, end: free });
        }
    }
    found
}
