//! Numbers, units, dates and times: everything with a value on one side has the same value on the other.
//!
//! Both sides are read into items. An item that demands a counterpart and has none of equal value is reported; when
//! both sides have one left over, they are reported together as a change.

mod calendar;
mod digits;
mod numerals;
mod units;

use crate::text::{Lang, Span};

use super::words::{Kind, Side};
use super::{CheckId, Finding};
use numerals::Said;
use units::Unit;

/// What an item is a value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Number,
    /// 1 to 12.
    Month,
    /// 1 to 7.
    Weekday,
    /// Minutes after midnight.
    Time,
    /// "hundreds": an order of magnitude.
    Vague,
}

/// Whether an item must have a counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Demand {
    /// It may have been said otherwise.
    None,
    /// A good translation sometimes does without.
    Soft,
    /// Always.
    Hard,
}

#[derive(Debug, Clone)]
struct Item {
    span: Span,
    what: What,
    /// The value and other readings of it: NaN where there is none.
    values: [f64; 3],
    unit: Option<Unit>,
    demand: Demand,
    /// In digits with the decimal mark of another language.
    foreign: bool,
}

impl Item {
    fn new(span: Span, what: What, value: f64, demand: Demand) -> Self {
        Self {
            span,
            what,
            values: [value, f64::NAN, f64::NAN],
            unit: None,
            demand,
            foreign: false,
        }
    }

    fn or(mut self, value: f64) -> Self {
        match self.values.iter_mut().find(|slot| slot.is_nan()) {
            Some(slot) => *slot = value,
            None => self.values[2] = value,
        }
        self
    }

    /// Whether the two may stand for the same.
    fn equals(&self, other: &Item) -> bool {
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        let any = |f: &dyn Fn(f64, f64) -> bool| {
            self.values
                .iter()
                .any(|a| other.values.iter().any(|b| f(*a, *b)))
        };
        match (self.what, other.what) {
            (What::Time, What::Number) => any(&|time, number| is_hour(number, time)),
            (What::Number, What::Time) => any(&|number, time| is_hour(number, time)),
            (a, b) if a == b => {
                any(&same)
                    || self.unit.zip(other.unit).is_some_and(|(unit, into)| {
                        unit.converts(self.values[0], into, other.values[0])
                    })
            }
            // "a hundred people", "centinaia di persone"
            (What::Vague, What::Number) => other.demand < Demand::Hard && any(&same),
            (What::Number, What::Vague) => self.demand < Demand::Hard && any(&same),
            _ => false,
        }
    }

    fn check(&self) -> CheckId {
        match self.what {
            What::Number | What::Vague => CheckId::Number,
            What::Month | What::Weekday | What::Time => CheckId::Date,
        }
    }

    /// The item's words, and its value where they don't show it.
    fn show(&self, text: &str) -> String {
        let words = self.span.of(text);
        if self.what == What::Number
            && words.contains(|c: char| c.is_alphabetic())
            && self.unit != Some(Unit::PERCENT)
        {
            format!("\"{words}\" ({})", show_value(self.values[0]))
        } else {
            format!("\"{words}\"")
        }
    }
}

/// Whether `number` is the hour, or hour and minutes as a decimal, of a time of day, by either clock.
fn is_hour(number: f64, time: f64) -> bool {
    [time, time + 720.0, time - 720.0].iter().any(|time| {
        let dotted = (time / 60.0).floor() + time % 60.0 / 100.0;
        (number - dotted).abs() < 1e-6
    })
}

