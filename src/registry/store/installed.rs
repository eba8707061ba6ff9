//! What an installed model is, and the record that the store keeps of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{Manifest, Role, is_id};
use crate::registry::files::{Hasher, write_json};

/// What kind of source a model came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// The Hugging Face Hub.
    Hub,
    /// A folder or a file on this machine, used in its place.
    Folder,
    /// Python packages.
    Packages,
    /// Plain addresses.
    Url,
    /// A family's registry.
    Registry,
    /// Brought into the store by hand.
    Import,
}

/// Where an installed model came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceUsed {
    /// What kind of source.
    pub kind: SourceKind,
    /// The repository, the folder or the packages.
    pub description: String,
    /// The commit, for the Hub.
    pub revision: Option<String>,
}

/// One file of an installed model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstalledFile {
    /// What it is for.
    pub role: Role,
    /// Its name in the manifest.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Its sha256 in hexadecimal.
    pub sha256: String,
}

/// A model whose files are all there and were checked.
#[derive(Debug, Clone, Serialize)]
pub struct Installed {
    /// What it is.
    pub manifest: Manifest,
    /// Its files, in the manifest's order.
    pub files: Vec<InstalledFile>,
    /// Where it came from.
    pub source: SourceUsed,
}

impl Installed {
    /// The path of the first file with a role.
    pub fn path(&self, role: Role) -> Option<&Path> {
        let file = self.files.iter().find(|file| file.role == role);
        file.map(|file| file.path.as_path())
    }

    /// The path of the first file with a role.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the model has no such file.
    pub fn require(&self, role: Role) -> Result<&Path> {
        self.path(role).ok_or_else(|| {
            let why = format!("the model {} has no {role:?} file", self.manifest.id);
            Error::new(ErrorKind::Model, why)
        })
    }
}

/// What the store keeps about a model that it obtained: written last, so without it a model's folder counts for
/// nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub manifest: Manifest,
    pub source: SourceUsed,
}

impl Record {
    /// The record in a model's folder, if there is a readable one.
    pub(super) fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(dir.join(RECORD)).ok()?).ok()
    }

    /// Writes the record into a model's folder.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be written.
    pub(super) fn write(&self, dir: &Path) -> Result<()> {
        write_json(&dir.join(RECORD), self)
    }
}

/// Name of the record's file.
pub(super) const RECORD: &str = "installed.json";

/// The folder's name for a model: its id, or for the longer names of repositories what is plain in them and a hash.
pub(super) fn folder_name(id: &str) -> String {
    if is_id(id) {
        return id.to_owned();
    }
    let mut hasher = Hasher::default();
    hasher.update(id.as_bytes());
    let plain: String = id
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let hash: String = hasher.finish().chars().take(12).collect();
    format!("{}-{hash}", plain.trim_start_matches(['-', '.']))
}

/// Whether a model is at some place.
pub(super) enum Found {
    Whole(Box<Installed>),
    /// These files aren't what they should be.
    Damaged(Vec<PathBuf>),
    Missing,
}
