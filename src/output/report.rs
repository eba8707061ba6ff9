//! The report of a job as JSON: provenance and figures. `report.schema.json` describes it; the schema has a version, and
//! fields are only ever added to one.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::article::{Format, MarkupIssue};
use crate::checks::Finding;
use crate::engine::{Alternative, KvType, Sampling, Timings};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Figure, Installed, Licence};
use crate::risk::Risk;
use crate::text::{Lang, Link};
use crate::translate::Try;

/// What `run` writes to `<name>.json`; `translate --json` and `summarize --json` print the same.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `traghetto-report/1`.
    pub schema: &'static str,
    /// Who made it.
    pub tool: Tool,
    /// What was read.
    pub input: Input,
    /// What it was computed on.
    pub machine: Machine,
    /// Every model that took part.
    pub models: Vec<Model>,
    /// The prompts for chat models, with their parameters.
    pub prompts: Vec<PromptUsed>,
    /// The user's glossary, if there was one: sha256, in hexadecimal, of what it says.
    pub glossary_sha256: Option<String>,
    /// The user's dictionaries, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dictionaries_sha256: Option<String>,
    /// What was done, in order.
    pub steps: Vec<Step>,
    /// The translations, a list of segments each.
    pub translations: Vec<Translation>,
    /// The summaries.
    pub summaries: Vec<Summary>,
    /// What to check by hand; empty if nothing was noticed.
    pub warnings: Vec<Warning>,
    /// The results as `run` wrote them: what was changed since isn't overwritten.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<WrittenFile>,
    /// Seconds from start to end.
    pub seconds: f64,
}

impl Report {
    /// The models that took part as an archive writes them down: objects with `id`, `revision` and `sha256`, by files.
    pub fn provenance(&self) -> Vec<Value> {
        let model = |model: &Model| {
            let files = model.files.iter();
            let files: Map<String, Value> = files
                .map(|file| (file.name.clone(), file.sha256.clone().into()))
                .collect();
            json!({ "id": model.id, "revision": model.revision, "sha256": files })
        };
        self.models.iter().map(model).collect()
    }

    /// Where the results were written, in order.
    pub fn outputs(&self) -> Vec<&str> {
        let translations = self
            .translations
            .iter()
            .flat_map(|made| made.path.iter().chain(&made.also));
        let summaries = self.summaries.iter().filter_map(|made| made.path.as_ref());
        translations.chain(summaries).map(String::as_str).collect()
    }

    /// The report as JSON, for people too, with a line end.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be written.
    pub fn to_json(&self) -> Result<String> {
        let json = serde_json::to_string_pretty(self).map_err(|error| {
            Error::new(ErrorKind::Io, "the report can't be written as JSON").with_source(error)
        })?;
        Ok(json + "\n")
    }
}

/// The program.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// `traghetto`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl Tool {
    /// This build.
    pub const THIS: Tool = Tool {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    };
}

/// The input.
#[derive(Debug, Clone, Serialize)]
pub struct Input {
    /// The file; `None` is standard input.
    pub path: Option<String>,
    /// sha256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: usize,
    /// How it was decoded.
    pub encoding: &'static str,
    /// How it was read.
    pub format: Format,
    /// Its language.
    pub language: Lang,
    /// How sure the detector was, from 0 to 1; `None` if the user said which language it is.
    pub language_confidence: Option<f64>,
    /// How many segments it has.
    pub segments: usize,
}

/// Where the job ran.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// The device that was chosen, such as `cpu` or `cuda:0`; each model says where it computed itself.
    pub device: String,
    /// Threads.
    pub threads: usize,
    /// How language models on the CPU kept keys and values.
    pub kv_cache: KvType,
}

/// A model's provenance.
#[derive(Debug, Clone, Serialize)]
pub struct Model {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Its family.
    pub architecture: String,
    /// On which terms it may be used.
    pub licence: Licence,
    /// Where its files came from.
    pub source: String,
    /// Which revision or version of it.
    pub revision: Option<String>,
    /// Its files.
    pub files: Vec<ModelFile>,
    /// Seconds that loading took, if it was loaded.
    pub load_s: Option<f64>,
    /// Where it computed, such as `cpu` or `cuda:0`, if it was loaded.
    pub device: Option<String>,
}

/// One file of a model.
#[derive(Debug, Clone, Serialize)]
pub struct ModelFile {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// sha256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Model {
    /// The provenance of an installed model that is not loaded.
    pub fn of(installed: &Installed) -> Self {
        let manifest = &installed.manifest;
        Self {
            id: manifest.id.clone(),
            title: manifest.title.clone(),
            architecture: manifest.architecture.to_string(),
            licence: manifest.licence.clone(),
            source: installed.source.description.clone(),
            revision: installed.source.revision.clone(),
            files: installed
                .files
                .iter()
                .map(|file| ModelFile {
                    name: file.name.clone(),
                    bytes: file.size,
                    sha256: file.sha256.clone(),
                })
                .collect(),
            load_s: None,
            device: None,
        }
    }
}

