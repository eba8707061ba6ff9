//! What is aligned, and what an alignment is made of.

use std::ops::Range;

/// A sentence, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'a> {
    /// Its text.
    pub text: &'a str,
    /// Whether a paragraph begins with it.
    pub opens: bool,
    /// Whether it is of a heading.
    pub heading: bool,
}

/// Sentences that belong together; of one side only if the other has no counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bead {
    /// Indices into the sentences of the text.
    pub source: Range<usize>,
    /// Indices into those of the translation.
    pub target: Range<usize>,
}

/// The embeddings of both sides, one of length 1 for each sentence.
#[derive(Debug, Clone, Copy)]
pub struct Vectors<'a> {
    /// Of the text.
    pub source: &'a [Vec<f32>],
    /// Of the translation.
    pub target: &'a [Vec<f32>],
}
