//! The sequences of a cache, whatever keeps their keys and values, and the rows that go through the layers together.

use crate::decode::{SeqId, SeqInput, Want};
use crate::error::{Error, ErrorKind, Result};

/// One token on its way through the layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub seq: usize,
    pub position: usize,
    pub token: u32,
    pub wanted: bool,
}

/// Open sequences, each with keys and values in a `K`.
#[derive(Debug)]
pub(super) struct Sequences<K>(Vec<Option<Sequence<K>>>);

#[derive(Debug)]
struct Sequence<K> {
    kv: K,
    len: usize,
    capacity: usize,
}

impl<K> Default for Sequences<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K> Sequences<K> {
    fn get(&self, seq: SeqId) -> Result<&Sequence<K>> {
        let sequence = self.0.get(seq.0).and_then(Option::as_ref);
        sequence.ok_or_else(|| {
            Error::new(
                ErrorKind::Inference,
                format!("sequence {} is not open", seq.0),
            )
        })
    }

    /// Keys and values of a sequence that a row names.
    pub(super) fn kv(&self, row: &Row) -> &K {
        let sequence = self.0[row.seq].as_ref();
        &sequence.expect("rows name open sequences").kv
    }

    /// As [`Sequences::kv`].
    pub(super) fn kv_mut(&mut self, row: &Row) -> &mut K {
        let sequence = self.0[row.seq].as_mut();
        &mut sequence.expect("rows name open sequences").kv
    }

    /// Adds a sequence with room for `capacity` positions. With `prefix` it starts as the first positions of another:
    /// `copy` takes them over.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if the other hasn't so many positions or they don't fit; whatever `copy` fails with.
    pub(super) fn open(
        &mut self,
        capacity: usize,
        mut kv: K,
        prefix: Option<(SeqId, usize)>,
        copy: impl FnOnce(&mut K, &K, usize) -> Result<()>,
    ) -> Result<SeqId> {
        let mut len = 0;
        if let Some((from, prefix)) = prefix {
            let from = self.get(from)?;
            if prefix > from.len || prefix > capacity {
                return Err(Error::new(
                    ErrorKind::Inference,
                    format!(
                        "a prefix of {prefix} positions can't be had from {} for a capacity of {capacity}",
                        from.len
                    ),
                ));
            }
            copy(&mut kv, &from.kv, prefix)?;
            len = prefix;
        }
        let sequence = Some(Sequence { kv, len, capacity });
        let free = self.0.iter().position(Option::is_none);
        Ok(SeqId(match free {
            Some(index) => {
                self.0[index] = sequence;
                index
            }
            None => {
                self.0.push(sequence);
                self.0.len() - 1
            }
        }))
    }

    pub(super) fn truncate(&mut self, seq: SeqId, len: usize) {
        if let Some(Some(sequence)) = self.0.get_mut(seq.0) {
            sequence.len = sequence.len.min(len);
        }
    }

    pub(super) fn close(&mut self, seq: SeqId) {
        if let Some(slot) = self.0.get_mut(seq.0) {
            *slot = None;
        }
    }

    /// Checks the inputs and lists their tokens, without changing anything.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if a sequence isn't open, appears twice, has no new tokens or no room for them, or a
    /// token is not below `vocab`.
    pub(super) fn rows(&self, inputs: &[SeqInput<'_>], vocab: usize) -> Result<Vec<Row>> {
        let wrong = |what: String| Error::new(ErrorKind::Inference, what);
        let mut rows = Vec::new();
        for (index, input) in inputs.iter().enumerate() {
            let seq = input.seq.0;
            let sequence = self.get(input.seq)?;
            if inputs[..index].iter().any(|other| other.seq == input.seq) {
                return Err(wrong(format!("sequence {seq} appears twice in one call")));
            }
            if input.tokens.is_empty() {
                return Err(wrong(format!("sequence {seq} has no new tokens")));
            }
            if input.tokens.len() > sequence.capacity - sequence.len {
                return Err(wrong(format!(
                    "{} tokens don't fit into sequence {seq}: {} of {} positions are taken",
                    input.tokens.len(),
                    sequence.len,
                    sequence.capacity
                )));
            }
            for (at, &token) in input.tokens.iter().enumerate() {
                if token as usize >= vocab {
                    return Err(wrong(format!("token {token} is outside the vocabulary")));
                }
                let last = at + 1 == input.tokens.len();
                rows.push(Row {
                    seq,
                    position: sequence.len + at,
                    token,
                    wanted: match input.want {
                        Want::None => false,
                        Want::Last => last,
                        Want::All => true,
                    },
                });
            }
        }
        Ok(rows)
    }

    /// Counts the positions that a pass over the rows of `inputs` has filled.
    pub(super) fn advance(&mut self, inputs: &[SeqInput<'_>]) {
        for input in inputs {
            if let Some(Some(sequence)) = self.0.get_mut(input.seq.0) {
                sequence.len += input.tokens.len();
            }
        }
    }
}
