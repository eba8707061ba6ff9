//! ROUGE (Lin 2004) for summaries, as the package rouge-score 0.1.2 computes it: the F-measure of n-grams or of the longest
//! common subsequence, the mean over all texts. It knows Latin letters without marks and figures only; all else divides words.

use std::fmt;

use super::metric::{Metric, Pair, each};
use super::ngrams::{count, shared};
use super::porter::stem;
use crate::error::Result;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Runs of so many words.
    Grams(u8),
    /// The longest common subsequence.
    Longest,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grams(n) => write!(f, "rouge{n}"),
            Self::Longest => f.write_str("rougeL"),
        }
    }
}

/// One of ROUGE.
#[derive(Debug)]
pub(super) struct Rouge {
    kind: Kind,
    /// Whether English endings are cut off.
    stem: bool,
}

impl Rouge {
    pub(super) fn new(kind: Kind, stem: bool) -> Self {
        Self { kind, stem }
    }

    fn tokens(&self, text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let words = lower.split(|c| !known(c)).filter(|word| !word.is_empty());
        words
            .map(|word| match self.stem && word.len() > 3 {
                true => stem(word),
                false => word.to_owned(),
            })
            .collect()
    }

    /// The F-measure, from 0 to 1.
    fn measure(&self, output: &[String], reference: &[String]) -> f64 {
        let (common, said, wanted) = match self.kind {
            Kind::Grams(n) => {
                let n = usize::from(n);
                let total = |tokens: &[String]| (tokens.len() + 1).saturating_sub(n);
                let common = shared(&count(output, n), &count(reference, n)) as usize;
                (common, total(output), total(reference))
            }
            Kind::Longest => {
                let common = longest(output, reference);
                (common, output.len(), reference.len())
            }
        };
        let share = |of: usize| common as f64 / of.max(1) as f64;
        let (precision, recall) = (share(said), share(wanted));
        match precision + recall > 0.0 {
            true => 2.0 * precision * recall / (precision + recall),
            false => 0.0,
        }
    }
}

/// Length of the longest common subsequence.
fn longest(some: &[String], others: &[String]) -> usize {
    let mut row = vec![0; others.len() + 1];
    for one in some {
        let mut diagonal = 0;
        for (j, other) in others.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = match one == other {
                true => diagonal + 1,
                false => above.max(row[j]),
            };
            diagonal = above;
        }
    }
    row[others.len()]
}

impl Metric for Rouge {
    fn name(&self) -> String {
        match self.kind {
            Kind::Grams(n) => format!("ROUGE-{n}"),
            Kind::Longest => "ROUGE-L".to_owned(),
        }
    }

    fn settings(&self) -> String {
        let stemmer = if self.stem { "porter" } else { "no" };
        format!("stemmer:{stemmer}|mean:F1")
    }

    fn version(&self) -> &str {
        "rouge-score-0.1.2"
    }

    /// The best F-measure over the references, and 1.
    fn statistics(&mut self, pairs: &[Pair<'_>]) -> Result<Vec<Vec<f64>>> {
        each(pairs, |pair| {
            let output = self.tokens(pair.output);
            let measures = pair.references.iter();
            let measures = measures.map(|text| self.measure(&output, &self.tokens(text)));
            vec![measures.fold(0.0, f64::max), 1.0]
        })
    }

    fn score(&self, sums: &[f64]) -> f64 {
        100.0 * sums[0] / sums[1].max(1.0)
    }
}
