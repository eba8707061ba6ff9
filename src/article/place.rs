//! Where the marks of a segment stand in its translation.

use std::cmp::Reverse;
use std::ops::Range;

use super::flow::{Mark, MarkKind};
use super::project::Alignment;
use super::{MarkupIssue, MarkupIssueKind, Segment, subtitles};
use crate::languages::Language;
use crate::text::Link;

/// How the words of a mark were found in the translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// They correspond to those in the source.
    Sure,
    /// They stand where those are likely to.
    Guessed,
    /// Others had been taken for them: these stand beside those.
    Beside,
}

/// A mark and its range in the translation.
pub(super) struct Placed<'s> {
    pub mark: &'s Mark,
    pub range: Range<usize>,
}

impl Segment {
    /// Finds a place for every mark.
    pub(super) fn place(
        &self,
        text: &str,
        links: &[Link],
        issues: &mut Vec<MarkupIssue>,
    ) -> Vec<Placed<'_>> {
        if self.marks.is_empty() {
            return Vec::new();
        }
        let alignment = Alignment::new(&self.text, text, links);
        let mut verbatim: Vec<Range<usize>> = Vec::new();
        let mut placed: Vec<Placed<'_>> = Vec::new();
        for mark in self.of_kind(MarkKind::Verbatim) {
            let wanted = &self.text[mark.range.clone()];
            if let Some(range) = find(text, wanted, 0..text.len(), 0, &verbatim) {
                verbatim.push(range.clone());
                placed.push(Placed { mark, range });
            } else {
                issues.push(self.issue(MarkupIssueKind::Dropped, Some(mark)));
            }
        }
        let wraps = self.place_wraps(text, &alignment, &verbatim, issues);
        for mark in self.of_kind(MarkKind::Point) {
            let mut at = match mark.range.start == self.text.len() {
                true => text.len(),
                false => alignment.point(mark.range.clone()),
            };
            let after_mark = self.text[..mark.range.start]
                .ends_with(|c: char| !c.is_alphanumeric() && !c.is_whitespace());
            if after_mark {
                at += text[at..]
                    .find(|c: char| c.is_alphanumeric() || c.is_whitespace())
                    .unwrap_or(text.len() - at);
            }
            // What stands right before a word or a full stop, as `<b>` does, stays there.
            let (before, after) = self.text.split_at(mark.range.start);
            if before.ends_with(char::is_whitespace) && !after.starts_with(char::is_whitespace) {
                at += text[at..].len() - text[at..].trim_start().len();
            }
            let mut at = outside(at, &verbatim);
            // A tag outside of a mark stays outside: it may be half of another.
            for wrap in wraps.iter().filter(|wrap| !lies_in(mark, wrap.mark)) {
                if wrap.range.start < at && at < wrap.range.end {
                    at = match mark.place.start < wrap.mark.place.start {
                        true => wrap.range.start,
                        false => wrap.range.end,
                    };
                }
            }
            if let Some(wrap) = around(mark, &wraps).last() {
                // What ends a wrap ends it.
                let last = mark.range.start >= wrap.mark.range.end;
                at = match last {
                    true => wrap.range.end,
                    false => at.clamp(wrap.range.start, wrap.range.end),
                };
            }
            placed.push(Placed {
                mark,
                range: at..at,
            });
        }
        placed.extend(wraps);
        self.place_breaks(text, &alignment, &mut placed);
        placed
    }

    /// Finds a place for every wrap, the outer ones first, each within the one around it and off its sisters: for those first
    /// whose words are known, then for the others between them, in the order of the source.
    fn place_wraps(
        &self,
        text: &str,
        alignment: &Alignment,
        verbatim: &[Range<usize>],
        issues: &mut Vec<MarkupIssue>,
    ) -> Vec<Placed<'_>> {
        let marks: Vec<&Mark> = self.of_kind(MarkKind::Wrap).collect();
        let depth = |mark: &Mark| marks.iter().filter(|other| lies_in(mark, other)).count();
        let depths: Vec<usize> = marks.iter().map(|mark| depth(mark)).collect();
        let mut wraps: Vec<Placed<'_>> = Vec::with_capacity(marks.len());
        for level in 0..=depths.iter().copied().max().unwrap_or(0) {
            let same = || (0..marks.len()).filter(|&n| depths[n] == level);
            let mut left: Vec<usize> = Vec::new();
            for sure in [true, false] {
                let these: Vec<usize> = match sure {
                    true => same().collect(),
                    false => std::mem::take(&mut left),
                };
                for (i, &n) in these.iter().enumerate() {
                    let mark = marks[n];
                    let bounds = around(mark, &wraps).last();
                    let bounds = bounds.map_or(0..text.len(), |w| w.range.clone());
                    let sisters: Vec<_> = wraps
                        .iter()
                        .filter(|w| !lies_in(mark, w.mark))
                        .map(|w| w.range.clone())
                        .collect();
                    let place =
                        |bounds| self.place_wrap(mark, text, alignment, bounds, &sisters, verbatim);
                    let found = match sure {
                        true => place(bounds.clone()).filter(|(_, how)| *how == Found::Sure),
                        false => {
                            let later = these[i + 1..].iter().map(|&n| marks[n]);
                            let between = between(mark, later, &wraps, alignment, &bounds);
                            let found = place(between);
                            found.or_else(|| Some((place(bounds.clone())?.0, Found::Beside)))
                        }
                    };
                    match found {
                        Some((range, how)) => {
                            let range = self.to_ends(mark, range, text, &bounds);
                            let range = self.with_signs(mark, range, text, &bounds, &sisters);
                            let kind = match how {
                                Found::Sure => None,
                                Found::Guessed => Some(MarkupIssueKind::Guessed),
                                Found::Beside => Some(MarkupIssueKind::Displaced),
                            };
                            issues.extend(kind.map(|kind| self.issue(kind, Some(mark))));
                            wraps.push(Placed { mark, range });
                        }
                        None if sure => left.push(n),
                        None => issues.push(self.issue(MarkupIssueKind::Dropped, Some(mark))),
                    }
                }
            }
        }
        wraps
    }

    /// Finds a space for every break, in order and each its own, behind the word that corresponds to the one before it.
    /// What is too short for all of them has no lines, and then empty cues.
    fn place_breaks<'s>(&'s self, text: &str, alignment: &Alignment, placed: &mut Vec<Placed<'s>>) {
        let mut breaks: Vec<&Mark> = self.of_kind(MarkKind::Break).collect();
        if breaks.is_empty() {
            return;
        }
        let gaps: Vec<usize> = text
            .char_indices()
            .filter(|(_, c)| *c == ' ')
            .map(|(at, _)| at)
            .collect();
        // What lies in one line or cue stays in one: a date in bold, a tag's words.
        let whole = |placed: &&Placed<'_>| {
            let over = &placed.mark.range;
            let parts = |one: &&Mark| over.start <= one.range.start && one.range.end <= over.end;
            placed.mark.kind == MarkKind::Wrap && !breaks.iter().any(parts)
        };
        let solid: Vec<_> = placed
            .iter()
            .filter(whole)
            .map(|placed| placed.range.clone())
            .collect();
        let within = |gap: &usize| {
            solid
                .iter()
                .any(|range| range.start < *gap && *gap < range.end)
        };
        let outer: Vec<usize> = gaps.iter().copied().filter(|gap| !within(gap)).collect();
        let gaps = if outer.len() < breaks.len() {
            gaps
        } else {
            outer
        };
        if breaks.len() > gaps.len() {
            breaks.retain(|mark| mark.open.lines().any(subtitles::is_times));
        }
        let mut free = 0;
        for (i, mark) in breaks.iter().enumerate() {
            let left = breaks.len() - i - 1;
            let wanted = alignment.point(mark.range.start..mark.range.start);
            let nearest = gaps.partition_point(|gap| *gap < wanted);
            // Those behind need a gap each, too.
            let most = gaps.len().saturating_sub(left + 1);
            let range = match gaps.get(nearest.clamp(free, most.max(free))) {
                Some(&gap) => gap..gap + 1,
                None => text.len()..text.len(),
            };
            free = gaps.partition_point(|gap| *gap < range.end);
            placed.push(Placed { mark, range });
        }
    }

    /// Whether what stands at `range` has signs or nothing on both sides: "[edit]".
    fn is_enclosed(&self, range: &Range<usize>) -> bool {
        let is_sign = |c: char| !c.is_whitespace() && !c.is_alphanumeric();
        let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
        before.chars().next_back().is_none_or(is_sign) && after.chars().next().is_none_or(is_sign)
    }

    /// Where a wrap goes, within `bounds` and off its `sisters`; and how that was found.
    fn place_wrap(
        &self,
        mark: &Mark,
        text: &str,
        alignment: &Alignment,
        bounds: Range<usize>,
        sisters: &[Range<usize>],
        verbatim: &[Range<usize>],
    ) -> Option<(Range<usize>, Found)> {
        let (words, certain) = alignment.words(&mark.range);
        let target = &alignment.target;
        let wanted = self.text[mark.range.clone()].trim();
        let expected = target.get(words.start).map_or(0, |w| w.start);
        if let Some(range) = find(text, wanted, bounds.clone(), expected, sisters) {
            return Some((range, Found::Sure));
        }
        let same_word = alignment.within_word(&mark.range).filter(|range| {
            let same = |part: &str| part.to_lowercase() == wanted.to_lowercase();
            text.get(range.clone()).is_some_and(same)
                && bounds.start <= range.start
                && range.end <= bounds.end
                && !sisters.iter().any(|s| overlap(s, range))
        });
        if let Some(range) = same_word {
            return Some((range, Found::Sure));
        }
        let free = |i: &usize| {
            let word = &target[*i];
            bounds.start <= word.start
                && word.end <= bounds.end
                && !sisters.iter().any(|s| overlap(s, word))
        };
        if alignment.is_part(&mark.range) {
            // Of a part of a word no more than one word comes.
            let free = words.clone().filter(free);
            let word = free.min_by_key(|i| {
                let word = &text[target[*i].clone()];
                (is_small(word), Reverse(word.len()))
            });
            if let Some(word) = word.filter(|_| words.len() > 1) {
                return Some((target[word].clone(), Found::Guessed));
            }
        }
        // Of a word that says something, no article or conjunction comes alone.
        let small = |i: usize| is_small(&text[target[i].clone()]);
        let words =
            match words.clone().all(small) && wanted.split_whitespace().any(|one| !is_small(one)) {
                true => {
                    let near = words.start.saturating_sub(2)..(words.end + 2).min(target.len());
                    let said = near
                        .filter(|i| free(i) && !small(*i) && !alignment.is_taken(*i, &mark.range));
                    let nearest = said.min_by_key(|i| (i.abs_diff(words.start), Reverse(*i)));
                    nearest.map_or(words, |i| i..i + 1)
                }
                false => words,
            };
        // Nor does one at the edge of its words, if the mark has none.
        let is_whole = self.is_enclosed(&mark.range);
        let words = match is_whole || wanted.split_whitespace().any(is_small) {
            true => words,
            false => trimmed(words, small),
        };
        let first = words.clone().find(free).or_else(|| {
            (0..target.len())
                .filter(free)
                .min_by_key(|i| i.abs_diff(words.start))
        })?;
        let last = (first..words.end.max(first + 1)).take_while(free).last()?;
        let mut range = target[first].start..target[last].end;
        // What a hyphen joins to the last word is of that word.
        let hyphened = |at: usize| {
            let next = target.iter().find(|word| word.start == at + 1)?;
            let joins = text[at..].starts_with('-') && next.end <= bounds.end;
            (joins && !sisters.iter().any(|s| overlap(s, next))).then_some(next.end)
        };
        if !self.text[mark.range.end..].starts_with('-') {
            while let Some(end) = hyphened(range.end) {
                range.end = end;
            }
        }
        for piece in verbatim
            .iter()
            .filter(|piece| overlap(piece, &range))
            .collect::<Vec<_>>()
        {
            range = range.start.min(piece.start)..range.end.max(piece.end);
        }
        let how = match words == (first..last + 1) {
            true if certain => Found::Sure,
            false if !words.is_empty() && !words.contains(&first) => Found::Beside,
            _ => Found::Guessed,
        };
        Some((range, how))
    }

    /// `range` with the signs close beside it that the wrap has at that end in the source, as the colon of `<b>Name:</b>`.
    fn with_signs(
        &self,
        mark: &Mark,
        mut range: Range<usize>,
        text: &str,
        bounds: &Range<usize>,
        sisters: &[Range<usize>],
    ) -> Range<usize> {
        let inner = self.text[mark.range.clone()].trim();
        let free = |at: Range<usize>| {
            let inside = bounds.start <= at.start && at.end <= bounds.end;
            inside && !sisters.iter().any(|s| overlap(s, &at))
        };
        let mut head: Vec<char> = inner.chars().map_while(sign).collect();
        let mut tail: Vec<char> = inner.chars().rev().map_while(sign).collect();
        // Those that it has already.
        let there = &text[range.clone()];
        let of_head = there.chars().map_while(sign).collect::<Vec<_>>();
        let of_tail = there.chars().rev().map_while(sign).collect::<Vec<_>>();
        let take = |signs: &mut Vec<char>, one: char| {
            let at = signs.iter().position(|other| *other == one)?;
            Some(signs.swap_remove(at))
        };
        of_head.into_iter().for_each(|one| _ = take(&mut head, one));
        of_tail.into_iter().for_each(|one| _ = take(&mut tail, one));
        while let Some(c) = text[..range.start].chars().next_back()
            && free(range.start - c.len_utf8()..range.start)
            && sign(c).and_then(|one| take(&mut head, one)).is_some()
        {
            range.start -= c.len_utf8();
        }
        while let Some(c) = text[range.end..].chars().next()
            && free(range.end..range.end + c.len_utf8())
            && sign(c).and_then(|one| take(&mut tail, one)).is_some()
        {
            range.end += c.len_utf8();
        }
        range
    }

    /// A wrap that takes in the marks at an end of its sentence takes them in there too.
    fn to_ends(
        &self,
        mark: &Mark,
        mut range: Range<usize>,
        text: &str,
        bounds: &Range<usize>,
    ) -> Range<usize> {
        let wordless = |text: &str| !text.contains(char::is_alphanumeric);
        if mark.range.start == 0 && bounds.start == 0 && wordless(&text[..range.start]) {
            range.start = 0;
        }
        let last = mark.range.end == self.text.len() && bounds.end == text.len();
        if last && wordless(&text[range.end..]) {
            range.end = text.len();
        }
        range
    }
}

