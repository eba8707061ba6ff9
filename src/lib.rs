//! Traghetto ferries an article from one language to another and summarises it, on the reader's own machine.
//!
//! ```no_run
//! use traghetto::{Document, Lang, Translator};
//!
//! let mut translator = Translator::builder().to(Lang::EN).offline(true).build()?;
//! let out = translator.translate("Il governo ha smentito.")?; // detects the source
//! println!("{} (by {})", out.text(), out.route());
//! for finding in out.findings() {
//!     eprintln!("{finding}");
//! }
//! translator.translate_document(&Document::open("articolo.md")?)?.write("article.md")?;
//! # Ok::<(), traghetto::Error>(())
//! ```
//!
//! [`Summarizer`] writes summaries, [`check`] judges a translation that is there already, and the `model` of a
//! [`Builder`] may be a file of your own. What stands at this level is meant for callers and documented for them; the
//! rooms below it are open too, but change more freely.
//!
//! Rooms, from the top down; a room uses only rooms below it (`tests/it/house.rs` keeps this true):
//! `cli` → `face` → `pipeline` → `bench` → `output` → `translate`, `summarize` → `engine` → `arch` → `decode` → `nn`,
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
mod face;
pub mod languages;
pub mod memory;
pub mod nn;
pub mod output;
pub mod pipeline;
pub mod prompt;
pub mod registry;
pub mod risk;
pub mod summarize;
pub mod text;
pub mod tokenizer;
pub mod translate;
pub mod weights;

pub use article::Format;
pub use checks::{CheckId, Finding, Severity};
pub use device::DeviceChoice;
pub use error::{Error, ErrorKind, Result};
pub use face::{
    Builder, Summarizer, SummarizerOptions, Summary, Translation, Translator, TranslatorOptions,
    check,
};
pub use output::OutputFormat;
pub use pipeline::{Document, Meaning, Observer};
pub use prompt::Prompt;
pub use registry::{ModelSpec, Progress};
pub use summarize::{Length, Style};
pub use text::glossary::Glossary;
pub use text::{Lang, Span};
pub use translate::Repair;
pub use translate::route::Tier as Quality;
