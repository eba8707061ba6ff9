//! The ordered steps of a job: read, detect, translate, summarise, write. Shared by `run`, `translate` and
//! `summarize`; knows nothing of the command line.

mod input;
mod job;
mod ledger;
mod recall;
mod review;
mod run;
mod session;
mod summary;

pub use input::{Document, InputOptions, read};
pub use job::{Asking, Done, Made, Translating, contexts, is_remembered, translate_document};
pub use ledger::Ledger;
pub use recall::{Entry, Kind, Remembered, remembered};
pub use review::Meaning;
pub use run::{RunOptions, run, show as show_route};
pub use session::{Context, LoadedModel, Session, Step};
pub use summary::{
    EXTRACT, Material, Summarized, Summarizing, SummaryPlan, plan_summary, summarize_document,
};

use crate::registry::Progress;

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
