//! chrF: how many character n-grams two texts share (Popović 2015), for one pair of sentences.
//!
//! As sacrebleu 2.x computes it for a sentence: n-grams of 1 to 6 characters, white space left out, precision and recall
//! averaged over the orders that both texts have.

use std::collections::HashMap;

/// The longest n-grams.
const ORDER: usize = 6;

/// A text's n-grams, counted once for many comparisons.
#[derive(Debug, Clone)]
pub struct Grams {
    /// By order, from 1.
    counts: [HashMap<Box<[char]>, u32>; ORDER],
    /// How many characters that are no white space.
    length: usize,
}

impl Grams {
    /// Counts the n-grams of `text`.
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        let counts = std::array::from_fn(|i| {
            let mut counts = HashMap::new();
            for gram in chars.windows(i + 1) {
                *counts.entry(gram.into()).or_default() += 1;
            }
            counts
        });
        Self {
            counts,
            length: chars.len(),
        }
    }

    fn total(&self, order: usize) -> usize {
        (self.length + 1).saturating_sub(order)
    }

    /// Of each order from 1: how many n-grams this text has, how many the reference has, how many they share.
    pub fn against(&self, reference: &Self) -> [[f64; 3]; ORDER] {
        std::array::from_fn(|i| {
            let known = &reference.counts[i];
            let matches: u32 = self.counts[i]
                .iter()
                .map(|(gram, count)| known.get(gram).map_or(0, |other| *count.min(other)))
                .sum();
            let (said, wanted) = (self.total(i + 1), reference.total(i + 1));
            [said as f64, wanted as f64, f64::from(matches)]
        })
    }
}

/// The score that counts of n-grams make, as [`Grams::against`] gives them, of each order that both texts have.
pub fn f_score(counts: &[[f64; 3]], beta: f64) -> f64 {
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
    for &[said, wanted, matches] in counts {
        if said > 0.0 && wanted > 0.0 {
            precision += matches / said;
            recall += matches / wanted;
            orders += 1.0;
        }
    }
    if precision + recall == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (precision / orders, recall / orders);
    let factor = beta * beta;
    100.0 * (1.0 + factor) * precision * recall / (factor * precision + recall)
}

/// chrF of a hypothesis against a reference, from 0 to 100, with recall counting `beta` times as much as precision: 2
/// makes the usual chrF2, 1 favours neither.
///
/// ```
/// use traghetto::text::chrf::{Grams, chrf};
///
/// let reference = Grams::new("The government has denied it.");
/// let near = chrf(&Grams::new("The government denied it."), &reference, 2.0);
/// let far = chrf(&Grams::new("A cat sleeps."), &reference, 2.0);
/// assert!(near > 70.0 && far < 20.0, "{near} {far}");
/// ```
pub fn chrf(hypothesis: &Grams, reference: &Grams, beta: f64) -> f64 {
    f_score(&hypothesis.against(reference), beta)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hypothesis, reference, and what sacrebleu 2.x (`CHRF().sentence_score`) says.
    const SCORES: &[(&str, &str, f64)] = &[
        (
            "Seven people were arrested on Thursday.",
            "Seven people were arrested on Thursday.",
            100.0,
        ),
        (
            "Seven people were injured on Thursday.",
            "On Thursday, seven people were arrested.",
            58.58431689681528,
        ),
        ("", "x", 0.0),
        ("a", "b", 0.0),
        ("ab", "ab cd", 47.169811320754704),
        (
            "La città è più bella.",
            "La citta e piu bella!",
            42.12696617108382,
        ),
        ("  white   space  ", "white space", 100.0),
        ("aaaa", "aa", 78.12499999999999),
        (
            "Tokayev foiled a coup",
            "Il governo aveva sventato un colpo di stato",
            8.794110560748944,
        ),
        ("日本語の文", "日本語の文章", 75.37154989384288),
    ];

    #[test]
    fn scores_equal_the_reference_implementation() {
        for (hypothesis, reference, expected) in SCORES {
            let score = chrf(&Grams::new(hypothesis), &Grams::new(reference), 2.0);
            assert!(
                (score - expected).abs() < 1e-6,
                "{hypothesis} | {reference}: {score}, not {expected}"
            );
        }
    }
}
