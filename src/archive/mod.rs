//! Archives: many articles from tables and folders, translated into shards of rows, so that a run which was cut off goes on
//! where it stopped.
//!
//! A file uses only those below it: `run` → `work` → `shard`, `manifest`, `input/` → `row` → `record` → `options`. The format of
//! what is written is described in `docs/archives.md`.

mod input;
mod manifest;
mod options;
mod record;
mod row;
mod run;
mod shard;
mod work;

pub use options::{Field, Fields, Options, SCHEMA, ShardFormat};
pub use run::{Progress, Totals, run};
pub use work::Models;
