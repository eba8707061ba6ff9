//! From a model's files to a running engine.

use candle_core::Device;

use super::{Engine, LlmEngine, LlmOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Architecture, Format, Installed, Manifest, Role};

/// Whether this version has an engine for a model.
pub fn can_run(manifest: &Manifest) -> bool {
    use Architecture as A;
    match manifest.format {
        Format::Gguf => matches!(manifest.architecture, A::Qwen2 | A::Qwen3 | A::Llama),
        _ => false,
    }
}

/// Loads an installed model.
///
/// # Errors
/// [`ErrorKind::Model`] if its files are damaged or of a kind that no engine here runs.
pub fn load(installed: &Installed, device: &Device, threads: usize) -> Result<Engine> {
    let manifest = &installed.manifest;
    if !can_run(manifest) {
        return Err(Error::new(
            ErrorKind::Model,
            format!(
                "{} is a {} model in {} format, which no engine here runs",
                manifest.id, manifest.architecture, manifest.format
            ),
        )
        .with_hint("`traghetto models list` shows the models that run"));
    }
    let options = LlmOptions {
        threads,
        ..LlmOptions::default()
    };
    let weights = installed.require(Role::Weights)?;
    Ok(Engine::Chat(Box::new(LlmEngine::load(
        weights, device, options,
    )?)))
}
