//! The search for the outputs of one source.

use super::options::{EarlyStopping, Search};
use super::ruling::Ruling;
use crate::decode::processors::Prefix;
use crate::decode::{Finish, Hypothesis, RowSummary};

/// A running hypothesis.
#[derive(Debug, Clone)]
struct Beam {
    /// The start token and what was generated.
    tokens: Vec<u32>,
    /// Sum of log-probabilities.
    log_prob: f32,
    /// The log-probability of each generated token; empty where they aren't computed.
    token_logprobs: Vec<f32>,
}

/// A possible next token.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// Index of the beam that it continues.
    beam: usize,
    token: u32,
    /// Of the token.
    own: f32,
    /// Of the hypothesis with it.
    log_prob: f32,
}

impl Beam {
    /// The hypothesis that ends here, after so many steps.
    fn into_hypothesis(self, search: &Search, length: usize, finish: Finish) -> Hypothesis {
        let score = self.log_prob / (length as f32).powf(search.length_penalty);
        Hypothesis {
            ids: self.tokens[1..].to_vec(),
            score: (search.beams > 1).then_some(score),
            token_logprobs: self.token_logprobs,
            finish,
        }
    }

    fn push(&mut self, search: &Search, candidate: &Candidate) {
        self.tokens.push(candidate.token);
        if search.weighs() {
            self.token_logprobs.push(candidate.own);
        }
    }
}

/// The search for one sentence.
#[derive(Debug)]
pub(super) struct Sentence {
    index: usize,
    /// Most tokens, end of sequence included.
    limit: usize,
    /// Running hypotheses, best first.
    beams: Vec<Beam>,
    /// Finished ones, best first.
    finished: Vec<Hypothesis>,
    over: bool,
}

impl Sentence {
    /// A sentence, `index` among the sources, of which nothing but the token `start` is said.
    pub fn new(index: usize, start: u32, limit: usize) -> Self {
        Self {
            index,
            limit,
            beams: vec![Beam {
                tokens: vec![start],
                log_prob: 0.0,
                token_logprobs: Vec::new(),
            }],
            finished: Vec::new(),
            over: false,
        }
    }

    /// How many hypotheses are running.
    pub fn width(&self) -> usize {
        self.beams.len()
    }