/// `words` without the small ones at both ends; all of them if there are no others.
fn trimmed(words: Range<usize>, small: impl Fn(usize) -> bool) -> Range<usize> {
    let said = |i: &usize| !small(*i);
    let (first, last) = (words.clone().find(said), words.clone().rfind(said));
    first
        .zip(last)
        .map_or(words, |(first, last)| first..last + 1)
}

/// Whether `word` says little by itself in one of the languages that are known: an article, a preposition, an auxiliary.
fn is_small(word: &str) -> bool {
    let lower = word
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    let mut known = Language::known().iter();
    known.any(|(_, language)| language.function.own.contains(&lower))
}

/// The kind of a sign: marks of one kind stand for each other in a translation. Letters and spaces have none.
fn sign(c: char) -> Option<char> {
    match c {
        _ if c.is_alphanumeric() || c.is_whitespace() => None,
        '"' | '“' | '”' | '„' | '«' | '»' | '‘' | '’' | '\'' => Some('"'),
        '…' => Some('.'),
        '–' | '—' => Some('-'),
        c => Some(c),
    }
}

/// Whether `mark` lies in `outer`, as the source has them.
pub(super) fn lies_in(mark: &Mark, outer: &Mark) -> bool {
    let (inner, outer) = (mark.place, outer.place);
    inner != outer && outer.start <= inner.start && inner.end <= outer.end
}

