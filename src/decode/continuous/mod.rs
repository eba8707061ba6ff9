//! Continuous batching: up to so many sequences decode together, so that the weights are read once a step for all of
//! them; a finished one leaves, the next enters. What a prompt has in common with another one, of this batch or of one
//! before, is read once. With deterministic kernels the result of a request depends neither on its neighbours nor on the
//! order.

mod prefixes;

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

use prefixes::{Prefixes, shared};

use super::force::log_sum;
use super::lookup::Lookup;
use super::processors::{Prefix, Processors};
use super::sample::{self, Sampler, Sampling};
use super::{CausalLm, Finish, Logits, SeqId, SeqInput, Want};
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
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Index of the request.
    pub request: usize,
    /// New tokens, without the one that ends an answer.
    pub tokens: Vec<u32>,
    /// The log-probability of each of them, before any rule changed it.
    pub logprobs: Vec<f32>,
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

/// It pays to let another request read a common start first if that saves so many tokens.
const WORTH_WAITING: usize = 16;

/// A KV cache that outlives a batch, with the prompts last seen: what the next prompts have in common with one of them
/// is not read again.
pub struct Session<M: CausalLm> {
    cache: M::Cache,
    held: Prefixes,
    work: Work,
}

impl<M: CausalLm> Session<M> {
    /// An empty session.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`](crate::ErrorKind::Inference) if the model can't make a cache.
    pub fn new(model: &M) -> Result<Self> {
        Ok(Self {
            cache: model.new_cache()?,
            held: Prefixes::default(),
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
}

/// The random stream of a request: that of its prompt; requests with the same prompt get different ones.
fn stream(requests: &[Request], request: usize) -> u64 {
    let Request {
        prompt, sampling, ..
    } = &requests[request];
    if sampling.temperature <= 0.0 {
        return 0;
    }
    let twins = requests[..request]
        .iter()
        .filter(|other| other.prompt == *prompt);
    sample::stream(prompt).wrapping_add(twins.count() as u64)
}

/// One live sequence.
struct Row {
    request: usize,
    seq: SeqId,
    /// What changes the logits before a token is chosen.
    processors: Processors,
    sampler: Sampler,
    lookup: Lookup,
    /// The prompt and what was generated.
    tokens: Vec<u32>,
    /// How many of them the cache holds; the others are read next.
    cached: usize,
}

impl Row {
    /// Chooses tokens as long as the logits hold, which are those of `rows`, a position each; puts down how
    /// probable the model held them and says how the request finished, if it did.
    fn extend(
        &mut self,
        request: &Request,
        plan: &Plan,
        logits: &mut Logits,
        rows: Range<usize>,
        is_end: &dyn Fn(u32) -> bool,
        logprobs: &mut Vec<f32>,
    ) -> Result<Option<Finish>> {
        for (position, row) in rows.enumerate() {
            let logits = logits.row_mut(row);
            let log_sum = log_sum(logits);
            let generated = &self.tokens[request.prompt.len()..];
            let prefix = Prefix {
                tokens: generated,
                generated: generated.len(),
                limit: request.max_tokens,
            };
            self.processors.apply(&prefix, logits);
            let token = self.sampler.choose(logits)?;
            if is_end(token) {
                return Ok(Some(Finish::Stop));
            }
            self.tokens.push(token);
            logprobs.push((logits[token as usize] - log_sum).min(0.0));
            if self.tokens.len() == request.prompt.len() + request.max_tokens {
                return Ok(Some(Finish::Length));
            }
            // The next position's logits hold only if the draft foresaw this token.
            if plan.want == Want::All && plan.tokens.get(position + 1) != Some(&token) {
                break;
            }
        }
        Ok(None)
    }
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
            let (mut prefix, mut waits_for) = (self.session.held.longest(prompt), 0);
            for row in &self.rows {
                let read = shared(&row.tokens[..row.cached], prompt);
                if prefix.is_none_or(|(_, len)| read > len) {
                    prefix = Some((row.seq, read));
                }
                waits_for = waits_for.max(shared(&self.requests[row.request].prompt, prompt));
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
        if let Some((seq, _)) = prefix {
            session.held.used(seq);
        }
        self.rows.push(Row {
            request,
            seq,
            processors: sampling.processors(),
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
                tokens.extend_from_slice(row.lookup.draft(&row.tokens, drafts.min(left - 1)));
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
        let mut logits = self.model.forward(&mut self.session.cache, &inputs)?;
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
            let rows = next_logits..next_logits + positions;
            let mut logprobs = Vec::new();
            let is_end = self.is_end;
            let finish = row.extend(request, plan, &mut logits, rows, is_end, &mut logprobs)?;
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
                logprobs,
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
        let Session { cache, held, .. } = &mut *self.session;
        held.hold(self.model, cache, row.seq, prompt[..read].to_vec());
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
mod tests;
