//! Where models come from: the Hub, Python packages, folders of the user's. Uses the catalogue and `files`; knows
//! nothing of the store.

mod folder;
mod health;
mod hub;
mod options;
mod packages;

pub use health::{SourceHealth, source_health};
pub use options::{FetchOptions, HubOptions, PipOptions, Token};

pub(super) use folder::manifest_of_path;
pub(super) use hub::{Hub, Named, RepoCache, Wanted, manifest_of_repo};
pub(super) use packages::assemble;
