//! Batches of a toy model.

use super::*;
use crate::decode::fake::Fake;
use std::sync::atomic::Ordering;

const END: u32 = 0;

fn request(prompt: &[u32], max_tokens: usize) -> Request {
    Request {
        prompt: prompt.to_vec(),
        max_tokens,
        sampling: Sampling::default(),
    }
}

/// The tokens and ends of all requests, and the work of the session.
fn run(
    session: &mut Session<Fake>,
    model: &Fake,
    requests: &[Request],
    options: BatchOptions,
) -> Vec<(Vec<u32>, Finish)> {
    let mut answers = vec![(Vec::new(), None); requests.len()];
    for step in session
        .batch(model, requests.to_vec(), &|id| id == END, options)
        .unwrap()
    {
        for progress in step.unwrap() {
            let (tokens, finish) = &mut answers[progress.request];
            assert_eq!(*finish, None, "nothing comes after the end");
            tokens.extend(progress.tokens);
            *finish = progress.finish;
        }
    }
    answers
        .into_iter()
        .map(|(tokens, finish)| (tokens, finish.unwrap()))
        .collect()
}

fn requests() -> Vec<Request> {
    (0..7u32)
        .map(|i| {
            let prompt: Vec<u32> = [5, 6, 7, 8]
                .into_iter()
                .chain((0..=3 * i).map(|j| 1 + (i * j) % 30))
                .collect();
            request(&prompt, 3 + 11 * i as usize)
        })
        .collect()
}

#[test]
fn answers_depend_neither_on_the_batch_nor_on_chunks_nor_on_drafts() {
    for memory in [2, 50] {
        let model = Fake::new(40, memory);
        let alone = BatchOptions {
            rows: 1,
            chunk: 1000,
            drafts: 0,
        };
        let wanted: Vec<_> = requests()
            .iter()
            .map(|one| {
                run(
                    &mut Session::new(&model).unwrap(),
                    &model,
                    std::slice::from_ref(one),
                    alone,
                )
                .remove(0)
            })
            .collect();
        assert!(wanted.iter().any(|(_, finish)| *finish == Finish::Stop));
        assert!(wanted.iter().any(|(_, finish)| *finish == Finish::Length));
        for (rows, chunk, drafts) in [
            (1, 3, 0),
            (3, 1, 0),
            (3, 7, 9),
            (100, 1000, 0),
            (2, 1000, 16),
            (1, 5, 8),
        ] {
            let options = BatchOptions {
                rows,
                chunk,
                drafts,
            };
            let mut session = Session::new(&model).unwrap();
            assert_eq!(
                run(&mut session, &model, &requests(), options),
                wanted,
                "{options:?}"
            );
            let mut reversed = requests();
            reversed.reverse();
            let mut found = run(&mut session, &model, &reversed, options);
            found.reverse();
            assert_eq!(found, wanted, "reversed, {options:?}");
            assert_eq!(session.cache.sequences.len(), session.held.len());
        }
    }
}

#[test]
fn sampling_is_exact_under_drafts_too() {
    let model = Fake::new(12, 2);
    let mut drafted = 0;
    for seed in 0..8 {
        let sampling = Sampling {
            temperature: 8.0,
            seed,
            repetition_penalty: 1.1,
            ..Sampling::default()
        };
        let requests = [Request {
            sampling,
            ..request(&[1, 2, 3, 1, 2, 3], 300)
        }];
        let answer = |drafts| {
            let mut session = Session::new(&model).unwrap();
            let options = BatchOptions {
                drafts,
                ..BatchOptions::default()
            };
            let answer = run(&mut session, &model, &requests, options);
            (answer, session.work().drafted)
        };
        let ((plain, none), (with_drafts, some)) = (answer(0), answer(8));
        assert_eq!(plain, with_drafts);
        assert_eq!(none, 0);
        drafted += some;
    }
    assert!(drafted > 0, "nothing was drafted: the test shows nothing");
}

#[test]
fn draws_depend_on_the_prompt_and_not_on_the_batch() {
    let model = Fake::new(40, 50);
    let sampled = |prompt: &[u32]| Request {
        sampling: Sampling {
            temperature: 8.0,
            ..Sampling::default()
        },
        ..request(prompt, 20)
    };
    let (one, two) = (sampled(&[1, 2, 3]), sampled(&[4, 5]));
    let answers = |requests: &[Request]| {
        let mut session = Session::new(&model).unwrap();
        run(&mut session, &model, requests, BatchOptions::default())
    };
    let together = answers(&[one.clone(), two.clone(), two.clone()]);
    assert_eq!(answers(std::slice::from_ref(&two))[0], together[1]);
    assert_eq!(answers(&[two, one])[1], together[0]);
    assert_ne!(together[1], together[2], "candidates for one prompt differ");
}

