//! Places in a text.

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
