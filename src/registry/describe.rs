//! Manifests for models that have none: a file, a folder, a repository.

use std::path::Path;

use super::cache::RepoCache;
use super::hub::{At, Hub, RepoInfo};
use super::inspect;
use super::manifest::{Format, Manifest, ModelFile, Role, Source};
use super::options::FetchOptions;
use super::progress::Progress;
use super::resolve::{self, Listed};
use super::student;
use crate::error::{Error, ErrorKind, Result};

/// A manifest for a GGUF file or for a folder with a model in it.
pub(super) fn manifest_of_path(path: &Path) -> Result<Manifest> {
    let meta = path.metadata().map_err(|e| Error::io("reading", path, e))?;
    // Not `canonicalize`: that would follow the Hub cache's links to names that mean nothing to a person.
    let path = std::path::absolute(path).map_err(|e| Error::io("reading", path, e))?;
    let name = path.file_name().and_then(|name| name.to_str());
    match (name, path.parent()) {
        _ if meta.is_dir() => manifest_of_folder(&path, None),
        (Some(name), Some(folder))
            if [".gguf", ".safetensors", ".bin", ".bin.gz", ".npz"]
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
    let mut choice = resolve::choose(&listing, wanted, &folder.display().to_string())?;
    let by_config = |choice: &resolve::Choice| {
        let telling = folder.join(choice.telling());
        let bytes = std::fs::read(&telling).map_err(|e| Error::io("reading", &telling, e))?;
        inspect::config(&bytes, &telling.display().to_string())
    };
    let facts = match choice.format {
        Format::Gguf => match inspect::gguf_file(&folder.join(choice.telling())) {
            Ok(facts) => facts,
            Err(error) => {
                choice = resolve::with_config(&choice, &listing).ok_or(error)?;
                by_config(&choice)?
            }
        },
        Format::MarianBinary => student::FACTS,
        _ => by_config(&choice)?,
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

/// A repository as the user named it.
pub(super) struct Named<'a> {
    /// The whole name, which becomes the manifest's id.
    pub id: String,
    pub repo: &'a str,
    pub revision: &'a str,
    /// The file with the weights, if the user said which.
    pub file: Option<&'a str>,
}

/// A manifest for a repository on the Hub. What the cache has of it is enough if it makes a model; otherwise the Hub
/// is asked. `near` are names to suggest if there is no such repository.
pub(super) fn manifest_of_repo(
    named: &Named<'_>,
    near: Vec<String>,
    options: &FetchOptions,
    progress: &dyn Progress,
) -> Result<Manifest> {
    let Named {
        id,
        repo,
        revision,
        file,
    } = named;
    let (repo, revision, file) = (*repo, *revision, *file);
    let source = Source::Hub {
        repo: repo.to_owned(),
        revision: revision.to_owned(),
        files: Default::default(),
    };
    let cache = RepoCache::new(&options.hub.cache, repo);
    let snapshot = cache
        .commit(revision)
        .map(|commit| cache.pointer(&commit, ""));
    if let Some(snapshot) = snapshot
        && let Ok(mut manifest) = manifest_of_folder(&snapshot, file)
    {
        id.clone_into(&mut manifest.id);
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
    let hub = Hub::new(&options.hub, near)?;
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
    let mut choice = resolve::choose(&listing, file, repo)?;
    let beginning = |choice: &resolve::Choice, most: u64| {
        let at = At {
            repo,
            revision: &sha,
            path: Some(choice.telling()),
        };
        let bytes = hub.beginning(&at, most, progress)?;
        Ok::<_, Error>((bytes, format!("{} of {repo}", choice.telling())))
    };
    let by_config = |choice: &resolve::Choice| {
        let (bytes, origin) = beginning(choice, 1 << 22)?;
        inspect::config(&bytes, &origin)
    };
    let facts = match choice.format {
        Format::Gguf => {
            let (bytes, origin) = beginning(&choice, 1 << 16)?;
            match inspect::gguf(&mut bytes.as_slice(), &origin) {
                Ok(facts) => facts,
                Err(error) => {
                    choice = resolve::with_config(&choice, &listing).ok_or(error)?;
                    by_config(&choice)?
                }
            }
        }
        Format::MarianBinary => student::FACTS,
        _ => by_config(&choice)?,
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
