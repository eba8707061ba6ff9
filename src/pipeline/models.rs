//! The models that a job has found and loaded, and how many of them stay in memory.

use std::collections::HashMap;

use crate::engine::embed::Embedder;
use crate::engine::{Engine, Timings};
use crate::registry::Installed;

/// A model in memory, and where it came from.
pub struct LoadedModel {
    /// Its files and their provenance.
    pub installed: Installed,
    /// The running model.
    pub engine: Engine,
    /// Seconds that loading took.
    pub load_s: f64,
    /// Where it computes, such as `cpu` or `cuda:0`.
    pub device: String,
}

impl LoadedModel {
    /// Work done since loading.
    pub fn timings(&self) -> Timings {
        self.engine.timings()
    }
}

/// The models that were found so far. It outlives a session, so that the next one need not load them again.
#[derive(Default)]
pub struct Models {
    pub(super) installed: HashMap<String, Installed>,
    /// By id, why a model can't be had.
    pub(super) refused: HashMap<String, String>,
    pub(super) loaded: Vec<(String, LoadedModel)>,
    pub(super) said: Vec<String>,
    /// The model for embeddings, once it was needed.
    pub(super) embedder: Option<Embedder>,
}

impl Models {
    /// The models in memory with the bytes of their files, the least recently used first.
    pub fn loaded(&self) -> impl Iterator<Item = (&str, u64)> {
        let loaded = self.loaded.iter();
        loaded.map(|(id, model)| (id.as_str(), bytes(&model.installed)))
    }

    /// Drops models, the least recently used first, until those in memory and the `wanted`, by their ids, have at most
    /// `limit` bytes of files; the wanted stay, whatever they have.
    pub fn make_room(&mut self, wanted: &[&str], limit: u64) {
        let mut ids = wanted.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let to_come = ids.iter().filter_map(|id| self.installed.get(*id));
        let needed: u64 = to_come.map(bytes).sum();
        let others = |models: &Self| -> u64 {
            let others = models.loaded().filter(|(id, _)| !wanted.contains(id));
            others.map(|(_, bytes)| bytes).sum()
        };
        while needed + others(self) > limit
            && let Some(oldest) = self
                .loaded
                .iter()
                .position(|(id, _)| !wanted.contains(&id.as_str()))
        {
            self.loaded.remove(oldest);
        }
    }
}

/// What the files of a model have, which is about what it takes in memory.
fn bytes(installed: &Installed) -> u64 {
    installed.files.iter().map(|file| file.size).sum()
}
