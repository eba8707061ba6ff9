//! The plain-text reader: every line is a block, so that a file of N lines stays a file of N lines.

use super::flow::Flow;
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
            flow.push(span.of(text), span);
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

/// The bullet, number or quotation mark at the start of a line and the space behind it: what the line is, and how many
/// bytes to skip.
pub(super) fn marker(line: &str) -> Option<(BlockKind, usize)> {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (kind, rest) =
        if let Some(rest) = line.strip_prefix(['-', '*', '•', '·', '–', '—', '▪', '◦']) {
            (BlockKind::ListItem, rest)
        } else if let Some(rest) = line.strip_prefix('>') {
            (BlockKind::Quote, rest)
        } else if (1..=3).contains(&digits) {
            (
                BlockKind::ListItem,
                line[digits..].strip_prefix(['.', ')'])?,
            )
        } else {
            return None;
        };
    let text = rest.trim_start();
    (text.len() < rest.len() && !text.is_empty()).then(|| (kind, line.len() - text.len()))
}
