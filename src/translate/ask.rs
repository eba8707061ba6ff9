//! Asking an engine: requests in one batch, answers as they come, cleaned of what the engine adds or can't write.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;

use serde::Serialize;

use super::capitals::{self, Cased};
use super::clean::{clean, tidy};
use super::edges::{self, Edges};
use super::protect::{Protected, bare, is_stand_in, literal, protect};
use super::typography::{self, Folded};
use super::unread::{is_flattened, spare};
use super::{Options, Repair, Source, Way};
use crate::checks::{self, Finding};
use crate::engine::{
    Alternative, ChatModel, ChatRequest, Engine, Event, Finish, Message, Sampling, Scored,
    TranslationModel,
};
use crate::error::{Error, ErrorKind, Result};
use crate::risk;
use crate::text::glossary::Term;
use crate::text::{Lang, Span, quoted_in};

/// One request.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// Index of the segment that it is about.
    pub segment: usize,
    /// The step that it belongs to.
    pub way: Way,
    /// Which of the step's answers for this segment it makes; clauses of one answer share the number.
    pub draw: usize,
    /// Which clause of the segment, in order; 0 if it is about all of it.
    pub part: usize,
    /// What to translate: the segment, or a clause of it.
    pub text: &'a str,
    /// Where in it stands what must come back letter for letter, in order.
    pub kept: Vec<Span>,
    /// What comes before it in the article.
    pub context: &'a str,
    /// How a chat model draws tokens.
    pub sampling: Sampling,
    /// What an earlier answer got wrong, for a chat model to know.
    pub wrong: Wrong<'a>,
    /// Whether the model is kept from placeholders and the like, and a translation model from the glossary's terms.
    pub protect: bool,
    /// Whether a translation model reads it in small letters.
    pub lowered: bool,
}

/// What an earlier answer got wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Wrong<'a> {
    /// Words of the source, with a rendering that would do.
    pub means: Vec<Gloss<'a>>,
    /// Other items of the source.
    pub keep: Vec<&'a str>,
    /// Whether the quotation marks were lost.
    pub quotes: bool,
    /// Whether something else was.
    pub whole: bool,
    /// Whether telling it gently was not enough.
    pub insist: bool,
}

impl<'a> Wrong<'a> {
    /// The variables of a prompt that tell it.
    pub const VARIABLES: [&'static str; 5] = ["means", "keep", "quotes", "whole", "insist"];
}

/// A word and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Gloss<'a> {
    pub term: &'a str,
    pub translation: String,
}

/// The answer to one request.
#[derive(Debug)]
pub(super) struct Answer {
    pub text: String,
    /// Whether it was cut off at the cap on tokens.
    pub cut: bool,
    /// Words of the prompt's examples that are in it, and placeholders that are not.
    pub findings: Vec<Finding>,
    /// As [`super::Translated::sureness`].
    pub sureness: Vec<f32>,
}

/// News of a request.
pub(super) enum AskEvent<'t> {
    Text(&'t str),
    Done(Answer),
}

/// Hears of each request until it is done, and may ask more.
pub(super) type AskSink<'h, 'a> = dyn FnMut(&Ask<'a>, AskEvent<'_>) -> Vec<Ask<'a>> + 'h;

/// Asks everything, and what is asked while the answers come, in one batch where the engine can. Returns the
/// translations that a model gives beside its best, a list a request of `asks`, where it was asked for more than one.
///
/// # Errors
/// [`ErrorKind::Usage`] if the engine only summarises or the prompt's template fails; [`ErrorKind::Input`] if a request
/// doesn't fit the model's context; [`ErrorKind::Inference`] if the model fails.
pub(super) fn ask<'a>(
    engine: &mut Engine,
    asks: Vec<Ask<'a>>,
    options: &Options<'a>,
    hear: &mut AskSink<'_, 'a>,
) -> Result<Vec<Vec<Alternative>>> {
    match engine {
        Engine::Chat(model) => chat(model.as_mut(), asks, options, hear).map(|()| Vec::new()),
        Engine::Translation(model) => {
            let mut more = Vec::new();
            let alternatives = sentences(model.as_mut(), &asks, options, hear, &mut more)?;
            while !more.is_empty() {
                let asks = std::mem::take(&mut more);
                sentences(model.as_mut(), &asks, options, hear, &mut more)?;
            }
            Ok(alternatives)
        }
        Engine::Summary(_) => Err(Error::new(
            ErrorKind::Usage,
            "the model summarises only; it can't translate",
        )
        .with_hint("choose a model that translates with --model")),
    }
}

/// Chats under way: what the sink and the source of more requests share.
struct Chats<'a> {
    asks: Vec<Ask<'a>>,
    chats: Vec<ChatRequest>,
    /// What they are asked for, without what must come back letter for letter.
    kept: Vec<Protected>,
    /// What the prompt says whatever is asked.
    frame: Vec<Message>,
    /// The text so far, by request.
    texts: Vec<String>,
    /// Asked, but not yet taken into the batch.
    waiting: Vec<Ask<'a>>,
}

