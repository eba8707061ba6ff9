//! The Hugging Face Hub's protocol, and the cache that is shared with Python's `huggingface_hub`.
//!
//! The cache's layout comes from `hf-hub` 0.5 (`Cache`, `Repo`). Its client is not used: it restarts nothing after a
//! 5xx, checks no hash, ignores `HF_TOKEN`, and holds no lock that Python knows; `hf-hub` 1.0 doesn't resume and stores
//! the body of a 403 as if it were the file. What follows the client is in `download`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hf_hub::{Cache, Repo, RepoType};
use serde::Deserialize;
use ureq::http::{Response, Uri, header};
use ureq::{Agent, Body};

use super::download;
use super::integrity::{check_room, write_whole};
use super::lock::Lock;
use super::manifest::{is_inside, is_sha256};
use super::options::HubOptions;
use super::progress::Progress;
use crate::error::{Error, ErrorKind, Result};

/// How long the Hub counts as unreachable after an attempt has failed.
const UNREACHABLE_FOR: Duration = Duration::from_secs(600);

/// What is known about reaching each endpoint, for the whole process: finding out costs seconds and is done once.
static REACH: Mutex<Option<HashMap<String, Reach>>> = Mutex::new(None);

#[derive(Clone)]
enum Reach {
    Yes,
    No { why: String, since: Instant },
}

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
}

impl<'a> Hub<'a> {
    pub(super) fn new(options: &'a HubOptions) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are followed here, so that the token stays with its host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("traghetto/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_connect(Some(options.reach))
            .timeout_recv_response(Some(options.stall))
            .timeout_per_read(Some(options.stall))
            .build()
            .into();
        Self { options, agent }
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
            let at = metas.first().map_or(revision, |meta| meta.commit.as_str());
            let meta = self.head(repo, at, file.path, progress)?;
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
        let layout = Layout::new(&self.options.cache, repo);
        let missing = metas
            .iter()
            .filter(|meta| !layout.blob(&meta.etag).exists());
        let missing = missing.map(|meta| {
            let partial = layout.partial(&meta.etag).metadata().map_or(0, |m| m.len());
            meta.size.saturating_sub(partial)
        });
        check_room(&self.options.cache, missing.sum())?;
        let total = metas.iter().map(|meta| meta.size).sum();
        progress.start(repo, Some(total));
        let paths = wanted
            .iter()
            .zip(&metas)
            .map(|(file, meta)| self.fetch_one(&layout, repo, file, meta, progress))
            .collect::<Result<Vec<_>>>();
        progress.finish();
        let paths = paths?;
        let commit = metas
            .first()
            .map(|meta| meta.commit.clone())
            .unwrap_or_default();
        // The name is recorded last: it makes the snapshot findable without a request.
        layout.name_commit(revision, &commit)?;
        Ok(paths)
    }

    fn fetch_one(
        &self,
        layout: &Layout,
        repo: &str,
        file: &Wanted<'_>,
        meta: &FileMeta,
        progress: &dyn Progress,
    ) -> Result<(PathBuf, Option<String>)> {
        let _lock = Lock::wait(&layout.lock(&meta.etag), file.path, progress)?;
        let blob = layout.blob(&meta.etag);
        let pointer = layout.pointer(&meta.commit, file.path);
        let whole = |path: &Path| path.metadata().is_ok_and(|m| m.len() == meta.size);
        let sha256 = if whole(&blob) || whole(&pointer) {
            progress.advance(meta.size);
            None
        } else {
            let url = self.resolve_url(repo, &meta.commit, file.path);
            let download = download::Download {
                hub: self,
                name: file.path,
                url: &url,
                size: meta.size,
                sha256: file.sha256.or(meta.sha256()),
                partial: &layout.partial(&meta.etag),
                target: &blob,
            };
            Some(download.run(progress)?)
        };
        Ok((layout.link(&meta.commit, file.path, &meta.etag)?, sha256))
    }

