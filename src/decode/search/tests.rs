//! Searches in toy models.

use std::ops::ControlFlow;

use super::*;
use crate::decode::{Finish, Logits, Sampling};
use crate::nn::dense::RowSummary;
use crate::nn::isa::Isa;

const END: u32 = 0;

/// Row `r` says `source[0]` times the token `source[1]`, then ends. Tokens may lie in columns of their own.
struct Counter {
    /// Token by column, ascending.
    tokens: Vec<u32>,
}

impl Seq2Seq for Counter {
    type State = Vec<(u32, u32)>;

    fn encode(&self, sources: &[&[u32]]) -> Result<Self::State> {
        Ok(sources.iter().map(|s| (s[0], s[1])).collect())
    }

    fn step(&self, state: &mut Self::State, last: &[u32]) -> Result<Logits> {
        assert_eq!(state.len(), last.len());
        let width = self.tokens.len();
        let mut logits = Logits {
            data: vec![0.0; width * state.len()],
            width,
        };
        for (row, (left, token)) in state.iter_mut().enumerate() {
            let best = if *left == 0 { END } else { *token };
            *left = left.saturating_sub(1);
            let column = self.column(&Vec::new(), row, best).unwrap();
            logits.row_mut(row)[column] = 5.0;
        }
        Ok(logits)
    }

    fn token_id(&self, _: &Self::State, _: usize, column: usize) -> u32 {
        self.tokens[column]
    }

    fn column(&self, _: &Self::State, _: usize, token: u32) -> Option<usize> {
        self.tokens.binary_search(&token).ok()
    }

    fn gather(&self, state: &mut Self::State, rows: &[usize]) -> Result<()> {
        *state = rows.iter().map(|&row| state[row]).collect();
        Ok(())
    }
}

fn greedy() -> Search {
    Search {
        start: 9,
        eos: vec![END],
        beams: 1,
        n_best: 1,
        length_penalty: 1.0,
        early_stopping: EarlyStopping::No,
        log_probs: false,
        sampling: Sampling::default(),
        rules: Rules {
            max_tokens: 10,
            ..Rules::default()
        },
    }
}

fn run(tokens: &[u32], sources: &[&[u32]], search: &Search) -> Vec<Vec<Hypothesis>> {
    let model = Counter {
        tokens: tokens.to_vec(),
    };
    let go_on = &mut |_, _: &[Hypothesis]| ControlFlow::Continue(());
    generate(&model, sources, search, go_on).unwrap()
}

fn best(found: Vec<Vec<Hypothesis>>) -> Vec<(Vec<u32>, Finish)> {
    let best = found.into_iter().map(|all| all.into_iter().next().unwrap());
    best.map(|best| (best.ids, best.finish)).collect()
}

#[test]
fn rows_end_on_their_own_and_short_sources_early() {
    let mut search = greedy();
    search.rules.length_factor = Some(LengthFactor {
        factor: 2.0,
        allowance: 1,
    });
    let sources: [&[u32]; 4] = [&[2, 1], &[0, 3], &[9, 2], &[9, 2, 0, 0]];
    let wanted = [
        (vec![1, 1], Finish::Stop),
        (vec![], Finish::Stop),
        (vec![2; 5], Finish::Length),
        (vec![2; 9], Finish::Length),
    ];
    assert_eq!(best(run(&[0, 1, 2, 3], &sources, &search)), wanted);
    for (source, wanted) in sources.iter().zip(wanted) {
        assert_eq!(best(run(&[0, 1, 2, 3], &[source], &search)), [wanted]);
    }
}

#[test]
fn a_caller_can_stop_and_gets_what_there_is() {
    let model = Counter {
        tokens: vec![0, 1, 2],
    };
    let stop = &mut |_, _: &[Hypothesis]| ControlFlow::Break(());
    let sources: [&[u32]; 2] = [&[8, 1], &[3, 2]];
    let found = generate(&model, &sources, &greedy(), stop).unwrap();
    let wanted = [(vec![1; 4], Finish::Cancelled), (vec![2; 3], Finish::Stop)];
    assert_eq!(best(found), wanted);
}

