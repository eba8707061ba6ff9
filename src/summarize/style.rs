//! In which shape a summary is: what the user may ask for, and how an answer is brought into it.

use std::str::FromStr;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::text::{Lang, sentences};
use crate::translate::clean;

/// The shape of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// Running text.
    #[default]
    Paragraph,
    /// One bullet an idea.
    Bullets,
    /// One line.
    Headline,
    /// The opening of a report: who did what, when and where, in a sentence or two.
    Lead,
    /// One bullet a fact: figures, dates, names.
    KeyFacts,
}

impl Style {
    const ALL: [(&str, Self); 5] = [
        ("paragraph", Self::Paragraph),
        ("bullets", Self::Bullets),
        ("headline", Self::Headline),
        ("lead", Self::Lead),
        ("key-facts", Self::KeyFacts),
    ];

    /// Name of the built-in prompt that asks for it.
    pub fn prompt(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            _ => "summarize",
        }
    }

    /// Whether each sentence stands on a line of its own.
    fn is_list(self) -> bool {
        matches!(self, Self::Bullets | Self::KeyFacts)
    }
}

impl FromStr for Style {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|(name, _)| *name == text);
        known.map(|(_, style)| style).ok_or_else(|| {
            let names = Self::ALL.map(|(name, _)| name).join(", ");
            Error::new(ErrorKind::Usage, format!("unknown style \"{text}\""))
                .with_hint(format!("it is one of {names}"))
        })
    }
}

/// How sure a summary's sentences must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// As the model wrote them.
    Off,
    /// The rules hold each against the article; what it doesn't support gives way to the article's own sentence.
    #[default]
    Rules,
}

impl FromStr for Verify {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "off" => Ok(Self::Off),
            "rules" => Ok(Self::Rules),
            _ => Err(
                Error::new(ErrorKind::Usage, format!("unknown verification \"{text}\""))
                    .with_hint("use off or rules"),
            ),
        }
    }
}

impl Style {
    /// The pieces of an answer, a sentence or bullet each, without the marks before them.
    pub(super) fn pieces(self, answer: &str, lang: Lang) -> Vec<String> {
        let bare = |text: &str| clean(text, "", lang.name());
        match self {
            Style::Headline => {
                let line = answer.lines().find(|line| !line.trim().is_empty());
                let line = bare(line.unwrap_or_default());
                let line = line.trim_start_matches(['#', '*', ' ']);
                let line = line.trim_end_matches('*').to_string();
                Vec::from_iter((!line.is_empty()).then_some(line))
            }
            _ if self.is_list() => {
                let bullets = answer.lines().filter_map(bullet).map(str::to_string);
                let bullets: Vec<String> = bullets.filter(|text| !text.is_empty()).collect();
                match bullets.is_empty() {
                    // The model wrote running text: each of its sentences is an idea.
                    true => cut(&bare(answer), lang),
                    false => bullets,
                }
            }
            _ => cut(&bare(answer), lang),
        }
    }

    /// Pieces put together; what has no mark at its end, such as a verse or an item of a list, is a line of its own.
    pub fn join<'t>(self, pieces: impl IntoIterator<Item = &'t str>) -> String {
        let pieces = pieces.into_iter();
        match self.is_list() {
            true => {
                let bullets: Vec<String> = pieces.map(|text| format!("- {text}")).collect();
                bullets.join("\n")
            }
            false => pieces.fold(String::new(), |mut text, piece| {
                if !text.is_empty() {
                    let is_open = text.ends_with(char::is_alphanumeric);
                    text.push(if is_open { '\n' } else { ' ' });
                }
                text + piece
            }),
        }
    }
}

fn cut(text: &str, lang: Lang) -> Vec<String> {
    let spans = sentences(text, Some(lang));
    spans.iter().map(|span| span.of(text).to_string()).collect()
}

/// The text of a line that a model wrote as a bullet or a numbered item.
fn bullet(line: &str) -> Option<&str> {
    let line = line.trim();
    for mark in ["- ", "* ", "• ", "– "] {
        if let Some(text) = line.strip_prefix(mark) {
            return Some(text.trim());
        }
    }
    let digits = line.find(|c: char| !c.is_ascii_digit())?;
    let rest = &line[digits..];
    (digits > 0)
        .then(|| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
        .flatten()
        .map(str::trim)
}
