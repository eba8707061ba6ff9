//! Running text cut into segments, each with the marks that a translation of it must write.

use std::cmp::Reverse;
use std::ops::Range;

use super::flow::{Flow, Mark, MarkKind, PlacedMark};
use super::plain::number;
use super::{BlockKind, Format, Segment, SegmentId};
use crate::text::{Lang, Span, sentences};

/// Signs that part the items of a row where spaces are around them: of a menu, of a way through a site.
const BETWEEN: [char; 6] = ['|', '›', '»', '•', '·', '→'];

/// Pushes the items of the row that `sentence` is, or itself.
fn parts(text: &str, sentence: Span, found: &mut Vec<Span>) {
    let inner = sentence.of(text);
    let mut start = sentence.start;
    for (at, sign) in inner.match_indices(BETWEEN) {
        let (before, after) = (&inner[..at], &inner[at + sign.len()..]);
        let apart = before.ends_with(char::is_whitespace) && after.starts_with(char::is_whitespace);
        // In French a space stands before the mark that closes.
        let closes = sign == "»" && before.contains('«');
        // "a | b" is a formula or a choice.
        let said = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count() > 2;
        let item = &text[start..sentence.start + at];
        let next = after.split(BETWEEN).next().unwrap_or_default();
        if apart && !closes && said(item) && said(next) {
            let end = sentence.start + before.trim_end().len();
            found.extend((start < end).then_some(Span { start, end }));
            start = sentence.end - after.trim_start().len();
        }
    }
    let end = sentence.end;
    found.extend((start < end).then_some(Span { start, end }));
}

impl Flow {
    /// The sentences as ranges of the text, those joined that a mark would be cut between.
    fn cut(&self, lang: Option<Lang>) -> Vec<Range<usize>> {
        let mut all = Vec::new();
        for sentence in sentences(&self.text, lang) {
            parts(&self.text, sentence, &mut all);
        }
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
        let text = &self.text[range.clone()];
        let inner = text.strip_prefix('[').and_then(|one| one.strip_suffix(']'));
        // The sign of a note: "[a]".
        let is_note = inner.is_some_and(|inner| inner.chars().count() == 1);
        !is_note
            && text
                .char_indices()
                .any(|(i, c)| c.is_alphabetic() && !verbatim(range.start + i))
    }

    /// The length of the number before the sentence at `range`, which is none of it: of an item, of a section. It stands in no
    /// mark that goes on behind it.
    fn number(&self, range: &Range<usize>, kind: BlockKind) -> usize {
        let before = self.text[..range.start].trim_end_matches([' ', '\u{a0}']);
        if !(before.is_empty() || before.ends_with('\n')) {
            return 0;
        }
        let len = number(&self.text[range.clone()], kind);
        let start = range.start + len;
        let mut marks = self.marks.iter().map(|placed| &placed.mark.range);
        let cuts = |mark: &Range<usize>| {
            mark.start < start
                && start < mark.end
                && !(mark.start <= range.start && range.end <= mark.end)
        };
        match marks.any(cuts) {
            true => 0,
            false => len,
        }
    }

    /// What of `range` is no white space at its ends.
    fn trimmed(&self, range: &Range<usize>) -> Range<usize> {
        let text = &self.text[range.clone()];
        let start = range.start + (text.len() - text.trim_start().len());
        start..start + text.trim().len()
    }

    /// Which of the `live` marks a translation of the sentence at `range` must write, and what of the source it stands for.
    fn taken<'m>(
        &self,
        range: &Range<usize>,
        live: &[&'m PlacedMark],
    ) -> (Span, Vec<&'m PlacedMark>) {
        let mut span = self.source(range);
        let over = |placed: &PlacedMark| match placed.mark.kind {
            MarkKind::Wrap => self.trimmed(&placed.mark.range),
            _ => placed.mark.range.clone(),
        };
        let stays = |placed: &PlacedMark| {
            let over = over(placed);
            let whole = over.start <= range.start && over.end >= range.end;
            placed.stays && placed.mark.kind == MarkKind::Wrap && whole
        };
        let mut taken = vec![false; live.len()];
        for (placed, taken) in live.iter().zip(&mut taken) {
            let over = over(placed);
            let inside = over.start >= range.start && over.end <= range.end;
            if inside && placed.mark.kind != MarkKind::Point && !stays(placed) {
                span.start = span.start.min(placed.open.start);
                span.end = span.end.max(placed.close.end);
                *taken = true;
            }
        }
        // What stands at the edge stays in the source, unless something inside reaches around it.
        let within = |at: Span| span.start <= at.start && at.end <= span.end;
        let marks = live.iter().zip(taken).filter(|(placed, taken)| {
            let edge = placed.mark.kind == MarkKind::Point || stays(placed);
            *taken || edge && within(placed.open) && within(placed.close)
        });
        (span, marks.map(|(placed, _)| *placed).collect())
    }

