//! One name, one rendering: a name that recurs in an article is written the same way wherever it comes through.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::capitals::is_name;
use super::known::{is_form, rendering, rows};
use super::spelling::{akin, distance, fold};
use crate::checks::finding::Finding;
use crate::checks::id::CheckId;
use crate::checks::words::{Kind, Side};
use crate::text::{Lang, Span};

/// How a segment renders a name.
struct Use {
    segment: usize,
    source: Span,
    target: Span,
    written: String,
}

/// Finds renderings of names that differ from the one that most segments have. `pairs` are the segments of an article
/// and their translations, in order; each finding comes with the index of its segment.
pub fn consistency(pairs: &[(&str, &str)], from: Lang, to: Lang) -> Vec<(usize, Finding)> {
    // Each text is cut into words when it is looked at: those of a long text together would fill the memory.
    let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    for (text, _) in pairs {
        let source = Side::new(text, from);
        for i in (0..source.words.len()).filter(|&i| is_name(&source, i)) {
            if !uses.contains_key(source.lower(i)) {
                uses.insert(source.lower(i).to_string(), Vec::new());
            }
        }
    }
    for (segment, (text, translation)) in pairs.iter().enumerate() {
        let source = Side::new(text, from);
        let target = Side::new(translation, to);
        for (i, word) in source.words.iter().enumerate().filter(|(_, w)| w.capital) {
            if let Some(uses) = uses.get_mut(&*word.lower)
                && let Some(there) = rendered(&source, i, &target)
            {
                uses.push(Use {
                    segment,
                    source: word.span,
                    target: there,
                    written: there.of(target.text).to_lowercase(),
                });
            }
        }
    }
    let mut found = Vec::new();
    for uses in uses.values() {
        let mut votes: HashMap<&str, usize> = HashMap::new();
        for one in uses {
            *votes.entry(&one.written).or_default() += 1;
        }
        // The first of those with the most votes.
        let Some(usual) = uses.iter().rev().max_by_key(|one| votes[&*one.written]) else {
            continue;
        };
        let mut told = HashSet::new();
        for one in uses {
            // A genitive or a plural is the same name; "French" and "France" are two words, and so are "Italian" and
            // "Italy", both of which the table knows.
            let known = is_form(&one.written, to) && is_form(&usual.written, to);
            let same = known
                || one.written.starts_with(&usual.written)
                || usual.written.starts_with(&one.written)
                || !alike(&fold(&one.written), &fold(&usual.written));
            if !same && told.insert((one.segment, one.written.as_str())) {
                let (source, target) = pairs[one.segment];
                let message = format!(
                    "\"{}\" is \"{}\" here, \"{}\" elsewhere",
                    one.source.of(source),
                    one.target.of(target),
                    usual.target.of(pairs[usual.segment].1)
                );
                let finding = Finding::warning(CheckId::Consistency, message)
                    .at_source(one.source)
                    .at_target(one.target);
                found.push((one.segment, finding));
            }
        }
    }
    found.sort_by_key(|(segment, _)| *segment);
    found
}

/// What stands in the translation for the name at word `i`, if it can be told.
fn rendered(source: &Side, i: usize, target: &Side) -> Option<Span> {
    if let Some((rows, end)) = rows(source, i) {
        return match end == i + 1 {
            true => rendering(target, &rows),
            false => None,
        };
    }
    let name = source.lower(i);
    let wanted = fold(name);
    // "Paolo" beside "Paola" is another name of the source's.
    let taken = |word: &str| word != name && source.words.iter().any(|other| *other.lower == *word);
    target
        .words
        .iter()
        .filter(|word| word.capital && word.kind == Kind::Letters && !taken(&word.lower))
        .filter(|word| alike(&wanted, &fold(&word.lower)))
        .min_by_key(|word| distance(&wanted, &fold(&word.lower)))
        .map(|word| word.span)
}

/// Whether two folded words may be spellings of one name.
fn alike(a: &str, b: &str) -> bool {
    akin(a, b) || a.len().min(b.len()) >= 5 && distance(a, b) <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(pairs: &[(&str, &str)]) -> Vec<(usize, String)> {
        let found = consistency(pairs, Lang::IT, Lang::EN).into_iter();
        found
            .map(|(segment, finding)| (segment, finding.message))
            .collect()
    }

    #[test]
    fn a_name_is_written_in_one_way() {
        let same = [
            ("Ieri Tokayev ha parlato.", "Tokayev spoke yesterday."),
            ("Tokayev ha 69 anni.", "Tokayev's age is 69."),
            ("Il voto in Kazakistan.", "The vote in Kazakhstan."),
            ("Dal Kazakistan.", "From Kazakhstan."),
        ];
        assert_eq!(messages(&same), []);
        let mut mixed = same;
        mixed[1].1 = "Tokajev is 69.";
        mixed[3].1 = "From Kazakistan.";
        assert_eq!(
            messages(&mixed),
            [
                (
                    1,
                    "\"Tokayev\" is \"Tokajev\" here, \"Tokayev\" elsewhere".to_string()
                ),
                (
                    3,
                    "\"Kazakistan\" is \"Kazakistan\" here, \"Kazakhstan\" elsewhere".to_string()
                ),
            ]
        );
    }

    #[test]
    fn what_stands_once_or_is_lost_says_nothing() {
        assert_eq!(messages(&[("Ieri Tokayev ha parlato.", "He spoke.")]), []);
        assert_eq!(messages(&[]), []);
        // Two names that are nearly one.
        let pairs = [
            ("Ieri Paola ha parlato.", "Paola spoke yesterday."),
            ("Ieri Paola e Paolo.", "She and Paolo yesterday."),
        ];
        assert_eq!(messages(&pairs), []);
    }
}
