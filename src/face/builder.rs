//! The options that a translator and a summariser share, and the context that follows from them.

use std::path::PathBuf;

use crate::device::{self, DeviceChoice};
use crate::engine::{Compute, KvType, Sampling, Seq2SeqChoice};
use crate::error::Result;
use crate::memory::{self, Memory};
use crate::pipeline::{Asking, Context, Models, Observer, Session};
use crate::prompt::Prompt;
use crate::registry::{Catalogue, FetchOptions, ModelSpec, Silent, Store};
use crate::translate::route::Tier;

/// Collects the options of a [`Translator`](crate::Translator) or a [`Summarizer`](crate::Summarizer); `O` holds those
/// that only one of them has. Nothing is read, fetched or computed before `build`.
///
/// Of the environment only what the Hub's own tools read counts (`HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN`, …): the
/// `TRAGHETTO_` variables and the configuration file are the program's.
pub struct Builder<O> {
    pub(super) options: O,
    common: Common,
}

/// What models are asked, computed with and kept in.
struct Common {
    model: Option<String>,
    prompt: Option<Prompt>,
    sampling: Option<Sampling>,
    max_tokens: Option<usize>,
    offline: bool,
    registry: Option<String>,
    strict: bool,
    accept: Vec<String>,
    threads: usize,
    device: DeviceChoice,
    store: Option<PathBuf>,
    config: Option<PathBuf>,
    memory: Option<PathBuf>,
    observer: Box<dyn Observer + Send>,
}

impl<O> Builder<O> {
    pub(super) fn new(options: O) -> Self {
        Self {
            options,
            common: Common {
                model: None,
                prompt: None,
                sampling: None,
                max_tokens: None,
                offline: false,
                registry: None,
                strict: false,
                accept: Vec::new(),
                threads: device::default_threads(),
                device: DeviceChoice::default(),
                store: None,
                config: None,
                memory: None,
                observer: Box::new(Silent),
            },
        }
    }

    /// The model that does the work: an id of the catalogue, the path of a file or a folder, or `hf:owner/repo`. By
    /// default the best one that can be had is chosen.
    pub fn model(mut self, name: impl Into<String>) -> Self {
        self.common.model = Some(name.into());
        self
    }

