//! A number below zero that lost its sign, or got one: "-12 gradi", "12 sotto zero", "minus 12".

use super::item::{Item, What};
use super::units::Unit;
use crate::checks::finding::Finding;
use crate::checks::id::CheckId;
use crate::checks::words::Side;

/// "Below zero" stands so many words behind its number at most.
const BEHIND: usize = 4;

/// Whether `item` may be a number below zero: a loss in percent is told in other words.
fn may_be_below(item: &Item) -> bool {
    item.what == What::Number && item.unit != Some(Unit::PERCENT) && !item.is_part()
}

/// Whether `item` is told to be below zero.
fn is_below(side: &Side, item: &Item) -> bool {
    let before = &side.text[..item.span.start];
    let dashed = before.ends_with(['-', '−', '–'])
        && before
            .trim_end_matches(['-', '−', '–'])
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || c == '(');
    let Some(first) = side.word_from(item.span.start) else {
        return false;
    };
    let links = &side.language.links;
    let named = first.checked_sub(1).is_some_and(|at| {
        let other = at
            .checked_sub(1)
            .is_some_and(|at| side.is_any(at, &links.no_minus));
        side.is_any(at, &links.minus) && !other
    });
    let behind =
        (first + 1..=first + BEHIND).any(|at| side.past_row(at, &links.below_zero).is_some());
    dashed || named || behind
}

/// Whether anything in `side` tells of numbers below zero.
fn has_sign(side: &Side, items: &[Item]) -> bool {
    let links = &side.language.links;
    let told =
        |at: usize| side.is_any(at, &links.minus) || side.past_row(at, &links.below_zero).is_some();
    items.iter().any(|item| is_below(side, item)) || (0..side.words.len()).any(told)
}

/// Whether it is a temperature: in degrees, of whichever scale.
fn is_temperature(side: &Side, item: &Item) -> bool {
    let scale = [Unit::of("°c"), Unit::of("°f")].contains(&item.unit) && item.unit.is_some();
    let next = side.word_from(item.span.end);
    // "12 gradi", not "12 di"
    let links = &side.language.links.before_unit;
    let degrees = next.is_some_and(|at| side.is_any(at, links) && side.lower(at).len() > 3);
    scale || degrees || side.text[item.span.end..].starts_with('°')
}

/// Compares the signs of the two sides.
pub(super) fn check(
    source: &Side,
    target: &Side,
    said: &[Item],
    written: &[Item],
    found: &mut Vec<Finding>,
) {
    let both = [
        (source, said, target, written),
        (target, written, source, said),
    ];
    for (at, (side, items, other, others)) in both.into_iter().enumerate() {
        let below = items
            .iter()
            .find(|item| may_be_below(item) && is_temperature(side, item) && is_below(side, item));
        let Some(item) = below.filter(|_| !has_sign(other, others)) else {
            continue;
        };
        let Some(partner) = others
            .iter()
            .find(|other| may_be_below(other) && item.equals(other))
        else {
            continue;
        };
        let words = item.span.of(side.text);
        found.push(match at {
            0 => Finding::error(
                CheckId::Number,
                format!("\"{words}\" is below zero in the source alone"),
            )
            .at_source(item.span)
            .at_target(partner.span),
            _ => Finding::error(
                CheckId::Number,
                format!("\"{words}\" is not below zero in the source"),
            )
            .at_source(partner.span)
            .at_target(item.span),
        });
    }
}
