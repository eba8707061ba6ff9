//! A short list of words whose mistranslation turns a sentence round ("sventato" → "carried out") and of idioms that
//! get translated word for word ("lettera morta" → "letter of death"). The list is data: `data/lexicon.tsv`.

use std::sync::LazyLock;

use super::patterns::{Pattern, find, patterns};
use super::words::Side;
use super::{CheckId, Finding};
use crate::text::Lang;

/// One line of the list.
struct Entry {
    /// Whether the translation must have one of `target`, rather than none.
    needs: bool,
    from: Lang,
    to: Lang,
    source: Vec<Pattern>,
    target: Vec<Pattern>,
    /// A rendering that would do.
    rendering: &'static str,
    /// Whether models are told it at once.
    tell: bool,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    include_str!("data/lexicon.tsv")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(entry)
        .collect()
});

fn entry(line: &'static str) -> Option<Entry> {
    let mut columns = line.split('\t');
    let mut next = || columns.next();
    Some(Entry {
        needs: next()? == "needs",
        from: next()?.parse().ok()?,
        to: next()?.parse().ok()?,
        source: patterns(next()?),
        target: patterns(next()?),
        rendering: next()?,
        tell: next() == Some("tell"),
    })
}

/// Words of `text` that small models seldom get right, each with a rendering into `to` that would do.
pub fn traps(text: &str, from: Lang, to: Lang) -> Vec<(&str, &'static str)> {
    let of_pair = |entry: &&Entry| entry.tell && entry.from == from && entry.to == to;
    let mut entries = ENTRIES.iter().filter(of_pair).peekable();
    if entries.peek().is_none() {
        return Vec::new();
    }
    let source = Side::new(text, from);
    entries
        .filter_map(|entry| Some((find(&source, &entry.source)?.of(text), entry.rendering)))
        .collect()
}

/// Looks every entry of the pair of languages up.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let of_pair = |entry: &&Entry| entry.from == source.lang && entry.to == target.lang;
    for entry in ENTRIES.iter().filter(of_pair) {
        let Some(at) = find(source, &entry.source) else {
            continue;
        };
        let words = at.of(source.text);
        match (entry.needs, find(target, &entry.target)) {
            (true, None) => found.push(
                Finding::warning(
                    CheckId::Opposite,
                    format!("\"{words}\" has none of its known renderings: its sense may be turned round"),
                )
                .at_source(at)
                .with_rendering(entry.rendering),
            ),
            (false, Some(there)) => {
                let literal = there.of(target.text);
                let finding = if literal.contains(' ') {
                    Finding::error(CheckId::Idiom, format!("\"{literal}\" is \"{words}\" word for word"))
                } else {
                    Finding::warning(CheckId::Idiom, format!("\"{literal}\" only looks like \"{words}\""))
                };
                found.push(finding.at_source(at).at_target(there).with_rendering(entry.rendering));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ids;
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        let lines = include_str!("data/lexicon.tsv")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .count();
        assert_eq!(ENTRIES.len(), lines);
        for entry in ENTRIES.iter() {
            for pattern in entry.source.iter().chain(&entry.target) {
                assert!(!pattern.is_empty());
            }
            let rendering = Side::new(entry.rendering, entry.to);
            assert_eq!(
                find(&rendering, &entry.target).is_some(),
                entry.needs,
                "{}",
                entry.rendering
            );
        }
    }

    #[test]
    fn senses_turned_round_and_idioms() {
        for (source, target, expected) in [
            (
                "Il governo aveva dichiarato di aver sventato un colpo di stato.",
                "The government had said that it had carried out a coup.",
                Some("opposite"),
            ),
            (
                "Il governo aveva dichiarato di aver sventato un colpo di stato.",
                "The government had said that it had foiled a coup.",
                None,
            ),
            (
                "Il rinnovamento è rimasto lettera morta.",
                "The renewal remained a letter of death.",
                Some("idiom"),
            ),
            (
                "Il rinnovamento è rimasto lettera morta.",
                "The renewal remained a dead letter.",
                None,
            ),
        ] {
            assert_eq!(
                ids(Lang::IT, Lang::EN, source, target),
                Vec::from_iter(expected),
                "{target}"
            );
        }
    }
}
