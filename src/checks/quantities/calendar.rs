//! Months, weekdays, and days told from today.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::units::Unit;
use crate::checks::words::Side;
use crate::text::Lang;

/// Twelve months a language, alternatives divided by `/`; a `^` demands a capital letter ("May", "March").
const MONTHS: [(Lang, &str); 6] = [
    (
        Lang::IT,
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    ),
    (
        Lang::EN,
        "january february ^march april ^may june july ^august september october november december",
    ),
    (
        Lang::FR,
        "janvier février mars avril mai juin juillet août/aout septembre octobre novembre décembre",
    ),
    (
        Lang::DE,
        "januar/januars/jänner/jänners februar/februars/feber märz april/aprils mai juni/junis juli/julis august/augusts \
         september/septembers oktober/oktobers november/novembers dezember/dezembers",
    ),
    (
        Lang::ES,
        "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    ),
    (
        Lang::PT,
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    ),
];

/// Short forms; they count beside a number only.
const SHORT_MONTHS: [(Lang, &str); 6] = [
    (
        Lang::IT,
        "gen/genn feb/febbr mar apr mag giu lug ago set/sett ott nov dic",
    ),
    (
        Lang::EN,
        "jan feb mar apr may jun jul aug sep/sept oct nov dec",
    ),
    (
        Lang::FR,
        "janv févr/fév mar avr mai juin juil aoû sept oct nov déc",
    ),
    (
        Lang::DE,
        "jan feb mär/mrz apr mai jun jul aug sep/sept okt nov dez",
    ),
    (
        Lang::ES,
        "ene feb mar abr may jun jul ago sep/sept oct nov dic",
    ),
    (Lang::PT, "jan fev mar abr mai jun jul ago set out nov dez"),
];

/// Seven days a language, from Monday.
const WEEKDAYS: [(Lang, &str); 6] = [
    (
        Lang::IT,
        "lunedì martedì mercoledì giovedì venerdì sabato/sabati domenica/domeniche",
    ),
    (
        Lang::EN,
        "monday/mondays tuesday/tuesdays wednesday/wednesdays thursday/thursdays friday/fridays saturday/saturdays \
         sunday/sundays",
    ),
    (
        Lang::FR,
        "lundi/lundis mardi/mardis mercredi/mercredis jeudi/jeudis vendredi/vendredis samedi/samedis dimanche/dimanches",
    ),
    (
        Lang::DE,
        "montag/montags dienstag/dienstags mittwoch/mittwochs donnerstag/donnerstags freitag/freitags \
         samstag/samstags/sonnabend/sonnabends sonntag/sonntags",
    ),
    (
        Lang::ES,
        "lunes martes miércoles jueves viernes sábado/sábados domingo/domingos",
    ),
    (
        Lang::PT,
        "segunda-feira/segundas-feiras terça-feira/terças-feiras quarta-feira/quartas-feiras quinta-feira/quintas-feiras \
         sexta-feira/sextas-feiras sábado/sábados domingo/domingos",
    ),
];

/// From a language and a word to its place in the list, and whether it needs a capital.
struct Names(HashMap<(Lang, &'static str), (u32, bool)>);

impl Names {
    fn new(tables: &[(Lang, &'static str)]) -> Self {
        let mut names = HashMap::new();
        for (lang, list) in tables {
            for (i, forms) in (1..).zip(list.split_ascii_whitespace()) {
                for form in forms.split('/') {
                    let bare = form.trim_start_matches('^');
                    names.insert((*lang, bare), (i, bare != form));
                }
            }
        }
        Names(names)
    }

    /// Counts from 1.
    fn position<'w>(&self, lang: Lang, word: &'w str, capital: bool) -> Option<u32>
    where
        'static: 'w,
    {
        let (position, needs_capital) = self.0.get(&(lang, word))?;
        (capital || !needs_capital).then_some(*position)
    }
}

static MONTH: LazyLock<Names> = LazyLock::new(|| Names::new(&MONTHS));
static SHORT_MONTH: LazyLock<Names> = LazyLock::new(|| Names::new(&SHORT_MONTHS));
static WEEKDAY: LazyLock<Names> = LazyLock::new(|| Names::new(&WEEKDAYS));

/// The month (1 to 12) that word `i` names.
pub(super) fn month(side: &Side, i: usize) -> Option<u32> {
    let word = &side.words[i];
    let digits = |i: usize| side.lower(i).starts_with(|c: char| c.is_ascii_digit());
    // "Nov-Feb"
    let range = |gap: &str, at: usize| {
        matches!(gap, "-" | "–")
            && SHORT_MONTH
                .position(side.lang, side.lower(at), true)
                .is_some()
    };
    let dated = i > 0 && (digits(i - 1) || range(side.before(i), i - 1))
        || digits(i + 1)
        || range(side.after(i), i + 1);
    // "May I?", "March on": at the start of a sentence only beside a number; "Mars" is a planet.
    let capital = word.capital && (!word.initial || dated);
    if side.lang == Lang::FR && word.capital && &*word.lower == "mars" {
        return None;
    }
    if side.lang == Lang::EN && &*word.lower == "may" && !dated && is_surname(side, i) {
        return None;
    }
    MONTH
        .position(side.lang, &word.lower, capital)
        .or_else(|| {
            dated
                .then(|| SHORT_MONTH.position(side.lang, &word.lower, true))
                .flatten()
        })
        .or_else(|| {
            // "Februarwoche"
            let stem = || {
                MONTH_COMPOUND
                    .iter()
                    .find_map(|end| word.lower.strip_suffix(end))
            };
            let german = side.lang == Lang::DE && word.capital;
            MONTH
                .0
                .get(&(Lang::DE, german.then(stem).flatten()?))
                .map(|(month, _)| *month)
        })
}

/// What German puts behind a month to make one word of the two.
const MONTH_COMPOUND: [&str; 9] = [
    "woche", "wochen", "tag", "tage", "tagen", "hälfte", "anfang", "mitte", "ende",
];

/// Whether the "May" at word `i` follows a first name or a title: "Julia May", "Mrs May".
fn is_surname(side: &Side, i: usize) -> bool {
    i > 0
        && side.before(i).trim_start_matches('.') == " "
        && side.words[i - 1].capital
        && !matches!(
            side.lower(i - 1),
            "in" | "by"
                | "since"
                | "until"
                | "till"
                | "from"
                | "to"
                | "of"
                | "last"
                | "this"
                | "next"
                | "early"
                | "mid"
                | "late"
                | "every"
                | "each"
                | "during"
                | "and"
                | "or"
                | "on"
                | "after"
                | "before"
                | "between"
                | "through"
                | "around"
                | "for"
        )
        && WEEKDAY
            .position(Lang::EN, side.lower(i - 1), true)
            .is_none()
}

/// The weekday (1 is Monday) that word `i` names, and one past its last word.
pub(super) fn weekday(side: &Side, i: usize) -> Option<(u32, usize)> {
    let word = side.words.get(i)?;
    // "segunda-feira" is cut at the hyphen.
    if side.lang == Lang::PT && matches!(side.lower(i + 1), "feira" | "feiras") {
        let whole = format!("{}-{}", word.lower, side.lower(i + 1));
        return WEEKDAY
            .position(Lang::PT, &whole, false)
            .map(|n| (n, i + 2));
    }
    // "Domenica" and "Domingo" are first names as well; a capital is usual in English and German only.
    let name = match side.lang {
        Lang::DE => DAY_COMPOUND
            .iter()
            .find_map(|end| word.lower.trim_end_matches('s').strip_suffix(end))
            .filter(|name| name.ends_with("tag") || matches!(*name, "mittwoch" | "sonnabend"))
            .unwrap_or(&word.lower),
        _ => &word.lower,
    };
    WEEKDAY.position(side.lang, name, false).map(|n| (n, i + 1))
}

/// The parts of the day that German puts behind a weekday, the longer ones first.
const DAY_COMPOUND: [&str; 7] = [
    "vormittag",
    "nachmittag",
    "mittag",
    "morgen",
    "abend",
    "nacht",
    "früh",
];

/// The weekday that a Portuguese ordinal at word `i` may stand for, as "terça" does for "terça-feira", and whether it
/// surely does.
pub(super) fn short_weekday(side: &Side, i: usize) -> Option<(u32, bool)> {
    const SHORT: [&str; 5] = ["segunda", "terça", "quarta", "quinta", "sexta"];
    let is_short = |at: usize| SHORT.iter().position(|day| *day == side.lower(at));
    let day = is_short(i).filter(|_| side.lang == Lang::PT)?;
    let before = i.checked_sub(1).map_or("", |at| side.lower(at));
    let introduced = matches!(
        before,
        "na" | "nesta"
            | "nessa"
            | "desta"
            | "à"
            | "de"
            | "da"
            | "até"
            | "última"
            | "próxima"
            | "passada"
            | "e"
            | "ou"
    );
    // A noun behind it would make it an ordinal: "na quarta posição".
    let alone = side.after(i) != " "
        || matches!(
            side.lower(i + 1),
            "" | "a"
                | "à"
                | "às"
                | "ao"
                | "e"
                | "ou"
                | "nem"
                | "até"
                | "de"
                | "que"
                | "com"
                | "por"
                | "para"
                | "em"
                | "passada"
                | "próxima"
                | "última"
                | "não"
                | "o"
                | "os"
                | "as"
                | "um"
                | "uma"
                | "se"
                | "foi"
        );
    Some((day as u32 + 1, introduced && alone))
}

/// The span of time that word `i` counts one of without a number: the year of "annual".
pub(super) fn every(side: &Side, i: usize) -> Option<Unit> {
    // "a day earlier"
    if side.lang == Lang::EN && i > 0 && matches!(side.lower(i - 1), "a" | "an") {
        return Unit::of(side.lower(i)).filter(|unit| unit.is_time());
    }
    let yearly = match (side.lang, side.lower(i)) {
        (Lang::EN, "annual" | "annually" | "yearly" | "year") => true,
        (Lang::DE, word) => matches!(
            word,
            "jährlich" | "jährliche" | "jährlichen" | "jahr" | "jahres" | "jahresfrist"
        ),
        (Lang::FR, word) => matches!(
            word,
            "an" | "année" | "annuel" | "annuelle" | "annuels" | "annuelles"
        ),
        (Lang::IT, word) => matches!(
            word,
            "anno" | "annuo" | "annua" | "annui" | "annue" | "annuale" | "annuali"
        ),
        (Lang::ES, word) => matches!(word, "año" | "anual" | "anuales" | "interanual"),
        (Lang::PT, word) => matches!(word, "ano" | "anual" | "anuais"),
        _ => false,
    };
    yearly.then(|| Unit::of("years")).flatten()
}

/// How many days from today the words at `i` are ("yesterday" is -1, "übermorgen" 2), and one past their last word.
pub(super) fn days_from_today(side: &Side, i: usize) -> Option<(i32, usize)> {
    let before = |n: usize| i.checked_sub(n).map_or("", |at| side.lower(at));
    let (next, third) = (side.lower(i + 1), side.lower(i + 2));
    Some(match (side.lang, side.lower(i)) {
        (Lang::EN, "day") => match (next, third, side.lower(i + 3)) {
            ("before", "yesterday", _) => (-2, i + 3),
            ("after", "tomorrow", _) => (2, i + 3),
            _ => return None,
        },
        (Lang::EN, "yesterday") => (-1, i + 1),
        (Lang::EN, "tomorrow") => (1, i + 1),
        (Lang::IT, "altroieri") => (-2, i + 1),
        (Lang::IT, "altro") if next == "ieri" => (-2, i + 2),
        (Lang::IT, "ieri") => match (next, third) {
            ("l", "altro") => (-2, i + 3),
            _ => (-1, i + 1),
        },
        (Lang::IT, "domani") => (1, i + 1),
        (Lang::IT, "dopodomani") => (2, i + 1),
        (Lang::FR, "avant") if next == "hier" => (-2, i + 2),
        (Lang::FR, "hier") => (-1, i + 1),
        (Lang::FR, "après") if next == "demain" => (2, i + 2),
        (Lang::FR, "demain") => (1, i + 1),
        (Lang::DE, "vorgestern") => (-2, i + 1),
        (Lang::DE, "gestern") => (-1, i + 1),
        (Lang::DE, "übermorgen") => (2, i + 1),
        (Lang::ES, "anteayer" | "antier") => (-2, i + 1),
        (Lang::ES, "ayer") => (-1, i + 1),
        (Lang::ES, "pasado") if next == "mañana" => (2, i + 2),
        // "la mañana" is the morning.
        (Lang::ES, "mañana") if !matches!(before(1), "la" | "esta" | "cada" | "una") => (1, i + 1),
        (Lang::PT, "anteontem") => (-2, i + 1),
        (Lang::PT, "ontem") => (-1, i + 1),
        (Lang::PT, "depois") if (next, third) == ("de", "amanhã") => (2, i + 3),
        (Lang::PT, "amanhã") => (1, i + 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_their_doubles() {
        let months = |lang, text: &str| {
            let side = Side::new(text, lang);
            (0..side.words.len())
                .filter_map(|i| month(&side, i))
                .collect::<Vec<_>>()
        };
        assert_eq!(months(Lang::IT, "lo scorso gennaio e il 3 dic."), [1, 12]);
        assert_eq!(
            months(Lang::EN, "They may march in May and on March 3."),
            [5, 3]
        );
        assert_eq!(months(Lang::EN, "May I march? March on."), [0; 0]);
        assert_eq!(months(Lang::FR, "la planète Mars, le 3 mars"), [3]);
        assert_eq!(months(Lang::PT, "em março"), [3]);
        assert_eq!(months(Lang::EN, "in summer (Nov-Feb)"), [11, 2]);
    }

    #[test]
    fn weekdays() {
        let day = |lang, text: &str| weekday(&Side::new(text, lang), 0);
        assert_eq!(day(Lang::IT, "giovedì"), Some((4, 1)));
        assert_eq!(day(Lang::PT, "quinta-feira"), Some((4, 2)));
        assert_eq!(day(Lang::PT, "quinta"), None);
        assert_eq!(day(Lang::DE, "Sonnabend"), Some((6, 1)));
        assert_eq!(day(Lang::DE, "Sonnabends"), Some((6, 1)));
        assert_eq!(day(Lang::DE, "Montagvormittag"), Some((1, 1)));
        assert_eq!(day(Lang::DE, "Vormittag"), None);
    }

    #[test]
    fn a_month_in_a_compound_and_a_surname() {
        let months = |lang, text: &str| {
            let side = Side::new(text, lang);
            (0..side.words.len())
                .filter_map(|i| month(&side, i))
                .collect::<Vec<_>>()
        };
        assert_eq!(months(Lang::DE, "in der ersten Februarwoche"), [2]);
        assert_eq!(
            months(Lang::EN, "Senator Julia May met Mrs May in May"),
            [5]
        );
    }

    #[test]
    fn short_weekdays() {
        for (text, i, expected) in [
            ("só reabrem na terça, às dez", 3, Some((2, true))),
            ("de segunda a quinta-feira", 1, Some((1, true))),
            ("anunciou na quinta que vai", 2, Some((4, true))),
            ("na quarta posição", 1, Some((3, false))),
            ("na rua", 1, None),
        ] {
            assert_eq!(
                short_weekday(&Side::new(text, Lang::PT), i),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn days_told_from_today() {
        for (lang, text, expected) in [
            (Lang::FR, "avant-hier", Some((-2, 2))),
            (Lang::DE, "übermorgen", Some((2, 1))),
            (Lang::EN, "day before yesterday", Some((-2, 3))),
            (Lang::IT, "ieri", Some((-1, 1))),
            (Lang::ES, "pasado mañana", Some((2, 2))),
            (Lang::PT, "depois de amanhã", Some((2, 3))),
            (Lang::PT, "depois", None),
        ] {
            assert_eq!(
                days_from_today(&Side::new(text, lang), 0),
                expected,
                "{text}"
            );
        }
        let side = Side::new("por la mañana", Lang::ES);
        assert_eq!(days_from_today(&side, 2), None);
    }
}
