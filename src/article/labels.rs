//! Text within markup: descriptions of images, titles of links, what a form says of its fields, what a page says of itself.
//! It stands in no running text, and moves with its tag or link; so it is translated by itself, and put in wherever the
//! result has it.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::tags::{self, Piece};
use super::{Format, dialect, head, markdown};
use crate::text::{Lang, Span};

/// Attributes that a reader sees or hears.
const READ: &[&str] = &[
    "alt",
    "title",
    "placeholder",
    "aria-label",
    "aria-description",
];

/// What a page says of itself, by the name of its `<meta>`.
const META: &[&str] = &[
    "description",
    "og:title",
    "og:description",
    "og:image:alt",
    "twitter:title",
    "twitter:description",
    "twitter:image:alt",
];

/// A text within markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub span: Span,
    /// What it is written in.
    pub within: Within,
}

/// What a label is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Html,
    Markdown,
    /// Front matter.
    Head,
}

/// The texts within the markup of `text` from byte `from` on, where its head ends, and those of the head, in order.
pub(super) fn labels(text: &str, from: usize, format: Format) -> Vec<Label> {
    let of_head = head::said(&text[..from]).into_iter();
    let mut found = Vec::from_iter(of_head.map(|span| Label {
        span,
        within: Within::Head,
    }));
    match format {
        Format::Html => of_html(text, from..text.len(), &mut found),
        Format::Markdown => of_markdown(text, from, &mut found),
        Format::Text | Format::Srt | Format::Vtt => {}
    }
    found.retain(|label| label.span.of(text).contains(char::is_alphabetic));
    found.sort_by_key(|label| label.span.start);
    found
}

fn of_markdown(text: &str, from: usize, found: &mut Vec<Label>) {
    let plain = dialect::plain(&text[from..]);
    let parser = Parser::new_ext(&plain, markdown::options());
    for (_, one) in parser.reference_definitions().iter() {
        let start = from + one.span.start;
        let source = &text[start..from + one.span.end];
        let title = one.title.as_deref().filter(|title| !title.is_empty());
        if let Some((title, at)) = title.and_then(|title| Some((title, source.rfind(title)?))) {
            found.push(label(start + at, title.len(), Within::Markdown));
        }
    }
    let events: Vec<_> = parser.into_offset_iter().collect();
    for (i, (event, range)) in events.iter().enumerate() {
        let range = from + range.start..from + range.end;
        match event {
            Event::Html(_) | Event::InlineHtml(_) => of_html(text, range, found),
            Event::Start(tag @ (Tag::Link { title, .. } | Tag::Image { title, .. })) => {
                let source = &text[range.clone()];
                if let Some(at) = source.rfind(&**title).filter(|_| !title.is_empty()) {
                    found.push(label(range.start + at, title.len(), Within::Markdown));
                }
                let inner = events[i + 1..].iter();
                let inner: Vec<_> = inner
                    .take_while(|(event, _)| matches!(event, Event::Text(_)))
                    .collect();
                let closes = events.get(i + 1 + inner.len());
                let closes = matches!(closes, Some((Event::End(_), _)));
                if let (Tag::Image { .. }, [first, .., last] | [first @ last], true) =
                    (tag, &inner[..], closes)
                {
                    let start = from + first.1.start;
                    found.push(label(start, from + last.1.end - start, Within::Markdown));
                }
            }
            _ => {}
        }
    }
}

fn label(start: usize, len: usize, within: Within) -> Label {
    Label {
        span: Span {
            start,
            end: start + len,
        },
        within,
    }
}

fn of_html(text: &str, within: Range<usize>, found: &mut Vec<Label>) {
    for tag in open_tags(&text[within.clone()]) {
        let start = within.start + tag.start;
        for value in read(&text[start..within.start + tag.end]) {
            found.push(label(start + value.start, value.len(), Within::Html));
        }
    }
    for Range { start, end } in choices(&text[within.clone()]) {
        found.push(label(within.start + start, end - start, Within::Html));
    }
    // To a tokenizer the markup in it is text.
    let pieces = tags::pieces(&text[within.clone()]);
    for tag in open_tags_of(&pieces) {
        if let (Piece::Start { name, .. }, Some((Piece::Text, span))) =
            (&pieces[tag].0, pieces.get(tag + 1))
            && name == "noscript"
        {
            let inner = within.start + span.start..within.start + span.end;
            of_html(text, inner, found);
        }
    }
}

/// The texts of `text` that a form shows within it: what can be chosen, and each line that stands in a field.
fn choices(text: &str) -> Vec<Range<usize>> {
    let pieces = tags::pieces(text);
    let mut found = Vec::new();
    for tag in open_tags_of(&pieces) {
        let Piece::Start { name, .. } = &pieces[tag].0 else {
            continue;
        };
        if !["option", "textarea"].contains(&&**name) {
            continue;
        }
        let Some((Piece::Text, span)) = pieces.get(tag + 1) else {
            continue;
        };
        let mut at = span.start;
        for line in span.of(text).split_inclusive('\n') {
            let start = at + line.len() - line.trim_start().len();
            let end = start + line.trim().len();
            at += line.len();
            found.extend((start < end).then_some(start..end));
        }
    }
    found
}

