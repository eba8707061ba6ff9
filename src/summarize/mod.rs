//! Summaries of an article by a chat model or without one. A model's sentences are held against the article one by one,
//! in the article's own language, and the article's own stand in for those that it doesn't support. A text that doesn't
//! fit the context is summarised in chunks, and the chunks' summaries are reduced to one; the result says so.

mod chunk;
mod claim;
mod compose;
mod extract;
mod length;
mod source;
mod style;
mod terms;
mod verify;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

pub use claim::{Claim, Rejected, Verdict};
pub use compose::{orphans, others};
pub use length::{Budget, Length};
pub use source::{Sentence, Source};
pub use style::{Style, Verify};

use crate::checks::{self, Finding};
use crate::engine::{ChatModel, ChatRequest, Event, Finish, Generated, Sampling, SummaryModel};
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::{Message, Prompt};
use crate::text::sentences;
use compose::Composed;

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// How long.
    pub length: Length,
    /// Which shape.
    pub style: Style,
    /// How sure.
    pub verify: Verify,
    /// Prompt for the summary itself.
    pub prompt: &'a Prompt,
    /// Prompt for the notes on one chunk of a text that doesn't fit.
    pub chunk_prompt: &'a Prompt,
    /// How tokens are drawn at the first attempt.
    pub sampling: &'a Sampling,
    /// Hard cap on the summary's tokens; by default it follows from the length.
    pub max_tokens: Option<usize>,
}

/// A finished summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The text, in the style asked for.
    pub text: String,
    /// Its sentences, with what in the article says so.
    pub claims: Vec<Claim>,
    /// The model's sentences that the article doesn't support, and that are not in the text.
    pub rejected: Vec<Rejected>,
    /// What may be wrong with it.
    pub findings: Vec<Finding>,
    /// Answers asked for, the chunks' not counted; 0 without a model.
    pub attempts: u32,
    /// Into how many chunks the article was cut; 1 if it was read whole.
    pub chunks: usize,
    /// Sentences beyond the length asked for that the model wrote and that were left out.
    pub sentences_left_out: usize,
}

/// A text of fewer sentences than this is its own summary.
const FEW_SENTENCES: usize = 2;
/// Largest piece of a text, in tokens, for a model made for summaries that names no limit: longer than all that such
/// models were trained on.
const MOST_PLAIN_TOKENS: usize = 1024;

/// What a summary prompt may use.
#[derive(Serialize)]
struct Variables<'a> {
    language: &'a str,
    title: &'a str,
    text: &'a str,
    sentences: usize,
    style: Style,
}

/// A model's answer, and how it was read.
struct Answer {
    text: String,
    cut: bool,
    chunks: usize,
}

/// Whether an article needs no model: it has hardly a sentence, and comes back as it is.
pub fn is_its_own(source: &Source<'_>) -> bool {
    let says = |one: &&Sentence<'_>| one.says_something();
    source.sentences.iter().filter(says).count() < FEW_SENTENCES
}

/// Summarises without a model: the sentences of the article that say most. Takes milliseconds.
pub fn summarize_without_model(source: &Source<'_>, length: Length, style: Style) -> Summary {
    let budget = Budget::new(length, style);
    let made = if is_its_own(source) {
        compose::as_it_is(source, &budget)
    } else if style == Style::Headline {
        compose::headline(None, source, &budget)
    } else {
        compose::compose(Vec::new(), source, &budget)
    };
    let mut summary = close(made, 0, 1, 0);
    summary.settle(source, length, style);
    summary
}

/// Summarises `source` in its own language; `on` gets the raw text of the first attempt as it comes.
///
/// # Errors
/// What the model or a prompt template says; [`ErrorKind::Input`] if not even one chunk fits the context.
pub fn summarize(
    model: &mut dyn ChatModel,
    source: &Source<'_>,
    options: &Options<'_>,
    on: &mut dyn FnMut(&str),
) -> Result<Summary> {
    if is_its_own(source) {
        return Ok(summarize_without_model(
            source,
            options.length,
            options.style,
        ));
    }
    let (messages, chunks) = questions(model, source, options)?;
    // What is verified needs no second try: the article's own sentences are better than that.
    let attempts = match options.verify {
        Verify::Rules => 1,
        Verify::Off => 2,
    };
    let mut best: Option<Summary> = None;
    for attempt in 1..=attempts {
        let request = ChatRequest {
            messages: messages.clone(),
            sampling: match attempt {
                1 => options.sampling.clone(),
                _ => options.sampling.again(),
            },
            max_tokens: cap(options),
            stop: Vec::new(),
        };
        let mut sink = |event: Event<'_>| {
            if let (Event::Text { text, .. }, 1) = (event, attempt) {
                on(text);
            }
            ControlFlow::Continue(())
        };
        let answer = one(model.generate(&[request], &mut sink)?)?;
        let answer = Answer {
            cut: answer.finish == Finish::Length,
            text: answer.text,
            chunks,
        };
        let candidate = finish(&answer, source, options, attempt);
        best = match best {
            Some(first) if first.findings.len() <= candidate.findings.len() => Some(Summary {
                attempts: attempt,
                ..first
            }),
            _ => Some(candidate),
        };
        if best.as_ref().is_some_and(|best| best.findings.is_empty()) {
            break;
        }
    }
    best.ok_or_else(|| Error::new(ErrorKind::Inference, "the model gave no summary"))
}

