//! Articles: plain text and Markdown in, the same structure out.
//!
//! An [`Article`] is its source text and a list of [`Block`]s with their places in it. What is to be translated is cut
//! into [`Segment`]s, one a sentence; [`Article::reassemble`] copies the source and puts translations in the place of
//! their segments. So whatever isn't translated (front matter, code, URLs, link definitions, HTML, table rules, list
//! bullets, line ends, white space between sentences) comes back byte for byte.
//!
//! A translator sees clean text: [`Segment::text`] has no marks, because models mangle placeholders and asterisks.
//! [`Segment::restore`] projects the marks onto the translation: on the same words where names, numbers and cognates
//! show them, else on the proportional place, always at word borders; code, URLs and addresses, which are part of the
//! text, are sought letter for letter. Special characters of the translation are escaped, the result is parsed again,
//! and what can't be kept well-formed is left out. Whatever was guessed, inserted or dropped is reported as a
//! [`MarkupIssue`]. A mark around whole sentences needs none of this: it stays in the source around them.

mod decode;
mod escape;
mod flow;
mod front;
mod markdown;
mod plain;
mod project;
mod restore;

use std::path::Path;

use serde::Serialize;

pub use decode::{Decoded, decode};

use crate::text::{Lang, Span};
use flow::{Flow, Mark};

/// How an article is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Plain text: a line is a paragraph.
    Text,
    /// Markdown: CommonMark with tables, footnotes, strikethrough and task lists.
    Markdown,
}

impl Format {
    /// By the file's extension: `.md` and `.markdown` are Markdown, anything else is text.
    pub fn from_path(path: &Path) -> Format {
        let extension = path.extension().unwrap_or_default();
        match extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown") {
            true => Format::Markdown,
            false => Format::Text,
        }
    }

    /// The extension of a file of this format, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Text => "txt",
            Format::Markdown => "md",
        }
    }
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// A heading of this level; in plain text a short line that stands alone, the article's first being of level 1.
    Heading(u8),
    /// Running text.
    Paragraph,
    /// Running text in a list.
    ListItem,
    /// Running text in a block quote.
    Quote,
    /// A cell of a table.
    TableCell,
    /// A code block; kept.
    Code,
    /// YAML or TOML at the head; kept.
    FrontMatter,
    /// A line or the beginning of a line at the head such as `date 2022-11`; kept.
    Metadata,
    /// An empty line of plain text.
    Blank,
    /// HTML or a rule; kept.
    Raw,
}

/// A piece of an article.
#[derive(Debug, Clone)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Where it stands in the source.
    pub span: Span,
    flow: Option<Flow>,
}

impl Block {
    /// The running text without markup; `None` for a block that is kept as it is.
    pub fn text(&self) -> Option<&str> {
        self.flow.as_ref().map(|flow| flow.text.as_str())
    }
}

/// Names a segment: the index of its block in [`Article::blocks`] and its number in the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct SegmentId {
    /// Index of the block.
    pub block: usize,
    /// From 0.
    pub n: usize,
}

/// A piece to translate: a sentence, or several where a mark goes over their border.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Its name.
    pub id: SegmentId,
    /// What it is a part of.
    pub kind: BlockKind,
    /// What a translation replaces in the source.
    pub span: Span,
    /// What to translate: one line without markup, with code and URLs verbatim.
    pub text: String,
    /// `span` of the source.
    source: String,
    marks: Vec<Mark>,
    markdown: bool,
}

/// What happened to a mark in a translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkupIssue {
    /// Where, unless it is the article as a whole.
    pub segment: Option<SegmentId>,
    /// What.
    pub kind: MarkupIssueKind,
    /// The mark as the source has it, `[…](https://example.org)` for a link.
    pub mark: String,
}

/// See [`MarkupIssue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkupIssueKind {
    /// The mark was kept, but on which words is a guess from their place in the sentence.
    Guessed,
    /// Code, a URL or an address was lost or changed in translation, and was put back at about its place.
    Reinserted,
    /// The mark could not be kept; the words it was on are there.
    Dropped,
    /// The translation was empty, and the source was kept.
    Empty,
    /// The blocks of the result are not those of the source.
    Structure,
}

/// A text to translate or to summarise. Immutable.
#[derive(Debug, Clone)]
pub struct Article {
    text: String,
    format: Format,
    /// Where the part behind front matter and metadata begins.
    body: usize,
    blocks: Vec<Block>,
}

impl Article {
    /// Reads an article; any text is one.
    pub fn parse(text: String, format: Format) -> Article {
        let mut blocks = Vec::new();
        let body = front::read(&text, &mut blocks);
        match format {
            Format::Text => plain::read(&text, body, &mut blocks),
            Format::Markdown => markdown::read(&text, body, &mut blocks),
        }
        Article {
            text,
            format,
            body,
            blocks,
        }
    }

    /// The source text.
    pub fn source(&self) -> &str {
        &self.text
    }

    /// How it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The blocks in order. They don't overlap; between them stand only white space and marks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The first heading of level 1.
    pub fn title(&self) -> Option<&str> {
        let title = self.blocks.iter().find(|b| b.kind == BlockKind::Heading(1));
        title.and_then(Block::text).map(str::trim)
    }

    /// The running text without markup, code and front matter; a blank line between paragraphs, one line a list item,
    /// cell or line of plain text.
    pub fn plain_text(&self) -> String {
        let mut plain = String::new();
        let mut before: Option<&Block> = None;
        for block in &self.blocks {
            let Some(text) = block.text() else {
                before = None;
                continue;
            };
            if text.trim().is_empty() {
                continue;
            }
            let close = before.is_some_and(|b| {
                let same = b.kind == block.kind;
                self.format == Format::Text
                    || same && matches!(b.kind, BlockKind::ListItem | BlockKind::TableCell)
            });
            if !plain.is_empty() {
                plain.push_str(if close { "\n" } else { "\n\n" });
            }
            plain.push_str(text.trim());
            before = Some(block);
        }
        plain
    }

    /// What is to be translated, in order. `lang` is the language of the article, for its abbreviations.
    pub fn segments(&self, lang: Option<Lang>) -> Vec<Segment> {
        let markdown = self.format == Format::Markdown;
        let mut segments = Vec::new();
        for (i, block) in self.blocks.iter().enumerate() {
            if let Some(flow) = &block.flow {
                flow.segments(i, block.kind, markdown, &self.text, lang, &mut segments);
            }
        }
        segments
    }

    /// The article with translations in the place of segments; a segment without one keeps its source.
    pub fn reassemble<'a>(
        &self,
        translated: impl IntoIterator<Item = (&'a Segment, &'a str)>,
    ) -> (String, Vec<MarkupIssue>) {
        let mut translated: Vec<_> = translated.into_iter().collect();
        translated.sort_by_key(|(segment, _)| segment.span.start);
        let mut out = String::with_capacity(self.text.len());
        let mut issues = Vec::new();
        let mut at = 0;
        for (segment, text) in translated {
            // A segment given twice: the first counts.
            let Some(between) = self.text.get(at..segment.span.start) else {
                continue;
            };
            out.push_str(between);
            let (restored, found) = segment.restore(text);
            out.push_str(&restored);
            issues.extend(found);
            at = segment.span.end;
        }
        out.push_str(&self.text[at..]);
        if self.format == Format::Markdown {
            let before = markdown::skeleton(&self.text, self.body);
            if !before.eq(markdown::skeleton(&out, self.body)) {
                issues.push(MarkupIssue {
                    segment: None,
                    kind: MarkupIssueKind::Structure,
                    mark: String::new(),
                });
            }
        }
        (out, issues)
    }
}
