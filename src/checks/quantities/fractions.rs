//! Fractions and shares: "due terzi", "a third of it", "one in five", "jeder Dritte". Multiples are next door.

use super::item::{Demand, Item, part};
use super::multiples::multiple;
use super::numerals::{self, Said};
use super::units::Unit;
use super::vocabulary::{self, Piece, piece};
use super::{calendar, clock};
use crate::checks::words::{Kind, Side};
use crate::languages::{Grammar, Share};

/// Reads the fraction, multiple or share that starts at word `i`; gives the next word to look at.
pub(super) fn read(side: &Side, i: usize, items: &mut Vec<Item>) -> Option<usize> {
    // The number that it begins with, read once for all three, and one past its last word.
    let counted = count(side, i);
    share(side, i, counted, items)
        .or_else(|| fraction(side, i, counted, items))
        .or_else(|| multiple(side, i, counted, items))
}

/// A whole number in digits or words that starts at word `i`, "a" among them, and one past its last word.
fn count(side: &Side, i: usize) -> Option<(f64, usize)> {
    let word = side.words.get(i)?;
    if word.kind == Kind::Digits {
        let value = word.text.parse().ok().filter(|n: &u32| *n <= 1000)?;
        return Some((f64::from(value), i + 1));
    }
    if side.is_any(i, &side.language.calendar.articles) {
        return Some((1.0, i + 1));
    }
    let numeral = numerals::read(side, i, None)?;
    let counts = numeral.said == Said::Cardinal && numeral.value.fract() == 0.0;
    (counts && numeral.value <= 1000.0).then_some((numeral.value, numeral.end))
}

/// Whether a phrase ends before word `at`, so that what stands before it is no adjective.
fn ends_phrase(side: &Side, at: usize) -> bool {
    !matches!(side.before(at), " " | "-" | "'" | "’")
        || side.lower(at).is_empty()
        || side.is_any(at, &side.language.links.after_phrase)
}

/// Whether word `at` says of what something is a part.
fn is_of(side: &Side, at: usize) -> bool {
    side.before(at) == " " && side.is_any(at, &side.language.links.of)
}

/// How surely a word is the lower part of a fraction.
enum Below {
    /// "metà", "Drittel": alone as well.
    Sure(f64),
    /// "terzi", "quarters": with a number before it.
    Plural(f64),
    /// "terzo", "quarter": with a "one" before it and no noun behind it.
    Single(f64),
}

/// What the words at `at` divide by, and one past the last of them.
fn below(side: &Side, at: usize) -> Option<(Below, usize)> {
    let word = side.lower(at);
    let ordinal = |word: &str| match piece(word, side.language) {
        Some(Piece::Ordinal(n)) if (3.0..=12.0).contains(&n) || n == 20.0 => Some(n),
        _ => None,
    };
    let numerals = &side.language.numerals;
    let named = |table: &[(String, f64)]| {
        let mut rows = table.iter();
        rows.find_map(|(own, n)| (own == word).then_some(*n))
    };
    if let Some(n) = named(&numerals.fractions) {
        return Some((Below::Sure(n), at + 1));
    }
    if let Some(n) = named(&numerals.counted_fractions) {
        return Some((Below::Plural(n), at + 1));
    }
    // "la quinta parte"
    if side.is_any(at + 1, &numerals.part) {
        let n = named(&numerals.part_fractions).or_else(|| ordinal(word.trim_end_matches('s')))?;
        return Some((Below::Sure(n), at + 2));
    }
    if side.is_any(at, &numerals.no_fractions) {
        return None;
    }
    let plural = || ordinal(word).or_else(|| ordinal(word.trim_end_matches('s')));
    let found = match side.language.profile.grammar? {
        Grammar::English | Grammar::French | Grammar::Iberian if word.ends_with('s') => {
            Below::Plural(plural()?)
        }
        Grammar::English | Grammar::French => Below::Single(ordinal(word)?),
        Grammar::Italian | Grammar::Iberian if word.ends_with('o') => Below::Single(ordinal(word)?),
        Grammar::Italian if word.ends_with('i') => {
            // "decimi" is not in the list, "decimo" is.
            let single = format!("{}o", word.trim_end_matches('i'));
            Below::Plural(ordinal(word).or_else(|| ordinal(&single))?)
        }
        Grammar::Italian | Grammar::Iberian | Grammar::Germanic => return None,
    };
    Some((found, at + 1))
}

