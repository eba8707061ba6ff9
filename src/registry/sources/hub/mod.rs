//! The Hugging Face Hub's protocol.
//!
//! The client of `hf-hub` 0.5, whose cache layout is in `cache`, is not used: it tries nothing again after a
//! 5xx, checks no hash, ignores `HF_TOKEN`, and holds no lock that Python knows; `hf-hub` 1.0 doesn't resume and stores
//! the body of a 403 as if it were the file. Ours is in `http`, and `download` gets a file by it.

mod cache;
mod describe;
mod download;
mod partial;
mod requests;

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{is_id, is_inside, is_sha256};
use crate::registry::files::Lock;
use crate::registry::files::check_room;
use crate::registry::progress::Progress;
pub(in crate::registry) use cache::RepoCache;
pub(in crate::registry) use describe::{Named, manifest_of_repo};
use download::Download;
use partial::Partial;
pub(in crate::registry) use requests::{At, Hub};

/// What the Hub says about one file.
#[derive(Debug, Clone)]
pub(in crate::registry) struct FileMeta {
    /// The commit that the revision names.
    pub commit: String,
    /// Name of the blob in the cache: the sha256 for LFS files, a git hash for the others.
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

impl FileMeta {
    /// The file's sha256, for LFS files.
    pub(in crate::registry) fn sha256(&self) -> Option<&str> {
        Some(self.etag.as_str()).filter(|etag| is_sha256(etag))
    }

    /// The name that git gives the contents, for files outside LFS.
    pub(in crate::registry) fn git(&self) -> Option<&str> {
        let etag = Some(self.etag.as_str());
        etag.filter(|etag| etag.len() == 40 && etag.bytes().all(|b| b.is_ascii_hexdigit()))
    }
}

/// What the Hub says about a repository; fields that are not used are left out.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::registry) struct RepoInfo {
    pub sha: String,
    #[serde(default)]
    pub siblings: Vec<Sibling>,
    #[serde(default, rename = "cardData")]
    pub card: Option<Card>,
}

/// A file of a repository.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::registry) struct Sibling {
    #[serde(rename = "rfilename")]
    pub name: String,
    #[serde(default)]
    pub size: Option<u64>,
    #[serde(default)]
    pub lfs: Option<Lfs>,
}

/// The LFS part of a [`Sibling`].
#[derive(Debug, Clone, Deserialize)]
pub(in crate::registry) struct Lfs {
    pub sha256: String,
}

/// The model card's header.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::registry) struct Card {
    #[serde(default)]
    pub license: Option<serde_json::Value>,
}

/// A file to fetch: its path in the repository, and what is known about it beforehand.
pub(in crate::registry) struct Wanted<'a> {
    pub path: &'a str,
    pub size: Option<u64>,
    pub sha256: Option<&'a str>,
}

