//! Continuous batching: up to so many sequences decode together, so that the weights are read once a step for all of
//! them; a finished one leaves, the next enters. What a prompt has in common with another one, of this batch or of one
//! before, is read once. With deterministic kernels the result of a request depends neither on its neighbours nor on the
//! order.

use std::collections::VecDeque;
use std::time::Instant;

use super::lookup::Lookup;
use super::sample::{Sampler, Sampling};
use super::{CausalLm, Finish, SeqId, SeqInput, Want};
use crate::error::{Error, ErrorKind, Result};

/// Something to be continued.
#[derive(Debug, Clone)]
pub struct Request {
    /// At least one token.
    pub prompt: Vec<u32>,
    /// Hard cap on new tokens, at least 1.
    pub max_tokens: usize,
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// Tokens that the continuation may resemble: it changes the number of passes, never the result.
    pub resembles: Vec<u32>,
}

/// How a batch is run.
#[derive(Debug, Clone, Copy)]
pub struct BatchOptions {
    /// Most sequences that decode together.
    pub rows: usize,
    /// Most prompt tokens a pass: bounds the memory of the activations.
    pub chunk: usize,
    /// Most drafted tokens a pass, over all rows; 0 turns speculation off.
    pub drafts: usize,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            rows: 8,
            chunk: 512,
            drafts: 8,
        }
    }
}

/// What a step brought for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Index of the request.
    pub request: usize,
    /// New tokens, without the one that ends an answer.
    pub tokens: Vec<u32>,
    /// Set when the request is done.
    pub finish: Option<Finish>,
}

/// Work done, by phase. A pass that reads prompts and decodes at once is shared out by tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    /// Prompt tokens read; shared ones count once.
    pub prefill_tokens: usize,
    /// Seconds spent on them.
    pub prefill_s: f64,
    /// Tokens generated.
    pub decode_tokens: usize,
    /// Seconds spent on them.
    pub decode_s: f64,
    /// Tokens drafted by look-up.
    pub drafted: usize,
    /// Drafted tokens that the model agreed with.
    pub accepted: usize,
}

/// Positions of finished prompts that a session keeps: those of an article's segments, so that a second question about
/// one of them reads only what is new. At 28 kB a position, as with a model of 1.5B, they take 88 MB.
const HELD_POSITIONS: usize = 3072;

/// It pays to let another request read a common start first if that saves so many tokens.
const WORTH_WAITING: usize = 16;

/// Drafted tokens a row and pass where an answer like it is known: most of them are right, and the last rows of a batch,
/// which decode alone, are often such.
const RESEMBLING: usize = 5;

/// A prompt that was read, and the sequence that holds its keys and values.
struct Held {
    seq: SeqId,
    tokens: Vec<u32>,
}

/// A KV cache that outlives a batch, with the prompts last seen: what the next prompts have in common with one of them
/// is not read again.
pub struct Session<M: CausalLm> {
    cache: M::Cache,
    /// The one last used comes last.
    held: VecDeque<Held>,
    work: Work,
}

impl<M: CausalLm> Session<M> {
    /// An empty session.
    ///
    /// # Errors
    /// If the model can't make a cache.
    pub fn new(model: &M) -> Result<Self> {
        Ok(Self {
            cache: model.new_cache()?,
            held: VecDeque::new(),
            work: Work::default(),
        })
    }

    /// Work done since the session began.
    pub fn work(&self) -> Work {
        self.work
    }

