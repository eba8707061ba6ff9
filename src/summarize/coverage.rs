//! How much of an article a summary is made from.

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::extract::Extractor;
use super::source::Source;
use super::style::Style;

/// How much of an article was read for a summary, and how much of what it says the summary has.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Sentences of the article, headings and the like included; all of them were weighed.
    pub sentences: usize,
    /// Those that the model read; 0 without one.
    pub read: usize,
    /// Those that the summary cites.
    pub cited: usize,
    /// How near what these say is to what the whole article says, from 0 to 1: the cosine of their words' weights.
    pub nearness: f32,
}

impl Coverage {
    /// Counts what `claims` cite of `source`.
    pub(super) fn settle(&mut self, source: &Source<'_>, claims: &[Claim]) {
        let mut cited: Vec<usize> = claims.iter().flat_map(|one| one.sources.clone()).collect();
        cited.sort_unstable();
        cited.dedup();
        self.sentences = source.sentences.len();
        self.cited = cited.len();
        self.nearness = Extractor::new(source, Style::Paragraph).nearness(&cited);
    }
}
