//! What stands before an article and is not part of it: front matter and metadata lines.

use super::flow::Flow;
use super::{Block, BlockKind};
use crate::text::Span;

/// Keys of metadata lines. A list, because "Nota: il presidente ha detto" is a sentence.
const KEYS: &[&str] = &[
    "author",
    "authors",
    "autor",
    "autore",
    "autori",
    "auteur",
    "by",
    "di",
    "category",
    "categoria",
    "catégorie",
    "data",
    "date",
    "datum",
    "fecha",
    "fonte",
    "fuente",
    "id",
    "keywords",
    "lang",
    "language",
    "lingua",
    "idioma",
    "langue",
    "license",
    "licenza",
    "link",
    "permalink",
    "published",
    "pubblicato",
    "publicado",
    "quelle",
    "slug",
    "source",
    "tag",
    "tags",
    "updated",
    "aggiornato",
    "url",
];

/// Pushes the front matter and the metadata at the head of `text`, and says where the article begins.
pub(super) fn read(text: &str, is_plain: bool, blocks: &mut Vec<Block>) -> usize {
    let mut at = match text.starts_with('\u{feff}') {
        true => '\u{feff}'.len_utf8(),
        false => 0,
    };
    if let Some(len) = front_matter(&text[at..]) {
        blocks.push(verbatim(BlockKind::FrontMatter, at, at + len));
        at += len;
    }
    if is_plain && let Some(end) = mail(text, at, blocks) {
        return end;
    }
    loop {
        let skip = text[at..].len() - text[at..].trim_start_matches(['\n', '\r']).len();
        let first = blocks.is_empty();
        let start = at + if first { skip } else { 0 };
        let line = line(&text[start..]);
        if is_metadata(line) {
            blocks.push(verbatim(
                BlockKind::Metadata,
                start,
                start + line.trim_end().len(),
            ));
            at = start + line.len();
        } else {
            let len = leading_date(line);
            if len > 0 {
                blocks.push(verbatim(BlockKind::Metadata, start, start + len));
                at = start + len;
            }
            return at;
        }
    }
}

/// Fields that the head of a mail has by its standard, RFC 5322.
const FIELDS: [&str; 9] = [
    "from",
    "to",
    "cc",
    "date",
    "subject",
    "message-id",
    "reply-to",
    "sender",
    "received",
];
/// As many of them make a head.
const FEWEST: usize = 3;

/// Pushes the head of the mail that begins at `start`, of which only the subject is for a translator; gives the place behind it.
fn mail(text: &str, start: usize, blocks: &mut Vec<Block>) -> Option<usize> {
    let mut at = start;
    let mut fields = Vec::new();
    let mut known = 0;
    while at < text.len() {
        let line = line(&text[at..]);
        let content = line.trim_end();
        if content.is_empty() {
            break;
        }
        let name = content.split(':').next().unwrap_or_default();
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let is_field = !name.is_empty() && name.len() < content.len() && name.chars().all(named);
        let goes_on = content.starts_with([' ', '\t']) && !fields.is_empty();
        if !is_field && !goes_on {
            return None;
        }
        known += usize::from(is_field && FIELDS.contains(&&*name.to_ascii_lowercase()));
        let subject = is_field && name.eq_ignore_ascii_case("subject");
        fields.push((at, content.len(), subject.then_some(name.len() + 1)));
        at += line.len();
    }
    if known < FEWEST {
        return None;
    }
    for (start, len, value) in fields {
        let head = value.unwrap_or(len);
        blocks.push(verbatim(BlockKind::Metadata, start, start + head));
        let said = &text[start + head..start + len];
        if !said.trim().is_empty() {
            let span = Span {
                start: start + len - said.trim_start().len(),
                end: start + len,
            };
            let mut flow = Flow::default();
            flow.push(span.of(text), span);
            flow.mark_literals(text);
            blocks.push(Block {
                kind: BlockKind::Paragraph,
                span,
                flow: Some(flow),
            });
        }
    }
    Some(at)
}

fn verbatim(kind: BlockKind, start: usize, end: usize) -> Block {
    Block {
        kind,
        span: Span { start, end },
        flow: None,
    }
}

/// The first line with its line end.
fn line(text: &str) -> &str {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let ending = match text[end..].starts_with("\r\n") {
        true => 2,
        false => usize::from(end < text.len()),
    };
    &text[..end + ending]
}

/// The length of YAML (`---`) or TOML (`+++`) front matter.
fn front_matter(text: &str) -> Option<usize> {
    let first = line(text);
    let fence = first.trim_end();
    if fence != "---" && fence != "+++" {
        return None;
    }
    let mut at = first.len();
    if line(&text[at..]).trim().is_empty() {
        return None;
    }
    let mut keys = false;
    while at < text.len() {
        let line = line(&text[at..]);
        at += line.len();
        let content = line.trim_end();
        if content == fence || fence == "---" && content == "..." {
            // A rule at the head of a text, and another below, have text between them.
            return (keys || at == first.len() + line.len()).then_some(at);
        }
        keys |= is_entry(content, fence);
    }
    None
}

