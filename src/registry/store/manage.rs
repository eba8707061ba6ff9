//! Looking after the store: what is in it, whether it is unharmed, and making room.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Store;
use super::find::blob_sha256;
use super::installed::{Found, Installed, Record, SourceKind};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{Manifest, Source};
use crate::registry::files::Lock;
use crate::registry::files::hash_file;
use crate::registry::progress::Progress;
use crate::registry::sources::FetchOptions;
use crate::registry::sources::RepoCache;

/// What reading a file again showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum FileState {
    /// It has the hash that it should have.
    Whole {
        /// That hash.
        sha256: String,
    },
    /// Its contents have changed.
    Damaged {
        /// The sha256 that it should have.
        expected: String,
        /// The sha256 that it has.
        found: String,
    },
    /// It isn't there or can't be read.
    Missing,
}

/// One file of a model after [`Store::verify`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The model.
    pub id: String,
    /// The file's name in the manifest.
    pub file: String,
    /// Where it is, or should be.
    pub path: PathBuf,
    /// What it is like.
    #[serde(flatten)]
    pub state: FileState,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Bytes that are free now.
    pub bytes: u64,
}

impl Removed {
    fn file(&mut self, path: &Path) -> Result<()> {
        let size = path
            .symlink_metadata()
            .map_or(0, |meta| if meta.is_file() { meta.len() } else { 0 });
        match fs::remove_file(path) {
            Ok(()) => {
                self.paths.push(path.to_owned());
                self.bytes += size;
                Ok(())
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(Error::io("removing", path, e)),
        }
    }

    fn folder(&mut self, path: &Path) -> Result<()> {
        for entry in entries(path) {
            match entry.is_dir() && !entry.is_symlink() {
                true => self.folder(&entry)?,
                false => self.file(&entry)?,
            }
        }
        match fs::remove_dir(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("removing", path, e))
            }
            _ => Ok(()),
        }
    }
}

/// What is in a folder, sorted; nothing if it can't be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = found.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

impl Store {
    /// The models that this store obtained, in the order of their folders: also those that no catalogue knows, such as
    /// repositories named by the user.
    pub fn recorded(&self) -> Vec<Manifest> {
        self.records()
            .into_iter()
            .map(|record| record.manifest)
            .collect()
    }

    fn records(&self) -> Vec<Record> {
        entries(&self.root().join("models"))
            .iter()
            .filter_map(|dir| Record::read(dir))
            .collect()
    }

    /// The record of a model, if this store obtained it.
    pub(super) fn record_of(&self, id: &str) -> Option<Record> {
        Record::read(&self.model_dir(id))
    }

    /// Keeps a record of an installed model, with the sizes and hashes that its files have now.
    pub(super) fn keep_record(&self, installed: &Installed) -> Result<()> {
        let mut manifest = installed.manifest.clone();
        for (file, there) in manifest.files.iter_mut().zip(&installed.files) {
            (file.size, file.sha256) = (Some(there.size), Some(there.sha256.clone()));
        }
        let record = Record {
            manifest,
            source: installed.source.clone(),
        };
        record.write(&self.model_dir(&installed.manifest.id))
    }

    /// Reads every file of the models that this store obtained and compares it with what it was, whatever is
    /// remembered of it. A damaged file is fetched again when its model is next asked for.
    ///
    /// # Errors
    /// None of a damaged file: that is what the result tells. [`ErrorKind::Io`] if the hashes can't be written.
    pub fn verify(&self, options: &FetchOptions, progress: &dyn Progress) -> Result<Vec<Verified>> {
        let mut all = Vec::new();
        for Record { manifest, source } in self.records() {
            progress.start(&manifest.id, Some(manifest.size));
            for file in &manifest.files {
                let path = match source.kind {
                    SourceKind::Hub => {
                        self.cached_path(&manifest, &file.name, source.revision.as_deref(), options)
                    }
                    _ => self.model_dir(&manifest.id).join(&file.name),
                };
                let expected = file.sha256.clone().or_else(|| blob_sha256(&path));
                let state = match hash_file(&path, progress) {
                    Err(_) => FileState::Missing,
                    Ok(found) => match expected.filter(|expected| *expected != found) {
                        Some(expected) => FileState::Damaged { expected, found },
                        None => FileState::Whole { sha256: found },
                    },
                };
                match &state {
                    FileState::Whole { sha256 } => self.hashes.record(&path, sha256)?,
                    _ => self.hashes.forget(&path),
                }
                all.push(Verified {
                    id: manifest.id.clone(),
                    file: file.name.clone(),
                    path,
                    state,
                });
            }
            progress.finish();
        }
        Ok(all)
    }

