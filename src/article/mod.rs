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
mod characters;
mod cut;
mod decode;
mod dialect;
mod escape;
mod extract;
mod flow;
mod front;
mod html;
mod inline;
mod kept;
mod labels;
mod lost;
mod markdown;
mod notes;
mod place;
mod plain;
mod project;
mod restore;
mod spaces;
mod subtitles;
mod tags;
mod verbatim;
mod wrap;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::Serialize;

pub use decode::{Decoded, decode};
pub use extract::extract;
pub use html::declared_encoding;
pub use kept::Kept;
pub use labels::relabel;
pub use lost::{Difference, lost, lost_in};
pub use wrap::{Unwrap, Unwrapped, unwrap};

use crate::error::{Error, ErrorKind, Result};
use crate::text::{Lang, Link, Span};
use flow::{Flow, Mark};

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
        let extension = path.extension().unwrap_or_default();
        let extension = extension.to_string_lossy().to_lowercase();
        match extension.as_str() {
            "md" | "markdown" => Format::Markdown,
            "html" | "htm" | "xhtml" => Format::Html,
            "srt" => Format::Srt,
            "vtt" => Format::Vtt,
            _ => Format::Text,
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
}

/// A segment, its translation, and which of their words belong together.
type Made<'a> = (&'a Segment, &'a str, &'a [Link]);

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

impl fmt::Display for MarkupIssue {
    /// A phrase for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = &self.mark;
        match self.kind {
            MarkupIssueKind::Guessed => write!(f, "which words {mark} belongs on is a guess"),
            MarkupIssueKind::Displaced => {
                write!(f, "the words of {mark} were not found: it is on others")
            }
            MarkupIssueKind::Reinserted => {
                write!(f, "{mark} was lost and put back at about its place")
            }
            MarkupIssueKind::Dropped => write!(f, "{mark} could not be kept"),
            MarkupIssueKind::Empty => f.write_str("the translation is empty; the source was kept"),
            MarkupIssueKind::Kept => {
                f.write_str("the translation would have changed the blocks; the source was kept")
            }
            MarkupIssueKind::Structure => f.write_str("the blocks are not those of the source"),
            MarkupIssueKind::Lost => write!(f, "{mark} is lost"),
            MarkupIssueKind::Added => write!(f, "{mark} is not in the source"),
        }
    }
}

impl MarkupIssue {
    /// Whether the result lacks markup of the source, or has more than that.
    pub fn is_error(&self) -> bool {
        use MarkupIssueKind::{Added, Dropped, Lost, Structure};
        matches!(self.kind, Added | Dropped | Lost | Structure)
    }
}

