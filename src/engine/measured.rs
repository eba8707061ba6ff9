//! How fast a language model is.

use std::time::Instant;

use super::Sampling;
use super::chat::LlmEngine;
use crate::decode::CausalLm;
use crate::decode::continuous::{BatchOptions, Request, Session, Work};
use crate::error::Result;

/// What [`LlmEngine::measure`] saw.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Tokens and seconds by phase.
    pub work: Work,
    /// Seconds until the first token of any answer.
    pub first_token_s: f64,
}

impl<M: CausalLm> LlmEngine<M> {
    /// Continues each of `prompts` greedily by exactly `new_tokens`, without sharing, speculation or a cache from
    /// before: for measuring.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) for an empty prompt; [`ErrorKind::Inference`](crate::ErrorKind::Inference) if a prompt and its answer don't fit the
    /// context, or a kernel or the device fails.
    pub fn measure(&self, prompts: Vec<Vec<u32>>, new_tokens: usize) -> Result<Measured> {
        let requests: Vec<Request> = prompts
            .into_iter()
            .map(|prompt| Request {
                prompt,
                max_tokens: new_tokens.max(1),
                sampling: Sampling::default(),
            })
            .collect();
        let mut session = Session::new(&self.model)?;
        let options = BatchOptions {
            rows: requests.len(),
            drafts: 0,
            ..BatchOptions::default()
        };
        let started = Instant::now();
        let mut first_token_s = None;
        for step in session.batch(&self.model, requests, &|_| false, options)? {
            if !step?.is_empty() {
                first_token_s.get_or_insert_with(|| started.elapsed().as_secs_f64());
            }
        }
        Ok(Measured {
            work: session.work(),
            first_token_s: first_token_s.unwrap_or_default(),
        })
    }
}
