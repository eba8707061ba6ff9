//! Finding models that are there, and telling whole ones from damaged ones. No request is made.

use std::path::{Path, PathBuf};

use super::Store;
use super::installed::{Found, Installed, InstalledFile, Record, SourceKind, SourceUsed};
use crate::registry::catalogue::{Manifest, ModelFile, Source, is_sha256};
use crate::registry::progress::Progress;
use crate::registry::sources::HubOptions;
use crate::registry::sources::RepoCache;

impl Store {
    /// Looks in every place that needs no fetching.
    pub(super) fn find(&self, manifest: &Manifest, hub: &HubOptions) -> Found {
        let mut result = self.find_in_store(manifest);
        for source in &manifest.sources {
            if matches!(result, Found::Whole(_)) {
                break;
            }
            let found = match source {
                Source::Hub { .. } => self.find_in_cache(manifest, source, hub),
                Source::Folder { path } => self.find_in_folder(manifest, path),
                _ => Found::Missing,
            };
            if !matches!(found, Found::Missing) {
                result = found;
            }
        }
        result
    }

    pub(super) fn find_in_store(&self, manifest: &Manifest) -> Found {
        let dir = self.model_dir(&manifest.id);
        match Record::read(&dir) {
            // The record of a model from the Hub stands alone; its files are in the Hub's cache.
            Some(record) if record.source.kind != SourceKind::Hub => {
                let manifest = with_recorded_hashes(manifest, Some(&record));
                self.check(&manifest, record.source, |file| Some(dir.join(&file.name)))
            }
            _ => Found::Missing,
        }
    }

    pub(super) fn find_in_folder(&self, manifest: &Manifest, folder: &Path) -> Found {
        let source = SourceUsed {
            kind: SourceKind::Folder,
            description: folder.display().to_string(),
            revision: None,
        };
        match self.check(manifest, source, |file| Some(folder.join(&file.name))) {
            // The user's own files are not the store's to delete.
            Found::Damaged(_) => Found::Missing,
            found => found,
        }
    }

    pub(super) fn find_in_cache(
        &self,
        manifest: &Manifest,
        source: &Source,
        hub: &HubOptions,
    ) -> Found {
        let Source::Hub {
            repo,
            revision,
            files,
        } = source
        else {
            return Found::Missing;
        };
        let cache = RepoCache::new(&hub.cache, repo);
        let Some(commit) = cache.commit(revision) else {
            return Found::Missing;
        };
        let source = SourceUsed {
            kind: SourceKind::Hub,
            description: repo.clone(),
            revision: Some(commit.clone()),
        };
        // The Hub gives no sha256 for small files; what they were when they came is in the record.
        let record = self.record_of(&manifest.id);
        let record = record.filter(|record| record.source.revision.as_ref() == Some(&commit));
        let manifest = with_recorded_hashes(manifest, record.as_ref());
        self.check(&manifest, source, |file| {
            cache.find(&commit, files.get(&file.name).unwrap_or(&file.name))
        })
    }

    /// Checks each file against what its blob's name says, in the Hub's cache, and against what the manifest says.
    fn check(
        &self,
        manifest: &Manifest,
        source: SourceUsed,
        locate: impl Fn(&ModelFile) -> Option<PathBuf>,
    ) -> Found {
        let mut files = Vec::with_capacity(manifest.files.len());
        let mut damaged = Vec::new();
        for file in &manifest.files {
            let Some(path) = locate(file) else {
                return Found::Missing;
            };
            let Ok(meta) = path.metadata() else {
                return Found::Missing;
            };
            let (size, sha256) = match self.hashes.sha256(&path) {
                Ok(sha256) => (meta.len(), sha256),
                Err(_) => return Found::Missing,
            };
            let stated = blob_sha256(&path);
            let sound = stated.as_ref().is_none_or(|stated| *stated == sha256);
            let wanted = file.size.is_none_or(|wanted| wanted == size)
                && file.sha256.as_ref().is_none_or(|wanted| *wanted == sha256);
            match (sound, wanted) {
                (true, true) => files.push(InstalledFile {
                    role: file.role,
                    name: file.name.clone(),
                    path,
                    size,
                    sha256,
                }),
                // A blob that is what its name says is another version, not a damaged file.
                (true, false) if stated.is_some() => return Found::Missing,
                _ => damaged.push(path),
            }
        }
        match damaged.is_empty() {
            true => Found::Whole(Box::new(Installed {
                manifest: manifest.clone(),
                files,
                source,
            })),
            false => Found::Damaged(damaged),
        }
    }

    /// Deletes damaged files, and what links lead to, so that they are fetched anew.
    pub(super) fn discard(&self, paths: &[PathBuf], progress: &dyn Progress) {
        for path in paths {
            progress.note(&format!(
                "{} is damaged: it is fetched again",
                path.display()
            ));
            self.hashes.forget(path);
            if let Ok(target) = path.canonicalize() {
                std::fs::remove_file(target).ok();
            }
            // The link itself, where there was one.
            std::fs::remove_file(path).ok();
        }
    }
}

/// A manifest with the hashes that the record knows of files for which nobody published one.
fn with_recorded_hashes(manifest: &Manifest, record: Option<&Record>) -> Manifest {
    let mut manifest = manifest.clone();
    for file in &mut manifest.files {
        let recorded = record.iter().flat_map(|record| &record.manifest.files);
        let recorded = { recorded }.find(|other| other.name == file.name);
        file.sha256 = file.sha256.take().or_else(|| recorded?.sha256.clone());
    }
    manifest
}

/// The sha256 that the name of a blob in the Hub's cache states.
pub(super) fn blob_sha256(path: &Path) -> Option<String> {
    let target = path.canonicalize().ok()?;
    let in_blobs = target.parent()?.file_name()? == "blobs";
    let name = target.file_name()?.to_str()?;
    (in_blobs && is_sha256(name)).then(|| name.to_owned())
}
