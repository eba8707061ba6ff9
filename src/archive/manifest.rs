//! What was done: `manifest.jsonl` has a line a shard, which is written when the shard is whole, and `rejected.jsonl` a line an
//! article that was left out. A run that was cut off leaves at most half a line and half a shard, which the next one removes.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::options::{Options, SCHEMA};
use super::record::{Place, Reject, Why};
use super::row::columns;
use super::shard::{PARTIAL, SHARD, Written, sync_folder, unwritten};
use crate::error::{Error, ErrorKind, Result};
use crate::output::report::Tool;

/// The name of the file of the dead letters.
const REJECTED: &str = "rejected.jsonl";

/// A shard that is whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shard {
    /// Its number, from 0.
    pub shard: usize,
    /// Its file; `None` if all its articles were rejected.
    pub file: Option<String>,
    /// The file's bytes.
    pub bytes: u64,
    /// sha256 of them, in hexadecimal.
    pub sha256: Option<String>,
    /// The articles in it.
    pub rows: u64,
    /// The articles that were left out.
    pub rejected: u64,
    /// Where `rejected.jsonl` ended after them, in bytes.
    pub rejected_end: u64,
    /// The articles that it was made of, those too that were left out.
    pub input: Vec<Stretch>,
    /// sha256 of all that was read of them, in hexadecimal.
    pub input_sha256: String,
}

impl Shard {
    /// How many articles it was made of.
    pub fn articles(&self) -> u64 {
        self.rows + self.rejected
    }

    /// Gives the shard its file.
    pub fn written(&mut self, name: String, written: Written) {
        self.file = Some(name);
        self.bytes = written.bytes;
        self.sha256 = Some(written.sha256);
    }
}

/// Articles of one file that stand one after the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stretch {
    /// The file.
    pub file: String,
    /// The first row; `None` if the file is an article itself.
    pub first: Option<u64>,
    /// The last row.
    pub last: Option<u64>,
}

impl Stretch {
    /// Adds a place to what a shard is made of.
    pub fn add(stretches: &mut Vec<Self>, place: &Place) {
        match stretches.last_mut() {
            Some(last) if last.file == place.file && place.row.is_some() => last.last = place.row,
            _ => stretches.push(Self {
                file: place.file.clone(),
                first: place.row,
                last: place.row,
            }),
        }
    }
}

/// A line of the dead letters.
#[derive(Serialize)]
struct DeadLetter<'a> {
    file: &'a str,
    row: Option<u64>,
    id: Option<&'a str>,
    why: Why,
    reason: &'a str,
}

/// The books of an archive, which no other process has open.
pub struct Manifest {
    folder: PathBuf,
    file: File,
    /// The shards that are whole, in order.
    pub shards: Vec<Shard>,
}

