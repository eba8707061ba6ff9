//! BLEU (Papineni et al. 2002) as sacrebleu 2.6 computes it: n-grams of 1 to 4 tokens, exponential smoothing.

use std::fmt::Write as _;

use super::metric::{Metric, Pair, SACREBLEU, each};
use super::ngrams::{count, shared};
use super::tokenize::Tokenizer;
use super::words::trimmed;
use crate::error::Result;

/// The longest n-grams.
const ORDER: usize = 4;

/// BLEU with a tokenizer.
#[derive(Debug)]
pub(super) struct Bleu {
    tokenizer: Tokenizer,
}

/// BLEU and what it is made of.
struct Parts {
    score: f64,
    /// Per cent, by order.
    precisions: [f64; ORDER],
    brevity_penalty: f64,
}

impl Bleu {
    pub(super) fn new(tokenizer: Tokenizer) -> Self {
        Self { tokenizer }
    }

    /// Tokens of the output, tokens of the closest reference, n-grams in common by order, n-grams of the output.
    fn figures(&self, pair: &Pair<'_>) -> Vec<f64> {
        let tokens = |text: &str| self.tokenizer.tokens(trimmed(text));
        let output = tokens(pair.output);
        let references: Vec<Vec<String>> =
            pair.references.iter().map(|text| tokens(text)).collect();
        let away = |length: usize| length.abs_diff(output.len());
        let lengths = references.iter().map(Vec::len);
        let closest = lengths.min_by_key(|&length| (away(length), length));
        let mut figures = vec![0.0; 2 + 2 * ORDER];
        figures[0] = output.len() as f64;
        figures[1] = closest.unwrap_or(0) as f64;
        for n in 1..=ORDER {
            // An n-gram may occur as often as in the reference that has it most often.
            let mut known = super::ngrams::Counts::new();
            for reference in &references {
                for (gram, times) in count(reference, n) {
                    let most = known.entry(gram).or_default();
                    *most = times.max(*most);
                }
            }
            figures[1 + n] = f64::from(shared(&count(&output, n), &known));
            figures[1 + ORDER + n] = (output.len() + 1).saturating_sub(n) as f64;
        }
        figures
    }

    /// With `effective`, only orders that the output has count, as is usual for one sentence.
    fn parts(figures: &[f64], effective: bool) -> Parts {
        let (length, wanted) = (figures[0], figures[1]);
        let (correct, total) = figures[2..].split_at(ORDER);
        let brevity_penalty = match length < wanted {
            true if length > 0.0 => (1.0 - wanted / length).exp(),
            true => 0.0,
            false => 1.0,
        };
        let mut parts = Parts {
            score: 0.0,
            precisions: [0.0; ORDER],
            brevity_penalty,
        };
        if correct.iter().all(|&n| n == 0.0) {
            return parts;
        }
        let (mut smooth, mut order) = (1.0, ORDER);
        let orders = correct.iter().zip(total).zip(&mut parts.precisions);
        for (n, ((&right, &all), precision)) in orders.enumerate() {
            if all == 0.0 {
                break;
            }
            if effective {
                order = n + 1;
            }
            if right == 0.0 {
                smooth *= 2.0;
                *precision = 100.0 / (smooth * all);
            } else {
                *precision = 100.0 * right / all;
            }
        }
        // An order that isn't there makes the whole nothing.
        let logarithm = |p: f64| if p == 0.0 { -9_999_999_999.0 } else { p.ln() };
        let sum: f64 = parts.precisions[..order]
            .iter()
            .copied()
            .map(logarithm)
            .sum();
        parts.score = brevity_penalty * (sum / order as f64).exp();
        parts
    }
}

impl Metric for Bleu {
    fn name(&self) -> String {
        match self.tokenizer {
            Tokenizer::Spm(..) => "spBLEU".to_owned(),
            _ => "BLEU".to_owned(),
        }
    }

    fn settings(&self) -> String {
        let tokenizer = self.tokenizer.signature();
        format!("case:mixed|eff:no|tok:{tokenizer}|smooth:exp")
    }

    fn version(&self) -> &str {
        SACREBLEU
    }

    fn statistics(&mut self, pairs: &[Pair<'_>]) -> Result<Vec<Vec<f64>>> {
        each(pairs, |pair| self.figures(pair))
    }

    fn score(&self, sums: &[f64]) -> f64 {
        Self::parts(sums, false).score
    }

    fn segment_score(&self, statistics: &[f64]) -> f64 {
        Self::parts(statistics, true).score
    }

    fn detail(&self, sums: &[f64]) -> Option<String> {
        let parts = Self::parts(sums, false);
        let precisions = parts.precisions.map(|p| format!("{p:.1}")).join("/");
        let (length, wanted) = (sums[0], sums[1]);
        let ratio = if wanted > 0.0 { length / wanted } else { 0.0 };
        let mut text = precisions;
        let _ = write!(
            text,
            " (BP = {:.3} ratio = {ratio:.3} hyp_len = {length:.0} ref_len = {wanted:.0})",
            parts.brevity_penalty
        );
        Some(text)
    }
}
