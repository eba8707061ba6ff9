//! Where models come from: the Hub, plain addresses, Python packages, folders of the user's. Uses the catalogue and `files`; knows
//! nothing of the store.

mod folder;
mod health;
mod http;
mod hub;
mod index;
mod options;
mod packages;
mod web;

pub use health::{SourceHealth, source_health};
pub use options::{FetchOptions, HubOptions, PipOptions, Token, without_credentials};

pub(super) use folder::manifest_of_path;
pub(super) use hub::{Hub, Named, RepoCache, Wanted, manifest_of_repo};
pub(super) use index::{Answer, fetch_index};
pub(super) use packages::assemble;
pub(super) use web::fetch as fetch_web;
