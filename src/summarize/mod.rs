//! Summaries of an article by a chat model. A text that doesn't fit the context is summarised in chunks, and the
//! chunks' summaries are reduced to one; the result says so.

mod chunk;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::checks::{self, Finding};
use crate::engine::{ChatModel, ChatRequest, Event, Finish, Generated, Sampling, SummaryModel};
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::{Message, Prompt};
use crate::text::{Lang, sentences};
use crate::translate::clean;

/// How long a summary should be, in sentences or bullets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Length(pub usize);

impl Length {
    /// About two sentences.
    pub const SHORT: Length = Length(2);
    /// About three sentences.
    pub const MEDIUM: Length = Length(3);
    /// About six sentences.
    pub const LONG: Length = Length(6);
    const MAX: usize = 50;
}

impl std::str::FromStr for Length {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "short" => Ok(Self::SHORT),
            "medium" => Ok(Self::MEDIUM),
            "long" => Ok(Self::LONG),
            _ => match text.parse() {
                Ok(n @ 1..=Self::MAX) => Ok(Self(n)),
                _ => Err(
                    Error::new(ErrorKind::Usage, format!("unknown length \"{text}\"")).with_hint(
                        format!(
                            "use short, medium, long or a number of sentences from 1 to {}",
                            Self::MAX
                        ),
                    ),
                ),
            },
        }
    }
}

/// The shape of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Running text.
    #[default]
    Paragraph,
    /// One bullet an idea.
    Bullets,
    /// One line.
    Headline,
}

impl std::str::FromStr for Style {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "paragraph" => Ok(Self::Paragraph),
            "bullets" => Ok(Self::Bullets),
            "headline" => Ok(Self::Headline),
            _ => Err(
                Error::new(ErrorKind::Usage, format!("unknown style \"{text}\""))
                    .with_hint("use paragraph, bullets or headline"),
            ),
        }
    }
}

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Language of the text.
    pub text_lang: Lang,
    /// Language of the summary.
    pub lang: Lang,
    /// How long.
    pub length: Length,
    /// Which shape.
    pub style: Style,
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
    /// What may be wrong with it.
    pub findings: Vec<Finding>,
    /// Answers asked for, the chunks' not counted.
    pub attempts: u32,
    /// Into how many chunks the article was cut; 1 if it was read whole.
    pub chunks: usize,
    /// Sentences beyond the length asked for that the model wrote and that were left out.
    pub sentences_left_out: usize,
}

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

