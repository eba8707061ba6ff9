//! Summaries of an article by a chat model or without one. A model's sentences are held against the article one by one,
//! in the article's own language, and the article's own stand in for those that it doesn't support. Of a long text a model
//! reads the sentences that say most; the result says how many.

mod claim;
mod compose;
mod coverage;
mod digest;
mod extract;
mod length;
mod reading;
mod source;
mod style;
mod summary;
mod terms;
mod verify;

use std::ops::ControlFlow;

use serde::Serialize;

pub use claim::{Claim, ClaimRisk, Rejected, Verdict};
pub use compose::{Candidate, choose, main, others, title};
pub use coverage::Coverage;
pub use digest::{Told, digest, write_out};
pub use length::{Budget, Length};
pub use source::{Sentence, Source};
pub use style::{Style, Verify};
pub use summary::Summary;

use crate::checks::{self, Finding};
use crate::engine::{ChatModel, ChatRequest, Event, Finish, Generated, Sampling, SummaryModel};
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::{Message, Prompt};
use crate::text::sentences;
use compose::Composed;
use terms::{Term, Vocabulary};

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
    /// How tokens are drawn at the first attempt.
    pub sampling: &'a Sampling,
    /// Answers asked for at once, of which the best is made; those after the first are drawn more freely.
    pub candidates: usize,
    /// Hard cap on the summary's tokens; by default it follows from the length.
    pub max_tokens: Option<usize>,
}

/// A text of fewer sentences than this is its own summary.
const FEW_SENTENCES: usize = 2;
/// And one of fewer than this, if most of it is none.
const SOME_SENTENCES: usize = 5;
/// A model reads at most so many tokens of a text: what it keeps of each takes memory and time, and of more than this
/// small models see little.
const MOST_TOKENS: usize = 4096;
/// The same for a model made for summaries that names no limit: more than such models were trained on.
const MOST_PLAIN_TOKENS: usize = 1024;

/// What a summary prompt may use.
#[derive(Serialize)]
struct Variables<'a> {
    language: &'a str,
    title: &'a str,
    text: &'a str,
    sentences: usize,
    style: Style,
    focus: &'a str,
}

/// A model's answer, and what it read for it.
struct Answer {
    text: String,
    cut: bool,
    /// Sentences of the article.
    read: usize,
}

/// Whether an article needs no model: it has hardly a sentence, and comes back as it is. So do a list, a table and verse,
/// of which a few lines look like sentences.
pub fn is_its_own(source: &Source<'_>) -> bool {
    let all = source.sentences.iter();
    let length = |one: &Sentence<'_>| one.text.len();
    let (says, other): (Vec<_>, Vec<_>) = all.partition(|one| one.says_something());
    let [says_much, other_much] =
        [&says, &other].map(|some| some.iter().copied().map(length).sum::<usize>());
    says.len() < FEW_SENTENCES || says.len() < SOME_SENTENCES && says_much < other_much
}

/// Summarises without a model: the sentences of the article that say most. Takes milliseconds.
pub fn summarize_without_model(source: &Source<'_>, length: Length, style: Style) -> Summary {
    let budget = Budget::new(length, style);
    let made = if is_its_own(source) {
        compose::as_it_is(source, &budget)
    } else if style == Style::Headline {
        compose::headline(Vec::new(), source, &budget)
    } else {
        compose::compose(Vec::new(), source, &budget)
    };
    let mut summary = close(made, 0, 0, 0);
    summary.settle(source, length, style);
    summary
}

/// Hears the raw text of a summary as it comes; an empty text only asks whether it is still wanted. `Break` calls it off.
pub type Hear<'h> = dyn FnMut(&str) -> ControlFlow<()> + 'h;

fn called_off() -> Error {
    Error::new(ErrorKind::Inference, "the summary was called off")
}

