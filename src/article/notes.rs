//! The numbers of notes in running text.

use std::cmp::Reverse;
use std::ops::Range;

use super::flow::{Flow, Mark, MarkKind, PlacedMark};
use crate::text::Span;

impl Flow {
    /// Takes the numbers of notes out of the text: in `agree<sup>56</sup>,` and `agree[1](#n1),` they are no part of the
    /// sentence, and each stands whole at its point behind the word. `source` is the article's text.
    pub(super) fn lift_notes(&mut self, source: &str) {
        let mut wraps: Vec<&PlacedMark> = self.marks.iter().collect();
        wraps.retain(|placed| placed.mark.kind == MarkKind::Wrap);
        wraps.sort_by_key(|m| (m.mark.range.start, Reverse(m.mark.range.end), m.open.start));
        let mut notes: Vec<(Range<usize>, Span)> = Vec::new();
        for Mark {
            range, place, open, ..
        } in wraps.into_iter().map(|placed| &placed.mark)
        {
            let free = notes.last().is_none_or(|(last, _)| last.end <= range.start);
            if free && is_note(&self.text, range, open) {
                notes.push((range.clone(), *place));
            }
        }
        if notes.is_empty() {
            return;
        }
        self.widen(&mut notes);
        let within = |at: usize| notes.iter().any(|(note, _)| note.contains(&at));
        let moved = |at: usize| {
            let before = notes.iter().take_while(|(note, _)| note.start < at);
            at - before
                .map(|(note, _)| note.end.min(at) - note.start)
                .sum::<usize>()
        };
        let of_note = |at: Span| {
            let mut places = notes.iter().map(|(_, place)| place);
            places.any(|place| place.start <= at.start && at.end <= place.end)
        };
        self.marks.retain(|placed| !of_note(placed.mark.place));
        for PlacedMark { mark, .. } in &mut self.marks {
            mark.range = moved(mark.range.start)..moved(mark.range.end);
        }
        self.atoms.retain(|atom| !within(atom.start));
        for atom in &mut self.atoms {
            atom.start = moved(atom.start);
        }
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (note, place) in &notes {
            text.push_str(&self.text[at..note.start]);
            at = note.end;
            let mut mark = Mark::new(
                MarkKind::Point,
                text.len()..text.len(),
                place.of(source),
                "",
            );
            mark.place = *place;
            self.marks.push(PlacedMark {
                mark,
                open: *place,
                close: *place,
                stays: false,
            });
        }
        text.push_str(&self.text[at..]);
        self.text = text;
    }

    /// Takes what is around nothing but `notes`, as in `<strong><sup>2</sup></strong>`, for a part of them.
    fn widen(&self, notes: &mut Vec<(Range<usize>, Span)>) {
        let wraps = self.marks.iter().map(|placed| &placed.mark);
        for Mark { range, place, .. } in wraps.filter(|mark| mark.kind == MarkKind::Wrap) {
            let is_inside = |(note, at): &(Range<usize>, Span)| {
                range.start <= note.start
                    && note.end <= range.end
                    && at != place
                    && place.start <= at.start
                    && at.end <= place.end
            };
            let Some(first) = notes.iter().position(is_inside) else {
                continue;
            };
            let is_blank = |at: Range<usize>| self.text[at].trim().is_empty();
            let last = notes.iter().rposition(is_inside).unwrap_or(first);
            // Between two notes there may be a comma.
            let is_bare = notes[first..=last].windows(2).all(|pair| {
                let between = &self.text[pair[0].0.end..pair[1].0.start];
                !between.contains(char::is_alphanumeric)
            });
            let ends = [
                range.start..notes[first].0.start,
                notes[last].0.end..range.end,
            ];
            if is_bare && ends.into_iter().all(is_blank) {
                notes.retain(|note| !is_inside(note));
                notes.insert(first, (range.clone(), *place));
            }
        }
    }
}

/// Whether the mark that `open` opens over `range` of `text` is the number of a note: without letters, but for a raised one
/// alone, raised or a link, and close behind a word.
fn is_note(text: &str, range: &Range<usize>, open: &str) -> bool {
    let inner = text[range.clone()].trim();
    let bracketed = inner
        .strip_prefix('[')
        .and_then(|one| one.strip_suffix(']'));
    let alone = bracketed.unwrap_or(inner).trim().chars().count() == 1;
    if inner.is_empty() || !alone && inner.contains(char::is_alphabetic) {
        return false;
    }
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let goes_on = after.starts_with(char::is_alphanumeric);
    let tag = open.trim_start_matches('<');
    let name = &tag[..tag
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(tag.len())];
    if open.starts_with('<') && name.eq_ignore_ascii_case("sup") {
        return !goes_on || before.trim().is_empty();
    }
    let link = open == "[" || open.starts_with('<') && name.eq_ignore_ascii_case("a");
    if inner.contains(char::is_alphabetic) && bracketed.is_none() {
        return false;
    }
    let closes = |c: char| c.is_alphanumeric() || ".,;:!?…)]»”’\"'%".contains(c);
    link && !goes_on && before.ends_with(closes)
}
