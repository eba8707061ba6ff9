//! What an evaluation found.

use serde::Serialize;

use super::significance::{Chance, Test};
use crate::output::report::Tool;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What measured.
    pub tool: Tool,
    /// Segments.
    pub segments: usize,
    /// References of each.
    pub references: usize,
    /// How the systems were compared with the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<Test>,
    /// The seed of the test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// The metric by which segments are ranked.
    pub ranked_by: String,
    /// The systems in the order in which they were named.
    pub systems: Vec<System>,
    /// The worst segments, the worst first: by the lowest score that a system has there.
    pub worst: Vec<Worst>,
    /// Of models that translated: their figures as lines of a manifest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<String>,
}

/// A system's scores.
#[derive(Debug, Serialize)]
pub struct System {
    /// The file's name or the model's.
    pub name: String,
    /// One a metric.
    pub scores: Vec<Score>,
    /// How much of it the checks tell a reader to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<ToldOf>,
}

/// A score of a whole text.
#[derive(Debug, Serialize)]
pub struct Score {
    /// The metric.
    pub metric: String,
    /// Its value; most are from 0 to 100.
    pub score: f64,
    /// What it is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What a test says of it.
    #[serde(flatten)]
    pub chance: Chance,
    /// How it was computed, as sacrebleu writes it.
    pub signature: String,
}

/// Counts of told segments.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ToldOf {
    /// Segments that were checked.
    pub segments: usize,
    /// Those to look at.
    pub check: usize,
    /// Those that mislead probably.
    pub wrong: usize,
}

impl std::fmt::Display for ToldOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let told = self.check + self.wrong;
        let percent = 100.0 * told as f64 / self.segments as f64;
        write!(
            f,
            "{told} of {} segments ({percent:.0}%): {} to check, {} wrong",
            self.segments, self.check, self.wrong
        )
    }
}

/// What the checks say of a segment.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Told {
    /// Whether a reader should look at it.
    pub check: bool,
    /// Whether it misleads probably.
    pub wrong: bool,
    /// Why.
    pub findings: Vec<String>,
}

/// A segment.
#[derive(Debug, Serialize)]
pub struct Worst {
    /// Its line, from 1.
    pub n: usize,
    /// What was translated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Right answers.
    pub references: Vec<String>,
    /// What each system made of it.
    pub outputs: Vec<Output>,
}

/// What a system made of a segment.
#[derive(Debug, Serialize)]
pub struct Output {
    /// The text.
    pub text: String,
    /// Its scores, one a metric.
    pub scores: Vec<f64>,
    /// What the checks say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}
