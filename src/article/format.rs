//! How an article is written.

use std::path::Path;
use std::str::FromStr;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};

/// How an article is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Plain text: a line is a paragraph.
    Text,
    /// Markdown: CommonMark with tables, footnotes, strikethrough and task lists.
    Markdown,
    /// HTML: a page or a piece of one.
    Html,
    /// SubRip subtitles.
    Srt,
    /// WebVTT subtitles.
    Vtt,
}

impl Format {
    const ALL: [Format; 5] = [
        Format::Text,
        Format::Markdown,
        Format::Html,
        Format::Srt,
        Format::Vtt,
    ];

    /// By the file's extension; a file of an unknown one is text.
    pub fn from_path(path: &Path) -> Format {
        Format::known(path).unwrap_or(Format::Text)
    }

    /// By the file's extension, if it is one that is known; a file without one is text.
    pub fn known(path: &Path) -> Option<Format> {
        let extension = path.extension().unwrap_or_default();
        let extension = extension.to_string_lossy().to_lowercase();
        match extension.as_str() {
            "md" | "markdown" | "mdown" | "mkd" | "mkdn" | "mdx" | "qmd" | "rmd" => {
                Some(Format::Markdown)
            }
            "html" | "htm" | "xhtml" => Some(Format::Html),
            "srt" => Some(Format::Srt),
            "vtt" => Some(Format::Vtt),
            "" | "txt" | "text" | "asc" | "log" | "eml" => Some(Format::Text),
            _ => None,
        }
    }

    /// The name that `--input-format` takes.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Markdown => "markdown",
            Format::Html => "html",
            Format::Srt => "srt",
            Format::Vtt => "vtt",
        }
    }

    /// The extension of a file of this format, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Text => "txt",
            Format::Markdown => "md",
            Format::Html => "html",
            Format::Srt => "srt",
            Format::Vtt => "vtt",
        }
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Format::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("unknown format \"{text}\""))
                .with_hint("use text, markdown, html, srt or vtt")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell_the_format() {
        for (name, format) in [
            ("a.mdx", Some(Format::Markdown)),
            ("a.MKD", Some(Format::Markdown)),
            ("a.qmd", Some(Format::Markdown)),
            ("README", Some(Format::Text)),
            ("a.txt", Some(Format::Text)),
            ("a.tex", None),
            ("a.htm", Some(Format::Html)),
        ] {
            assert_eq!(Format::known(Path::new(name)), format, "{name}");
        }
    }
}
