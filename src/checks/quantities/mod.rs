//! Numbers, units, dates and times: everything with a value on one side has the same value on the other.
//!
//! Both sides are read into items. An item that demands a counterpart and has none of equal value is reported; when
//! both sides have one left over, they are reported together as a change.

mod calendar;
mod clock;
mod compounds;
mod dates;
mod digits;
mod fractions;
mod homonyms;
mod item;
mod measure;
mod multiples;
mod numerals;
mod periods;
mod read;
mod roman;
mod rounding;
mod sums;
mod swaps;
mod units;
mod vocabulary;

use super::words::Side;
use super::{CheckId, Finding};
use item::{Demand, Item, What};
use numerals::Said;
use read::read;
use swaps::{exchanged, replaced, units};
use units::Unit;

/// Whether a number in words starts at word `i`.
pub(super) fn is_numeral(side: &Side, i: usize) -> bool {
    numerals::read(side, i, None).is_some()
}

/// Whether `text` is a Roman numeral.
pub(super) fn is_roman(text: &str) -> bool {
    roman::roman(text).is_some()
}

/// Whether a span of time is told in another unit: "deux ans et demi", "thirty months".
pub(super) fn converts_time(source: &Side, target: &Side) -> bool {
    let (said, written) = (read(source), read(target));
    let lasting = |items: &[Item]| -> Vec<(Unit, f64)> {
        let units = items
            .iter()
            .filter_map(|item| Some((item.unit?, item.values[0])));
        units.filter(|(unit, _)| unit.is_time()).collect()
    };
    let into = lasting(&written);
    lasting(&said).iter().any(|(unit, value)| {
        let converted =
            |(other, amount): &(Unit, f64)| other != unit && unit.converts(*value, *other, *amount);
        into.iter().any(converted)
    })
}

