//! Pairs on their way to be judged, and what their sides are checked for before.

use std::fmt;
use std::str::FromStr;

use crate::article::BlockKind;
use crate::checks::Finding;
use crate::error::{Error, ErrorKind, Result};
use crate::output::check::{Pairing, Side};
use crate::text::{Lang, Span, composed, detect};

/// How lines of plain text are brought together (`--align`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum How {
    /// Line by line if both sides have as many, of such lengths that they can correspond, else by the alignment of
    /// sentences.
    #[default]
    Auto,
    /// Line by line.
    Lines,
    /// By the alignment of sentences.
    Sentences,
}

impl How {
    const ALL: [Self; 3] = [Self::Auto, Self::Lines, Self::Sentences];
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::Lines => "lines",
            Self::Sentences => "sentences",
        })
    }
}

impl FromStr for How {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("way to align", text, &Self::ALL)
    }
}

/// A source and what is held to be its translation.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub id: Option<String>,
    pub source: String,
    pub target: String,
    /// Where both stand, from 1; `None` where there is nothing.
    pub lines: (Option<usize>, Option<usize>),
    /// What of the source must come back letter for letter.
    pub kept: Vec<Span>,
    pub block: usize,
    pub kind: BlockKind,
    /// Whether an alignment found no counterpart for what there is.
    pub is_alone: bool,
}

impl Pair {
    /// A pair that stands in the same line of both sides. Letters and their accents become one character.
    pub(super) fn line(line: usize, source: String, target: String) -> Self {
        Self {
            id: None,
            source: composed(&source).into_owned(),
            target: composed(&target).into_owned(),
            lines: (Some(line), Some(line)),
            kept: Vec::new(),
            block: line,
            kind: BlockKind::Paragraph,
            is_alone: false,
        }
    }
}

/// Both sides, ready to be judged.
pub(super) struct Opened<'a> {
    pub sides: (Side, Side),
    pub pairing: Pairing,
    pub pairs: Box<dyn Iterator<Item = Result<Pair>> + 'a>,
    /// What is wrong with the whole.
    pub findings: Vec<Finding>,
    /// What was noticed of the inputs.
    pub warnings: Vec<String>,
}

/// From so much confidence on a language is taken for another than was said.
const SURE: f64 = 0.9;

/// The language of a side: the one that was said, else that of a `sample` of its text. The `flag` says it. If the sample
/// speaks against what was said, that is a warning.
///
/// # Errors
/// [`ErrorKind::Input`] if nobody says it and the sample doesn't tell.
pub(super) fn side(
    path: Option<String>,
    said: Option<Lang>,
    sample: &str,
    flag: &str,
    warnings: &mut Vec<String>,
) -> Result<Side> {
    let name = path.clone().unwrap_or_else(|| "the text".to_owned());
    let found = detect(sample);
    let percent = (found.confidence * 100.0).round();
    let (language, confidence) = match (said, found.lang) {
        (Some(said), Some(other))
            if other != said && !found.doubtful && found.confidence >= SURE =>
        {
            warnings.push(format!(
                "{name} looks like {} ({percent}% sure), not {}; say with {flag} what it is in",
                other.name(),
                said.name()
            ));
            (said, None)
        }
        (Some(said), _) => (said, None),
        (None, Some(lang)) => {
            if found.doubtful {
                warnings.push(format!(
                    "{name} looks like {}, but that is doubtful ({percent}% sure); say it with {flag}",
                    lang.name()
                ));
            }
            (lang, Some(found.confidence))
        }
        (None, None) => {
            let message = format!("{name}: there is too little text to tell its language");
            return Err(Error::new(ErrorKind::Input, message)
                .with_hint(format!("say it with {flag}, such as {flag} en")));
        }
    };
    Ok(Side {
        path,
        language,
        language_confidence: confidence,
    })
}

/// Refuses sides in one language, unless the user has said so of both.
///
/// # Errors
/// [`ErrorKind::Usage`] if they are.
pub(super) fn differ((source, translation): (&Side, &Side)) -> Result<()> {
    let is_guess = |side: &Side| side.language_confidence.is_some();
    if source.language == translation.language && (is_guess(source) || is_guess(translation)) {
        let message = format!("both sides are in {}", source.language.name());
        return Err(Error::new(ErrorKind::Usage, message)
            .with_hint("say with --from and --to what they are in, if that was mistaken"));
    }
    Ok(())
}

/// A text to tell a language by, of the first pieces of a side.
pub(super) fn sample<'a>(pieces: impl Iterator<Item = &'a str>) -> String {
    const ENOUGH: usize = 16 * 1024;
    let mut sample = String::new();
    for piece in pieces {
        sample.push_str(piece);
        sample.push('\n');
        if sample.len() > ENOUGH {
            break;
        }
    }
    sample
}
