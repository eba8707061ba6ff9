//! Asking an engine: requests in one batch, answers as they come, cleaned of what the engine adds or can't write.

use std::collections::HashMap;
use std::ops::ControlFlow;

use serde::Serialize;

use super::protect::{Protected, protect};
use super::typography::{self, Folded};
use super::{Options, clean};
use crate::checks::{self, Finding};
use crate::engine::{
    Alternative, ChatModel, ChatRequest, Engine, Event, Finish, Message, Role, Sampling,
    TranslationModel,
};
use crate::error::{Error, ErrorKind, Result};
use crate::text::glossary::Term;

/// One request.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// Index of the segment that it is about.
    pub segment: usize,
    /// Which of the answers for this segment it makes; clauses of one answer share the number.
    pub draw: usize,
    /// What to translate: the segment, or a clause of it.
    pub text: &'a str,
    /// What comes before it in the article.
    pub context: &'a str,
    /// How a chat model draws tokens.
    pub sampling: Sampling,
    /// What an earlier answer got wrong, for a chat model to know.
    pub wrong: Wrong<'a>,
    /// Whether a translation model is kept from the glossary's terms.
    pub protect: bool,
}

/// What an earlier answer got wrong.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Wrong<'a> {
    /// Words of the source, with a rendering that would do.
    pub means: Vec<Meaning<'a>>,
    /// Other items of the source.
    pub keep: Vec<&'a str>,
    /// Whether the quotation marks were lost.
    pub quotes: bool,
    /// Whether something else was.
    pub whole: bool,
}

impl Wrong<'_> {
    /// The variables of a prompt that tell it.
    pub const VARIABLES: [&'static str; 4] = ["means", "keep", "quotes", "whole"];
}

/// A word and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Meaning<'a> {
    pub term: &'a str,
    pub translation: String,
}

/// The answer to one request.
#[derive(Debug)]
pub(super) struct Answer {
    pub text: String,
    /// Whether it was cut off at the cap on tokens.
    pub cut: bool,
    /// Whether words of the prompt's examples are in it.
    pub leak: Option<Finding>,
}

/// News of the requests; `ask` is an index into them.
pub(super) enum Heard<'a> {
    Text { ask: usize, text: &'a str },
    Done { ask: usize, answer: Answer },
}

