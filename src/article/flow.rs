//! The running text of one block: what is left when markup is stripped, where each piece of it stands in the source,
//! and which marks (emphasis, links, code …) lie over it. A reader makes flows; [`Flow::segments`] cuts them.

use std::cmp::Reverse;
use std::ops::Range;

use super::{BlockKind, Format, Segment, SegmentId};
use crate::text::{Lang, Span, literals, sentences};

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
struct Atom {
    start: usize,
    len: usize,
    source: Span,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    pub text: String,
    /// Whether it is written as HTML, whatever the article is.
    pub is_html: bool,
    atoms: Vec<Atom>,
    marks: Vec<PlacedMark>,
}

impl Flow {
    /// Appends `text`, which stands at `source`, without what nobody sees of it: soft hyphens and the like within words.
    pub(super) fn push(&mut self, text: &str, source: Span) {
        let same = text.len() == source.end - source.start;
        let mut at = 0;
        for (n, c) in text.char_indices().filter(|(n, c)| is_unseen(text, *n, *c)) {
            let piece = Span {
                start: source.start + at,
                end: source.start + n,
            };
            self.add(&text[at..n], if same { piece } else { source });
            at = n + c.len_utf8();
        }
        let rest = Span {
            start: source.start + at,
            ..source
        };
        self.add(&text[at..], if same { rest } else { source });
    }

    fn add(&mut self, text: &str, source: Span) {
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

    /// Marks bare URLs, e-mail addresses and literals that lie in no verbatim mark yet. `article` is the article's text.
    pub(super) fn mark_literals(&mut self, article: &str) {
        let mut taken: Vec<_> = self
            .marks
            .iter()
            .filter(|m| m.mark.kind == MarkKind::Verbatim)
            .map(|m| m.mark.range.clone())
            .collect();
        taken.sort_by_key(|range| range.start);
        // Long paragraphs have many of each: all lists are in the order of the text, and looked up by place.
        let free = |list: &[Range<usize>], range: &Range<usize>| {
            let next = list.partition_point(|other| other.end <= range.start);
            list.get(next).is_none_or(|other| other.start >= range.end)
        };
        let mut addresses = Vec::new();
        for word in self.text.split_whitespace() {
            let at = word.as_ptr() as usize - self.text.as_ptr() as usize;
            let Some(inner) = address(word) else { continue };
            let range = at + inner.start..at + inner.end;
            if free(&taken, &range) {
                addresses.push(range);
            }
        }
        let ranges = self.marks.iter().map(|m| &m.mark.range);
        let mut edges: Vec<usize> = ranges.flat_map(|range| [range.start, range.end]).collect();
        edges.sort_unstable();
        // A literal that markup parts is none.
        let parted = |range: &Range<usize>| {
            let next = edges.partition_point(|&edge| edge <= range.start);
            edges.get(next).is_some_and(|&edge| edge < range.end)
        };
        let mut found: Vec<_> = literals(&self.text)
            .into_iter()
            .map(|span| span.start..span.end)
            .filter(|range| !parted(range) && free(&taken, range) && free(&addresses, range))
            .collect();
        found.append(&mut addresses);
        found.sort_by_key(|range| range.start);
        for range in found {
            let source = self.source(&range);
            // Text that stands as it reads is escaped as such; what has escapes of its own keeps them.
            let raw = source.of(article);
            let open = match raw == &self.text[range.clone()] || address(raw).is_some() {
                true => "",
                false => raw,
            };
            self.mark(PlacedMark {
                mark: Mark::new(MarkKind::Verbatim, range, open, ""),
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
        for range in self.cut(lang) {
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
            });
        }
    }
}

/// Whether the mark that `open` opens over `range` of `text` is the number of a note: without letters, but for a raised one
/// alone, raised or a link, and close behind a word.
fn is_note(text: &str, range: &Range<usize>, open: &str) -> bool {
    let inner = text[range.clone()].trim();
    let alone = inner.chars().count() == 1;
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
    if inner.contains(char::is_alphabetic) {
        return false;
    }
    let closes = |c: char| c.is_alphanumeric() || ".,;:!?…)]»”’\"'%".contains(c);
    link && !goes_on && before.ends_with(closes)
}

/// Where in `word` a URL or an e-mail address stands, if it is one.
fn address(word: &str) -> Option<Range<usize>> {
    let url = ["https://", "http://", "ftp://", "mailto:", "www."]
        .iter()
        .filter_map(|scheme| word.find(scheme))
        .min();
    let start = match url {
        Some(at) => at,
        None if word.contains('/') => host(word)?,
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
    // What no address has ends it.
    let inner = word[start..]
        .split(['<', '>', '"', '[', ']', '«', '»', '“', '”'])
        .next()?;
    let mut inner = inner.trim_end_matches(|c: char| {
        !(c.is_alphanumeric() || matches!(c, '/' | ')' | '=' | '&' | '#' | '-' | '_'))
    });
    // A closing bracket belongs to the address only with its opening one.
    while inner.ends_with(')') && inner.matches('(').count() < inner.matches(')').count() {
        inner = inner[..inner.len() - 1]
            .trim_end_matches(['.', ',', ';', ':', '!', '?', '»', '”', '"']);
    }
    (!inner.is_empty()).then(|| start..start + inner.len())
}

/// Where in `word` the host of `example.org/news` begins, if it is an address of that kind.
fn host(word: &str) -> Option<usize> {
    let (host, path) = word.split_once('/')?;
    let start = host.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || ".-".contains(c));
    let start = start.len();
    let labels = || host[start..].split('.');
    let long = labels().count() > 1 && labels().all(|label| label.len() > 1);
    let domain = labels().next_back()?;
    let ends = domain.chars().all(|c| c.is_ascii_lowercase());
    (long && ends && path.starts_with(|c: char| c.is_ascii_alphanumeric())).then_some(start)
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
