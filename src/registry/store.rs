//! The store: which models are there, and getting those that aren't.
//!
//! Below its root: `models/<id>/` holds assembled files and a record written last; `ledger/` remembers hashes;
//! `locks/` and `tmp/` are what they say. Files from the Hub stay in the Hub's own cache, shared with Python.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use super::hub::{Hub, Layout, RepoInfo, Wanted};
use super::inspect;
use super::integrity::{Ledger, write_json};
use super::lock::Lock;
use super::manifest::{Format, Manifest, ModelFile, Piece, Role, Source, is_sha256};
use super::options::{FetchOptions, HubOptions};
use super::packages;
use super::progress::Progress;
use super::resolve::{self, Listed};
use super::spec::ModelSpec;
use crate::error::{Error, ErrorKind, Result};

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
            Error::new(
                ErrorKind::Model,
                format!("the model {} has no {role:?} file", self.manifest.id),
            )
        })
    }
}

/// The first candidate that could be had.
#[derive(Debug)]
pub struct Obtained {
    /// The model.
    pub installed: Installed,
    /// Better candidates that couldn't be had, by id, and why.
    pub passed_over: Vec<(String, Error)>,
}

/// Written last into a model's folder: without it the folder counts for nothing.
#[derive(Serialize, Deserialize)]
struct Record {
    source: SourceUsed,
}

const RECORD: &str = "installed.json";

/// Whether a model is at some place.
enum Found {
    Whole(Box<Installed>),
    /// These files aren't what they should be.
    Damaged(Vec<PathBuf>),
    Missing,
}

/// The place where models are kept.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    ledger: Ledger,
}

