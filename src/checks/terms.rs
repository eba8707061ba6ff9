//! The user's glossary: where the source has a term, the translation has the word that the glossary demands.

use super::finding::{Finding, Pair};
use super::id::CheckId;
use super::words::{Kind, Side};
use crate::text::glossary::Term;

/// Looks for the translations of the terms that the source has. Inflected forms will do.
pub fn terms(pair: &Pair<'_>, terms: &[Term]) -> Vec<Finding> {
    let target = Side::new(pair.target, pair.to);
    let mut found = Vec::new();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for term in terms {
        // A shorter term inside a longer one is not meant: the longest come first.
        let at = term.find(pair.source).into_iter().find(|span| {
            let free = |(start, end): &(usize, usize)| span.end <= *start || *end <= span.start;
            taken.iter().all(free)
        });
        let Some(at) = at else { continue };
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
        found.push(Finding::error(CheckId::Term, message).at_source(at));
    }
    found
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
    }
}
