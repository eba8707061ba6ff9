//! Events, directions and times that became others of their kind: "arrested" → "injured", "after" → "before",
//! "brother" → "sister", "spring" → "autumn", "weak" → "strong". The list is data: `languages/common/events.tsv`.

mod senses;

use super::finding::Finding;
use super::id::CheckId;
use super::words::Side;
use crate::text::{Lang, Span};
use senses::{SENSES, Seen, Sense, pair_of};

/// The group of "more" and "less".
const DEGREE: &str = "degree";

/// A meaning that only the source has, and one of the same group that only the translation has.
struct Turn {
    lost: usize,
    said: Span,
    written: Span,
}

impl Turn {
    fn sense(&self) -> &'static Sense {
        &SENSES[self.lost]
    }
}

/// Looks for a meaning that only the source has and one of the same group that only the translation has.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (Some(said), Some(written)) = (Seen::new(source), Seen::new(target)) else {
        return;
    };
    let mut turns: Vec<Turn> = (0..SENSES.len())
        .filter_map(|lost| turned(source, &said, target, &written, lost))
        .collect();
    let converted = || super::quantities::converts_time(source, target);
    let unit = found.iter().any(|finding| finding.check == CheckId::Unit);
    // "Two weeks" that became "two months" are told already.
    if turns.iter().any(|turn| turn.sense().group == "period") && (unit || converted()) {
        turns.retain(|turn| turn.sense().group != "period");
    }
    without_double(&said, &written, &mut turns);
    let Some(turn) = turns.first() else { return };
    let sense = turn.sense();
    let message = format!(
        "\"{}\" became \"{}\"",
        turn.said.of(source.text),
        turn.written.of(target.text)
    );
    // Opposites stand for each other where what they are said of is turned round, too.
    let finding = match sense.check {
        CheckId::Opposite => Finding::warning(sense.check, message),
        _ => Finding::error(sense.check, message),
    };
    let finding = finding.at_source(turn.said).at_target(turn.written);
    found.push(match target.lang {
        Lang::EN => finding.with_rendering(sense.name),
        _ => finding,
    });
}

/// What the meaning `lost` became, if the translation has not it but another of its group.
fn turned(source: &Side, said: &Seen, target: &Side, written: &Seen, lost: usize) -> Option<Turn> {
    let place = said.sure[lost].filter(|_| !written.may_have(lost))?;
    let sense = &SENSES[lost];
    let others = (0..SENSES.len()).filter(|other| *other != lost);
    let mut added = others
        .filter(|other| SENSES[*other].group == sense.group)
        .filter(|other| match sense.group {
            // "March" is no excuse for a spring that the source doesn't have.
            "season" => said.sure[*other].is_none(),
            _ => !said.may_have(*other),
        });
    let other = added.find_map(|other| written.sure[other])?;
    // "Not dead" is alive.
    let two = pair_of(lost).is_some();
    if two && is_negated(source, place) != is_negated(target, other) {
        return None;
    }
    Some(Turn {
        lost,
        said: place,
        written: other,
    })
}

/// Takes out what is turned twice, so that it says the same: "più economico", "less expensive".
fn without_double(said: &Seen, written: &Seen, turns: &mut Vec<Turn>) {
    let degree: Vec<usize> = (0..SENSES.len())
        .filter(|at| SENSES[*at].group == DEGREE)
        .collect();
    let only = |one: &Seen, other: &Seen, at: usize| one.sure[at].is_some() && !other.may_have(at);
    let lesser = degree.iter().copied().find(|at| SENSES[*at].name == "less");
    let one_lesser = lesser.is_some_and(|at| only(said, written, at) || only(written, said, at));
    if !one_lesser {
        return;
    }
    // One word of the other meaning that is turned is sure.
    let loosely = |at: usize| {
        pair_of(at).is_some_and(|other| {
            SENSES[at].group != DEGREE
                && said.may_have(at)
                && !written.may_have(at)
                && written.may_have(other)
                && said.sure[other].is_none()
                && (said.sure[at].is_some() || written.sure[other].is_some())
        })
    };
    let twice = (0..SENSES.len()).any(loosely);
    turns.retain(|turn| match turn.sense().group {
        DEGREE => !twice,
        _ => turn.sense().check != CheckId::Opposite,
    });
}

