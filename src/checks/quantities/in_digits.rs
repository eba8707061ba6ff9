//! What starts with digits: figures, the years and amounts among them, dates, times.

use super::dates::{numeric_date, numeric_day};
use super::item::{Demand, Item, What};
use super::measure::unit;
use super::units::Unit;
use super::{clock, digits, fractions, numerals};
use crate::checks::words::{Kind, Side};
use crate::languages::writing;
use crate::text::Span;

/// Reads what starts with the digits at word `i`; gives the next word to look at.
pub(super) fn read(side: &Side, i: usize, items: &mut Vec<Item>) -> usize {
    let span = |end: usize| Span {
        start: side.words[i].span.start,
        end: side.words[end - 1].span.end,
    };
    if let Some(end) = numeric_date(side, i, items).or_else(|| numeric_day(side, i, items)) {
        return end;
    }
    if let Some(time) = clock::spoken(side, i).or_else(|| clock::time(side, i)) {
        items.push(time.item(side, i));
        return time.end;
    }
    if let Some(end) = fractions::read(side, i, items) {
        return end;
    }
    let text = side.words[i].text;
    let Some((number, mut end)) = spaced(side, i) else {
        // A version, an address: nothing to compute with, so each part stands for itself.
        for part in text.split(['.', ',']).filter_map(|part| part.parse().ok()) {
            items.push(Item::new(span(i + 1), What::Number, part, Demand::Hard));
        }
        return i + 1;
    };
    let mut value = number.value;
    if end == i + 1
        && let Some(numeral) = numerals::read(side, i, Some(value))
    {
        (value, end) = (numeral.value, numeral.end);
    }
    if end == i + 1
        && let Some(power) = abbreviated(side, i)
    {
        (value, end) = (value * power, i + 2);
    }
    let mut item = Item::new(span(end), What::Number, value, Demand::Hard);
    item.foreign = number.foreign;
    item = as_years(side, (i, end), item);
    let next = side.lower(end).chars().next().and_then(fraction);
    if let Some(part) = next.filter(|_| end == i + 1 && side.after(i).is_empty()) {
        // "8½"
        item.values[0] += part;
        end += 1;
        item.span.end = side.words[end - 1].span.end;
    }
    let end = unit(side, i, end, &mut item);
    items.push(item);
    end
}

/// The figure of the words `start..end` with what else it means if it names years: "’90", "1990s", "anni 90".
fn as_years(side: &Side, (start, end): (usize, usize), item: Item) -> Item {
    let text = side.words[start].text;
    let value = item.values[0];
    let short_year = text.len() == 2 && side.before(start).ends_with(['\'', '’', '‘']);
    if short_year {
        return item.or(1900.0 + value).or(2000.0 + value);
    }
    if text.len() == 2 && value % 10.0 == 0.0 {
        return item.or(1900.0 + value);
    }
    if text.len() != 4 || value % 10.0 != 0.0 || !(1000.0..2100.0).contains(&value) {
        return item;
    }
    // "1990s" is "anni 90", "1800s" the "19th century"; "gli anni 1990" drops the sign.
    let ending =
        side.after(end - 1).is_empty() && side.is_any(end, &side.language.links.decade_endings);
    let years = &side.language.phrases.years;
    let decade = ending || start > 0 && side.is_any(start - 1, years);
    match decade {
        true if value % 100.0 == 0.0 => item.or(value / 100.0 + 1.0).or(value % 1000.0),
        true => item.or(value % 100.0),
        false => item,
    }
}

/// The value of a sign such as "½".
pub(super) fn fraction(c: char) -> Option<f64> {
    match c {
        '½' => Some(0.5),
        '¼' => Some(0.25),
        '¾' => Some(0.75),
        _ => None,
    }
}

/// What the letters behind the figure at word `i` multiply it by: "€18.6m", "$50k", "2m people", "18,6 M€", "R$ 5 mi".
fn abbreviated(side: &Side, i: usize) -> Option<f64> {
    let phrases = &side.language.phrases;
    let word = side.words.get(i + 1)?;
    let signs = ['€', '$', '£', '¥', '₹'];
    let money = side.before(i).trim_end().ends_with(signs)
        || side.after(i + 1).trim_start().starts_with(signs)
        || Unit::in_lang(side.lower(i + 2), side.language).is_some_and(Unit::is_money);
    let counts = side.is_any(i + 2, &phrases.counted);
    let multiplies = |short: &&crate::languages::Short| {
        short.letters.iter().any(|letters| letters == word.text)
            && (short.money && money || short.counted && counts || !short.money && !short.counted)
    };
    let short = phrases.short.iter().find(multiplies)?;
    let gap = side.after(i);
    let close =
        gap.is_empty() || phrases.short_spaced && matches!(gap, " " | "\u{a0}" | "\u{202f}");
    close.then_some(short.by)
}

/// The number at word `i`, and one past its last word: "10 000" is two words.
fn spaced(side: &Side, i: usize) -> Option<(digits::Number, usize)> {
    let number = digits::read(side.words[i].text, side.lang)?;
    let mut end = i + 1;
    let spaced = writing().spaced_thousands.contains(&side.lang);
    if side.words[i].text.len() > 3 || number.value == 0.0 {
        return Some((number, end));
    }
    let mut text = side.words[i].text.to_string();
    while side.before(end) == " "
        && side.words.get(end).is_some_and(|word| {
            word.kind == Kind::Digits
                && word.text.len() >= 3
                && word.text[..3].bytes().all(|b| b.is_ascii_digit())
                && word.text[3..].chars().next().is_none_or(|c| c == ',')
        })
    {
        text.push_str(side.words[end].text);
        end += 1;
    }
    // Two groups of three and more are thousands in any language.
    if !spaced && end < i + 3 {
        return Some((number, i + 1));
    }
    Some((digits::read(&text, side.lang)?, end))
}
