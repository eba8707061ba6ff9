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
//! [`Summarizer`] writes summaries, [`check`] judges a pair of sentences and [`Checker`] a whole translation that is there
//! already, and the `model` of a
//! [`Builder`] may be a file of your own. What stands at this level is meant for callers; the rooms below it are open
//! where this repository's tests and measurements look into them, and change freely.
//!
//! Rooms, from the top down; a room uses only rooms below it (`tests/it/house.rs` keeps this true):
//! `cli` → `server`, `archive` → `face` → `pipeline` → `bench`, `eval` → `output` → `translate`, `summarize` → `engine` → `arch` → `decode` → `nn`,
//! with `registry`, `weights`, `tokenizer`, `article`, `bitext`, `align`, `checks`, `memory`, `text`, `languages`, `prompt`, `device` and
//! `error` underneath.

#[doc(hidden)]
pub mod align;
#[doc(hidden)]
pub mod arch;
#[doc(hidden)]
pub mod archive;
#[doc(hidden)]
pub mod article;
mod bench;
#[doc(hidden)]
pub mod bitext;
#[doc(hidden)]
pub mod checks;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod decode;
#[doc(hidden)]
pub mod device;
#[doc(hidden)]
pub mod engine;
mod error;
#[doc(hidden)]
pub mod eval;
mod face;
#[doc(hidden)]
pub mod languages;
#[doc(hidden)]
pub mod memory;
#[doc(hidden)]
pub mod nn;
#[doc(hidden)]
pub mod output;
#[doc(hidden)]
pub mod pipeline;
#[doc(hidden)]
pub mod prompt;
#[doc(hidden)]
pub mod registry;
#[doc(hidden)]
pub mod risk;
#[doc(hidden)]
pub mod server;
#[doc(hidden)]
pub mod summarize;
#[doc(hidden)]
pub mod text;
#[doc(hidden)]
pub mod tokenizer;
#[doc(hidden)]
pub mod translate;
#[doc(hidden)]
pub mod weights;

#[doc(inline)]
pub use article::Format;
#[doc(inline)]
pub use checks::{CheckId, Finding, Severity};
#[doc(inline)]
pub use device::DeviceChoice;
#[doc(inline)]
pub use engine::Sampling;
pub use error::{Error, ErrorKind, Result};
pub use face::{
    Batcher, BatcherOptions, Builder, Check, Checker, CheckerOptions, Manner, Suggestions,
    Summarizer, SummarizerOptions, Summary, Translation, Translator, TranslatorOptions, Work,
    check,
};
#[doc(inline)]
pub use output::check::CheckFormat;
#[doc(inline)]
pub use output::{OutputFormat, report};
#[doc(inline)]
pub use pipeline::{Document, Meaning, Observer, RouteLeg};
#[doc(inline)]
pub use prompt::Prompt;
#[doc(inline)]
pub use registry::{ModelSpec, Progress, Silent};
#[doc(inline)]
pub use risk::{Doubt, Level as RiskLevel, Risk};
#[doc(inline)]
pub use summarize::{Length, Style, Verify};
#[doc(inline)]
pub use text::dictionary::{Dictionaries, Dictionary, DictionaryFile};
#[doc(inline)]
pub use text::glossary::Glossary;
#[doc(inline)]
pub use text::{Detection, Lang, Span, detect};
#[doc(inline)]
pub use translate::Repair;
#[doc(inline)]
pub use translate::route::Tier as Quality;
