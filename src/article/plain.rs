//! The plain-text reader: every line is a block, so that a file of N lines stays a file of N lines.

use super::columns::parts;
use super::flow::{Flow, Mark, MarkKind, PlacedMark};
use super::signs::emphases;
use super::{Block, BlockKind};
use crate::text::Span;

/// A heading is at most this many characters long.
const HEADING: usize = 120;

/// Reads `text` from byte `from` on.
pub(super) fn read(text: &str, from: usize, blocks: &mut Vec<Block>) {
    let mut lines = Vec::new();
    let mut at = from;
    while at < text.len() {
        let end = text[at..].find(['\n', '\r']).map_or(text.len(), |i| at + i);
        lines.push(Span { start: at, end });
        at = match text[end..].starts_with("\r\n") {
            true => end + 2,
            false => end + 1,
        };
    }
    let blank = |i: usize| lines.get(i).is_none_or(|l| l.of(text).trim().is_empty());
    let mut last = lines.len();
    while last > 0 && blank(last - 1) {
        last -= 1;
    }
    let mut titled = false;
    for (i, line) in lines.iter().enumerate() {
        let trimmed = line.of(text).trim();
        let start = line.start + (line.of(text).len() - line.of(text).trim_start().len());
        let marker = marker(trimmed);
        let alone = (i == 0 || blank(i - 1)) && blank(i + 1) && i + 1 < last;
        let kind = if trimmed.is_empty() {
            BlockKind::Blank
        } else if let Some((kind, _)) = marker {
            kind
        } else if alone && is_heading(trimmed) {
            BlockKind::Heading(if titled { 2 } else { 1 })
        } else {
            BlockKind::Paragraph
        };
        titled |= kind != BlockKind::Blank;
        let start = start + marker.map_or(0, |(_, len)| len);
        let span = Span {
            start,
            end: line.start + line.of(text).trim_end().len().max(start - line.start),
        };
        let flow = (kind != BlockKind::Blank).then(|| {
            let mut flow = Flow::default();
            push_columns(&mut flow, text, span);
            flow.mark_literals(text);
            flow.shrink_to_fit();
            flow
        });
        blocks.push(Block {
            kind,
            span: *line,
            flow,
        });
    }
}

fn is_heading(line: &str) -> bool {
    line.chars().count() <= HEADING
        && line.contains(char::is_alphabetic)
        && line.ends_with(|c: char| {
            c.is_alphanumeric() || matches!(c, '?' | '!' | ')' | '%' | '”' | '»')
        })
}

/// Appends the columns of a line: no sentence goes over what parts two.
fn push_columns(flow: &mut Flow, text: &str, line: Span) {
    let mut at = line.start;
    let piece = |start: usize, end: usize| Span { start, end };
    for gap in parts(line.of(text)) {
        let (start, end) = (line.start + gap.start, line.start + gap.end);
        push_marked(flow, text, piece(at, start));
        flow.push("\n", piece(start, end));
        at = end;
    }
    push_marked(flow, text, piece(at, line.end));
}

/// Appends text that may have words marked with signs.
fn push_marked(flow: &mut Flow, text: &str, span: Span) {
    let part = |from: usize, to: usize| Span {
        start: span.start + from,
        end: span.start + to,
    };
    let said = span.of(text);
    let mut at = 0;
    for [open, close] in emphases(said) {
        flow.push(&said[at..open], part(at, open));
        let (start, sign) = (flow.text.len(), &said[open..open + 1]);
        flow.push(&said[open + 1..close], part(open + 1, close));
        flow.mark(PlacedMark {
            mark: Mark::new(MarkKind::Wrap, start..flow.text.len(), sign, sign),
            open: part(open, open + 1),
            close: part(close, close + 1),
            stays: true,
        });
        at = close + 1;
    }
    flow.push(&said[at..], part(at, said.len()));
}

/// Signs that begin an item of a list.
const BULLETS: &[char] = &[
    '-', '*', '•', '·', '–', '—', '▪', '◦', '●', '○', '‣', '⁃', '∙', '■', '□', '☐', '☑', '☒', '✓',
    '✔', '➤', '►', '→',
];

/// The bullet, number or quotation mark at the start of a line and the space behind it: what the line is, and how many
/// bytes to skip.
pub(super) fn marker(line: &str) -> Option<(BlockKind, usize)> {
    let (kind, rest) = if let Some(rest) = line.strip_prefix(BULLETS) {
        (BlockKind::ListItem, rest)
    } else if let Some(rest) = line.strip_prefix('>') {
        (BlockKind::Quote, rest)
    } else {
        let number = section(line).or_else(|| numbered(line));
        let number = number.or_else(|| lettered(line));
        (BlockKind::ListItem, number?)
    };
    let text = rest.trim_start();
    (text.len() < rest.len() && !text.is_empty()).then(|| (kind, line.len() - text.len()))
}