/// A value with commas between thousands.
fn show_value(value: f64) -> String {
    let text = format!("{value}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut shown = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if !fraction.is_empty() {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

/// Whether a number in words starts at word `i`.
pub(super) fn is_numeral(side: &Side, i: usize) -> bool {
    numerals::read(side, i, None).is_some()
}

/// Whether `text` is a Roman numeral.
pub(super) fn is_roman(text: &str) -> bool {
    numerals::roman(text).is_some()
}

/// Compares the two sides.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (said, written) = (read(source), read(target));
    // Where the number words of one side can't be read, only what is surely written in digits counts.
    let floor = |item: &Item, other: &Side| {
        if numerals::knows(other.lang) {
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
    units(source, target, &said, &written, found);
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
    items
        .iter()
        .filter(|item| demand(item) > Demand::None)
        .filter(|item| !others.iter().any(|other| item.equals(other)))
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
            Some(partner) => found.push(
                Finding::error(
                    item.check(),
                    format!("{words} became {}", partner.show(target.text)),
                )
                .at_source(item.span)
                .at_target(partner.span),
            ),
            None => found
                .push(finding(item, format!("{words} has no counterpart")).at_source(item.span)),
        }
    }
    for item in added.into_iter().flatten() {
        let words = item.show(target.text);
        found.push(finding(item, format!("{words} is not in the source")).at_target(item.span));
    }
}

fn finding(item: &Item, message: String) -> Finding {
    match item.demand {
        Demand::Hard => Finding::error(item.check(), message),
        _ => Finding::warning(item.check(), message),
    }
}

/// A number that kept its value must keep its unit.
fn units(source: &Side, target: &Side, said: &[Item], written: &[Item], found: &mut Vec<Finding>) {
    for item in said {
        let Some(unit) = item.unit else { continue };
        let mut partners = written.iter().filter(|other| item.equals(other)).peekable();
        let Some(first) = partners.peek().copied() else {
            continue;
        };
        let fits = |other: &Item| match other.unit {
            Some(other_unit) => {
                other_unit == unit || unit.converts(item.values[0], other_unit, other.values[0])
            }
            None => unit.is_optional(),
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
    // A percent sign that came out of nowhere.
    for item in written
        .iter()
        .filter(|item| item.unit == Some(Unit::PERCENT))
    {
        let mut partners = said.iter().filter(|other| item.equals(other)).peekable();
        if partners.peek().is_some() && partners.all(|partner| partner.unit.is_none()) {
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

/// Reads all items of a side.
fn read(side: &Side) -> Vec<Item> {
    let mut items = Vec::new();
    let mut i = 0;
    while i < side.words.len() {
        i = match side.words[i].kind {
            Kind::Digits => read_digits(side, i, &mut items),
            Kind::Letters => read_letters(side, i, &mut items),
        };
    }
    ranges(side.text, &mut items);
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
    if let Some(end) = numeric_date(side, i, items) {
        return end;
    }
    if let Some(time) = calendar::time(side, i) {
        let mut item = Item::new(
            span(time.end),
            What::Time,
            f64::from(time.minutes),
            Demand::Hard,
        );
        if time.half_day {
            item = item.or(f64::from((time.minutes + 720) % 1440));
        }
        items.push(item);
        return time.end;
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
            || i > 0 && matches!(side.lower(i - 1), "anni" | "années" | "años" | "anos");
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

/// The number at word `i`, and one past its last word: "10 000" is two words.
fn spaced(side: &Side, i: usize) -> Option<(digits::Number, usize)> {
    let number = digits::read(side.words[i].text, side.lang)?;
    let mut end = i + 1;
    let spaced = matches!(
        side.lang.code(),
        "fr" | "es" | "pt" | "de" | "pl" | "cs" | "ru" | "uk" | "sv" | "no" | "fi"
    );
    if !spaced || side.words[i].text.len() > 3 || number.value == 0.0 {
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
    Some((digits::read(&text, side.lang)?, end))
}

/// "20/11/2022", "2022-11-20", "20.11.2022": the day and the year as numbers, the month as a month.
fn numeric_date(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
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

/// Reads what starts with the word at `i`; gives the next word to look at.
fn read_letters(side: &Side, i: usize, items: &mut Vec<Item>) -> usize {
    let word = &side.words[i];
    if let Some(month) = calendar::month(side, i) {
        items.push(Item::new(
            word.span,
            What::Month,
            f64::from(month),
            Demand::Hard,
        ));
        return i + 1;
    }
    if let Some((day, end)) = calendar::weekday(side, i) {
        // "Domenica" inside a sentence is a first name.
        let name = word.capital && !word.initial && !matches!(side.lang, Lang::EN | Lang::DE);
        let demand = if name { Demand::None } else { Demand::Hard };
        let span = Span {
            start: word.span.start,
            end: side.words[end - 1].span.end,
        };
        items.push(Item::new(span, What::Weekday, f64::from(day), demand));
        return end;
    }
    if matches!(
        &*word.lower,
        "mezzogiorno" | "noon" | "midi" | "mittag" | "mediodía"
    ) {
        items.push(Item::new(word.span, What::Time, 720.0, Demand::None));
        return i + 1;
    }
    if matches!(
        &*word.lower,
        "mezzanotte" | "midnight" | "minuit" | "mitternacht" | "medianoche"
    ) {
        items.push(Item::new(word.span, What::Time, 0.0, Demand::None));
        return i + 1;
    }
    // "per cento" is no hundred.
    if i > 0 && is_percent(side, i - 1) == Some(i + 1) {
        return i + 1;
    }
    if let Some(value) = numerals::roman(word.text) {
        // Most single letters, and a few pairs, are words or initials.
        let sure = word.text.len() > 1
            && word.text.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'))
            && word.text != "VI";
        let demand = if sure { Demand::Soft } else { Demand::None };
        items.push(Item::new(word.span, What::Number, value, demand));
        return i + 1;
    }
    if side.lang == Lang::IT
        && word.capital
        && let Some(value) = italian_century(&word.lower)
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
    let (what, demand) = match numeral.said {
        Said::Cardinal if numeral.value <= 1.0 => (What::Number, Demand::None),
        Said::Cardinal if single && is_doubtful(side, i) => (What::Number, Demand::None),
        // "Six Flags"
        Said::Cardinal if word.capital && !word.initial && side.lang != Lang::DE => {
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
        Said::Loose => (What::Number, Demand::None),
        Said::Vague => (What::Vague, Demand::Soft),
    };
    let mut item = Item::new(span, what, numeral.value, demand);
    if what == What::Number {
        if numeral.value < 100.0 && numeral.value % 10.0 == 0.0 {
            // "gli anni novanta" are the 1990s.
            item = item.or(1900.0 + numeral.value);
        }
        if numeral.said == Said::Group && numeral.value == 12.0 {
            item = item.or(10.0);
        }
        let end = unit(side, i, numeral.end, &mut item);
        if end > numeral.end && numeral.said == Said::Cardinal {
            items.push(item);
            return end;
        }
        if let Some(years) = numerals::period(side.lower(numeral.end), side.lang) {
            item = item.or(numeral.value * years);
        }
    }
    items.push(item);
    numeral.end
}

/// "Ottocento" with a capital is the nineteenth century.
fn italian_century(word: &str) -> Option<f64> {
    const CENTURIES: [&str; 8] = [
        "duecento",
        "trecento",
        "quattrocento",
        "cinquecento",
        "seicento",
        "settecento",
        "ottocento",
        "novecento",
    ];
    let n = CENTURIES.iter().position(|name| *name == word)?;
    Some((n + 2) as f64 * 100.0)
}

/// Number words that are other words as well.
fn is_doubtful(side: &Side, i: usize) -> bool {
    match (side.lang, side.lower(i)) {
        // "you are"
        (Lang::IT, "sei") => {
            matches!(
                side.lower(i + 1),
                "un" | "una" | "il" | "la" | "stato" | "stata" | "in" | "mai" | "tu" | "così"
            ) || i > 0
                && matches!(
                    side.lower(i - 1),
                    "tu" | "se" | "non" | "che" | "ci" | "dove" | "chi" | "come"
                )
        }
        // winds; cents
        (Lang::IT, "venti") => {
            i > 0
                && matches!(
                    side.lower(i - 1),
                    "i" | "dei" | "dai" | "forti" | "con" | "ai" | "nei"
                )
                || matches!(
                    side.lower(i + 1),
                    "di" | "che" | "forti" | "massimi" | "sostenuti" | "" | "da" | "fino" | "a"
                )
        }
        (Lang::FR, "cent" | "cents") => matches!(side.lower(i + 1), "de" | "d"),
        // "new"
        (Lang::FR, "neuf") => side.lower(i + 1).is_empty() || side.lower(i + 1) == "et",
        (Lang::DE, "acht") => side.words[i].capital,
        _ => false,
    }
}

/// One past the words of "per cento" or "Prozent" that start at word `i`.
fn is_percent(side: &Side, i: usize) -> Option<usize> {
    match (side.lower(i), side.lower(i + 1)) {
        ("percent" | "percento" | "prozent", _) => Some(i + 1),
        ("per" | "pour" | "por", "cent" | "cento" | "ciento") => Some(i + 2),
        _ => None,
    }
}

/// Finds the unit of a number whose words are `start..end`, and "and a half" behind it ("due metri e mezzo"); gives one
/// past the last word that belongs to the number.
fn unit(side: &Side, start: usize, end: usize, item: &mut Item) -> usize {
    let Some((unit, span, until)) = find_unit(side, start, end, item.span) else {
        return end;
    };
    item.unit = Some(unit);
    item.span = span;
    match numerals::half_after_and(side, until) {
        Some(after) if until > end && item.values[0].fract() == 0.0 => {
            item.values[0] += 0.5;
            item.span.end = side.words[after - 1].span.end;
            after
        }
        _ => end,
    }
}

/// The unit, the number's span together with it, and one past its last word.
fn find_unit(side: &Side, start: usize, end: usize, span: Span) -> Option<(Unit, Span, usize)> {
    let to = |end: usize| Span { end, ..span };
    let after = side.after(end - 1);
    let at = side.words[end - 1].span.end;
    let sign = after.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let skipped = after.len() - sign.len();
    if skipped <= 3
        && let Some(c) = sign.chars().next()
    {
        if c == '°' && sign.trim_end() == "°" {
            let unit = match side.lower(end) {
                "c" => Unit::of("°c"),
                "f" => Unit::of("°f"),
                _ => None,
            };
            return unit.map(|unit| (unit, to(side.words[end].span.end), end + 1));
        }
        if let Some(unit) = Unit::of(c.encode_utf8(&mut [0; 4])) {
            return Some((unit, to(at + skipped + c.len_utf8()), end));
        }
    }
    if let Some(until) = is_percent(side, end) {
        return Some((Unit::PERCENT, to(side.words[until - 1].span.end), until));
    }
    let before = side.before(start).trim_end();
    if let Some(c) = before.chars().next_back().filter(|c| "€$£¥₽₹".contains(*c))
        && let Some(unit) = Unit::of(c.encode_utf8(&mut [0; 4]))
    {
        let gap = side.before(start).len() - before.len() + c.len_utf8();
        let start = side.words[start].span.start - gap;
        return Some((unit, Span { start, ..span }, end));
    }
    // "3 milioni di euro", "trois millions d'euros"; a hyphen in "69-year-old".
    let next = end + usize::from(matches!(side.lower(end), "di" | "de" | "d"));
    let close = (end..=next).all(|i| {
        matches!(
            side.before(i),
            " " | "" | "-" | "\u{a0}" | "\u{202f}" | "'" | "’"
        )
    });
    let unit = Unit::of(side.lower(next)).filter(|_| close)?;
    Some((unit, to(side.words[next].span.end), next + 1))
}

#[cfg(test)]
mod tests {
    use super::super::tests::ids;
    use super::*;

    #[track_caller]
    fn same(from: Lang, to: Lang, source: &str, target: &str) {
        let mut found = Vec::new();
        check(&Side::new(source, from), &Side::new(target, to), &mut found);
        assert_eq!(found, [], "{source} | {target}");
    }

    fn messages(source: &str, target: &str) -> Vec<String> {
        let mut found = Vec::new();
        check(
            &Side::new(source, Lang::IT),
            &Side::new(target, Lang::EN),
            &mut found,
        );
        found.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn the_same_said_otherwise() {
        let (it, en, fr, de, es, pt) = (Lang::IT, Lang::EN, Lang::FR, Lang::DE, Lang::ES, Lang::PT);
        for (from, to, source, target) in [
            (
                it,
                en,
                "almeno 3 mila gli arresti",
                "at least 3,000 arrests",
            ),
            (
                it,
                pt,
                "almeno 3 mila gli arresti",
                "ao menos 3 mil prisões",
            ),
            (it, en, "un milione e mezzo di euro", "1.5 million euros"),
            (
                it,
                en,
                "un milione e mezzo di euro",
                "one and a half million euros",
            ),
            (it, en, "due metri e mezzo", "2.5 metres"),
            (it, en, "otto e mezzo", "8½"),
            (it, en, "mezzo milione", "500,000"),
            (it, en, "con l’81,5 per cento", "with 81.5%"),
            (it, en, "1.234,5 metri", "1,234.5 metres"),
            (it, fr, "10.000 persone", "10 000 personnes"),
            (it, en, "lo scorso gennaio", "last January"),
            (it, en, "il 20/11/2022", "on November 20, 2022"),
            (
                it,
                en,
                "il 20 novembre 2022 alle 17.30",
                "at 5:30 p.m. on 20 November 2022",
            ),
            (it, en, "alle ore 17", "at 5 pm"),
            (fr, de, "à 17h30", "um 17.30 Uhr"),
            (it, en, "una dozzina di persone", "about 12 people"),
            (it, en, "negli anni ’90", "in the 1990s"),
            (it, en, "negli anni novanta", "in the nineties"),
            (it, en, "nel XIX secolo", "in the 19th century"),
            (it, en, "nell’Ottocento", "in the 19th century"),
            (it, en, "nell’Ottocento", "in the 1800s"),
            (it, en, "entrambi i Paesi", "the two countries"),
            (de, en, "zweihundertachtunddreißig Tote", "238 dead"),
            (fr, en, "quatre-vingt-onze ans", "91 years"),
            (es, en, "2.000 millones de dólares", "$2 billion"),
            (it, en, "69 anni", "69-year-old"),
            (it, en, "tremila euro", "€3,000"),
            (it, de, "giovedì 3 marzo", "Donnerstag, 3. März"),
            (it, pt, "giovedì", "quinta-feira"),
            (it, en, "la versione 1.2.3", "version 1.2.3"),
            (it, en, "Luigi XIV", "Louis XIV"),
            (it, en, "la seconda guerra mondiale", "World War II"),
            (it, en, "migliaia di persone", "thousands of people"),
            (it, en, "due dozzine di premi", "two dozen prizes"),
            (it, en, "il figlio sedicenne", "the 16-year-old son"),
            (
                it,
                en,
                "due/tre milioni di anni",
                "two million to three million years",
            ),
            (
                it,
                en,
                "negli ultimi trent’anni",
                "in the last three decades",
            ),
            (en, pt, "about 645 miles (1040 km)", "cerca de 1040 km"),
            (en, pt, "3,000 miles", "4.800 km"),
            (it, en, "con venti forti", "with high winds"),
        ] {
            same(from, to, source, target);
        }
    }

    #[test]
    fn what_is_lost_or_changed_is_named() {
        for (source, target, expected) in [
            (
                "almeno 3 mila gli arresti",
                "at least 300 arrests",
                "\"3 mila\" (3,000) became \"300\"",
            ),
            (
                "Con oltre l’81 per cento dei consensi",
                "With more than the votes",
                "\"81 per cento\" has no counterpart",
            ),
            ("nel 2019", "in the year", "\"2019\" has no counterpart"),
            ("nell’anno", "in 2019", "\"2019\" is not in the source"),
            (
                "lo scorso gennaio",
                "last June",
                "\"gennaio\" became \"June\"",
            ),
            ("giovedì", "on Tuesday", "\"giovedì\" became \"Tuesday\""),
            (
                "100 euro",
                "100 dollars",
                "\"100 euro\" is in euros, \"100 dollars\" in dollars",
            ),
            (
                "il 5 per cento",
                "5 of them",
                "\"5 per cento\" has lost its percent",
            ),
            (
                "1.234,5 km",
                "1.234,5 km",
                "\"1.234,5\" is not how English writes this number",
            ),
            (
                "3.000 euro",
                "3.000 euros",
                "\"3.000 euro\" (3,000) became \"3.000 euros\" (3)",
            ),
            ("alle 17:30", "at 6:30 pm", "\"17:30\" became \"6:30 pm\""),
            (
                "sette persone",
                "five people",
                "\"sette\" (7) became \"five\" (5)",
            ),
            ("migliaia", "hundreds", "\"migliaia\" became \"hundreds\""),
        ] {
            assert_eq!(messages(source, target), [expected]);
        }
    }

    #[test]
    fn languages_without_number_words_keep_their_digits() {
        let sv: Lang = "sv".parse().unwrap();
        assert_eq!(
            ids(
                Lang::EN,
                sv,
                "In 2019 he won twelve times.",
                "År 2019 vann han tolv gånger."
            ),
            [""; 0]
        );
        let mut found = Vec::new();
        check(
            &Side::new("In 2019", Lang::EN),
            &Side::new("År 2018", sv),
            &mut found,
        );
        assert_eq!(found.len(), 1);
    }
}
