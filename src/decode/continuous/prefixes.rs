//! The prompts last read, whose keys and values are kept: a prompt that begins like one of them starts with a copy.

use std::collections::VecDeque;

use crate::decode::{CausalLm, SeqId};

/// Positions of finished prompts that a session keeps: those of an article's segments, so that a second question about
/// one of them reads only what is new. At 28 kB a position, as with a model of 1.5B, they take 88 MB.
const HELD_POSITIONS: usize = 3072;

/// A prompt that was read, and the sequence that holds its keys and values.
struct Held {
    seq: SeqId,
    tokens: Vec<u32>,
}

/// The prompts last read; the one last used comes last.
#[derive(Default)]
pub(super) struct Prefixes {
    held: VecDeque<Held>,
}

impl Prefixes {
    /// The sequence with the longest start in common with `prompt`, and so many positions; of equals, the one last used.
    pub(super) fn longest(&self, prompt: &[u32]) -> Option<(SeqId, usize)> {
        let lengths = self
            .held
            .iter()
            .map(|held| (held.seq, shared(&held.tokens, prompt)));
        lengths.max_by_key(|(_, len)| *len)
    }

    /// A sequence was of use: it is kept longer.
    pub(super) fn used(&mut self, seq: SeqId) {
        if let Some(at) = self.held.iter().position(|held| held.seq == seq)
            && let Some(used) = self.held.remove(at)
        {
            self.held.push_back(used);
        }
    }

    /// Keeps what a sequence holds of its prompt, `tokens`, and gives up what was not used for the longest time.
    pub(super) fn hold<M: CausalLm>(
        &mut self,
        model: &M,
        cache: &mut M::Cache,
        seq: SeqId,
        tokens: Vec<u32>,
    ) {
        let covers = |held: &Held| held.tokens.starts_with(&tokens);
        if tokens.is_empty() || self.held.iter().any(covers) {
            return model.close(cache, seq);
        }
        model.truncate(cache, seq, tokens.len());
        self.held.push_back(Held { seq, tokens });
        while self.positions() > HELD_POSITIONS
            && self.held.len() > 1
            && let Some(oldest) = self.held.pop_front()
        {
            model.close(cache, oldest.seq);
        }
    }

    /// Number of prompts.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    fn positions(&self) -> usize {
        self.held.iter().map(|held| held.tokens.len()).sum()
    }
}

/// So many positions of a sequence that holds `tokens` serve `prompt`, of which one token at least has to be read.
pub(super) fn shared(tokens: &[u32], prompt: &[u32]) -> usize {
    let rest = &prompt[..prompt.len() - 1];
    tokens.iter().zip(rest).take_while(|(a, b)| a == b).count()
}