/// Summarises `source` in its own language; `on` gets the raw text of the first attempt as it comes.
///
/// # Errors
/// [`ErrorKind::Inference`] if `on` calls it off;
/// [`ErrorKind::Usage`] if the prompt's template fails; [`ErrorKind::Input`] if not even one sentence fits the context;
/// [`ErrorKind::Inference`] if the model fails.
pub fn summarize(
    model: &mut dyn ChatModel,
    source: &Source<'_>,
    options: &Options<'_>,
    on: &mut Hear<'_>,
) -> Result<Summary> {
    if is_its_own(source) {
        return Ok(summarize_without_model(
            source,
            options.length,
            options.style,
        ));
    }
    let mut fits = |text: &str| {
        let room = MOST_TOKENS.min(model.context().saturating_sub(cap(options)));
        Ok(model.count_tokens(&render(options.prompt, source, text, options)?)? <= room)
    };
    let reading = reading::read(source, options.style, &mut fits)?;
    let messages = render(options.prompt, source, &reading.text, options)?;
    // What is verified needs no second try: the article's own sentences are better than that.
    let attempts = match options.verify {
        Verify::Rules => 1,
        Verify::Off => 2,
    };
    let mut best: Option<Summary> = None;
    for attempt in 1..=attempts {
        let requests: Vec<ChatRequest> = samplings(options, attempt)
            .into_iter()
            .map(|sampling| ChatRequest {
                messages: messages.clone(),
                sampling,
                max_tokens: cap(options),
                stop: Vec::new(),
            })
            .collect();
        let mut flow = ControlFlow::Continue(());
        let mut sink = |event: Event<'_>| {
            if flow.is_continue() {
                flow = on(match (event, attempt) {
                    (Event::Text { request: 0, text }, 1) => text,
                    _ => "",
                });
            }
            flow
        };
        let generated = model.generate(&requests, &mut sink)?;
        if flow.is_break() {
            return Err(called_off());
        }
        let answers: Vec<Answer> = (generated.into_iter())
            .map(|answer| Answer {
                cut: answer.finish == Finish::Length,
                text: answer.text,
                read: reading.sentences,
            })
            .collect();
        // What is verified can be put together from all answers, as each sentence stands for itself.
        let made: Vec<Summary> = match options.verify {
            Verify::Rules => vec![finish(&answers, source, options, attempt)],
            Verify::Off => (answers.chunks(1))
                .map(|answer| finish(answer, source, options, attempt))
                .collect(),
        };
        for candidate in made {
            best = match best {
                Some(first) if first.findings.len() <= candidate.findings.len() => Some(Summary {
                    attempts: attempt,
                    ..first
                }),
                _ => Some(candidate),
            };
        }
        if best.as_ref().is_some_and(|best| best.findings.is_empty()) {
            break;
        }
    }
    best.ok_or_else(|| Error::new(ErrorKind::Inference, "the model gave no summary"))
}

/// How the answers of an attempt are drawn: the first as is asked for, each other with a seed of its own.
fn samplings(options: &Options<'_>, attempt: u32) -> Vec<Sampling> {
    let again = options.sampling.again();
    if attempt > 1 {
        return vec![again];
    }
    let others = (1..options.candidates as u64).map(|i| Sampling {
        seed: again.seed.wrapping_add(i),
        ..again.clone()
    });
    std::iter::once(options.sampling.clone())
        .chain(others)
        .collect()
}

/// Bytes that are the same for two requests if and only if the same model gives both the same summary.
///
/// # Errors
/// [`ErrorKind::Usage`] if a prompt's template fails.
pub fn fingerprint(source: &Source<'_>, options: &Options<'_>) -> Result<Vec<u8>> {
    /// Raised when shaping, checking, cutting or decoding changes what comes out for the same request.
    const GENERATION: u32 = 6;
    // No `..`: a new option must be thought of here.
    let Options {
        length,
        style,
        verify,
        prompt,
        sampling,
        candidates,
        max_tokens,
    } = *options;
    let asked = render(prompt, source, source.text, options)?;
    let about = (source.lang, source.title, source.focus);
    let decides = (
        GENERATION,
        about,
        (length, style, verify, candidates),
        (asked, sampling, max_tokens),
    );
    serde_json::to_vec(&decides).map_err(|error| {
        Error::new(ErrorKind::Inference, "a request can't be written as JSON").with_source(error)
    })
}

/// Summarises `source` with a model that is made for it, and that has no prompt; `on` gets the raw text as it comes. The
/// model decides the length: what is beyond it is left out, and counted.
///
/// # Errors
/// [`ErrorKind::Input`] if the text doesn't get shorter; [`ErrorKind::Inference`] if the model fails.
pub fn summarize_plainly(
    model: &mut dyn SummaryModel,
    source: &Source<'_>,
    options: &Options<'_>,
    on: &mut Hear<'_>,
) -> Result<Summary> {
    if is_its_own(source) {
        return Ok(summarize_without_model(
            source,
            options.length,
            options.style,
        ));
    }
    let most = model.context().unwrap_or(MOST_PLAIN_TOKENS);
    let mut fits = |text: &str| Ok(model.count_tokens(text)? <= most);
    let reading = reading::read(source, options.style, &mut fits)?;
    let mut flow = ControlFlow::Continue(());
    let mut sink = |event: Event<'_>| {
        if flow.is_continue() {
            flow = on(match event {
                Event::Text { text, .. } => text,
                _ => "",
            });
        }
        flow
    };
    let made = model.summarize(&[&reading.text], options.max_tokens, &mut sink)?;
    if flow.is_break() {
        return Err(called_off());
    }
    let answer = one(made)?;
    let headline = sentences(&answer.text, Some(source.lang));
    let raw = match (options.style, headline.first()) {
        // Such a model writes running text, whatever is asked for.
        (Style::Headline, Some(first)) => first.of(&answer.text),
        _ => answer.text.as_str(),
    };
    let answer = Answer {
        text: raw.to_string(),
        cut: answer.finish == Finish::Length,
        read: reading.sentences,
    };
    Ok(finish(&[answer], source, options, 1))
}

