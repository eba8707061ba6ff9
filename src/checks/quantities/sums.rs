//! Amounts in two units that the other side says in one: "quattro anni e sei mesi", "four and a half years"; "2 euro e
//! 20", "2.20 euros". And a part of the year that is told by its months: "the six months to June", "erstes Halbjahr".

use super::item::{Demand, Item, What};
use super::numerals::Said;
use super::units::Unit;
use crate::checks::words::Side;
use crate::text::Span;

/// How many of the second amount make one of the first, where they may be one amount.
fn factor(first: &Item, second: &Item) -> Option<f64> {
    let unit = first.unit?;
    let factor = match (unit.name(), second.unit.map(Unit::name)) {
        ("years", Some("months")) => 12.0,
        ("hours", Some("minutes")) => 60.0,
        ("metres", Some("centimetres")) => 100.0,
        ("kilometres", Some("metres")) | ("kilograms", Some("grams")) => 1000.0,
        ("metres", None) => 100.0,
        (_, None) if unit.is_money() => 100.0,
        _ => return None,
    };
    let (whole, rest) = (first.values[0], second.values[0]);
    // A few of the second on top of millions would be lost in them.
    let fits = whole < 1e5 && whole.fract() == 0.0 && rest.fract() == 0.0 && rest < factor;
    fits.then_some(factor)
}

/// Makes one of two amounts beside each other where the other side has their sum.
pub(super) fn join(side: &Side, items: &mut Vec<Item>, others: &[Item]) {
    let mut i = 1;
    while i < items.len() {
        let (first, second) = (&items[i - 1], &items[i]);
        let gap = side.text.get(first.span.end..second.span.start);
        let links = &side.language.links.between_amounts;
        let close = gap
            .map(str::trim)
            .is_some_and(|gap| matches!(gap, "" | ",") || links.iter().any(|link| link == gap));
        let numbers = first.what == What::Number && second.what == What::Number;
        if let Some(factor) = factor(first, second).filter(|_| close && numbers) {
            let span = Span {
                start: first.span.start,
                end: second.span.end,
            };
            let value = first.values[0] + second.values[0] / factor;
            let demand = first.demand.max(second.demand).max(Demand::Soft);
            let mut sum = Item::new(span, What::Number, value, demand);
            (sum.unit, sum.said) = (first.unit, first.said);
            if others
                .iter()
                .any(|other| sum.equals(other) && !items[i - 1].equals(other))
            {
                items[i - 1] = sum;
                items.remove(i);
                continue;
            }
        }
        i += 1;
    }
}

/// Reads a small number behind one with a power of thousand as so many of these, too, where the other side says that: "97
/// milioni, dodici in più", "97 million, twelve million more".
pub(super) fn shared_power(items: &mut [Item], others: &[Item]) {
    for i in 1..items.len() {
        let small = items[i].values[0];
        let is_number = |item: &Item| item.what == What::Number && !item.is_part();
        if !is_number(&items[i]) || items[i].unit.is_some() || !(1.0..1000.0).contains(&small) {
            continue;
        }
        let power = |value: f64| {
            let powers = [1e12, 1e9, 1e6, 1e3];
            powers
                .into_iter()
                .find(|power| value >= *power && value % (power / 100.0) == 0.0)
        };
        let before = items[..i].iter().rev().filter(|item| is_number(item));
        let Some(power) = before.filter_map(|item| power(item.values[0])).next() else {
            continue;
        };
        let meant = small * power;
        let said = |other: &Item| other.what == What::Number && other.values[0] == meant;
        if others.iter().any(said) {
            items[i].also(meant);
        }
    }
}

/// The rest of a unit has so many bytes at most: " square kilometres ".
const REST: usize = 24;

/// What is said of a measure in brackets has so many bytes at most: "about ".
const SAID: usize = 14;

/// What a measure of one system is multiplied by to make one of the other: miles, feet, inches, pounds, square miles, acres,
/// gallons, ounces, inches in millimetres.
const RATIOS: [f64; 9] = [
    1.609, 0.3048, 2.54, 0.4536, 2.59, 0.4047, 3.785, 28.35, 25.4,
];

/// Whether the two may be one measure in units that nobody knows: "300,948 sq mi" is "783,562 square kilometres".
fn restates(first: &Item, second: &Item) -> bool {
    let ratio = first.values[0] / second.values[0];
    let near =
        |known: &f64| (ratio / known - 1.0).abs() < 0.03 || (ratio * known - 1.0).abs() < 0.03;
    RATIOS.iter().any(near)
}

/// Excuses a measure that stands twice where the other side has it once: "40 mph (64 km/h)", "64 km/h".
pub(super) fn restated(side: &Side, items: &mut [Item], others: &[Item]) {
    for i in 1..items.len() {
        let (first, second) = (&items[i - 1], &items[i]);
        let Some(gap) = side.text.get(first.span.end..second.span.start) else {
            continue;
        };
        // What lies between them is the rest of the unit and the bracket.
        // "(", "(pari a "
        let bracket = gap.split_once('(').is_some_and(|(unit, said)| {
            unit.len() <= REST && said.len() <= SAID && !said.contains(['(', ')'])
        });
        let closes = side.text[second.span.end..]
            .find(')')
            .is_some_and(|at| at <= REST);
        let numbers = first.what == What::Number && second.what == What::Number;
        let units = first.unit.is_some() && second.unit.is_some() && first.unit != second.unit;
        // What ten euros are in dollars, nobody knows.
        let is_money = |item: &Item| item.unit.is_some_and(Unit::is_money);
        let measured =
            (units || numbers && restates(first, second)) && !is_money(first) && !is_money(second);
        if !bracket || !closes || !measured {
            continue;
        }
        let there = |item: &Item| others.iter().any(|other| item.equals(other));
        match (there(first), there(second)) {
            (true, false) => items[i].demand = Demand::None,
            (false, true) => items[i - 1].demand = Demand::None,
            _ => {}
        }
    }
}

/// Excuses the month of "the six months to June" where the other side counts halves or quarters of the year and means
/// the same one.
pub(super) fn by_months(side: &Side, items: &mut [Item], other: &Side, others: &[Item]) {
    let parts = &other.language.links.year_parts;
    if !(0..other.words.len()).any(|at| other.is_any(at, parts)) {
        return;
    }
    for i in 1..items.len() {
        let (months, month) = (&items[i - 1], &items[i]);
        let gap = side.text.get(months.span.end..month.span.start);
        let counted = months.unit.is_some_and(|unit| unit.name() == "months")
            && matches!(months.values[0], 3.0 | 6.0)
            && gap.is_some_and(|gap| gap.len() <= 25 && !gap.contains([',', ';', '.']));
        let same = others.iter().any(|other| {
            other.said == Some(Said::Ordinal)
                && other.values[0] * months.values[0] == month.values[0]
        });
        if month.what == What::Month && counted && same {
            items[i].demand = Demand::None;
        }
    }
}
