//! What is said before a model is fetched: what it is, how large, how good, and where it is kept.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::registry::{Manifest, Progress, Task};

/// A model in a few words: its id, its size, and how good it is at what is asked.
pub fn worth(manifest: &Manifest, task: Task) -> String {
    let about = match manifest.files.iter().all(|file| file.size.is_some()) {
        true => "",
        false => "about ",
    };
    let megabytes = manifest.size.div_ceil(1_000_000);
    let size = format!("{about}{megabytes} MB");
    let quality = match manifest.quality.get(&task) {
        // A figure is for one pair: of a model for many only its estimate speaks for all.
        Some(quality) if manifest.pairs.len() == 1 && manifest.languages.is_empty() => {
            let (from, to) = manifest.pairs[0];
            match quality.pairs.get(&format!("{from}-{to}")) {
                Some(figure) => format!("{figure} on {}", figure.set),
                None => format!("quality {} by an estimate", quality.score),
            }
        }
        Some(quality) => format!("quality {} by an estimate", quality.score),
        None => "quality unknown".to_owned(),
    };
    format!("{} ({size}; {quality})", manifest.id)
}

/// Says one line when something begins to come, and passes on all that is told after that.
pub(super) struct Announced<'a> {
    inner: &'a dyn Progress,
    store: &'a Path,
    /// The model in a few words, until it was said, and whether it would come from the Hub.
    model: Mutex<(Option<String>, bool)>,
}

impl<'a> Announced<'a> {
    /// For a model that is to be asked for `task`, and kept in `store`.
    pub(super) fn new(
        inner: &'a dyn Progress,
        manifest: &Manifest,
        task: Task,
        store: &'a Path,
    ) -> Self {
        Self {
            inner,
            store,
            model: Mutex::new((Some(worth(manifest, task)), false)),
        }
    }

    fn model(&self) -> MutexGuard<'_, (Option<String>, bool)> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Announced<'_> {
    fn start(&self, what: &str, total: Option<u64>) {
        // Only now is it certain that a source has it.
        let (model, from_hub) = {
            let mut model = self.model();
            (model.0.take(), model.1)
        };
        if let Some(model) = model {
            let place = match from_hub {
                true => "the Hub's cache".to_owned(),
                false => self.store.display().to_string(),
            };
            self.inner
                .note(&format!("fetching {model}, kept in {place}"));
        }
        self.inner.start(what, total);
    }

    fn advance(&self, bytes: u64) {
        self.inner.advance(bytes);
    }

    fn finish(&self) {
        self.inner.finish();
    }

    fn source(&self, kind: &str) {
        self.model().1 = kind == "hub";
        self.inner.source(kind);
    }

    fn note(&self, line: &str) {
        self.inner.note(line);
    }
}