    /// Asks for a file's commit, size and hash without its contents.
    pub(super) fn head(
        &self,
        repo: &str,
        revision: &str,
        path: &str,
        progress: &dyn Progress,
    ) -> Result<FileMeta> {
        let url = self.resolve_url(repo, revision, path);
        let response = self.ask(&url, progress, |url| self.request("HEAD", url, None))?;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let etag = header("x-linked-etag").or(header("etag")).map(plain_etag);
        let size = header("x-linked-size")
            .or(header("content-length"))
            .and_then(|size| size.parse().ok());
        match (header("x-repo-commit"), etag, size) {
            (Some(commit), Some(etag), Some(size)) if is_inside(commit) && is_inside(etag) && !etag.contains('/') => {
                Ok(FileMeta { commit: commit.to_owned(), etag: etag.to_owned(), size })
            }
            _ => Err(Error::new(
                ErrorKind::Unavailable,
                format!("{} does not answer like the Hugging Face Hub", self.options.endpoint),
            )
            .with_hint("something between this machine and the Hub may be answering in its place; check HF_ENDPOINT and the proxy")),
        }
    }

    /// Asks what a repository holds.
    pub(super) fn info(
        &self,
        repo: &str,
        revision: &str,
        progress: &dyn Progress,
    ) -> Result<RepoInfo> {
        let revision = revision.replace('/', "%2F");
        let url = format!(
            "{}/api/models/{repo}/revision/{revision}?blobs=true",
            self.options.endpoint
        );
        let mut response = self.ask(&url, progress, |url| self.request("GET", url, None))?;
        let text = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()
            .map_err(|e| self.broken(&e))?;
        let info: RepoInfo = serde_json::from_str(&text).map_err(|e| self.broken(&e))?;
        match is_inside(&info.sha) && info.siblings.iter().all(|file| is_inside(&file.name)) {
            true => Ok(info),
            false => Err(self.broken(&"a path leaves the repository")),
        }
    }

    /// The first bytes of a file, at most `limit`.
    pub(super) fn beginning(
        &self,
        repo: &str,
        revision: &str,
        path: &str,
        limit: u64,
        progress: &dyn Progress,
    ) -> Result<Vec<u8>> {
        let url = self.resolve_url(repo, revision, path);
        let range = format!("bytes=0-{}", limit.saturating_sub(1));
        let response = self.ask(&url, progress, |url| self.follow(url, Some(&range)))?;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(
            &mut std::io::Read::take(response.into_body().into_reader(), limit),
            &mut bytes,
        )
        .map_err(|e| self.broken(&e))?;
        Ok(bytes)
    }

    fn broken(&self, cause: &dyn std::fmt::Display) -> Error {
        let why = format!(
            "the answer of {} can't be read: {cause}",
            self.options.endpoint
        );
        Error::new(ErrorKind::Unavailable, why)
    }

    fn resolve_url(&self, repo: &str, revision: &str, path: &str) -> String {
        let path: Vec<String> = path.split('/').map(percent_encode).collect();
        let revision = revision.replace('/', "%2F");
        format!(
            "{}/{repo}/resolve/{revision}/{}",
            self.options.endpoint,
            path.join("/")
        )
    }

