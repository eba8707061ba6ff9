//! Translating segments: prompts for chat models, sentences for translation models, a judgement of each answer, and
//! one more attempt where the first failed.

mod clean;
mod fingerprint;
pub mod route;
mod typography;

use std::collections::HashMap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

pub use clean::clean;
pub use fingerprint::fingerprint;

use crate::checks::{self, CheckId, Finding, Pair, Severity};
use crate::engine::{ChatRequest, Engine, Event, Finish, Role, Sampling, TranslationModel};
use crate::error::Result;
use crate::prompt::Prompt;
use crate::text::Lang;

/// How to translate.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Language of the segments.
    pub from: Lang,
    /// Language asked for.
    pub to: Lang,
    /// Prompt of the first attempt; only chat models read it.
    pub prompt: &'a Prompt,
    /// How a chat model draws tokens at the first attempt.
    pub sampling: &'a Sampling,
    /// Prompt of the second attempt.
    pub retry_prompt: &'a Prompt,
    /// How a chat model draws tokens at the second attempt.
    pub retry_sampling: &'a Sampling,
    /// Hard cap on the tokens of one segment; by default it follows from the segment's length.
    pub max_tokens: Option<usize>,
}

/// One segment to translate.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The text, one line.
    pub text: &'a str,
    /// The little text that comes before it in the article, for a chat model to understand; may be empty.
    pub context: &'a str,
}

/// What became of one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Translated {
    /// The translation.
    pub text: String,
    /// What may be wrong with it; empty if nothing was noticed.
    pub findings: Vec<Finding>,
    /// How many answers were asked for; 0 if the segment has nothing to translate.
    pub attempts: u32,
}

impl Translated {
    /// How many of the findings are errors, as far as a rule can tell.
    fn errors(&self) -> usize {
        let is_error = |finding: &&Finding| finding.severity == Severity::Error;
        self.findings.iter().filter(is_error).count()
    }
}

/// News of a translation under way. Segments become final out of order.
#[derive(Debug)]
pub enum Update<'a> {
    /// More raw text of a segment's first attempt; what becomes final may differ.
    Partial {
        /// Index of the segment.
        segment: usize,
        /// The new text.
        text: &'a str,
    },
    /// A segment is done.
    Final {
        /// Index of the segment.
        segment: usize,
        /// Its translation.
        translated: &'a Translated,
    },
}

