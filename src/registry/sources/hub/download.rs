//! One file from the Hub to disk: in several ranges at once if it is large, resumed where each stopped, hashed on the
//! way, visible only when whole.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::http::Response;
use ureq::{Body, ResponseExt};

use super::super::http::{Retry, reason, resumes_at};
use super::partial::{Part, Partial, Writer};
use super::requests::{At, Hub};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::files::{Hasher, git_hash, publish};
use crate::registry::progress::Progress;

/// A download of a file whose size is known beforehand.
pub(super) struct Download<'a> {
    pub hub: &'a Hub<'a>,
    pub at: At<'a>,
    pub size: u64,
    pub sha256: Option<&'a str>,
    /// The hash that git gives the contents.
    pub git: Option<&'a str>,
    /// Where the bytes go until they are all there; what is there already is built upon.
    pub partial: &'a Path,
    pub target: &'a Path,
}

/// How one attempt at a part ended, if not with an error that no further attempt would mend.
enum End {
    Whole,
    /// It broke off; the reason, and how long the server asks to wait.
    Broken(String, Option<Duration>),
    /// The server sends the whole file, whatever is asked for.
    NoRanges,
    /// Another part failed.
    Stopped,
}

/// What the thread that hashes learns of those that fetch.
enum News {
    /// A part has come up to this position.
    Reached(usize, u64),
    /// The only part starts over.
    Restarted,
    Note(String),
}

/// What the threads that fetch share.
struct Work<'a> {
    parts: Mutex<&'a mut (dyn Iterator<Item = Part> + Send)>,
    stop: AtomicBool,
}

