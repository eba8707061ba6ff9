//! Days, months and years that stand together, and dates in digits.

use super::item::{Demand, Item, What};
use crate::checks::words::Side;
use crate::languages::Links;
use crate::text::Span;

/// "20/11/2022", "2022-11-20", "20.11.2022": the day and the year as numbers, the month as a month.
pub(super) fn numeric_date(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let (parts, end) = if side.words[i].text.matches('.').count() == 2 {
        (side.words[i].text.split('.').collect::<Vec<_>>(), i + 1)
    } else {
        let gap = side.after(i);
        if !matches!(gap, "/" | "-") || side.after(i + 1) != gap || i + 2 >= side.words.len() {
            return None;
        }
        (
            side.words[i..i + 3].iter().map(|word| word.text).collect(),
            i + 3,
        )
    };
    let [a, b, c] = parts[..] else { return None };
    let number = |text: &str| text.parse::<u32>().ok();
    let (first, second, year) = if a.len() == 4 {
        (number(c)?, number(b)?, number(a)?)
    } else if c.len() == 4 || c.len() == 2 && a.len() <= 2 {
        (number(a)?, number(b)?, number(c)?)
    } else {
        return None;
    };
    if first == 0 || second == 0 || first.max(second) > 31 || first.min(second) > 12 {
        return None;
    }
    let span = Span {
        start: side.words[i].span.start,
        end: side.words[end - 1].span.end,
    };
    let [first, second, year] = [first, second, year].map(f64::from);
    let mut full = Item::new(span, What::Number, year, Demand::Hard);
    if year < 100.0 {
        full = full.or(2000.0 + year).or(1900.0 + year);
    }
    // American dates have the month first; where both readings are possible, both are allowed.
    let (day, month) = if second > 12.0 {
        (second, first)
    } else {
        (first, second)
    };
    let (mut day_item, mut month_item) = (
        Item::new(span, What::Number, day, Demand::Hard),
        Item::new(span, What::Month, month, Demand::Hard),
    );
    if first <= 12.0 && second <= 12.0 && a.len() != 4 {
        day_item = day_item.or(month);
        month_item = month_item.or(day);
    }
    items.extend([day_item, month_item, full]);
    Some(end)
}

/// "on 9/11", "il 3/5": a day and a month after a word that dates have before them.
pub(super) fn numeric_day(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let introduced = i > 0 && side.is_any(i - 1, &side.language.links.before_date);
    let number = |at: usize| side.lower(at).parse::<u32>().ok().filter(|n| *n > 0);
    let single = side.after(i) == "/" && !side.after(i + 1).starts_with(['/', '-']);
    if !introduced || !single {
        return None;
    }
    let (first, second) = (number(i)?, number(i + 1)?);
    // Americans have the month first.
    let (day, month) = match side.language.profile.month_first && first <= 12 {
        true => (second, first),
        false => (first, second),
    };
    if day > 31 || month > 12 {
        return None;
    }
    let span = Span {
        start: side.words[i].span.start,
        end: side.words[i + 1].span.end,
    };
    let item = |what, value: u32| Item::new(span, what, f64::from(value), Demand::Hard);
    let (mut day_item, mut month_item) = (item(What::Number, day), item(What::Month, month));
    if day <= 12 {
        day_item = day_item.or(f64::from(month));
        month_item = month_item.or(f64::from(day));
    }
    items.extend([day_item, month_item]);
    Some(i + 2)
}

/// Reads two numbers with a slash between them as a day and a month where the other side has that day: "9/11 changed
/// everything", "l’11 settembre ha cambiato tutto".
pub(super) fn slashed(side: &Side, items: &mut Vec<Item>, others: &[Item]) {
    for i in 0..side.words.len().saturating_sub(1) {
        if side.after(i) != "/" || side.after(i + 1).starts_with('/') {
            continue;
        }
        let number = |at: usize| side.lower(at).parse::<f64>().ok();
        let (Some(first), Some(second)) = (number(i), number(i + 1)) else {
            continue;
        };
        let span = Span {
            start: side.words[i].span.start,
            end: side.words[i + 1].span.end,
        };
        let is_day = |day: f64, month: f64| {
            let mut days = others.iter().filter(|other| other.day);
            days.any(|other| other.values[0] == day && other.belongs == Some(month))
        };
        for (day, month) in [(first, second), (second, first)] {
            if is_day(day, month) {
                items.retain(|item| item.span.start < span.start || item.span.end > span.end);
                let mut number = Item::new(span, What::Number, day, Demand::Hard);
                (number.day, number.belongs) = (true, Some(month));
                items.extend([number, Item::new(span, What::Month, month, Demand::Hard)]);
                items.sort_by_key(|item| item.span.start);
                break;
            }
        }
    }
}