/// See [`MarkupIssue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkupIssueKind {
    /// The mark was kept, but on which words is a guess from their place in the sentence.
    Guessed,
    /// The mark was kept, on words beside those of its neighbours: its own were not found, or were another's.
    Displaced,
    /// Code, a URL or an address was lost or changed in translation, and was put back at about its place.
    Reinserted,
    /// The mark could not be kept; the words it was on are there.
    Dropped,
    /// The translation was empty, and the source was kept.
    Empty,
    /// The translation would have changed the blocks of the article, and the source was kept.
    Kept,
    /// The blocks of the result are not those of the source.
    Structure,
    /// The result was read again, and has the mark less often than the source; no other issue says so.
    Lost,
    /// The result was read again, and has the mark more often than the source.
    Added,
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
            Format::Text | Format::Markdown => front::read(&text, &mut blocks),
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
        let early = !labels && !anchors && self.width.is_none();
        early && !matches!(self.format, Format::Html | Format::Vtt)
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
        // A long text has many, and they stay as long as the work does.
        segments.shrink_to_fit();
        segments
    }

    /// The article with translations in the place of segments; a segment without one keeps its source, and so does one
    /// whose translation would change the blocks of the whole.
    pub fn reassemble<'a>(
        &self,
        translated: impl IntoIterator<Item = (&'a Segment, &'a str)>,
    ) -> (String, Vec<MarkupIssue>) {
        let translated = translated.into_iter();
        self.reassemble_by(translated.map(|(segment, text)| (segment, text, &[][..])))
    }

    /// As [`reassemble`](Self::reassemble); the links of each translation say where its marks belong.
    pub fn reassemble_by<'a>(
        &self,
        translated: impl IntoIterator<Item = (&'a Segment, &'a str, &'a [Link])>,
    ) -> (String, Vec<MarkupIssue>) {
        let translated = translated.into_iter();
        let (labels, running): (Vec<_>, Vec<_>) =
            translated.partition(|(segment, ..)| segment.kind == BlockKind::Label);
        let (mut out, mut issues) = self.assembled(running);
        if !labels.is_empty() {
            let (said, found) = self.labels(labels);
            let said = |label: &str| said.get(label).cloned();
            out = labels::replaced(&out, self.body, self.format, said);
            issues.extend(found);
        }
        let told = |mark: &str| {
            let mut dropped = issues.iter();
            dropped.any(|i| i.kind == MarkupIssueKind::Dropped && i.mark.contains(mark))
        };
        let lost = lost(self, &out).into_iter();
        let lost = lost.filter(|one| one.lost < 0 || !told(&one.mark));
        let lost: Vec<_> = lost
            .map(|Difference { mark, lost }| MarkupIssue {
                segment: None,
                kind: match lost > 0 {
                    true => MarkupIssueKind::Lost,
                    false => MarkupIssueKind::Added,
                },
                mark,
            })
            .collect();
        issues.extend(lost);
        if let Some(followed) = anchors::followed(self, &out) {
            out = followed;
        }
        if let Some(width) = self.width {
            out = wrap::wrap(&out, width);
        }
        (out, issues)
    }

    /// What the labels become, by how they are written.
    fn labels(&self, mut translated: Vec<Made<'_>>) -> (BTreeMap<&str, String>, Vec<MarkupIssue>) {
        translated.sort_by_key(|(segment, ..)| segment.id);
        let mut said = BTreeMap::new();
        let mut issues = Vec::new();
        for parts in translated.chunk_by(|(one, ..), (other, ..)| one.id.block == other.id.block) {
            let span = self.blocks[parts[0].0.id.block].span;
            let (text, found) = self.put_together(span, parts);
            said.insert(span.of(&self.text), text);
            issues.extend(found);
        }
        (said, issues)
    }

    fn assembled<'a>(
        &self,
        translated: impl IntoIterator<Item = Made<'a>>,
    ) -> (String, Vec<MarkupIssue>) {
        let mut translated: Vec<_> = translated.into_iter().collect();
        translated.sort_by_key(|(segment, ..)| segment.span.start);
        let (out, mut issues) = self.put_together(self.all(), &translated);
        if self.keeps_blocks(&out) {
            return (out, issues);
        }
        // It takes an odd text to come here, so looking for the culprits may take a parse a segment; not, though, on
        // a text so long that it would take minutes.
        const MOST_WORK: usize = 200_000_000;
        if translated.len().saturating_mul(self.text.len()) > MOST_WORK {
            issues.push(issue(None, MarkupIssueKind::Structure));
            return (out, issues);
        }
        let mut kept = Vec::new();
        let mut good: Vec<Made<'_>> = Vec::with_capacity(translated.len());
        for pair in translated {
            good.push(pair);
            if !self.keeps_blocks(&self.put_together(self.all(), &good).0) {
                good.pop();
                kept.push(issue(Some(pair.0.id), MarkupIssueKind::Kept));
            }
        }
        let (out, mut issues) = self.put_together(self.all(), &good);
        issues.extend(kept);
        (out, issues)
    }

    /// Where all of the source stands.
    fn all(&self) -> Span {
        Span {
            start: 0,
            end: self.text.len(),
        }
    }

    /// The source at `within` with `translated`, in order, in the place of their segments.
    fn put_together(&self, within: Span, translated: &[Made<'_>]) -> (String, Vec<MarkupIssue>) {
        let mut out = String::with_capacity(within.end - within.start);
        let mut issues = Vec::new();
        let mut at = within.start;
        for (segment, text, links) in translated {
            // A segment given twice: the first counts.
            let Some(between) = self.text.get(at..segment.span.start) else {
                continue;
            };
            out.push_str(between);
            let (restored, found) = segment.restore_by(text, links);
            out.push_str(&restored);
            issues.extend(found);
            at = segment.span.end;
        }
        out.push_str(&self.text[at..within.end]);
        (out, issues)
    }

    fn keeps_blocks(&self, out: &str) -> bool {
        match self.format {
            Format::Text => true,
            Format::Markdown => {
                markdown::skeleton(&self.text, self.body) == markdown::skeleton(out, self.body)
            }
            Format::Html => html::skeleton(&self.text) == html::skeleton(out),
            Format::Srt | Format::Vtt => {
                subtitles::skeleton(&self.text) == subtitles::skeleton(out)
            }
        }
    }
}

/// Adds the labels, each text once, but for those that a block has in its running text.
fn add_labels(text: &str, body: usize, format: Format, blocks: &mut Vec<Block>) {
    let running = blocks.len();
    let mut known = BTreeSet::new();
    for labels::Label { span, is_html } in labels::labels(text, body, format) {
        // Blocks that aren't read are in the order of the source, and few.
        let next = blocks[..running].partition_point(|block| block.span.end <= span.start);
        let is_text = blocks[..running]
            .get(next)
            .and_then(|block| block.flow.as_ref());
        if is_text.is_some_and(|flow| flow.covers(span)) || !known.insert(span.of(text)) {
            continue;
        }
        let mut flow = Flow::default();
        flow.is_html = is_html;
        match is_html {
            true => characters::characters(span.of(text), |said, at| {
                let (start, end) = (span.start + at.start, span.start + at.end);
                flow.push(said, Span { start, end });
            }),
            false => flow.push(span.of(text), span),
        }
        flow.mark_literals(text);
        blocks.push(Block {
            kind: BlockKind::Label,
            span,
            flow: Some(flow),
        });
    }
}

/// An issue that is about no mark.
fn issue(segment: Option<SegmentId>, kind: MarkupIssueKind) -> MarkupIssue {
    MarkupIssue {
        segment,
        kind,
        mark: String::new(),
    }
}
