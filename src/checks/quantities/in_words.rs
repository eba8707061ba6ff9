//! What starts with a word: months, weekdays, times, fractions, Roman numerals, numbers in words.

use super::homonyms::{decade, idiom, is_adverb, is_doubtful, is_pronoun};
use super::item::{Demand, Item, What};
use super::measure::{is_percent, one_and_a_half, unit};
use super::numerals::{self, Numeral, Said};
use super::units::Unit;
use super::{calendar, clock, fractions, roman, vocabulary};
use crate::checks::words::Side;
use crate::text::Span;

/// Adds what starts at a word, if it is of the reader's kind; gives the next word to look at.
type Reader = fn(&Side, usize, &mut Vec<Item>) -> Option<usize>;

/// In this order: what is several words long goes before what one of them would be alone.
const READERS: [Reader; 14] = [
    |side, i, _| idiom(side, i),
    month,
    weekday,
    day_from_today,
    time_of_day,
    half_of_day,
    measured_one_and_a_half,
    fractions::read,
    every,
    percent,
    quarter,
    roman_numeral,
    century,
    numeral,
];

/// Reads what starts with the word at `i`; gives the next word to look at.
pub(super) fn read(side: &Side, i: usize, items: &mut Vec<Item>) -> usize {
    READERS
        .iter()
        .find_map(|reader| reader(side, i, items))
        .unwrap_or(i + 1)
}

/// The words `i..end`.
fn span(side: &Side, i: usize, end: usize) -> Span {
    Span {
        start: side.words[i].span.start,
        end: side.words[end - 1].span.end,
    }
}

/// "Domenica", "Piazza Venti Settembre": a name where days and months have no capital.
fn unless_name(side: &Side, i: usize) -> Demand {
    let word = &side.words[i];
    if word.capital && !word.initial && !side.language.calendar.capitals {
        Demand::None
    } else {
        Demand::Hard
    }
}

fn month(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let (month, demand) = match calendar::month(side, i) {
        Some(month) => (month, unless_name(side, i)),
        // "May was cold": what has a capital anyway may be the month.
        // "Ferragosto" may be "mid-August".
        None => {
            let feast = || side.language.calendar.feast(side.lower(i));
            let month = calendar::doubtful_month(side, i).or_else(feast)?;
            (month, Demand::None)
        }
    };
    let span = side.words[i].span;
    items.push(Item::new(span, What::Month, f64::from(month), demand));
    Some(i + 1)
}

fn weekday(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    if let Some((day, end)) = calendar::weekday(side, i) {
        let (span, demand) = (span(side, i, end), unless_name(side, i));
        items.push(Item::new(span, What::Weekday, f64::from(day), demand));
        return Some(end);
    }
    if let Some(day) = calendar::abbreviated_weekday(side, i) {
        // Good translations do without, and a newspaper may be called so.
        let span = side.words[i].span;
        items.push(Item::new(span, What::Weekday, f64::from(day), Demand::None));
        return Some(i + 1);
    }
    let (day, sure) = calendar::short_weekday(side, i)?;
    let demand = if sure { Demand::Hard } else { Demand::None };
    let span = side.words[i].span;
    items.push(Item::new(span, What::Weekday, f64::from(day), demand));
    // If it isn't sure, it may be an ordinal, too.
    sure.then_some(i + 1)
}

fn day_from_today(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let (days, end) = calendar::days_from_today(side, i)?;
    let span = span(side, i, end);
    items.push(Item::new(span, What::Day, f64::from(days), Demand::None));
    Some(end)
}

fn time_of_day(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let time = clock::spoken(side, i)?;
    items.push(time.item(side, i));
    Some(time.end)
}

fn half_of_day(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let (minutes, end) = clock::half_of_day(side, i)?;
    let span = span(side, i, end);
    let item = Item::new(span, What::Time, f64::from(minutes), Demand::None);
    items.push(item);
    Some(end)
}

fn measured_one_and_a_half(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let (unit, end) = one_and_a_half(side, i)?;
    let mut item = Item::new(span(side, i, end), What::Number, 1.5, Demand::Soft);
    item.unit = Some(unit);
    items.push(item);
    Some(end)
}

fn every(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let unit = calendar::every(side, i)?;
    let mut item = Item::new(side.words[i].span, What::Number, 1.0, Demand::None);
    (item.unit, item.said) = (Some(unit), Some(Said::Implied));
    items.push(item);
    Some(i + 1)
}

/// "per cento" is no hundred.
fn percent(side: &Side, i: usize, _: &mut Vec<Item>) -> Option<usize> {
    let before = i.checked_sub(1)?;
    (is_percent(side, before) == Some(i + 1)).then_some(i + 1)
}

/// "Q3": the third quarter.
fn quarter(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let number = quarter_number(side, i)?;
    let mut item = Item::new(side.words[i].span, What::Number, number, Demand::None);
    item.said = Some(Said::Ordinal);
    items.push(item);
    Some(i + 1)
}

/// The number of the quarter that word `i` is short for.
pub(super) fn quarter_number(side: &Side, i: usize) -> Option<f64> {
    let word = side.words.get(i).filter(|word| word.capital)?;
    let mut signs = side.language.links.quarter_signs.iter();
    let number = signs.find_map(|sign| word.lower.strip_prefix(sign.as_str()))?;
    matches!(number, "1" | "2" | "3" | "4").then(|| number.parse().ok())?
}

