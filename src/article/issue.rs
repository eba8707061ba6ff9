//! What happened to a mark in a translation.

use std::fmt;

use serde::Serialize;

use super::SegmentId;

/// What happened to a mark in a translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkupIssue {
    /// Where, unless it is the article as a whole.
    pub segment: Option<SegmentId>,
    /// What.
    pub kind: MarkupIssueKind,
    /// The mark as the source has it, `[…](https://example.org)` for a link.
    pub mark: String,
}

impl fmt::Display for MarkupIssue {
    /// A phrase for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = &self.mark;
        match self.kind {
            MarkupIssueKind::Guessed => write!(f, "which words {mark} belongs on is a guess"),
            MarkupIssueKind::Displaced => {
                write!(f, "the words of {mark} were not found: it is on others")
            }
            MarkupIssueKind::Reinserted => {
                write!(f, "{mark} was lost and put back at about its place")
            }
            MarkupIssueKind::Dropped => write!(f, "{mark} could not be kept"),
            MarkupIssueKind::Empty => f.write_str("the translation is empty; the source was kept"),
            MarkupIssueKind::Kept => {
                f.write_str("the translation would have changed the blocks; the source was kept")
            }
            MarkupIssueKind::Structure => f.write_str("the blocks are not those of the source"),
            MarkupIssueKind::Lost => write!(f, "{mark} is lost"),
            MarkupIssueKind::Added => write!(f, "{mark} is not in the source"),
        }
    }
}

impl MarkupIssue {
    /// Whether the result lacks markup of the source, or has more than that.
    pub fn is_error(&self) -> bool {
        use MarkupIssueKind::{Added, Dropped, Lost, Structure};
        matches!(self.kind, Added | Dropped | Lost | Structure)
    }
}

/// See [`MarkupIssue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkupIssueKind {
    /// The mark was kept, but on which words is a guess from their place in the sentence.
    Guessed,
    /// The mark was kept, on words beside those of its neighbours: its own were not found, or were another's.
    Displaced,
    /// Code, a URL or an address was lost or changed in translation, and was put back at about its place.
    Reinserted,
    /// The mark could not be kept; the words it was on are there.
    Dropped,
    /// The translation was empty, and the source was kept.
    Empty,
    /// The translation would have changed the blocks of the article, and the source was kept.
    Kept,
    /// The blocks of the result are not those of the source.
    Structure,
    /// The result was read again, and has the mark less often than the source; no other issue says so.
    Lost,
    /// The result was read again, and has the mark more often than the source.
    Added,
}