impl<'a> Chats<'a> {
    /// Takes in what waits; the requests that are new.
    fn enter(&mut self, options: &Options<'a>) -> Result<Vec<ChatRequest>> {
        let before = self.chats.len();
        for ask in std::mem::take(&mut self.waiting) {
            let kept = literals(&ask, options);
            self.chats.push(ChatRequest {
                messages: messages(&ask, &kept.text, options)?,
                sampling: ask.sampling.clone(),
                max_tokens: options.max_tokens.unwrap_or_else(|| default_cap(ask.text)),
                stop: Vec::new(),
            });
            self.texts.push(String::new());
            self.kept.push(kept);
            self.asks.push(ask);
        }
        Ok(self.chats[before..].to_vec())
    }

    fn answer(
        &self,
        request: usize,
        cut: bool,
        tokens: &[Scored],
        options: &Options<'a>,
    ) -> Answer {
        let (kept, raw) = (&self.kept[request], &self.texts[request]);
        let text = clean(raw, &kept.text, options.to.name());
        let mut text = tidy(&text, &kept.text, options.to);
        // Language models read capitals, but may answer in small letters.
        if options.repair != Repair::Off {
            text = calm(&kept.text, options.from).restore(&text);
            text = mended(&kept.text, text, options);
        }
        let frame: Vec<&str> = self.frame.iter().map(|one| one.content.as_str()).collect();
        let leak = checks::leak(&text, &frame);
        let mut findings = kept.lost(&text);
        findings.extend(leak);
        let text = kept.restore(&text);
        Answer {
            sureness: risk::sureness(raw, tokens, &text),
            text,
            cut,
            findings,
        }
    }
}

fn chat<'a>(
    model: &mut dyn ChatModel,
    asks: Vec<Ask<'a>>,
    options: &Options<'a>,
    hear: &mut AskSink<'_, 'a>,
) -> Result<()> {
    let mut talks = Chats {
        asks: Vec::with_capacity(asks.len()),
        chats: Vec::with_capacity(asks.len()),
        kept: Vec::with_capacity(asks.len()),
        frame: frame(options)?,
        texts: Vec::with_capacity(asks.len()),
        waiting: asks,
    };
    let first = talks.enter(options)?;
    let talks = RefCell::new(talks);
    let mut sink = |event: Event<'_>| {
        let talks = &mut *talks.borrow_mut();
        let more = match event {
            Event::Text { request, text } => {
                talks.texts[request].push_str(text);
                hear(&talks.asks[request], AskEvent::Text(text))
            }
            Event::Going { .. } => Vec::new(),
            Event::Done {
                request,
                finish,
                tokens,
            } => {
                let cut = finish == Finish::Length;
                let answer = talks.answer(request, cut, tokens, options);
                hear(&talks.asks[request], AskEvent::Done(answer))
            }
        };
        talks.waiting.extend(more);
        ControlFlow::Continue(())
    };
    model.generate_more(&first, &mut sink, &mut || talks.borrow_mut().enter(options))?;
    Ok(())
}

/// `text` with figures as its language writes them, and the mark that closes its quotation.
fn mended(source: &str, text: String, options: &Options<'_>) -> String {
    let text = checks::figures(source, &text, options.from, options.to);
    edges::closed(source, text)
}

/// The text of `ask` for any model; as it stands where the user wants nothing mended.
fn literals(ask: &Ask<'_>, options: &Options<'_>) -> Protected {
    match (ask.protect, options.repair) {
        (_, Repair::Off) => protect(ask.text, &[]),
        (true, _) => {
            // What is quoted in the language asked for is there already.
            let mut kept = quoted_in(ask.text, options.from, options.to);
            let apart = |one: &Span| {
                let overlaps = |other: &Span| one.start < other.end && other.start < one.end;
                !kept.iter().any(overlaps)
            };
            let others: Vec<Span> = ask.kept.iter().copied().filter(apart).collect();
            kept.extend(others);
            kept.sort_by_key(|span| span.start);
            literal(ask.text, &kept)
        }
        (false, _) => bare(ask.text, &ask.kept),
    }
}

fn messages(ask: &Ask<'_>, text: &str, options: &Options<'_>) -> Result<Vec<Message>> {
    let mut variables = Variables::new(text, ask.context, options);
    variables.wrong = ask.wrong.clone();
    options.prompt.render(&variables)
}

/// What a chat model is asked for a segment, before anything has gone wrong.
///
/// # Errors
/// [`ErrorKind::Usage`] if the prompt's template lacks a variable or fails.
pub fn question(source: &Source<'_>, options: &Options<'_>) -> Result<Vec<Message>> {
    options
        .prompt
        .render(&Variables::new(source.text, source.context, options))
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
    #[serde(flatten)]
    wrong: Wrong<'a>,
    terms: Vec<Wanted<'a>>,
}

