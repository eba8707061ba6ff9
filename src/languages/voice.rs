//! How a passive is told from what somebody does: `voice.toml`.

use std::collections::HashSet;

use serde::Deserialize;

/// In lower case.
#[derive(Debug, Clone, Default)]
pub struct Voice {
    /// Stand before who did it, behind a passive verb or a noun.
    pub by: HashSet<String>,
    /// Stand before a passive verb.
    pub was: HashSet<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    by: String,
    was: String,
}

impl Voice {
    /// Adds the words of a file.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        self.by.extend(super::parse::words(&file.by));
        self.was.extend(super::parse::words(&file.was));
        Ok(())
    }
}
