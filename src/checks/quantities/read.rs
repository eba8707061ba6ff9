//! From the words of a side to its items: numbers with their units, dates, times.

use super::numerals::Said;
use super::units::Unit;
use super::{Demand, Item, What, calendar, digits, numerals, roman, vocabulary};
use crate::checks::words::{Kind, Side};
use crate::text::{Lang, Span};

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

/// Marks the numbers that are days of a month ("1 giugno", "June 1st", "1. Juni", "1 de junio"), and what belongs
/// together: a day and its month, a month and its year.
fn days(text: &str, items: &mut [Item]) {
    for i in 1..items.len() {
        let (before, after) = items.split_at_mut(i);
        let (first, second) = (&mut before[i - 1], &mut after[0]);
        if first.span.end > second.span.start {
            continue;
        }
        let gap = &text[first.span.end..second.span.start];
        let near = |written: &[&str]| {
            gap.len() <= 8
                && gap
                    .split(|c: char| !c.is_alphabetic())
                    .all(|word| written.contains(&word))
        };
        match (first.what, second.what) {
            (What::Number, What::Month) => {
                first.day = near(DAY_MONTH) && is_day(first);
                first.belongs = first.day.then_some(second.values[0]);
            }
            (What::Month, What::Number) if is_year(second) && near(MONTH_YEAR) => {
                first.belongs = Some(second.values[0]);
            }
            // "A luglio una mostra" has no day.
            (What::Month, What::Number) if second.said.is_none() => {
                second.day = near(MONTH_DAY) && is_day(second);
                second.belongs = second.day.then_some(first.values[0]);
            }
            _ => {}
        }
    }
}

fn is_day(number: &Item) -> bool {
    let value = number.values[0];
    (1.0..=31.0).contains(&value) && value.fract() == 0.0
}

fn is_year(number: &Item) -> bool {
    (1000.0..2100.0).contains(&number.values[0]) && number.said.is_none()
}

/// What may stand between a month and its year.
const MONTH_YEAR: &[&str] = &["", "of", "de", "di", "del", "do", "d", "dell"];
/// What may stand between a day and its month.
const DAY_MONTH: &[&str] = &[
    "", "of", "st", "nd", "rd", "th", "de", "di", "do", "d", "er", "º", "ª",
];
/// What may stand between a month and its day.
const MONTH_DAY: &[&str] = &["", "the"];

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
    if let Some(time) = calendar::spoken(side, i).or_else(|| calendar::time(side, i)) {
        return clock(side, i, time, items);
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

/// Adds the time of day that starts at word `i`; gives the next word to look at.
fn clock(side: &Side, i: usize, time: calendar::Time, items: &mut Vec<Item>) -> usize {
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

/// "on 9/11", "il 3/5": a day and a month after a word that dates have before them.
fn numeric_day(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    let introduced = matches!(
        i.checked_sub(1).map_or("", |at| side.lower(at)),
        "on" | "since"
            | "until"
            | "il"
            | "dal"
            | "al"
            | "del"
            | "el"
            | "le"
            | "du"
            | "au"
            | "am"
            | "vom"
            | "em"
    );
    let number = |at: usize| side.lower(at).parse::<u32>().ok().filter(|n| *n > 0);
    let single = side.after(i) == "/" && !side.after(i + 1).starts_with(['/', '-']);
    if !introduced || !single {
        return None;
    }
    let (first, second) = (number(i)?, number(i + 1)?);
    // Americans have the month first.
    let (day, month) = match side.lang {
        Lang::EN if first <= 12 => (second, first),
        _ => (first, second),
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
    if let Some(time) = calendar::spoken(side, i) {
        return clock(side, i, time, items);
    }
    if let Some((minutes, end)) = calendar::half_of_day(side, i) {
        let span = Span {
            start: word.span.start,
            end: side.words[end - 1].span.end,
        };
        items.push(Item::new(
            span,
            What::Time,
            f64::from(minutes),
            Demand::None,
        ));
        return end;
    }
    // "per cento" is no hundred.
    if i > 0 && is_percent(side, i - 1) == Some(i + 1) {
        return i + 1;
    }
    // "XIXe siècle"
    let ordinal = match side.lang {
        Lang::FR => word.text.trim_end_matches(['e', 'è', 'm', 'r', 'ᵉ']),
        _ => word.text,
    };
    if let Some(value) = roman::roman(ordinal) {
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
    let before = i.checked_sub(1).map_or("", |at| side.lower(at));
    // "the third quarter", "il terzo trimestre": the period is no number of its own.
    let counted = items
        .last()
        .is_some_and(|item| item.said == Some(Said::Ordinal) && item.span.end < word.span.start)
        && side.before(i) == " "
        && vocabulary::piece(before, side.lang).is_some();
    if counted && (numeral.said == Said::Loose || matches!(side.lower(i), "quarter" | "quarters")) {
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
        let end = unit(side, i, numeral.end, &mut item);
        if end > numeral.end && numeral.said == Said::Cardinal {
            items.push(item);
            return end;
        }
        if let Some(years) = vocabulary::period(side.lower(numeral.end), side.lang) {
            item = item.or(numeral.value * years);
        }
    }
    items.push(item);
    numeral.end
}

/// Whether the number at word `i` has an article before it and a verb behind it.
fn is_pronoun(side: &Side, i: usize) -> bool {
    let before = i.checked_sub(1).map_or("", |at| side.lower(at));
    let next = side.lower(i + 1);
    match side.lang {
        Lang::IT => {
            matches!(before, "i" | "le")
                && matches!(
                    next,
                    "si" | "hanno" | "sono" | "erano" | "avevano" | "non" | "ci"
                )
        }
        Lang::EN => {
            before == "the" && matches!(next, "have" | "are" | "were" | "had" | "will" | "did")
        }
        Lang::FR => before == "les" && matches!(next, "ont" | "sont" | "se" | "ne" | "étaient"),
        Lang::ES => matches!(before, "los" | "las") && matches!(next, "se" | "han" | "son" | "no"),
        Lang::PT => {
            matches!(before, "os" | "as") && matches!(next, "se" | "são" | "não" | "foram" | "têm")
        }
        Lang::DE => before == "die" && matches!(next, "haben" | "sind" | "waren" | "hatten"),
        _ => false,
    }
}

/// Whether word `i`, a multiple of ten, names a decade: "gli anni Settanta", "the late seventies".
fn decade(side: &Side, i: usize) -> bool {
    let before = |n: usize| i.checked_sub(n).map_or("", |at| side.lower(at));
    match side.lang {
        Lang::IT | Lang::FR | Lang::ES | Lang::PT => {
            matches!(before(1), "anni" | "années" | "años" | "anos")
        }
        Lang::EN => {
            let part = matches!(before(1), "early" | "mid" | "late");
            let article = if part { before(2) } else { before(1) };
            side.lower(i).ends_with("ties") && article == "the"
        }
        Lang::DE => side.lower(i).ends_with("ziger") && side.lower(i + 1).starts_with("jahre"),
        _ => false,
    }
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
