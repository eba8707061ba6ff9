//! Plain text: languages, byte spans, language detection, sentence segmentation. Knows no file format and no model.

pub mod chrf;
mod detect;
pub mod glossary;
mod link;
mod literals;
mod segment;
mod stranger;
mod words;

pub use crate::languages::Lang;
pub use detect::{Detection, detect};
pub use link::Link;
pub use literals::{is_leader, literals};
pub use segment::sentences;
pub use stranger::stranger;
pub use words::words;

/// A half-open range of bytes in a source text, always on `char` boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The piece of `text` that the span covers.
    ///
    /// # Panics
    /// If the span doesn't lie within `text` on `char` boundaries.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }
}