    /// Makes a request, again if it fails for a passing reason, and turns a refusal into an error that says what to
    /// do. The very first request of a process also finds out, within [`HubOptions::reach`], whether the Hub is there.
    fn ask(
        &self,
        url: &str,
        progress: &dyn Progress,
        request: impl Fn(&str) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>> {
        let mut retry = Retry::new(self.options);
        loop {
            let first = self.check_reach()?;
            let wait = match request(url) {
                Ok(response) => {
                    self.set_reach(Reach::Yes);
                    match Retry::passing(&response) {
                        None => return self.accept(response, url),
                        Some(asked) => retry
                            .next(asked)
                            .ok_or_else(|| self.refusal(&response, url))?,
                    }
                }
                Err(error) if first => {
                    let why = reason(&error);
                    self.set_reach(Reach::No {
                        why,
                        since: Instant::now(),
                    });
                    continue;
                }
                Err(error) => retry
                    .next(None)
                    .ok_or_else(|| self.unreachable(&reason(&error)))?,
            };
            progress.note(&format!(
                "the Hub is busy: trying again in {:.0} s",
                wait.as_secs_f64().ceil()
            ));
            std::thread::sleep(wait);
        }
    }

    /// Whether this is the first contact with the endpoint.
    fn check_reach(&self) -> Result<bool> {
        let mut known = REACH.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get_or_insert_default().get(&self.options.endpoint) {
            Some(Reach::Yes) => Ok(false),
            Some(Reach::No { why, since }) if since.elapsed() < UNREACHABLE_FOR => {
                Err(self.unreachable(why))
            }
            _ => Ok(true),
        }
    }

    fn set_reach(&self, reach: Reach) {
        let mut known = REACH.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get_or_insert_default()
            .insert(self.options.endpoint.clone(), reach);
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
    fn request(
        &self,
        method: &str,
        url: &str,
        range: Option<&str>,
    ) -> Result<Response<Body>, ureq::Error> {
        let first = self.check_reach().unwrap_or(false);
        let mut request = match method {
            "HEAD" => self.agent.head(url),
            _ => self.agent.get(url),
        };
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        if let Some(token) = &self.options.token
            && same_host(url, &self.options.endpoint)
        {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        match first {
            true => request
                .config()
                .timeout_global(Some(self.options.reach))
                .build()
                .call(),
            false => request.call(),
        }
    }

    /// A GET that follows redirects, also to other hosts.
    pub(super) fn follow(
        &self,
        url: &str,
        range: Option<&str>,
    ) -> Result<Response<Body>, ureq::Error> {
        let mut url = url.to_owned();
        for _ in 0..8 {
            let response = self.request("GET", &url, range)?;
            match redirect(&response, &url) {
                Some(next) => url = next,
                None => return Ok(response),
            }
        }
        Err(ureq::Error::TooManyRedirects)
    }

    /// Passes a response on if it is a success or the redirect to a file's contents.
    pub(super) fn accept(&self, response: Response<Body>, url: &str) -> Result<Response<Body>> {
        match response.status().as_u16() {
            200..400 => Ok(response),
            _ => Err(self.refusal(&response, url)),
        }
    }

    /// What a refusal means and what can be done about it.
    pub(super) fn refusal(&self, response: &Response<Body>, url: &str) -> Error {
        let status = response.status().as_u16();
        let code = response
            .headers()
            .get("x-error-code")
            .and_then(|code| code.to_str().ok());
        let rest = url
            .strip_prefix(&self.options.endpoint)
            .unwrap_or(url)
            .trim_start_matches('/');
        let rest = rest.strip_prefix("api/models/").unwrap_or(rest);
        let (repo, path) = rest.split_once("/re").unwrap_or((rest, ""));
        let page = format!("{}/{repo}", self.options.endpoint);
        let error = |message: String| Error::new(ErrorKind::Unavailable, message);
        match (status, code) {
            (401 | 403, code) => {
                let held = match &self.options.token {
                    Some(_) => "the token that was sent doesn't give access",
                    None => "no token was sent",
                };
                let error = error(match code {
                    Some("GatedRepo") => format!("{repo} is gated on the Hub, and {held}"),
                    _ => format!(
                        "{repo} is gated, private or doesn't exist on the Hub (HTTP {status}), and {held}"
                    ),
                });
                error.with_hint(format!(
                    "accept the terms at {page}, make a token at {}/settings/tokens, and put it into HF_TOKEN or {}",
                    self.options.endpoint,
                    self.options.token_file.display()
                ))
            }
            (404, Some("EntryNotFound")) => {
                let name = path.rsplit('/').next().unwrap_or_default();
                error(format!("{repo} has no file {name}"))
                    .with_hint(format!("its files are listed at {page}/tree/main"))
            }
            (404, Some("RevisionNotFound")) => error(format!("{repo} has no such revision")),
            (404, _) => error(format!("{repo} is not on the Hub"))
                .with_hint(format!("check the name at {page}")),
            _ => error(format!("the Hub answered HTTP {status} for {repo}")),
        }
    }

    pub(super) fn options(&self) -> &HubOptions {
        self.options
    }
}

/// When and how often to try again.
pub(super) struct Retry {
    left: u32,
    wait: Duration,
}

impl Retry {
    pub(super) fn new(options: &HubOptions) -> Self {
        Self {
            left: options.attempts.saturating_sub(1),
            wait: options.backoff,
        }
    }

    /// How long to wait before the next attempt, `asked` at least; `None` if there is none.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let wait = self.wait;
        self.wait *= 2;
        // A server may ask for any time; a person doesn't wait for more than a minute.
        Some(
            wait.max(asked.unwrap_or_default())
                .min(Duration::from_secs(60)),
        )
    }

    /// Whether a response says to try later, and how much later (`Retry-After` in seconds).
    pub(super) fn passing(response: &Response<Body>) -> Option<Option<Duration>> {
        let passing = matches!(
            response.status().as_u16(),
            408 | 429 | 500 | 502 | 503 | 504
        );
        let after = response.headers().get(header::RETRY_AFTER);
        let seconds = after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        passing.then_some(seconds.map(Duration::from_secs))
    }
}

/// Why a request failed, without the address: that may carry a signature.
pub(super) fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "the host's name can't be resolved".to_owned(),
        ureq::Error::Timeout(_) => "it does not answer in time".to_owned(),
        ureq::Error::Io(e) => e.to_string(),
        ureq::Error::BadUri(_) => "the address is malformed".to_owned(),
        other => other.to_string(),
    }
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

/// Whether two addresses have the same scheme, host and port.
fn same_host(a: &str, b: &str) -> bool {
    let parse = |text: &str| text.parse::<Uri>().ok();
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => {
            a.scheme() == b.scheme() && a.authority() == b.authority() && a.host().is_some()
        }
        _ => false,
    }
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

/// Where the files of one repository are in the cache.
pub(super) struct Layout {
    cache: Cache,
    repo: Repo,
}

impl Layout {
    pub(super) fn new(cache: &Path, repo: &str) -> Self {
        Self {
            cache: Cache::new(cache.to_owned()),
            repo: Repo::new(repo.to_owned(), RepoType::Model),
        }
    }

