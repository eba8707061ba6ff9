//! The Markdown reader: CommonMark with tables, footnotes, strikethrough, task lists, heading attributes, definition lists,
//! formulas, wiki links and highlights; lines of further dialects are kept. Blocks and marks keep their place in the source, so that writing is copying all but what was translated.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::flow::Flow;
use super::inline::{end_of, running};
use super::{Block, BlockKind, dialect, html};
use crate::text::Span;

/// The dialect, for reading and for checking what was written.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_MATH
        | Options::ENABLE_WIKILINKS
}

/// Reads `text` from byte `from` on.
pub(super) fn read(text: &str, from: usize, blocks: &mut Vec<Block>) {
    let plain = dialect::plain(&text[from..]);
    let events: Vec<_> = Parser::new_ext(&plain, options())
        .into_offset_iter()
        .map(|(event, r)| (event, from + r.start..from + r.end))
        .collect();
    let first = blocks.len();
    let mut around = Vec::new();
    let mut i = 0;
    while i < events.len() {
        let (event, range) = &events[i];
        let span = Span {
            start: range.start,
            end: range.end,
        };
        match event {
            Event::Start(Tag::CodeBlock(_)) => {
                blocks.push(kept(BlockKind::Code, span));
                i = end_of(&events, i);
            }
            Event::Start(Tag::HtmlBlock) => {
                let end = end_of(&events, i);
                // In a quotation, marks of Markdown stand between its lines.
                let mut at = span.start;
                let whole = events[i + 1..end].iter().all(|(_, line)| {
                    let joined = text[at..line.start.max(at)].trim().is_empty();
                    at = line.end;
                    joined
                });
                match whole {
                    true => html::read(text, span, blocks),
                    false => blocks.push(kept(BlockKind::Raw, span)),
                }
                i = end;
            }
            Event::Rule => blocks.push(kept(BlockKind::Raw, span)),
            Event::Start(tag @ (Tag::Paragraph | Tag::Heading { .. } | Tag::TableCell)) => {
                let kind = match tag {
                    Tag::Heading { level, .. } => BlockKind::Heading(*level as u8),
                    Tag::TableCell => BlockKind::TableCell,
                    _ => kind_within(&around),
                };
                let end = end_of(&events, i);
                blocks.push(running(kind, span, &events[i + 1..end], text));
                i = end;
            }
            Event::Start(tag) if !is_inline(tag) => {
                around.push(match tag {
                    Tag::Item | Tag::DefinitionListTitle | Tag::DefinitionListDefinition => {
                        Some(BlockKind::ListItem)
                    }
                    Tag::BlockQuote(_) => Some(BlockKind::Quote),
                    _ => None,
                });
            }
            Event::End(_) => {
                around.pop();
            }
            // The text of a tight list item stands in no paragraph.
            _ => {
                let start = i;
                while i < events.len() && is_inline_event(&events[i].0) {
                    i = match events[i].0 {
                        Event::Start(_) => end_of(&events, i) + 1,
                        _ => i + 1,
                    };
                }
                let span = Span {
                    start: range.start,
                    end: events[i - 1].1.end,
                };
                blocks.push(running(kind_within(&around), span, &events[start..i], text));
                continue;
            }
        }
        i += 1;
    }
    add_lines(text, from, blocks, first);
}

/// Adds what stands on lines of other dialects to the blocks from the `first` on: titles, and what is kept though it has words.
fn add_lines(text: &str, from: usize, blocks: &mut Vec<Block>, first: usize) {
    let shifted = |Span { start, end }| Span {
        start: from + start,
        end: from + end,
    };
    let titles = dialect::titles(&text[from..]).into_iter();
    let titles = titles.map(|span| title(text, shifted(span)));
    let lines = dialect::kept(&text[from..]).into_iter();
    let lines = lines.map(|(kind, span)| kept(kind, shifted(span)));
    for block in titles.chain(lines) {
        let at = first + blocks[first..].partition_point(|one| one.span.end <= block.span.start);
        let covered = |next: &Block| next.span.start < block.span.end;
        if !blocks.get(at).is_some_and(covered) {
            blocks.insert(at, block);
        }
    }
}

/// A title of a container or an admonition: running text.
fn title(text: &str, span: Span) -> Block {
    let moved = |(event, r): (Event<'static>, Range<usize>)| {
        (event, span.start + r.start..span.start + r.end)
    };
    let events = Parser::new_ext(span.of(text), options()).into_offset_iter();
    let events: Vec<_> = events
        .map(|(event, r)| moved((event.into_static(), r)))
        .collect();
    match &events[..] {
        [
            (Event::Start(Tag::Paragraph), _),
            inner @ ..,
            (Event::End(TagEnd::Paragraph), _),
        ] if !inner
            .iter()
            .any(|(event, _)| matches!(event, Event::End(TagEnd::Paragraph))) =>
        {
            running(BlockKind::Paragraph, span, inner, text)
        }
        // What would be a list or a heading on a line of its own.
        _ => {
            let mut flow = Flow::default();
            flow.push(span.of(text), span);
            flow.mark_literals(text);
            Block {
                kind: BlockKind::Paragraph,
                span,
                flow: Some(flow),
            }
        }
    }
}

fn kept(kind: BlockKind, span: Span) -> Block {
    Block {
        kind,
        span,
        flow: None,
    }
}

/// What a paragraph is within the blocks around it, the innermost last.
fn kind_within(around: &[Option<BlockKind>]) -> BlockKind {
    let inner = around.iter().rev().find_map(|kind| *kind);
    inner.unwrap_or(BlockKind::Paragraph)
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}

fn is_inline_event(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => is_inline(tag),
        Event::End(_) | Event::Rule | Event::Html(_) => false,
        _ => true,
    }
}

/// The blocks of `text` from byte `from` on, as a sequence to compare: what a translation may not change.
pub(super) fn skeleton(text: &str, from: usize) -> Vec<TagEnd> {
    let plain = dialect::plain(&text[from..]);
    let ends = Parser::new_ext(&plain, options()).filter_map(|event| match event {
        Event::Start(tag) if !is_inline(&tag) => Some(tag.to_end()),
        _ => None,
    });
    ends.collect()
}
