//! What all metrics have in common: a text's score follows from sums over its segments.

use crate::error::Result;

/// A segment of a system's output with what it is held against.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// What was translated; empty if it isn't known.
    pub source: &'a str,
    /// What the system made of it.
    pub output: &'a str,
    /// One or more right answers.
    pub references: &'a [String],
}

/// A way to put quality into a number.
pub trait Metric {
    /// What it is called, as in sacrebleu: `chrF2++`.
    fn name(&self) -> String;

    /// Whether it counts errors, so that less is better.
    fn counts_errors(&self) -> bool {
        false
    }

    /// Whether it reads what was translated.
    fn needs_source(&self) -> bool {
        false
    }

    /// Its settings as a signature has them: `case:mixed|…`.
    fn settings(&self) -> String;

    /// The implementation whose figures it equals.
    fn version(&self) -> &str;

    /// Figures of each segment, as many for each, that are added up for a text.
    ///
    /// # Errors
    /// Whatever a model fails with.
    fn statistics(&mut self, pairs: &[Pair<'_>]) -> Result<Vec<Vec<f64>>>;

    /// The score of a text, from the sums of the figures of its segments.
    fn score(&self, sums: &[f64]) -> f64;

    /// The score of one segment.
    fn segment_score(&self, statistics: &[f64]) -> f64 {
        self.score(statistics)
    }

    /// What else the sums say, in words.
    fn detail(&self, _sums: &[f64]) -> Option<String> {
        None
    }
}

/// The version of sacrebleu whose figures these are.
pub(super) const SACREBLEU: &str = "2.6.0";

/// Figures of segments that need no model: one at a time.
pub(super) fn each(
    pairs: &[Pair<'_>],
    of: impl Fn(&Pair<'_>) -> Vec<f64>,
) -> Result<Vec<Vec<f64>>> {
    Ok(pairs.iter().map(of).collect())
}
