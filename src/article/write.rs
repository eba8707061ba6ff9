//! A translation written with its marks, and whether it reads as what it is.

use std::ops::Range;

use pulldown_cmark::{BrokenLink, Event, Parser, Tag};

use super::escape::{Care, Escaping, escape, opens_freely};
use super::flow::{Mark, MarkKind};
use super::markdown::options;
use super::place::{Placed, lies_in};
use super::{BlockKind, Format, Segment, characters, dialect};
use crate::text::composed;

// What stands at one byte, in this order: closings from the inner to the outer, points, openings from the outer to the
// inner, a verbatim piece.
const CLOSING: u8 = 0;
const BETWEEN: u8 = 1;
const OPENING: u8 = 2;
const LITERAL: u8 = 3;

/// How a translation is written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// How much of its words is escaped.
    care: Care,
    /// Whether bare URLs and placeholders are not: one with backslashes is no longer recognised by many a renderer.
    plain: bool,
}

impl Style {
    pub(super) const USUAL: Self = Self {
        care: Care::Usual,
        plain: true,
    };
    pub(super) const CAREFUL: Self = Self {
        care: Care::Utmost,
        plain: true,
    };
    pub(super) const UTMOST: Self = Self {
        care: Care::Utmost,
        plain: false,
    };
}

