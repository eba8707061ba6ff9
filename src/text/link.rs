//! Which words of a translation come from which of its source.

use serde::{Deserialize, Serialize};

use super::span::Span;

/// A word of a source and one of its translation that belong together; in JSON the four places, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "[usize; 4]", into = "[usize; 4]")]
pub struct Link {
    /// Where the one stands in the source.
    pub source: Span,
    /// Where the other stands in the translation.
    pub target: Span,
}

impl From<[usize; 4]> for Link {
    fn from([from, to, start, end]: [usize; 4]) -> Self {
        Self {
            source: Span {
                start: from,
                end: to,
            },
            target: Span { start, end },
        }
    }
}

impl From<Link> for [usize; 4] {
    fn from(Link { source, target }: Link) -> Self {
        [source.start, source.end, target.start, target.end]
    }
}
