//! What a job remembers: answers are looked up before a model is loaded, and written down as they come, so that an
//! interrupted job goes on where it was.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::observer::Observer;
use super::session::{Context, Session};
use crate::device;
use crate::error::{Error, ErrorKind, Result};
use crate::languages;
use crate::memory::{Hasher, Key, Memory};
use crate::text::Lang;

/// At most this much work is lost when the process is killed. Each writing waits for the disk, so it isn't done for
/// every sentence of a fast model.
const WRITE_EVERY: Duration = Duration::from_millis(250);

/// What an entry of the memory is an answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A segment's translation.
    Segment,
    /// A summary.
    Summary,
    /// The similarity of a segment's and its translation's embeddings, and of their words'.
    Adequacy,
}

/// An entry of the memory as it is stored, in JSON. What isn't needed to answer is there for whoever reads an export.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry<T> {
    /// What it is.
    pub kind: Kind,
    /// Language of the source.
    pub from: Lang,
    /// Language of the answer.
    pub to: Lang,
    /// Id of the model.
    pub model: String,
    /// The source text of a segment; of a summary, nothing.
    pub source: String,
    /// Seconds since 1970.
    pub made_at: u64,
    /// The answer.
    pub made: T,
}

/// Looks up and writes down the answers of one model for one pair of languages. A memory that fails is said once and
/// then left alone: it is never worth a job.
pub(super) struct Cache<'a> {
    memory: Option<&'a Memory>,
    observer: &'a dyn Observer,
    kind: Kind,
    from: Lang,
    to: Lang,
    model: String,
    hasher: Hasher,
    waiting: Vec<(Key, Vec<u8>)>,
    written: Instant,
}

impl<'a> Cache<'a> {
    /// Of the model with the id `model`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unavailable`] if the session has chosen no such model.
    pub(super) fn new(
        session: &Session<'a>,
        kind: Kind,
        (from, to): (Lang, Lang),
        model: &str,
    ) -> Result<Self> {
        let installed = session.chosen(model)?;
        let Context {
            memory, compute, ..
        } = session.context();
        let mut hasher = Hasher::default()
            .part(env!("CARGO_PKG_VERSION"))
            .part(match kind {
                Kind::Segment => "segment",
                Kind::Summary => "summary",
                Kind::Adequacy => "adequacy",
            })
            .part(from.code())
            .part(to.code())
            // The same file can be run as another kind of model by another manifest.
            .part(installed.manifest.architecture.to_string())
            // Other kernels and fewer bits may change an answer; the number of threads doesn't.
            .part(device::name(
                compute.device_for(installed.manifest.architecture),
            ))
            .part(format!("{:?}", compute.kv))
            .part(format!("{}", compute.shortlist))
            .part(format!("{:?}", compute.quantize))
            .part(format!("{:?}", compute.seq2seq));
        for file in &installed.files {
            hasher = hasher.part(&file.sha256);
        }
        // The user's words decide what is found, asked again and chosen.
        if let Some(taught) = languages::taught() {
            hasher = hasher.part(taught);
        }
        Ok(Self {
            memory: memory.as_ref(),
            observer: session.observer(),
            kind,
            from,
            to,
            model: installed.manifest.id.clone(),
            hasher,
            waiting: Vec::new(),
            written: Instant::now(),
        })
    }

    /// The key of a request, given all that decides its answer but the model and the languages.
    pub(super) fn key(&self, fingerprint: &[u8]) -> Key {
        self.hasher.clone().part(fingerprint).key()
    }

    /// The answer under `key`.
    pub(super) fn find<T: DeserializeOwned>(&mut self, key: &Key) -> Option<T> {
        let value = match self.memory?.get(key) {
            Ok(value) => value?,
            Err(error) => {
                self.give_up(&error);
                return None;
            }
        };
        // One that an older version wrote in another form is no answer.
        let entry: Entry<T> = serde_json::from_slice(&value).ok()?;
        (entry.kind == self.kind).then_some(entry.made)
    }

