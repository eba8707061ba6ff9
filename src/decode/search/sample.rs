//! Drawing the tokens of each sentence at random, by their probabilities.

use super::options::{Progress, Search};
use super::ruling::Ruling;
use crate::decode::processors::Prefix;
use crate::decode::sample::stream;
use crate::decode::{Finish, Hypothesis, Sampler, Seq2Seq};
use crate::error::Result;

/// A sentence under way.
struct Draw {
    index: usize,
    /// Most tokens, end of sequence included.
    limit: usize,
    /// The start token and what was generated.
    tokens: Vec<u32>,
    sampler: Sampler,
}

impl Draw {
    fn prefix(&self) -> Prefix<'_> {
        Prefix {
            tokens: &self.tokens,
            generated: self.tokens.len() - 1,
            limit: self.limit,
        }
    }

    fn into_hypothesis(self, finish: Finish) -> Hypothesis {
        Hypothesis {
            ids: self.tokens[1..].to_vec(),
            score: None,
            token_logprobs: Vec::new(),
            finish,
        }
    }
}

/// One hypothesis a source. The rules are those of any other search; each sentence has random numbers of its own.
///
/// # Errors
/// As [`Seq2Seq::step`].
pub(super) fn sample<M: Seq2Seq>(
    model: &M,
    mut state: M::State,
    sources: &[&[u32]],
    search: &Search,
    progress: &mut Progress<'_>,
) -> Result<Vec<Vec<Hypothesis>>> {
    let mut done = vec![Vec::new(); sources.len()];
    let chain = search.processors();
    let draw = |(index, source): (usize, &&[u32])| Draw {
        index,
        limit: search.rules.limit(source.len()),
        tokens: vec![search.start],
        sampler: Sampler::new(&search.sampling, stream(source)),
    };
    let mut running: Vec<Draw> = sources.iter().enumerate().map(draw).collect();
    let mut stopped = false;
    while !running.is_empty() && !stopped {
        let last = running
            .iter()
            .filter_map(|draw| draw.tokens.last().copied());
        let last: Vec<u32> = last.collect();
        let mut logits = model.step(&mut state, &last)?;
        let mut kept = Vec::with_capacity(running.len());
        let mut still = Vec::with_capacity(running.len());
        for (row, mut draw) in running.into_iter().enumerate() {
            let ruling = Ruling::new(&chain, &draw.prefix(), model, &state, row);
            let token = match ruling.forced {
                Some(token) => token,
                None => {
                    let logits = logits.row_mut(row);
                    ruling.apply(logits);
                    let column = draw.sampler.choose(logits)?;
                    model.token_id(&state, row, column as usize)
                }
            };
            let ended = search.eos.contains(&token);
            if !ended {
                draw.tokens.push(token);
            }
            if ended || draw.tokens.len() > draw.limit {
                let finish = if ended { Finish::Stop } else { Finish::Length };
                let index = draw.index;
                done[index] = vec![draw.into_hypothesis(finish)];
                stopped |= progress(index, &done[index]).is_break();
            } else {
                kept.push(row);
                still.push(draw);
            }
        }
        running = still;
        if kept.len() < last.len() && !kept.is_empty() {
            model.gather(&mut state, &kept)?;
        }
    }
    for draw in running {
        let index = draw.index;
        done[index] = vec![draw.into_hypothesis(Finish::Cancelled)];
    }
    Ok(done)
}