/// "due terzi", "la metà", "ein Viertel", "half of it", "cuatro décimas"; with a span of time behind it the number of
/// hours or years that it makes: "tre quarti d'ora", "a quarter of a century".
fn fraction(
    side: &Side,
    i: usize,
    counted: Option<(f64, usize)>,
    items: &mut Vec<Item>,
) -> Option<usize> {
    // "a quarter to eight"
    if clock::spoken(side, i + 1).is_some() {
        return None;
    }
    let joined = |at: usize| matches!(side.before(at), " " | "-");
    let (value, end, sure) = match counted.filter(|(_, at)| joined(*at)) {
        Some((above, at)) => {
            let (below, end) = below(side, at)?;
            let german = side.language.profile.grammar == Some(Grammar::Germanic);
            match below {
                Below::Sure(n) | Below::Plural(n) if above >= 2.0 && above < n => {
                    (above / n, end, true)
                }
                // "an additional half", "a half"
                Below::Sure(n) if above == 1.0 => (1.0 / n, end, n > 2.0),
                Below::Plural(n) if above == 1.0 && german => (1.0 / n, end, false),
                Below::Single(n) if above == 1.0 && ends_phrase(side, end) => {
                    (1.0 / n, end, is_of(side, end))
                }
                Below::Single(n) if above == 1.0 && is_span(side, end) => (1.0 / n, end, true),
                // "A fifth work there", "a fifth edition": either.
                Below::Single(n) if above == 1.0 => {
                    items.push(part(side, i, end, 1.0 / n, Demand::None).or(n));
                    return Some(end);
                }
                _ => return None,
            }
        }
        None => match below(side, i)? {
            (Below::Sure(n), end) => (1.0 / n, end, false),
            // "every quarter of an hour"
            (Below::Single(n), end) if is_of(side, end) && is_time(side, past_links(side, end)) => {
                (1.0 / n, end, true)
            }
            _ => return None,
        },
    };
    let whole = past_links(side, end);
    match piece(side.lower(whole), side.language) {
        // "a quarter of a million"
        Some(Piece::Power(n) | Piece::Powers(n)) if value != 0.5 => {
            let mut item = part(side, i, whole + 1, value * n, Demand::Soft);
            item.said = Some(Said::Cardinal);
            items.push(item);
            return Some(whole + 1);
        }
        // "half a million", "half a dozen": the number is read as a whole.
        Some(
            Piece::Power(_) | Piece::Powers(_) | Piece::Group(_) | Piece::Hundred | Piece::Vague(_),
        ) => return None,
        _ => {}
    }
    // "the first half", "la prima metà": a period.
    let in_a_row = items
        .last()
        .is_some_and(|item| item.said == Some(Said::Ordinal))
        && i > 0
        && items.last()?.span.end == side.words[i - 1].span.end;
    if in_a_row {
        let mut item = part(side, i, end, 6.0, Demand::None);
        item.said = Some(Said::Loose);
        items.push(item);
        return Some(end);
    }
    if side.is_in(end - 1, &side.language.phrases.no_half) {
        return Some(end);
    }
    let demand = if sure { Demand::Soft } else { Demand::None };
    let mut item = part(side, i, end, value, demand);
    let until = lasting(side, end, &mut item);
    // "Um apartamento de três quartos" has three bedrooms.
    let quarters = 4.0 * value;
    if until == end && quarters.fract() == 0.0 && quarters > 2.0 && !is_of(side, end) {
        item = item.or(quarters);
    }
    items.push(item);
    Some(until)
}

/// Whether word `at` is a unit of time: "quarter of an hour".
fn is_time(side: &Side, at: usize) -> bool {
    is_span(side, at) || Unit::in_lang(side.lower(at), side.language).is_some_and(Unit::is_time)
}

/// Whether a span of time stands at word `at`: "a quarter century".
fn is_span(side: &Side, at: usize) -> bool {
    vocabulary::period(side.lower(at), side.language).is_some()
}

/// The first word from `at` on that is no "of a".
fn past_links(side: &Side, at: usize) -> usize {
    let is_link = |k: &usize| side.is_any(*k, &side.language.links.of_a);
    at + (at..at + 3).take_while(is_link).count()
}