/// Translates `segments` with `engine`; the answer has one entry a segment, in order.
///
/// # Errors
/// What the engine or a prompt template says.
pub fn translate(
    engine: &mut Engine,
    segments: &[Source<'_>],
    options: &Options<'_>,
    on: &mut dyn FnMut(Update<'_>),
) -> Result<Vec<Translated>> {
    let mut done: Vec<Option<Translated>> = vec![None; segments.len()];
    let mut pending = Vec::new();
    for (i, segment) in segments.iter().enumerate() {
        if segment.text.chars().any(char::is_alphabetic) {
            pending.push(i);
        } else {
            let copied = Translated {
                text: segment.text.to_string(),
                findings: Vec::new(),
                attempts: 0,
            };
            finish(&mut done, i, copied, on);
        }
    }
    let again = attempt(engine, segments, &pending, options, 1, &mut done, on)?;
    if !again.is_empty() {
        attempt(engine, segments, &again, options, 2, &mut done, on)?;
    }
    Ok(done.into_iter().flatten().collect())
}

/// One pass over the segments `which`. Returns those that failed and may be tried again; their best answer so far is
/// in `done`.
fn attempt(
    engine: &mut Engine,
    segments: &[Source<'_>],
    which: &[usize],
    options: &Options<'_>,
    number: u32,
    done: &mut [Option<Translated>],
    on: &mut dyn FnMut(Update<'_>),
) -> Result<Vec<usize>> {
    // A translation model would give the same answer again.
    let may_retry = number == 1 && matches!(engine, Engine::Chat(_));
    let mut again = Vec::new();
    let (batch, folded) = match engine {
        Engine::Chat(_) => (chats(segments, which, options, number, done)?, Vec::new()),
        Engine::Translation(model) => (Vec::new(), folded(model.as_ref(), segments, which)),
    };
    // The text of each request so far: a request is judged as soon as it ends, so that a reader sees it early.
    let mut so_far = vec![String::new(); which.len()];
    let mut settled = vec![false; which.len()];
    {
        let mut settle =
            |request: usize, text: &str, finish_reason, on: &mut dyn FnMut(Update<'_>)| {
                let segment = which[request];
                let source = segments[segment].text;
                let text = match folded.get(request) {
                    Some(folded) => folded.restore(text),
                    None => clean(text, source, options.to.name()),
                };
                let pair = Pair {
                    source,
                    target: &text,
                    from: options.from,
                    to: options.to,
                };
                let told = checks::Options {
                    cut: finish_reason == Finish::Length,
                    ..checks::Options::default()
                };
                let mut findings = checks::check(&pair, &told);
                findings.extend(checks::leak(&text, &examples(batch.get(request))));
                let candidate = Translated {
                    text,
                    findings,
                    attempts: number,
                };
                if may_retry && candidate.errors() > 0 {
                    done[segment] = Some(candidate);
                    again.push(segment);
                    return;
                }
                let best = match done[segment].take() {
                    Some(first) if !better(&candidate, &first) => Translated {
                        attempts: number,
                        ..first
                    },
                    _ => candidate,
                };
                finish(done, segment, best, on);
            };
        let mut sink = |event: Event<'_>| {
            match event {
                Event::Text { request, text } => {
                    so_far[request].push_str(text);
                    if number == 1 {
                        let segment = which[request];
                        on(Update::Partial { segment, text });
                    }
                }
                Event::Done { request, finish } => {
                    settled[request] = true;
                    settle(request, &so_far[request], finish, on);
                }
            }
            ControlFlow::Continue(())
        };
        match engine {
            Engine::Chat(model) => {
                model.generate(&batch, &mut sink)?;
            }
            Engine::Translation(model) => {
                let texts: Vec<&str> = folded.iter().map(|folded| folded.text.as_str()).collect();
                model.translate(&texts, options.from, options.to, &mut sink)?;
            }
        }
    }
    debug_assert!(settled.iter().all(|&settled| settled));
    Ok(again)
}

/// The answers that a request's prompt gives as examples.
fn examples(request: Option<&ChatRequest>) -> Vec<&str> {
    let messages = request.map_or(&[][..], |request| &request.messages);
    messages
        .iter()
        .filter(|message| message.role == Role::Assistant)
        .map(|message| message.content.as_str())
        .collect()
}

/// The requests to a chat model for the segments `which`.
fn chats(
    segments: &[Source<'_>],
    which: &[usize],
    options: &Options<'_>,
    number: u32,
    done: &[Option<Translated>],
) -> Result<Vec<ChatRequest>> {
    let (prompt, sampling) = match number {
        1 => (options.prompt, options.sampling),
        _ => (options.retry_prompt, options.retry_sampling),
    };
    let mut batch = Vec::with_capacity(which.len());
    for &segment in which {
        let Source { text, context } = segments[segment];
        batch.push(ChatRequest {
            messages: prompt.render(&Variables {
                from: options.from.code(),
                to: options.to.code(),
                from_name: options.from.name(),
                to_name: options.to.name(),
                context,
                text,
                keep: &missed(text, done[segment].as_ref()),
            })?,
            sampling: sampling.clone(),
            max_tokens: options.max_tokens.unwrap_or_else(|| default_cap(text)),
            stop: Vec::new(),
        });
    }
    Ok(batch)
}

/// The segments `which` as a translation model can read them.
fn folded(
    model: &dyn TranslationModel,
    segments: &[Source<'_>],
    which: &[usize],
) -> Vec<typography::Folded> {
    let mut known = HashMap::new();
    let mut fold = |text: &str| {
        for c in text.chars() {
            known.entry(c).or_insert_with(|| model.knows(c));
        }
        typography::fold(text, |c| {
            known.get(&c).copied().unwrap_or_else(|| model.knows(c))
        })
    };
    which
        .iter()
        .map(|&segment| fold(segments[segment].text))
        .collect()
}

/// The items of a segment that its first answer got wrong, to be named in the second prompt.
fn missed<'t>(text: &'t str, first: Option<&Translated>) -> Vec<&'t str> {
    use CheckId::{Acronym, Date, Link, Name, Number, Unit};
    let findings = first.map_or(&[][..], |first| &first.findings);
    findings
        .iter()
        .filter(|finding| matches!(finding.check, Acronym | Date | Link | Name | Number | Unit))
        .filter_map(|finding| text.get(finding.source?.start..finding.source?.end))
        .collect()
}

/// What a translation prompt may use.
#[derive(Serialize)]
struct Variables<'a> {
    from: &'a str,
    to: &'a str,
    from_name: &'a str,
    to_name: &'a str,
    context: &'a str,
    text: &'a str,
    keep: &'a [&'a str],
}

/// Room for a translation three times as long as its source: a token has seldom fewer than two characters in the
/// languages we know.
fn default_cap(source: &str) -> usize {
    source.chars().count() + 48
}

/// Fewer errors are better, then fewer warnings; among equals the first answer stays.
fn better(candidate: &Translated, first: &Translated) -> bool {
    let rank = |made: &Translated| (made.errors(), made.findings.len());
    rank(candidate) < rank(first)
}

fn finish(
    done: &mut [Option<Translated>],
    segment: usize,
    translated: Translated,
    on: &mut dyn FnMut(Update<'_>),
) {
    on(Update::Final {
        segment,
        translated: &translated,
    });
    done[segment] = Some(translated);
}
