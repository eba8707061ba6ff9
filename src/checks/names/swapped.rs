//! A first name that came through with another surname behind it, and the other way round: "Luca Ghirardi" → "Luca
//! Bernardi".

use super::known::{has_row, is_ordinary, rows};
use super::spelling::{akin, distance, fold};
use crate::checks::quantities::is_roman;
use crate::checks::words::{Kind, Side};
use crate::checks::{CheckId, Finding};
use crate::text::Lang;

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
        let nouns = [source.lang, target.lang].contains(&Lang::DE);
        if !nouns && i > 0 && partner(source, target, i, i - 1, found) {
            return;
        }
    }
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
    let there = |side: &Side, word: &str, other: &Side, at: usize| {
        let wanted = fold(word);
        let start = wanted.len().saturating_sub(2).max(4);
        other.words.iter().any(|word| {
            let folded = fold(&word.lower);
            akin(&wanted, &folded)
                || word.capital && wanted.len() >= 4 && distance(&wanted, &folded) <= 2
                || wanted
                    .get(..start)
                    .is_some_and(|start| folded.contains(start))
        }) || rows(side, at).is_some_and(|(rows, _)| rows.iter().any(|row| has_row(other, *row)))
    };
    if there(source, &name.lower, target, beside) {
        return false;
    }
    let swapped = anchors().find_map(|t| {
        let at = if after { t + 1 } else { t.checked_sub(1)? };
        let plain = target.before(at.max(t)) == " " && may_be_name(target, at);
        let new =
            plain && !target.words[at].initial && !there(target, target.lower(at), source, at);
        new.then(|| &target.words[at])
    });
    let Some(other) = swapped else { return false };
    found.push(
        Finding::warning(
            CheckId::Name,
            format!("the name \"{}\" became \"{}\"", name.text, other.text),
        )
        .at_source(name.span)
        .at_target(other.span),
    );
    true
}

#[cfg(test)]
mod tests {
    use super::*;

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
