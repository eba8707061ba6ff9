//! From a model's files to a running engine.

use std::path::Path;

use candle_core::Device;

use super::{Engine, LlmEngine, LlmOptions, StudentEngine, StudentFiles, StudentOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::attention::KvType;
use crate::registry::{Architecture as A, Format, Installed, Manifest, Role};

/// Whether this version has an engine for a model.
pub fn can_run(manifest: &Manifest) -> bool {
    match manifest.format {
        Format::Gguf => matches!(
            manifest.architecture,
            A::Qwen2 | A::Qwen3 | A::Llama | A::SmolLm3 | A::Gemma3
        ),
        Format::MarianBinary => manifest.architecture == A::MarianStudent,
        _ => false,
    }
}

/// Where and how a model computes.
#[derive(Debug, Clone)]
pub struct Compute {
    /// The device.
    pub device: Device,
    /// Threads, on the CPU.
    pub threads: usize,
    /// How a language model keeps keys and values.
    pub kv: KvType,
    /// Whether a student keeps to its shortlist, if it has one.
    pub shortlist: bool,
}

/// Whether a model is asked with prompts; the others read sentences.
pub fn reads_prompts(manifest: &Manifest) -> bool {
    matches!(
        manifest.architecture,
        A::Qwen2 | A::Qwen3 | A::Llama | A::Gemma3
    )
}

/// Loads an installed model.
///
/// # Errors
/// [`ErrorKind::Model`] if its files are damaged or of a kind that no engine here runs.
pub fn load(installed: &Installed, compute: &Compute) -> Result<Engine> {
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
    match manifest.architecture {
        A::MarianStudent => student(installed, compute),
        _ => chat(installed.require(Role::Weights)?, compute),
    }
}

fn chat(weights: &Path, compute: &Compute) -> Result<Engine> {
    let options = LlmOptions {
        threads: compute.threads,
        kv: compute.kv,
        ..LlmOptions::default()
    };
    let engine = LlmEngine::load(weights, &compute.device, options)?;
    Ok(Engine::Chat(Box::new(engine)))
}

fn student(installed: &Installed, compute: &Compute) -> Result<Engine> {
    let vocabulary = |role: Role| {
        installed
            .path(role)
            .map_or_else(|| installed.require(Role::Vocabulary), Ok)
    };
    let files = StudentFiles {
        model: installed.require(Role::Weights)?.to_path_buf(),
        source_vocab: vocabulary(Role::SourceVocabulary)?.to_path_buf(),
        target_vocab: vocabulary(Role::TargetVocabulary)?.to_path_buf(),
        shortlist: installed.path(Role::Shortlist).map(Path::to_path_buf),
    };
    let [pair] = installed.manifest.pairs[..] else {
        return Err(Error::new(
            ErrorKind::Model,
            format!(
                "the manifest of {} names no single pair",
                installed.manifest.id
            ),
        ));
    };
    let options = StudentOptions {
        threads: compute.threads,
        use_shortlist: compute.shortlist,
        ..StudentOptions::default()
    };
    let engine = StudentEngine::load(&files, pair, options)?;
    Ok(Engine::Translation(Box::new(engine)))
}
