//! Licences that a person must accept once: those that forbid commercial use or exclude territories.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Store;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::Manifest;
use crate::registry::files::write_json;
use crate::registry::sources::FetchOptions;

impl Store {
    /// Remembers that the user accepts a licence, by its id in the manifests.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the store can't be written.
    pub fn accept_licence(&self, licence: &str) -> Result<()> {
        let mut accepted = self.accepted();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_secs());
        accepted.entry(licence.to_lowercase()).or_insert(now);
        write_json(&self.licences_path(), &accepted)
    }

    /// Ids of the licences accepted so far, in lower case.
    pub fn accepted_licences(&self) -> Vec<String> {
        self.accepted().into_keys().collect()
    }

    /// Lets a model pass whose licence asks nothing, was accepted before, or is accepted now.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if it must be accepted first.
    pub(super) fn check_licence(&self, manifest: &Manifest, options: &FetchOptions) -> Result<()> {
        let licence = &manifest.licence;
        if !licence.needs_acceptance() {
            return Ok(());
        }
        let id = licence.id.to_lowercase();
        if options
            .accept
            .iter()
            .any(|accepted| accepted.to_lowercase() == id)
        {
            return self.accept_licence(&id);
        }
        if self.accepted().contains_key(&id) {
            return Ok(());
        }
        let mut limits = Vec::new();
        if !licence.commercial {
            limits.push("it forbids commercial use".to_owned());
        }
        if let Some(territory) = &licence.territory {
            limits.push(format!("it is limited by territory ({territory})"));
        }
        let text = licence
            .url
            .as_deref()
            .map_or(String::new(), |url| format!(" (its text: {url})"));
        Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{} has the licence {}, which must be accepted first: {}",
                manifest.id,
                licence.id,
                limits.join(", ")
            ),
        )
        .with_hint(format!(
            "if you accept it{text}, add --accept-licence {} once",
            licence.id
        )))
    }

    /// Accepted licences and when, in seconds since 1970.
    fn accepted(&self) -> BTreeMap<String, u64> {
        let text = std::fs::read(self.licences_path()).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn licences_path(&self) -> PathBuf {
        self.root().join("licences.json")
    }
}
