//! A chat under way: what the model has said so far, and what of it was told.

use std::ops::ControlFlow;

use super::answer::Answer;
use super::{Event, Finish, Generated, Scored, Sink};

/// A request under way.
pub(super) struct Talk {
    pub(super) answer: Answer,
    ids: Vec<u32>,
    /// As many, and how probable they were.
    scored: Vec<Scored>,
    /// Tokens of the prompt.
    tokens_in: usize,
    pub(super) finish: Option<Finish>,
}

impl Talk {
    /// Of a prompt of `tokens_in` tokens, which ends at any of `stops`.
    pub(super) fn new(stops: Vec<String>, tokens_in: usize) -> Self {
        Self {
            answer: Answer::new(stops),
            ids: Vec::new(),
            scored: Vec::new(),
            tokens_in,
            finish: None,
        }
    }

    /// Takes a token that stands for `bytes`; whether the answer ends with it.
    pub(super) fn push(&mut self, id: u32, logprob: f32, bytes: &[u8]) -> bool {
        self.ids.push(id);
        self.scored.push(Scored {
            bytes: bytes.len(),
            logprob,
        });
        self.answer.push(bytes)
    }

    /// Tells what is new of it as the `request`, and whether it is at its `finish`.
    pub(super) fn tell(
        &mut self,
        request: usize,
        finish: Option<Finish>,
        sink: &mut Sink<'_>,
    ) -> ControlFlow<()> {
        let text = self.answer.fresh();
        if !text.is_empty() {
            sink(Event::Text { request, text })?;
        }
        match finish {
            Some(finish) => sink(Event::Done {
                request,
                finish,
                tokens: &self.scored,
            }),
            None => ControlFlow::Continue(()),
        }
    }

    pub(super) fn generated(mut self) -> Generated {
        self.answer.finish();
        Generated {
            text: self.answer.into_text(),
            ids: self.ids,
            tokens_in: self.tokens_in,
            finish: self.finish.unwrap_or(Finish::Cancelled),
            score: None,
            alternatives: Vec::new(),
        }
    }
}
