//! Links of a Markdown text to its own headings, as a table of contents has them. A heading's address follows from its
//! words, so what links to it follows its translation.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::{Article, BlockKind, Format, dialect, markdown};

/// Whether a text may link to its own headings.
pub(super) fn may_have(text: &str) -> bool {
    text.contains("(#") || text.contains(": #")
}

/// `out`, a translation of `source`, with the links to its headings changed as their words have; `None` if there are none.
pub(super) fn followed(source: &Article, out: &str) -> Option<String> {
    if source.format() != Format::Markdown || !may_have(source.source()) {
        return None;
    }
    let moved = moved(source, &Article::parse(out.to_owned(), Format::Markdown)).into_iter();
    let own = |address: &str| {
        let text = source.source();
        let forms = [
            format!("id=\"{address}\""),
            format!("name=\"{address}\""),
            format!("{{#{address}}}"),
        ];
        forms.iter().any(|form| text.contains(form))
    };
    let moved: BTreeMap<String, String> = moved
        .filter(|(before, after)| before != after && !own(before))
        .collect();
    let mut edits: Vec<(Range<usize>, &String)> = Vec::new();
    for (within, address) in links(out, source.body) {
        let Some((address, new)) = address
            .strip_prefix('#')
            .and_then(|one| moved.get_key_value(one))
        else {
            continue;
        };
        // The address stands behind the words that it is on.
        let found = out[within.clone()].rfind(&format!("#{address}"));
        edits.extend(found.map(|at| {
            let start = within.start + at + 1;
            (start..start + address.len(), new)
        }));
    }
    if edits.is_empty() {
        return None;
    }
    edits.sort_by_key(|(range, _)| range.start);
    edits.dedup_by_key(|(range, _)| range.start);
    let mut followed = String::with_capacity(out.len());
    let mut at = 0;
    for (range, new) in edits {
        followed.push_str(&out[at..range.start]);
        followed.push_str(new);
        at = range.end;
    }
    followed.push_str(&out[at..]);
    Some(followed)
}

/// The addresses of the headings of `source`, each with that of the same heading of `translation`; none if they haven't as
/// many.
pub(super) fn moved(source: &Article, translation: &Article) -> BTreeMap<String, String> {
    if source.format() != Format::Markdown || !may_have(source.source()) {
        return BTreeMap::new();
    }
    let (before, after) = (addresses(source), addresses(translation));
    match before.len() == after.len() {
        true => before.into_iter().zip(after).collect(),
        false => BTreeMap::new(),
    }
}

/// Where links and definitions of links stand in `text` from byte `body` on, and where they lead.
fn links(text: &str, body: usize) -> Vec<(Range<usize>, String)> {
    let plain = dialect::plain(text.get(body..).unwrap_or_default());
    let parser = Parser::new_ext(&plain, markdown::options());
    let definitions = parser.reference_definitions().iter();
    let definitions = definitions.map(|(_, one)| (one.span.clone(), one.dest.to_string()));
    let mut found: Vec<(Range<usize>, String)> = definitions.collect();
    for (event, range) in parser.into_offset_iter() {
        if let Event::Start(Tag::Link { dest_url, .. }) = event {
            found.push((range, dest_url.to_string()));
        }
    }
    let shift =
        |(range, address): (Range<usize>, String)| (range.start + body..range.end + body, address);
    found.into_iter().map(shift).collect()
}

/// The addresses of the headings, in order, as most programs make them: in lower case, with hyphens for spaces, without
/// other marks, and numbered where several are alike.
fn addresses(article: &Article) -> Vec<String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let blocks = article.blocks().iter();
    let headings = blocks.filter(|block| matches!(block.kind, BlockKind::Heading(_)));
    let addresses = headings.filter_map(|block| block.text()).map(|text| {
        let lower = text.trim().to_lowercase();
        let kept = lower.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c => Some(c).filter(|c| c.is_alphanumeric()),
        });
        let address: String = kept.collect();
        let seen = times.entry(address.clone()).or_default();
        *seen += 1;
        match *seen {
            1 => address,
            n => format!("{address}-{}", n - 1),
        }
    });
    addresses.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_follow_their_headings() {
        for (source, out, expected) in [
            (
                "[The boats](#the-boats)\n\n## The boats\n",
                "[Os barcos](#the-boats)\n\n## Os barcos\n",
                Some("[Os barcos](#os-barcos)\n\n## Os barcos\n"),
            ),
            (
                "See [it][1].\n\n# What is new?\n\n[1]: #what-is-new\n",
                "Veja [isso][1].\n\n# O que há de novo?\n\n[1]: #what-is-new\n",
                Some("Veja [isso][1].\n\n# O que há de novo?\n\n[1]: #o-que-há-de-novo\n"),
            ),
            // The second of two.
            (
                "[a](#more-1)\n\n# More\n\n# More\n",
                "[a](#more-1)\n\n# Mais\n\n# Mais\n",
                Some("[a](#mais-1)\n\n# Mais\n\n# Mais\n"),
            ),
            // Code, other addresses, addresses of their own.
            (
                "`[a](#one)` [b](x.md#one) [c](#two)\n\n# One\n\n<a id=\"two\"></a>\n\n# Two\n",
                "`[a](#one)` [b](x.md#one) [c](#two)\n\n# Um\n\n<a id=\"two\"></a>\n\n# Dois\n",
                None,
            ),
            ("# One\n", "# Um\n", None),
        ] {
            let article = Article::parse(source.to_owned(), Format::Markdown);
            assert_eq!(followed(&article, out).as_deref(), expected, "{source}");
        }
    }
}