    /// Starts a batch. `is_end` says which tokens end an answer.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for an empty prompt.
    pub fn batch<'s>(
        &'s mut self,
        model: &'s M,
        requests: Vec<Request>,
        is_end: &'s dyn Fn(u32) -> bool,
        options: BatchOptions,
    ) -> Result<Batch<'s, M>> {
        let mut batch = Batch {
            session: self,
            model,
            requests: Vec::with_capacity(requests.len()),
            is_end,
            options,
            queue: VecDeque::new(),
            rows: Vec::new(),
        };
        for request in requests {
            batch.push(request)?;
        }
        Ok(batch)
    }

    /// Keeps what a sequence holds of its prompt, and gives up what was not used for the longest time.
    fn hold(&mut self, model: &M, seq: SeqId, tokens: Vec<u32>) {
        let covers = |held: &Held| held.tokens.starts_with(&tokens);
        if tokens.is_empty() || self.held.iter().any(covers) {
            return model.close(&mut self.cache, seq);
        }
        model.truncate(&mut self.cache, seq, tokens.len());
        self.held.push_back(Held { seq, tokens });
        let mut positions: usize = self.held.iter().map(|held| held.tokens.len()).sum();
        while positions > HELD_POSITIONS
            && self.held.len() > 1
            && let Some(oldest) = self.held.pop_front()
        {
            positions -= oldest.tokens.len();
            model.close(&mut self.cache, oldest.seq);
        }
    }
}

/// So many positions of a sequence that holds `tokens` serve `prompt`, of which one token at least has to be read.
fn shared(tokens: &[u32], prompt: &[u32]) -> usize {
    let rest = &prompt[..prompt.len() - 1];
    tokens.iter().zip(rest).take_while(|(a, b)| a == b).count()
}

/// The random stream of a request: a hash of its prompt (FNV-1a), so that what else is in the batch makes no difference;
/// requests with the same prompt get different ones.
fn stream(requests: &[Request], request: usize) -> u64 {
    let Request {
        prompt, sampling, ..
    } = &requests[request];
    if sampling.temperature <= 0.0 {
        return 0;
    }
    let hash = prompt.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &id| {
        (hash ^ u64::from(id)).wrapping_mul(0x0100_0000_01b3)
    });
    let twins = requests[..request]
        .iter()
        .filter(|other| other.prompt == *prompt);
    hash.wrapping_add(twins.count() as u64)
}

/// One live sequence.
struct Row {
    request: usize,
    seq: SeqId,
    sampler: Sampler,
    lookup: Lookup,
    /// The prompt and what was generated.
    tokens: Vec<u32>,
    /// How many of them the cache holds; the others are read next.
    cached: usize,
}

/// What a row reads in one pass.
struct Plan {
    row: usize,
    tokens: Vec<u32>,
    want: Want,
    /// Whether the tokens belong to the prompt.
    prefill: bool,
}

/// A batch in progress: an iterator over steps, each one pass over the weights. Dropping it gives the memory of its
/// sequences back.
pub struct Batch<'s, M: CausalLm> {
    session: &'s mut Session<M>,
    model: &'s M,
    requests: Vec<Request>,
    is_end: &'s dyn Fn(u32) -> bool,
    options: BatchOptions,
    queue: VecDeque<usize>,
    rows: Vec<Row>,
}

impl<M: CausalLm> Iterator for Batch<'_, M> {
    type Item = Result<Vec<Progress>>;

    /// Lets waiting requests enter, runs one pass, and chooses tokens.
    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.admit() {
            return Some(Err(error));
        }
        (!self.rows.is_empty()).then(|| self.step())
    }
}