    /// The marks of the sentence at `range`, with their places in it.
    fn cut_to(&self, range: &Range<usize>, marks: &[&PlacedMark], source: &str) -> Vec<Mark> {
        let wraps = || marks.iter().filter(|m| m.mark.kind == MarkKind::Wrap);
        let cut = |placed: &&PlacedMark| {
            let mark = &placed.mark;
            let mut edges = [String::new(), String::new()];
            if mark.kind == MarkKind::Wrap {
                // What an inner mark takes in is no outer one's.
                let inner = || {
                    wraps().map(|m| &m.mark).filter(|m| {
                        m.place != mark.place
                            && mark.place.start <= m.place.start
                            && m.place.end <= mark.place.end
                    })
                };
                let first = inner().map(|m| m.range.start).min().unwrap_or(range.start);
                let last = inner().map(|m| m.range.end).max().unwrap_or(range.end);
                edges = [
                    self.source_of(mark.range.start..first.min(range.start), source),
                    self.source_of(last.max(range.end)..mark.range.end, source),
                ];
            }
            let within = |at: usize| at.clamp(range.start, range.end) - range.start;
            let trimmed = match mark.kind {
                MarkKind::Wrap => self.trimmed(&mark.range),
                _ => mark.range.clone(),
            };
            Mark {
                range: within(trimmed.start)..within(trimmed.end),
                edges,
                ..mark.clone()
            }
        };
        marks.iter().map(cut).collect()
    }

    /// The source of a part of the text that begins and ends with an atom, without the marks in it; empty if the part is.
    fn source_of(&self, range: Range<usize>, source: &str) -> String {
        let mut at = range.start;
        let mut out = String::new();
        while at < range.end {
            let atom = &self.atoms[self.atoms.partition_point(|a| a.start <= at) - 1];
            let end = range.end.min(atom.start + atom.len);
            out.push_str(self.source(&(at..end)).of(source));
            at = end;
        }
        out
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
        let format = if self.is_html { Format::Html } else { format };
        let mut pending = self.marks.iter().collect::<Vec<_>>();
        // Outer before inner; of points in one place, the first in the source.
        pending.sort_by_key(|m| (m.mark.range.start, Reverse(m.mark.range.end), m.open.start));
        let mut pending = pending.into_iter().peekable();
        // Marks that may still reach into later sentences.
        let mut live: Vec<&PlacedMark> = Vec::new();
        let mut n = 0;
        for mut range in self.cut(lang) {
            range.start += self.number(&range, kind);
            // A mark may take in the white space around the sentence, and others in it.
            let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
            let reach =
                before.trim_end().len()..range.end + (after.len() - after.trim_start().len());
            live.retain(|m| m.mark.range.end >= reach.start);
            while let Some(mark) = pending.next_if(|m| m.mark.range.start <= reach.end) {
                live.push(mark);
            }
            let (span, marks) = self.taken(&range, &live);
            if !self.has_words(&range, &marks) {
                continue;
            }
            n += 1;
            let marks = self.cut_to(&range, &marks, source);
            // Only a mark that crosses a hard line break leaves one in.
            let text = self.text[range.clone()].replace('\n', " ");
            let there = span.of(source);
            into.push(Segment {
                id: SegmentId { block, n: n - 1 },
                span,
                marks,
                source: (there != text).then(|| there.to_owned()),
                text,
                kind,
                format,
                common: Vec::new(),
            });
        }
    }
}
