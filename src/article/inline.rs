//! The running text of Markdown: what its inline events say, with their marks.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag};

use super::flow::{Flow, Mark, MarkKind, PlacedMark};
use super::{Block, BlockKind, dialect, tags};
use crate::text::{Span, literals};

pub(super) type Events<'e> = [(Event<'e>, Range<usize>)];

/// The index of the end that belongs to the start at `i`.
pub(super) fn end_of(events: &Events<'_>, i: usize) -> usize {
    let mut depth = 0;
    for (j, (event, _)) in events.iter().enumerate().skip(i) {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return j;
        }
    }
    events.len() - 1
}

/// A block of running text, from its inline events.
pub(super) fn running(kind: BlockKind, span: Span, events: &Events<'_>, source: &str) -> Block {
    let mut builder = Builder {
        flow: Flow::default(),
        source,
        covered: span.start,
        open: Vec::new(),
        tags: Vec::new(),
        lone_image: is_lone_image(events),
    };
    let mut i = 0;
    while i < events.len() {
        i = builder.event(events, i);
    }
    builder.unpaired(0);
    builder.flow.lift_notes(source);
    builder.flow.mark_literals(source);
    Block {
        kind,
        span,
        flow: Some(builder.flow),
    }
}

/// Whether one image is all there is; then its description is text to translate.
fn is_lone_image(events: &Events<'_>) -> bool {
    let mut images = 0;
    let mut depth = 0;
    events.iter().all(|(event, _)| match event {
        Event::Start(Tag::Image { .. }) => {
            images += 1;
            depth += 1;
            images == 1
        }
        Event::End(pulldown_cmark::TagEnd::Image) => {
            depth -= 1;
            true
        }
        Event::Start(_) | Event::End(_) => true,
        _ => depth > 0,
    }) && images == 1
}

struct Builder<'s> {
    flow: Flow,
    source: &'s str,
    /// End of the last event, to tell an escaping backslash from a literal one.
    covered: usize,
    /// Open wraps: offset in the text, source of the opening, how it closes.
    open: Vec<(usize, Span, Closing)>,
    /// Open HTML tags: name, offset in the text, source, number of wraps open.
    tags: Vec<(String, usize, Span, usize)>,
    lone_image: bool,
}

/// How a wrap closes.
enum Closing {
    /// With this many bytes.
    Bytes(usize),
    /// With everything after its text.
    Rest,
    /// A reference link whose label is its text: the label must be spelt out, as the text changes.
    Label(String),
}

