//! The HTML reader. The tokens are those of the WHATWG standard, with their places; no tree is built, so that neither
//! broken nesting nor its depth can lose anything or overflow a stack: what isn't running text stays in the source byte
//! for byte.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Span as TokenSpan, StartTag, Token, Tokenizer};

use super::flow::{Flow, Mark, MarkKind, PlacedMark};
use super::{Block, BlockKind};
use crate::text::Span;

/// Elements that stand within running text; any other tag ends a block.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "data", "del", "dfn", "em",
    "font", "i", "img", "input", "ins", "label", "mark", "nobr", "q", "rb", "rp", "rt", "ruby",
    "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "wbr",
];

/// Elements whose text comes back letter for letter.
const VERBATIM: &[&str] = &["code", "kbd", "samp", "var"];

/// Elements that are kept whole wherever they stand.
const KEPT: &[&str] = &[
    "applet", "audio", "canvas", "embed", "iframe", "map", "math", "noembed", "noframes",
    "noscript", "object", "picture", "pre", "script", "select", "style", "svg", "template",
    "textarea", "video", "xmp",
];

/// Those of the kept elements whose texts are [labels](super::labels).
const FIELDS: &[&str] = &["select", "textarea"];

/// Elements without an end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// A tag, a comment or the text between two of them.
pub(super) enum Piece {
    Text,
    Start {
        name: String,
        /// What the page says of translating it, if it does.
        translate: Option<bool>,
    },
    End {
        name: String,
    },
    /// A comment, a doctype or something broken.
    Other,
}

/// The pieces of `text` in order; they cover it.
pub(super) fn pieces(text: &str) -> Vec<(Piece, Span)> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut pieces = Vec::new();
    let mut at = 0;
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        let (piece, TokenSpan { start, end }) = match token {
            Token::StartTag(tag) => {
                let translate = translates(&tag);
                let name = name(&tag.name);
                (Piece::Start { name, translate }, tag.span)
            }
            Token::EndTag(tag) => {
                let name = name(&tag.name);
                (Piece::End { name }, tag.span)
            }
            Token::Comment(comment) => (Piece::Other, comment.span),
            Token::Doctype(doctype) => (Piece::Other, doctype.span),
            Token::String(_) | Token::Error(_) => continue,
        };
        let markup = text.get(start..end).unwrap_or_default();
        // A place that isn't one leaves its piece in the text, which is then seen to hold markup and kept.
        if start < at || !markup.starts_with('<') {
            continue;
        }
        if at < start {
            pieces.push((
                Piece::Text,
                Span {
                    start: at,
                    end: start,
                },
            ));
        }
        pieces.push((piece, Span { start, end }));
        at = end;
    }
    let end = text.len();
    let cut = at + unfinished_tag(&text[at..]);
    if at < cut {
        pieces.push((
            Piece::Text,
            Span {
                start: at,
                end: cut,
            },
        ));
    }
    if cut < end {
        pieces.push((Piece::Other, Span { start: cut, end }));
    }
    pieces
}

/// Where a tag begins that the page ends in, as a download that broke off does; browsers show nothing of it. `tail` is
/// what follows the last whole tag.
fn unfinished_tag(tail: &str) -> usize {
    let begins = |at: &usize| {
        let after = tail[at + 1..].trim_start_matches('/');
        after.starts_with(|c: char| c.is_ascii_alphabetic()) && tail.len() - at - after.len() <= 2
    };
    let mut places = tail.match_indices('<').map(|(at, _)| at);
    places.find(begins).unwrap_or(tail.len())
}

fn name(name: &HtmlString) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

/// What an element says of its translation: an attribute, or a class that translators know.
fn translates(tag: &StartTag<usize>) -> Option<bool> {
    let value = |name: &str| {
        let value = tag.attributes.get(name.as_bytes())?;
        Some(String::from_utf8_lossy(&value.to_vec()).to_ascii_lowercase())
    };
    match value("translate").as_deref() {
        Some("no") => Some(false),
        Some("yes" | "") => Some(true),
        _ => {
            let class = value("class")?;
            let mut classes = class.split_ascii_whitespace();
            classes.any(|class| class == "notranslate").then_some(false)
        }
    }
}

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
    };
    let mut i = 0;
    while i < pieces.len() {
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
}

