//! How to search.

use std::ops::ControlFlow;

use super::rules::Rules;
use super::ruling::Ruling;
use crate::decode::processors::Processors;
use crate::decode::{Hypothesis, RowQuery, Sampling};
use crate::error::{Error, ErrorKind, Result};

/// When a beam search ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EarlyStopping {
    /// As soon as there are as many finished hypotheses as beams.
    Yes,
    /// When the best running hypothesis, were it to end now, would be worse than the finished ones.
    #[default]
    No,
    /// When no running hypothesis can become better than the finished ones.
    Never,
}

/// How to search.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The decoder's first input.
    pub start: u32,
    /// Tokens that end a sentence.
    pub eos: Vec<u32>,
    /// Beams; 1 is greedy.
    pub beams: usize,
    /// Hypotheses a sentence; no more than beams.
    pub n_best: usize,
    /// Scores are divided by the length to this power.
    pub length_penalty: f32,
    /// When to end.
    pub early_stopping: EarlyStopping,
    /// Whether a greedy search, too, says how likely each token was; one with beams has to know it anyway.
    pub log_probs: bool,
    /// How tokens are drawn; only a search without beams draws.
    pub sampling: Sampling,
    /// What may come next.
    pub rules: Rules,
}

/// Is told of each sentence that is finished; `Break` ends the search, and sentences that aren't finished get what there is.
pub type Progress<'a> = dyn FnMut(usize, &[Hypothesis]) -> ControlFlow<()> + 'a;

impl Search {
    /// Checks that a vocabulary of `size` has every token that is named here.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] naming the token that it lacks.
    pub fn check(&self, size: usize) -> Result<()> {
        let rules = &self.rules;
        let named = [self.start]
            .into_iter()
            .chain(rules.first)
            .chain(rules.last);
        let all = named.chain(self.eos.iter().chain(&rules.banned).copied());
        match all.into_iter().find(|&token| token as usize >= size) {
            Some(token) => Err(Error::new(
                ErrorKind::Model,
                format!("the generation settings name token {token}; the model has {size} tokens"),
            )
            .with_hint("generation_config.json or config.json doesn't belong to the weights")),
            None => Ok(()),
        }
    }

    /// The rules that hold, those for drawn tokens included where tokens are drawn.
    pub(super) fn processors(&self) -> Processors {
        let mut chain = self.rules.processors(&self.eos);
        if self.draws() {
            chain.append(self.sampling.processors());
        }
        chain
    }

    /// Whether log-probabilities are computed.
    pub(super) fn weighs(&self) -> bool {
        self.beams > 1 || self.log_probs
    }

    pub(super) fn draws(&self) -> bool {
        self.beams == 1 && self.sampling.temperature > 0.0
    }

    pub(super) fn wish<'r>(&self, ruling: &'r Ruling) -> RowQuery<'r> {
        if ruling.forced.is_some() {
            return RowQuery {
                top: 0,
                log_sum: false,
                hold: &[],
            };
        }
        RowQuery {
            top: self.candidates(),
            log_sum: self.weighs(),
            hold: &ruling.columns,
        }
    }

    /// Continuations of a sentence to look at: even if each beam ends, as many remain.
    pub(super) fn candidates(&self) -> usize {
        match self.beams {
            1 => 1,
            beams => beams * (1 + self.eos.len()).max(2),
        }
    }
}