/// What a model is asked, and into how many chunks the article had to be cut for it.
fn questions(
    model: &mut dyn ChatModel,
    source: &Source<'_>,
    options: &Options<'_>,
) -> Result<(Vec<Message>, usize)> {
    let mut text = std::borrow::Cow::Borrowed(source.text);
    let mut chunks = None;
    // Each round of notes is far shorter than its text, so a few rounds do for any length.
    loop {
        let messages = render(options.prompt, source, &text, options)?;
        if fits(model, &messages, options)? {
            return Ok((messages, chunks.unwrap_or(1)));
        }
        let pieces = chunk::split(&text, |piece| {
            let messages = render(options.chunk_prompt, source, piece, options)?;
            fits(model, &messages, options)
        })?;
        chunks.get_or_insert(pieces.len());
        let notes = notes_on(model, &pieces, source, options)?;
        if notes.len() >= text.len() {
            return Err(Error::new(
                ErrorKind::Input,
                "the text doesn't fit the model's context and its notes don't get shorter",
            )
            .with_hint("choose a model with a larger context with --model"));
        }
        text = notes.into();
    }
}

/// Bytes that are the same for two requests if and only if the same model gives both the same summary.
///
/// # Errors
/// What a prompt template says.
pub fn fingerprint(source: &Source<'_>, options: &Options<'_>) -> Result<Vec<u8>> {
    /// Raised when shaping, checking, cutting or decoding changes what comes out for the same request.
    const GENERATION: u32 = 3;
    // No `..`: a new option must be thought of here.
    let Options {
        length,
        style,
        verify,
        prompt,
        chunk_prompt,
        sampling,
        max_tokens,
    } = *options;
    let asked = render(prompt, source, source.text, options)?;
    let decides = (
        GENERATION,
        (source.lang, source.title, length, style, verify),
        (asked, sampling, max_tokens),
        // What the notes on a long text are asked with.
        chunk_prompt.hash(),
    );
    serde_json::to_vec(&decides).map_err(|error| {
        Error::new(ErrorKind::Inference, "a request can't be written as JSON").with_source(error)
    })
}

/// Summarises `source` with a model that is made for it, and that has no prompt; `on` gets the raw text as it comes. The
/// model decides the length: what is beyond it is left out, and counted.
///
/// # Errors
/// What the model says; [`ErrorKind::Input`] if the text doesn't get shorter.
pub fn summarize_plainly(
    model: &mut dyn SummaryModel,
    source: &Source<'_>,
    options: &Options<'_>,
    on: &mut dyn FnMut(&str),
) -> Result<Summary> {
    if is_its_own(source) {
        return Ok(summarize_without_model(
            source,
            options.length,
            options.style,
        ));
    }
    let most = model.context().unwrap_or(MOST_PLAIN_TOKENS);
    let mut shorter = std::borrow::Cow::Borrowed(source.text);
    let mut chunks = 1;
    let answer = loop {
        let pieces = chunk::split(&shorter, |piece| Ok(model.count_tokens(piece)? <= most))?;
        let is_last = pieces.len() == 1;
        chunks = chunks.max(pieces.len());
        let mut sink = |event: Event<'_>| {
            if let (Event::Text { text, .. }, true) = (event, is_last) {
                on(text);
            }
            ControlFlow::Continue(())
        };
        let notes = model.summarize(&pieces, options.max_tokens, &mut sink)?;
        if is_last {
            break one(notes)?;
        }
        let texts: Vec<&str> = notes.iter().map(|note| note.text.trim()).collect();
        let joined = texts.join("\n\n");
        if joined.len() >= shorter.len() {
            return Err(Error::new(
                ErrorKind::Input,
                "the text doesn't fit the model and its summaries don't get shorter",
            )
            .with_hint("choose another model with --model"));
        }
        shorter = joined.into();
    };
    let headline = sentences(&answer.text, Some(source.lang));
    let raw = match (options.style, headline.first()) {
        // Such a model writes running text, whatever is asked for.
        (Style::Headline, Some(first)) => first.of(&answer.text),
        _ => answer.text.as_str(),
    };
    let answer = Answer {
        text: raw.to_string(),
        cut: answer.finish == Finish::Length,
        chunks,
    };
    Ok(finish(&answer, source, options, 1))
}

