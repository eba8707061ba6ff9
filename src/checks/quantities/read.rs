//! From the words of a side to its items: numbers with their units, dates, times.

use super::dates::{days, numeric_date, numeric_day};
use super::homonyms::{decade, idiom, is_adverb, is_doubtful, is_pronoun};
use super::item::{Demand, Item, What};
use super::measure::{is_percent, one_and_a_half, unit};
use super::numerals::Said;
use super::units::Unit;
use super::{calendar, clock, digits, fractions, numerals, roman, rounding, vocabulary};
use crate::checks::words::{Kind, Side};
use crate::text::Span;

/// Reads all items of a side.
pub(super) fn read(side: &Side) -> Vec<Item> {
    let mut items = Vec::new();
    let mut i = 0;
    while i < side.words.len() {
        i = match side.words[i].kind {
            Kind::Digits => read_digits(side, i, &mut items),
            Kind::Letters => read_letters(side, i, &mut items),
        };
    }
    ranges(side.text, &mut items);
    results(side, &mut items);
    rounding::mark(side, &mut items);
    days(side.text, &mut items);
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
fn ranges(text: &str, items: &mut [Item]) {
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
            && matches!(
                gap,
                "-" | "–"
                    | "/"
                    | "o"
                    | "or"
                    | "to"
                    | "a"
                    | "ou"
                    | "oder"
                    | "bis"
                    | "à"
                    | "e"
                    | "and"
                    | "et"
                    | "und"
                    | "y"
            )
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

fn fraction(c: char) -> Option<f64> {
    match c {
        '½' => Some(0.5),
        '¼' => Some(0.25),
        '¾' => Some(0.75),
        _ => None,
    }
}

/// Reads what starts with the digits at word `i`; gives the next word to look at.
fn read_digits(side: &Side, i: usize, items: &mut Vec<Item>) -> usize {
    let span = |end: usize| Span {
        start: side.words[i].span.start,
        end: side.words[end - 1].span.end,
    };
    if let Some(end) = numeric_date(side, i, items).or_else(|| numeric_day(side, i, items)) {
        return end;
    }
    if let Some(time) = clock::spoken(side, i).or_else(|| clock::time(side, i)) {
        return time_of_day(side, i, time, items);
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
    let suffix = if side.after(end - 1).is_empty() {
        side.lower(end)
    } else {
        ""
    };
    let short_year = text.len() == 2 && side.before(i).ends_with(['\'', '’', '‘']);
    if short_year {
        item = item.or(1900.0 + value).or(2000.0 + value);
    } else if text.len() == 4 && value % 10.0 == 0.0 && (1000.0..2100.0).contains(&value) {
        // "1990s" is "anni 90", "1800s" the "19th century"; "gli anni 1990" drops the sign.
        let decade = matches!(suffix, "s" | "er" | "ern")
            || i > 0
                && side
                    .language
                    .phrases
                    .years
                    .iter()
                    .any(|years| years == side.lower(i - 1));
        if decade && value % 100.0 == 0.0 {
            item = item.or(value / 100.0 + 1.0).or(value % 1000.0);
        } else if decade {
            item = item.or(value % 100.0);
        }
    } else if text.len() == 2 && value % 10.0 == 0.0 {
        item = item.or(1900.0 + value);
    }
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

/// What the letters behind the figure at word `i` multiply it by: "€18.6m", "$50k", "2m people", "18,6 M€", "R$ 5 mi".
fn abbreviated(side: &Side, i: usize) -> Option<f64> {
    let phrases = &side.language.phrases;
    let word = side.words.get(i + 1)?;
    let signs = ['€', '$', '£', '¥', '₹'];
    let money = side.before(i).trim_end().ends_with(signs)
        || side.after(i + 1).trim_start().starts_with(signs)
        || Unit::in_lang(side.lower(i + 2), side.language).is_some_and(Unit::is_money);
    let counts = phrases
        .counted
        .iter()
        .any(|counted| counted == side.lower(i + 2));
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

/// Adds the time of day that starts at word `i`; gives the next word to look at.
fn time_of_day(side: &Side, i: usize, time: clock::Time, items: &mut Vec<Item>) -> usize {
    let span = Span {
        start: side.words[i].span.start,
        end: side.words[time.end - 1].span.end,
    };
    let mut item = Item::new(span, What::Time, f64::from(time.minutes), Demand::Hard);
    if time.half_day {
        item = item.or(f64::from((time.minutes + 720) % 1440));
    }
    items.push(item);
    time.end
}

/// The number at word `i`, and one past its last word: "10 000" is two words.
fn spaced(side: &Side, i: usize) -> Option<(digits::Number, usize)> {
    let number = digits::read(side.words[i].text, side.lang)?;
    let mut end = i + 1;
    let spaced = matches!(
        side.lang.code(),
        "fr" | "es" | "pt" | "de" | "pl" | "cs" | "ru" | "uk" | "sv" | "no" | "fi"
    );
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

/// Reads what starts with the word at `i`; gives the next word to look at.
fn read_letters(side: &Side, i: usize, items: &mut Vec<Item>) -> usize {
    let word = &side.words[i];
    let to = |end: usize| Span {
        start: word.span.start,
        end: side.words[end - 1].span.end,
    };
    if let Some(end) = idiom(side, i) {
        return end;
    }
    // "Domenica", "Piazza Venti Settembre": a name where days and months have no capital.
    let name = word.capital && !word.initial && !side.language.calendar.capitals;
    let demand = if name { Demand::None } else { Demand::Hard };
    if let Some(month) = calendar::month(side, i) {
        items.push(Item::new(word.span, What::Month, f64::from(month), demand));
        return i + 1;
    }
    // "May was cold": what has a capital anyway may be the month.
    if let Some(month) = calendar::doubtful_month(side, i) {
        items.push(Item::new(
            word.span,
            What::Month,
            f64::from(month),
            Demand::None,
        ));
        return i + 1;
    }
    if let Some((day, end)) = calendar::weekday(side, i) {
        items.push(Item::new(to(end), What::Weekday, f64::from(day), demand));
        return end;
    }
    if let Some((day, sure)) = calendar::short_weekday(side, i) {
        let demand = if sure { Demand::Hard } else { Demand::None };
        items.push(Item::new(word.span, What::Weekday, f64::from(day), demand));
        if sure {
            return i + 1;
        }
    }
    if let Some((days, end)) = calendar::days_from_today(side, i) {
        items.push(Item::new(to(end), What::Day, f64::from(days), Demand::None));
        return end;
    }
    if let Some(time) = clock::spoken(side, i) {
        return time_of_day(side, i, time, items);
    }
    if let Some((minutes, end)) = clock::half_of_day(side, i) {
        items.push(Item::new(
            to(end),
            What::Time,
            f64::from(minutes),
            Demand::None,
        ));
        return end;
    }
    if let Some((unit, end)) = one_and_a_half(side, i) {
        let mut item = Item::new(to(end), What::Number, 1.5, Demand::Soft);
        item.unit = Some(unit);
        items.push(item);
        return end;
    }
    if let Some(end) = fractions::read(side, i, items) {
        return end;
    }
    if let Some(unit) = calendar::every(side, i) {
        let mut item = Item::new(word.span, What::Number, 1.0, Demand::None);
        (item.unit, item.said) = (Some(unit), Some(Said::Implied));
        items.push(item);
        return i + 1;
    }
    // "per cento" is no hundred.
    if i > 0 && is_percent(side, i - 1) == Some(i + 1) {
        return i + 1;
    }
    // "XIXe siècle"
    let endings = side.language.phrases.roman_endings.as_slice();
    let ordinal = word.text.trim_end_matches(endings);
    if let Some(value) = roman::roman(ordinal) {
        // Most single letters, and a few pairs, are words or initials.
        let sure = word.text.len() > 1
            && word.text.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'))
            && word.text != "VI";
        let demand = if sure { Demand::Soft } else { Demand::None };
        items.push(Item::new(word.span, What::Number, value, demand));
        return i + 1;
    }
    if word.capital
        && let Some(&value) = side.language.phrases.centuries.get(&*word.lower)
    {
        items.push(
            Item::new(word.span, What::Number, 1000.0 + value, Demand::None)
                .or(value / 100.0 + 11.0)
                .or(value),
        );
        return i + 1;
    }
    let Some(numeral) = numerals::read(side, i, None) else {
        return i + 1;
    };
    let span = Span {
        start: word.span.start,
        end: side.words[numeral.end - 1].span.end,
    };
    let single = numeral.end == i + 1;
    let before = i.checked_sub(1).map_or("", |at| side.lower(at));
    // "the third quarter", "il terzo trimestre": the period is no number of its own.
    let counted = items
        .last()
        .is_some_and(|item| item.said == Some(Said::Ordinal) && item.span.end < word.span.start)
        && side.before(i) == " "
        && vocabulary::piece(before, side.language).is_some();
    if counted && (numeral.said == Said::Loose || matches!(side.lower(i), "quarter" | "quarters")) {
        let mut item = Item::new(span, What::Number, numeral.value, Demand::None);
        item.said = Some(Said::Loose);
        items.push(item);
        return numeral.end;
    }
    if numeral.said == Said::Ordinal && is_adverb(side, i) {
        return numeral.end;
    }
    let (what, demand) = match numeral.said {
        _ if single && numeral.value % 10.0 == 0.0 && decade(side, i) => {
            (What::Number, Demand::Hard)
        }
        Said::Cardinal if numeral.value <= 1.0 => (What::Number, Demand::None),
        Said::Cardinal if single && is_doubtful(side, i) => (What::Number, Demand::None),
        // "i due si sono incontrati": they met
        Said::Cardinal if single && numeral.value == 2.0 && is_pronoun(side, i) => {
            (What::Number, Demand::None)
        }
        // "Six Flags"
        Said::Cardinal | Said::Ordinal
            if word.capital && !word.initial && !side.language.profile.noun_capitals =>
        {
            (What::Number, Demand::None)
        }
        // "a thousand words"
        Said::Cardinal if single && matches!(numeral.value, 100.0 | 1e3 | 1e6) => {
            (What::Number, Demand::Soft)
        }
        Said::Cardinal if numeral.value <= 12.0 => (What::Number, Demand::Soft),
        Said::Cardinal => (What::Number, Demand::Hard),
        // "centesimo" is a coin, too
        Said::Ordinal if numeral.value < 5.0 || numeral.value == 100.0 => {
            (What::Number, Demand::None)
        }
        Said::Ordinal | Said::Group => (What::Number, Demand::Soft),
        Said::Loose | Said::Part | Said::Score | Said::Implied => (What::Number, Demand::None),
        Said::Vague => (What::Vague, Demand::Soft),
    };
    let mut item = Item::new(span, what, numeral.value, demand);
    item.said = Some(numeral.said);
    if matches!(side.lower(i), "fortnight" | "fortnights") {
        item = item.or(2.0).or(15.0);
        item.unit = Unit::weeks();
        item.values.swap(0, 1);
    }
    if what == What::Number {
        if numeral.value < 100.0 && numeral.value % 10.0 == 0.0 {
            // "gli anni novanta" are the 1990s.
            item = item.or(1900.0 + numeral.value);
        }
        if numeral.said == Said::Group && numeral.value == 12.0 {
            item = item.or(10.0);
        }
        if numeral.said == Said::Loose && numeral.value == 0.5 {
            let end = fractions::lasting(side, numeral.end, &mut item);
            items.push(item);
            return end;
        }
        let end = unit(side, i, numeral.end, &mut item);
        if end > numeral.end && numeral.said == Said::Cardinal {
            // "un anno e mezzo"
            item.demand = item.demand.max(Demand::Soft);
            items.push(item);
            return end;
        }
        if let Some(years) = vocabulary::period(side.lower(numeral.end), side.language) {
            item = item.or(numeral.value * years);
        }
    }
    items.push(item);
    numeral.end
}
