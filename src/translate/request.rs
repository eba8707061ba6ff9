//! What is asked: segments, and how they are to be translated.

use super::repair::Repair;
use crate::engine::Sampling;
use crate::prompt::Prompt;
use crate::text::dictionary::Bilingual;
use crate::text::glossary::Term;
use crate::text::{Lang, Span};

/// How to translate.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Language of the segments.
    pub from: Lang,
    /// Language asked for.
    pub to: Lang,
    /// What chat models are asked; the repair fills in what went wrong.
    pub prompt: &'a Prompt,
    /// How a chat model draws tokens at the first attempt.
    pub sampling: &'a Sampling,
    /// Hard cap on the tokens of one segment; by default it follows from the segment's length.
    pub max_tokens: Option<usize>,
    /// How many answers a chat model draws for each segment, to choose among them; at least 1.
    pub candidates: usize,
    /// What is done about answers with findings.
    pub repair: Repair,
    /// The glossary's terms for these languages, the longest first.
    pub terms: &'a [Term],
    /// What the user's dictionaries say between the languages.
    pub dictionary: Option<&'a Bilingual<'a>>,
}

/// One segment to translate.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The text, one line.
    pub text: &'a str,
    /// The little text that comes before it in the article, for a chat model to understand; may be empty.
    pub context: &'a str,
    /// Where in the text stands what must come back letter for letter, in order: code, addresses.
    pub kept: &'a [Span],
    /// Words of the text that stand with a capital here and in small letters elsewhere in the article, which are no names.
    pub common: &'a [String],
    /// Whether it is wanted which words of the translation come from which of the text, if the model shows it.
    pub linked: bool,
}

impl Source<'_> {
    /// [`kept`](Self::kept) of `part`, which is a part of the text.
    pub(super) fn kept_in(&self, part: &str) -> Vec<Span> {
        let start = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let within = |span: &&Span| start <= span.start && span.end <= start + part.len();
        let moved = |span: &Span| Span {
            start: span.start - start,
            end: span.end - start,
        };
        self.kept.iter().filter(within).map(moved).collect()
    }
}
