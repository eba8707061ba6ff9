//! What a job leaves behind: text files written whole or not at all, and the report.

mod files;
pub mod report;

pub use files::{Target, create_folder, sha256_hex, write_stdout};
