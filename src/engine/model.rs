//! What a loaded model is asked and what it gives: requests, answers, and a trait a kind of model.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::{Finish, Message, Sampling};
use crate::decode::StepCost;
use crate::decode::continuous::Work;
use crate::error::{Error, ErrorKind, Result};
use crate::text::{Lang, Link};

/// What an engine made of one request.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The decoded text, without special tokens.
    pub text: String,
    /// The generated token ids, without the end-of-sequence token.
    pub ids: Vec<u32>,
    /// Tokens of the request itself (prompt or source sentence).
    pub tokens_in: usize,
    /// Why generation ended.
    pub finish: Finish,
    /// Sum of the log-probabilities of the hypothesis, where the decoding method has it.
    pub score: Option<f32>,
    /// The hypotheses, best first, where more than one was asked for.
    pub alternatives: Vec<Alternative>,
}

/// A token of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Bytes of the text that it stands for.
    pub bytes: usize,
    /// Its log-probability, at most 0.
    pub logprob: f32,
}

/// One of the things that a request could become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// The decoded text, without special tokens.
    pub text: String,
    /// As [`Generated::score`].
    pub score: Option<f32>,
}

/// What happens while a batch is generated, for streaming and progress. `request` is the index into the batch.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// More text of a request: whole characters only.
    Text {
        /// Index into the batch.
        request: usize,
        /// The text since the last event of this request.
        text: &'a str,
    },
    /// A request is at work, and the engine asks whether it is still wanted: also while its prompt is being read.
    Going {
        /// Index into the batch.
        request: usize,
    },
    /// A request is finished; its whole text has been sent.
    Done {
        /// Index into the batch.
        request: usize,
        /// Why it ended.
        finish: Finish,
        /// Its tokens, where the model tells how probable they were.
        tokens: &'a [Scored],
    },
}

/// Receives [`Event`]s; `Break` asks the engine to end the request that the event is of, or all of them where it works on
/// them as one, and to return what it has.
pub type Sink<'a> = dyn FnMut(Event<'_>) -> ControlFlow<()> + 'a;

/// A sink that ignores everything.
pub fn no_sink() -> impl FnMut(Event<'_>) -> ControlFlow<()> {
    |_| ControlFlow::Continue(())
}

/// Seconds and tokens of an engine's work since it was loaded, by phase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Timings {
    /// Tokens read: prompts or source sentences.
    pub tokens_in: usize,
    /// Tokens generated.
    pub tokens_out: usize,
    /// Seconds spent on reading prompts or encoding sources.
    pub prefill_s: f64,
    /// Seconds spent on decoding.
    pub decode_s: f64,
}

/// What is asked of a language model to see how fast it is.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// Text to fill the prompts with, again and again.
    pub text: &'a str,
    /// Tokens of each prompt, at least 1.
    pub prompt_tokens: usize,
    /// Tokens generated after each, at least 2.
    pub gen_tokens: usize,
    /// Prompts that run together, at least 1; they begin differently.
    pub rows: usize,
}

/// What [`ChatModel::measure`] saw.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Tokens and seconds by phase.
    pub work: Work,
    /// Seconds until the first token of any answer.
    pub first_token_s: f64,
    /// What one step costs, where the model tells.
    pub cost: Option<StepCost>,
}

/// One request to a [`ChatModel`].
#[derive(Debug, Clone)]
pub struct ChatRequest {
    /// The conversation so far, ending with the user.
    pub messages: Vec<Message>,
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// Hard cap on new tokens.
    pub max_tokens: usize,
    /// Generation also ends before any of these strings.
    pub stop: Vec<String>,
}

/// A decoder-only language model behind its chat template.
pub trait ChatModel: Send {
    /// Largest number of tokens, prompt and answer together.
    fn context(&self) -> usize;

    /// Tokens that `messages` take after the chat template.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if the chat template refuses the messages or fails.
    fn count_tokens(&self, messages: &[Message]) -> Result<usize>;

    /// Generates an answer to each request, several at a time.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Input`] if a prompt doesn't fit the context (nothing is cut in silence),
    /// [`crate::ErrorKind::Inference`] if the model fails.
    fn generate(&mut self, batch: &[ChatRequest], sink: &mut Sink<'_>) -> Result<Vec<Generated>> {
        self.generate_more(batch, sink, &mut || Ok(Vec::new()))
    }

