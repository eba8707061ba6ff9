//! Translating texts and documents, with models that stay loaded.

use std::borrow::Cow;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::builder::{Builder, Workshop};
use super::choices::{Choices, Translates};
use crate::article::{Article, Format};
use crate::checks::Finding;
use crate::error::{Error, ErrorKind, Result};
use crate::output::report::{Report, Segment};
use crate::output::{Bilingual, OutputFormat, Target};
use crate::pipeline::{self, Document, RouteLeg, TranslatedDocument, Translating, show_route};
use crate::text::Lang;

/// The options of a translator that a summariser lacks.
#[derive(Debug, Default)]
pub struct TranslatorOptions {
    from: Option<Lang>,
    to: Option<Lang>,
    choices: Choices,
}

/// Translates into one language. Models are fetched and loaded when they are first needed, and stay loaded.
///
/// ```no_run
/// use traghetto::{Lang, Translator};
///
/// let mut translator = Translator::builder().to(Lang::EN).offline(true).build()?;
/// let out = translator.translate("Il governo ha smentito.")?;
/// println!("{} (by {})", out.text(), out.route());
/// # Ok::<(), traghetto::Error>(())
/// ```
pub struct Translator {
    workshop: Workshop,
    translating: Translating,
    from: Option<Lang>,
    to: Lang,
}

impl Translator {
    /// Options to begin with.
    pub fn builder() -> Builder<TranslatorOptions> {
        Builder::new(TranslatorOptions::default())
    }

    /// Translates a plain text, of one line or many; a line is a paragraph.
    ///
    /// # Errors
    /// As [`Translator::translate_document`]; [`ErrorKind::Input`] if its language wasn't given and there is too little
    /// text to tell it.
    pub fn translate(&mut self, text: &str) -> Result<Translation> {
        let document = match self.from {
            Some(lang) => Document::from_text_in(text, Format::Text, lang),
            None => Document::from_text(text, Format::Text)?,
        };
        self.translate_document(&document)
    }

    /// Translates a document; what isn't text in it stays as it is. The builder's `from` outweighs a language that was
    /// only detected.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if it is in the language asked for already, or the model that was named doesn't translate
    /// it; [`ErrorKind::Unavailable`] if no model for it can be had; [`ErrorKind::Model`] if one can't be loaded.
    pub fn translate_document(&mut self, document: &Document) -> Result<Translation> {
        let document = match self.from {
            Some(lang) if document.confidence.is_some() && document.lang != lang => {
                Cow::Owned(Document {
                    lang,
                    confidence: None,
                    ..document.clone()
                })
            }
            _ => Cow::Borrowed(document),
        };
        let to = self.to;
        if document.lang == to {
            let message = format!("{} is in {} already", document.name(), to.name());
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("say what it is in, if that was mistaken"));
        }
        let started = Instant::now();
        let options = &self.translating;
        let made = self.workshop.with(|session| {
            pipeline::translate(session, &document, to, options, None, started, &mut |_| {})
        })?;
        Ok(Translation {
            article: document.into_owned().article,
            made,
        })
    }
}

impl Translates for TranslatorOptions {
    fn choices(&mut self) -> &mut Choices {
        &mut self.choices
    }
}

impl Builder<TranslatorOptions> {
    /// The language to translate into; it must be said.
    pub fn to(mut self, lang: Lang) -> Self {
        self.options.to = Some(lang);
        self
    }

    /// The language of what is translated; detected by default.
    pub fn from(mut self, lang: Lang) -> Self {
        self.options.from = Some(lang);
        self
    }

