//! The HTML reader. No tree is built, so that neither broken nesting nor its depth can lose anything or overflow a stack: what
//! isn't running text stays in the source byte for byte.

use super::beside::{Beside, beside};
use super::characters::{characters, is_plain};
use super::flow::{Flow, Mark, MarkKind, PlacedMark};
use super::tags::{Piece, end_of, is_inline, is_verbatim, is_void, pieces};
use super::{Block, BlockKind};
use crate::text::Span;

/// Elements that are kept whole wherever they stand.
const KEPT: &[&str] = &[
    "applet", "audio", "canvas", "embed", "iframe", "map", "math", "noembed", "noframes",
    "noscript", "object", "picture", "pre", "rp", "rt", "rtc", "script", "select", "style", "svg",
    "template", "textarea", "video", "xmp",
];

/// Those of the kept elements whose texts are [labels](super::labels).
const FIELDS: &[&str] = &["select", "textarea"];

/// Reads what stands at `within` of `text`.
pub(super) fn read(text: &str, within: Span, blocks: &mut Vec<Block>) {
    let mut pieces = pieces(within.of(text));
    for (_, span) in &mut pieces {
        span.start += within.start;
        span.end += within.start;
    }
    let mut reader = Reader {
        text,
        blocks,
        flow: Flow::default(),
        tags: Vec::new(),
        around: Vec::new(),
        start: None,
        end: 0,
        border: None,
    };
    let mut i = 0;
    while i < pieces.len() {
        if reader.border.take_if(|at| *at <= i).is_some() {
            reader.part();
        }
        i = reader.piece(&pieces, i);
    }
    reader.flush();
}

struct Reader<'t> {
    text: &'t str,
    blocks: &'t mut Vec<Block>,
    flow: Flow,
    /// Open inline tags: name, offset in the flow, source.
    tags: Vec<(String, usize, Span)>,
    /// Open blocks, the innermost last.
    around: Vec<String>,
    /// Where the flow begins and ends in the source, once it has text.
    start: Option<usize>,
    end: usize,
    /// The piece before which a text of its own ends.
    border: Option<usize>,
}

