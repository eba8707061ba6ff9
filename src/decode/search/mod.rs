//! Searching for the best output of an encoder–decoder model: greedily or with beams, both in Hugging Face's semantics
//! (`GenerationMixin._sample` and `_beam_search` of transformers 5), and each sentence for itself, so that a batch gives
//! what its sentences give alone.

mod rules;
mod sample;

use std::ops::ControlFlow;

use super::{Finish, Hypothesis, Pick, Sampling, Seq2Seq, Wish};
use crate::error::{Error, ErrorKind, Result};
pub use rules::Rules;
use rules::Verdict;

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
    /// How tokens are drawn; only a search without beams draws.
    pub sampling: Sampling,
    /// What may come next.
    pub rules: Rules,
}

/// Is told of each sentence that is finished; `Break` ends the search, and sentences that aren't finished get what there is.
pub type Progress<'a> = dyn FnMut(usize, &[Hypothesis]) -> ControlFlow<()> + 'a;

/// Generates the best hypotheses of each source, best first.
///
/// # Errors
/// As [`Seq2Seq::encode`] and [`Seq2Seq::step`].
pub fn generate<M: Seq2Seq>(
    model: &M,
    sources: &[&[u32]],
    search: &Search,
    progress: &mut Progress<'_>,
) -> Result<Vec<Vec<Hypothesis>>> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    if search.beams == 1 && search.sampling.temperature > 0.0 {
        return sample::sample(model, sources, search, progress);
    }
    let mut state = model.encode(sources)?;
    let mut done = vec![Vec::new(); sources.len()];
    let mut running: Vec<Sentence> = (0..sources.len()).map(Sentence::new).collect();
    let mut stopped = false;
    while !running.is_empty() && !stopped {
        let rows = || running.iter().flat_map(|sentence| &sentence.beams);
        let last: Vec<u32> = rows()
            .map(|beam| beam.ids.last().copied().unwrap_or(search.start))
            .collect();
        let verdicts: Vec<Verdict> = rows()
            .map(|beam| search.rules.judge(search.start, &beam.ids, &search.eos))
            .collect();
        let wishes: Vec<Wish<'_>> = verdicts
            .iter()
            .map(|verdict| search.wish(verdict))
            .collect();
        let picks = model.step_pick(&mut state, &last, &wishes)?;

        let mut kept = Vec::with_capacity(last.len());
        let mut first = 0;
        let mut still = Vec::with_capacity(running.len());
        for mut sentence in running {
            let beams = first..first + sentence.beams.len();
            let token =
                |beam: usize, column: u32| model.token_id(&state, first + beam, column as usize);
            let origins = sentence.advance(
                search,
                &verdicts[beams.clone()],
                &picks[beams.clone()],
                token,
            );
            if sentence.over {
                let hypotheses = sentence.into_hypotheses(search);
                stopped |= progress(hypotheses.0, &hypotheses.1).is_break();
                done[hypotheses.0] = hypotheses.1;
            } else {
                kept.extend(origins.into_iter().map(|origin| first + origin));
                still.push(sentence);
            }
            first = beams.end;
        }
        running = still;
        let unchanged = kept.len() == first && kept.iter().enumerate().all(|(at, &row)| at == row);
        if !unchanged && !kept.is_empty() {
            model.gather(&mut state, &kept)?;
        }
    }
    for sentence in running {
        let (index, hypotheses) = sentence.into_hypotheses(search);
        done[index] = hypotheses;
    }
    Ok(done)
}

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

    fn wish<'v>(&self, verdict: &'v Verdict) -> Wish<'v> {
        if verdict.forced.is_some() {
            return Wish {
                top: 0,
                log_sum: false,
                hold: &[],
            };
        }
        Wish {
            top: self.candidates(),
            log_sum: self.beams > 1,
            hold: &verdict.touched,
        }
    }

    /// Continuations of a sentence to look at: even if each beam ends, as many remain.
    fn candidates(&self) -> usize {
        match self.beams {
            1 => 1,
            beams => beams * (1 + self.eos.len()).max(2),
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Beam {
    ids: Vec<u32>,
    /// Sum of log-probabilities.
    log_prob: f32,
}

/// A possible next token.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// Index of the beam that it continues.
    beam: usize,
    token: u32,
    log_prob: f32,
}

/// The search for one sentence.
#[derive(Debug)]
struct Sentence {
    index: usize,
    /// Running hypotheses, best first.
    beams: Vec<Beam>,
    /// Finished ones, best first.
    finished: Vec<Hypothesis>,
    over: bool,
}

impl Sentence {
    fn new(index: usize) -> Self {
        Self {
            index,
            beams: vec![Beam::default()],
            finished: Vec::new(),
            over: false,
        }
    }

    /// Takes one step and returns the former index of each running beam.
    fn advance(
        &mut self,
        search: &Search,
        verdicts: &[Verdict],
        picks: &[Pick],
        token: impl Fn(usize, u32) -> u32,
    ) -> Vec<usize> {
        let mut candidates = Vec::new();
        for (beam, (verdict, pick)) in verdicts.iter().zip(picks).enumerate() {
            self.candidates(search, beam, verdict, pick, &token, &mut candidates);
        }
        // A stable sort: of equals the lower beam and token comes first.
        candidates.sort_by(|a, b| b.log_prob.total_cmp(&a.log_prob));
        candidates.truncate(search.candidates());

        let length = self.beams.first().map_or(0, |beam| beam.ids.len()) + 1;
        let at_limit = length >= search.rules.max_tokens;
        let full =
            search.early_stopping == EarlyStopping::Yes && self.finished.len() >= search.beams;
        let mut origins = Vec::with_capacity(search.beams);
        let mut beams = Vec::with_capacity(search.beams);
        for (rank, candidate) in candidates.iter().enumerate() {
            let ended = search.eos.contains(&candidate.token);
            let ids = &self.beams[candidate.beam].ids;
            if ended || at_limit {
                // The others are only there to keep the beams full.
                if rank < search.beams && !full {
                    let mut ids = ids.clone();
                    if !ended {
                        ids.push(candidate.token);
                    }
                    let score = candidate.log_prob / (length as f32).powf(search.length_penalty);
                    let score = (search.beams > 1).then_some(score);
                    let finish = if ended { Finish::Stop } else { Finish::Length };
                    self.finished.push(Hypothesis { ids, score, finish });
                }
            } else if beams.len() < search.beams {
                let mut extended = Vec::with_capacity(ids.len() + 1);
                extended.extend_from_slice(ids);
                extended.push(candidate.token);
                beams.push(Beam {
                    ids: extended,
                    log_prob: candidate.log_prob,
                });
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

    /// The best continuations of one beam.
    fn candidates(
        &self,
        search: &Search,
        beam: usize,
        verdict: &Verdict,
        pick: &Pick,
        token: &impl Fn(usize, u32) -> u32,
        candidates: &mut Vec<Candidate>,
    ) {
        let before = self.beams[beam].log_prob;
        if let Some(token) = verdict.forced {
            candidates.push(Candidate {
                beam,
                token,
                log_prob: before,
            });
            return;
        }
        // Beams compare log-probabilities, and the rules change those; without beams logits do.
        let log_sum = if search.beams > 1 {
            pick.log_sum()
        } else {
            0.0
        };
        let held = verdict.touched.iter().zip(pick.held()).enumerate();
        let held = held.filter_map(|(index, (&id, logit))| {
            Some((id, verdict.change(index, logit - log_sum)?))
        });
        let top = pick
            .top()
            .iter()
            .map(|&(logit, column)| (token(beam, column), logit - log_sum));
        candidates.extend(top.chain(held).map(|(token, log_prob)| Candidate {
            beam,
            token,
            log_prob: before + log_prob,
        }));
        if search.beams == 1 {
            // Logits say nothing about the hypothesis as a whole.
            let best = candidates.drain(..).max_by(|a, b| {
                a.log_prob
                    .total_cmp(&b.log_prob)
                    .then(b.token.cmp(&a.token))
            });
            candidates.extend(best.map(|best| Candidate {
                log_prob: 0.0,
                ..best
            }));
        }
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
            EarlyStopping::Never if search.length_penalty > 0.0 => search.rules.max_tokens,
            _ => length,
        };
        let possible = best.log_prob / (length as f32).powf(search.length_penalty);
        worst.score.is_none_or(|worst| possible <= worst)
    }

    /// The index of the sentence and its best hypotheses.
    fn into_hypotheses(mut self, search: &Search) -> (usize, Vec<Hypothesis>) {
        if self.finished.is_empty() {
            let finish = match self.over {
                true => Finish::Length,
                false => Finish::Cancelled,
            };
            let running = self.beams.into_iter().map(|beam| {
                let length = beam.ids.len().max(1) as f32;
                let score =
                    (search.beams > 1).then(|| beam.log_prob / length.powf(search.length_penalty));
                Hypothesis {
                    ids: beam.ids,
                    score,
                    finish,
                }
            });
            self.finished.extend(running);
        }
        self.finished.truncate(search.n_best.max(1));
        (self.index, self.finished)
    }
}