impl<M: CausalLm> Batch<'_, M> {
    /// Adds a request; its index is the number of those before it.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for an empty prompt.
    pub fn push(&mut self, request: Request) -> Result<()> {
        if request.prompt.is_empty() {
            return Err(Error::new(
                ErrorKind::Input,
                "an empty prompt can't be continued",
            ));
        }
        self.queue.push_back(self.requests.len());
        self.requests.push(request);
        Ok(())
    }

    /// Ends a request early, whether it runs or still waits.
    pub fn cancel(&mut self, request: usize) {
        self.queue.retain(|&waiting| waiting != request);
        if let Some(at) = self.rows.iter().position(|row| row.request == request) {
            let row = self.rows.remove(at);
            self.leave(row);
        }
    }

    /// Lets requests enter while there is room. One that shares a long start with a prompt which is being read waits
    /// until it can begin with a copy of that.
    fn admit(&mut self) -> Result<()> {
        let most = self.options.rows.max(1);
        let mut at = 0;
        while self.rows.len() < most && at < self.queue.len().min(4 * most) {
            let request = self.queue[at];
            let prompt = &self.requests[request].prompt;
            let held = (0..self.session.held.len())
                .map(|at| (shared(&self.session.held[at].tokens, prompt), at))
                .max();
            let (mut prefix, mut waits_for) = (None, 0);
            for row in &self.rows {
                let read = shared(&row.tokens[..row.cached], prompt);
                if prefix.is_none_or(|(_, len)| read > len) {
                    prefix = Some((row.seq, read));
                }
                waits_for = waits_for.max(shared(&self.requests[row.request].prompt, prompt));
            }
            if let Some((len, at)) = held
                && prefix.is_none_or(|(_, other)| len >= other)
            {
                prefix = Some((self.session.held[at].seq, len));
            }
            let ready = prefix.map_or(0, |(_, len)| len);
            if waits_for >= ready + WORTH_WAITING {
                at += 1;
                continue;
            }
            self.queue.remove(at);
            self.enter(request, prefix)?;
        }
        Ok(())
    }

    /// A request becomes a row that begins with a copy of a sequence's first positions.
    fn enter(&mut self, request: usize, prefix: Option<(SeqId, usize)>) -> Result<()> {
        let Request {
            prompt,
            max_tokens,
            sampling,
            ..
        } = &self.requests[request];
        let session = &mut *self.session;
        let capacity = prompt.len() + max_tokens;
        let seq = self.model.open(&mut session.cache, capacity, prefix)?;
        let cached = prefix.map_or(0, |(_, len)| len);
        if let Some(at) =
            prefix.and_then(|(seq, _)| session.held.iter().position(|held| held.seq == seq))
            && let Some(used) = session.held.remove(at)
        {
            session.held.push_back(used);
        }
        self.rows.push(Row {
            request,
            seq,
            sampler: Sampler::new(sampling, stream(&self.requests, request)),
            lookup: Lookup::default(),
            tokens: prompt.clone(),
            cached,
        });
        Ok(())
    }

    fn plan(&mut self) -> Vec<Plan> {
        let mut chunk = self.options.chunk.max(1);
        // Drafts pay while a pass is bound by reading the weights, so all rows share the room for them.
        let drafts = self.options.drafts / self.rows.len();
        let mut plans = Vec::with_capacity(self.rows.len());
        for (at, row) in self.rows.iter_mut().enumerate() {
            let request = &self.requests[row.request];
            let unread = &row.tokens[row.cached..];
            let prefill = row.cached < request.prompt.len();
            let mut tokens = unread[..unread.len().min(chunk)].to_vec();
            let mut want = if tokens.len() < unread.len() {
                Want::None
            } else {
                Want::Last
            };
            if prefill {
                chunk -= tokens.len();
            } else {
                let left = request.prompt.len() + request.max_tokens - row.tokens.len();
                let likely = match request.resembles.is_empty() {
                    true => drafts,
                    false => drafts.max(RESEMBLING),
                };
                let places = [&request.resembles[..], &row.tokens];
                tokens.extend_from_slice(row.lookup.draft(places, likely.min(left - 1)));
                if tokens.len() > 1 {
                    want = Want::All;
                }
            }
            if !tokens.is_empty() {
                plans.push(Plan {
                    row: at,
                    tokens,
                    want,
                    prefill,
                });
            }
        }
        plans
    }

    fn step(&mut self) -> Result<Vec<Progress>> {
        let started = Instant::now();
        let plans = self.plan();
        let inputs: Vec<SeqInput<'_>> = plans
            .iter()
            .map(|plan| SeqInput {
                seq: self.rows[plan.row].seq,
                tokens: &plan.tokens,
                want: plan.want,
            })
            .collect();
        let logits = self.model.forward(&mut self.session.cache, &inputs)?;
        let work = &mut self.session.work;
        let (mut next_logits, mut progress) = (0, Vec::with_capacity(plans.len()));
        for plan in &plans {
            let row = &mut self.rows[plan.row];
            let request = &self.requests[row.request];
            row.cached += plan.tokens.len();
            let positions = match plan.want {
                Want::None => continue,
                Want::Last => 1,
                Want::All => plan.tokens.len(),
            };
            let known = row.tokens.len();
            let mut finish = None;
            for position in 0..positions {
                let generated = &row.tokens[request.prompt.len()..];
                let token = row
                    .sampler
                    .choose(generated, logits.row(next_logits + position))?;
                if (self.is_end)(token) {
                    finish = Some(Finish::Stop);
                    break;
                }
                row.tokens.push(token);
                if row.tokens.len() == request.prompt.len() + request.max_tokens {
                    finish = Some(Finish::Length);
                    break;
                }
                // The next position's logits hold only if the draft foresaw this token.
                if plan.want == Want::All && plan.tokens.get(position + 1) != Some(&token) {
                    break;
                }
            }
            next_logits += positions;
            let tokens = row.tokens[known..].to_vec();
            if plan.want == Want::All {
                let drafted = positions - 1;
                let accepted = tokens
                    .iter()
                    .zip(&plan.tokens[1..])
                    .take_while(|(a, b)| a == b)
                    .count();
                row.lookup.learn(drafted, accepted);
                work.drafted += drafted;
                work.accepted += accepted;
                // Beyond the accepted tokens the cache holds what the model refused.
                row.cached = known + accepted;
                self.model
                    .truncate(&mut self.session.cache, row.seq, row.cached);
            }
            work.decode_tokens += tokens.len();
            progress.push(Progress {
                request: row.request,
                tokens,
                finish,
            });
        }
        let read = |prefill: bool| {
            plans
                .iter()
                .filter(|plan| plan.prefill == prefill)
                .map(|plan| plan.tokens.len())
                .sum::<usize>()
        };
        let (prefill, decode) = (read(true), read(false));
        let each = started.elapsed().as_secs_f64() / (prefill + decode) as f64;
        work.prefill_tokens += prefill;
        work.prefill_s += each * prefill as f64;
        work.decode_s += each * decode as f64;
        for done in progress.iter().filter(|progress| progress.finish.is_some()) {
            self.cancel(done.request);
        }
        Ok(progress)
    }

    /// The session keeps what a row has read of its prompt.
    fn leave(&mut self, row: Row) {
        let prompt = &self.requests[row.request].prompt;
        let read = row.cached.min(prompt.len());
        self.session
            .hold(self.model, row.seq, prompt[..read].to_vec());
    }
}

impl<M: CausalLm> Drop for Batch<'_, M> {
    fn drop(&mut self) {
        for row in &self.rows {
            self.model.close(&mut self.session.cache, row.seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::fake::Fake;
    use std::sync::atomic::Ordering;

    const END: u32 = 0;

    fn request(prompt: &[u32], max_tokens: usize) -> Request {
        Request {
            prompt: prompt.to_vec(),
            max_tokens,
            sampling: Sampling::default(),
            resembles: Vec::new(),
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
            let positions: usize = session.held.iter().map(|held| held.tokens.len()).sum();
            assert!(positions <= HELD_POSITIONS, "{positions}");
            assert_eq!(session.cache.sequences.len(), session.held.len());
        }
        let before = session.work().prefill_tokens;
        assert_eq!(before, 5 * 1000 + 1, "the fourth was still there");
        run(&mut session, &model, &[prompt(4)], BatchOptions::default());
        assert_eq!(session.work().prefill_tokens, before + 1);
    }
}