impl Reader<'_> {
    /// Takes the piece at `i` and says which is next.
    fn piece(&mut self, pieces: &[(Piece, Span)], i: usize) -> usize {
        let (piece, span) = &pieces[i];
        match piece {
            Piece::Text => self.text_piece(*span),
            // A tag without an end: what follows is lost in it.
            Piece::Other if is_endless(span.of(self.text)) => {
                self.flush();
                self.blocks.push(Block {
                    kind: BlockKind::Raw,
                    span: *span,
                    flow: None,
                });
            }
            Piece::Other => {
                // A comment within a sentence stays at its place.
                if self.start.is_some() {
                    self.mark(MarkKind::Point, self.flow.text.len(), *span);
                }
            }
            Piece::Start { name, translate } => {
                return self.start_tag(pieces, i, name, *translate == Some(false));
            }
            Piece::End { name } if is_inline(name) => self.end_inline(name, *span),
            Piece::End { name } => {
                self.flush();
                if let Some(at) = self.around.iter().rposition(|open| open == name) {
                    self.around.truncate(at);
                }
            }
        }
        i + 1
    }

    /// Passes over what begins with the tag at `i` if it stands beside a sentence as a point; up to where.
    fn stands_beside(&mut self, pieces: &[(Piece, Span)], i: usize) -> Option<usize> {
        match beside(self.text, pieces, i, &self.flow.text) {
            Beside::Part { end } => {
                self.part();
                self.border = (end > i).then_some(end);
                None
            }
            Beside::Point { end } => {
                let whole = Span {
                    start: pieces[i].1.start,
                    end: pieces[end - 1].1.end,
                };
                self.mark(MarkKind::Point, self.flow.text.len(), whole);
                Some(end)
            }
            Beside::No => None,
        }
    }

    fn start_tag(
        &mut self,
        pieces: &[(Piece, Span)],
        i: usize,
        name: &str,
        forbidden: bool,
    ) -> usize {
        let span = pieces[i].1;
        if self.start.is_some()
            && !forbidden
            && let Some(end) = self.stands_beside(pieces, i)
        {
            return end;
        }
        let is_verbatim = is_verbatim(name);
        if (forbidden || is_verbatim || KEPT.contains(&name))
            && !is_void(name)
            && let Some(last) = end_of(pieces, i, name)
        {
            let asks = |(piece, _): &(Piece, Span)| {
                matches!(
                    piece,
                    Piece::Start {
                        translate: Some(true),
                        ..
                    }
                )
            };
            if forbidden && !KEPT.contains(&name) && pieces[i + 1..last].iter().any(asks) {
                self.but_for(pieces, i..last + 1);
                return last + 1;
            }
            let whole = Span {
                start: span.start,
                end: pieces[last].1.end,
            };
            let inner = Span {
                start: span.end,
                end: pieces[last].1.start,
            };
            if is_verbatim || forbidden && is_inline(name) {
                self.verbatim(&pieces[i + 1..last], whole, inner);
            } else if name == "noscript" && !forbidden && has_words(inner.of(self.text)) {
                // To a tokenizer its markup is text.
                self.flush();
                read(self.text, inner, self.blocks);
            } else if !forbidden && FIELDS.contains(&name) && self.start.is_none() {
                // What it shows are labels.
                self.flush();
            } else if self.start.is_some() && name != "pre" && !forbidden {
                self.mark(MarkKind::Point, self.flow.text.len(), whole);
            } else {
                self.flush();
                let kind = match name {
                    "pre" | "xmp" => BlockKind::Code,
                    _ => BlockKind::Raw,
                };
                self.blocks.push(Block {
                    kind,
                    span: whole,
                    flow: None,
                });
            }
            return last + 1;
        }
        if name == "br" {
            self.push("\n", span);
        } else if is_void(name) && is_inline(name) {
            self.mark(MarkKind::Point, self.flow.text.len(), span);
        } else if is_inline(name) || is_verbatim {
            self.tags
                .push((name.to_owned(), self.flow.text.len(), span));
        } else {
            self.flush();
            if !is_void(name) {
                self.around.push(name.to_owned());
            }
        }
        i + 1
    }

    /// Takes the pieces of `range`, an element that is not to be translated, but for elements in it that are.
    fn but_for(&mut self, pieces: &[(Piece, Span)], range: std::ops::Range<usize>) {
        self.flush();
        let mut i = range.start;
        while i < range.end {
            let Piece::Start {
                name,
                translate: Some(true),
            } = &pieces[i].0
            else {
                i += 1;
                continue;
            };
            let last = end_of(pieces, i, name).map_or(range.end, |last| last + 1);
            while i < last.min(range.end) {
                i = self.piece(pieces, i);
            }
            self.flush();
        }
    }

    /// Only the innermost open tag can close here, else the marks would cross; any other end tag stands at a point.
    fn end_inline(&mut self, name: &str, close: Span) {
        let at = self.flow.text.len();
        match self.tags.pop_if(|(open, _, _)| open == name) {
            Some((_, start, open)) if start < at => self.flow.mark(PlacedMark {
                mark: Mark::new(
                    MarkKind::Wrap,
                    start..at,
                    open.of(self.text),
                    close.of(self.text),
                ),
                open,
                close,
                stays: true,
            }),
            Some((_, start, open)) => {
                self.mark(MarkKind::Point, start, open);
                self.mark(MarkKind::Point, at, close);
            }
            None => self.mark(MarkKind::Point, at, close),
        }
    }

    fn mark(&mut self, kind: MarkKind, start: usize, span: Span) {
        self.flow.mark(PlacedMark {
            mark: Mark::new(
                kind,
                start..match kind {
                    MarkKind::Point => start,
                    _ => self.flow.text.len(),
                },
                span.of(self.text),
                "",
            ),
            open: span,
            close: span,
            stays: false,
        });
    }

    fn verbatim(&mut self, inside: &[(Piece, Span)], whole: Span, inner: Span) {
        let mut said = String::new();
        for (piece, span) in inside {
            if matches!(piece, Piece::Text) {
                characters(span.of(self.text), |text, _| said.push_str(text));
            }
        }
        if said.is_empty() || inner.start >= inner.end {
            return self.mark(MarkKind::Point, self.flow.text.len(), whole);
        }
        let start = self.flow.text.len();
        self.push(&said, whole);
        self.mark(MarkKind::Verbatim, start, whole);
    }

    fn text_piece(&mut self, span: Span) {
        let raw = span.of(self.text);
        if raw.contains('<') && !is_plain(raw) {
            // Something that no reading makes text of: it stays, and nothing is translated across it.
            self.flush();
            return self.blocks.push(Block {
                kind: BlockKind::Raw,
                span,
                flow: None,
            });
        }
        characters(raw, |text, at| {
            let span = Span {
                start: span.start + at.start,
                end: span.start + at.end,
            };
            // White space at the head of a block is the source's own.
            if self.start.is_some() || !text.trim().is_empty() {
                self.push(text, span);
            }
        });
    }

    /// Parts what comes from what was before, in whose block it stands without white space between.
    fn part(&mut self) {
        if self.start.is_some() {
            let here = Span {
                start: self.end,
                end: self.end,
            };
            self.flow.push("\n", here);
        }
    }

    fn push(&mut self, text: &str, source: Span) {
        self.start.get_or_insert(source.start);
        self.end = source.end;
        self.flow.push(text, source);
    }

    /// Ends the block of running text, if there is one.
    fn flush(&mut self) {
        // What was opened and not closed in this block stands at a point.
        for (_, at, span) in std::mem::take(&mut self.tags) {
            self.mark(MarkKind::Point, at, span);
        }
        let mut flow = std::mem::take(&mut self.flow);
        flow.is_html = true;
        if let Some(start) = self.start.take() {
            flow.lift_notes(self.text);
            flow.mark_literals(self.text);
            self.blocks.push(Block {
                kind: self.kind(),
                span: Span {
                    start,
                    end: self.end,
                },
                flow: Some(flow),
            });
        }
    }

    /// What running text is within the blocks around it.
    fn kind(&self) -> BlockKind {
        let kinds = self.around.iter().rev().take(64);
        let mut kinds = kinds.filter_map(|name| match name.as_str() {
            "h1" => Some(BlockKind::Heading(1)),
            "h2" => Some(BlockKind::Heading(2)),
            "h3" => Some(BlockKind::Heading(3)),
            "h4" => Some(BlockKind::Heading(4)),
            "h5" => Some(BlockKind::Heading(5)),
            "h6" => Some(BlockKind::Heading(6)),
            "li" | "dt" | "dd" => Some(BlockKind::ListItem),
            "td" | "th" => Some(BlockKind::TableCell),
            "blockquote" => Some(BlockKind::Quote),
            _ => None,
        });
        kinds.next().unwrap_or(BlockKind::Paragraph)
    }
}

