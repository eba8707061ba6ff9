//! How much is done about a translation with findings, and how an answer came about.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How much is done about a translation with findings (`--repair`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Repair {
    /// Nothing: the model gets the text as it stands, also with characters that it lacks, and findings are reported.
    Off,
    /// The cheap steps: one more answer for such a segment, two if it has an error; of the riskiest another route's, if the
    /// models at work have one.
    #[default]
    Auto,
    /// Every step, also another model that is here.
    Thorough,
}

impl Repair {
    const ALL: [Self; 3] = [Self::Off, Self::Auto, Self::Thorough];
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Off => "off",
            Self::Auto => "auto",
            Self::Thorough => "thorough",
        })
    }
}

impl FromStr for Repair {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("repair", text, &Self::ALL)
    }
}

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Asked plainly.
    First,
    /// Drawn beside the first one, to choose among several.
    Candidate,
    /// With repeated words forbidden.
    NoRepeat,
    /// With a prompt that names what went wrong.
    Named,
    /// With a prompt that is about little else.
    Insisted,
    /// Drawn more freely.
    Sampled,
    /// Clause by clause.
    Clauses,
    /// In small letters, so that no label is taken for a name.
    Lowered,
    /// Without words in the places of placeholders and of the glossary's terms.
    Unprotected,
    /// By another model or another route.
    OtherModel,
}
