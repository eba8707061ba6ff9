//! The running text of one block: what is left when markup is stripped, where each piece of it stands in the source,
//! and which marks (emphasis, links, code …) lie over it. A reader makes flows; [`Flow::segments`] cuts them.

use std::ops::Range;

use crate::text::{Span, decomposed};

/// What a mark is, as far as putting it back is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// Wraps words: emphasis, a link, a pair of HTML tags.
    Wrap,
    /// Its text must come back letter for letter: inline code, an autolink, a bare URL or e-mail address.
    Verbatim,
    /// Has no text and stands at a point: a footnote reference, an HTML tag, an image amid text.
    Point,
    /// Stands in the place of the space that it is over: the end of a line or a cue of subtitles.
    Break,
}

/// A mark over `range` of a text; `open` and `close` are its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub kind: MarkKind,
    pub range: Range<usize>,
    /// Of all but a [`MarkKind::Wrap`], the whole source; empty for a bare URL or address.
    pub open: String,
    /// Of a [`MarkKind::Wrap`] only.
    pub close: String,
    /// From its opening to its closing in the source: says which marks lie in which.
    pub place: Span,
    /// The source of the white space before and behind the sentence that a [`MarkKind::Wrap`] takes in, as in
    /// `[the note ](x)`.
    pub edges: [String; 2],
}

impl Mark {
    pub(super) fn new(kind: MarkKind, range: Range<usize>, open: &str, close: &str) -> Self {
        Self {
            kind,
            range,
            open: open.to_owned(),
            close: close.to_owned(),
            place: Span { start: 0, end: 0 },
            edges: [String::new(), String::new()],
        }
    }
}

/// A [`Mark`] with its place in the source.
#[derive(Debug, Clone)]
pub(super) struct PlacedMark {
    pub mark: Mark,
    pub open: Span,
    pub close: Span,
    /// Whether `open` and `close` of the mark are what stands in the source, so that they can be left there.
    pub stays: bool,
}

/// A piece of the text and its source; equal letter for letter unless the source is an escape, entity or code.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub start: usize,
    pub len: usize,
    pub source: Span,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    pub text: String,
    /// Whether it is written as HTML, whatever the article is.
    pub is_html: bool,
    pub atoms: Vec<Atom>,
    pub marks: Vec<PlacedMark>,
}

impl Flow {
    /// Appends `text`, which stands at `source`, without what nobody sees of it: soft hyphens and the like within words.
    pub(super) fn push(&mut self, text: &str, source: Span) {
        let same = text.len() == source.end - source.start;
        let mut at = 0;
        let directs = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let unseen = |(n, c): &(usize, char)| is_unseen(text, *n, *c) || directs(*c);
        for (n, c) in text.char_indices().filter(unseen) {
            let piece = Span {
                start: source.start + at,
                end: source.start + n,
            };
            self.add(&text[at..n], if same { piece } else { source });
            at = n + c.len_utf8();
            if directs(c) {
                // It says which way the text runs, and stays where it is.
                let here = Span {
                    start: source.start + n,
                    end: source.start + at,
                };
                let here = if same { here } else { source };
                let end = self.text.len();
                let sign = Mark::new(MarkKind::Point, end..end, c.encode_utf8(&mut [0; 4]), "");
                self.mark(PlacedMark {
                    mark: sign,
                    open: here,
                    close: here,
                    stays: false,
                });
            }
        }
        let rest = Span {
            start: source.start + at,
            ..source
        };
        self.add(&text[at..], if same { rest } else { source });
    }

    /// Appends `text` with composed letters, each of which stands where its parts do.
    fn add(&mut self, text: &str, source: Span) {
        let same = text.len() == source.end - source.start;
        let place = |range: Range<usize>| match same {
            true => Span {
                start: source.start + range.start,
                end: source.start + range.end,
            },
            false => source,
        };
        let mut at = 0;
        for (range, letter) in decomposed(text) {
            self.atom(&text[at..range.start], place(at..range.start));
            at = range.end;
            self.atom(&letter, place(range));
        }
        self.atom(&text[at..], place(at..text.len()));
    }

    fn atom(&mut self, text: &str, source: Span) {
        if !text.is_empty() {
            self.atoms.push(Atom {
                start: self.text.len(),
                len: text.len(),
                source,
            });
            self.text.push_str(text);
        }
    }

    /// Gives back the room that was kept for more: a text has many lines, and most are of one piece.
    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.atoms.shrink_to_fit();
        self.marks.shrink_to_fit();
    }

    /// Whether a piece of the text stands at `span` of the source.
    pub(super) fn covers(&self, span: Span) -> bool {
        let after = self
            .atoms
            .partition_point(|atom| atom.source.end <= span.start);
        let next = self.atoms.get(after);
        next.is_some_and(|atom| atom.source.start < span.end)
    }

    /// Whether no mark begins at byte `from` of the text or later, and there is text.
    pub(super) fn is_bare(&self, from: usize) -> bool {
        from < self.text.len() && self.marks.iter().all(|m| m.mark.range.end <= from)
    }

    /// Adds a mark. Marks must be well nested. One around nothing but white space belongs on no words: its two ends stand
    /// at points.
    pub(super) fn mark(&mut self, mut placed: PlacedMark) {
        let PlacedMark { open, close, .. } = placed;
        let Mark { kind, range, .. } = &placed.mark;
        if *kind == MarkKind::Wrap && self.text[range.clone()].trim().is_empty() {
            let ends = [
                (range.start, &placed.mark.open, open),
                (range.end, &placed.mark.close, close),
            ];
            for (at, literal, span) in ends {
                let mut mark = Mark::new(MarkKind::Point, at..at, literal, "");
                mark.place = span;
                self.marks.push(PlacedMark {
                    mark,
                    open: span,
                    close: span,
                    stays: false,
                });
            }
            return;
        }
        placed.mark.place = Span {
            start: open.start,
            end: close.end,
        };
        self.marks.push(placed);
    }

    /// Where `range` of the text stands in the source. The range isn't empty.
    pub(super) fn source(&self, range: &Range<usize>) -> Span {
        let atom = |at: usize| &self.atoms[self.atoms.partition_point(|a| a.start <= at) - 1];
        let first = atom(range.start);
        let last = atom(range.end - 1);
        let same = |a: &Atom| a.len == a.source.end - a.source.start;
        Span {
            start: match same(first) {
                true => first.source.start + (range.start - first.start),
                false => first.source.start,
            },
            end: match same(last) {
                true => last.source.start + (range.end - last.start),
                false => last.source.end,
            },
        }
    }
}

/// Whether `c`, which stands at byte `at` of `text`, is not seen and says nothing: a soft hyphen, a byte-order mark, and what
/// has no width where letters don't join.
fn is_unseen(text: &str, at: usize, c: char) -> bool {
    let joins =
        |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !('\u{a0}'..'\u{250}').contains(&c));
    match c {
        '\u{ad}' | '\u{feff}' | '\u{2060}' => true,
        '\u{200b}'..='\u{200d}' => {
            let before = text[..at].chars().next_back();
            let after = text[at + c.len_utf8()..].chars().next();
            !joins(before) && !joins(after)
        }
        _ => false,
    }
}
