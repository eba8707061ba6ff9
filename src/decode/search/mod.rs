//! Searching for the best output of an encoder–decoder model: greedily or with beams, both in Hugging Face's semantics
//! (`GenerationMixin._sample` and `_beam_search` of transformers 5), and each sentence for itself, so that a batch gives
//! what its sentences give alone.

mod rules;
mod sample;
mod sentence;

use std::ops::ControlFlow;

use super::processors::{Change, Prefix, Processors};
use super::{Hypothesis, Sampling, Seq2Seq, Wish};
use crate::error::{Error, ErrorKind, Result};
pub use rules::{LengthFactor, Rules};
use sentence::Sentence;

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
    let state = model.encode(sources)?;
    generate_from(model, state, sources, search, progress)
}

/// As [`generate`], from the state that `sources` were encoded to.
///
/// # Errors
/// As [`Seq2Seq::step`].
pub fn generate_from<M: Seq2Seq>(
    model: &M,
    mut state: M::State,
    sources: &[&[u32]],
    search: &Search,
    progress: &mut Progress<'_>,
) -> Result<Vec<Vec<Hypothesis>>> {
    if search.draws() {
        return sample::sample(model, state, sources, search, progress);
    }
    let mut done = vec![Vec::new(); sources.len()];
    let chain = search.processors();
    let sentence = |(index, source): (usize, &&[u32])| {
        Sentence::new(index, search.start, search.rules.limit(source.len()))
    };
    let mut running: Vec<Sentence> = sources.iter().enumerate().map(sentence).collect();
    let mut stopped = false;
    while !running.is_empty() && !stopped {
        let last: Vec<u32> = running.iter().flat_map(Sentence::last).collect();
        let prefixes = running.iter().flat_map(Sentence::prefixes);
        let rulings: Vec<Ruling> = prefixes
            .enumerate()
            .map(|(row, prefix)| Ruling::new(&chain, &prefix, model, &state, row))
            .collect();
        let wishes: Vec<Wish<'_>> = rulings.iter().map(|ruling| search.wish(ruling)).collect();
        let picks = model.step_pick(&mut state, &last, &wishes)?;

        let mut kept = Vec::with_capacity(last.len());
        let mut first = 0;
        let mut still = Vec::with_capacity(running.len());
        for mut sentence in running {
            let beams = first..first + sentence.width();
            let token =
                |beam: usize, column: u32| model.token_id(&state, first + beam, column as usize);
            let origins = sentence.advance(
                search,
                &rulings[beams.clone()],
                &picks[beams.clone()],
                token,
            );
            if sentence.is_over() {
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

    /// The rules that hold, those for drawn tokens included where tokens are drawn.
    fn processors(&self) -> Processors {
        let mut chain = self.rules.processors(&self.eos);
        if self.draws() {
            chain.append(self.sampling.processors());
        }
        chain
    }

    /// Whether log-probabilities are computed.
    fn weighs(&self) -> bool {
        self.beams > 1 || self.log_probs
    }

    fn draws(&self) -> bool {
        self.beams == 1 && self.sampling.temperature > 0.0
    }

    fn wish<'r>(&self, ruling: &'r Ruling) -> Wish<'r> {
        if ruling.forced.is_some() {
            return Wish {
                top: 0,
                log_sum: false,
                hold: &[],
            };
        }
        Wish {
            top: self.candidates(),
            log_sum: self.weighs(),
            hold: &ruling.columns,
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

/// What the rules say about the next token of one row.
#[derive(Debug)]
struct Ruling {
    /// Only this token.
    forced: Option<u32>,
    /// The row's columns of the tokens whose logits change, ascending.
    columns: Vec<u32>,
    /// These tokens and what becomes of them, one a column.
    changes: Vec<(u32, Change)>,
}

impl Ruling {
    fn new<M: Seq2Seq>(
        chain: &Processors,
        prefix: &Prefix<'_>,
        model: &M,
        state: &M::State,
        row: usize,
    ) -> Self {
        let changes = chain.changes(prefix);
        // What has no column can't come anyway.
        let known = changes.tokens().filter_map(|(token, change)| {
            let column = model.column(state, row, token)?;
            Some((column as u32, (token, change)))
        });
        let (columns, known) = known.unzip();
        Self {
            forced: changes.forced(),
            columns,
            changes: known,
        }
    }

    /// Changes a whole row of logits.
    fn apply(&self, logits: &mut [f32]) {
        for (&column, (_, change)) in self.columns.iter().zip(&self.changes) {
            if let Some(logit) = logits.get_mut(column as usize) {
                *logit = change.apply(*logit).unwrap_or(f32::NEG_INFINITY);
            }
        }
    }
}

#[cfg(test)]
mod tests;
