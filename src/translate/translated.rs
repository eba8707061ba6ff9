//! What comes back of a segment, and the news on the way.

use serde::{Deserialize, Serialize};

use super::repair::Way;
use crate::checks::{CheckId, Finding};
use crate::engine::Alternative;
use crate::risk::Risk;
use crate::text::Link;

/// What became of one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Translated {
    /// The translation.
    pub text: String,
    /// What may be wrong with it; empty if nothing was noticed.
    pub findings: Vec<Finding>,
    /// How many answers were judged; 0 if no model was asked: the segment has nothing to translate, or is a
    /// phrase that is known.
    pub attempts: u32,
    /// These answers, in order, if there was more than one.
    pub tries: Vec<Try>,
    /// The best translations with their scores, best first, where the model was asked for more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// The log-probability of each word ([`crate::text::words`]) by the model that wrote it; empty if it doesn't tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sureness: Vec<f32>,
    /// Which of its words come from which of the source, where that was wanted and the model shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// How probable it is that it misleads; `None` before that was judged, and where nothing was translated.
    #[serde(skip)]
    pub risk: Option<Risk>,
}

impl Translated {
    /// What no model made.
    pub fn without_model(text: String, findings: Vec<Finding>) -> Self {
        Self {
            text,
            findings,
            attempts: 0,
            tries: Vec::new(),
            alternatives: Vec::new(),
            sureness: Vec::new(),
            links: Vec::new(),
            risk: None,
        }
    }
}

/// One of several answers for a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// How it came about.
    pub way: Way,
    /// The answer.
    pub text: String,
    /// What may be wrong with it.
    pub findings: Vec<CheckId>,
    /// Whether it was taken.
    pub chosen: bool,
}

/// News of a translation under way. Segments become final out of order.
#[derive(Debug)]
pub enum Update<'a> {
    /// More raw text of a segment's first attempt; what becomes final may differ.
    Partial {
        /// Index of the segment.
        segment: usize,
        /// The new text.
        text: &'a str,
    },
    /// A segment is done.
    Final {
        /// Index of the segment.
        segment: usize,
        /// Its translation.
        translated: &'a Translated,
    },
}