/// So many words beside a negation it may be of.
const NEAR: usize = 3;

/// Whether a plain negation stands shortly before the words at `place`.
fn is_negated(side: &Side, place: Span) -> bool {
    let negation = &side.language.negation;
    let at = side.word_from(place.start).unwrap_or_default();
    (at.saturating_sub(NEAR)..at).any(|i| {
        let word = side.lower(i);
        let contracted = negation.contracted.as_ref();
        negation.plain.iter().any(|entry| entry == word)
            || contracted.is_some_and(|(_, rest)| rest == word)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ids, rows};
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        assert!(SENSES.len() > 30);
        for lang in [Lang::IT, Lang::EN, Lang::FR, Lang::DE, Lang::ES, Lang::PT] {
            assert!(
                (0..SENSES.len()).all(|at| senses::is_known(at, lang)),
                "{lang}"
            );
        }
    }

    #[test]
    fn an_event_that_became_another() {
        for (source, target, expected) in [
            (
                "Sette persone sono state arrestate.",
                "Seven people were injured.",
                Some("event"),
            ),
            (
                "Sette persone sono state arrestate.",
                "Seven people were detained.",
                None,
            ),
            (
                "È accaduto dopo il voto.",
                "It happened before the vote.",
                Some("event"),
            ),
            (
                "È accaduto dopo il voto.",
                "It happened following the vote.",
                None,
            ),
            (
                "Lo ha detto il fratello.",
                "His sister said so.",
                Some("event"),
            ),
            (
                "Nel nord del Paese piove.",
                "It is raining in the north.",
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
    /// What became its opposite, and what only is said otherwise.
    const OPPOSITES: &str = "
it-en Una grande casa | A small house | small
it-en Una grande casa | A spacious house |
en-it It is impossible to go | È possibile andare | possibile
en-it It is impossible to go | Non si può andare |
it-en Ne è uscito illeso | He was injured | injured
de-en Er wurde unverletzt geborgen | He was found alive and well |
fr-es La guerre est finie | La paz terminó | paz
es-pt Dos hombres entraron | Duas mulheres entraram | mulheres
es-pt Dos hombres entraron | Duas pessoas entraram |
en-fr Only few of them came | De nombreux invités sont venus | nombreux
en-de A warm day | Ein kalter Tag | kalter
it-en La scuola è stata chiusa | The school was opened | opened
it-en Dopo alcuni giorni | After some months | months
pt-en uma pessoa desconhecida | a known person | known
fr-it un signal faible | un segnale forte | forte
de-es die ländliche Bevölkerung | la población urbana | urbana
en-pt the worst year | o melhor ano | melhor
it-de una ferita temporanea | eine dauerhafte Verletzung | dauerhafte
es-en un lugar peligroso | a safe place | safe
it-en il modello più economico | the less expensive model |
en-it a safer road | una strada meno pericolosa |
it-en È stato fermato all’alba | He was stopped at dusk | dusk
en-es It happened at least three times | Ocurrió como mucho tres veces | como mucho
es-en Deja al menos mil personas sin casa | It leaves at least a thousand homeless |
fr-en La cour a confirmé la condamnation | The court overturned the conviction | overturned
de-en Der Vorsprung wuchs gegen Mittag | The lead grew towards noon |
en-fr The figures were overstated | Les chiffres ont été sous-estimés | sous-estimés
it-en La spesa è stata sottovalutata | The cost was not rated highly enough |
de-fr Er ist nicht krank | Il est en bonne santé |
de-fr Er ist nicht krank | Il n’est pas en bonne santé | en bonne santé
";

    #[test]
    fn what_became_its_opposite() {
        for (from, to, cells) in rows(OPPOSITES) {
            let (source, target) = (Side::new(cells[0], from), Side::new(cells[1], to));
            let mut found = Vec::new();
            check(&source, &target, &mut found);
            let told = found.iter().filter_map(|finding| finding.target);
            let told: Vec<&str> = told.map(|at| at.of(cells[1])).collect();
            let expected: Vec<&str> = Vec::from_iter(Some(cells[2]).filter(|it| !it.is_empty()));
            assert_eq!(told, expected, "{}", cells[1]);
        }
    }
}
