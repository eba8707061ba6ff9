//! A segment's marks put back onto its translation.

use std::ops::Range;

use pulldown_cmark::{BrokenLink, Event, Parser, Tag};

use super::escape::{Care, Escaping, escape, opens_freely};
use super::flow::{Mark, MarkKind};
use super::markdown::options;
use super::project::{Alignment, moved};
use super::spaces::with_no_break;
use super::{BlockKind, Format, MarkupIssue, MarkupIssueKind, Segment, html, subtitles};
use crate::text::{Link, Span};

// What stands at one byte, in this order: closings from the inner to the outer, points, openings from the outer to the
// inner, a verbatim piece.
const CLOSING: u8 = 0;
const BETWEEN: u8 = 1;
const OPENING: u8 = 2;
const LITERAL: u8 = 3;

/// How a translation is written.
#[derive(Clone, Copy)]
struct Style {
    /// How much of its words is escaped.
    care: Care,
    /// Whether bare URLs and placeholders are not: one with backslashes is no longer recognised by many a renderer.
    plain: bool,
}

impl Style {
    const USUAL: Self = Self {
        care: Care::Usual,
        plain: true,
    };
    const CAREFUL: Self = Self {
        care: Care::Utmost,
        plain: true,
    };
    const UTMOST: Self = Self {
        care: Care::Utmost,
        plain: false,
    };
}

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
struct Placed<'s> {
    mark: &'s Mark,
    range: Range<usize>,
}

impl Segment {
    /// The translation with the marks of the source, ready to stand in its place: on one line, escaped, well-formed.
    /// Says what had to be guessed or was lost. The segment's own text gives the source back byte for byte.
    pub fn restore(&self, translated: &str) -> (String, Vec<MarkupIssue>) {
        self.restore_by(translated, &[])
    }

    /// Whether it has marks that must find their words in a translation.
    pub fn is_marked(&self) -> bool {
        let mut marks = self.marks.iter();
        marks.any(|mark| mark.kind != MarkKind::Verbatim)
    }

    /// As [`restore`](Self::restore); `links` say which words of the translation come from which of the text.
    pub fn restore_by(&self, translated: &str, links: &[Link]) -> (String, Vec<MarkupIssue>) {
        if translated == self.text {
            return (self.source().to_owned(), Vec::new());
        }
        let mut issues = Vec::new();
        let text = flatten(translated);
        if text.is_empty() {
            issues.push(self.issue(MarkupIssueKind::Empty, None));
            return (self.source().to_owned(), issues);
        }
        let text = self.with_verbatim(text, &mut issues);
        let mut links = moved(links, translated, &text);
        let text = with_no_break(&self.text, text, &mut links);
        if self.format == Format::Text {
            return (text, issues);
        }
        let mut placed = self.place(&text, &links, &mut issues);
        if self.format != Format::Markdown {
            // Wraps are nested, and nothing in the text can be taken for markup once it is escaped.
            return (self.write_whole(&text, &placed, Style::USUAL), issues);
        }
        for how in [Style::USUAL, Style::CAREFUL, Style::UTMOST] {
            if self.is_sound(&text, &placed, how) {
                return (self.write_whole(&text, &placed, how), issues);
            }
        }
        use MarkupIssueKind::{Displaced, Guessed};
        issues.retain(|issue| !matches!(issue.kind, Guessed | Displaced));
        placed.retain(|p| {
            let wrap = p.mark.kind == MarkKind::Wrap;
            if wrap {
                issues.push(self.issue(MarkupIssueKind::Dropped, Some(p.mark)));
            }
            !wrap
        });
        (self.write_whole(&text, &placed, Style::UTMOST), issues)
    }