/// A prompt, and how chat models drew tokens after it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PromptUsed {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// sha256 of its file, in hexadecimal.
    pub sha256: String,
    /// How tokens were drawn.
    pub sampling: Sampling,
    /// The user's cap on the tokens of one answer.
    pub max_tokens: Option<usize>,
}

/// What kind of work a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// One leg of a route.
    Translate,
    /// One summary.
    Summarize,
}

/// One piece of work of one model.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What was done.
    pub work: Work,
    /// From which language.
    pub from: Lang,
    /// Into which.
    pub to: Lang,
    /// By which model.
    pub model: String,
    /// Tokens read: prompts or source sentences.
    pub tokens_in: usize,
    /// Tokens generated.
    pub tokens_out: usize,
    /// Seconds from start to end, loading not counted.
    pub seconds: f64,
    /// Tokens generated a second.
    pub tokens_per_s: f64,
    /// Seconds spent on reading, as the engine counts them.
    pub prefill_s: f64,
    /// Seconds spent on generating, as the engine counts them.
    pub decode_s: f64,
    /// How many segments, or whether the summary, came from memory: they cost nothing.
    pub from_memory: usize,
}

impl Step {
    /// The figures of a step from the engine's timings before and after it.
    pub fn measured(
        (work, from, to): (Work, Lang, Lang),
        model: &str,
        before: Timings,
        after: Timings,
        seconds: f64,
    ) -> Self {
        let tokens_out = after.tokens_out - before.tokens_out;
        Self {
            work,
            from,
            to,
            model: model.to_string(),
            tokens_in: after.tokens_in - before.tokens_in,
            tokens_out,
            seconds,
            tokens_per_s: if seconds > 0.0 {
                tokens_out as f64 / seconds
            } else {
                0.0
            },
            prefill_s: after.prefill_s - before.prefill_s,
            decode_s: after.decode_s - before.decode_s,
            from_memory: 0,
        }
    }
}

/// One translation of the input.
#[derive(Debug, Clone, Serialize)]
pub struct Translation {
    /// Its language.
    pub language: Lang,
    /// The languages it went through, the first and the last included.
    pub route: Vec<Lang>,
    /// The models of the route.
    pub models: Vec<String>,
    /// What was measured of the route; `None` if nothing was.
    pub quality: Option<Figure>,
    /// What a reader must know if the route serves for the gist only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gist: Option<String>,
    /// Where it was written.
    pub path: Option<String>,
    /// Where it was written in other forms.
    pub also: Vec<String>,
    /// What became of links, emphasis and the like where that was in doubt.
    pub markup: Vec<MarkupIssue>,
    /// What is wrong with the translation as a whole: marks that were lost or added, and can't be laid to a segment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What became of each segment.
    pub segments: Vec<Segment>,
}

/// One translated segment.
#[derive(Debug, Clone, Serialize)]
pub struct Segment {
    /// Index of the block in the input, from 0.
    pub block: usize,
    /// Index of the segment in the block, from 0.
    pub n: usize,
    /// The source text.
    pub source: String,
    /// The translation.
    pub text: String,
    /// How many answers were judged.
    pub attempts: u32,
    /// What may be wrong with it.
    pub findings: Vec<Finding>,
    /// Which words of the translation come from which of the source, where marks had to find their words and the model
    /// shows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// How probable it is that it misleads, and which of its words are the most doubtful; `None` where nothing was
    /// translated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Whether an earlier job had made it.
    pub from_memory: bool,
    /// These answers, if there was more than one: how each came about, what each failed, which was taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Try>,
    /// The best translations at the first asking, with their scores, best first, where more than one was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

/// One summary.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Its language.
    pub language: Lang,
    /// The language of the text that it summarises: the input's own, or that of a translation.
    pub of: Lang,
    /// The model that wrote it.
    pub model: String,
    /// Where it was written.
    pub path: Option<String>,
    /// Whether an earlier job had made it.
    pub from_memory: bool,
    /// The summary itself: text, flags, attempts.
    #[serde(flatten)]
    pub summary: crate::summarize::Summary,
}

/// Something to check by hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    /// Language of the text concerned.
    pub language: Lang,
    /// Stable id of the finding.
    pub id: String,
    /// What was found.
    pub message: String,
    /// The source text concerned, if it is one segment.
    pub source: Option<String>,
    /// The text concerned, if it is one.
    pub text: Option<String>,
}

/// A result as it was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WrittenFile {
    /// Where.
    pub path: String,
    /// sha256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A path as it stands in a report.
pub fn path_text(path: &Path) -> String {
    path.display().to_string()
}
