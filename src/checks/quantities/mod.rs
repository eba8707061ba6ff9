//! Numbers, units, dates and times: everything with a value on one side has the same value on the other.
//!
//! Both sides are read into items. An item that demands a counterpart and has none of equal value is reported; when
//! both sides have one left over, they are reported together as a change.

mod calendar;
mod compounds;
mod digits;
mod numerals;
mod read;
mod roman;
mod units;
mod vocabulary;

use crate::text::Span;

use super::words::Side;
use super::{CheckId, Finding};
use numerals::Said;
use read::read;
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
    /// Whether it is a day beside its month.
    day: bool,
    /// The month of a day, the year of a month, where they stand together.
    belongs: Option<f64>,
    /// How it was said, if in words: those count things rather than days.
    said: Option<Said>,
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
            day: false,
            belongs: None,
            said: None,
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
    roman::roman(text).is_some()
}

/// Compares the two sides.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (said, written) = (read(source), read(target));
    // Where the number words of one side can't be read, only what is surely written in digits counts.
    let floor = |item: &Item, other: &Side| {
        if vocabulary::knows(other.lang) {
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
    }
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
    // "A giugno una visita" has no counterpart for "June 1"; "dal tre al cinque giugno" has one for "June 3".
    let has_days = others.iter().any(|other| other.day);
    let answers = |item: &Item, other: &Item| {
        let is_article = other.said == Some(Said::Cardinal) && other.values[0] == 1.0;
        let counts = !other.day && other.said.is_some() && (!has_days || is_article);
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
            Some(partner) => found.push(
                Finding::error(
                    item.check(),
                    format!("{words} became {}", partner.show(target.text)),
                )
                .at_source(item.span)
                .at_target(partner.span),
            ),
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

/// Days that went to another month, and months that went to another year, where all of them are still there.
fn exchanged(source: &Side, said: &[Item], written: &[Item], found: &mut Vec<Finding>) {
    for item in said {
        let Some(belongs) = item.belongs else {
            continue;
        };
        let mut partners = written
            .iter()
            .filter(|other| other.belongs.is_some() && other.what == item.what)
            .filter(|other| item.equals(other))
            .peekable();
        let Some(first) = partners.peek().copied() else {
            continue;
        };
        if !partners.any(|other| other.belongs == Some(belongs)) {
            let message = format!(
                "\"{}\" belongs to another {} in the translation",
                item.span.of(source.text),
                if item.day { "month" } else { "year" }
            );
            found.push(
                Finding::error(CheckId::Date, message)
                    .at_source(item.span)
                    .at_target(first.span),
            );
            return;
        }
    }
}

/// A small ordinal, a fraction, noon or midnight may be said otherwise; but where one on either side has no counterpart,
/// the one became the other: "un terzo" → "a quarter".
fn replaced(
    source: &Side,
    target: &Side,
    said: &[Item],
    written: &[Item],
    found: &mut Vec<Finding>,
) {
    let quiet = |item: &Item| {
        let ordinal = item.said == Some(Said::Ordinal) && (2.0..5.0).contains(&item.values[0]);
        match ordinal || item.what == What::Time {
            true => Demand::Soft,
            false => Demand::None,
        }
    };
    let (lost, added) = (
        left_over(said, written, quiet),
        left_over(written, said, quiet),
    );
    if let ([lost], [added]) = (&lost[..], &added[..])
        && lost.what == added.what
    {
        let (was, is) = (lost.show(source.text), added.show(target.text));
        found.push(
            Finding::error(lost.check(), format!("{was} became {is}"))
                .at_source(lost.span)
                .at_target(added.span),
        );
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
    // A percent sign that came out of nowhere; in "from 3 to 5 per cent" one sign is for both.
    let is_percent = |item: &&Item| item.unit == Some(Unit::PERCENT);
    if said.iter().any(|item| is_percent(&item)) {
        return;
    }
    for item in written.iter().filter(is_percent) {
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

#[cfg(test)]
mod tests {
    use super::super::tests::ids;
    use super::*;
    use crate::text::Lang;

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
            (fr, en, "il y a quinze jours", "a fortnight ago"),
            (it, en, "dopo una settimana", "after seven days"),
            (en, es, "on 9/11", "el 11 de septiembre"),
            (es, fr, "el siglo XIX", "le XIXe siècle"),
            (it, en, "i due si sono visti", "they met"),
            (it, de, "alle sette e mezza", "um halb acht"),
            (it, en, "il terzo trimestre", "the third quarter"),
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
            (
                "un terzo dei voti",
                "a quarter of the votes",
                "\"terzo\" (3) became \"quarter\" (4)",
            ),
            (
                "negli anni Settanta",
                "back then",
                "\"Settanta\" (70) has no counterpart",
            ),
            (
                "previste a novembre, anticipate al 20 settembre",
                "planned for September, brought forward to November 20",
                "\"20\" belongs to another month in the translation",
            ),
            (
                "nel luglio 1937 e nel dicembre 1944",
                "in July 1944 and December 1937",
                "\"luglio\" belongs to another year in the translation",
            ),
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
