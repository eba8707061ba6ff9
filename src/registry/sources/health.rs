//! Whether models can be fetched from here: what `doctor` asks.

use std::path::Path;
use std::process::Command;

use serde::Serialize;

use super::http::Client;
use super::hub::Hub;
use super::options::{FetchOptions, without_credentials};
use crate::registry::catalogue::{Family, origin};
use crate::registry::progress::Silent;

/// What is known about one kind of source.
#[derive(Debug, Clone, Serialize)]
pub struct SourceHealth {
    /// Which source.
    pub name: String,
    /// Whether it answered.
    pub reachable: bool,
    /// Where it is, or why it didn't answer.
    pub detail: String,
}

/// Asks the Hub and the registries of families for a sign of life, and Python for its pip; touches no network when
/// offline.
pub fn source_health(options: &FetchOptions, families: &[Family]) -> Vec<SourceHealth> {
    let hub = match options.offline {
        true => Err("not asked: offline".to_string()),
        false => Hub::new(&options.hub, Vec::new())
            .and_then(|hub| hub.ping())
            .map_err(|error| error.to_string()),
    };
    let pip = pip_version(options);
    let registries = families
        .iter()
        .map(|family| (family.id.as_str(), registry(family, options)));
    [
        ("hub", hub.map(|()| options.hub.shown_endpoint())),
        ("packages", pip),
    ]
    .into_iter()
    .chain(registries)
    .map(|(name, state)| SourceHealth {
        name: name.to_owned(),
        reachable: state.is_ok(),
        detail: state.unwrap_or_else(|why| why),
    })
    .collect()
}

/// Where a family's registry is, if it answers.
fn registry(family: &Family, options: &FetchOptions) -> Result<String, String> {
    if options.offline {
        return Err("not asked: offline".to_string());
    }
    let address = family.address(options.registry.as_deref());
    let address = address.map_err(|error| error.to_string())?;
    Client::new(&options.hub, origin(&address), "its registry")
        .and_then(|client| client.greet(&address, &Silent))
        .map_err(|error| error.to_string())?;
    Ok(without_credentials(&address))
}

fn pip_version(options: &FetchOptions) -> Result<String, String> {
    let python = options
        .pip
        .python
        .as_deref()
        .unwrap_or(Path::new("python3"));
    let output = Command::new(python)
        .args(["-m", "pip", "--version"])
        .output()
        .map_err(|error| format!("{} can't be run: {error}", python.display()))?;
    match output.status.success() {
        true => {
            let version = String::from_utf8_lossy(&output.stdout);
            let words: Vec<&str> = version.split_whitespace().take(2).collect();
            Ok(words.join(" "))
        }
        false => Err(format!("{} has no pip", python.display())),
    }
}
