//! The sentences of a summary, and those that are kept out of it.

use serde::{Deserialize, Serialize};

use crate::checks::Finding;
use crate::risk::Level;

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
    /// How probable it is that its translation misleads, where that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<ClaimRisk>,
    /// What may be wrong with it.
    pub findings: Vec<Finding>,
}

impl Claim {
    /// A text that cites nothing.
    pub(crate) fn bare(text: &str) -> Self {
        Self {
            text: text.to_string(),
            original: None,
            sources: Vec::new(),
            evidence: Vec::new(),
            verdict: Verdict::Quoted,
            risk: None,
            findings: Vec::new(),
        }
    }
}

/// How probable it is that the translation of a claim misleads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClaimRisk {
    /// That it misleads, from 0 to 1.
    pub probability: f32,
    /// What that means for a reader.
    pub level: Level,
}

/// A sentence that was written and not delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// The sentence.
    pub text: String,
    /// Why.
    pub reason: String,
}