/// The length of the number of an item or a section, with the white space behind it, at the head of a sentence that begins a
/// block of this kind: `(a) `, `1.2 `.
pub(super) fn number(text: &str, kind: BlockKind) -> usize {
    let titled = matches!(kind, BlockKind::Heading(_) | BlockKind::ListItem);
    let bracketed = || numbered(text).filter(|rest| text[..text.len() - rest.len()].ends_with(')'));
    // A wide space behind it is none within a sentence.
    let apart = |rest: &&str| {
        titled
            || rest.starts_with(['\u{2002}', '\u{2003}', '\t'])
            || rest.starts_with("\u{a0}\u{a0}")
    };
    let rest = section(text).filter(apart).or_else(bracketed);
    let words = rest.map(|rest| (rest, rest.trim_start()));
    words
        .filter(|(rest, words)| words.len() < rest.len() && words.contains(char::is_alphabetic))
        .map_or(0, |(_, words)| text.len() - words.len())
}

/// What stands behind the number of a section, `1.2` or `1.2.3.`, before a word with a capital: "1.2 GB" is no section.
fn section(line: &str) -> Option<&str> {
    let end = line.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, rest) = line.split_at(end);
    let parts = number.strip_suffix('.').unwrap_or(number).split('.');
    let few = parts.clone().all(|part| (1..=3).contains(&part.len()));
    let mut word = rest
        .trim_start()
        .trim_start_matches(['“', '"', '«', '„', '‘'])
        .chars();
    let titled =
        word.next().is_some_and(char::is_uppercase) && word.next().is_some_and(char::is_lowercase);
    (parts.count() > 1 && few && titled).then_some(rest)
}

/// What stands behind the number of an item, `12.`, `b)`, `(iv)`.
fn numbered(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('(').unwrap_or(line);
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (number, rest) = inner.split_at(end);
    let all = |is: fn(char) -> bool| number.chars().all(is);
    let is_number = (1..=3).contains(&end) && all(|c| c.is_ascii_digit())
        || end == 1 && all(|c| c.is_ascii_lowercase())
        || (1..=4).contains(&end) && all(|c| "ivx".contains(c));
    // "a. So" may be the end of a sentence.
    let bare = inner.len() == line.len() && number.starts_with(|c: char| c.is_ascii_digit());
    let ends: &[char] = if bare { &['.', ')'] } else { &[')'] };
    is_number.then(|| rest.strip_prefix(ends)).flatten()
}

/// What stands behind the letter of who speaks or of what follows, `Q:`, `A:`, `T:`.
fn lettered(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(|c: char| c.is_ascii_uppercase())?;
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.strip_prefix(':')
}

#[cfg(test)]
mod tests {
    use super::super::{Article, Format};
    use super::*;

    #[test]
    fn marks_of_items_are_told_from_words() {
        for (line, expected) in [
            ("● a torch", "a torch"),
            ("☐ passport", "passport"),
            ("1) tent", "tent"),
            ("(12) tent", "tent"),
            ("(b) knife", "knife"),
            ("iv) stove", "stove"),
            ("1. stove", "stove"),
            ("c) cup", "cup"),
            ("Q: Why not?", "Why not?"),
            ("A2: So it is", "So it is"),
            ("2.1 Not even fish", "Not even fish"),
            ("3.1.4. Results", "Results"),
            ("1.2 GB of it", ""),
            ("2.5 litres", ""),
            ("-- so", ""),
            ("A. Smith", ""),
            ("(see) it", ""),
            ("2024. So", ""),
            ("(a", ""),
            ("so. We", ""),
            ("a. So", ""),
        ] {
            let text = marker(line).map_or("", |(_, len)| &line[len..]);
            assert_eq!(text, expected, "{line}");
        }
    }

    #[test]
    fn columns_are_parted_by_tabs() {
        let article = Article::parse(
            "Name\tThe house\t\t12\n\tOne. Two.\t\n".to_owned(),
            Format::Text,
        );
        let segments = article.segments(None);
        let texts: Vec<&str> = segments.iter().map(|one| &*one.text).collect();
        assert_eq!(texts, ["Name", "The house", "One.", "Two."]);
        let made = segments.iter().zip(["Nome", "A casa", "Um.", "Dois."]);
        let (out, issues) = article.reassemble(made);
        assert_eq!(out, "Nome\tA casa\t\t12\n\tUm. Dois.\t\n");
        assert!(issues.is_empty());
    }
}
