//! Tags of subtitles: `<i>`, `{\i1}`, `{\an8}`; those that stand around the whole of a cue, and those that close and open again with
//! each of its lines.

use crate::text::Span;

/// The text of a cue without the white space and the tags around all of it, which stay where they are.
pub(super) fn unwrapped(text: &str, mut span: Span) -> Span {
    loop {
        let inner = span.of(text);
        span.start += inner.len() - inner.trim_start().len();
        let inner = span.of(text).trim_end();
        span.end = span.start + inner.len();
        let Some(head) = tag(inner) else { return span };
        let last = inner.rfind(['<', '{']).filter(|at| *at >= head);
        let last = last.filter(|at| tag(&inner[*at..]) == Some(inner.len() - at));
        match (name(&inner[..head]), last) {
            // `{\an8}` says where the cue is shown.
            (None, _) => span.start += head,
            // Nor does `<v Ann>` close, which says who speaks.
            (Some(opened), _) if !closes(&inner[head..], opened) => span.start += head,
            (Some(opened), Some(last)) if is_whole(&inner[head..last], opened) => {
                if name(&inner[last..]) != Some(opened) {
                    return span;
                }
                (span.start, span.end) = (span.start + head, span.start + last);
            }
            _ => return span,
        }
    }
}

/// The name of a tag that opens or closes something, `i` of `<i>`, `</i>` and `{\i1}`.
pub(super) fn name(tag: &str) -> Option<&str> {
    if let Some(style) = tag.strip_prefix("{\\") {
        let style = style.strip_suffix('}')?;
        let (name, state) = style.split_at(style.len().min(1));
        return matches!(state, "0" | "1").then_some(name);
    }
    let inner = tag.strip_prefix('<')?;
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric());
    let name = &inner[..end.unwrap_or(inner.len())];
    (!name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
}

/// Whether a tag with a name closes what another opens.
pub(super) fn is_end(tag: &str) -> bool {
    tag.starts_with("</") || tag.ends_with("0}")
}

/// Whether a tag of `text` closes what one of this name opens.
fn closes(text: &str, opened: &str) -> bool {
    let mut places = text.match_indices(['<', '{']);
    places.any(|(at, _)| {
        let one = tag(&text[at..]).map(|len| &text[at..at + len]);
        let one = one.filter(|one| is_end(one));
        one.and_then(name) == Some(opened)
    })
}

/// Whether what tags of this name around `inner` open goes to its end, if only line by line.
fn is_whole(inner: &str, opened: &str) -> bool {
    let mut depth = 1;
    let mut at = 0;
    while let Some(found) = inner[at..].find(['<', '{']).map(|len| at + len) {
        at = found + 1;
        let Some(len) = tag(&inner[found..]) else {
            continue;
        };
        let one = &inner[found..found + len];
        if name(one) != Some(opened) {
            continue;
        }
        if let Some(len) = seam(&inner[found..]) {
            at = found + len;
            continue;
        }
        match is_end(one) {
            true => depth -= 1,
            false => depth += 1,
        }
        if depth == 0 {
            return false;
        }
    }
    depth == 1
}

/// The length of a tag that closes at the end of a line what another opens again in the next, both included.
pub(super) fn seam(text: &str) -> Option<usize> {
    let len = tag(text).filter(|_| text.starts_with("</"))?;
    let rest = &text[len..];
    let next = rest.trim_start();
    let gap = rest.len() - next.len();
    let again = tag(next).filter(|_| rest[..gap].contains('\n') && !next.starts_with("</"))?;
    (name(text) == name(&next[..again])).then_some(len + gap + again)
}

/// The length of the tag at the head of `text`: `<i>`, `<c.yellow>`, `<00:01.000>`, `{\an8}`.
pub(super) fn tag(text: &str) -> Option<usize> {
    if let Some(inner) = text.strip_prefix('<') {
        let end = inner.find('>')?;
        let name = inner.trim_start_matches('/');
        let fits = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        return (fits && !inner[..end].contains(['<', '\n'])).then_some(end + 2);
    }
    let inner = text.strip_prefix("{\\")?;
    inner.find('}').map(|end| end + 3)
}
