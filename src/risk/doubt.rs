//! Words that a risk comes from.

use serde::{Serialize, Serializer};

use crate::text::Span;

/// A word, and which part of its segment's risk it has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Doubt {
    /// Where it stands.
    #[serde(serialize_with = "bytes")]
    pub span: Span,
    /// From 0 to 1.
    pub share: f32,
}

/// A span as `[start, end]`.
fn bytes<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    [span.start, span.end].serialize(serializer)
}
