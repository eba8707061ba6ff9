//! Whether models can be fetched from here: what `doctor` asks.

use std::path::Path;
use std::process::Command;

use serde::Serialize;

use super::hub::Hub;
use super::options::FetchOptions;

/// What is known about one kind of source.
#[derive(Debug, Clone, Serialize)]
pub struct SourceHealth {
    /// Which source.
    pub name: &'static str,
    /// Whether it answered.
    pub reachable: bool,
    /// Where it is, or why it didn't answer.
    pub detail: String,
}

/// Asks the Hub for a sign of life, and Python for its pip; touches no network when offline.
pub fn source_health(options: &FetchOptions) -> Vec<SourceHealth> {
    let hub = match options.offline {
        true => Err("not asked: offline".to_string()),
        false => Hub::new(&options.hub, Vec::new())
            .and_then(|hub| hub.ping())
            .map_err(|error| error.to_string()),
    };
    let pip = pip_version(options);
    [
        ("hub", hub.map(|()| options.hub.shown_endpoint())),
        ("packages", pip),
    ]
    .into_iter()
    .map(|(name, state)| SourceHealth {
        name,
        reachable: state.is_ok(),
        detail: state.unwrap_or_else(|why| why),
    })
    .collect()
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
