//! In which shape a summary is: what the user may ask for, and how an answer is brought into it.

use std::str::FromStr;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::text::{Lang, sentences};
use crate::translate::clean;

/// The shape of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Running text.
    #[default]
    Paragraph,
    /// One bullet an idea.
    Bullets,
    /// One line.
    Headline,
}

impl FromStr for Style {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "paragraph" => Ok(Self::Paragraph),
            "bullets" => Ok(Self::Bullets),
            "headline" => Ok(Self::Headline),
            _ => Err(
                Error::new(ErrorKind::Usage, format!("unknown style \"{text}\""))
                    .with_hint("use paragraph, bullets or headline"),
            ),
        }
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
            Style::Bullets => {
                let bullets = answer.lines().filter_map(bullet).map(str::to_string);
                let bullets: Vec<String> = bullets.filter(|text| !text.is_empty()).collect();
                match bullets.is_empty() {
                    // The model wrote running text: each of its sentences is an idea.
                    true => cut(&bare(answer), lang),
                    false => bullets,
                }
            }
            Style::Paragraph => cut(&bare(answer), lang),
        }
    }

    /// Pieces put together.
    pub fn join<'t>(self, pieces: impl IntoIterator<Item = &'t str>) -> String {
        let pieces = pieces.into_iter();
        match self {
            Style::Bullets => {
                let bullets: Vec<String> = pieces.map(|text| format!("- {text}")).collect();
                bullets.join("\n")
            }
            Style::Paragraph | Style::Headline => pieces.collect::<Vec<_>>().join(" "),
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
