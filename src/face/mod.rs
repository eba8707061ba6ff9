//! What callers of the library use: a translator, a summariser, a checker, checks of a pair. It hides the session, the context and
//! the books that [`crate::pipeline`] works with.

mod batcher;
mod builder;
mod checker;
mod choices;
mod generator;
mod guard;
mod pairs;
mod suggestions;
mod summarizer;
mod translator;

pub use batcher::{Batcher, BatcherOptions, Manner, Work};
pub use builder::Builder;
pub use checker::{Check, Checker, CheckerOptions};
pub use generator::{Brief, Embedded, Generator};
pub(crate) use guard::guard;
pub use pairs::check;
pub use suggestions::Suggestions;
pub use summarizer::{Summarizer, SummarizerOptions, Summary};
pub use translator::{Translation, Translator, TranslatorOptions};

pub use crate::engine::{ChatRequest, Event, Finish, Message, Role};
pub use crate::pipeline::{Ability, Offer};
