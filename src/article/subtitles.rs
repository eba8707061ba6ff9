//! Subtitles, SubRip (SRT) and WebVTT: numbers, times and settings stay, cue texts are translated. A sentence may run
//! over several cues; then it is translated whole, and the breaks between lines and cues are put back between the words
//! that correspond.

use super::characters::characters;
use super::cue_tags::{is_end, name, seam, tag, unwrapped};
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
        span = unwrapped(text, span);
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
    let mut line = line.trim_start();
    while let Some(len) = tag(line).filter(|_| !line.starts_with("</")) {
        line = line[len..].trim_start();
    }
    ["- ", "– ", "— ", "--", "...", "…", ">>", "♪"]
        .iter()
        .any(|head| line.starts_with(head))
        || aside(line).is_some()
}

/// The length of a speaker's dash at the head of a line before a tag, which would be drawn into what the tag marks.
fn speaker(line: &str) -> Option<usize> {
    let rest = line.strip_prefix(['-', '–', '—'])?;
    let words = rest.trim_start_matches(' ');
    (tag(words).is_some() && words.starts_with('<')).then(|| line.len() - words.len())
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
        if let Some(len) = speaker(rest).filter(|_| at == cue.start) {
            flow.push("\n", here(len));
            at += len;
        } else if let Some(len) = seam(rest).filter(|_| tags.is_empty()) {
            match stands_alone(&rest[len..]) {
                true => flow.push("\n", here(len)),
                false => border(flow, text, here(len)),
            }
            at += len;
        } else if breaks > 0 && cut == Some(at) {
            flow.push("\n", here(breaks));
            at += breaks;
        } else if rest[..breaks].contains('\n') {
            let next = &rest[breaks..];
            let len = breaks + speaker(next).unwrap_or(0);
            match stands_alone(next) {
                true => flow.push("\n", here(len)),
                false => border(flow, text, here(len)),
            }
            at += len;
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
    match name(tag) {
        Some(name) if is_end(tag) => close(flow, text, tags, name, span),
        // `{\i1}` opens what `{\i0}` closes.
        Some(name) => tags.push((name, at, span)),
        None => point(flow, text, at, span),
    }
}

/// The tag at `span` closes what another of its name opened. Lines that stand alone are no one sentence, which a pair could
/// wrap a part of.
fn close<'t>(
    flow: &mut Flow,
    text: &'t str,
    tags: &mut Vec<(&'t str, usize, Span)>,
    name: &str,
    span: Span,
) {
    let at = flow.text.len();
    match tags.pop_if(|(open, start, _)| *open == name && *start < at) {
        Some((_, start, open)) if !flow.text[start..].contains('\n') => flow.mark(PlacedMark {
            mark: Mark::new(MarkKind::Wrap, start..at, open.of(text), span.of(text)),
            open,
            close: span,
            stays: true,
        }),
        opened => {
            if let Some((_, start, open)) = opened {
                point(flow, text, start, open);
            }
            point(flow, text, at, span);
        }
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
    fn tags_of_whole_lines_stay_with_them() {
        use super::super::{Article, Format};
        for (cue, read) in [
            (
                "<i>Copy that:</i>\n<i>he is there.</i>",
                &["Copy that: he is there."][..],
            ),
            (
                "<i>♪ Drive me home ♪</i>\n<i>♪ The night ♪</i>",
                &["♪ Drive me home ♪", "♪ The night ♪"],
            ),
            (
                "DISPATCH <i>(radio)</i>\n<i>Go now.</i>",
                &["DISPATCH (radio) Go now."],
            ),
            ("- <i>She came.</i>\n- No.", &["She came.", "- No."]),
            ("<i>A</i> b <i>c</i>", &["A b c"]),
            ("{\\an8}<b>So.</b>", &["So."]),
            ("<v Dr. Ann>She came.", &["She came."]),
        ] {
            let text = format!("1\n00:00:01,000 --> 00:00:02,000\n{cue}\n");
            let article = Article::parse(text.clone(), Format::Srt);
            let segments = article.segments(None);
            let texts: Vec<_> = segments.iter().map(|one| one.text.as_str()).collect();
            assert_eq!(texts, read, "{cue}");
            let same = segments.iter().map(|one| (one, one.text.as_str()));
            assert_eq!(article.reassemble(same).0, text);
        }
        let text = "1\n00:00:01,000 --> 00:00:02,000\n<i>Copy it, and</i>\n<i>be still.</i>\n";
        let article = Article::parse(text.to_owned(), Format::Srt);
        let segments = article.segments(None);
        let made = segments
            .iter()
            .map(|one| (one, "Copie isso, e fique quieto."));
        let (made, issues) = article.reassemble(made);
        assert_eq!(issues, []);
        assert!(
            made.ends_with("<i>Copie isso, e</i>\n<i>fique quieto.</i>\n"),
            "{made}"
        );
    }

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
