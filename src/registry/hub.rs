//! The Hugging Face Hub's protocol.
//!
//! The client of `hf-hub` 0.5, whose cache layout is in `cache`, is not used: it tries nothing again after a
//! 5xx, checks no hash, ignores `HF_TOKEN`, and holds no lock that Python knows; `hf-hub` 1.0 doesn't resume and stores
//! the body of a 403 as if it were the file. What follows the client is in `download`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Deserialize;
use ureq::http::{Response, Uri, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, RequestBuilder};

use super::cache::RepoCache;
use super::download;
use super::integrity::check_room;
use super::lock::Lock;
use super::manifest::{is_id, is_inside, is_sha256};
use super::options::HubOptions;
use super::progress::Progress;
use super::reach::{Reach, Retry};
use crate::error::{Error, ErrorKind, Result};

/// Redirects that one request may lead through.
const MOST_REDIRECTS: u32 = 8;

/// What the Hub says about one file.
#[derive(Debug, Clone)]
pub(super) struct FileMeta {
    /// The commit that the revision names.
    pub commit: String,
    /// Name of the blob in the cache: the sha256 for LFS files, a git hash for the others.
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

impl FileMeta {
    /// The file's sha256, for LFS files.
    pub(super) fn sha256(&self) -> Option<&str> {
        Some(self.etag.as_str()).filter(|etag| is_sha256(etag))
    }
}

/// What the Hub says about a repository; fields that are not used are left out.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RepoInfo {
    pub sha: String,
    #[serde(default)]
    pub siblings: Vec<Sibling>,
    #[serde(default, rename = "cardData")]
    pub card: Option<Card>,
}

/// A file of a repository.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sibling {
    #[serde(rename = "rfilename")]
    pub name: String,
    #[serde(default)]
    pub size: Option<u64>,
    #[serde(default)]
    pub lfs: Option<Lfs>,
}

/// The LFS part of a [`Sibling`].
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Lfs {
    pub sha256: String,
}

/// The model card's header.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Card {
    #[serde(default)]
    pub license: Option<serde_json::Value>,
}

/// A repository at a revision, or a file of it.
pub(super) struct At<'a> {
    pub repo: &'a str,
    pub revision: &'a str,
    pub path: Option<&'a str>,
}

/// A file to fetch: its path in the repository, and what is known about it beforehand.
pub(super) struct Wanted<'a> {
    pub path: &'a str,
    pub size: Option<u64>,
    pub sha256: Option<&'a str>,
}

/// A client for one endpoint.
pub(super) struct Hub<'a> {
    options: &'a HubOptions,
    agent: Agent,
    /// Names to suggest if a repository isn't there.
    near: Vec<String>,
}

