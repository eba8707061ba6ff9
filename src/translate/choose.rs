//! Choosing one of several answers: by the checks first, then the one that the others agree with most.
//!
//! The second is minimum Bayes risk (Kumar and Byrne 2004; Eikema and Aziz 2020): of the answers that a model draws, the
//! one with the highest mean similarity to all others, here by chrF, is the safest guess.

use crate::checks::{Finding, Severity};
use crate::text::chrf::{Grams, chrf};

/// An answer and what may be wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub text: String,
    pub findings: Vec<Finding>,
}

/// Errors, then warnings: less is better.
pub fn weight(findings: &[Finding]) -> (usize, usize) {
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    let errors = findings.iter().filter(is_error).count();
    (errors, findings.len() - errors)
}

/// Index of the best candidate: of those with the lightest findings the one with the highest mean chrF against all
/// others; of equals the first.
///
/// # Panics
/// If there is none.
pub(super) fn choose(candidates: &[Candidate]) -> usize {
    let lightest = candidates.iter().map(|one| weight(&one.findings)).min();
    let clean: Vec<usize> = (0..candidates.len())
        .filter(|i| Some(weight(&candidates[*i].findings)) == lightest)
        .collect();
    let (first, rest) = (clean[0], &clean[1..]);
    if rest.is_empty() {
        return first;
    }
    let grams: Vec<Grams> = candidates
        .iter()
        .map(|candidate| Grams::new(&candidate.text))
        .collect();
    let utilities: Vec<f64> = (0..grams.len())
        .map(|i| {
            let others = grams.iter().enumerate().filter(|(k, _)| *k != i);
            others.map(|(_, other)| chrf(&grams[i], other)).sum()
        })
        .collect();
    rest.iter()
        .fold(first, |best, &i| match utilities[i] > utilities[best] {
            true => i,
            false => best,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Options, Pair, check};
    use crate::text::Lang;

    fn candidates(texts: &[&str]) -> Vec<Candidate> {
        let judged = |target: &&str| {
            let pair = Pair {
                source: "Sono state arrestate 300 persone.",
                target,
                from: Lang::IT,
                to: Lang::EN,
            };
            Candidate {
                text: target.to_string(),
                findings: check(&pair, &Options::default()),
            }
        };
        texts.iter().map(judged).collect()
    }

    #[test]
    fn the_answer_that_the_others_agree_with() {
        let texts = [
            "They arrested some 300 individuals.",
            "300 people were arrested.",
            "300 people were arrested.",
            "There were 300 arrests in all.",
        ];
        assert_eq!(choose(&candidates(&texts)), 1);
        assert_eq!(choose(&candidates(&texts[..1])), 0);
        assert_eq!(choose(&candidates(&[texts[1], texts[1]])), 0);
    }

    #[test]
    fn a_changed_number_loses_against_all_odds() {
        let texts = [
            "30 people were arrested.",
            "30 people were arrested.",
            "There were 300 arrests.",
            "30 people were arrested.",
        ];
        assert_eq!(choose(&candidates(&texts)), 2);
    }
}