    /// Writes an answer down, now or soon.
    pub(super) fn keep<T: Serialize>(&mut self, key: Key, source: &str, made: &T) {
        if self.memory.is_none() {
            return;
        }
        let entry = Entry {
            kind: self.kind,
            from: self.from,
            to: self.to,
            model: self.model.clone(),
            source: source.to_string(),
            made_at: std::time::UNIX_EPOCH
                .elapsed()
                .map_or(0, |since| since.as_secs()),
            made,
        };
        match serde_json::to_vec(&entry) {
            Ok(value) => self.waiting.push((key, value)),
            Err(error) => self.give_up(
                &Error::new(ErrorKind::Io, "an answer can't be written as JSON").with_source(error),
            ),
        }
        if self.written.elapsed() >= WRITE_EVERY {
            self.write();
        }
    }

    /// Writes down what waits.
    fn write(&mut self) {
        if let Some(memory) = self.memory
            && !self.waiting.is_empty()
        {
            let values = self
                .waiting
                .iter()
                .map(|(key, value)| (key, value.as_slice()));
            if let Err(error) = memory.put(values) {
                self.give_up(&error);
            }
            self.waiting.clear();
            self.written = Instant::now();
        }
    }

    fn give_up(&mut self, error: &Error) {
        self.observer.warn(&format!("{error}; going on without it"));
        self.memory = None;
    }
}

impl Drop for Cache<'_> {
    fn drop(&mut self) {
        self.write();
    }
}

/// What stands for a model's id where a person made a translation.
const SUGGESTION: &str = "suggestion";

fn suggestion_key(from: Lang, to: Lang, source: &str) -> Key {
    let hasher = Hasher::default().part(SUGGESTION);
    hasher.part(from.code()).part(to.code()).part(source).key()
}

/// The part of a translation that is exported.
#[derive(Serialize, Deserialize)]
struct Text {
    text: String,
}

/// Keeps translations of segments that a person suggests, each a source and its translation, in place of those that were
/// suggested before. When this returns, they are on the disk.
///
/// # Errors
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if the memory's file can't be written; then none is kept.
pub fn suggest(memory: &Memory, (from, to): (Lang, Lang), pairs: &[(&str, &str)]) -> Result<()> {
    let made_at = std::time::UNIX_EPOCH.elapsed();
    let made_at = made_at.map_or(0, |since| since.as_secs());
    let mut values: Vec<(Key, Vec<u8>)> = Vec::with_capacity(pairs.len());
    for (source, text) in pairs {
        let entry = Entry {
            kind: Kind::Segment,
            from,
            to,
            model: SUGGESTION.to_string(),
            source: source.to_string(),
            made_at,
            made: Text {
                text: text.to_string(),
            },
        };
        let value = serde_json::to_vec(&entry).map_err(|error| {
            let message = "a suggestion can't be written as JSON";
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        values.push((suggestion_key(from, to, source), value));
    }
    memory.put(values.iter().map(|(key, value)| (key, value.as_slice())))
}

/// The translation of a segment that a person suggested last.
///
/// # Errors
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if the memory's file can't be read.
pub fn suggested(
    memory: &Memory,
    (from, to): (Lang, Lang),
    source: &str,
) -> Result<Option<String>> {
    let value = memory.get(&suggestion_key(from, to, source))?;
    let entry = value.and_then(|value| serde_json::from_slice::<Entry<Text>>(&value).ok());
    Ok(entry.map(|entry| entry.made.text))
}

/// A segment's entry for an export: its source and its translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remembered {
    /// Language of the source.
    pub from: Lang,
    /// Language of the translation.
    pub to: Lang,
    /// Id of the model.
    pub model: String,
    /// Seconds since 1970.
    pub made_at: u64,
    /// The source.
    pub source: String,
    /// The translation.
    pub text: String,
}

/// Every segment that a memory knows, the oldest first.
///
/// # Errors
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if the memory's file can't be read.
pub fn remembered(memory: &Memory) -> Result<Vec<Remembered>> {
    let mut all = Vec::new();
    memory.each(&mut |value| {
        if let Ok(entry) = serde_json::from_slice::<Entry<Text>>(value)
            && entry.kind == Kind::Segment
        {
            all.push(Remembered {
                from: entry.from,
                to: entry.to,
                model: entry.model,
                made_at: entry.made_at,
                source: entry.source,
                text: entry.made.text,
            });
        }
        Ok(())
    })?;
    Ok(all)
}
