//! Words of the translation that its language doesn't have: left as they were in the source, or made up by a model that
//! didn't know the word ("gettonisti" → "gettonists").
//!
//! A word that is in no list proves little: lists end, and names, compounds and new words don't. That it also looks like an
//! ordinary word of the source proves much: of the references of FLORES dev, lines 1 to 600 in all 30 directions of six
//! languages, 0.7 % have such a word, among them slips of the pen. Of small models any unknown word is telling: of 950
//! segments that revisers judged, 28 of the 453 misleading ones had one that looks like nothing in the source, 5 of the 186
//! clumsy ones, and none of the 195 good ones.

use std::collections::HashSet;

use super::finding::{Finding, Pair};
use super::id::CheckId;
use super::literals;
use super::names::resembles;
use super::words::{Kind, Side, Word};
use crate::languages::Language;
use crate::text::Span;

/// Shorter words look like too many others.
const SHORTEST: usize = 4;

/// So many letters an unknown word has that looks like nothing in the source.
const SHORTEST_ALONE: usize = 5;

/// What of the translation are no words of its language, but for what `told` tells already; `kept` is what of the source must
/// come back letter for letter, `by_model` says that a model made the translation.
pub fn nonwords(pair: &Pair, kept: &[Span], by_model: bool, told: &[Finding]) -> Vec<Finding> {
    let (source, target) = (
        Side::new(pair.source, pair.from),
        Side::new(pair.target, pair.to),
    );
    if target.language.forms.is_empty() || source.lang == target.lang {
        return Vec::new();
    }
    let literals = literals::check(&source, &target, &mut Vec::new());
    let all = pair.source.to_lowercase();
    let (source, target) = (
        source.without(&literals.source).without(kept),
        target.without(&literals.target),
    );
    look((&source, &all), &target, by_model, told)
}

/// `all` is the whole source in lower case.
fn look(
    (source, all): (&Side, &str),
    target: &Side,
    by_model: bool,
    known: &[Finding],
) -> Vec<Finding> {
    let mut found = Vec::new();
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
            && !is_told(word, known);
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
                false => format!("{}; it looks like \"{}\"", unknown(word, target), said.text),
            };
            let finding = Finding::warning(CheckId::Untranslated, message);
            found.push(finding.at_source(said.span).at_target(word.span));
        } else if by_model
            && target.language.profile.joints.is_empty()
            && word.lower.chars().count() >= SHORTEST_ALONE
            && !all.contains(&*word.lower)
        {
            let finding = Finding::warning(CheckId::Untranslated, unknown(word, target));
            found.push(finding.at_target(word.span));
        }
    }
    found
}

fn unknown(word: &Word, side: &Side) -> String {
    format!("\"{}\" is no known {} word", word.text, side.lang.name())
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
            let heads = joints
                .iter()
                .filter_map(|joint| head.strip_suffix(&**joint));
            forms.has(tail) && heads.chain([head]).any(|head| forms.has(head))
        })
}

/// A part of a joined word has at least so many bytes.
const PART: usize = 4;

/// Whether another rule has told of it.
fn is_told(word: &Word, found: &[Finding]) -> bool {
    found.iter().any(|one| {
        let within = |at: Span| at.start <= word.span.start && word.span.end <= at.end;
        one.target.is_some_and(within)
            && matches!(one.check, CheckId::Untranslated | CheckId::Language)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::rows;
    use super::*;
    use crate::text::Lang;

    const PAIRS: &str = "
it-en Hanno patteggiato ieri. | They patteggiated yesterday. | patteggiated
it-en Il catastrofizzare di tutti | The catastrophizzing of all |
it-en Lo hanno portato in questura ieri. | They took him to the questura yesterday. | questura
it-en Lo ha detto Gettoni in questura. | Gettoni said so at police headquarters. |
it-en Un caso di encefalite grave | A severe case of encephalitis |
en-pt The cradle of trade | O crádulo do comércio | crádulo
en-it They removed the admiral. | Hanno rimosso l’admiral. | admiral
de-en Die Straße ist glatt | The street is slippery |
de-en Eine Überdosis führt zu Krämpfen. | An overdose leads to kramps. | kramps
en-de They recovered the cabin from the estuary. | Sie bargen die Kabine aus der Estuarie. | Estuarie
en-de The parliament's presidency meets. | Das Parlamentspräsidium tagt. |
en-de In Aberdeen the keeper won. | In Aberdeen gewann der Torwart. |
it-pt Era un segreto | Era un segredo |
en-it See example.com/estuary and #estuary now | Vedi example.com/estuary e #estuary ora |
";

    /// The words of `target` that are told.
    fn told(from: Lang, to: Lang, source: &str, target: &str, by_model: bool) -> String {
        let pair = Pair {
            source,
            target,
            from,
            to,
        };
        let found = nonwords(&pair, &[], by_model, &[]);
        let words = found.iter().map(|one| one.target.unwrap().of(target));
        words.collect::<Vec<&str>>().join(" ")
    }

    #[test]
    fn words_that_no_language_has() {
        for (from, to, cells) in rows(PAIRS) {
            let told = told(from, to, cells[0], cells[1], false);
            assert_eq!(told, cells[2], "{}", cells[1]);
        }
    }

    #[test]
    fn of_a_model_any_unknown_word_is_told() {
        for (from, to, cells) in rows(
            "
en-it They were stunned. | Rimasero cuttirati. | cuttirati
en-it They saw the foobarix. | Videro il foobarix. |
en-it They were in Aberdeen. | Erano ad Aberdeen. |
en-de They saw the crust. | Sie sahen die Oberflächenkrustation. |
",
        ) {
            let told = |by_model: bool| told(from, to, cells[0], cells[1], by_model);
            assert_eq!(told(true), cells[2], "{}", cells[1]);
            assert_eq!(told(false), "", "{}", cells[1]);
        }
    }

    #[test]
    fn what_is_kept_or_told_is_not_told_again() {
        let pair = Pair {
            source: "Lo hanno portato in questura ieri.",
            target: "They took him to the questura yesterday.",
            from: Lang::IT,
            to: Lang::EN,
        };
        let found = nonwords(&pair, &[], false, &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(nonwords(&pair, &[], false, &found), []);
        let kept = found[0].source.unwrap();
        assert_eq!(nonwords(&pair, &[kept], true, &[]), []);
    }
}
