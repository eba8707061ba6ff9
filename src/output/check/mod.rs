//! What `check` says of a translation that is there already, segment by segment, in the forms that people, scripts and other
//! tools take. Segments are written as they come, so that a long text needs no memory.

mod format;
mod github;
mod json;
mod page;
mod sarif;
mod text;
mod told;

pub use format::{CheckFormat, Writer};
pub use told::{Head, Listener, Pairing, Segment, Side, Signal, Summary, Tail};
