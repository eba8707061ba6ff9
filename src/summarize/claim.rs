//! The sentences of a summary, and those that are kept out of it.

use serde::{Deserialize, Serialize};

use crate::checks::Finding;

/// How a sentence of a summary came to stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A model wrote it, and the article says so as far as the rules can tell.
    Supported,
    /// It is the article's own.
    Quoted,
    /// A model wrote it, and nothing was verified.
    Unverified,
}

/// A sentence of a summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The sentence.
    pub text: String,
    /// The sentence in the article's language, if the summary is in another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// The sentences of the article that say so: their indices among its segments, from 0.
    pub sources: Vec<usize>,
    /// These sentences.
    pub evidence: Vec<String>,
    /// How it came about.
    pub verdict: Verdict,
    /// What may be wrong with it.
    pub findings: Vec<Finding>,
}

/// A sentence of a model that was not delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// The sentence.
    pub text: String,
    /// Why.
    pub reason: String,
}
