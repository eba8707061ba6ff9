//! A first name that came through with another surname behind it, and the other way round: "Luca Ghirardi" → "Luca
//! Bernardi".

use super::known::{has_row, is_ordinary, rows};
use super::spelling::{akin, distance, fold};
use crate::checks::finding::Finding;
use crate::checks::id::CheckId;
use crate::checks::quantities::is_roman;
use crate::checks::words::{Kind, Side, Word};
use crate::languages::names;

/// Looks for names that stand beside the same name on both sides and differ.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let mut covered = 0;
    for i in 0..source.words.len() {
        // "Mar Nero" is one name.
        if let Some((_, end)) = rows(source, i).filter(|(_, end)| *end > i + 1) {
            covered = covered.max(end);
        }
        if i < covered || !may_be_name(source, i) {
            continue;
        }
        if partner(source, target, i, i + 1, found) {
            return;
        }
        // Where nouns have a capital, what stands before a name is no name for sure.
        let nouns = nouns_have_capitals(source, target);
        if !nouns && i > 0 && partner(source, target, i, i - 1, found) {
            return;
        }
    }
}

/// Whether nouns have a capital in one of the two, so that no word is a name for sure.
fn nouns_have_capitals(source: &Side, target: &Side) -> bool {
    [source, target]
        .iter()
        .any(|side| side.language.profile.noun_capitals)
}

/// Whether word `i` can be a part of a person's name.
fn may_be_name(side: &Side, i: usize) -> bool {
    side.words.get(i).is_some_and(|word| {
        word.kind == Kind::Letters
            && word.capital
            && word.text.chars().count() >= 3
            && word.text.chars().skip(1).all(char::is_lowercase)
            && !is_ordinary(&word.lower, side.lang)
            && !is_roman(word.text)
    })
}

/// Whether the name at word `at` of `side` stands in `other`, in some spelling or form.
fn there(side: &Side, at: usize, other: &Side) -> bool {
    let wanted = fold(side.lower(at));
    let start = wanted.len().saturating_sub(2).max(4);
    other.words.iter().any(|word| {
        let folded = fold(&word.lower);
        akin(&wanted, &folded)
            || word.capital && wanted.len() >= 4 && distance(&wanted, &folded) <= 2
            || wanted
                .get(..start)
                .is_some_and(|start| folded.contains(start))
    }) || rows(side, at).is_some_and(|(rows, _)| rows.iter().any(|row| has_row(other, *row)))
}

/// Looks for a name beside an "and" that is gone while the one on the other side came through, and a name that the source
/// doesn't have: "Texas and Oklahoma", "Texas e Arkansas". The words `start..end` are the two names.
pub(super) fn listed(
    source: &Side,
    target: &Side,
    (start, end): (usize, usize),
    found: &mut Vec<Finding>,
) {
    let is_and = |at: &usize| names().ands.iter().any(|and| and == source.lower(*at));
    let Some(and) = (start..end).find(is_and) else {
        return;
    };
    let gone = |(from, to): (usize, usize)| {
        (from..to).all(|at| may_be_name(source, at) && !there(source, at, target))
    };
    let (first, second) = ((start, and), (and + 1, end));
    let lost = match (gone(first), gone(second)) {
        (true, false) => first,
        (false, true) => second,
        _ => return,
    };
    // Where nouns have a capital, no word is a name for sure.
    let nouns = nouns_have_capitals(source, target);
    let long = |side: &Side, at: usize| side.words[at].text.chars().count() >= 4;
    let stranger = (0..target.words.len()).find(|&at| {
        may_be_name(target, at)
            && !target.words[at].initial
            && long(target, at)
            && !there(target, at, source)
    });
    let Some(other) = stranger.filter(|_| !nouns && long(source, lost.1 - 1)) else {
        return;
    };
    let (name, other) = (&source.words[lost.1 - 1], &target.words[other]);
    if source.words[lost.0].initial {
        return;
    }
    found.push(became(name, other));
}

/// Reports the name at `beside`, next to the name at `anchor`, if another one has its place in the translation.
fn partner(
    source: &Side,
    target: &Side,
    anchor: usize,
    beside: usize,
    found: &mut Vec<Finding>,
) -> bool {
    let after = beside > anchor;
    if source.before(anchor.max(beside)) != " " || !may_be_name(source, beside) {
        return false;
    }
    let name = &source.words[beside];
    let anchors =
        || (0..target.words.len()).filter(|&t| target.words[t].text == source.words[anchor].text);
    if there(source, beside, target) {
        return false;
    }
    let swapped = anchors().find_map(|t| {
        let at = if after { t + 1 } else { t.checked_sub(1)? };
        let plain = target.before(at.max(t)) == " " && may_be_name(target, at);
        let new = plain && !target.words[at].initial && !there(target, at, source);
        new.then(|| &target.words[at])
    });
    let Some(other) = swapped else { return false };
    found.push(became(name, other));
    true
}

pub(super) fn became(name: &Word, other: &Word) -> Finding {
    let message = format!("the name \"{}\" became \"{}\"", name.text, other.text);
    Finding::warning(CheckId::Name, message)
        .at_source(name.span)
        .at_target(other.span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn one_of_two_names_with_an_and() {
        for (source, target, expected) in [
            ("tra Juventus e Lazio", "between Juventus and Roma", true),
            ("tra Juventus e Lazio", "between Lazio and Juventus", false),
            (
                "tra Juventus e Lazio",
                "between Juventus and the others",
                false,
            ),
            (
                "tra Giorgia Meloni e Emmanuel Macron",
                "between Giorgia Meloni and Friedrich Merz",
                true,
            ),
        ] {
            let (source, target) = (Side::new(source, Lang::IT), Side::new(target, Lang::EN));
            let mut found = Vec::new();
            listed(&source, &target, (1, source.words.len()), &mut found);
            assert_eq!(!found.is_empty(), expected, "{}", target.text);
        }
    }

    #[test]
    fn a_name_beside_the_same_name() {
        for (from, to, source, target, expected) in [
            (
                Lang::IT,
                Lang::EN,
                "ha detto Luca Ghirardi",
                "said Luca Bernardi",
                true,
            ),
            (
                Lang::IT,
                Lang::EN,
                "ha detto Luca Ghirardi",
                "said Luca Ghirardi",
                false,
            ),
            (
                Lang::DE,
                Lang::EN,
                "sagte Jörg Hellmann gestern",
                "Jörg Brandt said",
                true,
            ),
            (
                Lang::EN,
                Lang::DE,
                "said Piotr Zawadzki",
                "so Piotr Kowalski",
                true,
            ),
            (
                Lang::EN,
                Lang::IT,
                "said Anna Lindgren",
                "ha detto Eva Lindgren",
                true,
            ),
            (
                Lang::EN,
                Lang::IT,
                "with Saint Peter",
                "con San Pietro",
                false,
            ),
            (
                Lang::EN,
                Lang::IT,
                "said Anna Lindgren",
                "ha detto Anna",
                false,
            ),
        ] {
            let mut found = Vec::new();
            check(&Side::new(source, from), &Side::new(target, to), &mut found);
            assert_eq!(!found.is_empty(), expected, "{source} | {target}");
        }
    }
}