/// Summarises `text`; `on` gets the raw text of the first attempt as it comes.
///
/// # Errors
/// What the model or a prompt template says; [`ErrorKind::Input`] if not even one chunk fits the context.
pub fn summarize(
    model: &mut dyn ChatModel,
    title: Option<&str>,
    text: &str,
    options: &Options<'_>,
    on: &mut dyn FnMut(&str),
) -> Result<Summary> {
    let title = title.unwrap_or_default();
    let mut text = std::borrow::Cow::Borrowed(text);
    let mut chunks = 1;
    // Each round of notes is far shorter than its text, so a few rounds do for any length.
    for round in 0.. {
        let messages = render(options.prompt, title, &text, options)?;
        if fits(model, &messages, options)? {
            break;
        }
        let pieces = chunk::split(&text, |piece| {
            let messages = render(options.chunk_prompt, title, piece, options)?;
            fits(model, &messages, options)
        })?;
        if round == 0 {
            chunks = pieces.len();
        }
        let notes = notes_on(model, &pieces, title, options)?;
        if notes.len() >= text.len() {
            return Err(Error::new(
                ErrorKind::Input,
                "the text doesn't fit the model's context and its notes don't get shorter",
            )
            .with_hint("choose a model with a larger context with --model"));
        }
        text = notes.into();
    }
    let messages = render(options.prompt, title, &text, options)?;
    let mut best: Option<Summary> = None;
    for attempt in 1..=2 {
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
        let (shaped, left_out) = shape(&answer.text, options);
        let cut = answer.finish == Finish::Length;
        let candidate = Summary {
            findings: judge(&text, &shaped, cut, options),
            text: shaped,
            attempts: attempt,
            chunks,
            sentences_left_out: left_out,
        };
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

/// Bytes that are the same for two requests if and only if the same model gives both the same summary.
///
/// # Errors
/// What a prompt template says.
pub fn fingerprint(title: Option<&str>, text: &str, options: &Options<'_>) -> Result<Vec<u8>> {
    /// Raised when shaping, checking, cutting or decoding changes what comes out for the same request.
    const GENERATION: u32 = 1;
    // No `..`: a new option must be thought of here.
    let Options {
        text_lang,
        lang,
        length,
        style,
        prompt,
        chunk_prompt,
        sampling,
        max_tokens,
    } = *options;
    let asked = render(prompt, title.unwrap_or_default(), text, options)?;
    let decides = (
        GENERATION,
        (text_lang, lang, length, style),
        (asked, sampling, max_tokens),
        // What the notes on a long text are asked with.
        chunk_prompt.hash(),
    );
    serde_json::to_vec(&decides).map_err(|error| {
        Error::new(ErrorKind::Inference, "a request can't be written as JSON").with_source(error)
    })
}

/// Summarises `text` with a model that is made for it, and that has no prompt; `on` gets the raw text as it comes. The
/// model decides the length: what is beyond it is left out, and counted.
///
/// # Errors
/// What the model says; [`ErrorKind::Input`] if the text doesn't get shorter.
pub fn summarize_plainly(
    model: &mut dyn SummaryModel,
    text: &str,
    options: &Options<'_>,
    on: &mut dyn FnMut(&str),
) -> Result<Summary> {
    let most = model.context().unwrap_or(MOST_PLAIN_TOKENS);
    let mut shorter = std::borrow::Cow::Borrowed(text);
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
    let headline = sentences(&answer.text, Some(options.lang));
    let raw = match (options.style, headline.first()) {
        // Such a model writes running text, whatever is asked for.
        (Style::Headline, Some(first)) => first.of(&answer.text),
        _ => answer.text.as_str(),
    };
    let (shaped, left_out) = shape(raw, options);
    let cut = answer.finish == Finish::Length;
    Ok(Summary {
        findings: judge(text, &shaped, cut, options),
        text: shaped,
        attempts: 1,
        chunks,
        sentences_left_out: left_out,
    })
}

/// What the checks say of a summary of `text`.
fn judge(text: &str, summary: &str, cut: bool, options: &Options<'_>) -> Vec<Finding> {
    let told = checks::Options {
        cut,
        ..checks::Options::default()
    };
    let mut findings = checks::check_text(text, summary, options.lang, &told);
    findings.extend(checks::ground(
        text,
        options.text_lang,
        summary,
        options.lang,
    ));
    findings
}

fn render(prompt: &Prompt, title: &str, text: &str, options: &Options<'_>) -> Result<Vec<Message>> {
    prompt.render(&Variables {
        language: options.lang.name(),
        title,
        text,
        sentences: options.length.0,
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
    title: &str,
    options: &Options<'_>,
) -> Result<String> {
    let mut batch = Vec::with_capacity(pieces.len());
    for piece in pieces {
        batch.push(ChatRequest {
            messages: render(options.chunk_prompt, title, piece, options)?,
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
        Style::Paragraph | Style::Bullets => 64 + 80 * options.length.0,
    })
}

/// The answer in the style asked for, and how many sentences or bullets beyond the length were left out.
fn shape(answer: &str, options: &Options<'_>) -> (String, usize) {
    match options.style {
        Style::Headline => {
            let line = answer.lines().find(|line| !line.trim().is_empty());
            let line = clean(line.unwrap_or_default(), "", options.lang.name());
            (
                line.trim_start_matches(['#', '*', ' '])
                    .trim_end_matches('*')
                    .to_string(),
                0,
            )
        }
        Style::Paragraph => {
            let text = clean(answer, "", options.lang.name());
            let spans = sentences(&text, Some(options.lang));
            match spans.get(options.length.0) {
                // A last, unasked sentence is a remark, or padding; it isn't lost in silence.
                Some(extra) => (
                    text[..extra.start].trim_end().to_string(),
                    spans.len() - options.length.0,
                ),
                None => (text, 0),
            }
        }
        Style::Bullets => {
            let mut bullets: Vec<&str> = answer
                .lines()
                .filter_map(bullet)
                .filter(|text| !text.is_empty())
                .collect();
            let text;
            if bullets.is_empty() {
                // The model wrote running text: each of its sentences is an idea.
                text = clean(answer, "", options.lang.name());
                bullets = sentences(&text, Some(options.lang))
                    .iter()
                    .map(|span| span.of(&text))
                    .collect();
                return join(&bullets, options.length.0);
            }
            join(&bullets, options.length.0)
        }
    }
}

fn join(bullets: &[&str], most: usize) -> (String, usize) {
    let kept: Vec<String> = bullets
        .iter()
        .take(most)
        .map(|text| format!("- {text}"))
        .collect();
    (kept.join("\n"), bullets.len() - kept.len())
}

/// The text of a line that a model wrote as a bullet or a numbered item.
fn bullet(line: &str) -> Option<&str> {
    let line = line.trim();
    for mark in ["- ", "* ", "• ", "– "] {
        if let Some(text) = line.strip_prefix(mark) {
            return Some(text.trim());
        }
    }
    let digits = line.find(|c: char| !c.is_ascii_digit())?;
    let rest = &line[digits..];
    (digits > 0)
        .then(|| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
        .flatten()
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::CheckId;
    use crate::engine::{Sink, Timings};

    /// A model with room for `context` words, a token each, that answers from a list and remembers what it was asked.
    struct Fake {
        context: usize,
        answers: Vec<&'static str>,
        asked: Vec<String>,
    }

    impl ChatModel for Fake {
        fn context(&self) -> usize {
            self.context
        }

        fn count_tokens(&self, messages: &[Message]) -> Result<usize> {
            let words = |message: &Message| message.content.split_whitespace().count();
            Ok(messages.iter().map(words).sum())
        }

        fn generate_more(
            &mut self,
            batch: &[ChatRequest],
            sink: &mut Sink<'_>,
            _: &mut dyn FnMut() -> Result<Vec<ChatRequest>>,
        ) -> Result<Vec<Generated>> {
            let mut generated = Vec::new();
            for (request, chat) in batch.iter().enumerate() {
                let asked = chat.messages.iter().map(|message| message.content.clone());
                self.asked.push(asked.collect::<Vec<_>>().join("\n"));
                let text = match self.answers.len() {
                    1 => self.answers[0],
                    _ => self.answers.remove(0),
                };
                let finish = Finish::Stop;
                let _ = sink(Event::Text { request, text });
                let _ = sink(Event::Done {
                    request,
                    finish,
                    tokens: &[],
                });
                generated.push(Generated {
                    text: text.to_string(),
                    ids: Vec::new(),
                    tokens_in: 0,
                    finish,
                    score: None,
                    alternatives: Vec::new(),
                });
            }
            Ok(generated)
        }

        fn timings(&self) -> Timings {
            Timings::default()
        }
    }

    fn run(model: &mut Fake, text: &str, style: Style) -> Summary {
        let prompt = Prompt::builtin("summarize").unwrap();
        let chunk_prompt = Prompt::builtin("summarize-chunk").unwrap();
        let options = Options {
            text_lang: Lang::EN,
            lang: Lang::EN,
            length: Length(2),
            style,
            prompt: &prompt,
            chunk_prompt: &chunk_prompt,
            sampling: &Sampling::default(),
            max_tokens: Some(40),
        };
        summarize(model, Some("The harbour"), text, &options, &mut |_| {}).unwrap()
    }

    #[test]
    fn a_text_that_does_not_fit_is_read_in_chunks_and_says_so() {
        let paragraphs: Vec<String> = (1..=30)
            .map(|n| {
                format!("Paragraph {n} tells of the harbour, its ships, the salt and the grain.")
            })
            .collect();
        let text = paragraphs.join("\n\n");
        let mut model = Fake {
            context: 240,
            answers: vec!["The harbour has ships."],
            asked: Vec::new(),
        };
        let summary = run(&mut model, &text, Style::Paragraph);
        assert!(summary.chunks > 1, "{summary:?}");
        let (last, notes) = model.asked.split_last().unwrap();
        assert_eq!(notes.len(), summary.chunks);
        for paragraph in &paragraphs {
            let times = notes
                .iter()
                .filter(|asked| asked.contains(paragraph.as_str()))
                .count();
            assert_eq!(times, 1, "{paragraph}");
        }
        assert_eq!(
            last.matches("The harbour has ships.").count(),
            summary.chunks
        );
    }

    #[test]
    fn an_invented_number_is_tried_again_and_then_said() {
        let mut model = Fake {
            context: 1000,
            answers: vec![
                "The harbour was built in 1999.",
                "The harbour was built in 1874.",
            ],
            asked: Vec::new(),
        };
        let text = "The harbour of the town was built in 1874.";
        let summary = run(&mut model, text, Style::Paragraph);
        assert_eq!(
            (summary.attempts, summary.findings.as_slice()),
            (2, &[][..])
        );
        assert!(summary.text.contains("1874"));
        model.answers = vec!["The harbour was built in 1999."];
        let summary = run(&mut model, text, Style::Paragraph);
        assert_eq!(summary.attempts, 2);
        assert_eq!(summary.findings[0].check, CheckId::Number);
    }

    #[test]
    fn the_style_is_kept_and_what_is_left_out_is_counted() {
        let mut model = Fake {
            context: 1000,
            answers: vec!["Here are the points:\n1. Ships come.\n2. Salt leaves.\n3. Grain waits."],
            asked: Vec::new(),
        };
        let summary = run(&mut model, "Ships, salt and grain.", Style::Bullets);
        assert_eq!(summary.text, "- Ships come.\n- Salt leaves.");
        assert_eq!(summary.sentences_left_out, 1);
        model.answers = vec!["Ships come. Salt leaves. Grain waits."];
        let summary = run(&mut model, "Ships, salt and grain.", Style::Paragraph);
        assert_eq!(summary.text, "Ships come. Salt leaves.");
        assert_eq!(summary.sentences_left_out, 1);
    }
}