impl<'a> Variables<'a> {
    /// Those of a first attempt, when no answer has got anything wrong yet.
    fn new(text: &'a str, context: &'a str, options: &Options<'a>) -> Self {
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

/// What a prompt says around the text, its context and what they need: examples and instructions, which small models copy.
fn frame(options: &Options<'_>) -> Result<Vec<Message>> {
    const BLANK: &str = "…";
    let mut frame = Vec::new();
    for insist in [false, true] {
        let mut variables = Variables::new(BLANK, BLANK, options);
        variables.terms.clear();
        variables.wrong = Wrong {
            quotes: true,
            whole: true,
            insist,
            ..Wrong::default()
        };
        frame.extend(options.prompt.render(&variables)?);
    }
    Ok(frame)
}

/// Room for a translation three times as long as its source: a token has seldom fewer than two characters in the
/// languages we know.
fn default_cap(source: &str) -> usize {
    source.chars().count() + 48
}

fn sentences<'a>(
    model: &mut dyn TranslationModel,
    asks: &[Ask<'a>],
    options: &Options<'a>,
    hear: &mut AskSink<'_, 'a>,
    more: &mut Vec<Ask<'a>>,
) -> Result<Vec<Vec<Alternative>>> {
    let readable = readable(model, asks, options);
    let restore = |request: usize, text: &str| {
        let Readable {
            kept,
            protected,
            folded,
            spared,
            cased,
            edges,
        } = &readable[request];
        let text = match options.repair {
            Repair::Off => text.to_owned(),
            _ => tidy(
                &cased.restore(&edges.restore(text)),
                &spared.text,
                options.to,
            ),
        };
        let mut text = protected.restore(&folded.restore(&spared.restore(&text)));
        if options.repair != Repair::Off {
            text = mended(&kept.text, text, options);
        }
        (kept.restore(&text), kept.lost(&text))
    };
    let mut so_far = vec![String::new(); asks.len()];
    let mut sink = |event: Event<'_>| {
        let (request, heard) = match event {
            Event::Text { request, text } => {
                so_far[request].push_str(text);
                (request, AskEvent::Text(text))
            }
            Event::Going { .. } => return ControlFlow::Continue(()),
            Event::Done {
                request, finish, ..
            } => {
                let (text, findings) = restore(request, &so_far[request]);
                let answer = Answer {
                    text,
                    cut: finish == Finish::Length,
                    findings,
                    sureness: Vec::new(),
                };
                (request, AskEvent::Done(answer))
            }
        };
        more.extend(hear(&asks[request], heard));
        ControlFlow::Continue(())
    };
    let texts: Vec<&str> = readable.iter().map(|one| &*one.edges.text).collect();
    let made = model.translate(&texts, options.from, options.to, &mut sink)?;
    let restored = made.into_iter().enumerate().map(|(request, made)| {
        let mut alternatives = made.alternatives;
        for alternative in &mut alternatives {
            alternative.text = restore(request, &alternative.text).0;
        }
        alternatives
    });
    Ok(restored.collect())
}

/// A text as a translation model can read it, step by step.
struct Readable {
    /// Without what must come back letter for letter.
    kept: Protected,
    /// Without the glossary's terms.
    protected: Protected,
    /// With stand-ins for characters that the model lacks.
    folded: Folded,
    /// Without what it lacks altogether.
    spared: Protected,
    /// Without capitals where all are.
    cased: Cased,
    /// Without quotation marks whose partners lie in other sentences.
    edges: Edges,
}

/// `text` without capitals; words that stand for something keep theirs.
fn calm(text: &str, lang: Lang) -> Cased {
    capitals::calm(text, lang, is_stand_in)
}

/// The texts for a translation model; but for the glossary as they stand where the user wants nothing mended.
fn readable(
    model: &dyn TranslationModel,
    asks: &[Ask<'_>],
    options: &Options<'_>,
) -> Vec<Readable> {
    let pair = (options.from, options.to);
    let known = RefCell::new(HashMap::new());
    let knows = |c: char| {
        let mut known = known.borrow_mut();
        options.repair == Repair::Off
            || *known
                .entry(c)
                .or_insert_with(|| model.knows(c) && !is_flattened(c))
    };
    let read = |ask: &Ask<'_>| {
        let terms = if ask.protect { options.terms } else { &[] };
        let kept = literals(ask, options);
        let said = match options.repair {
            Repair::Off => kept.text.clone(),
            _ => checks::spelt_out(&kept.text, options.from),
        };
        let protected = protect(&said, terms);
        let folded = typography::fold(&protected.text, pair, knows);
        let spared = spare(&folded.text, knows);
        let (cased, edges) = match options.repair {
            Repair::Off => (Cased::as_it_is(&spared.text), Edges::whole(&spared.text)),
            _ => {
                let cased = match ask.lowered {
                    true => capitals::small(&spared.text, options.from, is_stand_in),
                    false => calm(&spared.text, options.from),
                };
                let edges = Edges::of(&cased.text);
                (cased, edges)
            }
        };
        Readable {
            kept,
            protected,
            folded,
            spared,
            cased,
            edges,
        }
    };
    asks.iter().map(read).collect()
}