/// Before a night that lies between two days so many words may stand: "nella notte tra".
const BEFORE_NIGHT: usize = 3;

/// Excuses the two days that a night lies between, of which `others` may name one only: "nella notte tra sabato e domenica",
/// "in the early hours of Sunday".
pub(super) fn nights(side: &Side, items: &mut [Item], others: &[Item]) {
    let days = |items: &[Item]| {
        items
            .iter()
            .filter(|item| item.what == What::Weekday)
            .count()
    };
    if days(items) != 2 || days(others) != 1 {
        return;
    }
    let weekdays: Vec<usize> = (0..items.len())
        .filter(|&i| items[i].what == What::Weekday)
        .collect();
    let [first, second] = weekdays[..] else {
        return;
    };
    let follows = (items[first].values[0] % 7.0) + 1.0 == items[second].values[0];
    let start = items[first].span.start;
    let ahead = side
        .words
        .iter()
        .rev()
        .filter(|word| word.span.end <= start);
    let mut ahead = ahead.take(BEFORE_NIGHT);
    let nights = &side.language.calendar.nights;
    if follows && ahead.any(|word| nights.iter().any(|night| *night == *word.lower)) {
        for i in [first, second] {
            items[i].demand = Demand::None;
        }
    }
}

/// Marks the numbers that are days of a month ("1 giugno", "June 1st", "1. Juni", "1 de junio"), and what belongs
/// together: a day and its month, a month and its year.
pub(super) fn days(side: &Side, items: &mut [Item]) {
    let (text, links) = (side.text, &side.language.links);
    for i in 1..items.len() {
        let (before, after) = items.split_at_mut(i);
        let has_day = i > 1 && before[i - 2].day;
        let (first, second) = (&mut before[i - 1], &mut after[0]);
        if first.span.end > second.span.start {
            continue;
        }
        let gap = &text[first.span.end..second.span.start];
        let near = |written: &[String]| {
            gap.len() <= 8
                && gap
                    .split(|c: char| !c.is_alphabetic())
                    .all(|word| word.is_empty() || written.iter().any(|link| link == word))
        };
        match (first.what, second.what) {
            (What::Number, What::Month) => {
                first.day = near(&links.day_month) && is_day(first);
                first.belongs = first.day.then_some(second.values[0]);
            }
            (What::Month, What::Number) if is_year(second) && near(&links.month_year) => {
                first.belongs = Some(second.values[0]);
            }
            // "A luglio una mostra" has no day, and "il 4 luglio 20 mostre" has one.
            (What::Month, What::Number) if second.said.is_none() && !has_day => {
                second.day = near(&links.month_day) && is_day(second);
                second.belongs = second.day.then_some(first.values[0]);
            }
            _ => {}
        }
    }
    // "Tra il 4 e il 6 marzo", "3., 4. und 5. Mai": those before are days too.
    for i in (1..items.len()).rev() {
        let (before, after) = items.split_at_mut(i);
        let (first, second) = (&mut before[i - 1], &after[0]);
        let plain = first.what == What::Number && first.unit.is_none() && is_day(first);
        if second.day && plain && first.values[0] < second.values[0] {
            let gap = text.get(first.span.end..second.span.start);
            let written = first.said.is_none();
            if gap.is_some_and(|gap| is_joint(gap, written, links)) {
                (first.day, first.belongs) = (true, second.belongs);
            }
        }
    }
}

/// Whether what stands between two numbers makes days of one month of them; `written` says that the first is in digits.
fn is_joint(gap: &str, written: bool, links: &Links) -> bool {
    let joins = |word: &str| {
        let mut joints = links.range.iter().chain(&links.between_numbers);
        joints.any(|joint| joint == word)
    };
    let words = gap.split(|c: char| !c.is_alphabetic());
    let mut words = words.filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (None, ..) => written && gap.contains([',', '-', '–', '/']),
        // "E il"
        (Some(first), article, None) => {
            joins(first) && article.is_none_or(|word| word.chars().count() <= ARTICLE)
        }
        _ => false,
    }
}

/// So many letters has an article before a day.
const ARTICLE: usize = 3;

fn is_day(number: &Item) -> bool {
    let value = number.values[0];
    (1.0..=31.0).contains(&value) && value.fract() == 0.0
}

fn is_year(number: &Item) -> bool {
    (1000.0..2100.0).contains(&number.values[0]) && number.said.is_none()
}
