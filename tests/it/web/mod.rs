//! Models from plain addresses, and from a registry in the form of Mozilla's, against a server of our own.

mod registry;
mod server;
mod setup;
mod url;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::write::GzEncoder;
use traghetto::registry::*;

/// Every file below a folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_in(&path)),
            false => found.push(path),
        }
    }
    found
}

/// Files of a store that belong to models, finished or not.
fn kept(store: &Path) -> Vec<String> {
    let files = files_in(&store.join("models"));
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = files.iter().map(name).collect();
    names.sort();
    names
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(data).unwrap();
    packed.finish().unwrap()
}

/// Options that reach only `registry`, and try again soon.
fn options(home: &Path, registry: &str) -> FetchOptions {
    let home = home.join("hf").display().to_string();
    let mut hub = HubOptions::from_vars(|name| (name == "HF_HOME").then(|| home.clone()));
    hub.endpoint = "http://127.0.0.1:9".to_owned();
    hub.backoff = Duration::from_millis(1);
    hub.attempts = 3;
    FetchOptions {
        offline: false,
        hub,
        registry: Some(registry.to_owned()),
        pip: PipOptions::default(),
        accept: Vec::new(),
    }
}
