//! What happens, told to Python's logger `traghetto`.

use pyo3::prelude::*;
use traghetto::{Observer, Progress};

/// The logger.
pub struct Log;

fn tell(level: &str, line: &str) {
    Python::attach(|py| {
        // Who has no logging has nobody to tell.
        let _ = py
            .import("logging")
            .and_then(|logging| logging.call_method1("getLogger", ("traghetto",)))
            .and_then(|logger| logger.call_method1(level, ("%s", line)));
    });
}

impl Observer for Log {
    fn note(&self, line: &str) {
        tell("info", line);
    }

    fn warn(&self, line: &str) {
        tell("warning", line);
    }

    fn downloads(&self) -> &dyn Progress {
        self
    }

    fn begin_segments(&self, what: &str, segments: usize) {
        tell("debug", &format!("{what}: {segments} segments"));
    }

    fn segment_done(&self) {}

    fn end_segments(&self) {}
}

impl Progress for Log {
    fn start(&self, what: &str, _total: Option<u64>) {
        tell("info", what);
    }

    fn advance(&self, _bytes: u64) {}

    fn finish(&self) {}

    fn note(&self, line: &str) {
        tell("info", line);
    }
}
