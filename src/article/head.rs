//! What front matter says to readers: titles, descriptions, captions. Its other values are for programs.

use crate::text::Span;

/// Keys whose values are read, without capitals, hyphens and underscores.
const READ: &[&str] = &[
    "title",
    "subtitle",
    "shorttitle",
    "linktitle",
    "seotitle",
    "metatitle",
    "sidebarlabel",
    "headline",
    "description",
    "metadescription",
    "seodescription",
    "summary",
    "excerpt",
    "abstract",
    "lead",
    "intro",
    "tagline",
    "caption",
    "alt",
    "imagealt",
];

/// Where the values stand that readers see, of the front matter at the head of `text`, without the marks around them.
pub(super) fn said(text: &str) -> Vec<Span> {
    let own = text.trim_start_matches('\u{feff}');
    let mut at = text.len() - own.len();
    let mut lines = own.split_inclusive('\n');
    let (fence, sign) = match lines.next().map(str::trim_end) {
        Some("---") => ("---", ':'),
        Some("+++") => ("+++", '='),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    at += own.find('\n').map_or(own.len(), |end| end + 1);
    let mut lines = lines.peekable();
    while let Some(line) = lines.next().filter(|line| line.trim_end() != fence) {
        let start = at;
        at += line.len();
        let Some((value, is_block)) = value(line, sign) else {
            continue;
        };
        let mut end = start + value.end;
        // What stands further in than its key goes on from the line before.
        let depth = line.len() - line.trim_start_matches([' ', '\t', '-']).len();
        let mut inner = None;
        while let Some(next) = lines.next_if(|next| indent(next) > depth && sign == ':') {
            let own = at + next.len() - next.trim_start().len();
            inner = inner.or(Some(own));
            end = at + next.trim_end().len();
            at += next.len();
        }
        let start = match (is_block, inner) {
            (false, _) => start + value.start,
            (true, Some(inner)) => inner,
            (true, None) => continue,
        };
        found.extend(bare(text, start..end));
    }
    found
}

/// Where the value stands in a line of a key that is read, and whether it is a block's head: the value stands below.
fn value(line: &str, sign: char) -> Option<(Span, bool)> {
    let (key, value) = line.split_once(sign)?;
    let key = key
        .trim()
        .trim_start_matches("- ")
        .trim_matches(['"', '\'']);
    let key: String = key.chars().filter(|c| !"-_".contains(*c)).collect();
    if !READ.contains(&&*key.to_ascii_lowercase()) || !value.starts_with(char::is_whitespace) {
        return None;
    }
    let start = line.len() - value.trim_start().len();
    let end = line.trim_end().len();
    let value = line.get(start..end).unwrap_or_default();
    let is_block = matches!(value, ">" | ">-" | ">+" | "|" | "|-" | "|+");
    // Lists, references, and what a template puts in.
    let other = value.starts_with(['[', '{', '&', '*', '!', '#', '>', '|', '@', '`', '%']);
    (!value.is_empty() && (is_block || !other)).then_some((Span { start, end }, is_block))
}

/// A value without its marks; none if these, or escapes, aren't those of a plain one.
fn bare(text: &str, range: std::ops::Range<usize>) -> Option<Span> {
    let value = &text[range.clone()];
    let (start, end) = (range.start, range.end);
    match value.chars().next()? {
        quote @ ('"' | '\'') => {
            let inner = value[1..].strip_suffix(quote)?;
            let plain = !inner.contains(quote) && !inner.contains('\\');
            plain.then_some(Span {
                start: start + 1,
                end: end - 1,
            })
        }
        _ => {
            let end = value.find(" #").map_or(end, |len| start + len);
            Some(Span { start, end })
        }
    }
}

fn indent(line: &str) -> usize {
    match line.trim().is_empty() {
        true => 0,
        false => line.len() - line.trim_start_matches([' ', '\t']).len(),
    }
}

/// `new` as it is written in the place of the value that stands behind `before`.
pub(super) fn written(new: &str, before: &str) -> String {
    let escaped = || new.replace('\\', "\\\\").replace('"', "\\\"");
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    if line.ends_with('"') {
        return escaped();
    }
    if line.ends_with('\'') {
        // A TOML string of this kind has no way to write it.
        return new.replace('\'', "’");
    }
    // In a block nothing has to be escaped.
    let plain = line.trim().is_empty()
        || !new.contains(": ")
            && !new.contains(" #")
            && !new.ends_with(':')
            && new.starts_with(char::is_alphanumeric);
    match plain {
        true => new.to_owned(),
        false => format!("\"{}\"", escaped()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Article, Format};
    use super::*;

    #[test]
    fn what_readers_see_is_found() {
        for (text, expected) in [
            (
                "---\ntitle: \"A boat\"\ndate: 2024\nmeta_description: 'Of a boat' \nlayout: post\n---\nx",
                &["A boat", "Of a boat"][..],
            ),
            (
                "---\ndescription: >-\n  It sank\n  in May.\nimage:\n  alt: A boat # the old one\n---\n",
                &["It sank\n  in May.", "A boat"],
            ),
            ("+++\ntitle = \"A boat\"\ndraft = true\n+++\n", &["A boat"]),
            (
                "---\r\nimages:\r\n  - alt: A boat\r\n    src: b.jpg\r\n  - alt: A\r\n      house\r\n---\r\n",
                &["A boat", "A\r\n      house"],
            ),
            (
                "---\ntitle: {{ page.title }}\nsummary: [a, b]\nalt: \"a \\\" b\"\nlead:\n---\n",
                &[],
            ),
            ("title: no\n", &[]),
        ] {
            let found = said(text);
            let found: Vec<_> = found.iter().map(|span| span.of(text)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn values_are_written_as_they_may_be() {
        let text = "---\ntitle: A boat\nsubtitle: \"Of it\"\nalt: 'It'\nsummary: |\n  One two.\n  Three.\ntags: [boat]\n---\n\nA text.\n";
        let article = Article::parse(text.to_owned(), Format::Markdown);
        let segments = article.segments(None);
        let texts: Vec<_> = segments.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(
            texts,
            ["A text.", "A boat", "Of it", "It", "One two.", "Three."]
        );
        let made = segments.iter().map(|one| match one.text.as_str() {
            "A boat" => (one, "Boat: it's a \"b\""),
            "Of it" => (one, "Of \"it\""),
            "It" => (one, "It's"),
            "Three." => (one, "3: 'so'"),
            other => (one, other),
        });
        let made: Vec<_> = made.collect();
        assert_eq!(
            article.reassemble(made).0,
            "---\ntitle: \"Boat: it's a \\\"b\\\"\"\nsubtitle: \"Of \\\"it\\\"\"\nalt: 'It’s'\nsummary: |\n  One two.\n  3: 'so'\ntags: [boat]\n---\n\nA text.\n"
        );
    }
}
