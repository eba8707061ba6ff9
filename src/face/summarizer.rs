//! Summarising texts and documents, with models that stay loaded.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::builder::{Builder, Workshop};
use crate::article::Format;
use crate::checks::Finding;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Target;
use crate::output::report::Report;
use crate::pipeline::{self, Asking, Document, SummarizedDocument, Summarizing, Translating};
use crate::prompt::Prompt;
use crate::summarize::{Length, Style, Verify};
use crate::text::Lang;
use crate::translate::route::Tier;

/// The options of a summariser that a translator lacks.
#[derive(Debug)]
pub struct SummarizerOptions {
    lang: Option<Lang>,
    length: Length,
    style: Style,
    verify: Verify,
    candidates: usize,
    focus: Option<String>,
    extract: bool,
}

/// Summarises texts. Models are fetched and loaded when they are first needed, and stay loaded.
///
/// ```no_run
/// use traghetto::{Document, Length, Summarizer};
///
/// let mut summarizer = Summarizer::builder().length(Length::SHORT).build()?;
/// let summary = summarizer.summarize_document(&Document::open("articolo.md")?)?;
/// println!("{} (by {})", summary.text(), summary.model());
/// # Ok::<(), traghetto::Error>(())
/// ```
pub struct Summarizer {
    workshop: Workshop,
    summarizing: Summarizing,
    translating: Translating,
    lang: Option<Lang>,
}

impl Summarizer {
    /// Options to begin with.
    pub fn builder() -> Builder<SummarizerOptions> {
        Builder::new(SummarizerOptions {
            lang: None,
            length: Length::MEDIUM,
            style: Style::default(),
            verify: Verify::default(),
            candidates: 1,
            focus: None,
            extract: false,
        })
    }

    /// Summarises a plain text.
    ///
    /// # Errors
    /// As [`Summarizer::summarize_document`]; [`ErrorKind::Input`] if there is too little text to tell its language.
    pub fn summarize(&mut self, text: &str) -> Result<Summary> {
        self.summarize_document(&Document::from_text(text, Format::Text)?)
    }

    /// Summarises a document.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if it has no text; [`ErrorKind::Usage`] if the model that was named writes no summaries;
    /// [`ErrorKind::Unavailable`] if no model that does can be had; [`ErrorKind::Model`] if one can't be loaded.
    pub fn summarize_document(&mut self, document: &Document) -> Result<Summary> {
        if document.is_empty() {
            let message = format!("{} has no text to summarise", document.name());
            return Err(Error::new(ErrorKind::Input, message));
        }
        let lang = self.lang.unwrap_or(document.lang);
        let started = Instant::now();
        let how = (&self.summarizing, &self.translating);
        let on = &mut |_: &str| ControlFlow::Continue(());
        let made = self
            .workshop
            .with(|session| pipeline::summarize(session, document, lang, how, None, started, on))?;
        Ok(Summary { made })
    }
}

impl Builder<SummarizerOptions> {
    /// The language of the summaries; that of the text by default.
    pub fn to(mut self, lang: Lang) -> Self {
        self.options.lang = Some(lang);
        self
    }

    /// How long a summary may be.
    pub fn length(mut self, length: Length) -> Self {
        self.options.length = length;
        self
    }

    /// Running text, bullets, a headline, a lead or key facts.
    pub fn style(mut self, style: Style) -> Self {
        self.options.style = style;
        self
    }

    /// Whether each sentence is held against the text, whose own stand in for those that it doesn't support; yes by
    /// default.
    pub fn verify(mut self, verify: Verify) -> Self {
        self.options.verify = verify;
        self
    }

    /// How many answers the model is asked for at once, which the summary is put together from; 1 by default, and at least.
    pub fn candidates(mut self, candidates: usize) -> Self {
        self.options.candidates = candidates.max(1);
        self
    }

    /// What the summaries shall be about above all, in the language of the text.
    pub fn focus(mut self, words: impl Into<String>) -> Self {
        self.options.focus = Some(words.into());
        self
    }

    /// Chooses sentences of the text and asks no model for a summary; one is needed only to translate them.
    pub fn extract(mut self) -> Self {
        self.options.extract = true;
        self
    }

    /// The summariser. No model is looked for yet: what it is to read decides which.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the model's name or the prompt is malformed, or the device can't be opened;
    /// [`ErrorKind::Io`] or [`ErrorKind::Model`] if the folders that were named can't be read.
    pub fn build(self) -> Result<Summarizer> {
        let prompt = self.options.style.prompt();
        let (workshop, asking, options) = self.open(prompt, Tier::default())?;
        let prompt = Prompt::builtin("translate")?;
        let translating = Translating::of(Asking {
            model: None,
            sampling: prompt.parameters()?,
            prompt,
            max_tokens: None,
        });
        Ok(Summarizer {
            workshop,
            summarizing: Summarizing {
                asking,
                length: options.length,
                style: options.style,
                verify: options.verify,
                candidates: options.candidates,
                focus: options.focus,
                extract: options.extract,
            },
            translating,
            lang: options.lang,
        })
    }
}

/// A summary, and everything that is known of how it was made.
#[derive(Debug)]
pub struct Summary {
    made: SummarizedDocument,
}

impl Summary {
    pub(super) fn new(made: SummarizedDocument) -> Self {
        Self { made }
    }

    /// The text, without a line end after it.
    pub fn text(&self) -> &str {
        &self.made.summary.summary.text
    }

    /// The language that it is in.
    pub fn lang(&self) -> Lang {
        self.made.summary.language
    }

    /// Id of the model that wrote it.
    pub fn model(&self) -> &str {
        &self.made.summary.model
    }

    /// The models that took part as an archive writes them down: objects with `id`, `revision` and `sha256`, by files.
    pub fn provenance(&self) -> Vec<Value> {
        self.report().provenance()
    }

    /// What may be wrong.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.made.summary.summary.findings.iter()
    }

    /// What the program's JSON report says.
    pub fn report(&self) -> &Report {
        &self.made.report
    }

    /// Writes the text and a line end into a file, in one piece.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be written, [`ErrorKind::Usage`] if `path` is a folder.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        Target::open(path.as_ref())?.write(format!("{}\n", self.text()).as_bytes())
    }
}
