//! Files at plain addresses, perhaps gzip'd there: resumed, unpacked while they come, checked, visible only when whole.

mod sink;

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::Body;
use ureq::http::{Response, header};

use super::http::{Client, Retry, is_web_page, reason, resumes_at};
use super::options::{HubOptions, without_credentials};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{ModelFile, origin};
use crate::registry::files::{check_room, publish};
use crate::registry::progress::Progress;
use sink::{Sink, told};

/// Fetches the files of a model into the folder `target`, each from the first of its addresses that gives it; `what`
/// names the server in messages. Gives the sha256 of each file, in their order. The caller holds the model's lock.
///
/// # Errors
/// [`ErrorKind::Unavailable`] if no address of a file gives it or there is no disk room; [`ErrorKind::Integrity`] if
/// what came isn't what is wanted: nothing of it is kept.
pub(in crate::registry) fn fetch(
    files: &[(&ModelFile, &[String])],
    what: &str,
    target: &Path,
    options: &HubOptions,
    progress: &dyn Progress,
) -> Result<Vec<String>> {
    std::fs::create_dir_all(target).map_err(|e| Error::io("creating", target, e))?;
    let mut hashes = Vec::with_capacity(files.len());
    for (file, addresses) in files {
        let mut failed: Option<Error> = None;
        let mut found = None;
        for address in *addresses {
            if let Some(error) = &failed {
                progress.note(&format!("{error}; trying {}", without_credentials(address)));
            }
            match fetch_from(address, file, what, target, options, progress) {
                Ok(sha256) => {
                    found = Some(sha256);
                    break;
                }
                Err(error) => failed = Some(error),
            }
        }
        match (found, failed) {
            (Some(sha256), _) => hashes.push(sha256),
            (None, Some(error)) => return Err(error),
            (None, None) => {
                let why = format!("{} has no address", file.name);
                return Err(Error::new(ErrorKind::Model, why));
            }
        }
    }
    Ok(hashes)
}

fn fetch_from(
    address: &str,
    file: &ModelFile,
    what: &str,
    target: &Path,
    options: &HubOptions,
    progress: &dyn Progress,
) -> Result<String> {
    let client = Client::new(options, origin(address), what)?;
    let target = target.join(&file.name);
    let packed = address.ends_with(".gz") && !file.name.ends_with(".gz");
    let web = WebFile {
        client: &client,
        address,
        file,
        partial: beside(&target, if packed { ".gz.part" } else { ".part" }),
        unpacked: packed.then(|| beside(&target, ".part")),
        target,
    };
    web.run(progress)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A download of one file.
struct WebFile<'a> {
    client: &'a Client<'a>,
    address: &'a str,
    file: &'a ModelFile,
    /// What has come, as it came: what is there already is built upon.
    partial: PathBuf,
    /// Where it is unpacked to, if it comes gzip'd.
    unpacked: Option<PathBuf>,
    target: PathBuf,
}

/// How one attempt ended, if not with an error that no further attempt would mend.
enum End {
    Whole,
    /// It broke off; the reason, and how long the server asks to wait.
    Broken(String, Option<Duration>),
}

