//! The ordered steps of a job: read, detect, translate, summarise, write. Shared by `run`, `translate` and
//! `summarize`; knows nothing of the command line.

mod input;
mod job;
mod ledger;
mod observer;
mod recall;
mod review;
mod run;
mod session;

pub use input::{Document, InputOptions, read};
pub use job::{
    Asking, Done, Made, Summarized, Summarizing, Translating, contexts, is_remembered,
    is_summary_remembered, summarize_document, translate_document,
};
pub use ledger::Ledger;
pub use observer::Observer;
pub use recall::{Entry, Kind, Remembered, remembered};
pub use review::Meaning;
pub use run::{RunOptions, run, show as show_route};
pub use session::{Context, LoadedModel, Models, Session, Step};
