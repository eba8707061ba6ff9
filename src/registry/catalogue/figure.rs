//! Measured figures: how good a model's translations of one pair of languages were found, by whom and on what.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was measured of one way between two languages. An estimate is none: a way without a figure was not measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// BLEU, from 0 to 100, as sacreBLEU counts it by default.
    pub bleu: f64,
    /// chrF2, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chrf: Option<f64>,
    /// What was translated, such as `FLORES-dev, lines 1 to 60`.
    pub set: String,
    /// Who measured it, with what.
    pub source: String,
    /// When it was measured, or read where its maker published it: `2026-11-27`.
    pub date: String,
    /// Id of the model that made the pivot's text, where the way has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Below this chrF a reader learns what a text is about, and is misled about half of what it says: of 60 lines judged by
/// hand, 37 into French (46.5) and 46 into German (41.5) mislead, of those into English (56.1) 15.
const GIST: f64 = 50.0;

impl Figure {
    /// Whether such a translation is for the gist only.
    pub fn is_gist(&self) -> bool {
        self.chrf.is_some_and(|chrf| chrf < GIST)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BLEU {:.1}", self.bleu)?;
        match self.chrf {
            Some(chrf) => write!(f, ", chrF {chrf:.1}"),
            None => Ok(()),
        }
    }
}