#[test]
fn rules_find_tokens_in_columns_of_their_own() {
    // Column 1 is token 40, column 2 token 50; of token 7 there is none.
    let tokens = [0, 40, 50];
    for (beams, temperature) in [(1, 0.0), (3, 0.0), (1, 1e-4)] {
        let mut search = greedy();
        search.beams = beams;
        search.sampling.temperature = temperature;
        search.rules.banned = vec![7, 40];
        search.rules.first = Some(50);
        search.rules.min_tokens = 3;
        let (ids, finish) = best(run(&tokens, &[&[9, 40]], &search)).remove(0);
        assert!(!ids.contains(&40) && !ids.contains(&7), "{ids:?}");
        assert!(ids[0] == 50 && ids.len() >= 3, "{ids:?}");
        assert!(finish < Finish::Cancelled);
    }
}

#[test]
fn what_is_drawn_for_a_sentence_is_the_same_in_any_batch() {
    let mut search = greedy();
    search.sampling.temperature = 8.0;
    let (one, other): (&[u32], &[u32]) = (&[9, 1], &[8, 2]);
    let drawn = |sources: &[&[u32]]| best(run(&[0, 1, 2, 3], sources, &search));
    let alone = drawn(&[other]);
    assert_eq!(drawn(&[one, other])[1], alone[0]);
    assert_eq!(drawn(&[other, one, other])[0], alone[0]);
    assert_ne!(drawn(&[one])[0], alone[0]);
}

#[test]
fn beams_give_their_best_first_with_what_each_token_cost() {
    let search = Search {
        beams: 4,
        n_best: 3,
        ..greedy()
    };
    let found = run(&[0, 1, 2, 3], &[&[3, 1], &[1, 2]], &search);
    for (all, first) in found.iter().zip([vec![1; 3], vec![2]]) {
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].ids, first);
        assert!(all.is_sorted_by(|a, b| a.score >= b.score));
        for one in all {
            assert_eq!(one.token_logprobs.len(), one.ids.len());
            assert!(one.token_logprobs.iter().all(|&x| x < 0.0));
            // The end of sequence has its share too.
            let sum: f32 = one.token_logprobs.iter().sum();
            let whole = one.score.unwrap() * (one.ids.len() + 1) as f32;
            assert!(whole < sum + 1e-4, "{whole} {sum}");
        }
    }
}

#[test]
fn a_greedy_search_says_how_likely_its_tokens_were_if_it_is_asked() {
    let search = Search {
        log_probs: true,
        ..greedy()
    };
    let (plain, asked) = (
        run(&[0, 1], &[&[2, 1]], &greedy()).remove(0).remove(0),
        run(&[0, 1], &[&[2, 1]], &search).remove(0).remove(0),
    );
    assert!(plain.token_logprobs.is_empty());
    assert_eq!((&plain.ids, plain.score), (&asked.ids, asked.score));
    // One logit of 5 and one of 0.
    let likely = -(-5.0_f32).exp().ln_1p();
    assert_eq!(asked.token_logprobs.len(), 2);
    for one in asked.token_logprobs {
        assert!((one - likely).abs() < 1e-5, "{one} {likely}");
    }
}

#[test]
fn what_is_picked_in_parts_equals_the_whole() {
    let mut row: Vec<f32> = (0..300).map(|i| ((i * 37) % 101) as f32 / 9.0).collect();
    let wish = RowQuery {
        top: 5,
        log_sum: true,
        hold: &[3, 180],
    };
    let isa = Isa::best();
    let mut parts = [RowSummary::new(&wish)];
    let (mut low, mut high) = (row[..130].to_vec(), row[130..].to_vec());
    crate::nn::dense::pick_columns(isa, &mut parts, &[wish], 0, &mut low);
    crate::nn::dense::pick_columns(isa, &mut parts, &[wish], 130, &mut high);
    let whole = crate::nn::dense::pick_row(isa, &wish, &mut row);
    assert_eq!(parts[0].top(), whole.top());
    assert_eq!(parts[0].held(), whole.held());
    assert!((parts[0].log_sum() - whole.log_sum()).abs() < 1e-5);
}
