//! A small Hugging Face Hub on loopback, as its clients see it: metadata, `HEAD` with the Hub's headers, redirects of
//! LFS files to another port, ranges, access rules, and faults that can be switched on.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sha1::{Digest, Sha1};

use crate::registry::sha256;

/// What goes wrong with one request for a file's contents.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection is closed after so many bytes of the body.
    DropAfter(usize),
    /// An answer with this status, and with `Retry-After` in seconds.
    Status(u16, Option<u64>),
    /// A byte of the body is wrong.
    WrongByte,
    /// So many bytes a second.
    Slow(usize),
    /// Ranges are ignored: the whole file comes with status 200.
    NoRanges,
    /// More bytes come than there are.
    TooMuch,
    /// The connection is closed before any answer.
    HangUp,
}

/// Who may read a repository.
#[derive(Debug, Clone)]
pub enum Access {
    Open,
    /// Only who sends this token; others are told that the repository is gated.
    Gated(String),
    /// Others are told nothing.
    Private(String),
}

struct Repo {
    commit: String,
    access: Access,
    files: BTreeMap<String, Stored>,
}

/// A file of a repository.
#[derive(Clone)]
struct Stored {
    data: Arc<Vec<u8>>,
    sha256: String,
    /// The name that git gives the contents.
    git: String,
    lfs: bool,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `hub` or `lfs`: which of the two ports.
    pub host: &'static str,
    pub method: String,
    pub path: String,
    pub range: Option<String>,
    pub authorization: Option<String>,
}

#[derive(Default)]
struct State {
    repos: BTreeMap<String, Repo>,
    faults: VecDeque<Fault>,
    always: Option<Fault>,
    log: Vec<Request>,
    /// Repositories that are elsewhere now, and where.
    moved: BTreeMap<String, String>,
    lfs: String,
}

impl State {
    /// A repository that may be read, or an answer that says why not.
    fn find(
        &self,
        out: &mut Answer,
        repo: &str,
        revision: &str,
        request: &Request,
    ) -> std::io::Result<Option<&Repo>> {
        let Some(found) = self.repos.get(repo) else {
            return out.refuse(404, Some("RepoNotFound"), None).map(|()| None);
        };
        if revision != "main" && revision != found.commit {
            return out
                .refuse(404, Some("RevisionNotFound"), None)
                .map(|()| None);
        }
        // The contents' host takes the signed address for a right.
        if let Some((status, code)) =
            refused(&found.access, request).filter(|_| request.host == "hub")
        {
            return out.refuse(status, code, None).map(|()| None);
        }
        Ok(Some(found))
    }
}

/// The server; it ends with the process.
pub struct Hub {
    /// Address for `HF_ENDPOINT`.
    pub endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Hub {
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let serve = |host: &'static str| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            let state = Arc::clone(&state);
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let state = Arc::clone(&state);
                    // A client that goes away is what many tests are about.
                    std::thread::spawn(move || answer(stream, host, &state).ok());
                }
            });
            address
        };
        let (endpoint, lfs) = (serve("hub"), serve("lfs"));
        state.lock().unwrap().lfs = lfs;
        Self { endpoint, state }
    }

    /// Adds a repository; files of 1,000 bytes or more are in LFS.
    pub fn add(&self, repo: &str, access: Access, files: &[(&str, Vec<u8>)]) {
        let files = files
            .iter()
            .map(|(name, data)| {
                let stored = Stored {
                    sha256: sha256(data),
                    git: git_hash(data),
                    lfs: data.len() >= 1000,
                    data: Arc::new(data.clone()),
                };
                ((*name).to_owned(), stored)
            })
            .collect();
        let commit = sha256(repo.as_bytes())[..40].to_owned();
        self.state.lock().unwrap().repos.insert(
            repo.to_owned(),
            Repo {
                commit,
                access,
                files,
            },
        );
    }

    /// The next requests for contents fail like this, one a fault.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().faults.extend(faults);
    }

    /// Every request for contents fails like this.
    pub fn always(&self, fault: Option<Fault>) {
        self.state.lock().unwrap().always = fault;
    }

    /// Requests for a repository are sent to another address, which stands for `/owner/name`.
    pub fn redirect(&self, repo: &str, to: &str) {
        let moved = (repo.to_owned(), to.to_owned());
        self.state.lock().unwrap().moved.extend([moved]);
    }

    /// Takes the requests since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().unwrap().log)
    }
}