impl Store {
    /// A store with this root, which is made when something is first put there.
    pub fn open(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let ledger = Ledger::new(root.join("ledger"));
        Self { root, ledger }
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
    pub fn obtain(
        &self,
        manifest: &Manifest,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Installed> {
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
            match self.obtain_from(source, manifest, options, progress) {
                Ok(installed) => return Ok(installed),
                Err(error) => {
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

    /// The first of `candidates` that can be had; with `strict` only the very first is tried.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if none can be had; the message lists each candidate and why.
    pub fn obtain_first(
        &self,
        candidates: &[&Manifest],
        strict: bool,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Obtained> {
        let tried = if strict {
            candidates.get(..1).unwrap_or_default()
        } else {
            candidates
        };
        let mut passed_over = Vec::new();
        for manifest in tried {
            match self.obtain(manifest, options, progress) {
                Ok(installed) => {
                    if let Some((id, error)) = passed_over.first() {
                        progress.note(&format!(
                            "{id} can't be had ({error}): {} is taken instead",
                            manifest.id
                        ));
                    }
                    return Ok(Obtained {
                        installed,
                        passed_over,
                    });
                }
                Err(error) => passed_over.push((manifest.id.clone(), error)),
            }
        }
        let lines: Vec<String> = passed_over
            .iter()
            .map(|(id, error)| format!("\n  {id}: {error}"))
            .collect();
        let hint = passed_over
            .iter()
            .rev()
            .find_map(|(_, error)| error.hint().map(str::to_owned));
        let error = Error::new(
            ErrorKind::Unavailable,
            format!("no model can be had:{}", lines.concat()),
        );
        Err(error.with_hint(hint.unwrap_or_else(|| "`models list` shows what there is".to_owned())))
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
        let manifest = match spec {
            ModelSpec::Id(id) => return self.obtain(catalogue.get(id)?, options, progress),
            ModelSpec::Path(path) => manifest_of_path(path)?,
            ModelSpec::Hub {
                repo,
                revision,
                file,
            } => {
                let revision = revision.as_deref().unwrap_or("main");
                manifest_of_repo(
                    &spec.to_string(),
                    repo,
                    revision,
                    file.as_deref(),
                    options,
                    progress,
                )?
            }
        };
        self.obtain(&manifest, options, progress)
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
                let fetched = Hub::new(&options.hub).fetch(repo, revision, &wanted, progress)?;
                for (path, sha256) in &fetched {
                    if let Some(sha256) = sha256 {
                        self.ledger.record(path, sha256)?;
                    }
                }
                self.find_in_cache(manifest, source, &options.hub)
            }
            Source::Packages { files } => {
                let lock = self
                    .root
                    .join("locks")
                    .join(format!("{}.lock", manifest.id));
                let _lock = Lock::wait(&lock, &manifest.id, progress)?;
                match self.find_in_store(manifest) {
                    // Another process fetched it while this one waited.
                    Found::Whole(installed) => return Ok(*installed),
                    Found::Damaged(paths) => self.discard(&paths, progress),
                    Found::Missing => {}
                }
                let dir = self.model_dir(manifest);
                let scratch = self.root.join("tmp").join(&manifest.id);
                let hashes =
                    packages::assemble(manifest, files, &dir, &scratch, &options.pip, progress)?;
                for (file, sha256) in manifest.files.iter().zip(&hashes) {
                    self.ledger.record(&dir.join(&file.name), sha256)?;
                }
                let source = SourceUsed {
                    kind: SourceKind::Packages,
                    description: packages_used(files.values().flatten()),
                    revision: None,
                };
                write_json(&dir.join(RECORD), &Record { source })?;
                self.find_in_store(manifest)
            }
        };
        match found {
            Found::Whole(installed) => Ok(*installed),
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

    fn model_dir(&self, manifest: &Manifest) -> PathBuf {
        self.root.join("models").join(&manifest.id)
    }

    /// Looks in every place that needs no fetching.
    fn find(&self, manifest: &Manifest, hub: &HubOptions) -> Found {
        let mut result = self.find_in_store(manifest);
        for source in &manifest.sources {
            if matches!(result, Found::Whole(_)) {
                break;
            }
            let found = match source {
                Source::Hub { .. } => self.find_in_cache(manifest, source, hub),
                Source::Folder { path } => self.find_in_folder(manifest, path),
                Source::Packages { .. } => Found::Missing,
            };
            if !matches!(found, Found::Missing) {
                result = found;
            }
        }
        result
    }

    fn find_in_store(&self, manifest: &Manifest) -> Found {
        let dir = self.model_dir(manifest);
        let record = std::fs::read(dir.join(RECORD)).ok();
        let record = record.and_then(|text| serde_json::from_slice::<Record>(&text).ok());
        match record {
            Some(Record { source }) => {
                self.check(manifest, source, |file| Some(dir.join(&file.name)))
            }
            None => Found::Missing,
        }
    }

    fn find_in_folder(&self, manifest: &Manifest, folder: &Path) -> Found {
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

    fn find_in_cache(&self, manifest: &Manifest, source: &Source, hub: &HubOptions) -> Found {
        let Source::Hub {
            repo,
            revision,
            files,
        } = source
        else {
            return Found::Missing;
        };
        let layout = Layout::new(&hub.cache, repo);
        let Some(commit) = layout.commit(revision) else {
            return Found::Missing;
        };
        let source = SourceUsed {
            kind: SourceKind::Hub,
            description: repo.clone(),
            revision: Some(commit.clone()),
        };
        self.check(manifest, source, |file| {
            layout.find(&commit, files.get(&file.name).unwrap_or(&file.name))
        })
    }

    /// Checks each file against what the manifest says, or for the Hub's blobs what their names say.
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
            let size = meta.len();
            let expected = file.sha256.clone().or_else(|| blob_sha256(&path));
            let wrong_size = file.size.is_some_and(|expected| expected != size);
            let sha256 = if wrong_size {
                None
            } else {
                self.ledger.sha256(&path).ok()
            };
            match sha256 {
                Some(sha256) if expected.is_none_or(|expected| expected == sha256) => {
                    files.push(InstalledFile {
                        role: file.role,
                        name: file.name.clone(),
                        path,
                        size,
                        sha256,
                    })
                }
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
    fn discard(&self, paths: &[PathBuf], progress: &dyn Progress) {
        for path in paths {
            progress.note(&format!(
                "{} is damaged: it is fetched again",
                path.display()
            ));
            self.ledger.forget(path);
            if let Ok(target) = path.canonicalize() {
                std::fs::remove_file(target).ok();
            }
            // The link itself, where there was one.
            std::fs::remove_file(path).ok();
        }
    }
}

/// The sha256 that the name of a blob in the Hub's cache states.
fn blob_sha256(path: &Path) -> Option<String> {
    let target = path.canonicalize().ok()?;
    let in_blobs = target.parent()?.file_name()? == "blobs";
    let name = target.file_name()?.to_str()?;
    (in_blobs && is_sha256(name)).then(|| name.to_owned())
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
    }
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

/// A manifest for a GGUF file or for a folder with a model in it.
fn manifest_of_path(path: &Path) -> Result<Manifest> {
    let meta = path.metadata().map_err(|e| Error::io("reading", path, e))?;
    // Not `canonicalize`: that would follow the Hub cache's links to names that mean nothing to a person.
    let path = std::path::absolute(path).map_err(|e| Error::io("reading", path, e))?;
    let name = path.file_name().and_then(|name| name.to_str());
    match (name, path.parent()) {
        _ if meta.is_dir() => manifest_of_folder(&path, None),
        (Some(name), Some(folder))
            if [".gguf", ".safetensors", ".bin"]
                .iter()
                .any(|ext| name.ends_with(ext)) =>
        {
            manifest_of_folder(folder, Some(name))
        }
        // A GGUF by another name, such as a blob of a cache.
        (Some(name), Some(folder)) => {
            let facts = inspect::gguf_file(&path)?;
            let file = ModelFile {
                name: name.to_owned(),
                role: Role::Weights,
                size: Some(meta.len()),
                sha256: None,
            };
            let choice = resolve::Choice {
                format: Format::Gguf,
                files: vec![file],
            };
            let source = Source::Folder {
                path: folder.to_owned(),
            };
            Ok(resolve::manifest(
                name.to_owned(),
                choice,
                facts,
                None,
                source,
            ))
        }
        _ => Err(Error::new(
            ErrorKind::Input,
            format!("{} is not a model", path.display()),
        )),
    }
}

/// A manifest for what a folder holds; `wanted` names the file with the weights.
fn manifest_of_folder(folder: &Path, wanted: Option<&str>) -> Result<Manifest> {
    let mut listing = Vec::new();
    list(folder, "", &mut listing).map_err(|e| Error::io("reading", folder, e))?;
    listing.sort_by(|a, b| a.name.cmp(&b.name));
    let choice = resolve::choose(&listing, wanted, &folder.display().to_string())?;
    let telling = folder.join(choice.telling());
    let facts = match choice.format {
        Format::Gguf => inspect::gguf_file(&telling)?,
        _ => {
            let bytes = std::fs::read(&telling).map_err(|e| Error::io("reading", &telling, e))?;
            inspect::config(&bytes, &telling.display().to_string())?
        }
    };
    let id = wanted
        .map(str::to_owned)
        .or_else(|| Some(folder.file_name()?.to_str()?.to_owned()));
    let source = Source::Folder {
        path: folder.to_owned(),
    };
    Ok(resolve::manifest(
        id.unwrap_or_else(|| "model".to_owned()),
        choice,
        facts,
        None,
        source,
    ))
}

/// Lists the files of a folder and of the folders in it, two levels deep: repositories keep variants that far down.
fn list(folder: &Path, prefix: &str, into: &mut Vec<Listed>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        // What can't be read or named in UTF-8 is no part of a model.
        let (Ok(meta), Some(name)) = (
            path.metadata(),
            path.file_name().and_then(|name| name.to_str()),
        ) else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if meta.is_file() {
            into.push(Listed {
                name,
                size: Some(meta.len()),
                sha256: None,
            });
        } else if meta.is_dir() && prefix.matches('/').count() < 1 {
            list(&path, &format!("{name}/"), into)?;
        }
    }
    Ok(())
}

/// A manifest for a repository on the Hub. What the cache has of it is enough if it makes a model; otherwise the Hub
/// is asked.
fn manifest_of_repo(
    id: &str,
    repo: &str,
    revision: &str,
    file: Option<&str>,
    options: &FetchOptions,
    progress: &dyn Progress,
) -> Result<Manifest> {
    let source = Source::Hub {
        repo: repo.to_owned(),
        revision: revision.to_owned(),
        files: Default::default(),
    };
    let layout = Layout::new(&options.hub.cache, repo);
    let snapshot = layout
        .commit(revision)
        .map(|commit| layout.pointer(&commit, ""));
    if let Some(snapshot) = snapshot
        && let Ok(mut manifest) = manifest_of_folder(&snapshot, file)
    {
        manifest.id = id.to_owned();
        manifest.sources = vec![source];
        return Ok(manifest);
    }
    if options.offline {
        let why = format!(
            "{repo} is not in {}, and nothing may be fetched offline",
            options.hub.cache.display()
        );
        return Err(Error::new(ErrorKind::Unavailable, why)
            .with_hint(format!("fetch it while online: traghetto models pull {id}")));
    }
    let hub = Hub::new(&options.hub);
    let RepoInfo {
        sha,
        siblings,
        card,
    } = hub.info(repo, revision, progress)?;
    let listing: Vec<Listed> = siblings
        .into_iter()
        .map(|file| Listed {
            name: file.name,
            size: file.size,
            sha256: file.lfs.map(|lfs| lfs.sha256),
        })
        .collect();
    let choice = resolve::choose(&listing, file, repo)?;
    let telling = choice.telling().to_owned();
    let origin = format!("{telling} of {repo}");
    let facts = match choice.format {
        Format::Gguf => {
            let bytes = hub.beginning(repo, &sha, &telling, 1 << 16, progress)?;
            inspect::gguf(&mut bytes.as_slice(), &origin)?
        }
        _ => inspect::config(
            &hub.beginning(repo, &sha, &telling, 1 << 22, progress)?,
            &origin,
        )?,
    };
    let licence = card.and_then(|card| Some(card.license?.as_str()?.to_owned()));
    Ok(resolve::manifest(
        id.to_owned(),
        choice,
        facts,
        licence,
        source,
    ))
}