/// Makes a fraction with a span of time behind it the amount of that: "half an hour"; gives one past the last word that
/// belongs to it.
pub(super) fn lasting(side: &Side, end: usize, item: &mut Item) -> usize {
    let at = past_links(side, end);
    if !(end..=at).all(|k| matches!(side.before(k), " " | "-" | "'" | "’")) {
        return end;
    }
    let word = side.lower(at);
    if let Some(years) = vocabulary::period(word, side.language) {
        item.values[0] *= years;
        item.said = Some(Said::Group);
        item.unit = Unit::of("years");
    } else if let Some(unit) = Unit::in_lang(word, side.language).filter(|unit| unit.divides())
        && (at > end || item.said != Some(Said::Part))
    {
        item.unit = Some(unit);
    } else if at == end && side.is_any(at, &side.language.links.points) {
        item.demand = Demand::Soft;
        return end;
    } else {
        return end;
    }
    item.demand = Demand::Soft;
    item.span.end = side.words[at].span.end;
    at + 1
}

/// Whether a month follows, so that the number before word `at` is its day: "um protesto em 7 de junho".
fn is_date(side: &Side, at: usize) -> bool {
    let at = at + usize::from(side.is_any(at, &side.language.links.day_month));
    at < side.words.len() && calendar::month(side, at).is_some()
}

/// Whether the phrase goes on at word `at` with a word that says something: a noun, or a verb.
fn goes_on(side: &Side, at: usize) -> bool {
    let word = side.lower(at);
    let known = &side.language.function;
    let says_little = known.own.contains(word) || known.seen.contains(word);
    !ends_phrase(side, at) && !says_little
}