    /// Where in `text`, which is the segment's or a translation of it, stands what must come back letter for letter, in
    /// order.
    pub fn verbatim(&self, text: &str) -> Vec<Span> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for mark in self.of_kind(MarkKind::Verbatim) {
            let range = match text == self.text {
                true => Some(mark.range.clone()),
                false => find(
                    text,
                    &self.text[mark.range.clone()],
                    0..text.len(),
                    0,
                    &found,
                ),
            };
            found.extend(range);
        }
        found.sort_by_key(|range| range.start);
        let span = |Range { start, end }| Span { start, end };
        found.into_iter().map(span).collect()
    }

    /// What stands in the article.
    fn source(&self) -> &str {
        self.source.as_ref().unwrap_or(&self.text)
    }

    fn issue(&self, kind: MarkupIssueKind, mark: Option<&Mark>) -> MarkupIssue {
        MarkupIssue {
            segment: Some(self.id),
            kind,
            mark: mark.map_or(String::new(), |m| match m.kind {
                MarkKind::Wrap => format!("{}…{}", m.open, m.close),
                MarkKind::Verbatim => self.text[m.range.clone()].to_owned(),
                MarkKind::Point | MarkKind::Break => m.open.clone(),
            }),
        }
    }

    fn of_kind(&self, kind: MarkKind) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(move |m| m.kind == kind)
    }

    /// `text` with the verbatim pieces that it lacks.
    fn with_verbatim(&self, mut text: String, issues: &mut Vec<MarkupIssue>) -> String {
        let mut taken: Vec<Range<usize>> = Vec::new();
        for mark in self.of_kind(MarkKind::Verbatim) {
            let wanted = &self.text[mark.range.clone()];
            // Models like to write a capital at the start of a sentence, or backticks around code.
            let all = 0..text.len();
            let lower = || text.to_ascii_lowercase();
            let found = find(&text, wanted, all.clone(), 0, &taken)
                .or_else(|| find(&lower(), &wanted.to_ascii_lowercase(), all, 0, &taken));
            if let Some(range) = found {
                text.replace_range(range.clone(), wanted);
                let quoted =
                    text[..range.start].ends_with('`') && text[range.end..].starts_with('`');
                if quoted && !mark.open.is_empty() {
                    text.remove(range.end);
                    text.remove(range.start - 1);
                    for later in taken.iter_mut().filter(|r| r.start > range.start) {
                        *later = later.start - 2..later.end - 2;
                    }
                    taken.push(range.start - 1..range.end - 1);
                } else {
                    taken.push(range);
                }
                continue;
            }
            issues.push(self.issue(MarkupIssueKind::Reinserted, Some(mark)));
            let mut at = Alignment::new(&self.text, &text, &[]).point(mark.range.clone());
            at = outside(at, &taken);
            let space = |c: Option<char>| match c.is_none_or(char::is_whitespace) {
                true => "",
                false => " ",
            };
            let before = space(text[..at].chars().next_back());
            let after = match text[at..].chars().next() {
                Some(c) if c.is_alphanumeric() => " ",
                _ => "",
            };
            let piece = format!("{before}{wanted}{after}");
            for range in taken
                .iter_mut()
                .filter(|r: &&mut Range<usize>| r.start >= at)
            {
                *range = range.start + piece.len()..range.end + piece.len();
            }
            taken.push(at + before.len()..at + before.len() + wanted.len());
            text.insert_str(at, &piece);
        }
        text
    }

    /// Finds a place for every mark.
    fn place(&self, text: &str, links: &[Link], issues: &mut Vec<MarkupIssue>) -> Vec<Placed<'_>> {
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
                at = at.clamp(wrap.range.start, wrap.range.end);
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
        let first = words.clone().find(free).or_else(|| {
            (0..target.len())
                .filter(free)
                .min_by_key(|i| i.abs_diff(words.start))
        })?;
        let last = (first..words.end.max(first + 1)).take_while(free).last()?;
        let mut range = target[first].start..target[last].end;
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

    /// Writes `text` with `placed` marks, and with the white space of the marks' edges.
    fn write_whole(&self, text: &str, placed: &[Placed<'_>], how: Style) -> String {
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
                    let close = edge(mark, 1, range.end == text.len()) + &mark.close;
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
                    let space = if self.stands_apart(mark) { " " } else { "" };
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
                            html::escape(&text[range.clone()], &mut literal);
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
            Format::Html | Format::Vtt => html::escape(piece, out),
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
    fn is_sound(&self, text: &str, placed: &[Placed<'_>], how: Style) -> bool {
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
        // Link definitions stand elsewhere in the article.
        let any = |link: BrokenLink<'_>| {
            let written = format!("[{}]", link.reference);
            let mut literals = self.of_kind(MarkKind::Verbatim);
            // In the source it was none.
            let is_text = literals.any(|mark| self.text[mark.range.clone()].contains(&written));
            (!is_text).then(|| (link.reference.to_string().into(), "".into()))
        };
        let mut found = String::with_capacity(text.len());
        let (mut paragraphs, mut depth) = (0, 0);
        let parser = Parser::new_with_broken_link_callback(&written, options(), Some(any));
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
        depth == -1 && paragraphs == 1 && spans == 0 && html == 0 && found == text
    }
}

/// Whether `mark` lies in `outer`, as the source has them.
fn lies_in(mark: &Mark, outer: &Mark) -> bool {
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

/// One line without control characters.
fn flatten(text: &str) -> String {
    let blank = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let flat: String = text
        .chars()
        .map(|c| if blank(c) { ' ' } else { c })
        .collect();
    flat.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .to_owned()
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// `at`, moved to the end of the range that it lies within.
fn outside(at: usize, ranges: &[Range<usize>]) -> usize {
    let within = ranges.iter().find(|r| r.start < at && at < r.end);
    within.map_or(at, |r| r.end)
}

/// The occurrence of `wanted` in `text[bounds]` nearest to byte `expected` that isn't part of a longer word and overlaps
/// no `taken` range.
fn find(
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

#[cfg(test)]
mod tests {
    use super::super::{Article, Format};
    use super::*;
    use crate::text::Lang;
    use MarkupIssueKind::*;

    /// Translates the only segment of `source`.
    #[track_caller]
    fn check(
        source: &str,
        text: &str,
        translated: &str,
        expected: &str,
        issues: &[MarkupIssueKind],
    ) {
        let article = Article::parse(source.to_owned(), Format::Markdown).without_labels();
        let segments = article.segments(Some(Lang::IT));
        assert_eq!(segments.len(), 1, "{segments:?}");
        assert_eq!(segments[0].text, text);
        let (written, found) = article.reassemble([(&segments[0], translated)]);
        assert_eq!(written, expected);
        assert_eq!(
            found.iter().map(|i| i.kind).collect::<Vec<_>>(),
            issues,
            "{written}"
        );
        assert_eq!(article.reassemble([(&segments[0], text)]).0, source);
    }

    #[test]
    fn names_and_cognates_carry_their_marks() {
        check(
            "Il presidente **Vladimir Putin** si è [congratulato](https://e.org/a_b \"T\").",
            "Il presidente Vladimir Putin si è congratulato.",
            "President Vladimir Putin has congratulated.",
            "President **Vladimir Putin** has [congratulated](https://e.org/a_b \"T\").",
            &[],
        );
        check(
            "L’*invasione* dell’Ucraina.",
            "L’invasione dell’Ucraina.",
            "The invasion of Ukraine.",
            "The *invasion* of Ukraine.",
            &[],
        );
        check(
            "La casa _bella_ di Mario.",
            "La casa bella di Mario.",
            "Mario's beautiful house.",
            "Mario's _beautiful_ house.",
            &[Guessed],
        );
    }

    #[test]
    fn nested_marks_stay_nested() {
        check(
            "Leggi [il *nuovo* rapporto **Osce**](u) oggi.",
            "Leggi il nuovo rapporto Osce oggi.",
            "Read the new report Osce today.",
            "Read [the *new* report **Osce**](u) today.",
            &[Guessed, Guessed],
        );
    }

    #[test]
    fn code_urls_and_addresses_come_back() {
        check(
            "Usa `cargo run` o vedi https://e.org/x_y?a=1.",
            "Usa cargo run o vedi https://e.org/x_y?a=1.",
            "See https://e.org/x_y?a=1 or use cargo run.",
            "See https://e.org/x_y?a=1 or use `cargo run`.",
            &[],
        );
        check(
            "Con `cargo` e `rustc`.",
            "Con cargo e rustc.",
            "Cargo and `rustc`.",
            "`cargo` and `rustc`.",
            &[],
        );
        check(
            "Scrivi a <mario@e.org> o usa `x*y`.",
            "Scrivi a mario@e.org o usa x*y.",
            "Write to Mario or use.",
            "Write to <mario@e.org> Mario or use `x*y`.",
            &[Reinserted, Reinserted],
        );
    }

    #[test]
    fn points_keep_their_place() {
        check(
            "Vince Tokayev[^1], dice l’Osce.\n\n[^1]: 12",
            "Vince Tokayev, dice l’Osce.",
            "Tokayev wins, says Osce.",
            "Tokayev[^1] wins, says Osce.\n\n[^1]: 12",
            &[],
        );
        check(
            "Acqua: H<sub>2</sub>O e ![i](i.png) basta.",
            "Acqua: H2O e  basta.",
            "Water: H2O and  enough.",
            "Water: H<sub>2</sub>O and ![i](i.png)  enough.",
            &[],
        );
    }

    #[test]
    fn numbers_of_notes_stay_whole_behind_their_words() {
        for note in [
            "<sup>3</sup>",
            "<span class=\"n\"><sup>3</sup></span>",
            "<strong><sup>3</sup></strong>",
            "<sup><a href=\"#n\">[3]</a></sup>",
            "<a href=\"#n\"><sup>[3]</sup></a>",
            "<span><a href=\"#n\">3</a></span>",
            "<b><i><sup>3</sup></i></b>",
            "<span><sup>3</sup><sup>,</sup><sup>4</sup></span>",
            "<sup><em>3</em></sup>",
            "<cite> <sup>3</sup> </cite>",
        ] {
            let source = format!("<p>Il sindaco Rossi{note} ha detto di no.</p>");
            let article = Article::parse(source, Format::Html);
            let segments = article.segments(Some(Lang::IT));
            let (written, issues) = article.reassemble([(&segments[0], "Mayor Rossi said no.")]);
            assert_eq!(written, format!("<p>Mayor Rossi{note} said no.</p>"));
            assert!(issues.is_empty());
        }
        check(
            "Il sindaco Rossi[[3]](#n3) e [<sup>2</sup>](#n) no.",
            "Il sindaco Rossi e  no.",
            "Mayor Rossi and no.",
            "Mayor Rossi[[3]](#n3) and [<sup>2</sup>](#n) no.",
            &[],
        );
    }

    #[test]
    fn what_is_not_known_keeps_the_order_of_the_marks() {
        check(
            "Vedi [mappe](a) [foto](b) [lettere](c) qui.",
            "Vedi mappe foto lettere qui.",
            "See maps photos letters here.",
            "See [maps](a) [photos](b) [letters](c) here.",
            &[Guessed, Guessed],
        );
        check(
            "Un *uno* **due** [tre](c) fine.",
            "Un uno due tre fine.",
            "Only two.",
            "*Only* **two**.",
            &[Guessed, Guessed, Dropped],
        );
        check(
            "Un *uno* [due](b) fine.",
            "Un uno due fine.",
            "The end.",
            "*The* [end](b).",
            &[Displaced, Guessed],
        );
    }

    #[test]
    fn signs_that_were_escaped_are() {
        check(
            "Costa \\$5 per me e \\~3 per te.",
            "Costa $5 per me e ~3 per te.",
            "It is $5 for me and ~3 for you.",
            "It is \\$5 for me and \\~3 for you.",
            &[],
        );
        check(
            "H~2~O ~~no~~ va.",
            "H~2~O no va.",
            "H~2~O goes no.",
            "H~2~O goes ~~no~~.",
            &[],
        );
    }

    #[test]
    fn marks_around_whole_sentences_stay_in_the_source() {
        let source = "**Prima frase. Seconda frase.** [Terza.](u)";
        let article = Article::parse(source.to_owned(), Format::Markdown);
        let segments = article.segments(Some(Lang::IT));
        let texts: Vec<_> = segments.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(texts, ["Prima frase.", "Seconda frase.", "Terza."]);
        let (written, issues) = article.reassemble(segments.iter().zip(["A.", "B.", "C."]));
        assert_eq!((written.as_str(), issues.len()), ("**A. B.** [C.](u)", 0));
    }

    #[test]
    fn a_mark_over_a_border_joins_the_sentences() {
        check(
            "Una *cosa. Due* cose.",
            "Una cosa. Due cose.",
            "One thing. Two things.",
            "One *thing. Two* things.",
            &[Guessed],
        );
    }

    #[test]
    fn a_reference_keeps_its_label() {
        check(
            "Vedi [il rapporto].\n\n[il rapporto]: https://e.org",
            "Vedi il rapporto.",
            "See the report.",
            "See [the report][il rapporto].\n\n[il rapporto]: https://e.org",
            &[Guessed],
        );
    }

    #[test]
    fn what_would_be_markup_is_escaped() {
        for (translated, expected) in [
            ("# No", "\\# No"),
            ("1. No", "1\\. No"),
            ("- No", "\\- No"),
            ("> No\n\nNo", "\\> No  No"),
            (
                "a *b* _c_ `d` [e](f) <b>",
                "a \\*b\\* \\_c\\_ \\`d\\` \\[e\\](f) \\<b>",
            ),
            (
                "snake_case 5 * 3 R&B &amp; 2 < 3",
                "snake_case 5 * 3 R&B \\&amp; 2 < 3",
            ),
            ("---", "\\---"),
            ("```", "\\`\\`\\`"),
            ("    x", "x"),
        ] {
            check("Ciao", "Ciao", translated, expected, &[]);
        }
        check("Ciao", "Ciao", " \n ", "Ciao", &[Empty]);
    }

    #[test]
    fn a_translation_too_short_for_its_marks_drops_them() {
        check(
            "**Uno** e *due* no.",
            "Uno e due no.",
            "Nothing",
            "**Nothing**",
            &[Guessed, Dropped],
        );
        check("**Uno** e due.", "Uno e due.", "…", "…", &[Dropped]);
    }
}