/// Whether a line is an entry of YAML, or of TOML where `fence` says so: a key and its value.
fn is_entry(line: &str, fence: &str) -> bool {
    let sign = if fence == "+++" { '=' } else { ':' };
    let Some((key, value)) = line.split_once(sign) else {
        return fence == "+++" && line.starts_with('[') || line.starts_with("- ");
    };
    let key = key.trim().trim_matches(['"', '\'']);
    let named = |c: char| c.is_alphanumeric() || "_-. ".contains(c);
    let parted = sign == '=' || value.is_empty() || value.starts_with([' ', '\t']);
    !key.is_empty() && parted && key.chars().all(named) && key.split(' ').count() <= 2
}

/// `Autore: Mario Rossi`, `date 2022-11-21`.
fn is_metadata(line: &str) -> bool {
    let line = line.trim();
    match line.split_once(':') {
        Some((key, value)) => is_key(key.trim()) && is_value(value.trim()) && line.len() <= 200,
        None => false,
    }
    .then_some(())
    .or_else(|| (!line.is_empty() && leading_date(line) == line.len()).then_some(()))
    .is_some()
}

/// Whether what stands behind a key is a value: a date, a name, tags, an address, no clause.
fn is_value(value: &str) -> bool {
    let words = value.split_whitespace().count();
    let digit = value.contains(|c: char| c.is_ascii_digit());
    let clause = words > 2 && (value.ends_with(['.', '!', '?']) || words > 8);
    let small = value.starts_with(char::is_lowercase) && !value.contains(',') && words > 2;
    words > 0 && (digit && words < 6 || !clause && !small)
}

fn is_key(word: &str) -> bool {
    KEYS.contains(&word.to_lowercase().as_str())
}

/// The length of ` date 2022-11` at the head of a line, with the white space before it, or 0.
fn leading_date(line: &str) -> usize {
    let after_key = |text: &'_ str| -> Option<usize> {
        let word = text.find(|c: char| !c.is_alphabetic())?;
        if !is_key(&text[..word]) {
            return None;
        }
        let rest = text[word..].trim_start_matches([':', ' ', '\t']);
        let date = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '/' | '.'))
                .len();
        let value = rest[..date].trim_end_matches(['.', '-', '/']);
        let year = value.split(['-', '/', '.']).any(|n| n.len() == 4);
        let whole =
            rest[value.len()..].is_empty() || rest[value.len()..].starts_with(char::is_whitespace);
        (rest.len() < text[word..].len() && year && value.contains(['-', '/', '.']) && whole)
            .then(|| text.len() - rest.len() + value.len())
    };
    let text = line.trim_start();
    after_key(text).map_or(0, |len| line.len() - text.len() + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(text: &str) -> Vec<&str> {
        let mut blocks = Vec::new();
        let end = read(text, true, &mut blocks);
        assert!(blocks.last().is_none_or(|b| b.span.end <= end));
        blocks.iter().map(|b| b.span.of(text)).collect()
    }

    #[test]
    fn of_the_head_of_a_mail_the_subject_is_read() {
        let mail = "From: a@b.org\nTo: c@d.org,\n  e@f.org\nSubject: The boats\nX-Spam: no\nDate: Mon, 4 Apr 2022\n\nHello.";
        let mut blocks = Vec::new();
        assert!(mail[read(mail, true, &mut blocks)..].starts_with("\nHello."));
        let read: Vec<_> = blocks.iter().filter_map(Block::text).collect();
        assert_eq!(read, ["The boats"]);
        for text in [
            "From: a\nTo: b\n\nHello.",
            "From: a\nHello to you\nTo: b\nSubject: c\n",
            "Note: a\nTo: b\nDate: so it is.\n",
        ] {
            assert_eq!(super::mail(text, 0, &mut Vec::new()), None, "{text}");
        }
    }

    #[test]
    fn metadata_is_told_from_sentences() {
        assert_eq!(
            heads(" date 2022-11 Con oltre l’81 per cento"),
            [" date 2022-11"]
        );
        assert_eq!(
            heads("Date: 2022-11-21\r\nAutore: M. Rossi\n\nCiao"),
            ["Date: 2022-11-21", "Autore: M. Rossi"]
        );
        assert_eq!(heads("---\na: b\n---\nCiao"), ["---\na: b\n---\n"]);
        assert_eq!(heads("+++\na = 1\n+++\n"), ["+++\na = 1\n+++\n"]);
        for head in [
            "---\n---\n",
            "---\n\"a b\": c\n...\n",
            "---\n# none\ntags:\n- a\n---\n",
            "+++\n[extra]\nx = 1\n+++\n",
        ] {
            assert_eq!(heads(head), [head]);
        }
        for line in [
            "Tags: garden, roses",
            "By: Rosalind Hale",
            "Source: https://a.b/c",
        ] {
            assert_eq!(heads(line), [line]);
        }
        for text in [
            "",
            "Nota: il presidente ha detto.",
            "Data la situazione",
            "date 2022 era un anno",
            "---\nCiao",
            "Date: the meeting was moved to Friday.",
            "Data: la riunione è spostata",
            "Source: we asked the ministry, and it said no.",
            "---\n\nA rule began it. Note: so it is.\n\n---\n\nMore.",
            "---\n# Title\n---\n",
            "+++\nOne and one\n+++\n",
            "\n\n",
        ] {
            assert!(heads(text).is_empty(), "{text:?}");
        }
    }
}
