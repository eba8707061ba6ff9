//! Manifests for repositories that have none.

use super::super::folder::manifest_of_folder;
use super::super::options::FetchOptions;
use super::cache::RepoCache;
use super::{At, Hub, RepoInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{self, Listed, Manifest, Source};
use crate::registry::progress::Progress;

/// A repository as the user named it.
pub(in crate::registry) struct Named<'a> {
    /// The whole name, which becomes the manifest's id.
    pub id: String,
    pub repo: &'a str,
    pub revision: &'a str,
    /// The file with the weights, if the user said which.
    pub file: Option<&'a str>,
}

/// A manifest for a repository on the Hub. What the cache has of it is enough if it makes a model; otherwise the Hub
/// is asked. `near` are names to suggest if there is no such repository.
///
/// # Errors
/// [`ErrorKind::Unavailable`] if the Hub must be asked and can't, or lacks the repository; [`ErrorKind::Model`] if
/// that holds no model, or one of an architecture that isn't known.
pub(in crate::registry) fn manifest_of_repo(
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
    let (choice, facts) = catalogue::describe(&listing, file, repo, &|name, most| {
        let at = At {
            repo,
            revision: &sha,
            path: Some(name),
        };
        let bytes = hub.beginning(&at, most, progress)?;
        Ok((bytes, format!("{name} of {repo}")))
    })?;
    let licence = card.and_then(|card| Some(card.license?.as_str()?.to_owned()));
    let id = id.to_owned();
    Ok(catalogue::manifest(id, choice, facts, licence, source))
}
