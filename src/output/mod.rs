//! What a job leaves behind: text files written whole or not at all, the report, and a translation beside its source in
//! the forms that readers and other tools take.

mod bilingual;
pub mod check;
mod files;
mod format;
mod html;
mod markdown;
pub mod report;
pub mod tmx;
mod tsv;

pub use bilingual::Bilingual;
pub use files::{Target, create_folder, sha256_hex, write_stdout};
pub use format::OutputFormat;
pub use html::escape;
