//! Plain text: languages, byte spans, language detection, sentence segmentation. Knows no file format and no model.

pub mod chrf;
mod composed;
mod counted;
mod detect;
pub mod dictionary;
pub mod glossary;
mod initial;
mod link;
mod literals;
mod marks;
mod quoted;
mod segment;
mod span;
mod stranger;
mod words;

pub use crate::languages::Lang;
pub use composed::{composed, decomposed};
pub use counted::counted;
pub use detect::{Detection, detect};
pub use initial::{capitalized, uncapitalized};
pub use link::Link;
pub use literals::{is_aside, literals};
pub use quoted::{quoted, quoted_in};
pub use segment::sentences;
pub use span::Span;
pub use stranger::stranger;
pub use words::words;
