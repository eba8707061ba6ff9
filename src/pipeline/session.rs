//! The models of one job, fetched and loaded, each once. Which they are is chosen next door.

use std::time::Instant;

use super::announce::Announced;
use super::models::{LoadedModel, Models};
use super::observer::Observer;
use super::options::Meaning;
use crate::device;
use crate::engine::embed::Embedder;
use crate::engine::{self, Compute};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::registry::{
    Catalogue, FetchOptions, Figure, Installed, Manifest, ModelFormat, ModelSpec, Role, Store,
    Task, measured,
};
use crate::text::Lang;
use crate::translate::route::Tier;

/// What a job works with.
pub struct Context {
    /// Known models.
    pub catalogue: Catalogue,
    /// Where models are kept.
    pub store: Store,
    /// How models are fetched.
    pub fetch: FetchOptions,
    /// Where and how to compute.
    pub compute: Compute,
    /// Whether only the best model will do.
    pub strict: bool,
    /// Which models are the best for a translation: the light ones or the good ones.
    pub quality: Tier,
    /// What was made before; `None` to begin from nothing.
    pub memory: Option<Memory>,
}

/// What was said of a route that serves for the gist only.
#[derive(Debug, PartialEq)]
pub(super) struct Gist {
    /// Its languages, the first and the last included.
    pub(super) route: Vec<Lang>,
    /// Its models.
    pub(super) models: Vec<String>,
    /// What was said.
    pub(super) told: String,
}

/// Fetches and loads models, each once.
pub struct Session<'a> {
    pub(super) context: &'a Context,
    pub(super) observer: &'a dyn Observer,
    pub(super) models: Models,
    /// What was said of the routes that serve for the gist only.
    pub(super) gists: Vec<Gist>,
}

impl<'a> Session<'a> {
    /// A session without any model yet.
    pub fn new(context: &'a Context, observer: &'a dyn Observer) -> Self {
        Self::with_models(context, observer, Models::default())
    }

    /// A session that goes on with the models of an earlier one in the same context.
    pub fn with_models(context: &'a Context, observer: &'a dyn Observer, models: Models) -> Self {
        Self {
            context,
            observer,
            models,
            gists: Vec::new(),
        }
    }

    /// The models, for a later session.
    pub fn into_models(self) -> Models {
        self.models
    }

