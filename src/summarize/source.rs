//! What is summarised: the article's sentences, which every claim of a summary is held against.

use crate::text::Lang;

/// A sentence of the article.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'a> {
    /// One line without markup.
    pub text: &'a str,
    /// Whether it is running text; a heading or a cell of a table is not.
    pub is_prose: bool,
    /// Whether a paragraph begins with it.
    pub begins: bool,
}

/// An article to summarise.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its title.
    pub title: Option<&'a str>,
    /// Its running text, as a model reads it.
    pub text: &'a str,
    /// The same text's sentences, in order; a claim cites their indices.
    pub sentences: &'a [Sentence<'a>],
    /// The language of it all.
    pub lang: Lang,
}

/// A text of fewer characters is no sentence that says something, if it has no mark at its end.
const FEW: usize = 40;

impl Sentence<'_> {
    /// Whether it can stand in a summary: running text that is a whole sentence.
    pub(super) fn says_something(&self) -> bool {
        let text = self.text.trim_end_matches(|c: char| "\"'”’»)]".contains(c));
        self.is_prose
            && (text.ends_with(['.', '!', '…', '。', '！', '．', '।']) || text.len() >= FEW)
            && !text.ends_with(['?', '？', ':', ';'])
    }
}
