//! How fast a language model is.

use std::time::Instant;

use super::Sampling;
use super::chat::LlmEngine;
use super::model::{ChatModel, Load, Measured};
use crate::decode::CausalLm;
use crate::decode::continuous::{BatchOptions, Request, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::tokenizer::Specials;

impl<M: CausalLm> LlmEngine<M> {
    /// Continues each prompt greedily by exactly so many tokens, without sharing, speculation or a cache from before.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if prompt and answer don't fit the context; [`ErrorKind::Inference`] if a kernel or the device
    /// fails.
    pub(super) fn measured(&self, load: &Load<'_>) -> Result<Measured> {
        let (prompt, new, most) = (load.prompt_tokens, load.gen_tokens, self.context());
        if prompt + new > most {
            let message =
                format!("{prompt} + {new} tokens don't fit the model's context of {most}");
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let ids = self.tokenizer().encode(load.text, Specials::AsText);
        let start = |row| ids.iter().cycle().skip(row % ids.len().max(1));
        let requests: Vec<Request> = (0..load.rows)
            .map(|row| Request {
                prompt: start(row).take(prompt).copied().collect(),
                max_tokens: new,
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
            cost: self.model.step_cost(),
        })
    }
}
