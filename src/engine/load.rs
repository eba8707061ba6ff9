//! From a model's files to a running engine.

use std::path::{Path, PathBuf};

use candle_core::Device;

use super::{
    ChatFiles, Engine, LlmEngine, LlmOptions, Precision, Quantize, Sampling, Seq2SeqEngine,
    Seq2SeqFiles, Seq2SeqOptions, StudentEngine, StudentFiles, StudentOptions,
};
use crate::arch::{causal, others};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::attention::KvType;
use crate::registry::{
    Architecture, Architecture as A, FetchOptions, Installed, Manifest, ModelFormat, Progress,
    Role, Store, Task,
};
use crate::text::Lang;

/// What runs models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    /// [`LlmEngine`].
    Chat,
    /// [`LlmEngine`] on a network of `candle-transformers`.
    Candle,
    /// [`Seq2SeqEngine`].
    Seq2Seq,
    /// [`StudentEngine`].
    Student,
    /// [`super::embed::Embedder`], which compares sentences and writes none.
    Embed,
}

impl Runner {
    /// What it is called where the user asks what runs a model.
    fn name(self) -> &'static str {
        match self {
            Self::Chat => "own kernels for decoder-only models",
            Self::Candle => "candle-transformers, slower than own kernels",
            Self::Seq2Seq => "own kernels for encoder–decoder models",
            Self::Student => "own kernels for Marian's students",
            Self::Embed => "own kernels for sentence embeddings",
        }
    }
}

/// Which runner has which architecture, and from which formats: an architecture more is one row more.
const RUNNERS: &[(A, Runner, &[ModelFormat])] = &[
    (A::Qwen2, Runner::Chat, CHAT),
    (A::Qwen3, Runner::Chat, CHAT),
    (A::Llama, Runner::Chat, CHAT),
    (A::SmolLm3, Runner::Chat, CHAT),
    (A::Gemma3, Runner::Chat, CHAT),
    (A::HunyuanDense, Runner::Chat, CHAT),
    (A::Gemma, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Gemma2, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Glm4, Runner::Candle, CHAT),
    (A::Helium, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Lfm2, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Mixtral, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Olmo, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Olmo2, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Phi, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Phi3, Runner::Candle, CHAT),
    (A::Qwen2Moe, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Qwen3Moe, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Starcoder2, Runner::Candle, &[ModelFormat::Safetensors]),
    (A::Bert, Runner::Embed, &[ModelFormat::E5Packed]),
    (
        A::MarianStudent,
        Runner::Student,
        &[ModelFormat::MarianBinary],
    ),
    (A::Marian, Runner::Seq2Seq, CHECKPOINT),
    (A::M2m100, Runner::Seq2Seq, CHECKPOINT),
    (A::Mbart, Runner::Seq2Seq, CHECKPOINT),
    (A::Bart, Runner::Seq2Seq, CHECKPOINT),
    (A::Pegasus, Runner::Seq2Seq, CHECKPOINT),
    (
        A::T5,
        Runner::Seq2Seq,
        &[
            ModelFormat::Gguf,
            ModelFormat::Safetensors,
            ModelFormat::Pytorch,
        ],
    ),
];

/// The formats of language models.
const CHAT: &[ModelFormat] = &[ModelFormat::Gguf, ModelFormat::Safetensors];

/// The formats of the Hub's checkpoints.
const CHECKPOINT: &[ModelFormat] = &[ModelFormat::Safetensors, ModelFormat::Pytorch];

/// The runner of an architecture, and the formats that it reads.
fn runner(architecture: A) -> Option<(Runner, &'static [ModelFormat])> {
    let row = RUNNERS.iter().find(|(own, ..)| *own == architecture)?;
    Some((row.1, row.2))
}

fn is_run_by(architecture: A, wanted: Runner) -> bool {
    runner(architecture).is_some_and(|(runner, _)| runner == wanted)
}

/// What runs a model, if anything does.
fn runner_of(manifest: &Manifest) -> Option<Runner> {
    let (runner, formats) = runner(manifest.architecture)?;
    formats.contains(&manifest.format).then_some(runner)
}

/// Whether this version has an engine for a model.
pub fn can_run(manifest: &Manifest) -> bool {
    runner_of(manifest).is_some()
}

/// What runs a model, for people; `None` if nothing does.
pub fn runs_on(manifest: &Manifest) -> Option<&'static str> {
    runner_of(manifest).map(Runner::name)
}

/// Refuses a model that nothing here runs, which is known before a byte of its weights is fetched.
///
/// # Errors
/// [`ErrorKind::Model`] with the architecture and the format, and in the hint the formats that would do.
pub fn check_runs(manifest: &Manifest) -> Result<()> {
    if can_run(manifest) {
        return Ok(());
    }
    let error = Error::new(
        ErrorKind::Model,
        format!(
            "{} is a {} model in {} format, which no engine here runs",
            manifest.id, manifest.architecture, manifest.format
        ),
    );
    Err(match runner(manifest.architecture) {
        None => error.with_hint("`traghetto models list` shows the models that run"),
        Some((_, formats)) => {
            let formats: Vec<String> = formats.iter().map(ModelFormat::to_string).collect();
            error.with_hint(format!("such models run from {}", formats.join(" or ")))
        }
    })
}

