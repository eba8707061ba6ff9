//! Articles: plain text, Markdown, HTML and subtitles in, the same structure out.
//!
//! An [`Article`] is its source text and a list of [`Block`]s with their places in it. What is to be translated is cut
//! into [`Segment`]s, one a sentence; [`Article::reassemble`] copies the source and puts translations in the place of
//! their segments. So whatever isn't translated (front matter, code, URLs, link definitions, HTML, table rules, list
//! bullets, line ends, white space between sentences) comes back byte for byte.
//!
//! A translator sees clean text: [`Segment::text`] has no marks, because models mangle placeholders and asterisks.
//! [`Segment::restore`] projects the marks onto the translation: on the words that come from theirs where links say it, on the
//! same words where names, numbers and cognates show them, else on the proportional place, always at word borders; code, URLs and addresses, which are part of the
//! text, are sought letter for letter. Special characters of the translation are escaped, the result is parsed again,
//! and what can't be kept well-formed is left out. Whatever was guessed, inserted or dropped is reported as a
//! [`MarkupIssue`]. A mark around whole sentences needs none of this: it stays in the source around them.

mod anchors;
mod assemble;
mod beside;
mod characters;
mod columns;
mod common;
mod cue_tags;
mod cut;
mod decode;
mod dialect;
mod escape;
mod extract;
mod flow;
mod format;
mod front;
mod head;
mod html;
mod hyphens;
mod inline;
mod issue;
mod kept;
mod labels;
mod lost;
mod markdown;
mod modules;
mod notes;
mod place;
mod plain;
mod project;
mod restore;
mod signs;
mod spaces;
mod subtitles;
mod tags;
mod verbatim;
mod wrap;
mod write;

use std::collections::BTreeSet;

use serde::Serialize;

pub use decode::{Decoded, decode};
pub use extract::extract;
pub use format::Format;
pub use html::declared_encoding;
pub use issue::{MarkupIssue, MarkupIssueKind};
pub use kept::Kept;
pub use labels::relabel;
pub use lost::{Difference, lost, lost_in};
pub use wrap::{Unwrap, Unwrapped, unwrap};

use crate::text::{Lang, Span};
use flow::{Flow, Mark};

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
    /// Text within the markup of other blocks, behind which these stand: the description of an image, a title.
    Label,
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
    /// `span` of the source, where that isn't `text`: a long text has many segments.
    source: Option<String>,
    marks: Vec<Mark>,
    format: Format,
    /// Words that stand here with capitals and elsewhere in the article without, if it is short: no names.
    common: Vec<String>,
}

impl Segment {
    /// The words of a short one that stand in it with capitals, and elsewhere in the article in small letters.
    pub fn common(&self) -> &[String] {
        &self.common
    }
}

/// A text to translate or to summarise. Immutable.
#[derive(Debug, Clone)]
pub struct Article {
    text: String,
    format: Format,
    /// Where the part behind front matter and metadata begins.
    body: usize,
    blocks: Vec<Block>,
    /// The width to which the lines of plain text are broken, in characters.
    width: Option<usize>,
}

impl Article {
    /// Reads an article; any text is one.
    pub fn parse(text: String, format: Format) -> Article {
        let mut blocks = Vec::new();
        let body = match format {
            Format::Text | Format::Markdown => {
                front::read(&text, format == Format::Text, &mut blocks)
            }
            Format::Html | Format::Srt | Format::Vtt => 0,
        };
        match format {
            Format::Text => plain::read(&text, body, &mut blocks),
            Format::Markdown => markdown::read(&text, body, &mut blocks),
            Format::Html => {
                let all = Span {
                    start: 0,
                    end: text.len(),
                };
                html::read(&text, all, &mut blocks);
            }
            Format::Srt => subtitles::read(&text, false, &mut blocks),
            Format::Vtt => subtitles::read(&text, true, &mut blocks),
        }
        add_labels(&text, body, format, &mut blocks);
        Article {
            text,
            format,
            body,
            blocks,
            width: None,
        }
    }

    /// The article, of which the lines of plain text are broken to `width` characters when it is written.
    pub fn broken_at(mut self, width: usize) -> Self {
        self.width = Some(width).filter(|_| self.format == Format::Text);
        self
    }

    /// The article, in which text within markup is kept: descriptions of images, titles and the like.
    pub fn without_labels(mut self) -> Self {
        self.blocks.retain(|block| block.kind != BlockKind::Label);
        self
    }

    /// Whether what is written of a segment is final when that segment is: nothing before it changes with what comes
    /// later.
    pub fn is_final_by_segment(&self) -> bool {
        let labels = self
            .blocks
            .last()
            .is_some_and(|block| block.kind == BlockKind::Label);
        let anchors = self.format == Format::Markdown && anchors::may_have(&self.text);
        let early = !labels && !anchors && self.width.is_none() && !self.has_columns();
        early && !matches!(self.format, Format::Html | Format::Vtt)
    }

    /// Whether it is plain text with columns, which are set when all of it is there.
    fn has_columns(&self) -> bool {
        self.format == Format::Text && columns::may_have(&self.text[self.body..])
    }

    /// The source text.
    pub fn source(&self) -> &str {
        &self.text
    }

    /// How it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The blocks in order. They don't overlap; between them stand only white space and marks. [`BlockKind::Label`]s come
    /// last, and lie within marks.
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
            let Some(text) = block.text().filter(|_| block.kind != BlockKind::Label) else {
                before = None;
                continue;
            };
            if text.trim().is_empty() {
                continue;
            }
            let close = before.is_some_and(|b| {
                let same = b.kind == block.kind;
                matches!(self.format, Format::Text | Format::Srt | Format::Vtt)
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
        let mut segments = Vec::new();
        for (i, block) in self.blocks.iter().enumerate() {
            if let Some(flow) = &block.flow {
                flow.segments(i, block.kind, self.format, &self.text, lang, &mut segments);
            }
        }
        common::mark(&mut segments);
        // A long text has many, and they stay as long as the work does.
        segments.shrink_to_fit();
        segments
    }
}

/// Adds the labels, each text once, but for those that a block has in its running text.
fn add_labels(text: &str, body: usize, format: Format, blocks: &mut Vec<Block>) {
    let running = blocks.len();
    let mut known = BTreeSet::new();
    for labels::Label { span, within } in labels::labels(text, body, format) {
        let is_html = within == labels::Within::Html;
        // Blocks that aren't read are in the order of the source, and few.
        let next = blocks[..running].partition_point(|block| block.span.end <= span.start);
        let is_text = blocks[..running]
            .get(next)
            .and_then(|block| block.flow.as_ref());
        if is_text.is_some_and(|flow| flow.covers(span)) || !known.insert(span.of(text)) {
            continue;
        }
        let mut flow = Flow {
            is_html,
            ..Flow::default()
        };
        match is_html {
            true => characters::characters(span.of(text), |said, at| {
                let (start, end) = (span.start + at.start, span.start + at.end);
                flow.push(said, Span { start, end });
            }),
            false => push_lines(&mut flow, text, span),
        }
        flow.mark_literals(text);
        blocks.push(Block {
            kind: BlockKind::Label,
            span,
            flow: Some(flow),
        });
    }
}

/// Appends a text of several lines as one.
fn push_lines(flow: &mut Flow, text: &str, span: Span) {
    let mut at = span.start;
    for line in span.of(text).split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        let end = at + line.trim_end().len();
        at += line.len();
        if start > span.start && start < end {
            flow.push(
                " ",
                Span {
                    start: start - 1,
                    end: start,
                },
            );
        }
        if start < end {
            flow.push(&text[start..end], Span { start, end });
        }
    }
}
