//! A deterministic toy [`CausalLm`] for tests: the next token is a hash of the last `memory` tokens.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{CausalLm, Logits, SeqId, SeqInput, Want};
use crate::error::{Error, ErrorKind, Result};

pub(crate) struct Fake {
    pub(crate) vocab: usize,
    pub(crate) context: usize,
    /// How far back the next token depends on; a short memory makes loops.
    pub(crate) memory: usize,
    /// Tokens read in all.
    pub(crate) tokens: AtomicUsize,
    /// Passes over the weights.
    pub(crate) passes: AtomicUsize,
    /// The most sequences in one pass.
    pub(crate) widest: AtomicUsize,
}

impl Fake {
    pub(crate) fn new(vocab: usize, memory: usize) -> Self {
        let zero = || AtomicUsize::new(0);
        Self {
            vocab,
            context: 10_000,
            memory,
            tokens: zero(),
            passes: zero(),
            widest: zero(),
        }
    }

    fn logits(&self, history: &[u32], row: &mut Vec<f32>) {
        let recent = &history[history.len().saturating_sub(self.memory)..];
        let seed = recent.iter().fold(17u64, |hash, &id| {
            (hash ^ u64::from(id))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(23)
        });
        row.extend((0..self.vocab as u64).map(|id| {
            let mixed =
                (seed ^ id.wrapping_mul(0xd1b5_4a32_d192_ed03)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed >> 40) as f32 / 1e5
        }));
    }
}

#[derive(Default)]
pub(crate) struct FakeCache {
    /// Capacity and tokens of each open sequence.
    pub(crate) sequences: HashMap<SeqId, (usize, Vec<u32>)>,
    opened: usize,
}

impl CausalLm for Fake {
    type Cache = FakeCache;

    fn vocab_size(&self) -> usize {
        self.vocab
    }

    fn max_positions(&self) -> usize {
        self.context
    }

    fn new_cache(&self) -> Result<FakeCache> {
        Ok(FakeCache::default())
    }

    fn open(
        &self,
        cache: &mut FakeCache,
        capacity: usize,
        prefix: Option<(SeqId, usize)>,
    ) -> Result<SeqId> {
        let start = prefix.map_or(Vec::new(), |(seq, len)| {
            cache.sequences[&seq].1[..len].to_vec()
        });
        let seq = SeqId(cache.opened);
        cache.opened += 1;
        cache.sequences.insert(seq, (capacity, start));
        Ok(seq)
    }

    fn truncate(&self, cache: &mut FakeCache, seq: SeqId, len: usize) {
        cache.sequences.get_mut(&seq).unwrap().1.truncate(len);
    }

    fn close(&self, cache: &mut FakeCache, seq: SeqId) {
        cache.sequences.remove(&seq).unwrap();
    }

    fn forward(&self, cache: &mut FakeCache, inputs: &[SeqInput<'_>]) -> Result<Logits> {
        self.passes.fetch_add(1, Ordering::Relaxed);
        self.widest.fetch_max(inputs.len(), Ordering::Relaxed);
        let mut data = Vec::new();
        for input in inputs {
            assert!(!input.tokens.is_empty());
            self.tokens.fetch_add(input.tokens.len(), Ordering::Relaxed);
            let (capacity, history) = cache.sequences.get_mut(&input.seq).unwrap();
            for (at, &token) in input.tokens.iter().enumerate() {
                if token as usize >= self.vocab || history.len() == *capacity {
                    return Err(Error::new(ErrorKind::Inference, "the fake was misused"));
                }
                history.push(token);
                match input.want {
                    Want::All => self.logits(history, &mut data),
                    Want::Last if at + 1 == input.tokens.len() => self.logits(history, &mut data),
                    _ => {}
                }
            }
        }
        Ok(Logits {
            data,
            width: self.vocab,
        })
    }
}
