//! Values that are all still there and say something else: a day in another month, a third for a quarter, euros for
//! dollars.

use super::item::{Item, What};
use super::numerals::Said;
use super::units::Unit;
use crate::checks::finding::Finding;
use crate::checks::id::CheckId;
use crate::checks::words::Side;

/// Days that went to another month, and months that went to another year, where all of them are still there.
pub(super) fn exchanged(source: &Side, said: &[Item], written: &[Item], found: &mut Vec<Finding>) {
    for item in said {
        let Some(belongs) = item.belongs else {
            continue;
        };
        let mut partners = written
            .iter()
            .filter(|other| other.belongs.is_some() && other.what == item.what)
            .filter(|other| item.equals(other))
            .peekable();
        let Some(first) = partners.peek().copied() else {
            continue;
        };
        if !partners.any(|other| other.belongs == Some(belongs)) {
            let message = format!(
                "\"{}\" belongs to another {} in the translation",
                item.span.of(source.text),
                if item.day { "month" } else { "year" }
            );
            found.push(
                Finding::error(CheckId::Date, message)
                    .at_source(item.span)
                    .at_target(first.span),
            );
            return;
        }
    }
}

/// What may be said otherwise, so that it is not demanded, but of which one kind can't become another of its kind:
/// small ordinals, fractions and multiples, noon and midnight, days told from today.
const KINDS: [fn(&Item) -> bool; 4] = [
    |item| item.said == Some(Said::Ordinal) && (1.0..5.0).contains(&item.values[0]),
    Item::is_part,
    |item| item.what == What::Time,
    |item| item.what == What::Day,
];

/// Looks for one of a kind that has no counterpart on either side: "un terzo" → "a quarter".
pub(super) fn replaced(
    source: &Side,
    target: &Side,
    said: &[Item],
    written: &[Item],
    found: &mut Vec<Finding>,
) {
    for kind in KINDS {
        // "Ten times" is no "ten years".
        let alone = |items: &[Item], others: &[Item]| -> Vec<Item> {
            let rivals = others.iter().any(kind);
            let answers = |item: &Item, other: &Item| {
                let percent = other.unit == Some(Unit::PERCENT);
                let half = other.said == Some(Said::Loose) && other.values[0] == 0.5;
                let counts = item.what == What::Number
                    && other.said.is_some()
                    && !kind(other)
                    && !percent
                    && !half;
                // "In the third quarter" is no "3%".
                let measured = item.said == Some(Said::Ordinal)
                    && other.said.is_none()
                    && other.unit.is_some();
                item.equals(other) && !(counts && rivals) && !(measured && rivals)
            };
            let mut alone: Vec<Item> = Vec::new();
            for item in items.iter().filter(|item| kind(item)) {
                let known = alone.iter().any(|other| other.values[0] == item.values[0]);
                if !known && !others.iter().any(|other| answers(item, other)) {
                    alone.push(item.clone());
                }
            }
            alone
        };
        let (lost, added) = (alone(said, written), alone(written, said));
        if let ([lost], [added]) = (&lost[..], &added[..])
            && lost.what == added.what
        {
            let (was, is) = (lost.show(source.text), added.show(target.text));
            found.push(
                Finding::error(lost.check(), format!("{was} became {is}"))
                    .at_source(lost.span)
                    .at_target(added.span),
            );
        }
    }
}

/// A sign that two numbers share stands so many bytes behind the first at most.
const SHARED: usize = 5;

/// A number that kept its value must keep its unit.
pub(super) fn units(
    source: &Side,
    target: &Side,
    said: &[Item],
    written: &[Item],
    found: &mut Vec<Finding>,
) {
    let implied = |item: &&Item| item.said != Some(Said::Implied);
    for item in said.iter().filter(implied) {
        let Some(unit) = item.unit else { continue };
        let equal = || written.iter().filter(|other| item.equals(other));
        // "105 miles (165 km/h)" has no "105 km", though 165 km are as much.
        // One of them is more often an article.
        let is_exact = |other: &&Item| {
            let value = item.values[0];
            other.unit.is_some() && other.values[0] == value && value > 1.0
        };
        let exact = equal().any(|other| is_exact(&other));
        let mut partners = equal().filter(|other| !exact || is_exact(other)).peekable();
        let Some(first) = partners.peek().copied() else {
            continue;
        };
        // "From 3% to 5%" is "from 3 to 5 per cent".
        let shared = |other: &Item| {
            let close = |next: &&Item| {
                let gap = other.span.end..=other.span.end + SHARED;
                next.unit == Some(unit) && gap.contains(&next.span.start)
            };
            unit == Unit::PERCENT && written.iter().any(|next| close(&next))
        };
        let fits = |other: &Item| match other.unit {
            Some(other_unit) => {
                other_unit.may_be(unit)
                    || unit.converts(item.values[0], other_unit, other.values[0])
            }
            None => unit.is_optional() || shared(other),
        };
        if partners.any(fits) {
            continue;
        }
        let words = item.span.of(source.text);
        let finding = match first.unit {
            Some(other) => Finding::error(
                CheckId::Unit,
                format!(
                    "\"{words}\" is in {}, \"{}\" in {}",
                    unit.name(),
                    first.span.of(target.text),
                    other.name()
                ),
            ),
            None => Finding::warning(
                CheckId::Unit,
                format!("\"{words}\" has lost its {}", unit.name()),
            ),
        };
        found.push(finding.at_source(item.span).at_target(first.span));
    }
    // A percent sign that came out of nowhere; in "from 3 to 5 per cent" one sign is for both.
    let is_percent = |item: &&Item| item.unit == Some(Unit::PERCENT);
    if said.iter().any(|item| is_percent(&item)) {
        return;
    }
    for item in written.iter().filter(is_percent) {
        let mut partners = said.iter().filter(|other| item.equals(other)).peekable();
        // "Dos décimas", "0.2 percentage points"
        let tenths = |partner: &Item| partner.said.is_some() && partner.values[0] < 1.0;
        if partners.peek().is_some()
            && partners
                .all(|partner| partner.unit.is_none() && !partner.is_part() && !tenths(partner))
        {
            let words = item.span.of(target.text);
            found.push(
                Finding::warning(
                    CheckId::Unit,
                    format!("\"{words}\" is no percentage in the source"),
                )
                .at_target(item.span),
            );
        }
    }
}