/// A summary from a model's answer.
fn finish(answer: &Answer, source: &Source<'_>, options: &Options<'_>, attempts: u32) -> Summary {
    let Options {
        length,
        style,
        verify,
        ..
    } = *options;
    let budget = Budget::new(length, style);
    let mut pieces = style.pieces(&answer.text, source.lang);
    // A last, unasked sentence is a remark, or padding; it isn't lost in silence.
    let most = match style {
        Style::Headline => 1,
        Style::Paragraph | Style::Bullets => length.in_sentences(),
    };
    let left_out = pieces.len().saturating_sub(most);
    pieces.truncate(most);
    let mut made = match (verify, style) {
        (Verify::Off, _) => compose::unverified(pieces, source),
        (Verify::Rules, Style::Headline) => {
            compose::headline(pieces.into_iter().next(), source, &budget)
        }
        (Verify::Rules, Style::Paragraph | Style::Bullets) => {
            if answer.cut && left_out == 0 {
                pieces.pop();
            }
            compose::compose(pieces, source, &budget)
        }
    };
    let written = made.claims.len();
    budget.trim(&mut made.claims);
    let left_out = left_out + written - made.claims.len();
    let mut summary = close(made, attempts, answer.chunks, left_out);
    summary.settle(source, length, style);
    if verify == Verify::Off {
        summary.findings = judge(source, &summary.text, answer.cut);
    }
    summary
}

fn close(made: Composed, attempts: u32, chunks: usize, sentences_left_out: usize) -> Summary {
    Summary {
        text: String::new(),
        claims: made.claims,
        rejected: made.rejected,
        findings: Vec::new(),
        attempts,
        chunks,
        sentences_left_out,
    }
}

impl Summary {
    /// Makes the text and the findings those of the claims, and tells if they are more or less than was asked for.
    pub fn settle(&mut self, source: &Source<'_>, length: Length, style: Style) {
        self.text = style.join(self.claims.iter().map(|claim| claim.text.as_str()));
        let findings = self.claims.iter().flat_map(|claim| claim.findings.clone());
        self.findings = findings.collect();
        let budget = Budget::new(length, style);
        // A text that is its own summary is as long as it is.
        let is_whole = is_its_own(source) && !self.claims.is_empty();
        if let Some(remark) = budget.remark(&self.claims).filter(|_| !is_whole) {
            let finding = match self.claims.is_empty() {
                true => Finding::error(checks::CheckId::Empty, remark),
                false => Finding::warning(checks::CheckId::Length, remark),
            };
            self.findings.push(finding);
        }
    }
}

/// What the checks say of a summary that wasn't verified.
fn judge(source: &Source<'_>, summary: &str, cut: bool) -> Vec<Finding> {
    let told = checks::Options {
        cut,
        ..checks::Options::default()
    };
    let lang = source.lang;
    let mut findings = checks::check_text(source.text, summary, lang, &told);
    findings.extend(checks::ground(source.text, lang, summary, lang));
    findings
}

fn render(
    prompt: &Prompt,
    source: &Source<'_>,
    text: &str,
    options: &Options<'_>,
) -> Result<Vec<Message>> {
    prompt.render(&Variables {
        language: source.lang.name(),
        title: source.title.unwrap_or_default(),
        text,
        sentences: options.length.in_sentences(),
        style: options.style,
    })
}

fn fits(model: &dyn ChatModel, messages: &[Message], options: &Options<'_>) -> Result<bool> {
    Ok(model.count_tokens(messages)? + cap(options) <= model.context())
}

/// Notes on each piece, joined by blank lines.
fn notes_on(
    model: &mut dyn ChatModel,
    pieces: &[&str],
    source: &Source<'_>,
    options: &Options<'_>,
) -> Result<String> {
    let mut batch = Vec::with_capacity(pieces.len());
    for piece in pieces {
        batch.push(ChatRequest {
            messages: render(options.chunk_prompt, source, piece, options)?,
            sampling: options.sampling.clone(),
            max_tokens: cap(options),
            stop: Vec::new(),
        });
    }
    let notes = model.generate(&batch, &mut crate::engine::no_sink())?;
    let notes: Vec<&str> = notes.iter().map(|note| note.text.trim()).collect();
    Ok(notes.join("\n\n"))
}

fn one(generated: Vec<Generated>) -> Result<Generated> {
    generated
        .into_iter()
        .next()
        .ok_or_else(|| Error::new(ErrorKind::Inference, "the model gave no answer"))
}

/// Room for long sentences: about 60 tokens each, and a floor for the headline.
fn cap(options: &Options<'_>) -> usize {
    options.max_tokens.unwrap_or(match options.style {
        Style::Headline => 64,
        Style::Paragraph | Style::Bullets => 64 + 80 * options.length.in_sentences(),
    })
}

#[cfg(test)]
mod tests;
