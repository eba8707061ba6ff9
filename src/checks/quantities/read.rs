//! From the words of a side to its items: numbers with their units, dates, times.

use super::dates::days;
use super::in_digits::{self, fraction};
use super::in_words;
use super::item::{Demand, Item, What};
use super::numerals::Said;
use super::rounding;
use crate::checks::words::{Kind, Side};
use crate::text::Span;

/// Reads all items of a side.
pub(super) fn read(side: &Side) -> Vec<Item> {
    let mut items = Vec::new();
    let mut i = 0;
    while i < side.words.len() {
        i = match side.words[i].kind {
            Kind::Digits => in_digits::read(side, i, &mut items),
            Kind::Letters => in_words::read(side, i, &mut items),
        };
    }
    ranges(side, &mut items);
    results(side, &mut items);
    rounding::mark(side, &mut items);
    days(side, &mut items);
    for (c, at) in side
        .text
        .char_indices()
        .filter_map(|(at, c)| Some((fraction(c)?, at)))
    {
        let end = at + side.text[at..].chars().next().map_or(0, char::len_utf8);
        items.push(Item::new(
            Span { start: at, end },
            What::Number,
            c,
            Demand::None,
        ));
    }
    items
}

/// "due o tre milioni", "2-3 million": the first number may be meant in millions too.
fn ranges(side: &Side, items: &mut [Item]) {
    let (text, links) = (side.text, &side.language.links.between_numbers);
    for i in 1..items.len() {
        let (first, second) = (&items[i - 1], &items[i]);
        let both = first.what == What::Number
            && second.what == What::Number
            && first.span.end <= second.span.start;
        if !both || !second.span.of(text).contains(char::is_alphabetic) {
            continue;
        }
        let gap = text[first.span.end..second.span.start].trim();
        let powers = [1e9, 1e6, 1e3];
        let power = powers.into_iter().find(|power| second.values[0] >= *power);
        if let Some(power) = power
            && (matches!(gap, "-" | "–" | "/") || links.iter().any(|link| link == gap))
            && first.values[0] < 1000.0
        {
            items[i - 1] = items[i - 1].clone().or(items[i - 1].values[0] * power);
        }
    }
}

/// Marks the two numbers of a result: "4-1", "2:3", "quattro a uno".
fn results(side: &Side, items: &mut [Item]) {
    for i in 1..items.len() {
        let (before, after) = items.split_at_mut(i);
        let (first, second) = (&mut before[i - 1], &mut after[0]);
        let is_goals = |item: &Item| {
            item.what == What::Number
                && item.unit.is_none()
                && !item.day
                && matches!(item.said, None | Some(Said::Cardinal))
                && item.values[0] < 20.0
                && item.values[0].fract() == 0.0
        };
        if first.span.end > second.span.start || !is_goals(first) || !is_goals(second) {
            continue;
        }
        let gap = &side.text[first.span.end..second.span.start];
        let words = first.said.is_some() && second.said.is_some();
        let between = match gap {
            "-" | "–" | ":" => true,
            gap => side.language.phrases.score.iter().any(|score| {
                (words || !score.in_words)
                    && gap.trim_matches(' ') == score.between
                    && gap.len() == score.between.len() + 2
            }),
        };
        if between {
            for item in [first, second] {
                item.said = Some(Said::Score);
                item.demand = item.demand.max(Demand::Soft);
            }
        }
    }
}