    /// The translator. No model is looked for yet: what it is to read decides which.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the language to translate into wasn't said, the model's name or the prompt is malformed,
    /// or the device can't be opened; [`ErrorKind::Io`] or [`ErrorKind::Model`] if the folders that were named can't be
    /// read.
    ///
    /// ```
    /// use traghetto::Translator;
    ///
    /// let error = Translator::builder().build().err().unwrap();
    /// assert_eq!(error.hint(), Some("say `.to(Lang::EN)`, for example"));
    /// ```
    pub fn build(self) -> Result<Translator> {
        let Some(to) = self.options.to else {
            let message = "a translator must know which language to translate into";
            return Err(
                Error::new(ErrorKind::Usage, message).with_hint("say `.to(Lang::EN)`, for example")
            );
        };
        let quality = self.options.choices.quality;
        let (workshop, asking, options) = self.open("translate", quality)?;
        Ok(Translator {
            workshop,
            translating: options.choices.translating(asking),
            from: options.from,
            to,
        })
    }
}

/// A translation, and everything that is known of how it was made.
#[derive(Debug)]
pub struct Translation {
    article: Article,
    made: TranslatedDocument,
}

impl Translation {
    pub(super) fn new(article: Article, made: TranslatedDocument) -> Self {
        Self { article, made }
    }
}

impl Translation {
    /// The text in the new language, in the format of the source.
    pub fn text(&self) -> &str {
        &self.made.text
    }

    /// The language that it was translated from.
    pub fn from(&self) -> Lang {
        self.made.report.input.language
    }

    /// How it came about, for a person: `it → en by opus-mt-it-en`, or two of these through a pivot. Empty if there was
    /// nothing to translate.
    pub fn route(&self) -> String {
        show_route(&self.made.steps)
    }

    /// The steps of the route: one, or two through a pivot.
    pub fn steps(&self) -> &[RouteLeg] {
        &self.made.steps
    }

    /// The sentences, each with its translation and what was found.
    pub fn segments(&self) -> &[Segment] {
        self.made
            .report
            .translations
            .first()
            .map_or(&[], |made| made.segments.as_slice())
    }

    /// What may be wrong, in the order of the text; [`Translation::segments`] tells where.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.segments().iter().flat_map(|segment| &segment.findings)
    }

    /// How probable it is that the riskiest segment misleads, from 0 to 1; `None` where no model says anything of it.
    pub fn risk(&self) -> Option<f64> {
        let risks = self.segments().iter().filter_map(probability);
        risks.max_by(f64::total_cmp)
    }

    /// The segments with findings as an archive writes them down: objects with `segment` (its place, from 0), `source`,
    /// `text`, `risk` and `findings`.
    pub fn marked(&self) -> Vec<Value> {
        let segments = self.segments().iter().enumerate();
        let marked = segments.filter(|(_, segment)| !segment.findings.is_empty());
        marked
            .map(|(i, segment)| {
                json!({
                    "segment": i,
                    "source": segment.source,
                    "text": segment.text,
                    "risk": probability(segment),
                    "findings": segment.findings,
                })
            })
            .collect()
    }

    /// The models that took part as an archive writes them down: objects with `id`, `revision` and `sha256`, by files.
    pub fn provenance(&self) -> Vec<Value> {
        self.report().provenance()
    }

    /// What the program's JSON report says: models and their files, times, every segment, every warning.
    pub fn report(&self) -> &Report {
        &self.made.report
    }

    /// The translation in another form, such as a page with both languages side by side.
    ///
    /// # Errors
    /// As [`OutputFormat::render`].
    pub fn render(&self, format: OutputFormat) -> Result<String> {
        match self.made.report.translations.first() {
            Some(translation) => format.render(&Bilingual {
                article: &self.article,
                report: &self.made.report,
                translation,
            }),
            None => Ok(self.made.text.clone()),
        }
    }

    /// Writes the text into a file, in one piece.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be written, [`ErrorKind::Usage`] if `path` is a folder.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        Target::open(path.as_ref())?.write(self.made.text.as_bytes())
    }
}

/// A segment's risk with as many digits as mean anything.
fn probability(segment: &Segment) -> Option<f64> {
    let risk = segment.risk.as_ref()?;
    Some((f64::from(risk.probability) * 1e4).round() / 1e4)
}
