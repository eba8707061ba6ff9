//! Searching for the best output of an encoder–decoder model: greedily or with beams, both in Hugging Face's semantics
//! (`GenerationMixin._sample` and `_beam_search` of transformers 5), and each sentence for itself, so that a batch gives
//! what its sentences give alone.

mod options;
mod rules;
mod ruling;
mod sample;
mod sentence;

use super::{Hypothesis, RowQuery, Seq2Seq};
use crate::error::Result;
pub use options::{EarlyStopping, Progress, Search};
pub use rules::{LengthFactor, Rules};
use ruling::Ruling;
use sentence::Sentence;

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
        let wishes: Vec<RowQuery<'_>> = rulings.iter().map(|ruling| search.wish(ruling)).collect();
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

#[cfg(test)]
mod tests;
