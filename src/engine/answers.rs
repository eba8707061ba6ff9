//! Hypotheses of parts put together to the answers of whole requests.

use std::ops::ControlFlow;

use super::split::Part;
use crate::decode::Hypothesis;
use crate::engine::{Alternative, Event, Finish, Generated, Sink};
use crate::error::Result;

/// What the model made of a part, best first.
#[derive(Debug, Clone)]
struct Made {
    hypotheses: Vec<(Alternative, Vec<u32>)>,
    finish: Finish,
}

/// Answers in the making.
pub(super) struct Answers {
    all: Vec<Generated>,
    /// By request, its parts as they come.
    parts: Vec<Vec<Option<Made>>>,
}

impl Answers {
    /// Blank answers to `requests` requests, which have these parts.
    pub fn new(parts: &[Part], requests: usize) -> Self {
        let blank = Generated {
            text: String::new(),
            ids: Vec::new(),
            tokens_in: 0,
            finish: Finish::Cancelled,
            score: None,
            alternatives: Vec::new(),
        };
        let mut all = vec![blank; requests];
        let mut slots = vec![Vec::new(); requests];
        for part in parts {
            all[part.request].tokens_in += part.ids.len();
            slots[part.request].push(None);
        }
        Self { all, parts: slots }
    }

    /// Requests without a part hold nothing that the model could translate: they go through as they are.
    pub fn pass_through(&mut self, texts: &[&str], sink: &mut Sink<'_>) -> ControlFlow<()> {
        for (request, text) in texts.iter().enumerate() {
            if self.parts[request].is_empty() {
                let answer = &mut self.all[request];
                text.trim().clone_into(&mut answer.text);
                answer.finish = Finish::Stop;
                report(request, answer, sink)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Takes in the hypotheses of a part, and tells the sink of a request that is whole. `decode` turns tokens to text.
    ///
    /// # Errors
    /// An error of `decode`, as it is.
    pub fn take(
        &mut self,
        part: &Part,
        hypotheses: &[Hypothesis],
        decode: &dyn Fn(&[u32]) -> Result<String>,
        sink: &mut Sink<'_>,
    ) -> Result<ControlFlow<()>> {
        let mut made = Made {
            hypotheses: Vec::with_capacity(hypotheses.len()),
            finish: hypotheses
                .first()
                .map_or(Finish::Length, |best| best.finish),
        };
        for hypothesis in hypotheses {
            let alternative = Alternative {
                text: decode(&hypothesis.ids)?,
                score: hypothesis.score,
            };
            made.hypotheses.push((alternative, hypothesis.ids.clone()));
        }
        let request = part.request;
        let parts = &mut self.parts[request];
        parts[part.place] = Some(made);
        let Some(parts) = parts.iter().map(Option::as_ref).collect::<Option<Vec<_>>>() else {
            return Ok(ControlFlow::Continue(()));
        };
        let answer = &mut self.all[request];
        let joined = joined(&parts);
        if let Some(best) = joined.first() {
            answer.text.clone_from(&best.text);
            answer.score = best.score;
        }
        if joined.len() > 1 {
            answer.alternatives = joined;
        }
        let ids = parts.iter().filter_map(|part| part.hypotheses.first());
        answer.ids = ids.flat_map(|(_, ids)| ids).copied().collect();
        let finishes = parts.iter().map(|part| part.finish);
        answer.finish = finishes.max().unwrap_or(Finish::Stop);
        Ok(report(request, answer, sink))
    }

    /// The answers, also those that were cancelled.
    pub fn into_all(self) -> Vec<Generated> {
        self.all
    }
}

/// The n-th of a whole is made of the n-th of its parts.
fn joined(parts: &[&Made]) -> Vec<Alternative> {
    let most = parts.iter().map(|part| part.hypotheses.len()).max();
    (0..most.unwrap_or(0))
        .map(|rank| {
            let ranked = parts
                .iter()
                .filter_map(|part| part.hypotheses.get(rank).or(part.hypotheses.first()));
            let texts: Vec<&str> = ranked.map(|(made, _)| made.text.as_str()).collect();
            Alternative {
                text: texts.join(" "),
                // A score of a part says nothing about the whole.
                score: match parts {
                    [only] => only.hypotheses.get(rank).and_then(|(made, _)| made.score),
                    _ => None,
                },
            }
        })
        .collect()
}

fn report(request: usize, answer: &Generated, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let (text, finish) = (&answer.text, answer.finish);
    if !text.is_empty() {
        sink(Event::Text { request, text })?;
    }
    sink(Event::Done {
        request,
        finish,
        tokens: &[],
    })
}
