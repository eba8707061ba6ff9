//! A family: models for many directions that their maker lists in a registry. One TOML file beside the manifests says
//! where the registry is and what it doesn't say of its models.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::licence::Licence;
use super::manifest::Quality;
use super::names::{is_id, is_inside};
use super::source::is_address;
use crate::error::{Error, ErrorKind, Result};
use crate::text::Lang;

/// Models that a registry lists.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Short name: a model's id is `<family>-<from>-<to>`, and that of a direction's second model has its architecture
    /// after that.
    pub id: String,
    /// Name of one of its models for people, without the languages.
    pub title: String,
    /// Address below which the registry's index and its files are.
    pub base: String,
    /// Path of the index: JSON in the form of Mozilla's registry of translation models.
    pub index: String,
    /// Bytes of a model's files besides the weights, about: the index says the size of these only.
    pub other_files: u64,
    /// What is reckoned of a model whose quality the registry doesn't publish, in BLEU.
    pub score: f64,
    /// Where that comes from.
    pub basis: String,
    /// Languages that the registry calls otherwise, by its code.
    #[serde(default)]
    pub codes: BTreeMap<String, Lang>,
    /// Terms of use of all its models.
    pub licence: Licence,
}

impl Family {
    /// Whether a text is a family's rather than a manifest.
    pub(super) fn is_in(text: &str) -> bool {
        toml::from_str::<toml::Table>(text).is_ok_and(|table| table.contains_key("index"))
    }

    /// Reads a family from TOML; `origin` names it in errors.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it isn't TOML, lacks a field, has an unknown one, or names no safe address.
    pub(super) fn parse(text: &str, origin: &str) -> Result<Self> {
        let wrong = |why: String| Error::new(ErrorKind::Model, why);
        let family: Family = toml::from_str(text)
            .map_err(|e| wrong(format!("the family {origin} can't be read")).with_source(e))?;
        match is_id(&family.id) && is_address(&family.base) && is_inside(&family.index) {
            true => Ok(family),
            false => Err(wrong(format!(
                "the family {origin} is wrong: its id, address or index"
            ))),
        }
    }

    /// The address of the index; `base` stands in for the registry's own.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if `base` may not be fetched from.
    pub(in crate::registry) fn address(&self, base: Option<&str>) -> Result<String> {
        let base = base.unwrap_or(&self.base).trim_end_matches('/');
        match is_address(base) {
            true => Ok(format!("{base}/{}", self.index)),
            false => Err(Error::new(
                ErrorKind::Usage,
                format!("the address of the registry, {base}, is not an https address"),
            )),
        }
    }

    /// What is reckoned of a model whose quality nobody published.
    pub(in crate::registry) fn estimate(&self) -> Quality {
        Quality {
            score: self.score,
            basis: self.basis.clone(),
            pairs: BTreeMap::new(),
        }
    }

    /// The id of the model for a direction.
    pub(super) fn model(&self, from: Lang, to: Lang) -> String {
        format!("{}-{from}-{to}", self.id)
    }

    /// Whether an id is that of a model of this family.
    pub fn has(&self, id: &str) -> bool {
        let rest = id.to_lowercase();
        rest.strip_prefix(&self.id)
            .is_some_and(|rest| rest.starts_with('-'))
    }

    /// The language that the registry calls `code`, in its own name or as the file of the family says.
    pub(super) fn lang(&self, code: &str) -> Option<Lang> {
        let known = || code.parse::<Lang>().ok();
        // A script or a region behind a code makes it another language to a student.
        self.codes
            .get(code)
            .copied()
            .or_else(|| known().filter(|lang| lang.code() == code))
    }
}
