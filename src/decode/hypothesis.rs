//! What decoding makes of one input.

use serde::Serialize;

/// Why a hypothesis ended. The later is the worse, so that the greatest of several parts holds for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model said so, with an end-of-sequence token or a stop string.
    Stop,
    /// The cap on new tokens, or the context, was reached: the text may be cut.
    Length,
    /// The caller asked to stop.
    Cancelled,
}

/// One output.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// The tokens, without the end of sequence.
    pub ids: Vec<u32>,
    /// Sum of the log-probabilities, divided by the length (end of sequence included) to the power of the length
    /// penalty; only beams have it.
    pub score: Option<f32>,
    /// The log-probability of each of `ids`, 0 for those that a rule forced; empty where the method doesn't compute them.
    pub token_logprobs: Vec<f32>,
    /// Why it ended.
    pub finish: Finish,
}