    /// What a chat model is asked; the prompts in `prompts/` by default.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.common.prompt = Some(prompt);
        self
    }

    /// How a chat model draws tokens; as the prompt says by default.
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.common.sampling = Some(sampling);
        self
    }

    /// Hard cap on the tokens of one answer; by default it follows from the text.
    pub fn max_tokens(mut self, tokens: usize) -> Self {
        self.common.max_tokens = Some(tokens);
        self
    }

    /// Whether the network is out of bounds. By default missing models are fetched.
    pub fn offline(mut self, offline: bool) -> Self {
        self.common.offline = offline;
        self
    }

    /// Address that stands in for those of the registries of models, such as a mirror; as each says by default.
    pub fn registry(mut self, address: impl Into<String>) -> Self {
        self.common.registry = Some(address.into());
        self
    }

    /// Whether a second-best model is refused where the best can't be had; no by default.
    pub fn strict(mut self, strict: bool) -> Self {
        self.common.strict = strict;
        self
    }

    /// Accepts the licence with this id, where a model asks for that before it is fetched.
    pub fn accept_licence(mut self, licence: impl Into<String>) -> Self {
        self.common.accept.push(licence.into());
        self
    }

    /// Threads to compute with; at least 1, all cores by default.
    pub fn threads(mut self, threads: usize) -> Self {
        self.common.threads = threads.max(1);
        self
    }

    /// Where to compute; a GPU if this build has code for one and one is there, else the CPU.
    pub fn device(mut self, device: DeviceChoice) -> Self {
        self.common.device = device;
        self
    }

    /// Folder of the model store; `traghetto` in the platform's folder for application data by default.
    pub fn store(mut self, folder: impl Into<PathBuf>) -> Self {
        self.common.store = Some(folder.into());
        self
    }

    /// Folder of the user's own files, such as manifests of models in `models/`; none by default.
    pub fn config(mut self, folder: impl Into<PathBuf>) -> Self {
        self.common.config = Some(folder.into());
        self
    }

    /// File that remembers answers between runs; none by default.
    pub fn memory(mut self, file: impl Into<PathBuf>) -> Self {
        self.common.memory = Some(file.into());
        self
    }

    /// Learns of the work: routes, downloads, progress. By default nobody does.
    pub fn observer(mut self, observer: impl Observer + Send + 'static) -> Self {
        self.common.observer = Box::new(observer);
        self
    }

    /// The workshop, how models are asked (with the prompt called `prompt` unless another was given), and the rest.
    pub(super) fn open(self, prompt: &str, quality: Tier) -> Result<(Workshop, Asking, O)> {
        let Self { options, common } = self;
        let models = common.config.map(|folder| folder.join("models"));
        let store = match common.store {
            Some(folder) => folder,
            None => Store::default_root()?,
        };
        let memory = common
            .memory
            .map(|file| Memory::open(&file, memory::DEFAULT_LIMIT))
            .transpose()?;
        let prompt = match common.prompt {
            Some(prompt) => prompt,
            None => Prompt::builtin(prompt)?,
        };
        let sampling = match common.sampling {
            Some(sampling) => sampling,
            None => prompt.parameters()?,
        };
        let from_env = FetchOptions::from_env();
        let fetch = FetchOptions {
            offline: common.offline || from_env.offline,
            registry: common.registry,
            accept: common.accept,
            ..from_env
        };
        let store = Store::open(store);
        let mut catalogue = Catalogue::load(models.as_deref())?;
        let asking = FetchOptions {
            // A model that was named needs nobody's word for what else there is.
            offline: fetch.offline || common.model.is_some(),
            ..fetch.clone()
        };
        store.read_registries(&mut catalogue, &asking, common.observer.downloads());
        let context = Context {
            catalogue,
            store,
            fetch,
            compute: Compute {
                device: common.device.open()?.device,
                threads: common.threads,
                kv: KvType::default(),
                shortlist: true,
                quantize: None,
                seq2seq: Seq2SeqChoice::default(),
            },
            strict: common.strict,
            quality,
            memory,
        };
        let asking = Asking {
            model: common
                .model
                .map(|name| name.parse::<ModelSpec>())
                .transpose()?,
            prompt,
            sampling,
            max_tokens: common.max_tokens,
        };
        let workshop = Workshop {
            context,
            observer: common.observer,
            models: Models::default(),
        };
        Ok((workshop, asking, options))
    }
}

/// A context and the models that were loaded in it, from one job to the next.
pub(super) struct Workshop {
    context: Context,
    observer: Box<dyn Observer + Send>,
    models: Models,
}

impl Workshop {
    /// A workshop of which nobody learns.
    pub(super) fn new(context: Context) -> Self {
        Self {
            context,
            observer: Box::new(Silent),
            models: Models::default(),
        }
    }

    /// The models in memory, the least recently used first.
    pub(super) fn models(&self) -> &Models {
        &self.models
    }

    /// Lets models that keep several answers keep so many of a segment.
    pub(super) fn keep_answers(&mut self, answers: usize) {
        self.context.compute.seq2seq.n_best = answers;
    }

    /// As [`Models::make_room`].
    pub(super) fn make_room(&mut self, wanted: &[&str], limit: u64) {
        self.models.make_room(wanted, limit);
    }

    /// Does `work` in a session that has the models of the earlier ones.
    pub(super) fn with<T>(
        &mut self,
        work: impl FnOnce(&mut Session<'_>) -> Result<T>,
    ) -> Result<T> {
        let models = std::mem::take(&mut self.models);
        let mut session = Session::with_models(&self.context, self.observer.as_ref(), models);
        let made = work(&mut session);
        self.models = session.into_models();
        made
    }
}