impl WebFile<'_> {
    fn run(&self, progress: &dyn Progress) -> Result<String> {
        if let Some(dir) = self.target.parent() {
            std::fs::create_dir_all(dir).map_err(|e| self.failed(e))?;
        }
        if self.file.sha256.is_none() {
            // What an earlier run left could not be told from what belongs here.
            self.discard();
        }
        let resumed = self.partial.metadata().map_or(0, |meta| meta.len());
        let total = self.look(resumed, progress)?;
        progress.start(&self.file.name, total);
        let mut result = self.attempts(progress);
        if is_damaged(&result) && resumed > 0 {
            progress.note(&format!(
                "what an earlier run left of {} does not go on as the server does: starting over",
                self.file.name
            ));
            self.discard();
            result = self.attempts(progress);
        }
        progress.finish();
        let is_empty = || self.partial.metadata().is_ok_and(|meta| meta.len() == 0);
        if is_damaged(&result) || result.is_err() && is_empty() {
            self.discard();
        }
        result
    }

    /// Finds out whether the server is there, and if it says so how many bytes will come; checks that there is room.
    fn look(&self, here: u64, progress: &dyn Progress) -> Result<Option<u64>> {
        let response = self
            .client
            .ask(progress, || self.client.head(self.address))?;
        // Not every server knows HEAD: the answer to GET decides.
        let length = response.headers().get(header::CONTENT_LENGTH);
        let total = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let total = total.filter(|_| response.status().is_success());
        let unpacked = self.unpacked.as_ref().and(self.file.size).unwrap_or(0);
        let dir = self.target.parent().unwrap_or(Path::new("."));
        let coming = total.unwrap_or(0u64).saturating_sub(here);
        check_room(dir, coming.saturating_add(unpacked))?;
        Ok(total)
    }

    fn attempts(&self, progress: &dyn Progress) -> Result<String> {
        let options = self.client.options();
        let open = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&self.partial);
        let mut file = open.map_err(|e| self.failed(e))?;
        let mut sink = self.sink()?;
        let mut at = self.take_in(&mut file, &mut sink)?;
        progress.advance(at);
        let mut retry = Retry::new(options);
        loop {
            let before = at;
            let (why, asked) = match self.attempt(&mut file, &mut at, &mut sink, progress)? {
                End::Whole => break,
                End::Broken(why, asked) => (why, asked),
            };
            if at > before {
                // It moves, if in pieces: only attempts in vain are counted.
                retry = Retry::new(options);
            }
            let Some(wait) = retry.next(asked) else {
                let why = format!("{} broke off at {at} bytes: {why}", self.file.name);
                return Err(Error::new(ErrorKind::Unavailable, why)
                    .with_hint("what came is kept; the next attempt goes on from there"));
            };
            let seconds = wait.as_secs_f64();
            progress.note(&format!(
                "{}: {why}; going on in {seconds:.1} s",
                self.file.name
            ));
            std::thread::sleep(wait);
        }
        let (bytes, sha256) = sink.finish().map_err(|e| self.damaged(&told(&e)))?;
        let size = self.file.size.filter(|size| *size != bytes);
        if let Some(size) = size {
            return Err(self.damaged(&format!("it has {bytes} bytes, not {size}")));
        }
        let wanted = self.file.sha256.as_ref();
        if let Some(wanted) = wanted.filter(|wanted| **wanted != sha256) {
            return Err(self.damaged(&format!("its sha256 is {sha256}, not {wanted}")));
        }
        match &self.unpacked {
            None => publish(&self.partial, &file, &self.target)?,
            Some(unpacked) => {
                let out = File::open(unpacked).map_err(|e| self.failed(e))?;
                publish(unpacked, &out, &self.target)?;
                std::fs::remove_file(&self.partial).ok();
            }
        }
        Ok(sha256)
    }

    fn attempt(
        &self,
        file: &mut File,
        at: &mut u64,
        sink: &mut Sink,
        progress: &dyn Progress,
    ) -> Result<End> {
        let range = (*at > 0).then(|| format!("bytes={at}-"));
        let response = match self.client.get(self.address, range.as_deref()) {
            Ok(response) => response,
            Err(error) => return Ok(End::Broken(reason(&error), None)),
        };
        let status = response.status().as_u16();
        if let Some(asked) = Retry::passing(&response) {
            let why = format!("the server answered HTTP {status}");
            return Ok(End::Broken(why, asked));
        }
        match status {
            200 | 206 if is_web_page(&response) => return Err(self.page()),
            206 if resumes_at(&response, *at) => {}
            // All was there already: an earlier run ended before it could say so.
            416 if *at > 0 && ends_at(&response, *at) => return Ok(End::Whole),
            // The server knows no ranges, or finds ours wrong.
            200 | 206 | 416 if *at > 0 => {
                file.set_len(0)
                    .and_then(|()| file.rewind())
                    .map_err(|e| self.failed(e))?;
                *sink = self.sink()?;
                *at = 0;
                if status != 200 {
                    let why = "the server can't go on from there; starting over";
                    return Ok(End::Broken(why.to_owned(), None));
                }
            }
            200 => {}
            _ => return Err(self.refusal(status)),
        }
        self.receive(response, file, at, sink, progress)
    }

    fn receive(
        &self,
        response: Response<Body>,
        file: &mut File,
        at: &mut u64,
        sink: &mut Sink,
        progress: &dyn Progress,
    ) -> Result<End> {
        file.seek(SeekFrom::Start(*at))
            .map_err(|e| self.failed(e))?;
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 18];
        loop {
            let n = match body.read(&mut buffer) {
                Ok(0) => return Ok(End::Whole),
                Ok(n) => n,
                Err(e) => match e.kind() {
                    std::io::ErrorKind::Interrupted => continue,
                    std::io::ErrorKind::UnexpectedEof => {
                        let why = "the connection was closed early";
                        return Ok(End::Broken(why.to_owned(), None));
                    }
                    _ => return Ok(End::Broken(e.to_string(), None)),
                },
            };
            // What can't be unpacked is not kept for the next attempt either.
            sink.take(&buffer[..n])
                .map_err(|e| self.damaged(&told(&e)))?;
            file.write_all(&buffer[..n]).map_err(|e| self.failed(e))?;
            *at += n as u64;
            progress.advance(n as u64);
        }
    }

    /// Where the bytes go, from the first one on.
    fn sink(&self) -> Result<Sink> {
        Sink::new(self.unpacked.as_deref(), self.file.size).map_err(|e| self.failed(e))
    }

    /// Takes in what an earlier run left; gives its length.
    fn take_in(&self, file: &mut File, sink: &mut Sink) -> Result<u64> {
        let failed = |e| Error::io("reading", &self.partial, e);
        file.rewind().map_err(failed)?;
        let mut buffer = vec![0; 1 << 18];
        let mut length = 0;
        loop {
            let n = file.read(&mut buffer).map_err(failed)?;
            if n == 0 {
                return Ok(length);
            }
            sink.take(&buffer[..n])
                .map_err(|e| self.damaged(&told(&e)))?;
            length += n as u64;
        }
    }

    fn discard(&self) {
        std::fs::remove_file(&self.partial).ok();
        if let Some(unpacked) = &self.unpacked {
            std::fs::remove_file(unpacked).ok();
        }
    }

    fn failed(&self, error: std::io::Error) -> Error {
        Error::io("writing", &self.partial, error)
    }

    fn damaged(&self, why: &str) -> Error {
        let why = format!("{} came damaged: {why}", self.file.name);
        Error::new(ErrorKind::Integrity, why)
            .with_hint("it was deleted; the next attempt starts over")
    }

    fn page(&self) -> Error {
        let address = without_credentials(self.address);
        let why = format!("{address} answers with a web page, not with the file");
        Error::new(ErrorKind::Unavailable, why)
            .with_hint("a network's login page, or a proxy, may be answering in its place")
    }

    fn refusal(&self, status: u16) -> Error {
        let address = without_credentials(self.address);
        let (why, hint) = match status {
            404 | 410 => (
                format!("{address} is not there any more (HTTP {status})"),
                "its publisher may have moved it; the next attempt asks anew where it is",
            ),
            _ => (
                format!("{address} is refused (HTTP {status})"),
                "try again later, or check the network and HTTPS_PROXY",
            ),
        };
        Error::new(ErrorKind::Unavailable, why).with_hint(hint)
    }
}

fn is_damaged(result: &Result<String>) -> bool {
    matches!(result, Err(error) if error.kind() == ErrorKind::Integrity)
}

/// Whether a refused range was refused because the file ends where it begins (`Content-Range: bytes */N`).
fn ends_at(response: &Response<Body>, offset: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE);
    let size = range.and_then(|range| range.to_str().ok()?.rsplit('/').next()?.parse().ok());
    size.is_some_and(|size: u64| size == offset)
}
