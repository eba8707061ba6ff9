//! Numbers, units, dates and times: everything with a value on one side has the same value on the other.
//!
//! Both sides are read into items. An item that demands a counterpart and has none of equal value is reported; when
//! both sides have one left over, they are reported together as a change.

mod accumulator;
mod calendar;
mod clock;
mod compounds;
mod dates;
mod digits;
mod equal;
mod figures;
mod fractions;
mod homonyms;
mod in_digits;
mod in_words;
mod item;
mod measure;
mod multiples;
mod numerals;
mod periods;
mod ranges;
mod read;
mod roman;
mod rounding;
mod signs;
mod sums;
mod swaps;
mod units;
mod vocabulary;

use super::finding::Finding;
use super::id::CheckId;
use super::words::Side;
pub use calendar::spelt_out;
pub use figures::figures;
use item::{Demand, Item, What};
use numerals::Said;
use read::read;
use swaps::{exchanged, replaced, units};
use units::Unit;

/// Whether a number in words starts at word `i`.
pub(super) fn is_numeral(side: &Side, i: usize) -> bool {
    numerals::read(side, i, None).is_some()
}

/// Whether word `i` is the sign of a unit or its name: "GW".
pub(super) fn is_unit(side: &Side, i: usize) -> bool {
    Unit::in_lang(side.lower(i), side.language).is_some()
}

/// Whether word `i` is short for a quarter of the year: "Q3".
pub(super) fn is_quarter(side: &Side, i: usize) -> bool {
    in_words::quarter_number(side, i).is_some()
}

/// Whether the month of the feast at word `i` of `side` stands in `other`: "Ferragosto", "mid-August".
pub(super) fn has_feast(side: &Side, i: usize, other: &Side) -> bool {
    let month = side.language.calendar.feast(side.lower(i)).map(f64::from);
    let names = |item: &Item| item.what == What::Month && Some(item.values[0]) == month;
    month.is_some() && read(other).iter().any(names)
}

/// Whether a number in words stands before word `i`.
pub(super) fn is_measured(side: &Side, i: usize) -> bool {
    i.checked_sub(1).is_some_and(|at| is_numeral(side, at))
}

/// Whether `text` is a Roman numeral.
pub(super) fn is_roman(text: &str) -> bool {
    roman::roman(text).is_some()
}

/// Whether a span of time is told in another unit: "deux ans et demi", "thirty months".
pub(super) fn converts_time(source: &Side, target: &Side) -> bool {
    let (said, written) = (read(source), read(target));
    let lasting = |items: &[Item]| -> Vec<(Unit, f64)> {
        let units = items
            .iter()
            .filter_map(|item| Some((item.unit?, item.values[0])));
        units.filter(|(unit, _)| unit.is_time()).collect()
    };
    let into = lasting(&written);
    lasting(&said).iter().any(|(unit, value)| {
        let converted =
            |(other, amount): &(Unit, f64)| other != unit && unit.converts(*value, *other, *amount);
        into.iter().any(converted)
    })
}

