//! Drawing the tokens of each sentence at random, by their probabilities.

use super::{Progress, Search};
use crate::decode::{Finish, Hypothesis, Sampler, Seq2Seq};
use crate::error::Result;

/// A sentence under way.
struct Draw {
    index: usize,
    ids: Vec<u32>,
    sampler: Sampler,
}

/// One hypothesis a source. The rules are those of any other search; each sentence has random numbers of its own.
///
/// # Errors
/// As [`Seq2Seq::encode`] and [`Seq2Seq::step`].
pub(super) fn sample<M: Seq2Seq>(
    model: &M,
    sources: &[&[u32]],
    search: &Search,
    progress: &mut Progress<'_>,
) -> Result<Vec<Vec<Hypothesis>>> {
    let mut state = model.encode(sources)?;
    let mut done = vec![Vec::new(); sources.len()];
    let draw = |index: usize| Draw {
        index,
        ids: Vec::new(),
        sampler: Sampler::new(&search.sampling, index as u64),
    };
    let mut running: Vec<Draw> = (0..sources.len()).map(draw).collect();
    let mut stopped = false;
    while !running.is_empty() && !stopped {
        let last = running.iter().map(|draw| draw.ids.last().copied());
        let last: Vec<u32> = last.map(|last| last.unwrap_or(search.start)).collect();
        let mut logits = model.step(&mut state, &last)?;
        let width = logits.width.max(1);
        let rows = logits.data.chunks_exact_mut(width);
        let mut kept = Vec::with_capacity(running.len());
        let mut still = Vec::with_capacity(running.len());
        for (row, (mut draw, logits)) in running.into_iter().zip(rows).enumerate() {
            let verdict = search.rules.judge(search.start, &draw.ids, &search.eos);
            let token = match verdict.forced {
                Some(token) => token,
                None => {
                    for (at, &id) in verdict.touched.iter().enumerate() {
                        if let Some(logit) = logits.get_mut(id as usize) {
                            *logit = verdict.change(at, *logit).unwrap_or(f32::NEG_INFINITY);
                        }
                    }
                    let column = draw.sampler.choose(&draw.ids, logits)?;
                    model.token_id(&state, row, column as usize)
                }
            };
            let ended = search.eos.contains(&token);
            if !ended {
                draw.ids.push(token);
            }
            if ended || draw.ids.len() >= search.rules.max_tokens {
                let hypothesis = Hypothesis {
                    ids: draw.ids,
                    score: None,
                    finish: if ended { Finish::Stop } else { Finish::Length },
                };
                done[draw.index] = vec![hypothesis];
                stopped |= progress(draw.index, &done[draw.index]).is_break();
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
        done[draw.index] = vec![Hypothesis {
            ids: draw.ids,
            score: None,
            finish: Finish::Cancelled,
        }];
    }
    Ok(done)
}
