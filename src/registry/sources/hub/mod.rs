//! The Hugging Face Hub's protocol.
//!
//! The client of `hf-hub` 0.5, whose cache layout is in `cache`, is not used: it tries nothing again after a
//! 5xx, checks no hash, ignores `HF_TOKEN`, and holds no lock that Python knows; `hf-hub` 1.0 doesn't resume and stores
//! the body of a 403 as if it were the file. Ours is in `client`, and `download` gets a file by it.

mod cache;
mod client;
mod describe;
mod download;
mod partial;
mod reach;

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use ureq::Body;
use ureq::http::Response;

use super::options::HubOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{is_id, is_inside, is_sha256};
use crate::registry::files::Lock;
use crate::registry::files::check_room;
use crate::registry::progress::Progress;
pub(in crate::registry) use cache::RepoCache;
use client::Client;
pub(in crate::registry) use describe::{Named, manifest_of_repo};
use download::Download;
use partial::Partial;

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

/// A repository at a revision, or a file of it.
pub(in crate::registry) struct At<'a> {
    pub repo: &'a str,
    pub revision: &'a str,
    pub path: Option<&'a str>,
}

/// A file to fetch: its path in the repository, and what is known about it beforehand.
pub(in crate::registry) struct Wanted<'a> {
    pub path: &'a str,
    pub size: Option<u64>,
    pub sha256: Option<&'a str>,
}

/// The Hub at one endpoint.
pub(in crate::registry) struct Hub<'a> {
    client: Client<'a>,
    /// Names to suggest if a repository isn't there.
    near: Vec<String>,
}

impl<'a> Hub<'a> {
    /// The Hub that the options name; `near` are names to suggest if a repository isn't there.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the certificates that the options name can't be read.
    pub(in crate::registry) fn new(options: &'a HubOptions, near: Vec<String>) -> Result<Self> {
        let client = Client::new(options)?;
        Ok(Self { client, near })
    }

    /// Asks for any sign of life.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is none.
    pub(in crate::registry) fn ping(&self) -> Result<()> {
        self.client.ping()
    }

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

    fn broken(&self, cause: &dyn std::fmt::Display) -> Error {
        let why = format!(
            "the answer of {} can't be read: {cause}",
            self.client.options().shown_endpoint()
        );
        Error::new(ErrorKind::Unavailable, why)
    }

    /// The address of a file's contents, or of what is known about a repository.
    pub(in crate::registry) fn url(&self, at: &At<'_>) -> String {
        let At {
            repo,
            revision,
            path,
        } = at;
        let endpoint = &self.client.options().endpoint;
        let revision = percent_encode(revision);
        match path {
            Some(path) => {
                let path: Vec<String> = path.split('/').map(percent_encode).collect();
                format!("{endpoint}/{repo}/resolve/{revision}/{}", path.join("/"))
            }
            None => format!("{endpoint}/api/models/{repo}/revision/{revision}?blobs=true"),
        }
    }

    /// Makes a request and passes the response on if it is a success or the redirect to a file's contents.
    fn ask(
        &self,
        at: &At<'_>,
        progress: &dyn Progress,
        request: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>> {
        let response = self.client.ask(progress, request)?;
        match response.status().as_u16() {
            200..400 => Ok(response),
            _ => Err(self.refusal(&response, at)),
        }
    }

    /// What a refusal means and what can be done about it.
    pub(in crate::registry) fn refusal(&self, response: &Response<Body>, at: &At<'_>) -> Error {
        let status = response.status().as_u16();
        let code = response
            .headers()
            .get("x-error-code")
            .and_then(|code| code.to_str().ok());
        let (repo, revision) = (at.repo, at.revision);
        let options = self.client.options();
        let endpoint = options.shown_endpoint();
        let page = format!("{endpoint}/{repo}");
        let near = match self.near.is_empty() {
            true => String::new(),
            false => format!("; the catalogue has {}", self.near.join(", ")),
        };
        let (message, hint) = match (status, code, at.path) {
            (401 | 403, code, _) => {
                let held = match &options.token {
                    Some(_) => "the token that was sent doesn't give access",
                    None => "no token was sent",
                };
                let (what, near) = match code {
                    Some("GatedRepo") => ("is gated on the Hub", String::new()),
                    // Without a right to see it, a private repository and none look the same.
                    _ => ("is gated, private or not on the Hub", near),
                };
                let hint = format!(
                    "accept the terms at {page}, make a token at {endpoint}/settings/tokens, and put it into HF_TOKEN or {}{near}",
                    options.token_file.display()
                );
                (format!("{repo} {what} (HTTP {status}), and {held}"), hint)
            }
            (404, Some("EntryNotFound"), Some(path)) => {
                let hint = format!("its files are listed at {page}/tree/{revision}");
                (format!("{repo} has no file {path}"), hint)
            }
            (404, Some("RevisionNotFound"), _) => {
                let hint = format!("its branches are listed at {page}/tree/main");
                (format!("{repo} has no revision {revision}"), hint)
            }
            (404, Some("RepoNotFound"), _) => (
                format!("{repo} is not on the Hub"),
                format!("check the name at {page}{near}"),
            ),
            // Without the Hub's own code it may be something on the way that answers.
            (404, ..) => (
                format!("{endpoint} knows nothing of {repo}"),
                format!("check HF_ENDPOINT, the proxy and the name{near}"),
            ),
            _ => {
                let hint = "try again later".to_owned();
                (format!("the Hub answered HTTP {status} for {repo}"), hint)
            }
        };
        Error::new(ErrorKind::Unavailable, message).with_hint(hint)
    }
}

/// The etag without quotes and weakness mark.
fn plain_etag(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

fn percent_encode(part: &str) -> String {
    part.bytes()
        .fold(String::with_capacity(part.len()), |mut out, b| {
            match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'~' => {
                    out.push(char::from(b))
                }
                _ => out.push_str(&format!("%{b:02X}")),
            }
            out
        })
}
