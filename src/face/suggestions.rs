//! Translations that people suggest: they stand for those of models wherever the same sentence comes again.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::memory::{self, Memory};
use crate::pipeline::{self, Document};
use crate::text::Lang;

/// The suggestions in a translation memory. Copies are the same ones.
#[derive(Clone)]
pub struct Suggestions(Arc<Memory>);

impl fmt::Debug for Suggestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Suggestions").field(&self.0.path()).finish()
    }
}

impl Suggestions {
    /// Those in the memory at `file`, which is made if need be.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read or made.
    pub fn open(file: &Path) -> Result<Self> {
        let memory = Memory::open(file, memory::DEFAULT_LIMIT)?;
        Ok(Self(Arc::new(memory)))
    }

    /// Keeps the sentences of `source` with those of `translation`, on the disk when this returns; says how many there
    /// are.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if they don't have as many sentences as each other, or none; [`ErrorKind::Io`] if the file
    /// can't be written.
    pub fn keep(&self, source: &Document, translation: &Document) -> Result<usize> {
        let (from, to) = (source.lang, translation.lang);
        let sources = source.article.segments(Some(from));
        let made = translation.article.segments(Some(to));
        if sources.is_empty() || sources.len() != made.len() {
            let (n, m) = (sources.len(), made.len());
            let message =
                format!("the text has {n} sentences, its translation {m}: suggest one at a time");
            return Err(Error::new(ErrorKind::Input, message));
        }
        let pairs: Vec<(&str, &str)> = sources
            .iter()
            .zip(&made)
            .map(|(source, made)| (source.text.as_str(), made.text.as_str()))
            .collect();
        pipeline::suggest(&self.0, (from, to), &pairs)?;
        Ok(pairs.len())
    }

    /// The translation of a sentence that was suggested last.
    pub(super) fn find(&self, way: (Lang, Lang), source: &str) -> Result<Option<String>> {
        pipeline::suggested(&self.0, way, source)
    }
}
