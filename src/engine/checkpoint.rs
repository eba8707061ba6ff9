//! A decoder-only model in the Hub's layout: which of its files say what.

use std::path::{Path, PathBuf};

use candle_core::Device;
use serde_json::Value;

use super::chat::LlmEngine;
use super::template::ChatTemplate;
use super::{LlmOptions, Quantize, dialogue};
use crate::arch::causal::{CausalModel, Hub, Matrices, TensorModel};
use crate::arch::others::OtherModel;
use crate::error::{Error, ErrorKind, Result};
use crate::tokenizer::{Marks, Tokenizer};
use crate::weights::gguf::Gguf;

/// The files of a decoder-only model in the Hub's layout.
#[derive(Debug, Clone)]
pub struct ChatFiles {
    /// `config.json`.
    pub config: PathBuf,
    /// Safetensors, in one file or in shards.
    pub weights: Vec<PathBuf>,
    /// `model.safetensors.index.json`, of shards.
    pub index: Option<PathBuf>,
    /// `tokenizer.json`.
    pub tokenizer: PathBuf,
    /// `tokenizer_config.json`: special tokens, and often the chat template.
    pub tokenizer_config: Option<PathBuf>,
    /// `chat_template.jinja`.
    pub template: Option<PathBuf>,
    /// `generation_config.json`: tokens that end an answer.
    pub generation: Option<PathBuf>,
}

impl ChatFiles {
    /// The files of a folder, by their usual names.
    ///
    /// # Errors
    /// As [`crate::weights::checkpoint::Checkpoint::files_in`].
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let there = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        Ok(Self {
            config: folder.join("config.json"),
            weights: crate::weights::checkpoint::Checkpoint::files_in(folder)?,
            index: there("model.safetensors.index.json"),
            tokenizer: folder.join("tokenizer.json"),
            tokenizer_config: there("tokenizer_config.json"),
            template: there("chat_template.jinja"),
            generation: there("generation_config.json"),
        })
    }

    /// The tokenizer, and the chat template if there is one.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a file can't be read; [`ErrorKind::Model`] if one is damaged or they contradict each other.
    pub fn dialogue(&self) -> Result<(Tokenizer, Option<ChatTemplate>)> {
        let settings = json(self.tokenizer_config.as_deref())?;
        let generation = json(self.generation.as_deref())?;
        let config = json(Some(&self.config))?;
        // Either a text, or a token with its text among its properties.
        let token = |key: &str| {
            let token = &settings[key];
            let text = token.as_str().or_else(|| token["content"].as_str());
            text.map(str::to_owned)
        };
        let mut end = Vec::new();
        for said in [&generation, &config, &config["text_config"]] {
            let ids = &said["eos_token_id"];
            let many = ids
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_u64);
            let ids = ids.as_u64().into_iter().chain(many);
            end.extend(ids.filter_map(|id| u32::try_from(id).ok()));
        }
        let marks = Marks {
            bos: token("bos_token"),
            eos: token("eos_token"),
            add_bos: settings["add_bos_token"].as_bool(),
            end,
        };
        let tokenizer = Tokenizer::open(&self.tokenizer, &marks)?;
        let template = match &self.template {
            Some(path) => {
                let text = std::fs::read_to_string(path);
                Some(text.map_err(|error| Error::io("reading", path, error))?)
            }
            None => template(&settings["chat_template"]),
        };
        let text = |mark: &Option<String>| mark.clone().unwrap_or_default();
        let template = template
            .map(|source| ChatTemplate::new(&source, &text(&marks.bos), &text(&marks.eos)))
            .transpose()?;
        Ok((tokenizer, template))
    }

    fn open(&self, quantize: Quantize) -> Result<Hub> {
        let index = self.index.as_deref();
        Hub::open(&self.config, &self.weights, index, quantize.blocks())
    }
}

/// A file that is JSON; nothing if there is none.
fn json(path: Option<&Path>) -> Result<Value> {
    let Some(path) = path else {
        return Ok(Value::Null);
    };
    let bytes = std::fs::read(path).map_err(|error| Error::io("reading", path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let why = format!("{} is not JSON", path.display());
        Error::new(ErrorKind::Model, why).with_source(error)
    })
}

/// The template, or of several the default one.
fn template(value: &Value) -> Option<String> {
    let of_several = || {
        let all = value.as_array()?;
        let default = all.iter().find(|one| one["name"] == "default");
        default.or(all.first())?["template"].as_str()
    };
    value.as_str().or_else(of_several).map(str::to_owned)
}

impl LlmEngine {
    /// Loads a checkpoint to run on the CPU, on kernels that know integers only: [`Quantize::None`] is as
    /// [`Quantize::Int8`] here.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] or [`ErrorKind::Model`] if a file can't be read, is damaged, contradicts another or holds
    /// something that isn't supported.
    pub fn load_checkpoint(
        files: &ChatFiles,
        quantize: Quantize,
        options: LlmOptions,
    ) -> Result<Self> {
        let hub = files.open(quantize)?;
        let (tokenizer, template) = files.dialogue()?;
        let model = CausalModel::load(hub, options.threads)?.with_kv(options.kv);
        Self::new(model, tokenizer, template, options)
    }
}

impl LlmEngine<TensorModel> {
    /// Loads a checkpoint to run on a candle device, the CPU among them.
    ///
    /// # Errors
    /// As [`LlmEngine::load_checkpoint`].
    pub fn load_checkpoint_on(
        files: &ChatFiles,
        quantize: Quantize,
        device: &Device,
        options: LlmOptions,
    ) -> Result<Self> {
        let hub = files.open(quantize)?;
        let (tokenizer, template) = files.dialogue()?;
        let matrices = match quantize {
            Quantize::None => Matrices::Floats,
            Quantize::Int8 | Quantize::Q4K => Matrices::AsStored,
        };
        let model = TensorModel::load(hub, device, matrices)?;
        Self::new(model, tokenizer, template, options)
    }
}

impl LlmEngine<OtherModel> {
    /// Loads a checkpoint that `candle-transformers` runs; one answer is made after the other.
    ///
    /// # Errors
    /// As [`LlmEngine::load_checkpoint`].
    pub fn load_other(files: &ChatFiles, device: &Device, options: LlmOptions) -> Result<Self> {
        let index = files.index.as_deref();
        let model = OtherModel::load(&files.config, &files.weights, index, device)?;
        let (tokenizer, template) = files.dialogue()?;
        Self::new(model, tokenizer, template, one_by_one(options))
    }

    /// Loads a GGUF file that `candle-transformers` runs.
    ///
    /// # Errors
    /// As [`LlmEngine::load`].
    pub fn load_other_gguf(path: &Path, device: &Device, options: LlmOptions) -> Result<Self> {
        let gguf = Gguf::open(path)?;
        let model = OtherModel::load_gguf(&gguf, device)?;
        let (tokenizer, template) = dialogue::read(&gguf)?;
        Self::new(model, tokenizer, template, one_by_one(options))
    }
}

fn one_by_one(options: LlmOptions) -> LlmOptions {
    LlmOptions {
        max_batch: 1,
        lookup: false,
        ..options
    }
}