impl Hub<'_> {
    /// Fetches files of a repository into the cache, or finds them there. Gives the path of each file in the order
    /// asked for, and the sha256 of those that were downloaded.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if the Hub can't be reached, refuses or lacks a file, or there is no disk room;
    /// [`ErrorKind::Integrity`] if what it has isn't what is wanted.
    pub(in crate::registry) fn fetch(
        &self,
        repo: &str,
        revision: &str,
        wanted: &[Wanted<'_>],
        progress: &dyn Progress,
    ) -> Result<Vec<(PathBuf, Option<String>)>> {
        let mut metas: Vec<FileMeta> = Vec::with_capacity(wanted.len());
        for file in wanted {
            // All files come from the commit that the first was found at, even if the branch moves meanwhile.
            let revision = metas.first().map_or(revision, |meta| meta.commit.as_str());
            let at = At {
                repo,
                revision,
                path: Some(file.path),
            };
            let meta = self.head(&at, progress)?;
            let other_size = file.size.is_some_and(|size| size != meta.size);
            let other_hash = matches!((file.sha256, meta.sha256()), (Some(a), Some(b)) if a != b);
            if other_size || other_hash {
                let why = format!(
                    "{} of {repo} on the Hub is not the file that the manifest describes",
                    file.path
                );
                return Err(Error::new(ErrorKind::Integrity, why));
            }
            metas.push(meta);
        }
        let options = self.client.options();
        let cache = RepoCache::new(&options.cache, repo);
        let missing = metas.iter().filter(|meta| !cache.blob(&meta.etag).exists());
        let missing = missing.map(|meta| {
            meta.size - Partial::came(&cache.partial(&meta.etag), meta.size, options.part)
        });
        check_room(&options.cache, missing.fold(0, u64::saturating_add))?;
        let total = metas.iter().map(|meta| meta.size);
        let total = total.fold(0, u64::saturating_add);
        progress.start(repo, Some(total));
        let paths = wanted
            .iter()
            .zip(&metas)
            .map(|(file, meta)| self.fetch_one(&cache, repo, file, meta, progress))
            .collect::<Result<Vec<_>>>();
        progress.finish();
        let paths = paths?;
        let commit = metas
            .first()
            .map(|meta| meta.commit.clone())
            .unwrap_or_default();
        // The name is recorded last: it makes the snapshot findable without a request.
        cache.name_commit(revision, &commit)?;
        Ok(paths)
    }

    fn fetch_one(
        &self,
        cache: &RepoCache,
        repo: &str,
        file: &Wanted<'_>,
        meta: &FileMeta,
        progress: &dyn Progress,
    ) -> Result<(PathBuf, Option<String>)> {
        let _lock = Lock::wait(&cache.lock(&meta.etag), file.path, progress)?;
        let blob = cache.blob(&meta.etag);
        let pointer = cache.pointer(&meta.commit, file.path);
        let whole = |path: &Path| path.metadata().is_ok_and(|m| m.len() == meta.size);
        let sha256 = if whole(&blob) || whole(&pointer) {
            progress.advance(meta.size);
            None
        } else {
            let download = Download {
                hub: self,
                at: At {
                    repo,
                    revision: &meta.commit,
                    path: Some(file.path),
                },
                size: meta.size,
                sha256: file.sha256.or(meta.sha256()),
                git: meta.git(),
                partial: &cache.partial(&meta.etag),
                target: &blob,
            };
            Some(download.run(progress)?)
        };
        Ok((cache.link(&meta.commit, file.path, &meta.etag)?, sha256))
    }

    /// Asks for a file's commit, size and hash without its contents.
    fn head(&self, at: &At<'_>, progress: &dyn Progress) -> Result<FileMeta> {
        let url = self.url(at);
        let response = self.ask(at, progress, || self.client.head(&url))?;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let etag = header("x-linked-etag").or(header("etag")).map(plain_etag);
        let size = header("x-linked-size").or(header("content-length"));
        let size = size.and_then(|size| size.parse().ok());
        match (header("x-repo-commit"), etag, size) {
            (Some(commit), Some(etag), Some(size)) if is_id(commit) && is_id(etag) => {
                Ok(FileMeta {
                    commit: commit.to_owned(),
                    etag: etag.to_owned(),
                    size,
                })
            }
            _ => {
                let endpoint = self.client.options().shown_endpoint();
                let why = format!("{endpoint} does not answer like the Hugging Face Hub");
                Err(Error::new(ErrorKind::Unavailable, why).with_hint(
                    "something on the way may be answering in its place; check HF_ENDPOINT and the proxy",
                ))
            }
        }
    }

    /// Asks what a repository holds.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if the Hub can't be reached, refuses, or answers with something else.
    pub(in crate::registry) fn info(
        &self,
        repo: &str,
        revision: &str,
        progress: &dyn Progress,
    ) -> Result<RepoInfo> {
        let at = At {
            repo,
            revision,
            path: None,
        };
        let url = self.url(&at);
        let response = self.ask(&at, progress, || self.client.get(&url, None))?;
        let text = response
            .into_body()
            .into_with_config()
            .limit(64 << 20)
            .read_to_string();
        let text = text.map_err(|e| self.broken(&e))?;
        let info: RepoInfo = serde_json::from_str(&text).map_err(|e| self.broken(&e))?;
        match is_id(&info.sha) && info.siblings.iter().all(|file| is_inside(&file.name)) {
            true => Ok(info),
            false => Err(self.broken(&"a path leaves the repository")),
        }
    }

    /// The first bytes of a file, at most `limit`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if the Hub can't be reached or refuses.
    pub(in crate::registry) fn beginning(
        &self,
        at: &At<'_>,
        limit: u64,
        progress: &dyn Progress,
    ) -> Result<Vec<u8>> {
        let url = self.url(at);
        let range = format!("bytes=0-{}", limit.saturating_sub(1));
        let response = self.ask(at, progress, || self.client.get(&url, Some(&range)))?;
        let mut bytes = Vec::new();
        let mut body = response.into_body().into_reader().take(limit);
        body.read_to_end(&mut bytes).map_err(|e| self.broken(&e))?;
        Ok(bytes)
    }
}

/// The etag without quotes and weakness mark.
fn plain_etag(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}
