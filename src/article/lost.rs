//! What a translated article lacks of its source's markup, or has beside it: looked for in the two texts as they stand,
//! whatever was meant to be written.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Parser, Tag};

use super::tags::{self, Piece};
use super::{Article, Format, anchors, dialect, inline, labels, markdown, subtitles};

/// A tag, link or the like that is not as often in a text as in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// As it is written, but `](address` for a link.
    pub mark: String,
    /// How often it is lost; below 0, how often there are more.
    pub lost: i64,
}

/// How the markup of `output`, which is written like `source`, differs from that of `source`: the multisets of tags,
/// comments, links, images, emphasis, code and note references, and the cues of subtitles that have become empty. In order
/// of their writing. Plain text has none.
pub fn lost(source: &Article, output: &str) -> Vec<Difference> {
    if source.text == output {
        return Vec::new();
    }
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let body = source.body;
    for (text, sign) in [(source.source(), 1), (output, -1)] {
        // What stands before the body is the same in both.
        let text = text.get(body..).unwrap_or_default();
        each(text, source.format, |mark| {
            *counts.entry(mark).or_default() += sign;
        });
    }
    differences(counts)
}

/// As [`lost`], of a translation that was read by itself, whose head may be another one; nothing if it is written in another
/// format.
pub fn lost_in(source: &Article, translation: &Article) -> Vec<Difference> {
    if source.format != translation.format {
        return Vec::new();
    }
    // A link to a heading of the text leads to the heading's own words, or still to those of the source.
    let moved = anchors::moved(source, translation);
    let heading = |mark: String| {
        let new = mark.strip_prefix("](#").and_then(|one| moved.get(one));
        new.map_or(mark.clone(), |new| format!("](#{new}"))
    };
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for (article, sign) in [(source, 1), (translation, -1)] {
        each(&article.text[article.body..], article.format, |mark| {
            *counts.entry(heading(mark)).or_default() += sign;
        });
    }
    differences(counts)
}

fn differences(counts: BTreeMap<String, i64>) -> Vec<Difference> {
    let differences = counts.into_iter().filter(|(_, lost)| *lost != 0);
    differences
        .map(|(mark, lost)| Difference { mark, lost })
        .collect()
}

/// Calls `on` with every piece of markup in `text`.
fn each(text: &str, format: Format, mut on: impl FnMut(String)) {
    match format {
        Format::Text => {}
        Format::Html => tags(text, on),
        Format::Markdown => {
            let plain = dialect::plain(text);
            let events = Parser::new_ext(&plain, markdown::options()).into_offset_iter();
            for (event, range) in events {
                if let Event::Text(text) = &event {
                    let highlights = dialect::highlights(text);
                    highlights.iter().for_each(|_| on("==".to_owned()));
                }
                if let Event::Html(html) = &event {
                    tags(html, &mut on);
                }
                if let Some(mark) = of_event(&event, &text[range]) {
                    on(mark);
                }
            }
        }
        Format::Srt | Format::Vtt => subtitles::markup(text).into_iter().for_each(on),
    }
}

/// Calls `on` with every tag and comment of a piece of HTML.
fn tags(text: &str, mut on: impl FnMut(String)) {
    for (piece, span) in tags::pieces(text) {
        match piece {
            Piece::Text => {}
            Piece::Start { .. } => on(labels::bare(span.of(text))),
            Piece::End { .. } | Piece::Other => on(span.of(text).to_owned()),
        }
    }
}

/// The markup that an event of Markdown stands for, if it is within running text. `source` is its source.
fn of_event(event: &Event<'_>, source: &str) -> Option<String> {
    let mark = match event {
        Event::Start(Tag::Emphasis) => source.chars().take(1).collect(),
        Event::Start(Tag::Strong) => source.chars().take(2).collect(),
        Event::Start(Tag::Strikethrough) => "~".to_owned(),
        Event::Start(Tag::Link { dest_url, .. }) => format!("]({dest_url}"),
        Event::Start(Tag::Image { dest_url, .. }) => format!("![]({dest_url}"),
        Event::Code(code) => format!("`{code}`"),
        Event::InlineMath(_) | Event::DisplayMath(_) if inline::is_formula(source) => {
            source.to_owned()
        }
        Event::InlineHtml(html) if html.starts_with("</") => html.to_string(),
        Event::InlineHtml(html) => labels::bare(html),
        Event::FootnoteReference(label) => format!("[^{label}]"),
        Event::TaskListMarker(_) => "[ ]".to_owned(),
        _ => return None,
    };
    Some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_headings_may_follow_them() {
        let article = |text: &str| Article::parse(text.to_owned(), Format::Markdown);
        let source = article("[The boats](#the-boats) [x](#y)\n\n# The boats\n");
        for (translation, lost) in [
            ("[Os barcos](#os-barcos) [x](#y)\n\n# Os barcos\n", 0),
            ("[Os barcos](#the-boats) [x](#y)\n\n# Os barcos\n", 0),
            ("[Os barcos](#os-botes) [x](#y)\n\n# Os barcos\n", 2),
            ("Os barcos [x](#y)\n\n# Os barcos\n", 1),
        ] {
            let found = lost_in(&source, &article(translation));
            assert_eq!(found.len(), lost, "{translation}");
        }
    }
}
