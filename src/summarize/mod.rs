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
pub use extract::extract;
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
mod tests {
    use super::*;
    use crate::checks::CheckId;
    use crate::engine::{Sink, Timings};
    use crate::text::Lang;

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

    fn run(model: &mut Fake, text: &str, style: Style, verify: Verify) -> Summary {
        let prompt = Prompt::builtin("summarize").unwrap();
        let chunk_prompt = Prompt::builtin("summarize-chunk").unwrap();
        let options = Options {
            length: Length::sentences(2),
            style,
            verify,
            prompt: &prompt,
            chunk_prompt: &chunk_prompt,
            sampling: &Sampling::default(),
            max_tokens: Some(40),
        };
        let spans = sentences(text, Some(Lang::EN));
        let all: Vec<Sentence<'_>> = spans
            .iter()
            .map(|span| Sentence {
                text: span.of(text),
                is_prose: true,
                begins: span.start == 0,
            })
            .collect();
        let source = Source {
            title: Some("The harbour"),
            text,
            sentences: &all,
            lang: Lang::EN,
        };
        summarize(model, &source, &options, &mut |_| {}).unwrap()
    }

    fn fake(answers: &[&'static str]) -> Fake {
        Fake {
            context: 1000,
            answers: answers.to_vec(),
            asked: Vec::new(),
        }
    }

    #[test]
    fn a_text_that_does_not_fit_is_read_in_chunks_and_says_so() {
        let paragraphs: Vec<String> = (1..=30)
            .map(|n| {
                format!("Paragraph {n} tells of the harbour, its ships, the salt and the grain.")
            })
            .collect();
        let text = paragraphs.join("\n\n");
        let mut model = fake(&["The harbour has ships."]);
        model.context = 260;
        let summary = run(&mut model, &text, Style::Paragraph, Verify::Off);
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

    const HARBOUR: &str = "The harbour of the town was built in 1874 for salt and grain. \
                           Ships from Norway bring timber to it every week in summer. \
                           A storm destroyed the northern pier in February last year.";

    #[test]
    fn without_verification_an_invented_number_is_tried_again_and_then_said() {
        let mut model = fake(&[
            "The harbour was built in 1999.",
            "The harbour was built in 1874.",
        ]);
        let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Off);
        assert_eq!(
            (summary.attempts, summary.findings.as_slice()),
            (2, &[][..])
        );
        assert!(summary.text.contains("1874"));
        assert_eq!(summary.claims[0].verdict, Verdict::Unverified);
        model.answers = vec!["The harbour was built in 1999."];
        let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Off);
        assert_eq!(summary.attempts, 2);
        assert_eq!(summary.findings[0].check, CheckId::Number);
    }

    #[test]
    fn what_the_article_does_not_say_gives_way_to_what_it_says() {
        let mut model =
            fake(&["A storm destroyed the northern pier. The harbour was built in 1999."]);
        let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Rules);
        assert_eq!(
            summary.text,
            "The harbour of the town was built in 1874 for salt and grain. A storm destroyed the northern pier."
        );
        let sources: Vec<_> = summary.claims.iter().map(|c| c.sources.clone()).collect();
        assert_eq!(sources, [vec![0], vec![2]]);
        let verdicts: Vec<_> = summary.claims.iter().map(|claim| claim.verdict).collect();
        assert_eq!(verdicts, [Verdict::Quoted, Verdict::Supported]);
        assert_eq!(summary.rejected[0].text, "The harbour was built in 1999.");
        assert_eq!((summary.attempts, summary.findings.len()), (1, 0));
    }

    #[test]
    fn the_length_is_kept_where_the_text_has_so_much() {
        let mut model = fake(&["A storm destroyed the northern pier."]);
        let summary = run(&mut model, HARBOUR, Style::Bullets, Verify::Rules);
        assert_eq!(summary.text.lines().count(), 2, "{summary:?}");
        assert!(summary.text.lines().all(|line| line.starts_with("- ")));
        model.answers = vec!["Ships, ships. Salt. Grain for all. Timber. A storm."];
        let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Rules);
        assert_eq!((summary.claims.len(), summary.sentences_left_out), (2, 3));
    }

    #[test]
    fn a_length_in_words_or_characters_is_never_overrun() {
        let spans = sentences(HARBOUR, Some(Lang::EN));
        let sentence = |span: &crate::text::Span| Sentence {
            text: span.of(HARBOUR),
            is_prose: true,
            begins: span.start == 0,
        };
        let all: Vec<Sentence<'_>> = spans.iter().map(sentence).collect();
        let source = Source {
            title: None,
            text: HARBOUR,
            sentences: &all,
            lang: Lang::EN,
        };
        for style in [Style::Paragraph, Style::Bullets, Style::Headline] {
            let made = |length| summarize_without_model(&source, length, style);
            for most in 1..40 {
                let summary = made(Length::words(most));
                let words = |text: &str| text.split_whitespace().filter(|w| *w != "-").count();
                assert!(words(&summary.text) <= most, "{summary:?}");
                let most = most * 5;
                let summary = made(Length::characters(most));
                assert!(summary.text.chars().count() <= most, "{summary:?}");
                // Two of the three sentences are 100 characters or more.
                assert!(
                    !summary.findings.is_empty()
                        || summary.text.len() * 100 >= most * 85
                        || style == Style::Headline
                );
            }
        }
    }

    #[test]
    fn a_headline_is_short_and_the_articles_own_otherwise() {
        let mut model = fake(&["A storm destroyed the northern pier"]);
        let summary = run(&mut model, HARBOUR, Style::Headline, Verify::Rules);
        assert_eq!(summary.text, "A storm destroyed the northern pier");
        model.answers = vec!["Fishermen rescued in harbour after tsunami"];
        let summary = run(&mut model, HARBOUR, Style::Headline, Verify::Rules);
        assert!(HARBOUR.contains(&summary.text), "{summary:?}");
        assert!(summary.text.split(' ').count() <= length::HEADLINE_WORDS);
    }

    #[test]
    fn a_sentence_alone_comes_back_as_it_is() {
        let mut model = fake(&["An invention."]);
        let summary = run(&mut model, "Ships come.", Style::Paragraph, Verify::Rules);
        assert_eq!(
            (summary.text.as_str(), summary.attempts),
            ("Ships come.", 0)
        );
        assert!(model.asked.is_empty() && summary.findings.is_empty());
    }

    #[test]
    fn the_style_is_kept_and_what_is_left_out_is_counted() {
        let mut model =
            fake(&["Here are the points:\n1. Ships come.\n2. Salt leaves.\n3. Grain waits."]);
        let summary = run(&mut model, HARBOUR, Style::Bullets, Verify::Off);
        assert_eq!(summary.text, "- Ships come.\n- Salt leaves.");
        assert_eq!(summary.sentences_left_out, 1);
        model.answers = vec!["Ships come. Salt leaves. Grain waits."];
        let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Off);
        assert_eq!(summary.text, "Ships come. Salt leaves.");
        assert_eq!(summary.sentences_left_out, 1);
    }
}