    /// Like [`ChatModel::generate`], but whenever `sink` has heard of something, `more` is asked for requests that join
    /// the batch; they are counted on.
    ///
    /// # Errors
    /// As for [`ChatModel::generate`]; an error of `more` ends the batch and comes back as it is.
    fn generate_more(
        &mut self,
        batch: &[ChatRequest],
        sink: &mut Sink<'_>,
        more: &mut dyn FnMut() -> Result<Vec<ChatRequest>>,
    ) -> Result<Vec<Generated>>;

    /// How probable the model holds answers that are there already: the tokens of each with their log-probabilities after
    /// its chat; none where it doesn't tell.
    ///
    /// # Errors
    /// As for [`ChatModel::generate`].
    fn read(&self, chats: &[(Vec<Message>, &str)]) -> Result<Vec<Vec<Scored>>> {
        Ok(vec![Vec::new(); chats.len()])
    }

    /// Work done since loading.
    fn timings(&self) -> Timings;

    /// How fast the model reads and writes with such a load; `None` where its phases can't be told apart.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`] if the load doesn't fit the context, [`crate::ErrorKind::Inference`] if the model fails.
    fn measure(&self, _load: &Load<'_>) -> Result<Option<Measured>> {
        Ok(None)
    }
}

/// A model made for translation: one sentence in, one sentence out.
pub trait TranslationModel: Send {
    /// Whether the vocabulary has a character of the source language; the model drops what it lacks.
    fn knows(&self, _c: char) -> bool {
        true
    }

    /// Whether the model translates this pair.
    fn supports(&self, from: Lang, to: Lang) -> bool;

    /// Translates each sentence; the answer has one entry a sentence, in the same order.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`] for a pair that the model lacks, [`crate::ErrorKind::Inference`] if it fails.
    fn translate(
        &mut self,
        sentences: &[&str],
        from: Lang,
        to: Lang,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>>;

    /// For each pair of a text and its translation the words that belong together, as the model sees it; none where it
    /// doesn't tell.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Inference`] if it fails.
    fn align(&mut self, pairs: &[(&str, &str)]) -> Result<Vec<Vec<Link>>> {
        Ok(vec![Vec::new(); pairs.len()])
    }

    /// Work done since loading.
    fn timings(&self) -> Timings;
}

/// A model made for summaries: one text in, one shorter text out, without a prompt.
pub trait SummaryModel: Send {
    /// Largest number of tokens of a text; none where there is no limit.
    fn context(&self) -> Option<usize>;

    /// Tokens of a text as the model gets it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Inference`] if the tokenizer fails on the text.
    fn count_tokens(&self, text: &str) -> Result<usize>;

    /// Summarises each text in at most `max_tokens` tokens; the answer has one entry a text, in the same order.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Input`] if a text doesn't fit the context (nothing is cut in silence),
    /// [`crate::ErrorKind::Inference`] if the model fails.
    fn summarize(
        &mut self,
        texts: &[&str],
        max_tokens: Option<usize>,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>>;

    /// Work done since loading.
    fn timings(&self) -> Timings;
}

/// A loaded model, by what it can be asked.
pub enum Engine {
    /// Answers chats: translation and summaries by prompt.
    Chat(Box<dyn ChatModel>),
    /// Translates sentences.
    Translation(Box<dyn TranslationModel>),
    /// Summarises texts.
    Summary(Box<dyn SummaryModel>),
}

impl Engine {
    /// Work done since loading.
    pub fn timings(&self) -> Timings {
        match self {
            Engine::Chat(model) => model.timings(),
            Engine::Translation(model) => model.timings(),
            Engine::Summary(model) => model.timings(),
        }
    }
}

/// Refuses any other pair than a model's own; a model whose pair nobody has named takes all, as the user knows.
///
/// # Errors
/// [`crate::ErrorKind::Usage`] if the pair is another; the message names both.
pub(super) fn check_pair(own: Option<(Lang, Lang)>, from: Lang, to: Lang) -> Result<()> {
    match own.filter(|&pair| pair != (from, to)) {
        None => Ok(()),
        Some((source, target)) => Err(Error::new(
            ErrorKind::Usage,
            format!("this model translates {source} to {target}, not {from} to {to}"),
        )),
    }
}
