//! What in running text comes back letter for letter without a mark that says so: addresses, placeholders and the like.

use std::ops::Range;

use super::flow::{Flow, Mark, MarkKind, PlacedMark};
use crate::text::literals;

impl Flow {
    /// Marks bare URLs, e-mail addresses and literals that lie in no verbatim mark yet. `article` is the article's text.
    pub(super) fn mark_literals(&mut self, article: &str) {
        let mut taken: Vec<_> = self
            .marks
            .iter()
            .filter(|m| m.mark.kind == MarkKind::Verbatim)
            .map(|m| m.mark.range.clone())
            .collect();
        taken.sort_by_key(|range| range.start);
        // Long paragraphs have many of each: all lists are in the order of the text, and looked up by place.
        let free = |list: &[Range<usize>], range: &Range<usize>| {
            let next = list.partition_point(|other| other.end <= range.start);
            list.get(next).is_none_or(|other| other.start >= range.end)
        };
        let mut addresses = Vec::new();
        for word in self.text.split_whitespace() {
            let at = word.as_ptr() as usize - self.text.as_ptr() as usize;
            let Some(inner) = address(word) else { continue };
            let range = at + inner.start..at + inner.end;
            if free(&taken, &range) {
                addresses.push(range);
            }
        }
        let ranges = self.marks.iter().map(|m| &m.mark.range);
        let mut edges: Vec<usize> = ranges.flat_map(|range| [range.start, range.end]).collect();
        edges.sort_unstable();
        // A literal that markup parts is none.
        let parted = |range: &Range<usize>| {
            let next = edges.partition_point(|&edge| edge <= range.start);
            edges.get(next).is_some_and(|&edge| edge < range.end)
        };
        let mut found: Vec<_> = literals(&self.text)
            .into_iter()
            .map(|span| span.start..span.end)
            .filter(|range| !parted(range) && free(&taken, range) && free(&addresses, range))
            .collect();
        found.append(&mut addresses);
        found.sort_by_key(|range| range.start);
        for range in found {
            let source = self.source(&range);
            // Text that stands as it reads is escaped as such; what has escapes of its own keeps them.
            let raw = source.of(article);
            let open = match raw == &self.text[range.clone()] || address(raw).is_some() {
                true => "",
                false => raw,
            };
            self.mark(PlacedMark {
                mark: Mark::new(MarkKind::Verbatim, range, open, ""),
                open: source,
                close: source,
                stays: false,
            });
        }
    }
}

/// Where in `word` a URL or an e-mail address stands, if it is one.
fn address(word: &str) -> Option<Range<usize>> {
    let url = ["https://", "http://", "ftp://", "mailto:", "www."]
        .iter()
        .filter_map(|scheme| word.find(scheme))
        .min();
    let start = match url {
        Some(at) => at,
        None if word.contains('/') => host(word)?,
        None => {
            let at = word.find('@')?;
            let name = word[..at].trim_start_matches(|c: char| !c.is_alphanumeric());
            let host = word[at + 1..].trim_end_matches(|c: char| !c.is_alphanumeric());
            if name.is_empty() || !host.contains('.') {
                return None;
            }
            at - name.len()
        }
    };
    // What no address has ends it.
    let inner = word[start..]
        .split(['<', '>', '"', '[', ']', '«', '»', '“', '”'])
        .next()?;
    let mut inner = inner.trim_end_matches(|c: char| {
        !(c.is_alphanumeric() || matches!(c, '/' | ')' | '=' | '&' | '#' | '-' | '_'))
    });
    // A closing bracket belongs to the address only with its opening one.
    while inner.ends_with(')') && inner.matches('(').count() < inner.matches(')').count() {
        inner = inner[..inner.len() - 1]
            .trim_end_matches(['.', ',', ';', ':', '!', '?', '»', '”', '"']);
    }
    (!inner.is_empty()).then(|| start..start + inner.len())
}

/// Where in `word` the host of `example.org/news` begins, if it is an address of that kind.
fn host(word: &str) -> Option<usize> {
    let (host, path) = word.split_once('/')?;
    let start = host.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || ".-".contains(c));
    let start = start.len();
    let labels = || host[start..].split('.');
    let long = labels().count() > 1 && labels().all(|label| label.len() > 1);
    let domain = labels().next_back()?;
    let ends = domain.chars().all(|c| c.is_ascii_lowercase());
    (long && ends && path.starts_with(|c: char| c.is_ascii_alphanumeric())).then_some(start)
}