impl<'a> Hub<'a> {
    /// A client with these options; `near` are names to suggest if a repository isn't there.
    ///
    /// # Errors
    /// If the certificates that the options name can't be read.
    pub(super) fn new(options: &'a HubOptions, near: Vec<String>) -> Result<Self> {
        let roots = match &options.certificates {
            Some(path) => certificates(path)?,
            None => RootCerts::WebPki,
        };
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are followed here, so that the token stays with its host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("traghetto/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .timeout_connect(Some(options.reach))
            .timeout_recv_response(Some(options.stall))
            .timeout_per_read(Some(options.stall))
            .build()
            .into();
        Ok(Self {
            options,
            agent,
            near,
        })
    }

    /// Fetches files of a repository into the cache, or finds them there. Gives the path of each file in the order
    /// asked for, and the sha256 of those that were downloaded.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if the Hub can't be reached, refuses or lacks a file, or there is no disk room;
    /// [`ErrorKind::Integrity`] if what it has isn't what is wanted.
    pub(super) fn fetch(
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
        let cache = RepoCache::new(&self.options.cache, repo);
        let missing = metas.iter().filter(|meta| !cache.blob(&meta.etag).exists());
        let missing = missing.map(|meta| {
            let partial = cache.partial(&meta.etag).metadata().map_or(0, |m| m.len());
            meta.size.saturating_sub(partial)
        });
        check_room(&self.options.cache, missing.sum())?;
        let total = metas.iter().map(|meta| meta.size).sum();
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
            let download = download::Download {
                hub: self,
                at: At {
                    repo,
                    revision: &meta.commit,
                    path: Some(file.path),
                },
                size: meta.size,
                sha256: file.sha256.or(meta.sha256()),
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
        let response = self.ask(at, progress, || self.head_here(&url))?;
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
                let endpoint = &self.options.endpoint;
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
    pub(super) fn info(
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
        let response = self.ask(&at, progress, || self.follow(&url, None))?;
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
    pub(super) fn beginning(
        &self,
        at: &At<'_>,
        limit: u64,
        progress: &dyn Progress,
    ) -> Result<Vec<u8>> {
        let url = self.url(at);
        let range = format!("bytes=0-{}", limit.saturating_sub(1));
        let response = self.ask(at, progress, || self.follow(&url, Some(&range)))?;
        let mut bytes = Vec::new();
        let mut body = response.into_body().into_reader().take(limit);
        body.read_to_end(&mut bytes).map_err(|e| self.broken(&e))?;
        Ok(bytes)
    }

    fn broken(&self, cause: &dyn std::fmt::Display) -> Error {
        let why = format!(
            "the answer of {} can't be read: {cause}",
            self.options.endpoint
        );
        Error::new(ErrorKind::Unavailable, why)
    }

    /// The address of a file's contents, or of what is known about a repository.
    pub(super) fn url(&self, at: &At<'_>) -> String {
        let At {
            repo,
            revision,
            path,
        } = at;
        let endpoint = &self.options.endpoint;
        let revision = percent_encode(revision);
        match path {
            Some(path) => {
                let path: Vec<String> = path.split('/').map(percent_encode).collect();
                format!("{endpoint}/{repo}/resolve/{revision}/{}", path.join("/"))
            }
            None => format!("{endpoint}/api/models/{repo}/revision/{revision}?blobs=true"),
        }
    }

    /// Makes a request, again if it fails for a passing reason, and turns a refusal into an error that says what to
    /// do. The very first request of a process also finds out, within [`HubOptions::reach`], whether the Hub is there.
    fn ask(
        &self,
        at: &At<'_>,
        progress: &dyn Progress,
        request: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>> {
        let mut retry = Retry::new(self.options);
        loop {
            let known = Reach::known(&self.options.endpoint);
            if let Some(Reach::No { why, .. }) = &known {
                return Err(self.unreachable(why));
            }
            let wait = match request() {
                Ok(response) => {
                    Reach::Yes.set(&self.options.endpoint);
                    match Retry::passing(&response) {
                        None => return self.accept(response, at),
                        Some(asked) => retry
                            .next(asked)
                            .ok_or_else(|| self.refusal(&response, at))?,
                    }
                }
                Err(error) if known.is_none() => {
                    let (why, since) = (reason(&error), Instant::now());
                    Reach::No { why, since }.set(&self.options.endpoint);
                    continue;
                }
                Err(error) => retry
                    .next(None)
                    .ok_or_else(|| self.unreachable(&reason(&error)))?,
            };
            let seconds = wait.as_secs_f64();
            progress.note(&format!("the Hub is busy: trying again in {seconds:.1} s"));
            std::thread::sleep(wait);
        }
    }

    /// Asks the endpoint for any answer at all.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is none.
    pub(super) fn ping(&self) -> Result<()> {
        match self.send(self.agent.head(&self.options.endpoint), None) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.unreachable(&reason(&error))),
        }
    }

    fn unreachable(&self, why: &str) -> Error {
        Error::new(
            ErrorKind::Unavailable,
            format!(
                "the Hub can't be reached at {}: {why}",
                self.options.endpoint
            ),
        )
        .with_hint("check the network, HTTPS_PROXY and HF_ENDPOINT")
    }

    /// One request without following redirects. The token goes along only to the endpoint's own host.
    fn send(
        &self,
        request: RequestBuilder<WithoutBody>,
        range: Option<&str>,
    ) -> Result<Response<Body>, ureq::Error> {
        let at_home = request.uri_ref().is_some_and(|uri| self.is_home(uri));
        let mut request = request;
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        if let Some(token) = self.options.token.as_ref().filter(|_| at_home) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        match Reach::known(&self.options.endpoint) {
            Some(_) => request.call(),
            // The first contact has a limit for all of it: name look-up, connection, answer.
            None => request
                .config()
                .timeout_global(Some(self.options.reach))
                .build()
                .call(),
        }
    }

    /// Whether an address has the scheme, host and port of the endpoint.
    pub(super) fn is_home(&self, uri: &Uri) -> bool {
        let home = self.options.endpoint.parse::<Uri>();
        home.is_ok_and(|home| home.scheme() == uri.scheme() && home.authority() == uri.authority())
    }

    /// A HEAD that follows redirects within the Hub (of a renamed repository) but not to the contents' host: the
    /// headers that matter are the Hub's.
    fn head_here(&self, url: &str) -> Result<Response<Body>, ureq::Error> {
        let mut url = url.to_owned();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send(self.agent.head(&url), None)?;
            match redirect(&response, &url) {
                Some(next) if next.parse().is_ok_and(|next| self.is_home(&next)) => url = next,
                _ => return Ok(response),
            }
        }
        Err(ureq::Error::TooManyRedirects)
    }

    /// A GET that follows redirects, also to other hosts.
    pub(super) fn follow(
        &self,
        url: &str,
        range: Option<&str>,
    ) -> Result<Response<Body>, ureq::Error> {
        let mut url = url.to_owned();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send(self.agent.get(&url), range)?;
            match redirect(&response, &url) {
                Some(next) => url = next,
                None => return Ok(response),
            }
        }
        Err(ureq::Error::TooManyRedirects)
    }

    /// Passes a response on if it is a success or the redirect to a file's contents.
    fn accept(&self, response: Response<Body>, at: &At<'_>) -> Result<Response<Body>> {
        match response.status().as_u16() {
            200..400 => Ok(response),
            _ => Err(self.refusal(&response, at)),
        }
    }

    /// What a refusal means and what can be done about it.
    pub(super) fn refusal(&self, response: &Response<Body>, at: &At<'_>) -> Error {
        let status = response.status().as_u16();
        let code = response
            .headers()
            .get("x-error-code")
            .and_then(|code| code.to_str().ok());
        let (repo, revision) = (at.repo, at.revision);
        let page = format!("{}/{repo}", self.options.endpoint);
        let near = match self.near.is_empty() {
            true => String::new(),
            false => format!("; the catalogue has {}", self.near.join(", ")),
        };
        let (message, hint) = match (status, code, at.path) {
            (401 | 403, code, _) => {
                let held = match &self.options.token {
                    Some(_) => "the token that was sent doesn't give access",
                    None => "no token was sent",
                };
                let (what, near) = match code {
                    Some("GatedRepo") => ("is gated on the Hub", String::new()),
                    // Without a right to see it, a private repository and none look the same.
                    _ => ("is gated, private or not on the Hub", near),
                };
                let hint = format!(
                    "accept the terms at {page}, make a token at {}/settings/tokens, and put it into HF_TOKEN or {}{near}",
                    self.options.endpoint,
                    self.options.token_file.display()
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
                format!("{} knows nothing of {repo}", self.options.endpoint),
                format!("check HF_ENDPOINT, the proxy and the name{near}"),
            ),
            _ => {
                let hint = "try again later".to_owned();
                (format!("the Hub answered HTTP {status} for {repo}"), hint)
            }
        };
        Error::new(ErrorKind::Unavailable, message).with_hint(hint)
    }

    pub(super) fn options(&self) -> &HubOptions {
        self.options
    }
}

/// Why a request failed, without the address: that may carry a signature.
pub(super) fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "the host's name can't be resolved".to_owned(),
        ureq::Error::Timeout(_) => "it does not answer in time".to_owned(),
        ureq::Error::Io(e) => e.to_string(),
        ureq::Error::BadUri(_) => "the address is malformed".to_owned(),
        // What the proxy said may repeat the address and what is in it.
        ureq::Error::ConnectProxyFailed(_) => "the proxy refuses the connection".to_owned(),
        other => other.to_string(),
    }
}

/// The root certificates of a PEM file.
fn certificates(path: &Path) -> Result<RootCerts> {
    let pem = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
    let roots = ureq::tls::parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    Ok(roots.into())
}

/// The etag without quotes and weakness mark.
fn plain_etag(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

/// Where a redirect leads, as an absolute address.
fn redirect(response: &Response<Body>, from: &str) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = response.headers().get(header::LOCATION)?.to_str().ok()?;
    if to.contains("://") {
        return Some(to.to_owned());
    }
    let uri: Uri = from.parse().ok()?;
    let slash = if to.starts_with('/') { "" } else { "/" };
    Some(format!(
        "{}://{}{slash}{to}",
        uri.scheme_str()?,
        uri.authority()?
    ))
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