/// Obtains a model that something here runs. One from the Hub is refused by its `config.json` if that says what no engine
/// knows, before the weights are fetched.
///
/// # Errors
/// As [`check_runs`] and [`Store::obtain`]; [`ErrorKind::Model`] if a file is missing or `config.json` says what isn't known.
pub fn obtain(
    store: &Store,
    manifest: &Manifest,
    options: &FetchOptions,
    progress: &dyn Progress,
) -> Result<Installed> {
    check_runs(manifest)?;
    let runner = runner_of(manifest);
    let is_checkpoint = manifest.format == ModelFormat::Safetensors;
    if is_checkpoint && matches!(runner, Some(Runner::Chat | Runner::Candle)) {
        for role in [Role::Config, Role::Tokenizer] {
            if manifest.files.iter().all(|file| file.role != role) {
                let what = format!("{} has no {}", manifest.id, file_name(role));
                return Err(Error::new(ErrorKind::Model, what).with_hint(
                    "language models in safetensors need config.json and tokenizer.json beside them",
                ));
            }
        }
        if let Some(config) = store.config_ahead(manifest, options)? {
            match runner {
                Some(Runner::Candle) => others::check_config(&config)?,
                _ => causal::check_config(&config)?,
            }
        }
    }
    store.obtain(manifest, options, progress)
}

/// The name of the file with this role.
fn file_name(role: Role) -> &'static str {
    match role {
        Role::Config => "config.json",
        _ => "tokenizer.json",
    }
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
    /// How weights are kept that the files have as floats; `None` leaves it to the model: a decoder-only one rounds to
    /// 8-bit integers, an encoder–decoder one keeps floats.
    pub quantize: Option<Quantize>,
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
    [Runner::Chat, Runner::Candle]
        .iter()
        .any(|&runner| is_run_by(manifest.architecture, runner))
}

/// Whether an architecture is one of those that [`Seq2SeqEngine`] runs.
pub fn is_seq2seq(architecture: A) -> bool {
    is_run_by(architecture, Runner::Seq2Seq)
}

/// What the user says of encoder–decoder models.
#[derive(Debug, Clone, PartialEq)]
pub struct Seq2SeqChoice {
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
    check_runs(&installed.manifest)?;
    match runner_of(&installed.manifest) {
        Some(Runner::Chat) => chat(installed, compute),
        Some(Runner::Candle) => other(installed, compute),
        Some(Runner::Seq2Seq) => seq2seq(installed, compute),
        Some(Runner::Student) => student(installed, compute),
        Some(Runner::Embed) | None => Err(Error::new(
            ErrorKind::Model,
            format!("{} writes no text", installed.manifest.id),
        )
        .with_hint("`traghetto models list` shows what each model does")),
    }
}

fn chat(installed: &Installed, compute: &Compute) -> Result<Engine> {
    let options = LlmOptions {
        threads: compute.threads,
        kv: compute.kv,
        ..LlmOptions::default()
    };
    let device = &compute.device;
    if installed.manifest.format == ModelFormat::Gguf {
        let weights = installed.require(Role::Weights)?;
        return Ok(Engine::Chat(match device {
            Device::Cpu => Box::new(LlmEngine::load(weights, options)?),
            device => Box::new(LlmEngine::load_on(weights, device, options)?),
        }));
    }
    let files = chat_files(installed)?;
    let quantize = compute.quantize.unwrap_or(Quantize::Int8);
    Ok(Engine::Chat(match (device, quantize) {
        (Device::Cpu, Quantize::Int8 | Quantize::Q4K) => {
            Box::new(LlmEngine::load_checkpoint(&files, quantize, options)?)
        }
        (device, _) => Box::new(LlmEngine::load_checkpoint_on(
            &files, quantize, device, options,
        )?),
    }))
}

fn other(installed: &Installed, compute: &Compute) -> Result<Engine> {
    let options = LlmOptions {
        threads: compute.threads,
        ..LlmOptions::default()
    };
    let device = &compute.device;
    let engine = match installed.manifest.format {
        ModelFormat::Gguf => {
            LlmEngine::load_other_gguf(installed.require(Role::Weights)?, device, options)?
        }
        _ => LlmEngine::load_other(&chat_files(installed)?, device, options)?,
    };
    Ok(Engine::Chat(Box::new(engine)))
}

/// The files of a decoder-only model that isn't GGUF.
fn chat_files(installed: &Installed) -> Result<ChatFiles> {
    let path = |role: Role| installed.path(role).map(Path::to_path_buf);
    Ok(ChatFiles {
        config: installed.require(Role::Config)?.to_path_buf(),
        weights: weights(installed),
        index: path(Role::WeightsIndex),
        tokenizer: installed.require(Role::Tokenizer)?.to_path_buf(),
        tokenizer_config: path(Role::TokenizerConfig),
        template: path(Role::ChatTemplate),
        generation: path(Role::GenerationConfig),
    })
}

fn weights(installed: &Installed) -> Vec<PathBuf> {
    let files = installed.files.iter();
    let weights = files.filter(|file| file.role == Role::Weights);
    weights.map(|file| file.path.clone()).collect()
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
    let files = Seq2SeqFiles {
        config: installed.require(Role::Config)?.to_path_buf(),
        generation: installed
            .path(Role::GenerationConfig)
            .map(Path::to_path_buf),
        weights: weights(installed),
    };
    let usual = match manifest.format {
        ModelFormat::Gguf => Precision::Int8,
        _ => Precision::F32,
    };
    let options = Seq2SeqOptions {
        threads: compute.threads,
        precision: compute.quantize.map_or(usual, Quantize::precision),
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
