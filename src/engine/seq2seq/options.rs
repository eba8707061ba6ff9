//! How a model for text to text runs.

use crate::decode::Sampling;
use crate::nn::dense::Precision;
use crate::registry::LanguageTags;
use crate::text::Lang;

/// How a model runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Seq2SeqOptions {
    /// Threads; at least one.
    pub threads: usize,
    /// How weights are kept.
    pub precision: Precision,
    /// Beams, if not what the model's settings say; 1 is greedy.
    pub beams: Option<usize>,
    /// Hypotheses a text, at least one; there are at least as many beams.
    pub n_best: usize,
    /// How tokens are drawn; above a temperature of 0 there are no beams unless they are asked for.
    pub sampling: Sampling,
    /// The pair of a model for one pair, where its tokens don't say it.
    pub pair: Option<(Lang, Lang)>,
    /// How languages are told, where the tokens don't say it.
    pub tags: Option<LanguageTags>,
}

impl Default for Seq2SeqOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            precision: Precision::F32,
            beams: None,
            n_best: 1,
            sampling: Sampling::default(),
            pair: None,
            tags: None,
        }
    }
}