impl Download<'_> {
    /// Runs the download and gives the sha256; the caller holds the blob's lock.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if it breaks off more often than the options allow or the server refuses,
    /// [`ErrorKind::Integrity`] if the bytes are wrong: they are deleted then.
    pub(super) fn run(&self, progress: &dyn Progress) -> Result<String> {
        if let Some(dir) = self.partial.parent() {
            std::fs::create_dir_all(dir).map_err(|e| self.failed(e))?;
        }
        if self.sha256.is_none() && self.git.is_none() {
            // What an earlier run left could not be told from what belongs here.
            std::fs::remove_file(self.partial).ok();
        }
        self.run_on(progress).inspect_err(|error| {
            if error.kind() == ErrorKind::Integrity {
                std::fs::remove_file(self.partial).ok();
            }
        })
    }

    fn run_on(&self, progress: &dyn Progress) -> Result<String> {
        let part = self.hub.client.options().part;
        let mut partial =
            Partial::open(self.partial, self.size, part).map_err(|e| self.failed(e))?;
        let here = partial.parts().iter().map(|part| part.at - part.start);
        progress.advance(here.sum());
        let mut hasher = Hasher::default();
        while !self.fetch(&mut partial, &mut hasher, progress)? {
            partial = partial.into_one().map_err(|e| self.failed(e))?;
        }
        let file = partial.finish().map_err(|e| self.failed(e))?;
        let sha256 = hasher.finish();
        let damaged = |kind: &str, is: &str, not: &str| {
            let why = format!(
                "{} came damaged: its {kind} is {is}, not {not}",
                self.name()
            );
            let hint = "it was deleted; the next attempt starts over";
            Err(Error::new(ErrorKind::Integrity, why).with_hint(hint))
        };
        match (self.sha256, self.git) {
            (Some(wanted), _) if wanted != sha256 => return damaged("sha256", &sha256, wanted),
            (None, Some(wanted)) => {
                let git = git_hash(&file, self.size).map_err(|e| self.failed(e))?;
                if wanted != git {
                    return damaged("git hash", &git, wanted);
                }
            }
            _ => {}
        }
        publish(self.partial, &file, self.target)?;
        Ok(sha256)
    }

    /// Name for messages.
    fn name(&self) -> &str {
        self.at.path.unwrap_or(self.at.repo)
    }

    fn failed(&self, error: std::io::Error) -> Error {
        Error::io("writing", self.partial, error)
    }

    /// Fetches all parts, several at once, and hashes them in order as they come. Gives `false` if the server knows no
    /// ranges, so that the file must come as one part.
    fn fetch(
        &self,
        partial: &mut Partial<'_>,
        hasher: &mut Hasher,
        progress: &dyn Progress,
    ) -> Result<bool> {
        let missing = partial.parts().iter().filter(|part| !part.is_whole());
        let missing: Vec<Part> = missing.cloned().collect();
        let threads = self.hub.client.options().streams.min(missing.len()).max(1);
        let mut missing = missing.into_iter();
        let work = Work {
            parts: Mutex::new(&mut missing),
            stop: AtomicBool::new(false),
        };
        let (tell, told) = mpsc::channel();
        std::thread::scope(|scope| {
            let work = &work;
            let fetch = |tell: Sender<News>| scope.spawn(move || self.work(work, &tell));
            let threads: Vec<_> = (0..threads).map(|_| fetch(tell.clone())).collect();
            drop(tell);
            let hashed = self.hash(&told, partial, hasher, progress);
            work.stop.store(true, Ordering::Relaxed);
            let mut result = hashed.map(|()| true);
            for thread in threads {
                match thread.join() {
                    Ok(Ok(ranges)) => result = result.map(|all| all && ranges),
                    Ok(Err(error)) => result = result.and(Err(error)),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            result
        })
    }

    /// Follows the news, and hashes what has come without a gap.
    fn hash(
        &self,
        told: &Receiver<News>,
        partial: &mut Partial<'_>,
        hasher: &mut Hasher,
        progress: &dyn Progress,
    ) -> Result<()> {
        let failed = |e| Error::io("reading", self.partial, e);
        let mut file = File::open(self.partial).map_err(failed)?;
        loop {
            file.seek(SeekFrom::Start(hasher.bytes())).map_err(failed)?;
            let ready = partial.prefix().saturating_sub(hasher.bytes());
            hasher.read_from(&mut file, ready, |_| ()).map_err(failed)?;
            match told.recv() {
                Ok(News::Reached(index, at)) => {
                    progress.advance(at.saturating_sub(partial.parts()[index].at));
                    partial.reached(index, at);
                }
                Ok(News::Restarted) => {
                    partial.reached(0, 0);
                    *hasher = Hasher::default();
                }
                Ok(News::Note(line)) => progress.note(&line),
                // All have ended.
                Err(mpsc::RecvError) => return Ok(()),
            }
        }
    }

    /// Fetches one part after another until none is left or something is wrong; `false` if the server knows no ranges.
    fn work(&self, work: &Work<'_>, tell: &Sender<News>) -> Result<bool> {
        loop {
            let mut parts = work.parts.lock().unwrap_or_else(PoisonError::into_inner);
            let next = parts.next();
            drop(parts);
            let Some(part) = next.filter(|_| !work.stop.load(Ordering::Relaxed)) else {
                return Ok(true);
            };
            let result = self.fetch_part(part, &work.stop, tell);
            if !matches!(result, Ok(true)) {
                work.stop.store(true, Ordering::Relaxed);
                return result;
            }
        }
    }

    fn fetch_part(&self, part: Part, stop: &AtomicBool, tell: &Sender<News>) -> Result<bool> {
        let options = self.hub.client.options();
        let mut writer = Writer::open(self.partial, part).map_err(|e| self.failed(e))?;
        let mut retry = Retry::new(options);
        loop {
            let before = writer.part.at;
            let (why, asked) = match self.attempt(&mut writer, stop, tell)? {
                End::Whole | End::Stopped => return Ok(true),
                End::NoRanges => return Ok(false),
                End::Broken(why, asked) => (why, asked),
            };
            if writer.part.at > before {
                // It moves, if in pieces: only attempts in vain are counted.
                retry = Retry::new(options);
            }
            let Some(wait) = retry.next(asked) else {
                let (name, at, size) = (self.name(), writer.part.at, self.size);
                let why = format!("{name} broke off at {at} of {size} bytes: {why}");
                return Err(Error::new(ErrorKind::Unavailable, why)
                    .with_hint("what came is kept; the next attempt goes on from there"));
            };
            let (name, seconds) = (self.name(), wait.as_secs_f64());
            let note = format!("{name}: {why}; going on in {seconds:.1} s");
            // Who listens goes only after those who tell.
            tell.send(News::Note(note)).ok();
            let until = Instant::now() + wait;
            while Instant::now() < until && !stop.load(Ordering::Relaxed) {
                std::thread::sleep(wait.min(Duration::from_millis(20)));
            }
        }
    }

    fn attempt(&self, writer: &mut Writer, stop: &AtomicBool, tell: &Sender<News>) -> Result<End> {
        let Part { at, end, .. } = writer.part;
        let range = match writer.part.is_only() {
            true if at == 0 => None,
            true => Some(format!("bytes={at}-")),
            false => Some(format!("bytes={at}-{}", end - 1)),
        };
        if writer.part.is_whole() {
            return Ok(End::Whole);
        }
        let client = &self.hub.client;
        let response = match client.get(&self.hub.url(&self.at), range.as_deref()) {
            Ok(response) => response,
            Err(error) => return Ok(End::Broken(reason(&error), None)),
        };
        let status = response.status().as_u16();
        let answered = || format!("the server answered HTTP {status}");
        if let Some(asked) = Retry::passing(&response) {
            return Ok(End::Broken(answered(), asked));
        }
        match status {
            206 if resumes_at(&response, at) => {}
            // The server sends the whole file, or finds our range wrong.
            200 | 206 | 416 if !writer.part.is_only() => return Ok(End::NoRanges),
            200 => self.restart(writer, tell)?,
            206 | 416 => {
                self.restart(writer, tell)?;
                let why = "the server can't go on from there; starting over";
                return Ok(End::Broken(why.to_owned(), None));
            }
            // The contents' host refuses when the address that the Hub signed has expired: the next attempt asks for a
            // fresh one.
            _ if !client.is_home(response.get_uri()) => return Ok(End::Broken(answered(), None)),
            _ => return Err(self.hub.refusal(&response, &self.at)),
        }
        self.receive(response, writer, stop, tell)
    }

    fn restart(&self, writer: &mut Writer, tell: &Sender<News>) -> Result<()> {
        writer.restart().map_err(|e| self.failed(e))?;
        tell.send(News::Restarted).ok();
        Ok(())
    }

    fn receive(
        &self,
        response: Response<Body>,
        writer: &mut Writer,
        stop: &AtomicBool,
        tell: &Sender<News>,
    ) -> Result<End> {
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 18];
        while !stop.load(Ordering::Relaxed) {
            let n = match body.read(&mut buffer) {
                Ok(0) if writer.part.is_whole() => return Ok(End::Whole),
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
            if n as u64 > writer.part.end - writer.part.at {
                let why = format!(
                    "the server sends more than the {} bytes of {}",
                    writer.part.end - writer.part.start,
                    self.name()
                );
                return Err(Error::new(ErrorKind::Integrity, why));
            }
            writer.write(&buffer[..n]).map_err(|e| self.failed(e))?;
            tell.send(News::Reached(writer.part.index, writer.part.at))
                .ok();
        }
        Ok(End::Stopped)
    }
}

/// What is said of a connection that ends too soon.
const CLOSED: &str = "the connection was closed early";
