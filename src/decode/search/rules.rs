//! Rules that change logits before a token is chosen, in the order and with the meaning that Hugging Face's
//! `logits_process.py` gives them. All of them touch few tokens, so that the rest of a row need not be seen.

use std::collections::HashMap;

use crate::decode::rules::{completions, penalize};

/// What may come next.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Divides positive and multiplies negative logits of tokens already generated (CTRL, Keskar et al. 2019); 1 is
    /// off.
    pub repetition_penalty: f32,
    /// Forbids a token that would repeat an n-gram of this length already generated; 0 is off.
    pub no_repeat_ngram: usize,
    /// No end of sequence before this many tokens.
    pub min_tokens: usize,
    /// The end comes with this many tokens, end of sequence included.
    pub max_tokens: usize,
    /// The first token, where the model wants one: a language.
    pub first: Option<u32>,
    /// The last of [`Rules::max_tokens`].
    pub last: Option<u32>,
    /// Never generated.
    pub banned: Vec<u32>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            repetition_penalty: 1.0,
            no_repeat_ngram: 0,
            min_tokens: 0,
            max_tokens: 256,
            first: None,
            last: None,
            banned: Vec::new(),
        }
    }
}

/// What the rules say about the next token of one hypothesis.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Only this token.
    pub forced: Option<u32>,
    /// Tokens whose logits change, ascending.
    pub touched: Vec<u32>,
    /// Which of them are forbidden.
    forbidden: Vec<bool>,
    penalty: f32,
}

impl Verdict {
    /// The changed logit of `touched[index]`; none where the token is forbidden.
    pub fn change(&self, index: usize, logit: f32) -> Option<f32> {
        if self.forbidden[index] {
            return None;
        }
        Some(penalize(logit, self.penalty))
    }
}

impl Rules {
    /// What holds after `ids`, the tokens generated from `start` on, for a vocabulary that ends sentences with one of
    /// `eos`.
    pub(super) fn judge(&self, start: u32, ids: &[u32], eos: &[u32]) -> Verdict {
        if let (0, Some(first)) = (ids.len(), self.first) {
            return Verdict {
                forced: Some(first),
                ..Verdict::default()
            };
        }
        if let (true, Some(last)) = (ids.len() + 1 == self.max_tokens, self.last) {
            return Verdict {
                forced: Some(last),
                ..Verdict::default()
            };
        }
        // Whether each touched token is forbidden.
        let mut touched: HashMap<u32, bool> = HashMap::new();
        if self.repetition_penalty != 1.0 {
            touched.extend(ids.iter().chain([&start]).map(|&id| (id, false)));
        }
        touched.extend(self.banned.iter().map(|&id| (id, true)));
        if ids.len() < self.min_tokens {
            touched.extend(eos.iter().map(|&id| (id, true)));
        }
        if self.no_repeat_ngram > 0 {
            // The start token counts.
            let all: Vec<u32> = [&[start], ids].concat();
            touched.extend(completions(&all, self.no_repeat_ngram).map(|id| (id, true)));
        }
        let mut touched: Vec<_> = touched.into_iter().collect();
        touched.sort_unstable();
        let (touched, forbidden) = touched.into_iter().unzip();
        Verdict {
            forced: None,
            touched,
            forbidden,
            penalty: self.repetition_penalty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden(rules: &Rules, ids: &[u32]) -> Vec<u32> {
        let verdict = rules.judge(9, ids, &[0]);
        let pairs = verdict.touched.iter().zip(&verdict.forbidden);
        pairs
            .filter(|(_, forbidden)| **forbidden)
            .map(|(id, _)| *id)
            .collect()
    }

    #[test]
    fn ngrams_count_the_start_token() {
        let rules = Rules {
            no_repeat_ngram: 2,
            ..Rules::default()
        };
        assert!(forbidden(&rules, &[]).is_empty());
        assert_eq!(forbidden(&rules, &[5, 6, 5]), [6]);
        assert_eq!(forbidden(&rules, &[5, 9]), [5]);
        let rules = Rules {
            no_repeat_ngram: 1,
            ..rules
        };
        assert_eq!(forbidden(&rules, &[5, 6]), [5, 6, 9]);
        let rules = Rules {
            no_repeat_ngram: 3,
            ..rules
        };
        assert_eq!(forbidden(&rules, &[1, 2, 3, 1, 2]), [3]);
    }

    #[test]
    fn the_end_waits_and_is_forced() {
        let rules = Rules {
            min_tokens: 2,
            max_tokens: 4,
            last: Some(0),
            first: Some(7),
            ..Rules::default()
        };
        assert_eq!(rules.judge(9, &[], &[0]).forced, Some(7));
        assert_eq!(forbidden(&rules, &[7]), [0]);
        assert!(forbidden(&rules, &[7, 1]).is_empty());
        assert_eq!(rules.judge(9, &[7, 1, 2], &[0]).forced, Some(0));
    }

    #[test]
    fn repetition_lowers_either_sign() {
        let rules = Rules {
            repetition_penalty: 2.0,
            ..Rules::default()
        };
        let verdict = rules.judge(9, &[3, 3], &[0]);
        assert_eq!(verdict.touched, [3, 9]);
        assert_eq!(
            (verdict.change(0, 1.0), verdict.change(1, -1.0)),
            (Some(0.5), Some(-2.0))
        );
    }
}
