//! Models before they are loaded: manifests, the catalogue, and a store that gets files from the Hub, from Python
//! packages or from folders, checks them, and keeps them.
//!
//! The library prints nothing: what happens is told to a [`Progress`]. The environment is read only by
//! [`HubOptions::from_env`].

mod cache;
mod catalogue;
mod client;
mod describe;
mod download;
mod figure;
mod find;
mod health;
mod hub;
mod inspect;
mod installed;
mod integrity;
mod licences;
mod lock;
mod manage;
mod manifest;
mod options;
mod packages;
mod partial;
mod progress;
mod reach;
mod resolve;
mod spec;
mod store;
mod student;
mod transfer;

pub use catalogue::Catalogue;
pub use figure::{Figure, measured};
pub use health::{SourceHealth, free_bytes, source_health};
pub use installed::{Installed, InstalledFile, SourceKind, SourceUsed};
pub use manage::{FileState, Removed, Verified};
pub use manifest::{
    Architecture, Format, Licence, Manifest, ModelFile, Piece, Quality, Role, Source, Task,
};
pub use options::{FetchOptions, HubOptions, PipOptions, Token};
pub use progress::{Progress, Silent};
pub use spec::ModelSpec;
pub use store::Store;
