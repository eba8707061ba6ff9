//! What summarising gives.

use serde::{Deserialize, Serialize};

use super::claim::{Claim, Rejected};
use super::coverage::Coverage;
use crate::checks::Finding;

/// A finished summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The text, in the style asked for.
    pub text: String,
    /// Its sentences, with what in the article says so.
    pub claims: Vec<Claim>,
    /// The model's sentences that the article doesn't support, and that are not in the text.
    pub rejected: Vec<Rejected>,
    /// What may be wrong with it.
    pub findings: Vec<Finding>,
    /// Answers asked for; 0 without a model.
    pub attempts: u32,
    /// How much of the article was read, and went into it.
    pub coverage: Coverage,
    /// Its characters a character of the article's text.
    pub compression: f32,
    /// Sentences beyond the length asked for that the model wrote and that were left out.
    pub sentences_left_out: usize,
}
