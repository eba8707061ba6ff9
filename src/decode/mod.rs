//! Decoding: from logits to token ids. State lives outside the weights, so that rows can be gathered, forked and
//! dropped. This room names no architecture: an architecture implements [`CausalLm`] or [`Seq2Seq`].

pub mod continuous;
#[cfg(test)]
pub(crate) mod fake;
pub mod force;
mod hypothesis;
pub mod lookup;
pub mod processors;
pub mod sample;
pub mod search;

pub use hypothesis::{Finish, Hypothesis};
pub use sample::{Sampler, Sampling};

pub use crate::nn::dense::{RowQuery, RowSummary};

use crate::error::Result;
use crate::nn::dense::pick_row;
use crate::nn::isa::Isa;

/// Logits of one or more positions, row-major `[rows, width]`.
#[derive(Debug, Clone, Default)]
pub struct Logits {
    /// `rows * width` values.
    pub data: Vec<f32>,
    /// Columns a row: the vocabulary, or the shortlist where one is used.
    pub width: usize,
}

impl Logits {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.data.len().checked_div(self.width).unwrap_or(0)
    }

    /// One row, to be changed.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.data[row * self.width..(row + 1) * self.width]
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.width..(row + 1) * self.width]
    }
}

/// A sequence inside a [`CausalLm`] cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeqId(pub usize);

/// Which positions of an input need logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// None: the tokens only fill the cache.
    None,
    /// The last position.
    Last,
    /// Every position, for verifying drafted tokens.
    All,
}

/// New tokens of one sequence, to be appended to its cache.
#[derive(Debug, Clone, Copy)]
pub struct SeqInput<'a> {
    /// The sequence; each may appear once a call.
    pub seq: SeqId,
    /// At least one token.
    pub tokens: &'a [u32],
    /// Which logits the caller needs.
    pub want: Want,
}

/// A decoder-only language model. The weights are shared and immutable; the KV cache is the caller's.
pub trait CausalLm: Send + Sync {
    /// The KV cache of several sequences.
    type Cache: Send;

    /// Vocabulary size: the width of the logits.
    fn vocab_size(&self) -> usize;

    /// Largest number of positions that the model was trained for.
    fn max_positions(&self) -> usize;

    /// An empty cache.
    fn new_cache(&self) -> Result<Self::Cache>;

    /// A new, empty sequence with room for `capacity` positions; or, with `prefix`, one that starts as a copy of the
    /// first `len` positions of another sequence (shared where the implementation can).
    fn open(
        &self,
        cache: &mut Self::Cache,
        capacity: usize,
        prefix: Option<(SeqId, usize)>,
    ) -> Result<SeqId>;

    /// Forgets all but the first `len` positions of a sequence.
    fn truncate(&self, cache: &mut Self::Cache, seq: SeqId, len: usize);

    /// Gives a sequence's memory back.
    fn close(&self, cache: &mut Self::Cache, seq: SeqId);

    /// Appends ragged inputs in one pass over the weights and returns the wanted logits, rows in order of the inputs
    /// and, within one, of positions.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Inference`] if a token is outside the vocabulary, a sequence outgrows its capacity, or a kernel
    /// fails.
    fn forward(&self, cache: &mut Self::Cache, inputs: &[SeqInput<'_>]) -> Result<Logits>;

    /// What one step costs, where the implementation knows.
    fn step_cost(&self) -> Option<StepCost> {
        None
    }
}

/// What one step of a language model costs, its attention not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepCost {
    /// Bytes of weights that are read, however many rows there are.
    pub bytes: usize,
    /// Multiply-adds a row.
    pub multiply_adds: usize,
}

/// An encoder–decoder model. `State` holds whatever a batch of hypotheses needs: cross-attention keys and values
/// computed once, self-attention caches or recurrent cells, and the map from logit column to token id.
pub trait Seq2Seq: Send + Sync {
    /// State of a batch of rows.
    type State: Send;

    /// Encodes a batch of source id sequences and returns the state before the first decoder step, one row a
    /// sequence.
    fn encode(&self, sources: &[&[u32]]) -> Result<Self::State>;

    /// One decoder step: `last[r]` is row `r`'s previous token (the start token first). Returns `[rows, width]`; a row
    /// with fewer candidates than others has negative infinity in its last columns.
    fn step(&self, state: &mut Self::State, last: &[u32]) -> Result<Logits>;

    /// The token id of a logit column of a row.
    fn token_id(&self, state: &Self::State, row: usize, column: usize) -> u32;

    /// The logit column of a token of a row; none where the row lacks it. Greater tokens have greater columns.
    fn column(&self, _state: &Self::State, _row: usize, token: u32) -> Option<usize> {
        Some(token as usize)
    }

    /// One decoder step of which only the best of each row is kept; an architecture that can find it while the logits are
    /// computed doesn't store them.
    ///
    /// # Errors
    /// As for [`Seq2Seq::step`].
    fn step_pick(
        &self,
        state: &mut Self::State,
        last: &[u32],
        wishes: &[RowQuery<'_>],
    ) -> Result<Vec<RowSummary>> {
        let mut logits = self.step(state, last)?;
        let rows = logits
            .data
            .chunks_exact_mut(logits.width.max(1))
            .zip(wishes);
        Ok(rows
            .map(|(row, wish)| pick_row(Isa::best(), wish, row))
            .collect())
    }

    /// How much each token of `targets`, which end as the model's own answers do, comes from each of its source: for each
    /// pair `[target, source]`, each row adding up to 1. `None` if the architecture doesn't show it.
    ///
    /// # Errors
    /// As for [`Seq2Seq::encode`] and [`Seq2Seq::step`].
    fn align(&self, _sources: &[&[u32]], _targets: &[&[u32]]) -> Result<Option<Vec<Vec<f32>>>> {
        Ok(None)
    }

    /// Keeps `rows`, in that order; a row may appear several times (beams) or not at all (finished).
    fn gather(&self, state: &mut Self::State, rows: &[usize]) -> Result<()>;
}
