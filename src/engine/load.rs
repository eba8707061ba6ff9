//! From a model's files to a running engine.

use std::path::Path;

use candle_core::Device;

use super::{
    Engine, LlmEngine, LlmOptions, Precision, Sampling, Seq2SeqEngine, Seq2SeqFiles,
    Seq2SeqOptions, StudentEngine, StudentFiles, StudentOptions,
};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::attention::KvType;
use crate::registry::{Architecture, Architecture as A, Format, Installed, Manifest, Role, Task};
use crate::text::Lang;

/// What runs models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    /// [`LlmEngine`].
    Chat,
    /// [`Seq2SeqEngine`].
    Seq2Seq,
    /// [`StudentEngine`].
    Student,
}

/// Which runner has which architecture, and from which formats: an architecture more is one row more.
const RUNNERS: &[(A, Runner, &[Format])] = &[
    (A::Qwen2, Runner::Chat, &[Format::Gguf]),
    (A::Qwen3, Runner::Chat, &[Format::Gguf]),
    (A::Llama, Runner::Chat, &[Format::Gguf]),
    (A::SmolLm3, Runner::Chat, &[Format::Gguf]),
    (A::Gemma3, Runner::Chat, &[Format::Gguf]),
    (A::MarianStudent, Runner::Student, &[Format::MarianBinary]),
    (A::Marian, Runner::Seq2Seq, CHECKPOINT),
    (A::M2m100, Runner::Seq2Seq, CHECKPOINT),
    (A::Mbart, Runner::Seq2Seq, CHECKPOINT),
    (A::Bart, Runner::Seq2Seq, CHECKPOINT),
    (A::Pegasus, Runner::Seq2Seq, CHECKPOINT),
    (
        A::T5,
        Runner::Seq2Seq,
        &[Format::Gguf, Format::Safetensors, Format::Pytorch],
    ),
];

/// The formats of the Hub's checkpoints.
const CHECKPOINT: &[Format] = &[Format::Safetensors, Format::Pytorch];

/// The runner of an architecture, and the formats that it reads.
fn runner(architecture: A) -> Option<(Runner, &'static [Format])> {
    let row = RUNNERS.iter().find(|(own, ..)| *own == architecture)?;
    Some((row.1, row.2))
}

fn runs_on(architecture: A, wanted: Runner) -> bool {
    runner(architecture).is_some_and(|(runner, _)| runner == wanted)
}

/// Whether this version has an engine for a model.
pub fn can_run(manifest: &Manifest) -> bool {
    runner(manifest.architecture).is_some_and(|(_, formats)| formats.contains(&manifest.format))
}

/// Where and how a model computes.
#[derive(Debug, Clone)]
pub struct Compute {
    /// The device, for the models that have code for it: see [`Compute::device_for`].
    pub device: Device,
    /// Threads, on the CPU.
    pub threads: usize,
    /// How a language model keeps keys and values.
    pub kv: KvType,
    /// Whether a student keeps to its shortlist, if it has one.
    pub shortlist: bool,
    /// How an encoder–decoder model is run.
    pub seq2seq: Seq2SeqChoice,
}

impl Compute {
    /// Where models of an architecture compute: encoder–decoder models have kernels for the CPU only, but for Marian's
    /// students.
    pub fn device_for(&self, architecture: Architecture) -> &Device {
        match is_seq2seq(architecture) {
            true => &Device::Cpu,
            false => &self.device,
        }
    }
}

/// Whether a model is asked with prompts; the others read sentences.
pub fn reads_prompts(manifest: &Manifest) -> bool {
    runs_on(manifest.architecture, Runner::Chat)
}

/// Whether an architecture is one of those that [`Seq2SeqEngine`] runs.
pub fn is_seq2seq(architecture: A) -> bool {
    runs_on(architecture, Runner::Seq2Seq)
}

/// What the user says of encoder–decoder models.
#[derive(Debug, Clone, PartialEq)]
pub struct Seq2SeqChoice {
    /// How encoder–decoder models keep their weights; `None` leaves it to the model: quantized files become 8-bit
    /// integers, floats stay floats.
    pub precision: Option<Precision>,
    /// Beams of encoder–decoder models, if not what their own settings say.
    pub beams: Option<usize>,
    /// Translations a sentence that encoder–decoder models give, at least one.
    pub n_best: usize,
    /// How tokens are drawn.
    pub sampling: Sampling,
}

