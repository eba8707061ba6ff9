//! How the registry tells what it is doing. The library prints nothing itself.

/// Hears about downloads. All numbers are bytes.
pub trait Progress: Send + Sync {
    /// Work on `what` begins; `total` bytes are expected, where that is known.
    fn start(&self, what: &str, total: Option<u64>);
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
    /// The work begun last has ended, well or not.
    fn finish(&self);
    /// A source is tried, of this kind: what comes from now on comes from there.
    fn source(&self, _kind: &str) {}
    /// Something a person should know, in one line: a source that failed, a retry, a wait.
    fn note(&self, line: &str);
}

/// Hears everything and says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _what: &str, _total: Option<u64>) {}
    fn advance(&self, _bytes: u64) {}
    fn finish(&self) {}
    fn note(&self, _line: &str) {}
}
