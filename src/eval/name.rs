//! The metrics by the names that a user asks for them by.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::bleu::Bleu;
use super::chrf::Chrf;
use super::metric::Metric;
use super::model::{Errors, Quality};
use super::rouge::{Kind as RougeKind, Rouge};
use super::ter::Ter;
use super::tokenize::Tokenizer;
use crate::error::{Error, ErrorKind, Result};

/// A metric that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricName {
    /// BLEU.
    Bleu,
    /// chrF2.
    Chrf,
    /// chrF2++: chrF with words and pairs of words.
    ChrfPlusPlus,
    /// Translation edit rate.
    Ter,
    /// One of ROUGE.
    Rouge(RougeKind),
    /// MetricX-24 with a reference.
    Metricx,
    /// MetricX-24 without.
    MetricxQe,
    /// COMET without references.
    CometQe,
}

impl MetricName {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Bleu,
        Self::Chrf,
        Self::ChrfPlusPlus,
        Self::Ter,
        Self::Rouge(RougeKind::Grams(1)),
        Self::Rouge(RougeKind::Grams(2)),
        Self::Rouge(RougeKind::Longest),
        Self::Metricx,
        Self::MetricxQe,
        Self::CometQe,
    ];
}

impl fmt::Display for MetricName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bleu => f.pad("bleu"),
            Self::Chrf => f.pad("chrf"),
            Self::ChrfPlusPlus => f.pad("chrf++"),
            Self::Ter => f.pad("ter"),
            Self::Rouge(kind) => kind.fmt(f),
            Self::Metricx => f.pad("metricx-24"),
            Self::MetricxQe => f.pad("metricx-24-qe"),
            Self::CometQe => f.pad("comet-qe"),
        }
    }
}

/// A metric as it is asked for: `bleu`, or `comet-qe=FOLDER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    name: MetricName,
    /// Where the model is.
    folder: Option<PathBuf>,
}

impl FromStr for Wanted {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, folder) = match text.split_once('=') {
            Some((name, folder)) => (name, Some(PathBuf::from(folder))),
            None => (text, None),
        };
        let name = match name {
            "wmt20-comet-qe-da" => MetricName::CometQe,
            name => Error::one_of("metric", name, &MetricName::ALL)?,
        };
        let is_model = matches!(
            name,
            MetricName::Metricx | MetricName::MetricxQe | MetricName::CometQe
        );
        match (is_model, &folder) {
            (true, None) => {
                let message = format!("the metric {name} is a model");
                Err(Error::new(ErrorKind::Usage, message)
                    .with_hint(format!("say in which folder it is: {name}=FOLDER")))
            }
            (false, Some(_)) => {
                let message = format!("the metric {name} is no model and has no folder");
                Err(Error::new(ErrorKind::Usage, message).with_hint(format!("say {name} alone")))
            }
            _ => Ok(Self { name, folder }),
        }
    }
}

impl Wanted {
    /// The metric; `tokenizer` is for BLEU, `stem` for ROUGE, `threads` for models.
    ///
    /// # Errors
    /// What `tokenizer` says; as [`crate::engine::Metricx::open`] and [`crate::engine::Comet::open`].
    pub fn open(
        &self,
        tokenizer: impl FnOnce() -> Result<Tokenizer>,
        stem: bool,
        threads: usize,
    ) -> Result<Box<dyn Metric>> {
        let folder = self.folder.clone().unwrap_or_default();
        let metric: Box<dyn Metric> = match self.name {
            MetricName::Bleu => Box::new(Bleu::new(tokenizer()?)),
            MetricName::Chrf => Box::new(Chrf::new(0)),
            MetricName::ChrfPlusPlus => Box::new(Chrf::new(2)),
            MetricName::Ter => Box::new(Ter),
            MetricName::Rouge(kind) => Box::new(Rouge::new(kind, stem)),
            MetricName::Metricx => Box::new(Errors::open(&folder, threads, true)?),
            MetricName::MetricxQe => Box::new(Errors::open(&folder, threads, false)?),
            MetricName::CometQe => Box::new(Quality::open(&folder, threads)?),
        };
        Ok(metric)
    }
}