    /// Whether nothing more can come of it.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The last token of each running hypothesis.
    pub fn last(&self) -> impl Iterator<Item = u32> + '_ {
        self.beams
            .iter()
            .filter_map(|beam| beam.tokens.last().copied())
    }

    /// What the rules look back on, for each running hypothesis.
    pub fn prefixes(&self) -> impl Iterator<Item = Prefix<'_>> {
        self.beams.iter().map(|beam| Prefix {
            tokens: &beam.tokens,
            generated: beam.tokens.len() - 1,
            limit: self.limit,
        })
    }

    /// Takes one step and returns the former index of each running beam. `token` says what token a column of a beam is.
    pub fn advance(
        &mut self,
        search: &Search,
        rulings: &[Ruling],
        picks: &[RowSummary],
        token: impl Fn(usize, u32) -> u32,
    ) -> Vec<usize> {
        let mut candidates = Vec::new();
        for (beam, (ruling, pick)) in rulings.iter().zip(picks).enumerate() {
            self.candidates(search, beam, ruling, pick, &token, &mut candidates);
        }
        // A stable sort: of equals the lower beam and token comes first.
        candidates.sort_by(|a, b| b.log_prob.total_cmp(&a.log_prob));
        candidates.truncate(search.candidates());

        // The start token stands for the one that is new.
        let length = self.beams.first().map_or(0, |beam| beam.tokens.len());
        let at_limit = length >= self.limit;
        let full =
            search.early_stopping == EarlyStopping::Yes && self.finished.len() >= search.beams;
        let mut origins = Vec::with_capacity(search.beams);
        let mut beams = Vec::with_capacity(search.beams);
        for (rank, candidate) in candidates.iter().enumerate() {
            let ended = search.eos.contains(&candidate.token);
            if ended || at_limit {
                // The others are only there to keep the beams full.
                if rank < search.beams && !full {
                    let mut beam = self.continued(search, candidate);
                    let finish = match ended {
                        true => Finish::Stop,
                        false => Finish::Length,
                    };
                    if !ended {
                        beam.push(search, candidate);
                    }
                    self.finished
                        .push(beam.into_hypothesis(search, length, finish));
                }
            } else if beams.len() < search.beams {
                let mut beam = self.continued(search, candidate);
                beam.push(search, candidate);
                beams.push(beam);
                origins.push(candidate.beam);
            }
        }
        self.finished.sort_by(|a, b| {
            b.score
                .partial_cmp(&a.score)
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        self.finished.truncate(search.beams);
        // Where every continuation is forbidden, what there is stays.
        if !beams.is_empty() || !self.finished.is_empty() {
            self.beams = beams;
        }
        self.over = at_limit || origins.is_empty() || self.is_decided(search, length);
        origins
    }

    /// The beam that a candidate continues, with the candidate's sum but without its token.
    fn continued(&mut self, search: &Search, candidate: &Candidate) -> Beam {
        let beam = &mut self.beams[candidate.beam];
        let log_prob = candidate.log_prob;
        match search.beams {
            // Nothing else continues it.
            1 => Beam {
                tokens: std::mem::take(&mut beam.tokens),
                token_logprobs: std::mem::take(&mut beam.token_logprobs),
                log_prob,
            },
            _ => Beam {
                log_prob,
                ..beam.clone()
            },
        }
    }

    /// The best continuations of one beam.
    fn candidates(
        &self,
        search: &Search,
        beam: usize,
        ruling: &Ruling,
        pick: &RowSummary,
        token: &impl Fn(usize, u32) -> u32,
        candidates: &mut Vec<Candidate>,
    ) {
        let before = self.beams[beam].log_prob;
        let candidate = |(token, own): (u32, f32)| Candidate {
            beam,
            token,
            own,
            log_prob: before + own,
        };
        if let Some(token) = ruling.forced {
            candidates.push(candidate((token, 0.0)));
            return;
        }
        // Beams compare log-probabilities, and the rules change those; without beams logits do.
        let log_sum = match search.beams {
            1 => 0.0,
            _ => pick.log_sum(),
        };
        let held = ruling.changes.iter().zip(pick.held());
        let held = held
            .filter_map(|(&(token, change), logit)| Some((token, change.apply(logit - log_sum)?)));
        let top = pick.top().iter();
        let top = top.map(|&(logit, column)| (token(beam, column), logit - log_sum));
        let all = top.chain(held).map(candidate);
        if search.beams > 1 {
            candidates.extend(all);
            return;
        }
        let best = all.max_by(|a, b| {
            a.log_prob
                .total_cmp(&b.log_prob)
                .then(b.token.cmp(&a.token))
        });
        // Logits say nothing about the hypothesis as a whole.
        candidates.extend(best.map(|best| Candidate {
            own: match search.log_probs {
                true => best.own - pick.log_sum(),
                false => best.own,
            },
            log_prob: 0.0,
            ..best
        }));
    }

    /// Whether running hypotheses can't change the outcome, after `length` tokens.
    fn is_decided(&self, search: &Search, length: usize) -> bool {
        if self.finished.len() < search.beams {
            return false;
        }
        let (Some(best), Some(worst)) = (self.beams.first(), self.finished.last()) else {
            return true;
        };
        let length = match search.early_stopping {
            EarlyStopping::Yes => return true,
            EarlyStopping::Never if search.length_penalty > 0.0 => self.limit,
            _ => length,
        };
        let possible = best.log_prob / (length as f32).powf(search.length_penalty);
        worst.score.is_none_or(|worst| possible <= worst)
    }

    /// The index of the sentence and its best hypotheses.
    pub fn into_hypotheses(mut self, search: &Search) -> (usize, Vec<Hypothesis>) {
        if self.finished.is_empty() {
            let finish = match self.over {
                true => Finish::Length,
                false => Finish::Cancelled,
            };
            let running = self.beams.into_iter().map(|beam| {
                let length = (beam.tokens.len() - 1).max(1);
                beam.into_hypothesis(search, length, finish)
            });
            self.finished.extend(running);
        }
        self.finished.truncate(search.n_best.max(1));
        (self.index, self.finished)
    }
}
