//! What decoding a batch needs beside the weights.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::Scratch;

/// Slots below which the cache is never compacted.
const SMALL: usize = 1024;

/// State of a batch of hypotheses. Keys and values of a generated token lie in a slot; a hypothesis is the path of its
/// slots, so that hypotheses with a common beginning share it and parting copies nothing but the path.
#[derive(Debug)]
pub struct State {
    /// Decoder steps made.
    pub(super) position: usize,
    paths: Paths,
    /// Keys and values of the sources, a layer each: `[source tokens, kv]`.
    cross: Vec<Vec<f32>>,
    /// Keys and values of generated tokens, a layer each: `[slots, kv]`.
    cache: Vec<Vec<f32>>,
    /// Floats of a slot in a layer.
    kv: usize,
    slots: usize,
    /// The number of slots at which it is worth while to look for unused ones.
    compact_at: usize,
    pub(super) buffers: Buffers,
}

/// Where each hypothesis finds its keys and values.
#[derive(Debug)]
pub(super) struct Paths {
    /// A row's slots, oldest first.
    pub own: Vec<Vec<u32>>,
    /// A row's source.
    sentence: Vec<usize>,
    /// A source's tokens.
    sources: Vec<Range<usize>>,
    /// 0, 1, 2, …: the indices of all source tokens.
    all: Vec<u32>,
}

impl Paths {
    /// The source tokens of a row.
    pub fn source(&self, row: usize) -> &[u32] {
        &self.all[self.sources[self.sentence[row]].clone()]
    }
}

/// Intermediate results, kept from one step to the next so that nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Hidden states.
    pub x: Vec<f32>,
    /// Input of a sub-layer.
    pub y: Vec<f32>,
    /// Queries, and keys and values with them.
    pub projected: Vec<f32>,
    pub attended: Vec<f32>,
    /// Inside of the feed-forward network.
    pub hidden: Vec<f32>,
    pub gate: Vec<f32>,
    pub scratch: Scratch,
}

impl State {
    /// The state before the first step: one row a source. `cross` has keys and values of all source tokens, a layer
    /// each, `kv` floats a token.
    pub(super) fn new(sources: &[&[u32]], cross: Vec<Vec<f32>>, kv: usize) -> Self {
        let mut end = 0;
        let ranges = sources.iter().map(|source| {
            let start = end;
            end += source.len();
            start..end
        });
        let ranges: Vec<_> = ranges.collect();
        Self {
            position: 0,
            paths: Paths {
                own: vec![Vec::new(); sources.len()],
                sentence: (0..sources.len()).collect(),
                sources: ranges,
                all: (0..end as u32).collect(),
            },
            cache: vec![Vec::new(); cross.len()],
            cross,
            kv,
            slots: 0,
            compact_at: SMALL,
            buffers: Buffers::default(),
        }
    }

    /// Number of hypotheses.
    pub fn rows(&self) -> usize {
        self.paths.own.len()
    }

    /// Gives each row a new slot, which each layer then appends to its cache.
    pub(super) fn grow(&mut self) {
        for path in &mut self.paths.own {
            path.push(self.slots as u32);
            self.slots += 1;
        }
    }

    /// The cache, the sources' keys and values, the paths and the buffers of a layer.
    pub(super) fn parts(&mut self, layer: usize) -> (&mut Vec<f32>, &[f32], &Paths, &mut Buffers) {
        (
            &mut self.cache[layer],
            &self.cross[layer],
            &self.paths,
            &mut self.buffers,
        )
    }

    /// Keeps `rows`, in that order.
    pub(super) fn gather(&mut self, rows: &[usize]) -> Result<()> {
        if let Some(row) = rows.iter().find(|&&row| row >= self.rows()) {
            let message = format!("hypothesis {row} of {} was asked for", self.rows());
            return Err(Error::new(ErrorKind::Inference, message));
        }
        self.paths.own = rows
            .iter()
            .map(|&row| self.paths.own[row].clone())
            .collect();
        self.paths.sentence = rows.iter().map(|&row| self.paths.sentence[row]).collect();
        if self.slots >= self.compact_at {
            self.compact();
        }
        Ok(())
    }

    /// Drops slots that no path uses, where they are at least half.
    fn compact(&mut self) {
        const UNUSED: u32 = u32::MAX;
        let mut moved = vec![UNUSED; self.slots];
        for &slot in self.paths.own.iter().flatten() {
            moved[slot as usize] = 0;
        }
        let mut live = 0;
        for target in moved.iter_mut().filter(|target| **target != UNUSED) {
            *target = live;
            live += 1;
        }
        let live = live as usize;
        if 2 * live <= self.slots {
            for cache in &mut self.cache {
                for (from, &to) in moved.iter().enumerate() {
                    if to != UNUSED {
                        cache.copy_within(
                            from * self.kv..(from + 1) * self.kv,
                            to as usize * self.kv,
                        );
                    }
                }
                cache.truncate(live * self.kv);
            }
            for slot in self.paths.own.iter_mut().flatten() {
                *slot = moved[*slot as usize];
            }
            self.slots = live;
        }
        self.compact_at = (2 * self.slots).max(SMALL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_slots_go_and_paths_keep_their_values() {
        let source: &[u32] = &[1, 2];
        let mut state = State::new(&[source, source], vec![vec![0.0; 8]; 3], 2);
        state.gather(&[0, 0, 1, 1]).unwrap();
        let mut wanted: Vec<Vec<f32>> = vec![Vec::new(); 4];
        for step in 0..2000 {
            state.grow();
            for layer in 0..3 {
                let (cache, ..) = state.parts(layer);
                for row in 0..4 {
                    cache.extend([(step * 4 + row) as f32, layer as f32]);
                }
            }
            for (row, wanted) in wanted.iter_mut().enumerate() {
                wanted.push((step * 4 + row) as f32);
            }
            // The second beam of each sentence becomes a copy of the first.
            state.gather(&[0, 0, 2, 2]).unwrap();
            wanted = [0, 0, 2, 2].map(|row: usize| wanted[row].clone()).into();
        }
        assert!(state.slots < 3 * 2 * 2000, "{} slots", state.slots);
        for layer in 0..3 {
            let (cache, _, paths, _) = state.parts(layer);
            for (path, wanted) in paths.own.iter().zip(&wanted) {
                let values: Vec<_> = path.iter().map(|&slot| cache[slot as usize * 2]).collect();
                assert_eq!(&values, wanted);
                assert!(
                    path.iter()
                        .all(|&slot| cache[slot as usize * 2 + 1] == layer as f32)
                );
            }
        }
        assert_eq!(state.paths.source(3), [2, 3]);
        assert!(state.gather(&[4]).is_err());
    }
}
