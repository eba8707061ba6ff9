//! What the rules make of the next token.

use crate::decode::Seq2Seq;
use crate::decode::processors::{Change, Prefix, Processors};

/// What the rules say about the next token of one row.
#[derive(Debug)]
pub(super) struct Ruling {
    /// Only this token.
    pub forced: Option<u32>,
    /// The row's columns of the tokens whose logits change, ascending.
    pub columns: Vec<u32>,
    /// These tokens and what becomes of them, one a column.
    pub changes: Vec<(u32, Change)>,
}

impl Ruling {
    pub fn new<M: Seq2Seq>(
        chain: &Processors,
        prefix: &Prefix<'_>,
        model: &M,
        state: &M::State,
        row: usize,
    ) -> Self {
        let changes = chain.changes(prefix);
        // What has no column can't come anyway.
        let known = changes.tokens().filter_map(|(token, change)| {
            let column = model.column(state, row, token)?;
            Some((column as u32, (token, change)))
        });
        let (columns, known) = known.unzip();
        Self {
            forced: changes.forced(),
            columns,
            changes: known,
        }
    }

    /// Changes a whole row of logits.
    pub fn apply(&self, logits: &mut [f32]) {
        for (&column, (_, change)) in self.columns.iter().zip(&self.changes) {
            if let Some(logit) = logits.get_mut(column as usize) {
                *logit = change.apply(*logit).unwrap_or(f32::NEG_INFINITY);
            }
        }
    }
}
