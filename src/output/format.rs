//! The forms in which a translation can be written.

use std::str::FromStr;

use super::bilingual::Bilingual;
use super::{html, markdown, tmx, tsv};
use crate::error::{Error, ErrorKind, Result};

/// A form other than the article's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// Source and translation side by side in a page for a browser.
    BilingualHtml,
    /// Source and translation side by side in a Markdown table.
    BilingualMarkdown,
    /// Tab-separated values, one line a segment.
    Tsv,
    /// A translation memory for other tools.
    Tmx,
    /// The report: segments, findings, provenance and figures.
    Json,
}

impl OutputFormat {
    /// All of them.
    pub const ALL: [OutputFormat; 5] = [
        OutputFormat::BilingualHtml,
        OutputFormat::BilingualMarkdown,
        OutputFormat::Tsv,
        OutputFormat::Tmx,
        OutputFormat::Json,
    ];

    /// The name that `--format` takes.
    pub fn name(self) -> &'static str {
        match self {
            OutputFormat::BilingualHtml => "bilingual-html",
            OutputFormat::BilingualMarkdown => "bilingual-md",
            OutputFormat::Tsv => "tsv",
            OutputFormat::Tmx => "tmx",
            OutputFormat::Json => "json",
        }
    }

    /// What a file's name ends with, after the language: without the leading dot.
    pub fn extension(self) -> &'static str {
        match self {
            OutputFormat::BilingualHtml => "bilingual.html",
            OutputFormat::BilingualMarkdown => "bilingual.md",
            OutputFormat::Tsv => "tsv",
            OutputFormat::Tmx => "tmx",
            OutputFormat::Json => "json",
        }
    }

    /// Writes a translation in this form.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the report can't be written as JSON.
    pub fn render(self, view: &Bilingual<'_>) -> Result<String> {
        Ok(match self {
            OutputFormat::BilingualHtml => html::page(view),
            OutputFormat::BilingualMarkdown => markdown::table(view),
            OutputFormat::Tsv => tsv::table(view.translation),
            OutputFormat::Tmx => tmx::translation(view.translation, view.report.input.language),
            OutputFormat::Json => view.report.to_json()?,
        })
    }
}

impl FromStr for OutputFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            let hint = match text {
                "text" | "markdown" | "html" | "srt" | "vtt" => {
                    "the format of the input is named with --input-format".to_string()
                }
                _ => format!("use one of {}", known.join(", ")),
            };
            Error::new(ErrorKind::Usage, format!("unknown format \"{text}\"")).with_hint(hint)
        })
    }
}