/// "XIXe siècle"
fn roman_numeral(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let word = &side.words[i];
    let endings = side.language.phrases.roman_endings.as_slice();
    let value = roman::roman(word.text.trim_end_matches(endings))?;
    // Most single letters, and a few pairs, are words or initials.
    let sure = word.text.len() > 1
        && word.text.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'))
        && word.text != "VI";
    let demand = if sure { Demand::Soft } else { Demand::None };
    items.push(Item::new(word.span, What::Number, value, demand));
    Some(i + 1)
}

/// "Ottocento": the 1800s.
fn century(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let word = &side.words[i];
    let value = *side.language.phrases.centuries.get(&*word.lower)?;
    if !word.capital {
        return None;
    }
    let item = Item::new(word.span, What::Number, 1000.0 + value, Demand::None);
    items.push(item.or(value / 100.0 + 11.0).or(value));
    Some(i + 1)
}

fn numeral(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let numeral = numerals::read(side, i, None)?;
    let span = span(side, i, numeral.end);
    if names_period(side, i, &numeral, items) {
        let mut item = Item::new(span, What::Number, numeral.value, Demand::None);
        item.said = Some(Said::Loose);
        items.push(item);
        return Some(numeral.end);
    }
    if numeral.said == Said::Ordinal && is_adverb(side, i) {
        return Some(numeral.end);
    }
    let what = match numeral.said {
        Said::Vague if !names_decade(side, i, &numeral) => What::Vague,
        _ => What::Number,
    };
    let mut item = Item::new(span, what, numeral.value, demand(side, i, &numeral));
    item.said = Some(numeral.said);
    if side.is_any(i, &side.language.links.fortnights) {
        item = item.or(2.0).or(15.0);
        item.unit = Unit::weeks();
        item.values.swap(0, 1);
    }
    let end = match what {
        What::Number => counted(side, i, &numeral, &mut item),
        _ => numeral.end,
    };
    items.push(item);
    Some(end)
}

/// "the third quarter", "il terzo trimestre": the period is no number of its own.
fn names_period(side: &Side, i: usize, numeral: &Numeral, items: &[Item]) -> bool {
    let start = side.words[i].span.start;
    let before = i.checked_sub(1).map_or("", |at| side.lower(at));
    items
        .last()
        .is_some_and(|item| item.said == Some(Said::Ordinal) && item.span.end < start)
        && side.before(i) == " "
        && vocabulary::piece(before, side.language).is_some()
        && (numeral.said == Said::Loose || side.is_any(i, &side.language.links.quarters))
}

/// "gli anni Settanta", "the late seventies"
fn names_decade(side: &Side, i: usize, numeral: &Numeral) -> bool {
    numeral.end == i + 1 && numeral.value % 10.0 == 0.0 && decade(side, i)
}

/// How surely a number in words that starts at word `i` has a counterpart.
fn demand(side: &Side, i: usize, numeral: &Numeral) -> Demand {
    let word = &side.words[i];
    let single = numeral.end == i + 1;
    let value = numeral.value;
    match numeral.said {
        _ if names_decade(side, i, numeral) => Demand::Hard,
        Said::Cardinal if value <= 1.0 => Demand::None,
        Said::Cardinal if single && is_doubtful(side, i) => Demand::None,
        // "i due si sono incontrati": they met
        Said::Cardinal if single && value == 2.0 && is_pronoun(side, i) => Demand::None,
        // "Six Flags"
        Said::Cardinal | Said::Ordinal
            if word.capital && !word.initial && !side.language.profile.noun_capitals =>
        {
            Demand::None
        }
        // "a thousand words"
        Said::Cardinal if single && matches!(value, 100.0 | 1e3 | 1e6) => Demand::Soft,
        Said::Cardinal if value <= 12.0 => Demand::Soft,
        Said::Cardinal => Demand::Hard,
        // "centesimo" is a coin, too
        Said::Ordinal if value < 5.0 || value == 100.0 => Demand::None,
        Said::Ordinal | Said::Group | Said::Vague => Demand::Soft,
        Said::Loose | Said::Part | Said::Score | Said::Implied => Demand::None,
    }
}

/// Adds to a number in words what it may mean beside its value, and its unit; gives one past its last word.
fn counted(side: &Side, i: usize, numeral: &Numeral, item: &mut Item) -> usize {
    let value = numeral.value;
    if value < 100.0 && value % 10.0 == 0.0 {
        // "gli anni novanta" are the 1990s.
        item.also(1900.0 + value);
    }
    if let Some(rough) = numeral.rough {
        item.also(rough);
    }
    if numeral.said == Said::Loose && value == 0.5 {
        return fractions::lasting(side, numeral.end, item);
    }
    let end = unit(side, i, numeral.end, item);
    if end > numeral.end && numeral.said == Said::Cardinal {
        // "un anno e mezzo"
        item.demand = item.demand.max(Demand::Soft);
        return end;
    }
    if let Some(years) = vocabulary::period(side.lower(numeral.end), side.language) {
        item.also(value * years);
    }
    numeral.end
}
