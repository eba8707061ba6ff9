//! The forms in which a check can be written.

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use super::told::{Head, Listener, Segment, Tail};
use super::{github, json, page, sarif, text};
use crate::error::{Error, Result};

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    /// For people: what was found, and a line with counts.
    Text,
    /// Every segment with its risk.
    Json,
    /// SARIF 2.1.0, for tools that show what analysers find.
    Sarif,
    /// Workflow commands by which GitHub shows findings beside the lines of a change.
    Github,
    /// Both sides in a page for a browser.
    Html,
}

impl CheckFormat {
    /// All of them.
    pub const ALL: [CheckFormat; 5] = [
        CheckFormat::Text,
        CheckFormat::Json,
        CheckFormat::Sarif,
        CheckFormat::Github,
        CheckFormat::Html,
    ];
}

impl fmt::Display for CheckFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            CheckFormat::Text => "text",
            CheckFormat::Json => "json",
            CheckFormat::Sarif => "sarif",
            CheckFormat::Github => "github",
            CheckFormat::Html => "html",
        })
    }
}

impl FromStr for CheckFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("format of a check", text, &Self::ALL)
    }
}

/// Writes a check to `out` in one of the forms.
pub struct Writer<'w> {
    out: &'w mut dyn Write,
    format: CheckFormat,
    /// Whether color may be used.
    color: bool,
    head: Option<Head>,
    /// Items written so far.
    written: usize,
    page: page::Page,
}

impl<'w> Writer<'w> {
    /// A writer; `color` says whether text may have escape sequences of a terminal.
    pub fn new(format: CheckFormat, color: bool, out: &'w mut dyn Write) -> Self {
        Self {
            out,
            format,
            color,
            head: None,
            written: 0,
            page: page::Page::default(),
        }
    }

    fn put(&mut self, text: &str) -> Result<()> {
        let failed = |error| Error::io("writing", "the result", error);
        self.out.write_all(text.as_bytes()).map_err(failed)
    }

    /// Puts an item of a list.
    fn item(&mut self, text: &str) -> Result<()> {
        let divider = if self.written > 0 { ",\n" } else { "\n" };
        self.written += 1;
        self.put(divider)?;
        self.put(text)
    }
}

impl Listener for Writer<'_> {
    fn begin(&mut self, head: &Head) -> Result<()> {
        match self.format {
            CheckFormat::Json => self.put(&json::begin(head)?)?,
            CheckFormat::Sarif => self.put(&sarif::begin(head)?)?,
            CheckFormat::Text | CheckFormat::Github | CheckFormat::Html => {}
        }
        self.head = Some(head.clone());
        Ok(())
    }

    fn segment(&mut self, segment: Segment) -> Result<()> {
        let Some(head) = &self.head else {
            return Ok(());
        };
        match self.format {
            CheckFormat::Text => {
                let text = text::segment(head, &segment, self.color);
                self.put(&text)
            }
            CheckFormat::Json => {
                let text = json::segment(&segment)?;
                self.item(&text)
            }
            CheckFormat::Sarif => {
                let results = sarif::segment(head, &segment)?;
                results.iter().try_for_each(|text| self.item(text))
            }
            CheckFormat::Github => {
                let text = github::segment(head, &segment);
                self.put(&text)
            }
            CheckFormat::Html => self.page.add(segment),
        }
    }

    fn end(&mut self, tail: &Tail) -> Result<()> {
        let Some(head) = self.head.take() else {
            return Ok(());
        };
        match self.format {
            CheckFormat::Text => self.put(&text::end(tail))?,
            CheckFormat::Json => self.put(&json::end(tail)?)?,
            CheckFormat::Sarif => {
                for result in sarif::whole(&head, tail)? {
                    self.item(&result)?;
                }
                self.put("\n]}]}\n")?;
            }
            CheckFormat::Github => self.put(&github::end(&head, tail))?,
            CheckFormat::Html => {
                let page = std::mem::take(&mut self.page);
                self.put(&page.write(&head, tail))?;
            }
        }
        let failed = |error| Error::io("writing", "the result", error);
        self.out.flush().map_err(failed)
    }
}
