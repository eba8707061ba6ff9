//! Subtitles, SubRip (SRT) and WebVTT: numbers, times and settings stay, cue texts are translated. A sentence may run
//! over several cues; then it is translated whole, and the breaks between lines and cues are put back between the words
//! that correspond.

use super::characters::characters;
use super::flow::{Flow, Mark, MarkKind, PlacedMark};
use super::{Block, BlockKind};
use crate::text::Span;

/// A sentence that seems to go on through more cues than this is cut: whoever wrote it uses no full stops.
const MOST_CUES: usize = 6;

/// A line break of other programs' subtitles, which SubRip's files have too.
const LINE: &str = "\\N";

/// Reads `text`; in WebVTT there are character references.
pub(super) fn read(text: &str, references: bool, blocks: &mut Vec<Block>) {
    let cues = cues(text, references);
    let mut i = 0;
    while i < cues.len() {
        let mut last = i;
        while last + 1 < cues.len()
            && last + 1 - i < MOST_CUES
            && goes_on(cues[last].of(text), cues[last + 1].of(text))
        {
            last += 1;
        }
        blocks.push(block(text, &cues[i..=last], references));
        i = last + 1;
    }
}

/// The places of the cues' texts, without the tags around a whole text. A blank line ends a cue of WebVTT; in SubRip only the
/// next cue's times do, with its number before them.
fn cues(text: &str, vtt: bool) -> Vec<Span> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        lines.push(Span {
            start: at,
            end: at + content.len(),
        });
        at += line.len();
    }
    let mut cues = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        i += 1;
        if !is_times(lines[i - 1].of(text)) {
            continue;
        }
        let blank = |i: usize| lines[i].of(text).trim().is_empty();
        let times = |i: usize| lines.get(i).is_some_and(|line| is_times(line.of(text)));
        let number = |i: usize| {
            let line = lines[i].of(text).trim();
            times(i + 1) && !line.is_empty() && line.chars().all(|c| c.is_ascii_digit())
        };
        let mut first = i;
        let ends = |i: usize| times(i) || number(i) || vtt && blank(i);
        while i < lines.len() && !ends(i) {
            i += 1;
        }
        let mut end = i;
        while first < end && blank(first) {
            first += 1;
        }
        while first < end && blank(end - 1) {
            end -= 1;
        }
        if first == end {
            continue;
        }
        let mut span = Span {
            start: lines[first].start,
            end: lines[end - 1].end,
        };
        // Tags around the whole text stay where they are.
        loop {
            let inner = span.of(text);
            let head = inner.len() - inner.trim_start().len();
            span.start += head + tag(inner.trim_start()).unwrap_or(0);
            if head + tag(inner.trim_start()).unwrap_or(0) == 0 {
                break;
            }
        }
        loop {
            let inner = span.of(text);
            let end = inner.trim_end();
            let cut = end
                .rfind(['<', '{'])
                .filter(|at| tag(&end[*at..]) == Some(end.len() - at));
            let kept = cut.unwrap_or(end.len());
            if kept == inner.len() {
                break;
            }
            span.end = span.start + kept;
        }
        if span.start < span.end {
            cues.push(span);
        }
    }
    cues
}

/// Whether a line says from when to when a cue is shown. The arrow may be broken, as in `00:00:01,000 -> 00:00:02,000`.
pub(super) fn is_times(line: &str) -> bool {
    if line.contains("-->") {
        return true;
    }
    let clock = |text: &str| {
        let time = text.trim_start_matches(|c: char| c.is_ascii_digit() || ":.,".contains(c));
        let time = &text[..text.len() - time.len()];
        let colons = time.matches(':').count();
        let exact = colons > 1 || colons == 1 && time.contains(['.', ',']);
        (exact && time.starts_with(|c: char| c.is_ascii_digit())).then_some(time.len())
    };
    let line = line.trim_start();
    let Some(len) = clock(line) else { return false };
    let arrow = |c: char| c.is_whitespace() || "-–—=>→".contains(c);
    let rest = line[len..].trim_start_matches(arrow);
    let between = &line[len..line.len() - rest.len()];
    !between.trim().is_empty() && clock(rest).is_some()
}