/// Asks everything in one batch; each request is heard of until it is done. Returns the translations that a model gives
/// beside its best, a list a request, where it was asked for more than one.
///
/// # Errors
/// What the engine or a prompt's template says.
pub(super) fn ask(
    engine: &mut Engine,
    asks: &[Ask<'_>],
    options: &Options<'_>,
    hear: &mut dyn FnMut(Heard<'_>),
) -> Result<Vec<Vec<Alternative>>> {
    match engine {
        Engine::Chat(model) => chat(model.as_mut(), asks, options, hear).map(|()| Vec::new()),
        Engine::Translation(model) => sentences(model.as_mut(), asks, options, hear),
        Engine::Summary(_) => Err(Error::new(
            ErrorKind::Usage,
            "the model summarises only; it can't translate",
        )
        .with_hint("choose a model that translates with --model")),
    }
}

/// Collects the text of each request of a batch and tells it whole, through `finish`, when it is done.
fn listen<'h>(
    count: usize,
    hear: &'h mut dyn FnMut(Heard<'_>),
    finish: impl Fn(usize, &str, bool) -> Answer + 'h,
) -> impl FnMut(Event<'_>) -> ControlFlow<()> + 'h {
    let mut so_far = vec![String::new(); count];
    move |event| {
        match event {
            Event::Text { request, text } => {
                so_far[request].push_str(text);
                hear(Heard::Text { ask: request, text });
            }
            Event::Done {
                request,
                finish: why,
            } => {
                let answer = finish(request, &so_far[request], why == Finish::Length);
                hear(Heard::Done {
                    ask: request,
                    answer,
                });
            }
        }
        ControlFlow::Continue(())
    }
}

fn chat(
    model: &mut dyn ChatModel,
    asks: &[Ask<'_>],
    options: &Options<'_>,
    hear: &mut dyn FnMut(Heard<'_>),
) -> Result<()> {
    let batch = asks
        .iter()
        .map(|ask| {
            Ok(ChatRequest {
                messages: messages(ask, options)?,
                sampling: ask.sampling.clone(),
                max_tokens: options.max_tokens.unwrap_or_else(|| default_cap(ask.text)),
                stop: Vec::new(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let finish = |request: usize, text: &str, cut| {
        let text = clean(text, asks[request].text, options.to.name());
        let leak = checks::leak(&text, &examples(&batch[request].messages));
        Answer { text, cut, leak }
    };
    model.generate(&batch, &mut listen(asks.len(), hear, finish))?;
    Ok(())
}

fn messages(ask: &Ask<'_>, options: &Options<'_>) -> Result<Vec<Message>> {
    let mut variables = Variables::new(ask.text, ask.context, options);
    variables.wrong = ask.wrong.clone();
    options.prompt.render(&variables)
}

/// What a translation prompt may use.
#[derive(Serialize)]
pub(super) struct Variables<'a> {
    from: &'a str,
    to: &'a str,
    from_name: &'a str,
    to_name: &'a str,
    context: &'a str,
    text: &'a str,
    #[serde(flatten)]
    wrong: Wrong<'a>,
    terms: Vec<Wanted<'a>>,
}

impl<'a> Variables<'a> {
    /// Those of a first attempt, when no answer has got anything wrong yet.
    pub fn new(text: &'a str, context: &'a str, options: &Options<'a>) -> Self {
        Self {
            from: options.from.code(),
            to: options.to.code(),
            from_name: options.from.name(),
            to_name: options.to.name(),
            context,
            text,
            wrong: Wrong::default(),
            terms: Wanted::of(text, options.terms),
        }
    }
}

/// A term of the glossary that the text has.
#[derive(Serialize)]
pub(super) struct Wanted<'a> {
    term: &'a str,
    translation: &'a str,
    note: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// The terms that `text` has.
    pub fn of(text: &str, terms: &'a [Term]) -> Vec<Self> {
        let there = terms.iter().filter(|term| !term.find(text).is_empty());
        there
            .map(|term| Self {
                term: &term.term,
                translation: &term.translation,
                note: term.note.as_deref(),
            })
            .collect()
    }
}

/// What a prompt says in the target language or in its own: examples and instructions, which small models copy.
fn examples(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .filter(|message| message.role != Role::User)
        .map(|message| message.content.as_str())
        .collect()
}

/// Room for a translation three times as long as its source: a token has seldom fewer than two characters in the
/// languages we know.
fn default_cap(source: &str) -> usize {
    source.chars().count() + 48
}

fn sentences(
    model: &mut dyn TranslationModel,
    asks: &[Ask<'_>],
    options: &Options<'_>,
    hear: &mut dyn FnMut(Heard<'_>),
) -> Result<Vec<Vec<Alternative>>> {
    let readable = readable(model, asks, options.terms);
    let finish = |request: usize, text: &str, cut| {
        let (protected, folded): &(Protected, Folded) = &readable[request];
        Answer {
            text: protected.restore(&folded.restore(text)),
            cut,
            leak: None,
        }
    };
    let texts: Vec<&str> = readable.iter().map(|(_, folded)| &*folded.text).collect();
    let mut sink = listen(asks.len(), hear, finish);
    let made = model.translate(&texts, options.from, options.to, &mut sink)?;
    let restored = made
        .into_iter()
        .zip(&readable)
        .map(|(made, (protected, folded))| {
            let mut alternatives = made.alternatives;
            for alternative in &mut alternatives {
                alternative.text = protected.restore(&folded.restore(&alternative.text));
            }
            alternatives
        });
    Ok(restored.collect())
}

/// The texts as a translation model can read them.
fn readable(
    model: &dyn TranslationModel,
    asks: &[Ask<'_>],
    terms: &[Term],
) -> Vec<(Protected, Folded)> {
    let mut known = HashMap::new();
    asks.iter()
        .map(|ask| {
            let terms = if ask.protect { terms } else { &[] };
            let protected = protect(ask.text, terms);
            for c in protected.text.chars() {
                known.entry(c).or_insert_with(|| model.knows(c));
            }
            let folded = typography::fold(&protected.text, |c| {
                known.get(&c).copied().unwrap_or_else(|| model.knows(c))
            });
            (protected, folded)
        })
        .collect()
}
