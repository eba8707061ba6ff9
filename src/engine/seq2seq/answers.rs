//! Hypotheses of parts put together to the answers of whole requests.

use std::ops::ControlFlow;

use crate::decode::Hypothesis;
use crate::engine::{Alternative, Event, Finish, Generated, Sink};
use crate::error::Result;
use crate::tokenizer::hf::HfTokenizer;

/// Part of a request that goes through the model as one.
pub(super) struct Part {
    pub request: usize,
    pub ids: Vec<u32>,
}

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

    /// Requests without anything to translate are done at once.
    pub fn report_empty(&mut self, sink: &mut Sink<'_>) -> ControlFlow<()> {
        for (request, parts) in self.parts.iter().enumerate() {
            if parts.is_empty() {
                self.all[request].finish = Finish::Stop;
                sink(Event::Done {
                    request,
                    finish: Finish::Stop,
                    tokens: &[],
                })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Takes in the hypotheses of part `place` of a request, and tells the sink of a request that is whole.
    ///
    /// # Errors
    /// If the tokens can't be turned into text.
    pub fn take(
        &mut self,
        (request, place): (usize, usize),
        hypotheses: &[Hypothesis],
        tokenizer: &HfTokenizer,
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
                text: tokenizer.decode(&hypothesis.ids)?,
                score: hypothesis.score,
            };
            made.hypotheses.push((alternative, hypothesis.ids.clone()));
        }
        let parts = &mut self.parts[request];
        parts[place] = Some(made);
        let Some(parts) = parts.iter().map(Option::as_ref).collect::<Option<Vec<_>>>() else {
            return Ok(ControlFlow::Continue(()));
        };
        let answer = &mut self.all[request];
        // The n-th of a whole is made of the n-th of its parts.
        let most = parts.iter().map(|part| part.hypotheses.len()).max();
        let joined: Vec<Alternative> = (0..most.unwrap_or(0))
            .map(|rank| {
                let ranked = parts
                    .iter()
                    .filter_map(|part| part.hypotheses.get(rank).or(part.hypotheses.first()));
                let texts: Vec<&str> = ranked.map(|(made, _)| made.text.as_str()).collect();
                Alternative {
                    text: texts.join(" "),
                    // A score of a part says nothing about the whole.
                    score: match parts.as_slice() {
                        [only] => only.hypotheses.get(rank).and_then(|(made, _)| made.score),
                        _ => None,
                    },
                }
            })
            .collect();
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
        if !answer.text.is_empty() {
            let flow = sink(Event::Text {
                request,
                text: &answer.text,
            });
            if flow.is_break() {
                return Ok(flow);
            }
        }
        let finish = answer.finish;
        Ok(sink(Event::Done {
            request,
            finish,
            tokens: &[],
        }))
    }

    /// The answers, also those that were cancelled.
    pub fn into_all(self) -> Vec<Generated> {
        self.all
    }
}
