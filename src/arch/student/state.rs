//! What a student is told about its vocabularies, what it keeps of a batch while it decodes, and what it asks of one.

use std::sync::Arc;

use super::layers::Scratch;
use crate::error::{Error, ErrorKind, Result};
use crate::nn::int8::Selection;

/// What the names of the output layer's tensors start with.
pub(super) const OUTPUT: &str = "decoder_ff_logit_out";

/// What a student is told about its vocabularies.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    /// Pieces of the source's and of the target's.
    pub sizes: [usize; 2],
    /// Source and target share one.
    pub shared: bool,
    /// A token that is never generated: the unknown one.
    pub banned: u32,
    /// How many of the most frequent target tokens, which come first, may always be generated, beside those that the
    /// shortlist says and besides its own number of them; rounded up to what the output layer computes at a time.
    pub frequent: usize,
}

/// A source sentence, as the decoder sees it.
#[derive(Debug)]
pub(super) struct Source {
    /// Positions.
    pub(super) len: usize,
    /// For each decoder layer `[width, padded(len)]`: keys, transposed; one layer after the other.
    pub(super) keys: Vec<f32>,
    /// `[layers, heads, len, width / heads]`.
    pub(super) values: Vec<f32>,
    /// Tokens that may be generated besides the frequent ones, ascending.
    pub(super) candidates: Selection,
}

/// Decoder state of a batch of rows.
#[derive(Debug)]
pub struct State {
    /// The source of each row.
    pub(super) sources: Vec<Arc<Source>>,
    /// For each decoder layer `[rows, width]`.
    pub(super) cells: Vec<Vec<f32>>,
    pub(super) position: usize,
    pub(super) scratch: Scratch,
    /// Where it is asked for, how each row attended to its source: `[steps, layers, heads, len]`.
    pub(super) seen: Option<Vec<Vec<f32>>>,
}

/// That no source is empty or has a token beyond the table of `size` rows.
pub(super) fn check_sources(sources: &[&[u32]], size: usize) -> Result<()> {
    let known = |&token: &u32| (token as usize) < size;
    let wrong = |source: &&[u32]| source.is_empty() || !source.iter().all(known);
    match sources.iter().position(wrong) {
        None => Ok(()),
        Some(index) => Err(Error::new(
            ErrorKind::Inference,
            format!("sentence {index} of the batch is empty or has unknown token ids"),
        )),
    }
}

/// That there is one last token a row, none of them beyond the table of `size` rows.
pub(super) fn check_last(last: &[u32], rows: usize, size: usize) -> Result<()> {
    match last.len() == rows && last.iter().all(|&token| (token as usize) < size) {
        true => Ok(()),
        false => Err(Error::new(
            ErrorKind::Inference,
            "the previous tokens don't fit the batch",
        )),
    }
}

/// Sinusoidal position signal: sines in the first half, cosines in the second, as Marian lays them out.
pub(super) fn signal(position: usize, width: usize) -> impl Iterator<Item = f32> {
    let half = width / 2;
    let step = 10_000f32.ln() / (half as f32 - 1.0);
    (0..width).map(move |i| {
        let angle = position as f32 * ((i % half) as f32 * -step).exp();
        if i < half { angle.sin() } else { angle.cos() }
    })
}
