//! Words of the translation that its language doesn't have and that look like one of the source: left there, or made up by
//! a model that didn't know the word ("gettonisti" → "gettonists").
//!
//! A word that is in no list proves little: lists end, and names, compounds and new words don't. That it also looks like an
//! ordinary word of the source proves much. On the references of FLORES dev, all 30 directions of six languages, FIXME % have such a
//! finding.

use std::collections::HashSet;

use super::finding::Finding;
use super::id::CheckId;
use super::names::resembles;
use super::words::{Kind, Side, Word};
use crate::languages::Language;

/// Shorter words look like too many others.
const SHORTEST: usize = 4;

/// Looks for words that the target's language doesn't have.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    if target.language.forms.is_empty() || source.lang == target.lang {
        return;
    }
    let names: HashSet<&str> = source
        .words
        .iter()
        .filter(|word| is_name(word, source.language))
        .map(|word| &*word.lower)
        .collect();
    let mut told: HashSet<&str> = HashSet::new();
    for (i, word) in target.words.iter().enumerate() {
        let made_up = is_ordinary(target, i)
            && !names.contains(&*word.lower)
            && !is_known(&word.lower, target.language)
            && !is_told(word, found);
        if !made_up || !told.insert(&word.lower) {
            continue;
        }
        let like = (0..source.words.len()).find(|&at| {
            let said = &source.words[at];
            is_ordinary(source, at)
                // A noun with a capital on both sides may be a name.
                && !(said.capital && said.lower == word.lower)
                && resembles(&said.lower, &word.lower)
                // A word that neither language has is a foreign one, or as rare in both.
                && is_known(&said.lower, source.language)
        });
        if let Some(at) = like {
            let said = &source.words[at];
            let message = match said.lower == word.lower {
                true => format!("\"{}\" was left in {}", word.text, source.lang.name()),
                false => format!(
                    "\"{}\" is no known {} word; it looks like \"{}\"",
                    word.text,
                    target.lang.name(),
                    said.text
                ),
            };
            let finding = Finding::warning(CheckId::Untranslated, message);
            found.push(finding.at_source(said.span).at_target(word.span));
        }
    }
}

/// Whether a capital says that the word is a name.
fn is_name(word: &Word, language: &Language) -> bool {
    word.capital && !word.initial && !language.profile.noun_capitals
}

/// Whether the word `i` is one of the language's own, by its look: of letters alone, no name, no part of an address.
fn is_ordinary(side: &Side, i: usize) -> bool {
    let word = &side.words[i];
    let letters = word.text.chars().all(char::is_alphabetic);
    let small = word.text.chars().skip(1).all(char::is_lowercase);
    let capital = word.capital && !side.language.profile.noun_capitals;
    let joins = |c: Option<char>| c.is_some_and(|c| "@#/\\_&=".contains(c));
    let (before, after) = (side.before(i), side.after(i));
    let is_last = i + 1 == side.words.len();
    let address = joins(before.chars().next_back())
        || joins(after.chars().next())
        || i > 0 && before == "."
        || !is_last && after == ".";
    word.kind == Kind::Letters
        && letters
        && small
        && !capital
        && word.lower.chars().count() >= SHORTEST
        && !address
}

/// Whether the language has `word`, also as two words that are joined.
fn is_known(word: &str, language: &Language) -> bool {
    let (forms, joints) = (&language.forms, &language.profile.joints);
    if forms.has(word) {
        return true;
    }
    let cuts = word.char_indices().map(|(at, _)| word.split_at(at));
    let mut parts = cuts.filter(|(head, tail)| head.len().min(tail.len()) >= PART);
    !joints.is_empty()
        && parts.any(|(head, tail)| {
            let heads = joints.iter().filter_map(|joint| head.strip_suffix(&**joint));
            forms.has(tail) && heads.chain([head]).any(|head| forms.has(head))
        })
}

/// A part of a joined word has at least so many bytes.
const PART: usize = 4;

/// Whether another rule has told of it.
fn is_told(word: &Word, found: &[Finding]) -> bool {
    found.iter().any(|one| {
        let within = |at: crate::text::Span| at.start <= word.span.start && word.span.end <= at.end;
        one.target.is_some_and(within) && matches!(one.check, CheckId::Untranslated | CheckId::Language)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::rows;
    use super::*;

    const PAIRS: &str = "
it-en Hanno patteggiato ieri. | They patteggiated yesterday. | patteggiated
it-en Il catastrofizzare di tutti | The catastrophizzing of all |
it-en Lo hanno portato in questura ieri. | They took him to the questura yesterday. | questura
it-en Lo ha detto Gettoni in questura. | Gettoni said so at police headquarters. |
it-en Un caso di encefalite grave | A severe case of encephalitis |
en-pt The cradle of trade | O crádulo do comércio | crádulo
en-fr The cradle of trade | Le cradle du commerce | cradle
de-en Die Straße ist glatt | The street is slippery |
de-en Eine Überdosis führt zu Krämpfen. | An overdose leads to kramps. | kramps
en-de They recovered the cabin from the estuary. | Sie bargen die Kabine aus der Estuarie. | Estuarie
en-de The parliament's presidency meets. | Das Parlamentspräsidium tagt. |
en-de In Aberdeen the keeper won. | In Aberdeen gewann der Torwart. |
it-pt Era un segreto | Era un segredo |
en-it See example.com/estuary and #estuary now | Vedi example.com/estuary e #estuary ora |
";

    #[test]
    fn words_that_no_language_has() {
        for (from, to, cells) in rows(PAIRS) {
            let (source, target) = (Side::new(cells[0], from), Side::new(cells[1], to));
            let mut found = Vec::new();
            check(&source, &target, &mut found);
            let told: Vec<&str> = found.iter().map(|one| one.target.unwrap().of(cells[1])).collect();
            let expected: Vec<&str> = Vec::from_iter(Some(cells[2]).filter(|it| !it.is_empty()));
            assert_eq!(told, expected, "{}", cells[1]);
        }
    }
}
