//! How to translate and how to summarise: what a caller decides.

use std::fmt;
use std::str::FromStr;

use crate::engine::Sampling;
use crate::error::{Error, Result};
use crate::prompt::Prompt;
use crate::registry::{Manifest, ModelSpec};
use crate::summarize::{self, Length, Style, Verify};
use crate::text::Lang;
use crate::text::dictionary::Dictionaries;
use crate::text::glossary::{Glossary, Term};
use crate::translate::Repair;

/// How chat models are asked.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The model that the user named.
    pub model: Option<ModelSpec>,
    /// The prompt that the user named, else the built-in one.
    pub prompt: Prompt,
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// Hard cap on the tokens of one answer.
    pub max_tokens: Option<usize>,
}

impl Asking {
    /// The prompt that a model's manifest names, and how tokens are drawn with it; `None` if it names none or the user
    /// asks in words of his own. A temperature or seed of the user's goes before the prompt's.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if there is no such prompt.
    pub(super) fn of_model(&self, manifest: &Manifest) -> Result<Option<(Prompt, Sampling)>> {
        let Some(name) = &manifest.prompt else {
            return Ok(None);
        };
        let usual = Prompt::builtin("translate")?;
        if self.prompt.hash() != usual.hash() {
            return Ok(None);
        }
        let prompt = Prompt::builtin(name)?;
        let sampling = match self.sampling == usual.parameters()? {
            true => prompt.parameters()?,
            false => self.sampling.clone(),
        };
        Ok(Some((prompt, sampling)))
    }
}

/// How to translate a document.
#[derive(Debug, Clone)]
pub struct Translating {
    /// How chat models are asked.
    pub asking: Asking,
    /// What is done about segments with findings.
    pub repair: Repair,
    /// The user's glossary.
    pub glossary: Option<Glossary>,
    /// The user's dictionaries.
    pub dictionaries: Dictionaries,
    /// Whether meanings are compared by embeddings.
    pub meaning: Meaning,
}

impl Translating {
    /// As `asking` says, and otherwise with the defaults.
    pub fn of(asking: Asking) -> Self {
        Self {
            asking,
            repair: Repair::default(),
            glossary: None,
            dictionaries: Dictionaries::default(),
            meaning: Meaning::default(),
        }
    }

    /// The glossary's terms, the longest first, for one pair of languages; `whole`: whether it leads from the article's
    /// language to the one asked for.
    pub(super) fn terms(&self, from: Lang, to: Lang, whole: bool) -> Vec<Term> {
        let glossary = self.glossary.as_ref();
        glossary.map_or_else(Vec::new, |glossary| glossary.terms(from, to, whole))
    }
}

/// How to summarise a document.
#[derive(Debug)]
pub struct Summarizing {
    /// How chat models are asked.
    pub asking: Asking,
    /// How long.
    pub length: Length,
    /// Which shape.
    pub style: Style,
    /// How sure.
    pub verify: Verify,
    /// Answers of the model that a summary is made of.
    pub candidates: usize,
    /// What the summary shall be about above all, in the article's language.
    pub focus: Option<String>,
    /// Whether no model is wanted.
    pub extract: bool,
}

impl Summarizing {
    pub(super) fn options(&self) -> summarize::Options<'_> {
        summarize::Options {
            length: self.length,
            style: self.style,
            verify: self.verify,
            prompt: &self.asking.prompt,
            sampling: &self.asking.sampling,
            candidates: self.candidates,
            max_tokens: self.asking.max_tokens,
        }
    }
}

/// Whether meanings are compared by sentence embeddings (`--meaning`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Meaning {
    /// No.
    Off,
    /// If the embedding model is here and a language model translates, beside which it costs little.
    #[default]
    Auto,
    /// Yes: the model is fetched if need be.
    On,
}

impl Meaning {
    const ALL: [Self; 3] = [Self::Off, Self::Auto, Self::On];
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        })
    }
}

impl FromStr for Meaning {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("comparison of meanings", text, &Self::ALL)
    }
}