    /// What the session works with.
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// Who learns of the job.
    pub fn observer(&self) -> &'a dyn Observer {
        self.observer
    }

    /// What was measured of the way through `route` by `models`, which [`Session::route`] has returned.
    pub fn figure(&self, route: &[Lang], models: &[String]) -> Option<&Figure> {
        let manifests: Option<Vec<&Manifest>> = models
            .iter()
            .map(|id| Some(&self.models.installed.get(id)?.manifest))
            .collect();
        measured(route, &manifests?)
    }

    /// Whether a model is here; it is chosen then. Makes no request.
    pub(super) fn is_here(&mut self, model: &Manifest) -> bool {
        let Context { store, fetch, .. } = self.context;
        if !self.models.installed.contains_key(&model.id)
            && let Some(installed) = store.installed(model, fetch)
        {
            self.models.installed.insert(model.id.clone(), installed);
        }
        self.models.installed.contains_key(&model.id)
    }

    /// The files of the model with this id, which [`Session::route`] or [`Session::summarizer`] has returned.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if they have not.
    pub fn chosen(&self, id: &str) -> Result<&Installed> {
        self.models.installed.get(id).ok_or_else(|| {
            Error::new(
                ErrorKind::Unavailable,
                format!("the model {id} wasn't fetched"),
            )
        })
    }

    /// The model with this id, which [`Session::route`] or [`Session::summarizer`] has returned; loads it if need be.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if its files can't be loaded.
    pub fn model(&mut self, id: &str) -> Result<&mut LoadedModel> {
        let position = self
            .models
            .loaded
            .iter()
            .position(|(loaded, _)| loaded == id);
        let position = match position {
            Some(position) => {
                // The last is the most recently used.
                self.models.loaded[position..].rotate_left(1);
                self.models.loaded.len() - 1
            }
            None => {
                let installed = self.chosen(id)?.clone();
                let compute = &self.context.compute;
                let device = device::name(compute.device_for(installed.manifest.architecture));
                if device != device::name(&compute.device) {
                    self.observer.note(&format!(
                        "{id} has no code for GPUs: it computes on the CPU"
                    ));
                }
                let started = Instant::now();
                let engine = engine::load(&installed, compute)?;
                let load_s = started.elapsed().as_secs_f64();
                self.models.loaded.push((
                    id.to_string(),
                    LoadedModel {
                        installed,
                        engine,
                        load_s,
                        device,
                    },
                ));
                self.models.loaded.len() - 1
            }
        };
        Ok(&mut self.models.loaded[position].1)
    }

    /// The model with this id, if it was loaded.
    pub fn loaded(&self, id: &str) -> Option<&LoadedModel> {
        let loaded = self.models.loaded.iter().find(|(loaded, _)| loaded == id);
        loaded.map(|(_, model)| model)
    }

    /// Id of the model for sentence embeddings; `None` if it isn't wanted, or isn't here and needn't be.
    ///
    /// # Errors
    /// As [`crate::registry::Store::obtain`], if the user insists on it.
    pub fn embeddings(&mut self, how: Meaning) -> Result<Option<&'a str>> {
        let Context {
            catalogue,
            store,
            fetch,
            ..
        } = self.context;
        let can_run = |manifest: &&Manifest| manifest.format == ModelFormat::E5Packed;
        let Some(manifest) = catalogue.all().iter().find(can_run) else {
            return Ok(None);
        };
        let id = manifest.id.as_str();
        if how == Meaning::Off {
            return Ok(None);
        }
        if !self.models.installed.contains_key(id) {
            let installed = match how {
                Meaning::On => Some(store.obtain(manifest, fetch, self.observer.downloads())?),
                _ => store.installed(manifest, fetch),
            };
            let Some(installed) = installed else {
                return Ok(None);
            };
            self.models.installed.insert(id.to_string(), installed);
        }
        Ok(Some(id))
    }

    /// The model with this id, which [`Session::embeddings`] has returned; loads it if need be.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if its file is damaged.
    pub fn embedder(&mut self, id: &str) -> Result<&Embedder> {
        if self.models.embedder.is_none() {
            let weights = self.chosen(id)?.require(Role::Weights)?;
            self.models.embedder = Some(Embedder::open(weights, self.context.compute.threads)?);
        }
        self.models.embedder.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::Unavailable,
                format!("the model {id} wasn't loaded"),
            )
        })
    }

    /// The id of the model that `spec` names, which is here then.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if it doesn't do `task`; as [`Store::describe`] and [`Store::obtain`] if it can't be had.
    pub(super) fn named(&mut self, spec: &ModelSpec, task: Task) -> Result<String> {
        let Context {
            catalogue,
            store,
            fetch,
            ..
        } = self.context;
        let downloads = self.observer.downloads();
        let manifest = store.describe(catalogue, spec, fetch, downloads)?;
        let announced = Announced::new(downloads, &manifest, task, store.root());
        let installed = engine::obtain(store, &manifest, fetch, &announced)?;
        if !manifest.tasks.contains(&task) {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("the model {} doesn't {task}", manifest.id),
            )
            .with_hint("`traghetto models list` shows what each model does"));
        }
        let id = manifest.id.clone();
        self.models.installed.insert(id.clone(), installed);
        Ok(id)
    }

    /// Makes sure that a model's files are here; remembers why not.
    ///
    /// # Errors
    /// Why it can't be had, in words.
    pub(super) fn fetch(&mut self, model: &Manifest, task: Task) -> Result<(), String> {
        if self.models.installed.contains_key(&model.id) {
            return Ok(());
        }
        if let Some(why) = self.models.refused.get(&model.id) {
            return Err(why.clone());
        }
        let Context { store, fetch, .. } = self.context;
        let announced = Announced::new(self.observer.downloads(), model, task, store.root());
        match engine::obtain(store, model, fetch, &announced) {
            Ok(installed) => {
                self.models.installed.insert(model.id.clone(), installed);
                Ok(())
            }
            Err(error) => {
                let why = error.to_string();
                self.models.refused.insert(model.id.clone(), why.clone());
                Err(why)
            }
        }
    }
}
