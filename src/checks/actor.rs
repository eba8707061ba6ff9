//! Who did it: before a verb of saying or judging stands the same name on both sides.
//!
//! Only the verbs of `languages/common/deeds.tsv` are looked at, and only where the translation has before its verb a name that
//! the source has behind its own: "Tokayev … criticò … Putin" that became "Putin criticised …".

use std::sync::LazyLock;

use super::finding::Finding;
use super::id::CheckId;
use super::names;
use super::words::{Kind, Side};
use crate::languages::Table;

static DEEDS: LazyLock<Table> = LazyLock::new(|| Table::new("deeds.tsv"));

/// Compares the names before the verbs.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (Some(from), Some(to)) = (DEEDS.column(source.lang), DEEDS.column(target.lang)) else {
        return;
    };
    for (_, verbs) in &DEEDS.rows {
        let (Some(there), Some(here)) = (only(source, verbs[from]), only(target, verbs[to])) else {
            continue;
        };
        if is_passive(source, there) || is_passive(target, here) {
            continue;
        }
        let Some(actor) = names_in(target, 0..here).next_back() else {
            continue;
        };
        let at = |range: std::ops::Range<usize>| {
            names_in(source, range).any(|i| same(source, i, target, actor))
        };
        let before = names_in(source, 0..there).count() > 0;
        // The name stands only behind the verb in the source, where another one is before it.
        if before && !at(0..there) && at(there + 1..source.words.len()) {
            found.push(
                Finding::warning(
                    CheckId::Actor,
                    format!(
                        "\"{}\" stands before \"{}\", but behind \"{}\" in the source: who did it?",
                        target.words[actor].text, target.words[here].text, source.words[there].text
                    ),
                )
                .at_source(source.words[there].span)
                .at_target(target.words[actor].span),
            );
        }
    }
}

/// The one word of `side` that begins with `stem`.
fn only(side: &Side, stem: &str) -> Option<usize> {
    let stem = stem.trim_end_matches('*');
    let mut all = (0..side.words.len()).filter(|i| {
        side.words[*i].kind == Kind::Letters
            && !side.words[*i].capital
            && side.lower(*i).starts_with(stem)
    });
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// A passive turns the order round: "was criticised by", "è stato criticato da", a noun does so too.
fn is_passive(side: &Side, i: usize) -> bool {
    let voice = &side.language.voice;
    let by = voice.by.contains(side.lower(i + 1));
    by || (i.saturating_sub(3)..i).any(|k| voice.was.contains(side.lower(k)))
}

fn names_in<'s>(
    side: &'s Side,
    range: std::ops::Range<usize>,
) -> impl DoubleEndedIterator<Item = usize> + 's {
    range.filter(|i| {
        let word = &side.words[*i];
        let inner = word.text.chars().skip(1).any(char::is_lowercase);
        // The first word of a sentence has a capital anyway.
        word.kind == Kind::Letters
            && word.capital
            && inner
            && (!word.initial || word.text.chars().count() >= 5)
    })
}

fn same(source: &Side, i: usize, target: &Side, j: usize) -> bool {
    names::same_word(source.lower(i), target.lower(j))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    fn swapped(source: &str, target: &str) -> bool {
        let mut found = Vec::new();
        check(
            &Side::new(source, Lang::IT),
            &Side::new(target, Lang::EN),
            &mut found,
        );
        !found.is_empty()
    }

    #[test]
    fn the_actor_stays_the_actor() {
        let source = "Lo scorso giugno, Tokayev durante una visita a San Pietroburgo aveva addirittura criticato la \
                      decisione di Putin di riconoscere le regioni separatiste ucraine.";
        for (target, expected) in [
            (
                "Last June, Tokayev, during a visit to St. Petersburg, had even criticised Putin’s decision.",
                false,
            ),
            (
                "Last June, during a visit to Saint Petersburg, Tokayev even criticized Putin’s decision.",
                false,
            ),
            (
                "Last June, during a visit to Saint Petersburg, Putin even criticized the decision to recognise them.",
                true,
            ),
            (
                "Last June Putin’s decision was criticised by Tokayev.",
                false,
            ),
        ] {
            assert_eq!(swapped(source, target), expected, "{target}");
        }
    }
}
