//! Traghetto ferries an article from one language to another and summarises it, on the reader's own machine.
//!
//! Rooms, from the top down; a room uses only rooms below it (`tests/it/house.rs` keeps this true):
//! `cli` → `pipeline` → `bench` → `output` → `translate`, `summarize` → `engine` → `arch` → `decode` → `nn`,
//! with `registry`, `weights`, `tokenizer`, `article`, `checks`, `memory`, `text`, `languages`, `prompt`, `device` and
//! `error` underneath.

pub mod arch;
pub mod article;
pub mod bench;
pub mod checks;
pub mod cli;
pub mod decode;
pub mod device;
pub mod engine;
pub mod error;
pub mod languages;
pub mod memory;
pub mod nn;
pub mod output;
pub mod pipeline;
pub mod prompt;
pub mod registry;
pub mod summarize;
pub mod text;
pub mod tokenizer;
pub mod translate;
pub mod weights;

pub use error::{Error, ErrorKind, Result};
