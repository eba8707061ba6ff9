//! What models are, without asking anybody: typed manifests, looking them up, and describing a model that has none by
//! its files or by what a registry publishes. Uses nothing of the other rooms.

mod choose;
mod describe;
mod family;
mod figure;
mod format;
mod inspect;
mod licence;
mod listed;
mod lookup;
mod manifest;
mod measured;
mod names;
mod published;
mod source;
mod spec;
mod student;

pub use crate::weights::Architecture;
pub use family::Family;
pub use figure::Figure;
pub use format::ModelFormat;
pub use licence::Licence;
pub use lookup::Catalogue;
pub use manifest::{LanguageTags, Manifest, ModelFile, Quality, Role, Task};
pub use measured::measured;
pub use source::{Piece, Source};

pub use spec::ModelSpec;

pub(super) use describe::{describe, manifest};
pub(super) use inspect::{HEADER, gguf};
pub(super) use listed::{Choice, Listed};
pub(super) use names::{is_id, is_inside, is_sha256};
pub(super) use published::{Published, published};
pub(super) use source::origin;