/// A summary from a model's answers, of which the first counts most.
fn finish(
    answers: &[Answer],
    source: &Source<'_>,
    options: &Options<'_>,
    attempts: u32,
) -> Summary {
    let Options {
        length,
        style,
        verify,
        ..
    } = *options;
    let budget = Budget::new(length, style);
    let (pieces, left_out) = pieces(answers, source, options);
    let mut made = match (verify, style) {
        (Verify::Off, _) => compose::unverified(pieces, source),
        (Verify::Rules, Style::Headline) => compose::headline(pieces, source, &budget),
        (Verify::Rules, _) => compose::compose(pieces, source, &budget),
    };
    let written = made.claims.len();
    budget.trim(&mut made.claims);
    let left_out = left_out + written - made.claims.len();
    let read = answers.first().map_or(0, |answer| answer.read);
    let mut summary = close(made, attempts, read, left_out);
    summary.settle(source, length, style);
    if verify == Verify::Off {
        let cut = answers.iter().any(|answer| answer.cut);
        summary.findings = judge(source, &summary.text, cut);
    }
    summary
}

/// The sentences or bullets of all answers, none twice, and how many more the first answer has than were asked for.
fn pieces(answers: &[Answer], source: &Source<'_>, options: &Options<'_>) -> (Vec<String>, usize) {
    let most = options.length.sentences_in(options.style);
    let mut all: Vec<String> = Vec::new();
    let mut left_out = 0;
    for (i, answer) in answers.iter().enumerate() {
        let mut pieces = options.style.pieces(&answer.text, source.lang);
        // A last, unasked sentence is a remark, or padding; it isn't lost in silence.
        let too_many = pieces.len().saturating_sub(most);
        pieces.truncate(most);
        let is_part = answer.cut && too_many == 0 && options.style != Style::Headline;
        if is_part && options.verify == Verify::Rules {
            pieces.pop();
        }
        if i == 0 {
            left_out = too_many;
        }
        for piece in pieces {
            if !all.contains(&piece) {
                all.push(piece);
            }
        }
    }
    (all, left_out)
}

fn close(made: Composed, attempts: u32, read: usize, sentences_left_out: usize) -> Summary {
    Summary {
        text: String::new(),
        claims: made.claims,
        rejected: made.rejected,
        findings: Vec::new(),
        attempts,
        coverage: Coverage {
            read,
            ..Coverage::default()
        },
        compression: 0.0,
        sentences_left_out,
    }
}

impl Summary {
    /// Makes the text and the findings those of the claims, and tells if they are more or less than was asked for.
    pub fn settle(&mut self, source: &Source<'_>, length: Length, style: Style) {
        self.text = style.join(self.claims.iter().map(|claim| claim.text.as_str()));
        let findings = self.claims.iter().flat_map(|claim| claim.findings.clone());
        self.findings = findings.collect();
        self.coverage.settle(source, &self.claims);
        let chars = |text: &str| text.chars().count() as f32;
        self.compression = chars(&self.text) / chars(source.text).max(1.0);
        if let Some(remark) = off_focus(source, &self.claims) {
            let finding = Finding::warning(checks::CheckId::Meaning, remark);
            self.findings.push(finding);
        }
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

/// What is to be told if no claim has a word of what the reader asked about.
fn off_focus(source: &Source<'_>, claims: &[Claim]) -> Option<String> {
    let focus = source.focus.filter(|_| !claims.is_empty())?;
    let vocabulary = Vocabulary::of(source.lang);
    let wanted = vocabulary.focus(focus);
    let is_about = |text: &str| {
        let terms = vocabulary.terms(text);
        let found = |wanted: &Term| terms.iter().any(|term| term.is_akin(wanted));
        wanted.iter().any(found)
    };
    let texts = |claim: &Claim| is_about(claim.original.as_deref().unwrap_or(&claim.text));
    (!claims.iter().any(texts)).then(|| {
        let lang = source.lang.name();
        match is_about(source.text) {
            true => format!(
                "\"{focus}\" stands in the article, but in no sentence that a summary can take"
            ),
            false => format!("the article has no word of \"{focus}\": ask in {lang}, its language"),
        }
    })
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
        focus: source.focus.unwrap_or_default(),
    })
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
        style => 64 + 80 * options.length.sentences_in(style),
    })
}

#[cfg(test)]
mod tests;
