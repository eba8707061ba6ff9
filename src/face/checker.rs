//! Checking translations that are there already, with models that stay loaded.

use super::builder::{Builder, Workshop};
use crate::checks::{CheckId, Finding};
use crate::error::{Error, ErrorKind, Result};
use crate::output::check::{CheckFormat, Head, Listener, Segment, Summary, Tail, Writer};
use crate::pipeline::{self, Checking, Document, Meaning};
use crate::text::Lang;
use crate::text::dictionary::Dictionaries;
use crate::text::glossary::Glossary;

/// The options of a checker that a translator lacks.
#[derive(Debug, Default)]
pub struct CheckerOptions {
    from: Option<Lang>,
    to: Option<Lang>,
    checking: Checking,
}

/// Checks translations, whoever made them: rules, the glossary, names across the text, and a risk for each segment.
///
/// The model for embeddings makes the risk surer and is fetched if it isn't here, unless that is forbidden; a language model
/// named by [`Builder::model`] makes it surer still.
///
/// ```
/// use traghetto::{Checker, Lang, Meaning};
///
/// let mut checker = Checker::builder()
///     .from(Lang::IT)
///     .to(Lang::EN)
///     .meaning(Meaning::Off)
///     .build()?;
/// let check = checker.check_pairs(&[
///     ("Hanno votato 81 deputati.", "18 deputies voted."),
///     ("Hanno votato 81 deputati.", "81 deputies voted."),
/// ])?;
/// assert_eq!(check.summary().wrong, 1);
/// assert!(check.segments()[0].risk > check.segments()[1].risk);
/// # Ok::<(), traghetto::Error>(())
/// ```
pub struct Checker {
    workshop: Workshop,
    options: CheckerOptions,
}

impl Checker {
    /// Options to begin with.
    pub fn builder() -> Builder<CheckerOptions> {
        Builder::new(CheckerOptions::default())
    }

    /// Checks a document against the one that it was translated from; their sentences are aligned.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if a document has no text or they can't be translations of each other; [`ErrorKind::Usage`] if
    /// both are in one language; [`ErrorKind::Unavailable`] if a model that was named can't be had.
    pub fn check_documents(&mut self, source: &Document, translation: &Document) -> Result<Check> {
        let options = &self.options.checking;
        let mut check = Check::default();
        self.workshop.with(|session| {
            pipeline::check_documents(session, (source, translation), options, &mut check)
        })?;
        Ok(check)
    }

    /// Checks pairs of a source and its translation, in the order of their text; the builder must know both languages.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if it doesn't; [`ErrorKind::Input`] if there are none; [`ErrorKind::Unavailable`] if a model that
    /// was named can't be had.
    pub fn check_pairs(&mut self, pairs: &[(&str, &str)]) -> Result<Check> {
        let CheckerOptions { from, to, checking } = &self.options;
        let (Some(from), Some(to)) = (*from, *to) else {
            let message = "a checker of pairs must know both languages";
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("say them with `.from(…)` and `.to(…)`"));
        };
        let mut check = Check::default();
        self.workshop.with(|session| {
            pipeline::check_pairs(session, pairs, (from, to), checking, &mut check)
        })?;
        Ok(check)
    }
}

impl Builder<CheckerOptions> {
    /// The language of the sources of pairs.
    pub fn from(mut self, lang: Lang) -> Self {
        self.options.from = Some(lang);
        self
    }

    /// The language of their translations.
    pub fn to(mut self, lang: Lang) -> Self {
        self.options.to = Some(lang);
        self
    }

    /// Whether meanings are compared by sentence embeddings; by default if their model can be had.
    pub fn meaning(mut self, meaning: Meaning) -> Self {
        self.options.checking.meaning = meaning;
        self
    }

    /// Terms and their fixed translations.
    pub fn glossary(mut self, glossary: Glossary) -> Self {
        self.options.checking.glossary = Some(glossary);
        self
    }

    /// Dictionaries between the two languages: what a translation may lack of their renderings raises its risk.
    pub fn dictionaries(mut self, dictionaries: Dictionaries) -> Self {
        self.options.checking.dictionaries = dictionaries;
        self
    }

    /// Leaves a rule out.
    pub fn skip(mut self, check: CheckId) -> Self {
        self.options.checking.skip.push(check);
        self
    }

    /// The checker. No model is looked for yet.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the model's name is malformed or the device can't be opened; [`ErrorKind::Io`] or
    /// [`ErrorKind::Model`] if the folders that were named can't be read.
    pub fn build(self) -> Result<Checker> {
        let (workshop, asking, mut options) = self.open("translate", Default::default())?;
        options.checking.model = asking.model;
        Ok(Checker { workshop, options })
    }
}

/// What was found of a translation.
#[derive(Debug, Default)]
pub struct Check {
    head: Option<Head>,
    segments: Vec<Segment>,
    tail: Tail,
}

impl Check {
    /// The segments, each with its translation, its risk and what may be wrong with it.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// What is wrong with the translation as a whole.
    pub fn findings(&self) -> &[Finding] {
        &self.tail.findings
    }

    /// Counts.
    pub fn summary(&self) -> Summary {
        self.tail.summary
    }

    /// The check as the program writes it.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if it is too long for a page.
    pub fn render(&self, format: CheckFormat) -> Result<String> {
        let mut out: Vec<u8> = Vec::new();
        let mut writer = Writer::new(format, false, &mut out);
        if let Some(head) = &self.head {
            writer.begin(head)?;
        }
        for segment in &self.segments {
            writer.segment(segment.clone())?;
        }
        writer.end(&self.tail)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }
}

impl Listener for Check {
    fn begin(&mut self, head: &Head) -> Result<()> {
        self.head = Some(head.clone());
        Ok(())
    }

    fn segment(&mut self, segment: Segment) -> Result<()> {
        self.segments.push(segment);
        Ok(())
    }

    fn end(&mut self, tail: &Tail) -> Result<()> {
        self.tail = tail.clone();
        Ok(())
    }
}