/// The tags of `text` that open an element, but for those in elements that are not to be translated.
fn open_tags(text: &str) -> Vec<Range<usize>> {
    let pieces = tags::pieces(text);
    let place = |i: usize| pieces[i].1.start..pieces[i].1.end;
    open_tags_of(&pieces).into_iter().map(place).collect()
}

/// As [`open_tags`], as indices of `pieces`.
fn open_tags_of(pieces: &[(Piece, Span)]) -> Vec<usize> {
    let mut kept = 0;
    let mut found = Vec::new();
    for (i, (piece, _)) in pieces.iter().enumerate() {
        let Piece::Start { name, translate } = piece else {
            continue;
        };
        if i < kept {
            continue;
        }
        match translate {
            Some(false) => {
                kept = tags::end_of(pieces, i, name)
                    .filter(|_| !tags::is_void(name))
                    .unwrap_or(i);
            }
            _ => found.push(i),
        }
    }
    found
}

/// Where the values of `tag` stand that a reader sees or hears.
fn read(tag: &str) -> Vec<Range<usize>> {
    let all = attributes(tag);
    let value = |wanted: &str| {
        let mut all = all.iter();
        let found = all.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map_or(String::new(), |(_, at)| {
            tag[at.clone()].to_ascii_lowercase()
        })
    };
    let is = |name: &str| {
        let rest = tag[1..].get(..name.len());
        rest.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    let about = is("meta")
        && [value("name"), value("property")]
            .iter()
            .any(|of| META.contains(&&**of));
    let button = is("input") && ["submit", "button", "reset"].contains(&&*value("type"));
    let group = is("optgroup") || is("option");
    let is_read = |name: &str| {
        READ.contains(&name)
            || about && name == "content"
            || button && name == "value"
            || group && name == "label"
    };
    let all = all.iter();
    let all = all.filter(|(name, _)| is_read(&name.to_ascii_lowercase()));
    // Without quotation marks a value holds no white space.
    let quoted = |at: &Range<usize>| tag[..at.start].ends_with(['"', '\'']);
    all.map(|(_, at)| at.clone()).filter(quoted).collect()
}

/// The attributes of a tag: names, and where their values stand.
fn attributes(tag: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let blank = |c: char| c.is_ascii_whitespace() || c == '/';
    let mut at = tag.find(blank).unwrap_or(tag.len());
    loop {
        at += tag[at..].len() - tag[at..].trim_start_matches(blank).len();
        let end = tag[at..].find(|c: char| blank(c) || "=>".contains(c));
        let name = &tag[at..at + end.unwrap_or(0)];
        if name.is_empty() {
            return found;
        }
        at += name.len();
        let rest = tag[at..].trim_start();
        let Some(value) = rest.strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        let start = tag.len() - value.len();
        let quote = value.chars().next().filter(|c| "\"'".contains(*c));
        let (from, len) = match quote {
            Some(quote) => (start + 1, value[1..].find(quote).unwrap_or(value.len() - 1)),
            None => (
                start,
                value
                    .find(|c: char| c.is_ascii_whitespace() || c == '>')
                    .unwrap_or(value.len()),
            ),
        };
        found.push((name, from..from + len));
        at = (from + len + usize::from(quote.is_some())).min(tag.len());
    }
}

/// `tag` without the values that a translation may change.
pub(super) fn bare(tag: &str) -> String {
    let mut out = String::with_capacity(tag.len());
    let mut at = 0;
    let langs = attributes(tag).into_iter();
    let langs = langs.filter(|(name, _)| is_lang(name)).map(|(_, at)| at);
    let mut values: Vec<_> = read(tag).into_iter().chain(langs).collect();
    values.sort_by_key(|value| value.start);
    for value in values {
        out.push_str(&tag[at..value.start]);
        at = value.end;
    }
    out.push_str(&tag[at..]);
    out
}

fn is_lang(name: &str) -> bool {
    name.eq_ignore_ascii_case("lang") || name.eq_ignore_ascii_case("xml:lang")
}

/// `text` with what `by` says in the places of labels; `by` gets a label as it is written.
pub(super) fn replaced(
    text: &str,
    from: usize,
    format: Format,
    by: impl Fn(&str) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for Label { span, within } in labels(text, from, format) {
        let (Some(between), Some(new)) = (text.get(at..span.start), by(span.of(text))) else {
            continue;
        };
        // What stays as it is may have signs that a new text may not: they are escaped already.
        if new == span.of(text) {
            continue;
        }
        out.push_str(between);
        let quote = text[..span.start].chars().next_back();
        match (quote.filter(|c| "\"'".contains(*c)), within) {
            (_, Within::Head) => out.push_str(&head::written(&new, &text[..span.start])),
            (Some('"'), Within::Html) => out.push_str(&new.replace('"', "&quot;")),
            (Some(_), Within::Html) => out.push_str(&new.replace('\'', "&#39;")),
            // In an element it is written as it should be.
            (None, Within::Html) => out.push_str(&new),
            // The other mark may stand in it.
            (Some(quote), Within::Markdown) => {
                let bare = new.replace(quote, if quote == '"' { "'" } else { "’" });
                out.push_str(&bare.replace('\\', ""));
            }
            // The description of an image, or a title in round brackets.
            (None, Within::Markdown) => out.push_str(&new.replace(
                [
                    '[', ']', '(', ')', '\\', '`', '<', '*', '_', '~', '|', '$', '&', '=',
                ],
                "",
            )),
        }
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// `text`, a translation from one language into another, with what it says of its own language changed: `lang` in HTML, the
/// head of WebVTT.
pub fn relabel(text: &str, format: Format, from: Lang, to: Lang) -> String {
    let is_from = |value: &str| {
        let mut parts = value.split(['-', '_']);
        let primary = parts.next().unwrap_or_default();
        // A script or a region; what is written in another alphabet, `en-fonipa`, stays what it is.
        let letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphabetic());
        let is_place = |part: &str| {
            (part.len() == 2 || part.len() == 4) && letters(part)
                || part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit())
        };
        primary.eq_ignore_ascii_case(from.code()) && parts.all(is_place)
    };
    let mut places: Vec<Range<usize>> = Vec::new();
    match format {
        Format::Html => {
            for tag in open_tags(text) {
                for (name, value) in attributes(&text[tag.clone()]) {
                    let value = tag.start + value.start..tag.start + value.end;
                    if is_lang(name) && is_from(&text[value.clone()]) {
                        places.push(value);
                    }
                }
            }
        }
        Format::Vtt => {
            let mut at = 0;
            for line in text
                .split_inclusive('\n')
                .take_while(|line| !line.trim().is_empty())
            {
                if let Some(value) = line.strip_prefix("Language:").map(str::trim)
                    && is_from(value)
                {
                    let start = at + line.len() - line["Language:".len()..].trim_start().len();
                    places.push(start..start + value.len());
                }
                at += line.len();
            }
        }
        Format::Text | Format::Markdown | Format::Srt => {}
    }
    let mut out = text.to_owned();
    for place in places.into_iter().rev() {
        out.replace_range(place, to.code());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found() {
        for (text, format, expected) in [
            ("<img alt=\"A boat\" src=b>", Format::Html, &["A boat"][..]),
            ("<img alt=boat title='It is'>", Format::Html, &["It is"]),
            (
                "<meta name=description content=\"A walk\">",
                Format::Html,
                &["A walk"],
            ),
            ("<meta name=viewport content=\"width\">", Format::Html, &[]),
            (
                "<input type=submit value=\"Save\"><input value=\"x\">",
                Format::Html,
                &["Save"],
            ),
            (
                "<p title=\"A\" translate=no><i title=\"B\"></i></p><b title=\"C\">",
                Format::Html,
                &["C"],
            ),
            (
                "<a href=\"title='x'\" aria-label = \"Close it\" >",
                Format::Html,
                &["Close it"],
            ),
            (
                "[a](b \"The title\") ![c d](e)",
                Format::Markdown,
                &["The title", "c d"],
            ),
            ("Some <img alt=\"a b\"> here", Format::Markdown, &["a b"]),
            ("`![a](b)` and ![12](c)", Format::Markdown, &[]),
            (
                "[a][b] and [c]\n\n[b]: x \"The title\"\n[c]: <y>\n    'Another'\n[d]: z (Last)\n[e]: w\n",
                Format::Markdown,
                &["The title", "Another", "Last"],
            ),
            (
                "<select><optgroup label=\"All\"><option value=\"b\">The boat</option><option>12<option> A cat</select>",
                Format::Html,
                &["All", "The boat", "A cat"],
            ),
            (
                "<textarea>Say it.\n\n Once &amp; again </textarea><textarea translate=no>x</textarea>",
                Format::Html,
                &["Say it.", "Once &amp; again"],
            ),
        ] {
            let found = labels(text, 0, format);
            let found: Vec<_> = found.iter().map(|one| one.span.of(text)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_language_of_a_page_changes() {
        let (en, pt) = (Lang::EN, Lang::PT);
        for (text, format, expected) in [
            ("<html lang=\"en\">", Format::Html, "<html lang=\"pt\">"),
            (
                "<p xml:lang=en-GB>x</p>",
                Format::Html,
                "<p xml:lang=pt>x</p>",
            ),
            ("<i lang=\"fr\">", Format::Html, "<i lang=\"fr\">"),
            ("<a hreflang=\"en\">", Format::Html, "<a hreflang=\"en\">"),
            (
                "<b translate=no lang=en>x</b>",
                Format::Html,
                "<b translate=no lang=en>x</b>",
            ),
            (
                "WEBVTT\nLanguage: en\n\nx",
                Format::Vtt,
                "WEBVTT\nLanguage: pt\n\nx",
            ),
            (
                "WEBVTT\n\nLanguage: en",
                Format::Vtt,
                "WEBVTT\n\nLanguage: en",
            ),
        ] {
            assert_eq!(relabel(text, format, en, pt), expected);
        }
    }
}
