//! What a model is, from its own files: the GGUF header or `config.json`.

use crate::error::{Error, ErrorKind, Result};
use crate::weights::Architecture;
use crate::weights::gguf::General;

/// What a model's own files say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::registry) struct Facts {
    pub architecture: Architecture,
    pub name: Option<String>,
    pub context: Option<usize>,
    pub licence: Option<String>,
}

/// Bytes at the beginning of a GGUF file that hold its general entries.
pub(in crate::registry) const HEADER: u64 = 1 << 16;

/// Reads what the beginning of a GGUF file says.
///
/// # Errors
/// [`ErrorKind::Model`] if it isn't GGUF, is damaged, or has an architecture that isn't known.
pub(in crate::registry) fn gguf(bytes: &[u8], origin: &str) -> Result<Facts> {
    let general = General::read(bytes).map_err(|what| {
        let why = format!("{origin} is not a GGUF file that can be read: {what}");
        Error::new(ErrorKind::Model, why)
    })?;
    let architecture = general.architecture.ok_or_else(|| {
        let why = format!("{origin} is damaged: its header names no architecture");
        Error::new(ErrorKind::Model, why)
    })?;
    Ok(Facts {
        architecture: known(&architecture, origin)?,
        name: general.name,
        context: general.context,
        licence: general.licence,
    })
}

/// Reads a `config.json` in the form of `transformers`.
///
/// # Errors
/// [`ErrorKind::Model`] if it isn't JSON or has a `model_type` that isn't known.
pub(super) fn config(bytes: &[u8], origin: &str) -> Result<Facts> {
    let config: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| {
        Error::new(ErrorKind::Model, format!("{origin} is not JSON")).with_source(e)
    })?;
    let kind = config["model_type"].as_str();
    let kind =
        kind.ok_or_else(|| Error::new(ErrorKind::Model, format!("{origin} has no model_type")))?;
    let context = ["max_position_embeddings", "n_positions"]
        .iter()
        .find_map(|key| config[*key].as_u64());
    Ok(Facts {
        architecture: known(kind, origin)?,
        name: None,
        context: context.and_then(|n| usize::try_from(n).ok()),
        licence: None,
    })
}

fn known(name: &str, origin: &str) -> Result<Architecture> {
    Architecture::from_model_type(name).ok_or_else(|| {
        Error::new(
            ErrorKind::Model,
            format!("{origin} has the architecture \"{name}\", which isn't supported"),
        )
    })
}
