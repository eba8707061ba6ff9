//! The ordered steps of a job: read, detect, plan, translate, summarise, write. Knows nothing of the command line.
//!
//! A file uses only those below it: `check`, `run`, `digest` → `summarize` → `abroad`, `job` → `translate` → `plan`, `review` → `leg` → `cache`, `report` →
//! `choose`, `offers` → `session` → `models`, `options`, `input`, `observer`.

mod abroad;
mod announce;
mod cache;
mod check;
mod choose;
mod digest;
mod input;
mod job;
mod leg;
mod models;
mod observer;
mod offers;
mod options;
mod plan;
mod report;
mod review;
mod run;
mod second;
mod session;
mod signs;
mod summarize;
mod targets;
mod translate;

pub use announce::worth;
pub use cache::{Entry, Kind, Remembered, remembered, suggest, suggested};
pub use check::{CheckInput, Checking, How, Maker, Reading, check, check_documents, check_pairs};
pub use choose::{RouteLeg, show_route};
pub use digest::{Digest, digest};
pub use input::{Document, InputOptions, read};
pub use job::{Job, advance};
pub use leg::contexts;
pub use models::{LoadedModel, Models};
pub use observer::Observer;
pub use offers::{Ability, Offer};
pub use options::{Asking, Meaning, Summarizing, Translating};
pub use plan::Plan;
pub use run::{RunOptions, run};
pub use session::{Context, Session};
pub use summarize::{EXTRACT, SummarizedDocument, summarize};
pub use translate::{TranslatedDocument, translate};
