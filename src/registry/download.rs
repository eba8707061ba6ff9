//! One file from the Hub to disk: resumed where it stopped, hashed on the way, visible only when whole.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use ureq::http::{Response, header};
use ureq::{Body, ResponseExt};

use super::hub::{At, Hub, reason};
use super::integrity::{Hasher, publish};
use super::progress::Progress;
use super::reach::Retry;
use crate::error::{Error, ErrorKind, Result};

/// A download of a file whose size is known beforehand.
pub(super) struct Download<'a> {
    pub hub: &'a Hub<'a>,
    pub at: At<'a>,
    pub size: u64,
    pub sha256: Option<&'a str>,
    /// Where the bytes go until they are all there; what is there already is built upon.
    pub partial: &'a Path,
    pub target: &'a Path,
}

/// How one attempt ended, if not with an error that no further attempt would mend.
enum End {
    Whole,
    /// It broke off; the reason, and how long the server asks to wait.
    Broken(String, Option<std::time::Duration>),
}

impl Download<'_> {
    /// Runs the download and gives the sha256; the caller holds the blob's lock.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if it breaks off more often than the options allow or the server refuses,
    /// [`ErrorKind::Integrity`] if the bytes are wrong: they are deleted then.
    pub(super) fn run(&self, progress: &dyn Progress) -> Result<String> {
        let failed = |e| Error::io("writing", self.partial, e);
        if let Some(dir) = self.partial.parent() {
            std::fs::create_dir_all(dir).map_err(failed)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .append(true)
            .open(self.partial)
            .map_err(failed)?;
        if self.sha256.is_none() {
            // What an earlier run left could not be told from what belongs here.
            file.set_len(0).map_err(failed)?;
        }
        let mut hasher = Hasher::default();
        hasher
            .read_from(&mut &file, u64::MAX, |n| progress.advance(n))
            .map_err(|e| Error::io("reading", self.partial, e))?;
        if hasher.bytes() > self.size {
            self.restart(&file, &mut hasher)?;
        }
        let mut retry = Retry::new(self.hub.options());
        while hasher.bytes() < self.size {
            let before = hasher.bytes();
            let End::Broken(why, asked) = self.attempt(&file, &mut hasher, progress)? else {
                break;
            };
            if hasher.bytes() > before {
                // It moves, if in pieces: only attempts in vain are counted.
                retry = Retry::new(self.hub.options());
            }
            let Some(wait) = retry.next(asked) else {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    format!(
                        "{} broke off at {} of {} bytes: {why}",
                        self.name(),
                        hasher.bytes(),
                        self.size
                    ),
                )
                .with_hint("what came is kept; the next attempt goes on from there"));
            };
            progress.note(&format!(
                "{}: {why}; going on in {:.1} s",
                self.name(),
                wait.as_secs_f64()
            ));
            std::thread::sleep(wait);
        }
        let sha256 = hasher.finish();
        if self.sha256.is_some_and(|wanted| wanted != sha256) {
            std::fs::remove_file(self.partial).map_err(failed)?;
            return Err(Error::new(
                ErrorKind::Integrity,
                format!(
                    "{} came damaged: its sha256 is {sha256}, not {}",
                    self.name(),
                    self.sha256.unwrap_or_default()
                ),
            )
            .with_hint("it was deleted; the next attempt starts over"));
        }
        publish(self.partial, &file, self.target)?;
        Ok(sha256)
    }

    /// Name for messages.
    fn name(&self) -> &str {
        self.at.path.unwrap_or(self.at.repo)
    }

    fn restart(&self, file: &File, hasher: &mut Hasher) -> Result<()> {
        file.set_len(0)
            .map_err(|e| Error::io("writing", self.partial, e))?;
        *hasher = Hasher::default();
        Ok(())
    }

    fn attempt(&self, file: &File, hasher: &mut Hasher, progress: &dyn Progress) -> Result<End> {
        let range = format!("bytes={}-", hasher.bytes());
        let range = (hasher.bytes() > 0).then_some(range.as_str());
        let response = match self.hub.follow(&self.hub.url(&self.at), range) {
            Ok(response) => response,
            Err(error) => return Ok(End::Broken(reason(&error), None)),
        };
        if let Some(asked) = Retry::passing(&response) {
            return Ok(End::Broken(
                format!("the server answered HTTP {}", response.status().as_u16()),
                asked,
            ));
        }
        match response.status().as_u16() {
            206 if continues_at(&response, hasher.bytes()) => {}
            // The server sends the whole file, knows no ranges, or finds ours wrong.
            200 => self.restart(file, hasher)?,
            206 | 416 => {
                self.restart(file, hasher)?;
                return Ok(End::Broken(
                    "the server can't go on from there; starting over".to_owned(),
                    None,
                ));
            }
            // The contents' host refuses when the address that the Hub signed has expired: the next attempt asks for a
            // fresh one.
            status if !self.hub.is_home(response.get_uri()) => {
                return Ok(End::Broken(
                    format!("the server answered HTTP {status}"),
                    None,
                ));
            }
            _ => return Err(self.hub.refusal(&response, &self.at)),
        }
        self.receive(response, file, hasher, progress)
    }

    fn receive(
        &self,
        response: Response<Body>,
        mut file: &File,
        hasher: &mut Hasher,
        progress: &dyn Progress,
    ) -> Result<End> {
        let mut body = response.into_body().into_reader();
        let mut bytes = hasher.bytes();
        let end = hasher.beside(|hash| {
            let mut buffer = vec![0; 1 << 18];
            loop {
                let n = match body.read(&mut buffer) {
                    Ok(0) if bytes == self.size => return Ok(End::Whole),
                    Ok(0) => return Ok(End::Broken(CLOSED.to_owned(), None)),
                    Ok(n) => n,
                    Err(e) => match e.kind() {
                        std::io::ErrorKind::Interrupted => continue,
                        std::io::ErrorKind::UnexpectedEof => {
                            return Ok(End::Broken(CLOSED.to_owned(), None));
                        }
                        _ => return Ok(End::Broken(e.to_string(), None)),
                    },
                };
                bytes += n as u64;
                if bytes > self.size {
                    let why = format!(
                        "the server sends more than the {} bytes of {}",
                        self.size,
                        self.name()
                    );
                    return Err(Error::new(ErrorKind::Integrity, why));
                }
                file.write_all(&buffer[..n])
                    .map_err(|e| Error::io("writing", self.partial, e))?;
                buffer = hash(buffer, n);
                progress.advance(n as u64);
            }
        });
        if matches!(&end, Err(error) if error.kind() == ErrorKind::Integrity) {
            self.restart(file, hasher)?;
        }
        end
    }
}

/// What is said of a connection that ends too soon.
const CLOSED: &str = "the connection was closed early";

/// Whether a partial response starts where we stopped.
fn continues_at(response: &Response<Body>, offset: u64) -> bool {
    let range = response
        .headers()
        .get(header::CONTENT_RANGE)
        .and_then(|value| value.to_str().ok());
    range
        .and_then(|range| {
            range
                .trim()
                .strip_prefix("bytes ")?
                .split('-')
                .next()?
                .parse()
                .ok()
        })
        .is_some_and(|start: u64| start == offset)
}
