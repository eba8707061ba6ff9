//! Metrics that are models: MetricX and COMET.

use std::path::Path;

use super::metric::{Metric, Pair};
use crate::engine::{Comet, Metricx};
use crate::error::Result;

/// MetricX-24.
pub(super) struct Errors {
    model: Metricx,
    /// Whether it sees the first reference.
    referenced: bool,
}

impl Errors {
    pub(super) fn open(folder: &Path, threads: usize, referenced: bool) -> Result<Self> {
        Ok(Self {
            model: Metricx::open(folder, threads)?,
            referenced,
        })
    }
}

/// The figures of scores whose mean is that of the text.
fn figures(scores: Vec<f32>) -> Vec<Vec<f64>> {
    let scores = scores.into_iter();
    scores.map(|score| vec![f64::from(score), 1.0]).collect()
}

fn mean(sums: &[f64]) -> f64 {
    sums[0] / sums[1].max(1.0)
}

impl Metric for Errors {
    fn name(&self) -> String {
        match self.referenced {
            true => "MetricX-24".to_owned(),
            false => "MetricX-24-QE".to_owned(),
        }
    }

    fn counts_errors(&self) -> bool {
        true
    }

    fn needs_source(&self) -> bool {
        true
    }

    fn settings(&self) -> String {
        format!("reference:{}", if self.referenced { "first" } else { "no" })
    }

    fn version(&self) -> &str {
        "metricx-24"
    }

    fn statistics(&mut self, pairs: &[Pair<'_>]) -> Result<Vec<Vec<f64>>> {
        let items = pairs.iter().map(|pair| {
            let reference = pair.references.first().filter(|_| self.referenced);
            (pair.source, pair.output, reference.map(String::as_str))
        });
        let items: Vec<_> = items.collect();
        self.model.score(&items).map(figures)
    }

    fn score(&self, sums: &[f64]) -> f64 {
        mean(sums)
    }
}

/// COMET without references.
pub(super) struct Quality {
    model: Comet,
}

impl Quality {
    pub(super) fn open(folder: &Path, threads: usize) -> Result<Self> {
        Ok(Self {
            model: Comet::open(folder, threads)?,
        })
    }
}

impl Metric for Quality {
    fn name(&self) -> String {
        "COMET-QE".to_owned()
    }

    fn needs_source(&self) -> bool {
        true
    }

    fn settings(&self) -> String {
        "reference:no".to_owned()
    }

    fn version(&self) -> &str {
        "wmt20-comet-qe-da"
    }

    fn statistics(&mut self, pairs: &[Pair<'_>]) -> Result<Vec<Vec<f64>>> {
        let items = pairs.iter().map(|pair| (pair.source, pair.output));
        let items: Vec<_> = items.collect();
        self.model.score(&items).map(figures)
    }

    fn score(&self, sums: &[f64]) -> f64 {
        mean(sums)
    }
}
