//! The running text of one block: what is left when markup is stripped, where each piece of it stands in the source,
//! and which marks (emphasis, links, code …) lie over it. A reader makes flows; [`Flow::segments`] cuts them.

use std::cmp::Reverse;
use std::ops::Range;

use super::{BlockKind, Format, Segment, SegmentId};
use crate::text::{Lang, Span, sentences};

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
struct Atom {
    start: usize,
    len: usize,
    source: Span,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    pub text: String,
    atoms: Vec<Atom>,
    marks: Vec<PlacedMark>,
}

impl Flow {
    /// Appends `text`, which stands at `source`.
    pub(super) fn push(&mut self, text: &str, source: Span) {
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

    /// Adds a mark. Marks must be well nested.
    pub(super) fn mark(&mut self, mark: PlacedMark) {
        self.marks.push(mark);
    }

    /// Marks bare URLs and e-mail addresses that lie in no verbatim mark yet.
    pub(super) fn mark_addresses(&mut self) {
        let taken: Vec<_> = self
            .marks
            .iter()
            .filter(|m| m.mark.kind == MarkKind::Verbatim)
            .map(|m| m.mark.range.clone())
            .collect();
        let mut taken = taken.iter().peekable();
        let mut found = Vec::new();
        for word in self.text.split_whitespace() {
            let at = word.as_ptr() as usize - self.text.as_ptr() as usize;
            let Some(inner) = address(word) else { continue };
            let range = at + inner.start..at + inner.end;
            while taken.next_if(|t| t.end <= range.start).is_some() {}
            if taken.peek().is_none_or(|t| t.start >= range.end) {
                found.push(range);
            }
        }
        for range in found {
            let source = self.source(&range);
            self.marks.push(PlacedMark {
                mark: Mark {
                    kind: MarkKind::Verbatim,
                    // Ordinary text, to be escaped as such.
                    open: String::new(),
                    close: String::new(),
                    range,
                },
                open: source,
                close: source,
                stays: false,
            });
        }
    }

    /// Where `range` of the text stands in the source. The range isn't empty.
    fn source(&self, range: &Range<usize>) -> Span {
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

    /// The sentences as ranges of the text, those joined that a mark would be cut between.
    fn cut(&self, lang: Option<Lang>) -> Vec<Range<usize>> {
        let all = sentences(&self.text, lang);
        let mut solid: Vec<_> = self.marks.iter().map(|m| &m.mark.range).collect();
        // A mark over whole sentences may stay around them in the source.
        for (range, placed) in solid.iter_mut().zip(&self.marks) {
            let first = all.partition_point(|s| s.end <= range.start);
            let last = all.partition_point(|s| s.start < range.end);
            if placed.stays
                && first < last
                && all[first].start >= range.start
                && all[last - 1].end <= range.end
            {
                *range = &(0..0);
            }
        }
        solid.sort_by_key(|r| r.start);
        let mut solid = solid.into_iter().peekable();
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(all.len());
        let mut reach = 0;
        for sentence in all {
            if let Some(last) = joined.last_mut() {
                while let Some(range) = solid.next_if(|r| r.start < last.end) {
                    reach = reach.max(range.end);
                }
                if reach > sentence.start {
                    last.end = sentence.end;
                    continue;
                }
            }
            joined.push(sentence.start..sentence.end);
        }
        joined
    }

    /// Whether anything in `range` is for a translator: a letter outside of verbatim marks.
    fn has_words(&self, range: &Range<usize>, marks: &[&PlacedMark]) -> bool {
        let verbatim = |at: usize| {
            let mut marks = marks.iter().map(|m| &m.mark);
            marks.any(|m| m.kind == MarkKind::Verbatim && m.range.contains(&at))
        };
        self.text[range.clone()]
            .char_indices()
            .any(|(i, c)| c.is_alphabetic() && !verbatim(range.start + i))
    }

    /// Cuts the flow into segments. `source` is the article's text.
    pub(super) fn segments(
        &self,
        block: usize,
        kind: BlockKind,
        format: Format,
        source: &str,
        lang: Option<Lang>,
        into: &mut Vec<Segment>,
    ) {
        let mut pending = self.marks.iter().collect::<Vec<_>>();
        // Outer before inner; of points in one place, the first in the source.
        pending.sort_by_key(|m| (m.mark.range.start, Reverse(m.mark.range.end), m.open.start));
        let mut pending = pending.into_iter().peekable();
        // Marks that may still reach into later sentences.
        let mut live: Vec<&PlacedMark> = Vec::new();
        let mut n = 0;
        for range in self.cut(lang) {
            live.retain(|m| m.mark.range.end >= range.start);
            while let Some(mark) = pending.next_if(|m| m.mark.range.start <= range.end) {
                live.push(mark);
            }
            let mut span = self.source(&range);
            let mut marks = Vec::new();
            for placed in &live {
                let Mark { kind, range: r, .. } = &placed.mark;
                let inside = r.start >= range.start && r.end <= range.end;
                let whole = r.start <= range.start && r.end >= range.end;
                if inside
                    && *kind != MarkKind::Point
                    && !(whole && placed.stays && *kind == MarkKind::Wrap)
                {
                    span.start = span.start.min(placed.open.start);
                    span.end = span.end.max(placed.close.end);
                    marks.push(*placed);
                }
            }
            // Points at the edge stay in the source, unless something inside reaches around them.
            for placed in &live {
                if placed.mark.kind == MarkKind::Point
                    && span.start <= placed.open.start
                    && placed.open.end <= span.end
                {
                    marks.push(*placed);
                }
            }
            if !self.has_words(&range, &marks) {
                continue;
            }
            n += 1;
            let marks = marks.into_iter().map(|placed| Mark {
                range: placed.mark.range.start.clamp(range.start, range.end) - range.start
                    ..placed.mark.range.end.clamp(range.start, range.end) - range.start,
                ..placed.mark.clone()
            });
            // Only a mark that crosses a hard line break leaves one in.
            let text = self.text[range.clone()].replace('\n', " ");
            let there = span.of(source);
            into.push(Segment {
                id: SegmentId { block, n: n - 1 },
                span,
                marks: marks.collect(),
                source: (there != text).then(|| there.to_owned()),
                text,
                kind,
                format,
            });
        }
    }
}

/// Where in `word` a URL or an e-mail address stands, if it is one.
fn address(word: &str) -> Option<Range<usize>> {
    let url = ["https://", "http://", "ftp://", "mailto:", "www."]
        .iter()
        .filter_map(|scheme| word.find(scheme))
        .min();
    let start = match url {
        Some(at) => at,
        None => {
            let at = word.find('@')?;
            let name = word[..at].trim_start_matches(|c: char| !c.is_alphanumeric());
            let host = word[at + 1..].trim_end_matches(|c: char| !c.is_alphanumeric());
            if name.is_empty() || !host.contains('.') {
                return None;
            }
            at - name.len()
        }
    };
    let mut inner = word[start..].trim_end_matches(|c: char| {
        !(c.is_alphanumeric() || matches!(c, '/' | ')' | '=' | '&' | '#' | '-' | '_'))
    });
    // A closing bracket belongs to the address only with its opening one.
    while inner.ends_with(')') && inner.matches('(').count() < inner.matches(')').count() {
        inner = inner[..inner.len() - 1]
            .trim_end_matches(['.', ',', ';', ':', '!', '?', '»', '”', '"']);
    }
    (!inner.is_empty()).then(|| start..start + inner.len())
}