/// The sha1 of git's header and the contents.
fn git_hash(data: &[u8]) -> String {
    let mut state = Sha1::new_with_prefix(format!("blob {}\0", data.len()));
    state.update(data);
    let hash = state.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads one request, writes one answer, closes the connection.
fn answer(stream: TcpStream, host: &'static str, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut request = Request {
        host,
        method,
        path,
        range: None,
        authorization: None,
    };
    for line in lines {
        let line = line?;
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("range") => {
                request.range = Some(value.to_owned())
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                request.authorization = Some(value.to_owned());
            }
            _ if line.is_empty() => break,
            _ => {}
        }
    }
    state.lock().unwrap().log.push(request.clone());
    let mut out = Answer {
        stream,
        head_only: request.method == "HEAD",
    };
    let path = request
        .path
        .split('?')
        .next()
        .unwrap_or_default()
        .replace("%2F", "/");
    let moved = state.lock().unwrap().moved.clone();
    for (repo, to) in &moved {
        if path.contains(&format!("/{repo}/")) {
            // The new address may be on another host, before which nothing may stand.
            let (host, rest) = match to.find("://") {
                Some(at) => to.split_at(at + 3 + to[at + 3..].find('/').unwrap_or(0)),
                None => ("", to.as_str()),
            };
            let path = request.path.replace(&format!("/{repo}"), rest);
            return out.head(307, &[("Location", &format!("{host}{path}"))], 0);
        }
    }
    if let Some(rest) = path.strip_prefix("/api/models/") {
        if let Some((repo, revision)) = rest.split_once("/tree/") {
            return listing(&mut out, repo, revision, true, &request, state);
        }
        let (repo, revision) = rest.split_once("/revision/").unwrap_or((rest, "main"));
        return listing(&mut out, repo, revision, false, &request, state);
    }
    let Some((repo, rest)) = path.trim_start_matches('/').split_once("/resolve/") else {
        return out.refuse(404, None, None);
    };
    let (revision, file) = rest.split_once('/').unwrap_or((rest, ""));
    contents(&mut out, repo, revision, file, &request, state)
}

/// What a repository holds: as part of what is known about it, or as the listing that newer clients ask for.
fn listing(
    out: &mut Answer,
    repo: &str,
    revision: &str,
    tree: bool,
    request: &Request,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    let state = state.lock().unwrap();
    let Some(found) = state.find(out, repo, revision, request)? else {
        return Ok(());
    };
    let (name_key, git_key, lfs_key) = match tree {
        true => ("path", "oid", "oid"),
        false => ("rfilename", "blobId", "sha256"),
    };
    let describe = |(name, file): (&String, &Stored)| {
        let size = file.data.len();
        let mut listed = json!({ name_key: name, "size": size, git_key: file.git });
        if tree {
            listed["type"] = json!("file");
        }
        if file.lfs {
            listed["lfs"] = json!({ lfs_key: file.sha256, "size": size, "pointerSize": 134 });
        }
        listed
    };
    let files: Vec<_> = found.files.iter().map(describe).collect();
    if tree {
        return out.json(&json!(files));
    }
    out.json(&json!({
        "id": repo, "modelId": repo, "sha": found.commit, "private": false, "disabled": false, "downloads": 0,
        "likes": 0, "tags": [], "siblings": files, "cardData": { "license": "mit" },
    }))
}

/// Bytes beyond the file that [`Fault::TooMuch`] sends.
const TOO_MUCH: usize = 1000;