/// The length of the tag at the head of `text`: `<i>`, `<c.yellow>`, `<00:01.000>`, `{\an8}`.
fn tag(text: &str) -> Option<usize> {
    if let Some(inner) = text.strip_prefix('<') {
        let end = inner.find('>')?;
        let name = inner.trim_start_matches('/');
        let fits = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        return (fits && !inner[..end].contains(['<', '\n'])).then_some(end + 2);
    }
    let inner = text.strip_prefix("{\\")?;
    inner.find('}').map(|end| end + 3)
}

/// Whether the sentence of a cue goes on in the next: it has no end here, and the next begins in the middle.
fn goes_on(cue: &str, next: &str) -> bool {
    let ends = |c: char| {
        matches!(
            c,
            '.' | '!' | '?' | '…' | ':' | ';' | '♪' | ']' | '。' | '？' | '！'
        )
    };
    let end = cue.trim_end_matches(['"', '»', '”', '’', ')', '\'']);
    let open = !end.ends_with(ends);
    let next = next.trim_start_matches(['"', '«', '“', '‘', '(', '\'']);
    open && (next.starts_with(char::is_lowercase) || end.ends_with(','))
}

fn block(text: &str, cues: &[Span], references: bool) -> Block {
    let mut flow = Flow::default();
    for (i, cue) in cues.iter().enumerate() {
        if let Some(before) = i.checked_sub(1).map(|i| cues[i]) {
            border(
                &mut flow,
                text,
                Span {
                    start: before.end,
                    end: cue.start,
                },
            );
        }
        cue_text(&mut flow, text, *cue, references);
    }
    flow.mark_literals(text);
    Block {
        kind: BlockKind::Paragraph,
        span: Span {
            start: cues[0].start,
            end: cues[cues.len() - 1].end,
        },
        flow: Some(flow),
    }
}

/// A break between lines or cues: a space to the reader.
fn border(flow: &mut Flow, text: &str, span: Span) {
    let start = flow.text.len();
    flow.push(" ", span);
    flow.mark(PlacedMark {
        mark: Mark::new(MarkKind::Break, start..start + 1, span.of(text), ""),
        open: span,
        close: span,
        stays: false,
    });
}

/// Whether a line begins something of its own, which no sentence runs into: a speaker's dash, a sound in brackets, an
/// ellipsis.
fn stands_alone(line: &str) -> bool {
    let line = line.trim_start();
    ["- ", "– ", "— ", "--", "...", "…", ">>", "♪"]
        .iter()
        .any(|head| line.starts_with(head))
        || aside(line).is_some()
}

/// The length of the sound or the remark in brackets at the head of a line, with the brackets.
fn aside(line: &str) -> Option<usize> {
    let close = match line.chars().next()? {
        '(' => ')',
        '[' => ']',
        _ => return None,
    };
    let len = line.find(close)? + 1;
    (!line[..len].contains('\n')).then_some(len)
}

fn cue_text(flow: &mut Flow, text: &str, cue: Span, references: bool) {
    let mut at = cue.start;
    // Where a sentence ends though nothing but brackets says so.
    let mut cut = aside(cue.of(text)).map(|len| cue.start + len);
    let mut tags: Vec<(&str, usize, Span)> = Vec::new();
    while at < cue.end {
        let rest = &text[at..cue.end];
        let here = |len: usize| Span {
            start: at,
            end: at + len,
        };
        let breaks = rest.len() - rest.trim_start_matches(['\r', '\n', ' ', '\t']).len();
        if breaks > 0 && cut == Some(at) {
            flow.push("\n", here(breaks));
            at += breaks;
        } else if rest[..breaks].contains('\n') {
            let next = &rest[breaks..];
            match stands_alone(next) {
                true => flow.push("\n", here(breaks)),
                false => border(flow, text, here(breaks)),
            }
            at += breaks;
            cut = aside(next).map(|len| at + len);
        } else if let Some(next) = rest.strip_prefix(LINE) {
            let next = next.trim_start_matches(' ');
            let len = rest.len() - next.len();
            match stands_alone(next) {
                true => flow.push("\n", here(len)),
                false => border(flow, text, here(len)),
            }
            at += len;
        } else if let Some(len) = tag(rest) {
            inline(flow, text, &mut tags, here(len));
            at += len;
        } else {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let mut len = rest[first..]
                .find(['\n', '\r', '<', '{', '\\'])
                .map_or(rest.len(), |len| first + len);
            if let Some(cut) = cut.filter(|cut| (at + 1..at + len).contains(cut)) {
                len = cut - at;
            }
            match references {
                true => characters(&rest[..len], |said, place| {
                    let (start, end) = (at + place.start, at + place.end);
                    flow.push(said, Span { start, end });
                }),
                false => flow.push(&rest[..len], here(len)),
            }
            at += len;
        }
    }
    for (_, at, span) in tags {
        point(flow, text, at, span);
    }
}

