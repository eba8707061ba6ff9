//! Files that a folder or a repository lists, and those of them that make a model.

use super::format::ModelFormat;
use super::manifest::{ModelFile, Role};

/// A file that could belong to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::registry) struct Listed {
    pub name: String,
    pub size: Option<u64>,
    pub sha256: Option<String>,
}

/// The files of a listing that make a model, and the one that says what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::registry) struct Choice {
    pub format: ModelFormat,
    pub files: Vec<ModelFile>,
}

impl Choice {
    /// The file whose contents tell the architecture: the GGUF itself, or `config.json`.
    pub(super) fn telling(&self) -> &str {
        let config = self.files.iter().find(|file| file.role == Role::Config);
        config
            .or(self.files.first())
            .map_or("", |file| file.name.as_str())
    }
}
