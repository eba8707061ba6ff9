//! Who learns of a job.

use crate::registry::{Progress, Silent};

/// Learns what a job is doing. The library itself prints nothing.
pub trait Observer {
    /// Something worth knowing.
    fn note(&self, line: &str);
    /// Something worth checking.
    fn warn(&self, line: &str);
    /// Learns of downloads.
    fn downloads(&self) -> &dyn Progress;
    /// `segments` are about to be worked on.
    fn begin_segments(&self, what: &str, segments: usize);
    /// One of them is done.
    fn segment_done(&self);
    /// All of them are.
    fn end_segments(&self);
}

impl Observer for Silent {
    fn note(&self, _line: &str) {}
    fn warn(&self, _line: &str) {}
    fn downloads(&self) -> &dyn Progress {
        self
    }
    fn begin_segments(&self, _what: &str, _segments: usize) {}
    fn segment_done(&self) {}
    fn end_segments(&self) {}
}