impl Manifest {
    /// Opens the books in `options.out`, or begins them.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if another run has them open, or they were begun with other options; [`ErrorKind::Input`] if
    /// a shard is gone; [`ErrorKind::Io`] if they can't be read or written.
    pub fn open(options: &Options) -> Result<Self> {
        let folder = options.out.clone();
        crate::output::create_folder(&folder)?;
        let path = folder.join("manifest.jsonl");
        if std::fs::metadata(&path).map_or(0, |there| there.len()) == 0 {
            refuse_others(&folder)?;
        }
        let failed = |error| unwritten(&path, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        if file.try_lock().is_err() {
            let message = format!("another run is at work in {}", folder.display());
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        // A line that was cut off has no end.
        let end = text.rfind('\n').map_or(0, |end| end + 1);
        let (whole, torn) = text.split_at(end);
        let head = as_line(&head(options))?;
        if whole.is_empty() && !head.starts_with(torn.as_bytes()) {
            return Err(foreign(&path));
        }
        let mut lines = whole.lines();
        let known = lines.next();
        // An archive without a shard may still become another one.
        let begun = known.filter(|known| lines.clone().next().is_some() || !is_head(known));
        if let Some(begun) = begun {
            same(begun, options)?;
        }
        let kept = begun.map_or(0, |_| whole.len());
        file.set_len(kept as u64).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let mut manifest = Self {
            folder,
            file,
            shards: Vec::new(),
        };
        if begun.is_none() {
            manifest.write(&head)?;
        }
        for line in lines {
            if let Ok(shard) = serde_json::from_str::<Shard>(line) {
                manifest.check(&shard)?;
                manifest.shards.push(shard);
            }
        }
        manifest.clean()?;
        Ok(manifest)
    }

    /// Whether a shard is there, and follows the one before it.
    fn check(&self, shard: &Shard) -> Result<()> {
        let wrong = |what: &str| {
            let folder = self.folder.display();
            let message = format!(
                "shard {} of {folder} {what}, though its manifest says so",
                shard.shard
            );
            Error::new(ErrorKind::Input, message).with_hint("begin anew in another folder")
        };
        if shard.shard != self.shards.len() {
            return Err(wrong("doesn't follow the one before it"));
        }
        if let Some(name) = &shard.file {
            let size = std::fs::metadata(self.folder.join(name)).map(|meta| meta.len());
            if size.ok() != Some(shard.bytes) {
                return Err(wrong("isn't there or has another size"));
            }
        }
        Ok(())
    }

    /// Removes what a run that was cut off has left.
    fn clean(&self) -> Result<()> {
        let failed = |error| unwritten(&self.folder, error);
        for entry in std::fs::read_dir(&self.folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
                std::fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        let end = self.rejected_end();
        let path = self.rejected_path();
        match OpenOptions::new().write(true).open(&path) {
            Ok(file) => file.set_len(end).map_err(|error| unwritten(&path, error)),
            Err(_) if end == 0 => Ok(()),
            Err(error) => Err(Error::io("reading", &path, error)),
        }
    }

    /// The file of the dead letters.
    pub fn rejected_path(&self) -> PathBuf {
        self.folder.join(REJECTED)
    }

    fn rejected_end(&self) -> u64 {
        self.shards.last().map_or(0, |shard| shard.rejected_end)
    }

    /// Writes down `shard`, whose file is whole, and the articles that were left out of it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if that can't be done; the shard doesn't count then.
    pub fn commit(&mut self, mut shard: Shard, rejected: &[(Place, Reject)]) -> Result<()> {
        shard.rejected_end = self.rejected_end();
        if !rejected.is_empty() {
            let mut lines = Vec::new();
            for (place, reject) in rejected {
                let letter = DeadLetter {
                    file: &place.file,
                    row: place.row,
                    id: reject.id.as_deref(),
                    why: reject.why,
                    reason: &reject.reason,
                };
                lines.extend(as_line(&letter)?);
            }
            shard.rejected_end += lines.len() as u64;
            let path = self.rejected_path();
            let failed = |error| unwritten(&path, error);
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(failed)?;
            file.write_all(&lines).map_err(failed)?;
            file.sync_all().map_err(failed)?;
        }
        self.write(&as_line(&shard)?)?;
        self.shards.push(shard);
        Ok(())
    }

    fn write(&mut self, line: &[u8]) -> Result<()> {
        let path = self.folder.join("manifest.jsonl");
        let failed = |error| unwritten(&path, error);
        self.file.write_all(line).map_err(failed)?;
        self.file.sync_all().map_err(failed)?;
        sync_folder(&self.folder);
        Ok(())
    }
}

/// The first line: what the archive is.
fn head(options: &Options) -> Value {
    let names = columns(options).into_iter().map(|column| column.name);
    json!({
        "schema": SCHEMA,
        "program": program(),
        "to": options.to,
        "columns": names.collect::<Vec<_>>(),
        "asked": options.asked(),
    })
}

/// Whether `line` is the first line of an archive, of whatever options.
fn is_head(line: &str) -> bool {
    let head: Option<Map<String, Value>> = serde_json::from_str(line).ok();
    head.is_some_and(|head| head.get("schema") == Some(&json!(SCHEMA)))
}

fn foreign(path: &Path) -> Error {
    let message = format!("{} isn't of an archive of this program", path.display());
    Error::new(ErrorKind::Usage, message)
        .with_hint("it was left as it is: name another folder with --out")
}

/// Fails if a folder without a manifest has files that bear names of an archive's: they would be overwritten or removed.
fn refuse_others(folder: &Path) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io("reading", folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Error::io("reading", folder, error))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(SHARD) || name.starts_with(PARTIAL) || name == REJECTED {
            return Err(foreign(&entry.path()));
        }
    }
    Ok(())
}

fn as_line(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value).map_err(|error| {
        let message = "the manifest can't be written as JSON";
        Error::new(ErrorKind::Io, message).with_source(error)
    })?;
    line.push(b'\n');
    Ok(line)
}

fn program() -> String {
    format!("{} {}", Tool::THIS.name, Tool::THIS.version)
}

/// Whether the archive that begins with the line `head` was begun with the same options.
fn same(head: &str, options: &Options) -> Result<()> {
    let head: Map<String, Value> = serde_json::from_str(head).unwrap_or_default();
    let folder: &Path = &options.out;
    let other = |what: String| {
        let message = format!("the archive in {} {what}", folder.display());
        Error::new(ErrorKind::Usage, message)
            .with_hint("say the same as at first, or another folder with --out")
    };
    if head.get("schema") != Some(&json!(SCHEMA)) {
        return Err(other(format!("isn't one of the form {SCHEMA}")));
    }
    if head.get("program") != Some(&json!(program())) {
        let by = head.get("program").unwrap_or(&Value::Null);
        return Err(other(format!("was begun by {by}")));
    }
    if head.get("to") != Some(&json!(options.to)) {
        let to = head.get("to").unwrap_or(&Value::Null);
        return Err(other(format!("was begun with --to {to}")));
    }
    let asked = options.asked();
    let known = head.get("asked").and_then(Value::as_object);
    let known = known.cloned().unwrap_or_default();
    let mut both = known.keys().chain(asked.keys());
    if let Some(name) = both.find(|name| known.get(*name) != asked.get(*name)) {
        return Err(other(format!("was begun with other {name}")));
    }
    Ok(())
}
