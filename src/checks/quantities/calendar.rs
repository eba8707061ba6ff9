//! Months, weekdays and times of day.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::vocabulary::{Piece, piece};
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
        "montag/montags/montagmorgen/montagabend/montagnachmittag \
         dienstag/dienstags/dienstagmorgen/dienstagabend/dienstagnachmittag \
         mittwoch/mittwochs/mittwochmorgen/mittwochabend/mittwochnachmittag \
         donnerstag/donnerstags/donnerstagmorgen/donnerstagabend/donnerstagnachmittag \
         freitag/freitags/freitagmorgen/freitagabend/freitagnachmittag \
         samstag/samstags/sonnabend/sonnabends/samstagmorgen/samstagabend/samstagnachmittag \
         sonntag/sonntags/sonntagmorgen/sonntagabend/sonntagnachmittag",
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
    MONTH.position(side.lang, &word.lower, capital).or_else(|| {
        dated
            .then(|| SHORT_MONTH.position(side.lang, &word.lower, true))
            .flatten()
    })
}

/// The weekday (1 is Monday) that word `i` names, and one past its last word.
pub(super) fn weekday(side: &Side, i: usize) -> Option<(u32, usize)> {
    let word = &side.words[i];
    // "segunda-feira" is cut at the hyphen.
    if side.lang == Lang::PT && matches!(side.lower(i + 1), "feira" | "feiras") {
        let whole = format!("{}-{}", word.lower, side.lower(i + 1));
        return WEEKDAY
            .position(Lang::PT, &whole, false)
            .map(|n| (n, i + 2));
    }
    // "Domenica" and "Domingo" are first names as well; a capital is usual in English and German only.
    WEEKDAY
        .position(side.lang, &word.lower, false)
        .map(|n| (n, i + 1))
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time {
    /// Minutes after midnight.
    pub minutes: u32,
    /// Whether it may as well be twelve hours later or earlier.
    pub half_day: bool,
    /// One past its last word.
    pub end: usize,
}

/// Minutes after midnight of "noon" and "midnight" at word `i`, and one past their last word.
pub(super) fn half_of_day(side: &Side, i: usize) -> Option<(u32, usize)> {
    let next = || side.lower(i + 1);
    Some(match (side.lang, side.lower(i)) {
        (Lang::IT, "mezzogiorno")
        | (Lang::EN, "noon" | "midday")
        | (Lang::FR, "midi")
        | (Lang::DE, "mittag" | "mittags")
        | (Lang::ES, "mediodía") => (720, i + 1),
        (Lang::IT, "mezzanotte")
        | (Lang::EN, "midnight")
        | (Lang::FR, "minuit")
        | (Lang::DE, "mitternacht")
        | (Lang::ES, "medianoche") => (0, i + 1),
        (Lang::PT, "meio") if next() == "dia" => (720, i + 2),
        (Lang::PT, "meia") if next() == "noite" => (0, i + 2),
        _ => return None,
    })
}

/// A time of day in words that starts at word `i`: "half past seven", "halb acht", "le dieci e un quarto", "midi et
/// demi".
pub(super) fn spoken(side: &Side, i: usize) -> Option<Time> {
    let hour = |at: usize| -> Option<(u32, usize)> {
        if let Some((minutes, end)) = half_of_day(side, at) {
            return Some((minutes / 60, end));
        }
        let hour = match piece(side.lower(at), side.lang) {
            Some(Piece::Plain(n)) => n as u32,
            _ => side.lower(at).parse().ok()?,
        };
        (1..=24).contains(&hour).then_some((hour, at + 1))
    };
    let said = |hour: u32, minutes: i32, end: usize| Time {
        minutes: (hour as i32 * 60 + minutes).rem_euclid(1440) as u32,
        half_day: hour <= 12,
        end,
    };
    let before = i.checked_sub(1).map_or("", |at| side.lower(at));
    match side.lang {
        Lang::EN => {
            let minutes = match (side.lower(i), side.lower(i + 1)) {
                ("half", "past") => 30,
                ("quarter", "past") => 15,
                ("quarter", "to") => -15,
                ("five" | "ten" | "twenty", "past") => match piece(side.lower(i), Lang::EN) {
                    Some(Piece::Plain(n)) => n as i32,
                    _ => return None,
                },
                _ => return None,
            };
            hour(i + 2).map(|(hour, end)| said(hour, minutes, end))
        }
        Lang::DE => {
            let (minutes, at) = match (side.lower(i), side.lower(i + 1)) {
                ("halb", _) => (-30, i + 1),
                ("dreiviertel", _) => (-15, i + 1),
                ("viertel", "nach") => (15, i + 2),
                ("viertel", "vor") => (-15, i + 2),
                _ => return None,
            };
            hour(at).map(|(hour, end)| said(hour, minutes, end))
        }
        Lang::FR => {
            let (hour, mut at) = hour(i)?;
            let named = half_of_day(side, i).is_some();
            if !named && !matches!(side.lower(at), "heure" | "heures") {
                return None;
            }
            at += usize::from(!named);
            match (side.lower(at), side.lower(at + 1), side.lower(at + 2)) {
                ("et", "demie" | "demi", _) => Some(said(hour, 30, at + 2)),
                ("et", "quart", _) => Some(said(hour, 15, at + 2)),
                ("moins", "le", "quart") => Some(said(hour, -15, at + 3)),
                _ => None,
            }
        }
        Lang::IT | Lang::ES | Lang::PT => {
            let (hour, at) = hour(i)?;
            let clock = matches!(
                before,
                "le" | "alle" | "dalle" | "ore" | "las" | "la" | "l" | "all" | "às" | "as" | "das"
            );
            if !clock && half_of_day(side, i).is_none() {
                return None;
            }
            match (side.lower(at), side.lower(at + 1), side.lower(at + 2)) {
                ("e" | "y", "mezza" | "mezzo" | "media" | "meia", _) => {
                    Some(said(hour, 30, at + 2))
                }
                ("y", "cuarto", _) => Some(said(hour, 15, at + 2)),
                ("e", "un" | "um", "quarto") => Some(said(hour, 15, at + 3)),
                ("menos", "cuarto", _) => Some(said(hour, -15, at + 2)),
                ("meno", "un", "quarto") => Some(said(hour, -15, at + 3)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The time of day that starts at word `i`, which is in digits.
pub(super) fn time(side: &Side, i: usize) -> Option<Time> {
    let text = side.words[i].text;
    let next = side.lower(i + 1);
    let (hour, minute, mut end, certain) = if let Ok(hour) = text.parse::<u32>() {
        if side.after(i) == ":" && next.len() == 2 {
            let minute = next.parse().ok()?;
            let seconds = side.after(i + 1) == ":" && side.lower(i + 2).len() == 2;
            (hour, minute, i + 2 + usize::from(seconds), true)
        } else if let Some(minute) = next.strip_prefix('h').filter(|_| side.after(i).is_empty()) {
            // "17h30", "17h"
            match minute {
                "" => (hour, 0, i + 2, true),
                minute => (hour, minute.parse().ok()?, i + 2, true),
            }
        } else if next == "h" && matches!(side.after(i), " " | "\u{a0}" | "\u{202f}") {
            // "9 h 30", "9 h"
            match side.lower(i + 2).parse() {
                Ok(minute) if side.lower(i + 2).len() == 2 => (hour, minute, i + 3, true),
                _ => (hour, 0, i + 2, true),
            }
        } else {
            (hour, 0, i + 1, false)
        }
    } else {
        // "17.30"
        let (hour, minute) = text.split_once('.')?;
        if minute.len() != 2 {
            return None;
        }
        (hour.parse().ok()?, minute.parse().ok()?, i + 1, false)
    };
    if hour > 24 || minute > 59 {
        return None;
    }
    let minutes = hour % 24 * 60 + minute;
    if side.lang == Lang::EN && hour <= 12 {
        let (half, after) = match (side.lower(end), side.lower(end + 1)) {
            ("am", _) => (0, end + 1),
            ("pm", _) => (720, end + 1),
            ("a", "m") if side.after(end) == "." => (0, end + 2),
            ("p", "m") if side.after(end) == "." => (720, end + 2),
            _ => (1, end),
        };
        if half != 1 {
            return Some(Time {
                minutes: minutes % 720 + half,
                half_day: false,
                end: after,
            });
        }
    }
    let clock = matches!(
        side.lower(end),
        "uhr" | "horas" | "heures" | "heure" | "hrs"
    ) && side.lang != Lang::EN;
    let introduced = i > 0
        && matches!(
            side.lower(i - 1),
            "ore" | "alle" | "dalle" | "às" | "kl" | "um" | "at" | "las"
        );
    let dotted = text.contains('.');
    if certain || dotted && (clock || introduced) || clock && side.lang == Lang::DE {
        if clock && (dotted || !certain) {
            end += 1;
        }
        return Some(Time {
            minutes,
            half_day: hour <= 12,
            end,
        });
    }
    None
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
    }

    #[test]
    fn times_of_day() {
        for (lang, text, i, minutes, half_day) in [
            (Lang::EN, "at 5:30 p.m. sharp", 1, 17 * 60 + 30, false),
            (Lang::EN, "at 12 am", 1, 0, false),
            (Lang::EN, "at 5:30", 1, 5 * 60 + 30, true),
            (Lang::IT, "alle 17.30", 1, 17 * 60 + 30, false),
            (Lang::IT, "alle 17:30:00", 1, 17 * 60 + 30, false),
            (Lang::FR, "à 17h30", 1, 17 * 60 + 30, false),
            (Lang::FR, "à 9 h 30", 1, 9 * 60 + 30, true),
            (Lang::DE, "um 17.30 Uhr", 1, 17 * 60 + 30, false),
            (Lang::DE, "gegen 9 Uhr", 1, 540, true),
        ] {
            let time = time(&Side::new(text, lang), i).expect(text);
            assert_eq!((time.minutes, time.half_day), (minutes, half_day), "{text}");
        }
        for (lang, text, i, minutes) in [
            (Lang::EN, "at half past seven", 1, 450),
            (Lang::EN, "a quarter to 8", 1, 465),
            (Lang::DE, "um halb acht", 1, 450),
            (Lang::DE, "um Viertel nach zehn", 1, 615),
            (Lang::FR, "vers midi et demi", 1, 750),
            (Lang::FR, "à sept heures moins le quart", 1, 405),
            (Lang::IT, "alle sette e mezza", 1, 450),
            (Lang::ES, "a las diez menos cuarto", 2, 585),
            (Lang::PT, "às 9 e meia", 1, 570),
        ] {
            let time = spoken(&Side::new(text, lang), i).expect(text);
            assert_eq!(time.minutes, minutes, "{text}");
        }
        for (lang, text) in [(Lang::IT, "sette e mezza"), (Lang::EN, "half of seven")] {
            assert_eq!(spoken(&Side::new(text, lang), 0), None, "{text}");
        }
        for text in ["costa 17.30", "sono 17 persone", "alle 25.30", "alle 3.5"] {
            assert_eq!(time(&Side::new(text, Lang::IT), 1), None, "{text}");
        }
    }
}