/// Whether a piece of HTML has text with letters.
fn has_words(text: &str) -> bool {
    let pieces = pieces(text);
    let mut texts = pieces
        .iter()
        .filter(|(piece, _)| matches!(piece, Piece::Text));
    texts.any(|(_, span)| span.of(text).contains(char::is_alphabetic))
}

/// Whether `markup` is a tag that is never closed and holds more than a tag does: a quotation mark is missing.
fn is_endless(markup: &str) -> bool {
    let is_tag = markup[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    is_tag && !markup.ends_with('>') && markup.contains(['>', '<', ' '])
}

/// The tags that end blocks, in order: what a translation may not change.
pub(super) fn skeleton(text: &str) -> Vec<String> {
    let tags = pieces(text)
        .into_iter()
        .filter_map(|(piece, _)| match piece {
            Piece::Start { name, .. } if !is_inline(&name) => Some(name),
            Piece::End { name } if !is_inline(&name) => Some(format!("/{name}")),
            _ => None,
        });
    tags.collect()
}

/// The encoding that a page's head names, as `<meta charset=…>` or in a `content`.
pub fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let at = head.to_ascii_lowercase().find("charset=")?;
    let value = head[at + "charset=".len()..].trim_start_matches(['"', '\'', ' ']);
    let end = value
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')))
        .unwrap_or(value.len());
    (end > 0).then(|| value[..end].to_owned())
}