impl Reader<'_> {
    /// Takes the piece at `i` and says which is next.
    fn piece(&mut self, pieces: &[(Piece, Span)], i: usize) -> usize {
        let (piece, span) = &pieces[i];
        match piece {
            Piece::Text => self.text_piece(*span),
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

    fn start_tag(
        &mut self,
        pieces: &[(Piece, Span)],
        i: usize,
        name: &str,
        forbidden: bool,
    ) -> usize {
        let span = pieces[i].1;
        let is_verbatim = VERBATIM.contains(&name);
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
            return self.flush();
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

/// Whether the text of an element comes back letter for letter.
pub(super) fn is_verbatim(name: &str) -> bool {
    VERBATIM.contains(&name)
}

/// Whether an element has no end tag.
pub(super) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// Whether a piece of HTML has text with letters.
fn has_words(text: &str) -> bool {
    let pieces = pieces(text);
    let mut texts = pieces
        .iter()
        .filter(|(piece, _)| matches!(piece, Piece::Text));
    texts.any(|(_, span)| span.of(text).contains(char::is_alphabetic))
}

/// Elements of a page's own making, with a hyphen in their names, stand in the text as a rule.
fn is_inline(name: &str) -> bool {
    INLINE.contains(&name) || VERBATIM.contains(&name) || name.contains('-')
}

/// The index of the end tag that belongs to the start tag at `i`.
pub(super) fn end_of(pieces: &[(Piece, Span)], i: usize, name: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (j, (piece, _)) in pieces.iter().enumerate().skip(i) {
        match piece {
            Piece::Start { name: other, .. } if other == name => depth += 1,
            Piece::End { name: other } if other == name => {
                depth -= 1;
                if depth == 0 {
                    return Some(j);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether `raw` is text to a tokenizer, though it has a `<`.
fn is_plain(raw: &str) -> bool {
    Tokenizer::new(raw).all(|token| matches!(token, Ok(Token::String(_) | Token::Error(_))))
}

/// The characters of `raw`: references resolved, runs of white space as one space. `on` gets pieces with their places.
pub(super) fn characters(raw: &str, mut on: impl FnMut(&str, std::ops::Range<usize>)) {
    let blank = |c: char| c.is_ascii_whitespace();
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let run = rest.len() - rest.trim_start_matches(blank).len();
        if run > 0 {
            on(" ", at..at + run);
            at += run;
        } else if let Some((text, len)) = reference(rest) {
            on(&text, at..at + len);
            at += len;
        } else {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let len = rest[first..]
                .find(|c| blank(c) || c == '&')
                .map_or(rest.len(), |len| first + len);
            on(&rest[..len], at..at + len);
            at += len;
        }
    }
}

/// The character reference at the head of `text`, and its length.
fn reference(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix('&')?;
    // The longest names have about 30 letters.
    let len = inner
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
        .unwrap_or(inner.len())
        .min(40);
    let len = 1 + len + usize::from(inner[len..].starts_with(';'));
    let raw = &text[..len];
    let mut said = String::new();
    for token in Tokenizer::new(raw) {
        let Ok(token) = token;
        if let Token::String(string) = token {
            said.push_str(&String::from_utf8_lossy(&string));
        }
    }
    if said == raw {
        return None;
    }
    // A name without its semicolon may end before the letters do: what is common at the end is text.
    let first = said.chars().next()?.len_utf8();
    let tail = said[first..]
        .chars()
        .rev()
        .zip(raw.chars().rev())
        .take_while(|(a, b)| a == b && *a != ';')
        .count();
    said.truncate(said.len() - tail);
    Some((said, len - tail))
}

/// Text as it stands in an element.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
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