/// A tag within a cue's text: a pair wraps what is between, any other stands at a point.
fn inline<'t>(flow: &mut Flow, text: &'t str, tags: &mut Vec<(&'t str, usize, Span)>, span: Span) {
    let tag = span.of(text);
    let at = flow.text.len();
    let word = |tag: &'t str| {
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric());
        &tag[..end.unwrap_or(tag.len())]
    };
    if let Some(closing) = tag.strip_prefix("</") {
        let name = word(closing);
        match tags.pop_if(|(open, start, _)| *open == name && *start < at) {
            Some((_, start, open)) => flow.mark(PlacedMark {
                mark: Mark::new(MarkKind::Wrap, start..at, open.of(text), tag),
                open,
                close: span,
                stays: true,
            }),
            None => point(flow, text, at, span),
        }
    } else if let Some(style) = tag
        .strip_prefix("{\\")
        .and_then(|tag| tag.strip_suffix('}'))
    {
        // `{\i1}` opens what `{\i0}` closes.
        let (name, state) = style.split_at(style.len().min(1));
        match state {
            "1" => tags.push((name, at, span)),
            "0" => match tags.pop_if(|(open, start, _)| *open == name && *start < at) {
                Some((_, start, open)) => flow.mark(PlacedMark {
                    mark: Mark::new(MarkKind::Wrap, start..at, open.of(text), tag),
                    open,
                    close: span,
                    stays: true,
                }),
                None => point(flow, text, at, span),
            },
            _ => point(flow, text, at, span),
        }
    } else if tag.starts_with('<') && !tag[1..].starts_with(|c: char| c.is_ascii_digit()) {
        tags.push((word(&tag[1..]), at, span));
    } else {
        point(flow, text, at, span);
    }
}

fn point(flow: &mut Flow, text: &str, at: usize, span: Span) {
    flow.mark(PlacedMark {
        mark: Mark::new(MarkKind::Point, at..at, span.of(text), ""),
        open: span,
        close: span,
        stays: false,
    });
}

/// The lines that aren't cue texts, in order: what a translation may not change.
pub(super) fn skeleton(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| is_times(line))
        .map(str::trim)
        .collect()
}

/// Every tag of the cues in `text`, and for each cue without text its times.
pub(super) fn markup(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if is_times(line) {
            let says = |line: &&str| !line.trim().is_empty() && !is_times(line);
            if !lines.peek().is_some_and(says) {
                found.push(format!("{} (empty)", line.trim()));
            }
            continue;
        }
        for (at, _) in line.match_indices(['<', '{']) {
            if let Some(len) = tag(&line[at..]) {
                found.push(line[at..at + len].to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_leniently() {
        for line in [
            "00:00:01,000 --> 00:00:02,000",
            "00:00:01,000 -> 00:00:02,000",
            " 00:00:01.000 —> 00:00:02.000 line:0",
            "00:00:01,000 -- > 00:00:02,000",
            "00:00:01,000 → 00:00:02,000",
            "00:00:01,000 - 00:00:02,000",
            "00:00:01,000-->00:00:02,000",
            "0:01:02 => 0:01:04",
            "00:01.500 –> 00:02.500",
            "00:00:01,000 ==> 00:00:02,000",
            "00:00:01,000 ---> 00:00:02,000",
        ] {
            assert!(is_times(line), "{line}");
        }
        for line in [
            "From 10:30 - 11:45 we were there.",
            "10:30 - 11:45",
            "12 - 14",
            "00:00:01,000",
            "00:00:01,000 00:00:02,000",
            "00:00:01,000 -> later",
            "-> 00:00:02,000",
            "",
        ] {
            assert!(!is_times(line), "{line}");
        }
    }
}
