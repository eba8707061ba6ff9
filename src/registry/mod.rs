//! Models before they are loaded: manifests, the catalogue, and a store that gets files from the Hub, from Python
//! packages or from folders, checks them, and keeps them.
//!
//! Its rooms, from the top down; each uses only those below it (`tests/it/house.rs` keeps this true):
//! `store` → `sources` → `catalogue` → `files` → `progress`.
//!
//! The library prints nothing: what happens is told to a [`Progress`]. The environment is read only by
//! [`HubOptions::from_env`].

mod catalogue;
mod files;
mod progress;
mod sources;
mod store;

pub use catalogue::{
    Architecture, Catalogue, Family, Figure, LanguageTags, Licence, Manifest, ModelFile,
    ModelFormat, ModelSpec, Piece, Quality, Role, Source, Task, measured,
};
pub use files::free_bytes;
pub use progress::{Progress, Silent};
pub use sources::{
    FetchOptions, HubOptions, PipOptions, SourceHealth, Token, source_health, without_credentials,
};
pub use store::{
    FileState, Installed, InstalledFile, Removed, SourceKind, SourceUsed, Store, Verified,
};