/// "one in five", "un Français sur cinq", "dos de cada tres", "jeder Dritte".
fn share(
    side: &Side,
    i: usize,
    counted: Option<(f64, usize)>,
    items: &mut Vec<Item>,
) -> Option<usize> {
    let links = &side.language.links;
    if side.is_any(i, &links.every) {
        let Some(Piece::Ordinal(n)) = piece(side.lower(i + 1), side.language) else {
            return None;
        };
        if n >= 2.0 {
            items.push(part(side, i, i + 2, 1.0 / n, Demand::None));
            return Some(i + 2);
        }
    }
    let (few, first) = counted?;
    // What is counted may stand between the two: "un comune su cinque"; but "ein Format von 9 x 6 cm" says how large.
    let between = match side.language.profile.grammar? {
        Grammar::Germanic => 0,
        Grammar::English => 2,
        _ => 3,
    };
    let (at, link) = (first..=first + between).find_map(|at| {
        let stands = |link: &&Share| side.is_row(at, &link.between);
        Some((at, links.share.iter().find(stands)?))
    })?;
    let many_at = at + link.between.len();
    let plain = (first..many_at + 1).all(|k| side.before(k) == " ");
    let letters =
        (first..at).all(|k| side.words[k].kind == Kind::Letters && count(side, k).is_none());
    if !plain || !letters {
        return None;
    }
    let (many, end) = count(side, many_at)?;
    // "one goal in ten minutes", "3 heures sur 5 bateaux"
    let counts = |k: usize| Unit::in_lang(side.lower(k), side.language).is_some();
    let measured = counts(end) || (first..at).any(counts);
    // "23 pupils out of 30" are two numbers.
    let round = many <= 10.0 || few == 1.0 && many <= 100.0;
    let dated = link.most.is_some_and(|most| many > most) || is_date(side, end);
    // Who writes small numbers in digits writes both so: "tre donne lavorano su 7".
    let in_digits = |k: usize| side.words[k].kind == Kind::Digits;
    let mixed = at > first && in_digits(i) != in_digits(many_at) && many < 10.0;
    if few >= many || measured || !round || dated || mixed && few > 1.0 {
        return None;
    }
    // What was counted stands before the link or behind the second number, not twice: "un libro su tre fratelli".
    let apart = at > first && (mixed || at > first + 1 || goes_on(side, end));
    let demand = match link.unsure || link.unsure_apart && at > first || apart {
        true => Demand::None,
        false => Demand::Soft,
    };
    items.push(part(side, i, end, few / many, demand));
    // Who says it with other words still says the numbers.
    for (value, from, to) in [(few, i, first), (many, many_at, end)] {
        let mut item = part(side, from, to, value, Demand::None);
        item.said = Some(Said::Cardinal);
        items.push(item);
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    /// The values of the first item that `text` has.
    fn first(lang: Lang, text: &str) -> Option<(f64, Option<&'static str>, Option<Said>)> {
        let side = Side::new(text, lang);
        let mut items = Vec::new();
        (0..side.words.len()).find_map(|i| read(&side, i, &mut items))?;
        let item = items.into_iter().next()?;
        Some((item.values[0], item.unit.map(Unit::name), item.said))
    }

    #[test]
    fn fractions_multiples_and_shares() {
        let (it, en, fr, de, es, pt) = (Lang::IT, Lang::EN, Lang::FR, Lang::DE, Lang::ES, Lang::PT);
        for (lang, text, value) in [
            (it, "la metà dei voti", 0.5),
            (it, "un terzo dei voti", 1.0 / 3.0),
            (it, "due terzi", 2.0 / 3.0),
            (it, "due decimi di punto", 0.2),
            (en, "a third of it", 1.0 / 3.0),
            (en, "two-thirds", 2.0 / 3.0),
            (en, "half of them", 0.5),
            (en, "four tenths of a point", 0.4),
            (fr, "dont la moitié", 0.5),
            (fr, "les deux tiers", 2.0 / 3.0),
            (fr, "un cinquième de la population", 0.2),
            (de, "ein Drittel davon", 1.0 / 3.0),
            (de, "die Hälfte", 0.5),
            (de, "drei Viertel der Wähler", 0.75),
            (es, "la mitad", 0.5),
            (es, "dos tercios", 2.0 / 3.0),
            (es, "una cuarta parte", 0.25),
            (es, "cuatro décimas menos", 0.4),
            (pt, "um oitavo do quadro", 0.125),
            (pt, "metade dos 193", 0.5),
            (it, "è raddoppiato", 2.0),
            (it, "il decuplo", 10.0),
            (it, "dieci volte tanti", 10.0),
            (it, "dimezzare le liste", 0.5),
            (en, "has tripled", 3.0),
            (en, "a tenfold rise", 10.0),
            (en, "four times more", 4.0),
            (fr, "a décuplé", 10.0),
            (fr, "trois fois moins", 3.0),
            (de, "sich verzehnfacht", 10.0),
            (de, "dreimal so hoch", 3.0),
            (de, "doppelt so hoch", 2.0),
            (es, "se cuadruplicó", 4.0),
            (pt, "quatro vezes mais", 4.0),
            (pt, "o dobro", 2.0),
            (en, "one in five people", 0.2),
            (en, "two out of three", 2.0 / 3.0),
            (it, "un comune su cinque", 0.2),
            (fr, "un Français sur cinq", 0.2),
            (de, "jeder dritte Deutsche", 1.0 / 3.0),
            (es, "dos de cada tres", 2.0 / 3.0),
            (pt, "um em cada oito", 0.125),
        ] {
            let (found, _, said) = first(lang, text).expect(text);
            assert!((found - value).abs() < 1e-9, "{text}: {found}");
            assert_eq!(said, Some(Said::Part), "{text}");
        }
        for (lang, text) in [
            (en, "the third quarter"),
            (en, "half a million"),
            (en, "half a dozen"),
            (en, "one goal in ten minutes"),
            (pt, "um protesto em 7 de junho"),
            (it, "un incontro su 3 giugno"),
            (it, "tre donne lavorano su 7 navi"),
            (fr, "trois heures sur cinq bateaux"),
            (it, "il terzo posto"),
            (de, "einfach im Viertel"),
            (es, "un tercero"),
        ] {
            assert_eq!(first(lang, text), None, "{text}");
        }
    }

    #[test]
    fn a_share_that_may_be_none_is_not_demanded() {
        for (lang, text, demanded) in [
            (Lang::PT, "um protesto em sete cidades", false),
            (Lang::IT, "un libro su tre fratelli", false),
            (Lang::IT, "un comune su 5", false),
            (Lang::FR, "trois livres sur cinq savants", false),
            (Lang::FR, "un Français sur cinq a voté", true),
            (Lang::IT, "un comune su cinque", true),
            (Lang::EN, "one in 5 of them", true),
        ] {
            let side = Side::new(text, lang);
            let mut items = Vec::new();
            read(&side, 0, &mut items).expect(text);
            let found = items[0].demand > Demand::None;
            assert_eq!((items[0].is_part(), found), (true, demanded), "{text}");
        }
    }

    #[test]
    fn parts_of_a_span_of_time() {
        for (lang, text, value, unit) in [
            (Lang::IT, "tre quarti d'ora", 0.75, "hours"),
            (Lang::EN, "half an hour", 0.5, "hours"),
            (Lang::EN, "a quarter of a century", 25.0, "years"),
            (Lang::FR, "un quart de siècle", 25.0, "years"),
            (Lang::ES, "tres cuartos de hora", 0.75, "hours"),
            (Lang::EN, "every quarter of an hour", 0.25, "hours"),
        ] {
            let (found, of, _) = first(lang, text).expect(text);
            assert_eq!((found, of), (value, Some(unit)), "{text}");
        }
    }
}