    /// Where a file of a model from the Hub should be.
    fn cached_path(
        &self,
        manifest: &Manifest,
        name: &str,
        commit: Option<&str>,
        options: &FetchOptions,
    ) -> PathBuf {
        let hub = manifest.sources.iter().find_map(|source| match source {
            Source::Hub { repo, files, .. } => Some((repo, files)),
            _ => None,
        });
        match (hub, commit) {
            (Some((repo, files)), Some(commit)) => {
                let path = files.get(name).map_or(name, String::as_str);
                RepoCache::new(&options.hub.cache, repo).pointer(commit, path)
            }
            _ => self.model_dir(&manifest.id).join(name),
        }
    }

    /// Removes a model: its files in the store, and its files in the Hub's cache unless another snapshot has them
    /// too.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if it isn't there, [`ErrorKind::Io`] if a file can't be removed.
    pub fn remove(
        &self,
        manifest: &Manifest,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Removed> {
        let _lock = self.lock(&manifest.id, progress)?;
        let mut removed = Removed::default();
        let dir = self.model_dir(&manifest.id);
        let found = self.find(manifest, &options.hub);
        let paths = match found {
            Found::Whole(installed) if installed.source.kind == SourceKind::Folder => Vec::new(),
            Found::Whole(installed) => installed.files.into_iter().map(|file| file.path).collect(),
            Found::Damaged(paths) => paths,
            Found::Missing => Vec::new(),
        };
        for path in paths {
            self.hashes.forget(&path);
            let blob = path.canonicalize().ok().filter(|_| path.is_symlink());
            removed.file(&path)?;
            if let Some(blob) = blob.filter(|blob| !is_linked(blob)) {
                removed.file(&blob)?;
            }
        }
        removed.folder(&dir)?;
        match removed.paths.is_empty() {
            true => Err(Error::new(
                ErrorKind::Usage,
                format!("{} is not in the store", manifest.id),
            )
            .with_hint("`models list` shows what is there")),
            false => Ok(removed),
        }
    }

    /// Removes what interrupted work left: wheels, partial files, folders without a record, and what is remembered of
    /// files that are gone. What another process works on stays.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a file can't be removed.
    pub fn prune(&self, options: &FetchOptions) -> Result<Removed> {
        let mut removed = Removed::default();
        let busy =
            |folder: &str| Lock::try_now(&self.root().join("locks").join(format!("{folder}.lock")));
        for dir in entries(&self.root().join("tmp")) {
            let name = dir
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if let Some(_lock) = busy(&name) {
                removed.folder(&dir)?;
            }
        }
        for dir in entries(&self.root().join("models")) {
            let name = dir
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let Some(_lock) = busy(&name) else {
                continue;
            };
            match Record::read(&dir) {
                None => removed.folder(&dir)?,
                Some(_) => {
                    let left = |name: &str| {
                        name.ends_with(".part")
                            || name.ends_with(".part.json")
                            || name.starts_with(".tmp")
                    };
                    for path in entries(&dir) {
                        if path
                            .file_name()
                            .and_then(|name| name.to_str())
                            .is_some_and(left)
                        {
                            removed.file(&path)?;
                        }
                    }
                }
            }
        }
        for Record { manifest, .. } in self.records() {
            for source in &manifest.sources {
                if let Source::Hub { repo, .. } = source {
                    prune_partial_blobs(&RepoCache::new(&options.hub.cache, repo), &mut removed)?;
                }
            }
        }
        for path in self.hashes.stale() {
            removed.file(&path)?;
        }
        Ok(removed)
    }
}

/// Removes blobs that nobody is downloading any more.
fn prune_partial_blobs(cache: &RepoCache, removed: &mut Removed) -> Result<()> {
    for path in entries(&cache.folder().join("blobs")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(etag) = name.strip_suffix(".incomplete")
            && let Some(_lock) = Lock::try_now(&cache.lock(etag))
        {
            removed.file(&path)?;
        }
    }
    Ok(())
}

/// Whether any snapshot of the blob's repository still links to it.
fn is_linked(blob: &Path) -> bool {
    let repository = blob.parent().and_then(Path::parent);
    repository.is_some_and(|repository| links_to(&repository.join("snapshots"), blob))
}

fn links_to(folder: &Path, blob: &Path) -> bool {
    entries(folder).iter().any(|path| match path.is_symlink() {
        true => path.canonicalize().is_ok_and(|target| target == blob),
        false => path.is_dir() && links_to(path, blob),
    })
}
