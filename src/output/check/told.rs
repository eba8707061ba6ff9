//! What is said of a check: what was compared, each segment, counts; and who hears of it.

use serde::Serialize;

use crate::article::BlockKind;
use crate::checks::{Finding, Severity};
use crate::error::Result;
use crate::output::report::{Model, Tool};
use crate::risk::{Doubt, Level};
use crate::text::{Lang, counted};

/// What was compared, and how.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    /// `traghetto-check/1`; `check.schema.json` describes it.
    pub schema: &'static str,
    /// Who checked.
    pub tool: Tool,
    /// The source.
    pub source: Side,
    /// The translation.
    pub translation: Side,
    /// How the segments were found.
    pub pairing: Pairing,
    /// What the risk is joined from.
    pub signals: Vec<Signal>,
    /// The models that took part.
    pub models: Vec<Model>,
}

impl Head {
    /// The version of the JSON form.
    pub const SCHEMA: &'static str = "traghetto-check/1";
}

/// One side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The file; `None` is standard input or a text in memory.
    pub path: Option<String>,
    /// Its language.
    pub language: Lang,
    /// How sure the detector was, from 0 to 1; `None` if the user or the file says which language it is.
    pub language_confidence: Option<f64>,
}

/// How segments and their translations were brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pairing {
    /// A line is a segment.
    Lines,
    /// One file has both.
    Units,
    /// By the alignment of sentences.
    Sentences,
}

/// What a risk is joined from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Findings of the rules, length, words that were copied.
    Rules,
    /// Likeness of both sides by embeddings.
    Embeddings,
    /// How probable a language model holds the translation.
    Probabilities,
}

/// A segment, its translation, and what is to be said of it.
#[derive(Debug, Clone)]
pub struct Segment {
    /// From 1.
    pub n: usize,
    /// What a bilingual file calls it.
    pub id: Option<String>,
    /// The source.
    pub source: String,
    /// The translation.
    pub translation: String,
    /// Line of the source in its file, from 1; `None` if the source has nothing.
    pub source_line: Option<usize>,
    /// Line of the translation.
    pub translation_line: Option<usize>,
    /// Its block, for the page.
    pub block: usize,
    /// What it is, for the page.
    pub kind: BlockKind,
    /// How probable it is that it misleads.
    pub risk: f32,
    /// What that and the findings mean for a reader.
    pub level: Level,
    /// What may be wrong.
    pub findings: Vec<Finding>,
    /// The most doubtful words of the translation.
    pub words: Vec<Doubt>,
    /// The words of the source that are most likely to have no counterpart.
    pub source_words: Vec<Doubt>,
}

/// What there is to say at the end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tail {
    /// What is wrong with the translation as a whole.
    pub findings: Vec<Finding>,
    /// Counts.
    pub summary: Summary,
    /// What was noticed of the inputs.
    pub warnings: Vec<String>,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// Counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Segments.
    pub segments: usize,
    /// Those of the level `check`.
    pub check: usize,
    /// Those of the level `wrong`.
    pub wrong: usize,
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
}

impl Summary {
    /// Counts a segment.
    pub fn add(&mut self, segment: &Segment) {
        self.segments += 1;
        match segment.level {
            Level::Fine => {}
            Level::Check => self.check += 1,
            Level::Wrong => self.wrong += 1,
        }
        self.count(&segment.findings);
    }

    /// Counts findings.
    pub fn count(&mut self, findings: &[Finding]) {
        let of = |severity: Severity| {
            let found = findings.iter();
            found.filter(move |one| one.severity == severity).count()
        };
        self.errors += of(Severity::Error);
        self.warnings += of(Severity::Warning);
    }
}

/// `40 segments, 3 to check, 2 wrong`.
impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let segments = counted(self.segments, "segment");
        write!(
            f,
            "{segments}, {} to check, {} wrong",
            self.check, self.wrong
        )
    }
}

/// Hears of a check as it goes on.
pub trait Listener {
    /// What is compared.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if it can't be passed on; the check ends.
    fn begin(&mut self, head: &Head) -> Result<()>;

    /// The next segment.
    ///
    /// # Errors
    /// As for [`Listener::begin`].
    fn segment(&mut self, segment: Segment) -> Result<()>;

    /// All segments are through.
    ///
    /// # Errors
    /// As for [`Listener::begin`].
    fn end(&mut self, tail: &Tail) -> Result<()>;
}
