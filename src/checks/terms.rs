//! The user's glossary: where the source has a term, the translation has the word that the glossary demands.

use super::finding::{Finding, Pair};
use super::id::CheckId;
use super::words::{Kind, Side};
use crate::text::Span;
use crate::text::glossary::Term;

/// Looks for the translations of the terms that the source has, as they are or in the plural. Inflected forms will do; where
/// the source has one, its translation is only expected.
pub fn terms(pair: &Pair<'_>, terms: &[Term]) -> Vec<Finding> {
    let (source, target) = (
        Side::new(pair.source, pair.from),
        Side::new(pair.target, pair.to),
    );
    let mut found = Vec::new();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for term in terms {
        // A shorter term inside a longer one is not meant: the longest come first.
        let is_free = |span: &Span| {
            let free = |(start, end): &(usize, usize)| span.end <= *start || *end <= span.start;
            taken.iter().all(free)
        };
        let exact = term.find(pair.source).into_iter().find(is_free);
        let plural = || plurals(&source, &term.term).into_iter().find(is_free);
        let Some(at) = exact.or_else(plural) else {
            continue;
        };
        taken.push((at.start, at.end));
        if has(&target, &Side::new(&term.translation, pair.to)) {
            continue;
        }
        let message = match term.is_kept() {
            true => format!("\"{}\" must stay as it is (glossary)", term.term),
            false => format!(
                "\"{}\" must be \"{}\" (glossary)",
                term.term, term.translation
            ),
        };
        let finding = match exact {
            Some(_) => Finding::error(CheckId::Term, message),
            None => Finding::warning(CheckId::Term, message),
        };
        found.push(finding.at_source(at));
    }
    found
}

/// A word must have so many letters for its plural to be looked for: short ones are too often other words.
const LONG: usize = 6;

/// Where the plural of `term` stands in `source`, if it is one word of some length: "ministri" for "ministro".
fn plurals(source: &Side, term: &str) -> Vec<Span> {
    let lemma = term.to_lowercase();
    let one = term.chars().all(char::is_alphabetic) && term.chars().count() >= LONG;
    if !one {
        return Vec::new();
    }
    let changes = source.language.profile.plurals.iter();
    let plurals: Vec<String> = changes
        .filter_map(|(end, plural)| Some(format!("{}{plural}", lemma.strip_suffix(end)?)))
        .collect();
    let exact = term.chars().any(char::is_uppercase);
    let words = source.words.iter().filter(|word| {
        (word.capital || !exact) && plurals.iter().any(|plural| **plural == *word.lower)
    });
    words.map(|word| word.span).collect()
}

fn has(target: &Side, wanted: &Side) -> bool {
    let count = wanted.words.len();
    if count == 0 {
        return target.text.contains(wanted.text);
    }
    (0..(target.words.len() + 1).saturating_sub(count)).any(|i| {
        (0..count).all(|k| {
            let word = &wanted.words[k];
            let other = target.lower(i + k);
            other == word.lower || word.kind == Kind::Letters && inflected(other, &word.lower)
        })
    })
}

/// "elections" for "election", "Präsidenten" for "Präsident": the stem is the same, the ending short.
fn inflected(word: &str, lemma: &str) -> bool {
    let common = word
        .chars()
        .zip(lemma.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let (word, lemma) = (word.chars().count(), lemma.chars().count());
    common >= 4 && lemma - common <= 1 && word - common <= 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;
    use crate::text::glossary::Glossary;

    #[test]
    fn a_term_is_demanded_where_the_source_has_it() {
        let text = "colpo di stato\tcoup\ncolpo\tblow\nAstana\t\t\tyes\nelezione\telection\n";
        let glossary = Glossary::parse(text, "tsv", "terms").unwrap();
        let all = glossary.terms(Lang::IT, Lang::EN, true);
        let messages = |source, target| -> Vec<String> {
            let pair = Pair {
                source,
                target,
                from: Lang::IT,
                to: Lang::EN,
            };
            let found = terms(&pair, &all);
            found.into_iter().map(|finding| finding.message).collect()
        };
        let source = "Un colpo di stato ad Astana dopo l’elezione.";
        assert_eq!(
            messages(source, "A coup in Astana after the elections."),
            [""; 0]
        );
        assert_eq!(
            messages(source, "A putsch in Nur-Sultan after the election."),
            [
                "\"colpo di stato\" must be \"coup\" (glossary)",
                "\"Astana\" must stay as it is (glossary)"
            ]
        );
        assert_eq!(messages("Niente di nuovo.", "Nothing new."), [""; 0]);
        // The plural is the same word.
        assert_eq!(messages("Le elezioni.", "The elections."), [""; 0]);
        assert_eq!(
            messages("Le elezioni.", "The vote."),
            ["\"elezione\" must be \"election\" (glossary)"]
        );
    }
}