/// Those of the placed `wraps` that `mark` lies in, the innermost last.
fn around<'w, 's>(mark: &Mark, wraps: &'w [Placed<'s>]) -> impl Iterator<Item = &'w Placed<'s>> {
    wraps.iter().filter(move |w| lies_in(mark, w.mark))
}

/// What of `bounds` lies between the neighbours of `mark` that have a place, with a word left for each of the `later` marks up
/// to the next of them; all of `bounds` where the neighbours changed places.
fn between<'s>(
    mark: &Mark,
    later: impl Iterator<Item = &'s Mark>,
    wraps: &[Placed<'_>],
    alignment: &Alignment,
    bounds: &Range<usize>,
) -> Range<usize> {
    let sisters = || {
        let within = |w: &&Placed<'_>| bounds.start <= w.range.start && w.range.end <= bounds.end;
        wraps
            .iter()
            .filter(within)
            .filter(|w| !lies_in(mark, w.mark))
    };
    let before = sisters().filter(|w| w.mark.place.end <= mark.place.start);
    let before = before.max_by_key(|w| w.mark.place.start);
    let after = sisters().filter(|w| mark.place.end <= w.mark.place.start);
    let after = after.min_by_key(|w| w.mark.place.start);
    let start = before.map_or(bounds.start, |w| w.range.end);
    let end = after.map_or(bounds.end, |w| w.range.start);
    if start > end {
        return bounds.clone();
    }
    let last = after.map_or(usize::MAX, |w| w.mark.place.start);
    let later = later.filter(|one| one.place.start < last).count();
    let words = alignment.target.iter();
    let words: Vec<_> = words.filter(|w| start <= w.start && w.end <= end).collect();
    match words.len().checked_sub(later + 1) {
        Some(most) => start..words[most].end.max(start),
        None => start..end,
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// `at`, moved to the end of the range that it lies within.
pub(super) fn outside(at: usize, ranges: &[Range<usize>]) -> usize {
    let within = ranges.iter().find(|r| r.start < at && at < r.end);
    within.map_or(at, |r| r.end)
}

/// The occurrence of `wanted` in `text[bounds]` nearest to byte `expected` that isn't part of a longer word and overlaps
/// no `taken` range.
pub(super) fn find(
    text: &str,
    wanted: &str,
    bounds: Range<usize>,
    expected: usize,
    taken: &[Range<usize>],
) -> Option<Range<usize>> {
    if wanted.is_empty() {
        return None;
    }
    let joined = |a: Option<char>, b: Option<char>| match (a, b) {
        (Some(a), Some(b)) => a.is_alphanumeric() && b.is_alphanumeric(),
        _ => false,
    };
    text[bounds.clone()]
        .match_indices(wanted)
        .map(|(i, _)| bounds.start + i..bounds.start + i + wanted.len())
        .filter(|r| {
            !joined(text[..r.start].chars().next_back(), wanted.chars().next())
                && !joined(wanted.chars().next_back(), text[r.end..].chars().next())
                && !taken.iter().any(|t| overlap(t, r))
        })
        .min_by_key(|r| r.start.abs_diff(expected))
}