impl Builder<'_> {
    /// Takes the event at `i` and says which is next.
    fn event(&mut self, events: &Events<'_>, i: usize) -> usize {
        let (event, range) = &events[i];
        let span = Span {
            start: range.start,
            end: range.end,
        };
        let mut next = i + 1;
        match event {
            Event::Text(text) => match self.formula(events, i) {
                Some(after) => next = after,
                None => self.text(text, span),
            },
            Event::Code(text) => self.verbatim(text, span),
            Event::InlineMath(_) | Event::DisplayMath(_) => {
                match is_formula(span.of(self.source)) {
                    true => self.verbatim(span.of(self.source), span),
                    false => self.flow.push(span.of(self.source), span),
                }
            }
            Event::Start(Tag::Link {
                link_type: LinkType::WikiLink { has_pothole: false },
                dest_url,
                ..
            }) => {
                next = end_of(events, i) + 1;
                match note_link(self.source, span)
                    .filter(|_| !dest_url.contains(char::is_alphabetic))
                {
                    Some(whole) => {
                        self.point(whole);
                        self.covered = whole.end;
                        return next;
                    }
                    None => self.verbatim(dest_url, span),
                }
            }
            Event::SoftBreak => self.flow.push(" ", span),
            Event::HardBreak => self.flow.push("\n", span),
            Event::InlineHtml(html) => self.html(html, span),
            Event::FootnoteReference(_) => self.point(span),
            Event::Start(Tag::Link {
                link_type: LinkType::Autolink | LinkType::Email,
                ..
            }) => {
                next = end_of(events, i) + 1;
                self.verbatim(&self.source[span.start + 1..span.end - 1], span);
            }
            Event::Start(Tag::Image { .. }) if !self.lone_image => {
                next = end_of(events, i) + 1;
                self.point(span);
            }
            Event::Start(_) if matches!(events.get(i + 1), None | Some((Event::End(_), _))) => {
                next = end_of(events, i) + 1;
                self.point(span);
            }
            Event::Start(tag) => self.start(tag, span),
            Event::End(_) => self.end(span),
            _ => {}
        }
        self.covered = match event {
            Event::Start(_) if next == i + 1 => self.covered,
            _ => span.end.max(self.covered),
        };
        next
    }

    /// Takes the formula that opens at event `i`, `\\(x^2\\)`, whose brackets are escaped ones to a parser; gives the event
    /// behind it.
    fn formula(&mut self, events: &Events<'_>, i: usize) -> Option<usize> {
        let escaped = |at: usize, mark: char| {
            let (event, range) = &events[at];
            matches!(event, Event::Text(text) if text.starts_with(mark))
                && self.source[..range.start].ends_with('\\')
        };
        let is_text = |at: &usize| matches!(events[*at].0, Event::Text(_));
        if !escaped(i, '(') {
            return None;
        }
        let mut texts = (i + 1..events.len()).take_while(is_text);
        let last = texts.find(|at| escaped(*at, ')'))?;
        let (start, end) = (events[i].1.start - 1, events[last].1.start + 1);
        let whole = Span { start, end };
        if !is_formula(whole.of(self.source)) {
            return None;
        }
        self.verbatim(whole.of(self.source), whole);
        let rest = Span {
            start: end,
            end: events[last].1.end,
        };
        self.flow.push(rest.of(self.source), rest);
        Some(last + 1)
    }

    fn text(&mut self, mut text: &str, mut span: Span) {
        // What belongs to the mark before.
        if span.start < self.covered && text == span.of(self.source) {
            let len = (self.covered - span.start).min(text.len());
            text = &text[len..];
            span.start += len;
        }
        let raw = span.of(self.source);
        let escaped = span.start > self.covered
            && self.source[..span.start].ends_with('\\')
            && text.starts_with(|c: char| c.is_ascii_punctuation());
        if escaped && raw == text {
            let (first, rest) = text.split_at(1);
            let middle = span.start + 1;
            self.flow.push(
                first,
                Span {
                    start: span.start - 1,
                    end: middle,
                },
            );
            self.flow.push(
                rest,
                Span {
                    start: middle,
                    end: span.end,
                },
            );
        } else if raw == text {
            self.highlighted(text, span);
        } else {
            self.flow.push(text, span);
        }
    }

    /// Text that may have `==marked words==`.
    fn highlighted(&mut self, text: &str, span: Span) {
        let part = |from: usize, to: usize| Span {
            start: span.start + from,
            end: span.start + to,
        };
        let mut at = 0;
        for [open, close] in dialect::highlights(text) {
            self.flow.push(&text[at..open], part(at, open));
            let start = self.flow.text.len();
            let inner = part(open + 2, close);
            self.flow.push(inner.of(self.source), inner);
            self.flow.mark(PlacedMark {
                mark: Mark::new(MarkKind::Wrap, start..self.flow.text.len(), "==", "=="),
                open: part(open, open + 2),
                close: part(close, close + 2),
                stays: true,
            });
            at = close + 2;
        }
        self.flow.push(&text[at..], part(at, text.len()));
    }

    fn placed(&mut self, kind: MarkKind, start: usize, span: Span) {
        self.flow.mark(PlacedMark {
            mark: Mark::new(kind, start..self.flow.text.len(), span.of(self.source), ""),
            open: span,
            close: span,
            stays: false,
        });
    }

    fn verbatim(&mut self, text: &str, span: Span) {
        let start = self.flow.text.len();
        self.flow.push(text, span);
        self.placed(MarkKind::Verbatim, start, span);
    }

    fn point(&mut self, span: Span) {
        self.placed(MarkKind::Point, self.flow.text.len(), span);
    }

    /// `<br>` is a line break; a pair of tags wraps what's between them; any other tag stands at a point.
    fn html(&mut self, html: &str, span: Span) {
        let inner = html.trim_start_matches(['<', '/']);
        let name = inner
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if name == "br" {
            return self.flow.push("\n", span);
        }
        if html.starts_with("</") {
            let depth = self.open.len();
            // Only the innermost open tag can close here, else the wraps would cross.
            if let Some((_, start, open, _)) =
                self.tags.pop_if(|(n, _, _, d)| *n == name && *d == depth)
            {
                if tags::is_verbatim(&name) && self.flow.is_bare(start) {
                    let whole = Span {
                        start: open.start,
                        end: span.end,
                    };
                    return self.placed(MarkKind::Verbatim, start, whole);
                }
                self.flow.mark(PlacedMark {
                    mark: Mark::new(
                        MarkKind::Wrap,
                        start..self.flow.text.len(),
                        open.of(self.source),
                        span.of(self.source),
                    ),
                    open,
                    close: span,
                    stays: true,
                });
                return;
            }
        } else if !html.ends_with("/>") && !name.is_empty() {
            self.tags
                .push((name, self.flow.text.len(), span, self.open.len()));
            return;
        }
        self.point(span);
    }

    fn start(&mut self, tag: &Tag<'_>, span: Span) {
        let strikes = || match span.of(self.source).starts_with("~~") {
            true => 2,
            false => 1,
        };
        let (len, closing) = match tag {
            Tag::Emphasis => (1, Closing::Bytes(1)),
            Tag::Strong => (2, Closing::Bytes(2)),
            Tag::Strikethrough => (strikes(), Closing::Bytes(strikes())),
            Tag::Link { link_type, id, .. } | Tag::Image { link_type, id, .. } => {
                let len = 1 + usize::from(matches!(tag, Tag::Image { .. }));
                match link_type {
                    LinkType::WikiLink { .. } => {
                        let name = span.of(self.source).find('|');
                        (name.map_or(2, |at| at + 1), Closing::Rest)
                    }
                    LinkType::Shortcut | LinkType::Collapsed => {
                        (len, Closing::Label(format!("][{id}]")))
                    }
                    _ => (len, Closing::Rest),
                }
            }
            _ => (0, Closing::Bytes(0)),
        };
        let open = Span {
            start: span.start,
            end: span.start + len,
        };
        self.covered = open.end;
        self.open.push((self.flow.text.len(), open, closing));
    }

    /// Makes points of the HTML tags that were opened under `depth` wraps or more and not closed there.
    fn unpaired(&mut self, depth: usize) {
        while let Some((_, at, tag, _)) = self.tags.pop_if(|(_, _, _, d)| *d >= depth) {
            self.flow.mark(PlacedMark {
                mark: Mark::new(MarkKind::Point, at..at, tag.of(self.source), ""),
                open: tag,
                close: tag,
                stays: false,
            });
        }
    }

    fn end(&mut self, span: Span) {
        let Some((start, open, closing)) = self.open.pop() else {
            return;
        };
        self.unpaired(self.open.len() + 1);
        let from = match &closing {
            Closing::Bytes(n) => span.end - n,
            _ => self.covered,
        };
        let close = Span {
            start: from,
            end: span.end,
        };
        let label = match closing {
            Closing::Label(label) => Some(label),
            _ => None,
        };
        self.flow.mark(PlacedMark {
            mark: Mark::new(
                MarkKind::Wrap,
                start..self.flow.text.len(),
                open.of(self.source),
                label.as_deref().unwrap_or(close.of(self.source)),
            ),
            open,
            close,
            stays: label.is_none(),
        });
    }
}

/// The whole of a link on a number in brackets, `[[3]](#n3)`, of which `wiki` was taken for a wiki link.
fn note_link(source: &str, wiki: Span) -> Option<Span> {
    let rest = source[wiki.end..].strip_prefix('(')?;
    let len = rest.find([')', ' ', '\n'])?;
    let end = wiki.end + len + 2;
    rest[len..].starts_with(')').then_some(Span { end, ..wiki })
}

/// Whether `raw`, which a parser takes for a formula, is one; money looks like it, too.
pub(super) fn is_formula(raw: &str) -> bool {
    matches!(literals(raw)[..], [Span { start: 0, end }] if end == raw.len())
}
