//! How translations are made: the options that all share who translate.

use super::builder::Builder;
use crate::pipeline::{Asking, Meaning, Translating};
use crate::text::dictionary::Dictionaries;
use crate::text::glossary::Glossary;
use crate::translate::Repair;
use crate::translate::route::Tier;

/// What a caller may choose of how translations are made.
#[derive(Debug, Default)]
pub struct Choices {
    pub(super) quality: Tier,
    repair: Repair,
    meaning: Meaning,
    glossary: Option<Glossary>,
    dictionaries: Dictionaries,
}

impl Choices {
    /// These, with how models are asked.
    pub(super) fn translating(self, asking: Asking) -> Translating {
        Translating {
            asking,
            repair: self.repair,
            glossary: self.glossary,
            dictionaries: self.dictionaries,
            meaning: self.meaning,
        }
    }
}

/// Options of somebody who translates.
pub trait Translates {
    /// How translations are made.
    fn choices(&mut self) -> &mut Choices;
}

impl<O: Translates> Builder<O> {
    /// Whether translations are to be soon or good; balanced by default.
    pub fn quality(mut self, quality: Tier) -> Self {
        self.options.choices().quality = quality;
        self
    }

    /// What is done about segments with findings.
    pub fn repair(mut self, repair: Repair) -> Self {
        self.options.choices().repair = repair;
        self
    }

    /// Whether meanings are compared by sentence embeddings.
    pub fn meaning(mut self, meaning: Meaning) -> Self {
        self.options.choices().meaning = meaning;
        self
    }

    /// Terms and their fixed translations.
    pub fn glossary(mut self, glossary: Glossary) -> Self {
        self.options.choices().glossary = Some(glossary);
        self
    }

    /// Dictionaries between languages: what a translation may lack of their renderings raises its risk.
    pub fn dictionaries(mut self, dictionaries: Dictionaries) -> Self {
        self.options.choices().dictionaries = dictionaries;
        self
    }
}