#[test]
fn what_prompts_share_is_read_once_also_across_batches() {
    let model = Fake::new(40, 50);
    let prompts: Vec<Request> = (0..5)
        .map(|i| request(&[[9; 100].as_slice(), &[i + 1, 3]].concat(), 1))
        .collect();
    let mut session = Session::new(&model).unwrap();
    run(&mut session, &model, &prompts, BatchOptions::default());
    assert_eq!(session.work().prefill_tokens, 100 + 5 * 2);
    assert_eq!(model.tokens.load(Ordering::Relaxed), 110);
    run(&mut session, &model, &prompts[..1], BatchOptions::default());
    assert_eq!(
        session.work().prefill_tokens,
        111,
        "of a prompt that was read only the last token is read again"
    );
    run(
        &mut session,
        &model,
        &[request(&[1, 2], 1), request(&[2, 2], 1)],
        BatchOptions::default(),
    );
    assert_eq!(
        session.work().prefill_tokens,
        115,
        "prompts that share nothing"
    );
}

#[test]
fn drafts_save_passes_where_text_repeats_and_cost_few_where_it_does_not() {
    let passes = |vocab: usize, memory: usize, drafts: usize| {
        let model = Fake::new(vocab, memory);
        let options = BatchOptions {
            drafts,
            ..BatchOptions::default()
        };
        let never = |_: u32| false;
        let requests = [request(&[1, 2, 3, 4], 400)];
        let mut session = Session::new(&model).unwrap();
        let tokens: usize = session
            .batch(&model, requests.to_vec(), &never, options)
            .unwrap()
            .map(|step| step.unwrap()[0].tokens.len())
            .sum();
        assert_eq!(tokens, 400);
        let read = model.tokens.load(Ordering::Relaxed);
        (model.passes.load(Ordering::Relaxed), read)
    };
    // A model that sees two tokens falls into a loop, which look-up foresees; one that sees all doesn't.
    assert!(passes(60, 2, 8).0 * 3 < passes(60, 2, 0).0);
    let (with, without) = (passes(40, 50, 8), passes(40, 50, 0));
    assert!(with.1 < without.1 + without.1 / 4, "{with:?} {without:?}");
}

#[test]
fn rows_leave_and_enter_within_the_limit_and_a_cancelled_request_is_gone() {
    let model = Fake::new(40, 50);
    let requests = requests();
    let mut session = Session::new(&model).unwrap();
    let never = |_: u32| false;
    let mut batch = session
        .batch(
            &model,
            requests.clone(),
            &never,
            BatchOptions {
                rows: 3,
                ..BatchOptions::default()
            },
        )
        .unwrap();
    batch.cancel(6);
    let mut seen = vec![0; requests.len()];
    while let Some(step) = batch.next() {
        for progress in step.unwrap() {
            seen[progress.request] += progress.tokens.len();
            if progress.request == 5 && seen[5] >= 4 {
                batch.cancel(5);
            }
        }
    }
    drop(batch);
    assert_eq!(seen, [3, 14, 25, 36, 47, 4, 0]);
    assert_eq!(model.widest.load(Ordering::Relaxed), 3);
    assert_eq!(session.cache.sequences.len(), session.held.len());
}

#[test]
fn a_failing_model_leaves_no_sequence_behind() {
    let model = Fake::new(40, 50);
    let requests = [request(&[1, 99], 4), request(&[1, 2], 4)];
    let mut session = Session::new(&model).unwrap();
    let mut batch = session
        .batch(
            &model,
            requests.to_vec(),
            &|_| false,
            BatchOptions::default(),
        )
        .unwrap();
    assert!(batch.next().unwrap().is_err());
    drop(batch);
    assert!(session.cache.sequences.is_empty());
}

#[test]
fn requests_wait_for_a_prompt_that_they_share() {
    let model = Fake::new(40, 50);
    let long: Vec<u32> = (0..100).map(|i| i % 40).collect();
    let requests: Vec<Request> = (0..5).map(|_| request(&long, 8)).collect();
    let mut session = Session::new(&model).unwrap();
    run(&mut session, &model, &requests, BatchOptions::default());
    assert_eq!(session.work().prefill_tokens, 100 + 4);
    assert_eq!(session.held.len(), 1, "the same prompt is kept once");
    let follow_up = request(&[&long[..], &[7, 8, 9]].concat(), 8);
    run(&mut session, &model, &[follow_up], BatchOptions::default());
    assert_eq!(session.work().prefill_tokens, 104 + 3);
}

#[test]
fn what_is_kept_is_bounded_and_the_last_used_stays() {
    let model = Fake::new(40, 50);
    let prompt = |i: u32| request(&[&[i; 4][..], &[3; 996]].concat(), 1);
    let mut session = Session::new(&model).unwrap();
    for i in [4, 5, 6, 4, 7, 8] {
        run(&mut session, &model, &[prompt(i)], BatchOptions::default());
        let positions: usize = session
            .cache
            .sequences
            .values()
            .map(|(_, tokens)| tokens.len())
            .sum();
        assert!(positions <= 3072, "{positions}");
        assert_eq!(session.cache.sequences.len(), session.held.len());
    }
    let before = session.work().prefill_tokens;
    assert_eq!(before, 5 * 1000 + 1, "the fourth was still there");
    run(&mut session, &model, &[prompt(4)], BatchOptions::default());
    assert_eq!(session.work().prefill_tokens, before + 1);
}