    /// The repository's folder.
    pub(super) fn folder(&self) -> PathBuf {
        self.cache.path().join(self.repo.folder_name())
    }

    fn blob(&self, etag: &str) -> PathBuf {
        self.cache.repo(self.repo.clone()).blob_path(etag)
    }

    /// Python gives an unfinished blob this name too, so either side can go on with it.
    fn partial(&self, etag: &str) -> PathBuf {
        self.folder()
            .join("blobs")
            .join(format!("{etag}.incomplete"))
    }

    /// The lock that Python takes for this blob.
    fn lock(&self, etag: &str) -> PathBuf {
        self.cache
            .path()
            .join(".locks")
            .join(self.repo.folder_name())
            .join(format!("{etag}.lock"))
    }

    pub(super) fn pointer(&self, commit: &str, path: &str) -> PathBuf {
        self.cache
            .repo(self.repo.clone())
            .pointer_path(commit)
            .join(path)
    }

    /// The commit that a revision named when it was last asked for; a commit names itself. (`hf-hub` looks for names
    /// only.)
    pub(super) fn commit(&self, revision: &str) -> Option<String> {
        let named = std::fs::read_to_string(self.folder().join("refs").join(revision)).ok();
        let commit = named
            .map(|text| text.trim().to_owned())
            .filter(|commit| is_inside(commit));
        commit.or_else(|| {
            let is_commit = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
            is_commit.then(|| revision.to_owned())
        })
    }

    /// A file of a snapshot, if it is there.
    pub(super) fn find(&self, commit: &str, path: &str) -> Option<PathBuf> {
        Some(self.pointer(commit, path)).filter(|path| path.is_file())
    }

    fn name_commit(&self, revision: &str, commit: &str) -> Result<()> {
        match revision == commit {
            true => Ok(()),
            // Not `CacheRepo::create_ref`, which truncates the file that others may be reading.
            false => write_whole(
                &self.folder().join("refs").join(revision),
                commit.as_bytes(),
            ),
        }
    }

    /// Makes a blob visible in a snapshot: by a relative link, or in its place where links can't be made.
    fn link(&self, commit: &str, path: &str, etag: &str) -> Result<PathBuf> {
        let pointer = self.pointer(commit, path);
        if pointer.is_file() {
            return Ok(pointer);
        }
        let failed = |e| Error::io("linking", &pointer, e);
        if let Some(dir) = pointer.parent() {
            std::fs::create_dir_all(dir).map_err(failed)?;
        }
        // What is there leads nowhere.
        std::fs::remove_file(&pointer).ok();
        let up = "../".repeat(path.split('/').count() + 1);
        let blob = PathBuf::from(format!("{up}blobs/{etag}"));
        if let Err(e) = symlink(&blob, &pointer)
            && e.kind() != std::io::ErrorKind::AlreadyExists
        {
            std::fs::rename(self.blob(etag), &pointer).map_err(failed)?;
        }
        Ok(pointer)
    }
}

#[cfg(unix)]
fn symlink(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(windows)]
fn symlink(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(to, at)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_to: &Path, _at: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