/// Compares the two sides.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (mut said, mut written) = (read(source), read(target));
    sums::join(source, &mut said, &written);
    sums::join(target, &mut written, &said);
    sums::by_months(source, &mut said, target, &written);
    sums::by_months(target, &mut written, source, &said);
    sums::restated(source, &mut said, &written);
    sums::restated(target, &mut written, &said);
    // Where the number words of one side can't be read, only what is surely written in digits counts.
    let floor = |item: &Item, other: &Side| {
        if vocabulary::knows(other.language) {
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
        periods::check(source, target, found);
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
    let scored = |items: &[Item]| items.iter().any(|item| item.said == Some(Said::Score));
    let results = scored(items) && scored(others);
    let answers = |item: &Item, other: &Item| {
        let is_score = |item: &Item| item.said == Some(Said::Score);
        if results && is_score(item) != is_score(other) {
            return false;
        }
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

fn finding(item: &Item, message: String) -> Finding {
    match item.demand {
        Demand::Hard => Finding::error(item.check(), message),
        _ => Finding::warning(item.check(), message),
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
            (
                en,
                pt,
                "The hotel has thirty rooms",
                "O hotel tem trinta quartos",
            ),
            (en, es, "It took thirty seconds", "Tardó treinta segundos"),
            (en, fr, "May saw record sales", "Mai a vu des ventes record"),
            (de, en, "Mai war ein kalter Monat", "May was a cold month"),
            (es, it, "Llame al 912 345 678", "Chiami il 912 345 678"),
            (
                es,
                it,
                "miles de millones de dólares",
                "miliardi di dollari",
            ),
            (
                it,
                fr,
                "venti di 40 mph (pari a 64 km/h)",
                "des vents de 64 km/h",
            ),
            (en, pt, "the eighteenth hole", "o décimo oitavo buraco"),
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
            (it, en, "un comune su cinque", "20% of the towns"),
            (it, en, "un quinto dei comuni", "a fifth of the towns"),
            (it, de, "due terzi", "zwei Drittel"),
            (fr, en, "trois fois moins", "a third of it"),
            (de, en, "verzehnfacht", "by a factor of ten"),
            (en, it, "to halve the lists", "ridurre le liste della metà"),
            (es, en, "cuatro décimas menos", "down 0.4 points"),
            (de, en, "anderthalb Jahre", "a year and a half"),
            (de, en, "anderthalb Jahre", "eighteen months"),
            (
                fr,
                en,
                "n'a tenu qu'une heure et demie",
                "lasted 90 minutes",
            ),
            (fr, it, "deux ans et demi", "trenta mesi"),
            (it, en, "tre quarti d’ora", "45 minutes"),
            (en, de, "half an hour later", "eine halbe Stunde später"),
            (en, de, "half an hour later", "30 Minuten später"),
            (it, en, "18,6 milioni di euro", "€18.6m"),
            (fr, en, "50.000 dollars", "$50k"),
            (fr, en, "à 19,08 milliards d'euros", "at €19.08bn"),
            (it, en, "sopra gli 800 metri", "above 800m"),
            (it, en, "2 milioni di persone", "2m people"),
            (it, en, "36.872 milioni", "almost 36.9bn"),
            (it, en, "un contratto triennale", "a three-year contract"),
            (de, en, "ein dreijähriger Vertrag", "a three-year contract"),
            (it, en, "per il primo anno", "for the first year"),
            (it, en, "ventiquattr'ore", "24 hours"),
            (it, en, "quarantott'ore", "48 hours"),
            (it, en, "quattro anni e sei mesi", "four and a half years"),
            (
                it,
                en,
                "quattro anni e sei mesi",
                "four years and six months",
            ),
            (it, pt, "costerà 2 euro e 20", "custará 2,20 euros"),
            (it, en, "di un quarto di punto", "by 25 basis points"),
            (pt, en, "em meio ponto percentual", "by 50 basis points"),
            (it, en, "fino a mezzo metro", "as much as 50 centimetres"),
            (
                it,
                en,
                "nel terzo trimestre",
                "in the three months to September",
            ),
            (
                en,
                de,
                "in the six months to the end of June",
                "im ersten Halbjahr",
            ),
            (de, en, "ein Vierteljahrhundert", "a quarter of a century"),
            (de, en, "ein Vierteljahrhundert", "25 years"),
            (de, en, "Mitte der Siebzigerjahre", "in the mid-1970s"),
            (it, pt, "da un ventennio", "há duas décadas"),
            (es, en, "1,2 toneladas", "1,200 kilos"),
            (pt, en, "em doze meses", "annual inflation"),
            (fr, en, "avant-hier", "two days ago"),
            (de, en, "alle zwei Wochen", "every other week"),
            (
                pt,
                en,
                "um apartamento de três quartos",
                "a three-bedroom flat",
            ),
            (en, es, "a quarter of a million pounds", "250.000 libras"),
            (de, en, "eine Viertelmillion", "a quarter of a million"),
            (es, en, "durará mes y medio", "it will last six weeks"),
            (en, de, "a day earlier", "24 Stunden früher"),
            (
                it,
                en,
                "dalle nove meno dieci alle undici",
                "from ten to nine until eleven",
            ),
            (it, pt, "nel primo semestre", "nos primeiros seis meses"),
            (
                it,
                pt,
                "né lunedì né mercoledì",
                "nem na segunda nem na quarta",
            ),
            (pt, en, "R$ 1,3 bilhão", "1.3 billion reais"),
            (it, en, "ha vinto quattro a uno", "won 4-1"),
            (it, en, "fare quattro passi", "to take a walk"),
            (
                it,
                en,
                "in piazza Venti Settembre",
                "in Piazza XX Settembre",
            ),
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
            (
                "800 milioni di euro, 20 case",
                "800 million euros, houses",
                "\"20\" has no counterpart",
            ),
            (
                "otto anni e sei mesi",
                "eight and a quarter years",
                "\"sei mesi\" (6) has no counterpart",
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
                "\"un terzo\" became \"a quarter\"",
            ),
            (
                "è raddoppiato",
                "it has tripled",
                "\"raddoppiato\" became \"tripled\"",
            ),
            (
                "dieci volte più che dieci anni fa",
                "twice as much as ten years ago",
                "\"dieci volte\" became \"twice\"",
            ),
            (
                "nel primo trimestre",
                "in the second quarter",
                "\"primo\" (1) became \"second\" (2)",
            ),
            (
                "mezzo punto",
                "one point",
                "\"mezzo\" (0.5) has no counterpart",
            ),
            (
                "l’altro ieri",
                "yesterday",
                "\"altro ieri\" became \"yesterday\"",
            ),
            (
                "alle sei di sera",
                "at 6 a.m.",
                "\"sei di sera\" became \"6 a.m\"",
            ),
            (
                "vince 4-1 con due gol",
                "wins 4-2 with two goals",
                "\"1\" became \"2\"",
            ),
            (
                "100 dollari",
                "100 reais",
                "\"100 dollari\" is in dollars, \"100 reais\" in reais",
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
