//! The configuration file: its keys, and what is said of a mistake in it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};

/// The configuration file. Unknown keys are errors: a typo must not be ignored in silence.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub threads: Option<usize>,
    pub device: Option<String>,
    pub kv_cache: Option<String>,
    pub offline: Option<bool>,
    pub strict: Option<bool>,
    pub quality: Option<String>,
    pub model: Option<String>,
    pub summary_model: Option<String>,
    pub registry: Option<String>,
    pub store: Option<PathBuf>,
    pub memory: Option<PathBuf>,
    pub no_memory: Option<bool>,
    pub dictionary: Option<Vec<String>>,
}

/// The configuration file and its text.
pub fn read_file(path: &Path, named: bool) -> Result<(File, String)> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
            return Ok((File::default(), String::new()));
        }
        Err(error) => return Err(Error::io("reading the configuration file", path, error)),
    };
    match toml::from_str(&text) {
        Ok(file) => Ok((file, text)),
        Err(error) => Err(wrong(path, &text, &error)),
    }
}

/// What is wrong with the configuration file, at which key and in which line.
fn wrong(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let mut place = path.display().to_string();
    if let Some(at) = error
        .span()
        .map(|span| text.floor_char_boundary(span.start))
    {
        // What is never closed is missed at the end, behind the last line.
        let head = match text[at..].trim().is_empty() {
            true => text.trim_end(),
            false => &text[..at],
        };
        let line = head.matches('\n').count();
        place = format!("{place}, line {}", line + 1);
        let content = text.lines().nth(line).unwrap_or_default();
        // What is unknown is named by the error itself.
        if let Some((key, _)) = content.split_once('=')
            && !error.message().contains(key.trim())
        {
            place = format!("{place}: {}", key.trim());
        }
    }
    let message = error.message().trim_end();
    Error::new(
        ErrorKind::Usage,
        format!("the configuration file is wrong: {place}: {message}"),
    )
}