/// Compares the two sides.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (mut said, mut written) = (read(source), read(target));
    sums::join(source, &mut said, &written);
    sums::join(target, &mut written, &said);
    sums::by_months(source, &mut said, target, &written);
    sums::by_months(target, &mut written, source, &said);
    sums::shared_power(&mut said, &written);
    sums::shared_power(&mut written, &said);
    sums::restated(source, &mut said, &written);
    sums::restated(target, &mut written, &said);
    dates::slashed(source, &mut said, &written);
    dates::slashed(target, &mut written, &said);
    dates::nights(source, &mut said, &written);
    dates::nights(target, &mut written, &said);
    // Where the number words of one side can't be read, only what is surely written in digits counts.
    let floor = |item: &Item, other: &Side| {
        if vocabulary::knows(other.language) {
            item.demand
        } else if item.what == What::Number && item.demand == Demand::Hard && item.values[0] > 12.0
        {
            Demand::Hard
        } else {
            Demand::None
        }
    };
    let lost = left_over(&said, &written, |item| floor(item, target));
    let added = left_over(&written, &said, |item| floor(item, source));
    report(source, target, &lost, &added, found);
    if lost.is_empty() && added.is_empty() {
        exchanged(source, &said, &written, found);
        replaced(source, target, &said, &written, found);
        periods::check(source, target, found);
        ranges::check(source, target, &said, &written, found);
    }
    signs::check(source, target, &said, &written, found);
    units(source, target, &said, &written, found);
    if let Some(at) = clock::lost_half(source, target) {
        let message = format!(
            "\"{}\" is after noon, and nothing in the translation says so",
            at.of(source.text)
        );
        found.push(Finding::warning(CheckId::Number, message).at_source(at));
    }
    if digits::has_decimal_point(source.lang) == digits::has_decimal_point(target.lang) {
        return;
    }
    for item in written.iter().filter(|item| item.foreign) {
        // The source's own way of writing, left as it was.
        let words = figure(item.span.of(target.text));
        let kept = said
            .iter()
            .any(|item| !item.foreign && figure(item.span.of(source.text)) == words);
        if kept {
            let lang = target.lang.name();
            found.push(
                Finding::warning(
                    CheckId::Number,
                    format!("\"{words}\" is not how {lang} writes this number"),
                )
                .at_target(item.span),
            );
        }
    }
}

/// From the first digit to the last.
fn figure(words: &str) -> &str {
    words.trim_matches(|c: char| !c.is_ascii_digit())
}

/// The items that demand a counterpart among `others` and have none.
fn left_over<'i>(
    items: &'i [Item],
    others: &[Item],
    demand: impl Fn(&Item) -> Demand,
) -> Vec<&'i Item> {
    // "A giugno una visita" has no counterpart for "June 1", nor have "six teachers" for "March 6".
    let scored = |items: &[Item]| items.iter().any(|item| item.said == Some(Said::Score));
    let results = scored(items) && scored(others);
    let answers = |item: &Item, other: &Item| {
        let is_score = |item: &Item| item.said == Some(Said::Score);
        if results && is_score(item) != is_score(other) {
            return false;
        }
        let counts = !other.day && other.said.is_some();
        item.equals(other) && !(item.day && counts)
    };
    items
        .iter()
        .filter(|item| demand(item) > Demand::None)
        .filter(|item| !others.iter().any(|other| answers(item, other)))
        .collect()
}

fn report(source: &Side, target: &Side, lost: &[&Item], added: &[&Item], found: &mut Vec<Finding>) {
    let mut added: Vec<_> = added.iter().map(|item| Some(*item)).collect();
    for item in lost {
        let partner = added.iter_mut().find(|partner| {
            partner.is_some_and(|partner| {
                partner.check() == item.check() && (partner.what == item.what)
            })
        });
        let words = item.show(source.text);
        match partner.and_then(Option::take) {
            Some(partner) => {
                let became = partner.show(target.text);
                // "3.136" is another number in another language.
                let message = match words == became {
                    true => format!(
                        "{} became {}",
                        item.show_valued(source.text),
                        partner.show_valued(target.text)
                    ),
                    false => format!("{words} became {became}"),
                };
                let finding = Finding::error(item.check(), message);
                found.push(finding.at_source(item.span).at_target(partner.span));
            }
            None if item.day => {
                let message = format!("the day {words} has no counterpart");
                found.push(Finding::error(CheckId::Date, message).at_source(item.span));
            }
            None => found
                .push(finding(item, format!("{words} has no counterpart")).at_source(item.span)),
        }
    }
    for item in added.into_iter().flatten() {
        let words = item.show(target.text);
        if item.day {
            let message = format!("the day {words} is not in the source");
            found.push(Finding::error(CheckId::Date, message).at_target(item.span));
            continue;
        }
        found.push(finding(item, format!("{words} is not in the source")).at_target(item.span));
    }
}

fn finding(item: &Item, message: String) -> Finding {
    match item.demand {
        Demand::Hard => Finding::error(item.check(), message),
        _ => Finding::warning(item.check(), message),
    }
}

#[cfg(test)]
mod tests;