fn contents(
    out: &mut Answer,
    repo: &str,
    revision: &str,
    file: &str,
    request: &Request,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    let (stored, commit, lfs_address, fault) = {
        let mut state = state.lock().unwrap();
        let Some(found) = state.find(out, repo, revision, request)? else {
            return Ok(());
        };
        let Some(stored) = found.files.get(file).cloned() else {
            return out.refuse(404, Some("EntryNotFound"), None);
        };
        let commit = found.commit.clone();
        let sends = request.method == "GET" && (request.host == "lfs" || !stored.lfs);
        let fault = sends
            .then(|| state.faults.pop_front().or(state.always.clone()))
            .flatten();
        (stored, commit, state.lfs.clone(), fault)
    };
    let data = &stored.data;
    let etag = if stored.lfs {
        stored.sha256.as_str()
    } else {
        stored.git.as_str()
    };
    let size = data.len();
    if request.host == "hub" && stored.lfs {
        let headers = [
            ("X-Repo-Commit", commit.as_str()),
            ("X-Linked-Etag", &format!("\"{etag}\"")),
            ("X-Linked-Size", &size.to_string()),
            ("Location", &format!("{lfs_address}{}", request.path)),
        ];
        return out.head(302, &headers, 0);
    }
    let ranges = !matches!(fault, Some(Fault::NoRanges));
    let (start, end) = match request
        .range
        .as_deref()
        .filter(|_| ranges)
        .map(|range| parse(range, size))
    {
        Some(Some(range)) => range,
        Some(None) => return out.refuse(416, None, None),
        None => (0, size),
    };
    let status = if request.range.is_some() && ranges {
        206
    } else {
        200
    };
    let extra = match fault {
        Some(Fault::TooMuch) => TOO_MUCH,
        _ => 0,
    };
    match fault {
        Some(Fault::Status(status, after)) => return out.refuse(status, None, after),
        Some(Fault::HangUp) => return Ok(()),
        _ => {}
    }
    let headers = [
        ("X-Repo-Commit", commit.as_str()),
        ("ETag", &format!("\"{etag}\"")),
        ("Accept-Ranges", "bytes"),
        (
            "Content-Range",
            &format!("bytes {start}-{}/{size}", end.saturating_sub(1)),
        ),
    ];
    let headers = if status == 206 {
        &headers[..]
    } else {
        &headers[..3]
    };
    out.head(status, headers, end - start + extra)?;
    send(out, &data[start..end], fault)
}

/// Sends a body as the fault has it.
fn send(out: &mut Answer, body: &[u8], fault: Option<Fault>) -> std::io::Result<()> {
    match fault {
        Some(Fault::DropAfter(n)) => out.body(&body[..n.min(body.len())]),
        Some(Fault::WrongByte) => {
            let mut wrong = body.to_vec();
            if let Some(byte) = wrong.last_mut() {
                *byte ^= 0xff;
            }
            out.body(&wrong)
        }
        Some(Fault::Slow(rate)) => {
            for piece in body.chunks((rate / 20).max(1)) {
                out.body(piece)?;
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        }
        Some(Fault::TooMuch) => {
            out.body(body)?;
            out.body(&[0; TOO_MUCH])
        }
        _ => out.body(body),
    }
}

/// `bytes=a-` or `bytes=a-b` as a half-open range within `size` bytes.
fn parse(range: &str, size: usize) -> Option<(usize, usize)> {
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    let start = start.parse().ok()?;
    let end = match end {
        "" => size,
        end => size.min(end.parse::<usize>().ok()? + 1),
    };
    (start < size && start < end).then_some((start, end))
}

fn refused(access: &Access, request: &Request) -> Option<(u16, Option<&'static str>)> {
    let shown = |token: &str| request.authorization.as_deref() == Some(&format!("Bearer {token}"));
    match access {
        Access::Open => None,
        Access::Gated(token) if shown(token) => None,
        Access::Gated(_) => Some((
            if request.authorization.is_some() {
                403
            } else {
                401
            },
            Some("GatedRepo"),
        )),
        Access::Private(token) if shown(token) => None,
        Access::Private(_) => Some((401, None)),
    }
}

struct Answer {
    stream: TcpStream,
    head_only: bool,
}

impl Answer {
    fn head(
        &mut self,
        status: u16,
        headers: &[(&str, &str)],
        length: usize,
    ) -> std::io::Result<()> {
        let mut text = format!(
            "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {length}\r\n"
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        self.stream.write_all(format!("{text}\r\n").as_bytes())
    }

    fn body(&mut self, data: &[u8]) -> std::io::Result<()> {
        if self.head_only {
            Ok(())
        } else {
            self.stream.write_all(data)
        }
    }

    fn json(&mut self, body: &serde_json::Value) -> std::io::Result<()> {
        let text = body.to_string();
        self.head(200, &[("Content-Type", "application/json")], text.len())?;
        self.body(text.as_bytes())
    }

    fn refuse(
        &mut self,
        status: u16,
        code: Option<&str>,
        after: Option<u64>,
    ) -> std::io::Result<()> {
        let after = after.map(|seconds| seconds.to_string());
        let mut headers = Vec::new();
        headers.extend(code.map(|code| ("X-Error-Code", code)));
        headers.extend(after.as_deref().map(|after| ("Retry-After", after)));
        self.head(status, &headers, 0)
    }
}
