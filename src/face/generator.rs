//! Chats, embeddings and summaries for callers who name a model or leave it open, with models that stay loaded.

use std::time::Instant;

use super::builder::Workshop;
use super::summarizer::Summary;
use crate::engine::{ChatRequest, Generated, Message, Sink};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{self, Asking, Context, Document, Meaning, Offer, Summarizing, Translating};
use crate::prompt::Prompt;
use crate::registry::ModelSpec;
use crate::summarize::{Hear, Length, Style, Verify};
use crate::text::Lang;

/// What a summary shall be.
#[derive(Debug, Clone)]
pub struct Brief {
    /// Its language; that of the text if it isn't said.
    pub to: Option<Lang>,
    /// How long it may be.
    pub length: Length,
    /// Its shape.
    pub style: Style,
    /// What it shall be about above all, in the language of the text.
    pub focus: Option<String>,
    /// Whether sentences of the text are chosen and no model is asked.
    pub extract: bool,
}

/// Vectors of texts.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// One of length 1 a text, in their order.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens that were read.
    pub tokens: usize,
}

/// Answers chats, embeds and summarises.
pub struct Generator {
    workshop: Workshop,
    summary_model: Option<ModelSpec>,
    translating: Translating,
    memory_limit: Option<u64>,
}

impl Generator {
    /// A generator with a context of the caller's, without an observer; summaries are written by `summary_model`, if one
    /// is named, and translated as `translating` says.
    pub(crate) fn in_context(
        context: Context,
        summary_model: Option<ModelSpec>,
        translating: Translating,
        memory_limit: Option<u64>,
    ) -> Self {
        Self {
            workshop: Workshop::new(context),
            summary_model,
            translating,
            memory_limit,
        }
    }

    /// The models of the store that can be named.
    ///
    /// # Errors
    /// None but those of a session.
    pub fn offers(&mut self) -> Result<Vec<Offer>> {
        self.workshop.with(|session| Ok(session.offers()))
    }

    /// The ids of the models in memory with the bytes of their files, the least recently used first.
    pub fn loaded(&self) -> Vec<(String, u64)> {
        let loaded = self.workshop.models().loaded();
        loaded.map(|(id, bytes)| (id.to_string(), bytes)).collect()
    }

    /// The tokens that `messages` take with the model's chat template.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the model's context has no room for an answer to them; [`ErrorKind::Usage`] if the model
    /// answers no chats; [`ErrorKind::Model`] if it can't be loaded or its template refuses the messages.
    pub fn admit(&mut self, model: &str, messages: &[Message]) -> Result<usize> {
        self.make_room(model);
        self.workshop.with(|session| {
            let chat = session.chat_model(model)?;
            let (tokens, context) = (chat.count_tokens(messages)?, chat.context());
            match tokens < context {
                true => Ok(tokens),
                false => {
                    let message = format!(
                        "the messages take {tokens} tokens, but the model's context is {context}"
                    );
                    Err(Error::new(ErrorKind::Input, message))
                }
            }
        })
    }

    /// Answers chats, several at a time; `more` is asked for others that join them, as
    /// [`ChatModel::generate_more`](crate::engine::ChatModel::generate_more) has it.
    ///
    /// # Errors
    /// As [`Generator::admit`]; [`ErrorKind::Inference`] if the model fails.
    pub fn chat(
        &mut self,
        model: &str,
        batch: &[ChatRequest],
        sink: &mut Sink<'_>,
        more: &mut dyn FnMut() -> Result<Vec<ChatRequest>>,
    ) -> Result<Vec<Generated>> {
        self.make_room(model);
        self.workshop
            .with(|session| session.chat_model(model)?.generate_more(batch, sink, more))
    }

    /// The vectors of `texts`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if the model for embeddings isn't here, [`ErrorKind::Inference`] if it fails.
    pub fn embed(&mut self, texts: &[&str]) -> Result<Embedded> {
        self.workshop.with(|session| {
            let Some(id) = session.embeddings(Meaning::Auto)? else {
                let message = "the model for embeddings isn't here";
                return Err(Error::new(ErrorKind::Unavailable, message)
                    .with_hint("fetch it with `traghetto models pull e5-small`"));
            };
            let embedder = session.embedder(id)?;
            Ok(Embedded {
                vectors: embedder.embed(texts)?,
                tokens: texts.iter().map(|text| embedder.count_tokens(text)).sum(),
            })
        })
    }

    /// Summarises a document; `on` gets the raw text as the model writes it, where the summary is in the document's
    /// language, else empty texts; with `Break` it calls the summary off.
    ///
    /// # Errors
    /// As [`Summarizer::summarize_document`](crate::Summarizer::summarize_document).
    pub fn summarize(
        &mut self,
        document: &Document,
        brief: &Brief,
        on: &mut Hear<'_>,
    ) -> Result<Summary> {
        if document.is_empty() {
            let message = "there is no text to summarise";
            return Err(Error::new(ErrorKind::Input, message));
        }
        if let Some(limit) = self.memory_limit {
            self.workshop.make_room(&[], limit);
        }
        let prompt = Prompt::builtin(brief.style.prompt())?;
        let summarizing = Summarizing {
            asking: Asking {
                model: self.summary_model.clone(),
                sampling: prompt.parameters()?,
                prompt,
                max_tokens: None,
            },
            length: brief.length,
            style: brief.style,
            verify: Verify::default(),
            candidates: 1,
            focus: brief.focus.clone(),
            extract: brief.extract,
        };
        let lang = brief.to.unwrap_or(document.lang);
        let (started, how) = (Instant::now(), (&summarizing, &self.translating));
        let made = self
            .workshop
            .with(|session| pipeline::summarize(session, document, lang, how, None, started, on))?;
        Ok(Summary::new(made))
    }

    fn make_room(&mut self, model: &str) {
        if let Some(limit) = self.memory_limit {
            self.workshop.make_room(&[model], limit);
        }
    }
}