impl Segment {
    /// Writes `text` with `placed` marks, and with the white space of the marks' edges.
    pub(super) fn write_whole(&self, text: &str, placed: &[Placed<'_>], how: Style) -> String {
        // The white space stays within its mark where that is at the edge; else it must not be lost all the same.
        let at_edge = |mark: &Mark, edge: usize| {
            let mut there = placed.iter().filter(|p| p.mark.place == mark.place);
            there.any(|p| match edge {
                0 => p.range.start == 0,
                _ => p.range.end == text.len(),
            })
        };
        let left = |edge: usize| {
            let wraps = self.of_kind(MarkKind::Wrap);
            wraps.filter(move |mark| !at_edge(mark, edge))
        };
        let head: String = left(0).map(|mark| mark.edges[0].as_str()).collect();
        let mut tail: Vec<&str> = left(1).map(|mark| mark.edges[1].as_str()).collect();
        tail.reverse();
        let written = self.write(text, placed, how, true);
        format!("{head}{written}{}", tail.concat())
    }

    /// Writes `text` with `placed` marks; with `edges`, those at the ends of the text have their white space within them.
    fn write(&self, text: &str, placed: &[Placed<'_>], how: Style, edges: bool) -> String {
        let mut pieces = Vec::with_capacity(2 * placed.len());
        let wraps = || placed.iter().filter(|p| p.mark.kind == MarkKind::Wrap);
        let depth = |mark: &Mark| wraps().filter(|p| lies_in(mark, p.mark)).count();
        let edge = |mark: &Mark, n: usize, there: bool| match edges && there {
            true => mark.edges[n].clone(),
            false => String::new(),
        };
        for (n, Placed { mark, range }) in placed.iter().enumerate() {
            let order = |at: usize, phase: u8, depth: i64| (at, phase, depth, n);
            match mark.kind {
                MarkKind::Wrap => {
                    let inwards = 2 * depth(mark) as i64;
                    // A reference whose words are its label still needs to be named once only.
                    let label = mark
                        .close
                        .strip_prefix("][")
                        .and_then(|it| it.strip_suffix(']'));
                    let close = match label {
                        Some(label) if label == &text[range.clone()] => "]",
                        _ => &mark.close,
                    };
                    let close = edge(mark, 1, range.end == text.len()) + close;
                    pieces.push((order(range.end, CLOSING, -inwards), close, range.end));
                    let open = mark.open.clone() + &edge(mark, 0, range.start == 0);
                    pieces.push((order(range.start, OPENING, inwards), open, range.start));
                }
                MarkKind::Point => {
                    // At the edge of the mark that it lies in, within that.
                    let at = range.start;
                    let inner = wraps().filter(|p| lies_in(mark, p.mark));
                    let inner = inner.max_by_key(|p| depth(p.mark));
                    let inwards = |p: &Placed<'_>| 2 * depth(p.mark) as i64 + 1;
                    let key = match inner {
                        Some(p) if p.range.end == at => order(at, CLOSING, -inwards(p)),
                        Some(p) if p.range.start == at => order(at, OPENING, inwards(p)),
                        _ => order(at, BETWEEN, 0),
                    };
                    let first = placed[..n].iter().all(|p| {
                        p.mark.kind != MarkKind::Point || p.mark.range.start != mark.range.start
                    });
                    let space = match first && self.stands_apart(mark) {
                        true => " ",
                        false => "",
                    };
                    pieces.push((key, format!("{space}{}", mark.open), at));
                }
                MarkKind::Break => {
                    let key = order(range.start, BETWEEN, 0);
                    pieces.push((key, mark.open.clone(), range.end));
                }
                MarkKind::Verbatim => {
                    let mut literal = mark.open.clone();
                    match (mark.open.is_empty(), self.format) {
                        (true, Format::Html | Format::Vtt) => {
                            characters::escape(&text[range.clone()], &mut literal);
                        }
                        (true, _) => literal.push_str(&text[range.clone()]),
                        (false, _) => {}
                    }
                    if how.plain || !mark.open.is_empty() {
                        pieces.push((order(range.start, LITERAL, 0), literal, range.end));
                    }
                }
            }
        }
        pieces.sort_by_key(|(key, _, _)| *key);
        let mut out = String::with_capacity(text.len() + text.len() / 4);
        let mut at = 0;
        for ((start, ..), literal, end) in pieces {
            self.escape(text, at..start.max(at), how.care, &mut out);
            out.push_str(&literal);
            at = end.max(at);
        }
        self.escape(text, at..text.len(), how.care, &mut out);
        out
    }

    /// Appends a part of `text` so that nothing in it is markup.
    fn escape(&self, text: &str, range: Range<usize>, care: Care, out: &mut String) {
        let piece = &text[range.clone()];
        let from = out.len();
        match self.format {
            Format::Text | Format::Srt => return out.push_str(piece),
            Format::Markdown => {
                let how = Escaping {
                    kind: self.kind,
                    care,
                    opens: opens_freely(&self.text, self.source(), text),
                    source: self.source(),
                };
                escape(text, range.start, piece, how, out);
            }
            Format::Html | Format::Vtt => characters::escape(piece, out),
        }
        if piece.contains('\u{a0}') && self.source().contains("&nbsp;") {
            let written = out[from..].replace('\u{a0}', "&nbsp;");
            out.replace_range(from.., &written);
        }
    }

    /// Whether a point has white space on both sides, as an image has and a footnote reference hasn't.
    fn stands_apart(&self, mark: &Mark) -> bool {
        let (before, after) = self.text.split_at(mark.range.start);
        before.ends_with(char::is_whitespace) && after.starts_with(char::is_whitespace)
    }

    /// Whether the written form is one paragraph of just this text and these marks.
    pub(super) fn is_sound(&self, text: &str, placed: &[Placed<'_>], how: Style) -> bool {
        let without_points: Vec<_> = placed
            .iter()
            .filter(|p| p.mark.kind != MarkKind::Point && p.mark.open != "==")
            .map(|p| Placed {
                mark: p.mark,
                range: p.range.clone(),
            })
            .collect();
        let mut written = self.write(text, &without_points, how, false);
        let heading = matches!(self.kind, BlockKind::Heading(_));
        if heading {
            // Behind its marks, what would begin a list or the like is text.
            written.insert_str(0, "# ");
        }
        if self.kind == BlockKind::TableCell {
            // The table takes this backslash away, even within code.
            written = written.replace("\\|", "|");
        }
        let (mut spans, mut html) = (0, 0);
        for Placed { mark, .. } in &without_points {
            let tag = mark.open.starts_with('<');
            match mark.kind {
                MarkKind::Wrap if tag => html += 2,
                MarkKind::Verbatim if tag && mark.open.contains("</") => html += 2,
                MarkKind::Verbatim if tag || mark.open.starts_with("[[") => spans += 1,
                MarkKind::Wrap => spans += 1,
                _ => {}
            }
        }
        let whole = written.as_str();
        // Link definitions stand elsewhere in the article.
        let any = |link: BrokenLink<'_>| {
            let written = format!("[{}]", link.reference);
            let mut literals = self.of_kind(MarkKind::Verbatim);
            // In the source it was none.
            let note = || whole.contains(&format!("^{written}"));
            let is_text = self.text.contains(&written)
                || note()
                || literals.any(|mark| self.text[mark.range.clone()].contains(&written));
            (!is_text).then(|| (link.reference.to_string().into(), "".into()))
        };
        let mut found = String::with_capacity(text.len());
        let (mut paragraphs, mut depth) = (0, 0);
        let plain = dialect::addressed(&written);
        let parser = Parser::new_with_broken_link_callback(&plain, options(), Some(any));
        for (event, range) in parser.into_offset_iter() {
            match event {
                Event::InlineMath(_) | Event::DisplayMath(_) => found.push_str(&written[range]),
                Event::Start(Tag::Paragraph | Tag::Heading { .. }) => paragraphs += 1,
                Event::Start(
                    Tag::Emphasis
                    | Tag::Strong
                    | Tag::Strikethrough
                    | Tag::Link { .. }
                    | Tag::Image { .. },
                ) => {
                    spans -= 1;
                    depth += 1;
                }
                Event::Text(piece) | Event::Code(piece) => found.push_str(&piece),
                Event::InlineHtml(_) => html -= 1,
                Event::End(_) => depth -= 1,
                _ => return false,
            }
        }
        // Code is written as it stands in the source, accents apart or not.
        let same = composed(&found) == composed(text);
        depth == -1 && paragraphs == 1 && spans == 0 && html == 0 && same
    }
}
