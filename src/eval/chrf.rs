//! chrF (Popović 2015) and chrF++ (Popović 2017) of a whole text, as sacrebleu 2.6 computes them.

use super::metric::{Metric, Pair, SACREBLEU, each};
use super::ngrams::{count, shared};
use super::words::words;
use crate::error::Result;
use crate::text::chrf::{Grams, f_score};

/// Recall counts so many times as much as precision.
const BETA: f64 = 2.0;

/// chrF, with runs of up to so many words beside those of characters.
#[derive(Debug)]
pub(super) struct Chrf {
    words: usize,
}

/// A text's n-grams.
struct Counted {
    grams: Grams,
    words: Vec<String>,
}

impl Counted {
    fn of(text: &str) -> Self {
        let characters: String = words(text).collect();
        Self {
            grams: Grams::new(&characters),
            words: divided(text),
        }
    }
}

/// The words of a text, a mark at the end or at the beginning of a word for itself.
fn divided(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in words(text) {
        let mut characters = word.chars();
        let (first, last) = (characters.next(), characters.next_back());
        let at = match (first, last) {
            (_, Some(last)) if last.is_ascii_punctuation() => word.len() - 1,
            (Some(first), Some(_)) if first.is_ascii_punctuation() => 1,
            _ => 0,
        };
        let (one, other) = word.split_at(at);
        found.extend(
            [one, other]
                .map(str::to_owned)
                .into_iter()
                .filter(|part| !part.is_empty()),
        );
    }
    found
}

impl Chrf {
    pub(super) fn new(words: usize) -> Self {
        Self { words }
    }

    /// By order: n-grams of the output, of the best reference, and in common.
    fn figures(&self, pair: &Pair<'_>) -> Vec<f64> {
        let output = Counted::of(pair.output);
        let mut best: Option<(f64, Vec<f64>)> = None;
        for reference in pair.references {
            let reference = Counted::of(reference);
            let mut counts = output.grams.against(&reference.grams).to_vec();
            for n in 1..=self.words {
                let (some, others) = (count(&output.words, n), count(&reference.words, n));
                let total = |words: &[String]| (words.len() + 1).saturating_sub(n) as f64;
                counts.push([
                    total(&output.words),
                    total(&reference.words),
                    f64::from(shared(&some, &others)),
                ]);
            }
            for order in &mut counts {
                // What no reference could have isn't held against the output.
                order[0] *= f64::from(u8::from(order[1] > 0.0));
            }
            let score = f_score(&counts, BETA);
            if best.as_ref().is_none_or(|(most, _)| score > *most) {
                best = Some((score, counts.concat()));
            }
        }
        best.map(|(_, counts)| counts).unwrap_or_default()
    }
}

impl Metric for Chrf {
    fn name(&self) -> String {
        format!("chrF{BETA}{}", "+".repeat(self.words))
    }

    fn settings(&self) -> String {
        format!("case:mixed|eff:yes|nc:6|nw:{}|space:no", self.words)
    }

    fn version(&self) -> &str {
        SACREBLEU
    }

    fn statistics(&mut self, pairs: &[Pair<'_>]) -> Result<Vec<Vec<f64>>> {
        each(pairs, |pair| self.figures(pair))
    }

    fn score(&self, sums: &[f64]) -> f64 {
        f_score(sums.as_chunks().0, BETA)
    }
}