impl Default for Seq2SeqChoice {
    fn default() -> Self {
        Self {
            precision: None,
            beams: None,
            n_best: 1,
            sampling: Sampling::default(),
        }
    }
}

/// Loads an installed model.
///
/// # Errors
/// [`ErrorKind::Model`] if its files are damaged, contradict each other or are of a kind that no engine here runs;
/// [`ErrorKind::Io`] if one can't be read; [`ErrorKind::Unavailable`] if an encoder–decoder model has no tokenizer.
pub fn load(installed: &Installed, compute: &Compute) -> Result<Engine> {
    let manifest = &installed.manifest;
    let runner = runner(manifest.architecture)
        .filter(|(_, formats)| formats.contains(&manifest.format))
        .map(|(runner, _)| runner);
    match runner {
        Some(Runner::Chat) => chat(installed.require(Role::Weights)?, compute),
        Some(Runner::Seq2Seq) => seq2seq(installed, compute),
        Some(Runner::Student) => student(installed, compute),
        None => Err(Error::new(
            ErrorKind::Model,
            format!(
                "{} is a {} model in {} format, which no engine here runs",
                manifest.id, manifest.architecture, manifest.format
            ),
        )
        .with_hint("`traghetto models list` shows the models that run")),
    }
}

fn chat(weights: &Path, compute: &Compute) -> Result<Engine> {
    let options = LlmOptions {
        threads: compute.threads,
        kv: compute.kv,
        ..LlmOptions::default()
    };
    Ok(Engine::Chat(match &compute.device {
        Device::Cpu => Box::new(LlmEngine::load(weights, options)?),
        device => Box::new(LlmEngine::load_on(weights, device, options)?),
    }))
}

/// The files and options of an encoder–decoder model.
///
/// # Errors
/// [`ErrorKind::Model`] if the model has no `config.json`.
pub fn seq2seq_parts(
    installed: &Installed,
    compute: &Compute,
) -> Result<(Seq2SeqFiles, Seq2SeqOptions)> {
    let manifest = &installed.manifest;
    let weights = installed
        .files
        .iter()
        .filter(|file| file.role == Role::Weights);
    let files = Seq2SeqFiles {
        config: installed.require(Role::Config)?.to_path_buf(),
        generation: installed
            .path(Role::GenerationConfig)
            .map(Path::to_path_buf),
        weights: weights.map(|file| file.path.clone()).collect(),
    };
    let usual = match manifest.format {
        Format::Gguf => Precision::Int8,
        _ => Precision::F32,
    };
    let options = Seq2SeqOptions {
        threads: compute.threads,
        precision: compute.seq2seq.precision.unwrap_or(usual),
        beams: compute.seq2seq.beams,
        n_best: compute.seq2seq.n_best,
        sampling: compute.seq2seq.sampling.clone(),
        pair: pair(manifest),
        tags: manifest.language_tags,
    };
    Ok((files, options))
}

/// The pair of a model for one pair, if its manifest says it.
fn pair(manifest: &Manifest) -> Option<(Lang, Lang)> {
    match manifest.pairs[..] {
        [pair] => Some(pair),
        _ => None,
    }
}

fn seq2seq(installed: &Installed, compute: &Compute) -> Result<Engine> {
    let (files, options) = seq2seq_parts(installed, compute)?;
    let engine = Seq2SeqEngine::load(&files, &options)?;
    let tasks = &installed.manifest.tasks;
    // A folder doesn't say what its T5 was trained for, but a translator of many languages has tokens for them.
    let translates = match (
        tasks.contains(&Task::Translate),
        tasks.contains(&Task::Summarize),
    ) {
        (true, true) => engine.knows_languages(),
        (translates, _) => translates,
    };
    Ok(match translates {
        true => Engine::Translation(Box::new(engine)),
        false => Engine::Summary(Box::new(engine)),
    })
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
    let options = StudentOptions {
        threads: compute.threads,
        use_shortlist: compute.shortlist,
        beams: compute.seq2seq.beams.unwrap_or(1),
        n_best: compute.seq2seq.n_best,
        ..StudentOptions::default()
    };
    let pair = pair(&installed.manifest);
    Ok(Engine::Translation(match &compute.device {
        Device::Cpu => Box::new(StudentEngine::load(&files, pair, options)?),
        device => Box::new(StudentEngine::load_on(&files, pair, device, options)?),
    }))
}
