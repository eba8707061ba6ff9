//! Decoding with an encoder–decoder model: batched greedy search.

use super::{Finish, Hypothesis, Seq2Seq};
use crate::error::Result;

/// How a batch is decoded.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// The token that the decoder starts from.
    pub start: u32,
    /// The token that ends a sequence.
    pub end: u32,
    /// Most tokens of each hypothesis, one a source.
    pub lengths: &'a [usize],
}

/// Greedy search over a batch: the best token each step, until every row has ended or reached its limit. Rows that are
/// done leave the batch, and no row depends on which others share it. `go_on` is asked before each step.
///
/// # Errors
/// If the model fails.
///
/// # Panics
/// If there isn't one limit a source.
pub fn greedy<M: Seq2Seq>(
    model: &M,
    state: &mut M::State,
    limits: Limits<'_>,
    mut go_on: impl FnMut() -> bool,
) -> Result<Vec<Hypothesis>> {
    let begun = Hypothesis {
        ids: Vec::new(),
        score: None,
        token_logprobs: Vec::new(),
        finish: Finish::Cancelled,
    };
    let mut hypotheses = vec![begun; limits.lengths.len()];
    // Row of the state -> index of the hypothesis.
    let mut origin: Vec<usize> = (0..hypotheses.len()).collect();
    let mut last = vec![limits.start; origin.len()];
    loop {
        let mut live = Vec::with_capacity(origin.len());
        for (row, &index) in origin.iter().enumerate() {
            let Hypothesis { ids, finish, .. } = &mut hypotheses[index];
            if *finish == Finish::Stop {
                continue;
            } else if ids.len() == limits.lengths[index] {
                *finish = Finish::Length;
            } else {
                live.push(row);
            }
        }
        if live.len() < origin.len() {
            model.gather(state, &live)?;
            origin = live.iter().map(|&row| origin[row]).collect();
            last = live.iter().map(|&row| last[row]).collect();
        }
        if origin.is_empty() || !go_on() {
            return Ok(hypotheses);
        }
        last = model.best(state, &last)?;
        for (&token, &index) in last.iter().zip(&origin) {
            match token == limits.end {
                true => hypotheses[index].finish = Finish::Stop,
                false => hypotheses[index].ids.push(token),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Logits;

    /// Row `r` says `source[0]` tokens `source[1]`, then ends.
    struct Counter;

    const END: u32 = 0;

    impl Seq2Seq for Counter {
        type State = Vec<(u32, u32)>;

        fn encode(&self, sources: &[&[u32]]) -> Result<Self::State> {
            Ok(sources.iter().map(|s| (s[0], s[1])).collect())
        }

        fn step(&self, state: &mut Self::State, last: &[u32]) -> Result<Logits> {
            assert_eq!(state.len(), last.len());
            let mut logits = Logits {
                data: vec![0.0; 4 * state.len()],
                width: 4,
            };
            for (row, (left, token)) in state.iter_mut().enumerate() {
                let best = if *left == 0 { END } else { *token };
                *left = left.saturating_sub(1);
                logits.data[4 * row + best as usize] = 1.0;
            }
            Ok(logits)
        }

        fn token_id(&self, _: &Self::State, _: usize, column: usize) -> u32 {
            column as u32
        }

        fn gather(&self, state: &mut Self::State, rows: &[usize]) -> Result<()> {
            *state = rows.iter().map(|&row| state[row]).collect();
            Ok(())
        }
    }

    fn run(sources: &[&[u32]], lengths: &[usize], steps: usize) -> Vec<(Vec<u32>, Finish)> {
        let mut state = Counter.encode(sources).unwrap();
        let limits = Limits {
            start: 9,
            end: END,
            lengths,
        };
        let mut left = steps;
        let go_on = || {
            left = left.saturating_sub(1);
            left > 0
        };
        let found = greedy(&Counter, &mut state, limits, go_on).unwrap();
        found.into_iter().map(|h| (h.ids, h.finish)).collect()
    }

    #[test]
    fn rows_end_on_their_own() {
        let sources: [&[u32]; 4] = [&[2, 1], &[0, 3], &[9, 2], &[1, 3]];
        let found = run(&sources, &[10, 10, 4, 0], 100);
        assert_eq!(
            found,
            [
                (vec![1, 1], Finish::Stop),
                (vec![], Finish::Stop),
                (vec![2, 2, 2, 2], Finish::Length),
                (vec![], Finish::Length)
            ]
        );
    }

    #[test]
    fn a_caller_can_stop() {
        let found = run(&[&[9, 1]], &[100], 4);
        assert_eq!(found, [(vec![1, 1, 1], Finish::Cancelled)]);
    }
}
