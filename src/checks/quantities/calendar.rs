//! Months, weekdays, and days told from today.

use super::units::Unit;
use crate::checks::words::Side;
use crate::languages::{DAYS, Language, SHORT_DAYS};
use crate::text::{Lang, capitalized};

/// The month (1 to 12) that word `i` names.
pub(super) fn month(side: &Side, i: usize) -> Option<u32> {
    let word = &side.words[i];
    let calendar = &side.language.calendar;
    let digits = |i: usize| side.lower(i).starts_with(|c: char| c.is_ascii_digit());
    // "Nov-Feb"
    let range = |gap: &str, at: usize| {
        matches!(gap, "-" | "–") && calendar.short_month(side.lower(at)).is_some()
    };
    let links = &side.language.links.day_month;
    // "18 de mar"
    let linked = i > 1 && digits(i - 2) && links.iter().any(|link| link == side.lower(i - 1));
    let dated = linked
        || i > 0 && (digits(i - 1) || range(side.before(i), i - 1))
        || digits(i + 1)
        || range(side.after(i), i + 1);
    // "Mars" is a planet.
    if word.capital && calendar.is_small(&word.lower) {
        return None;
    }
    if !dated && side.is_in(i, &calendar.surnames) && is_surname(side, i) {
        return None;
    }
    // "May I?", "March on": at the start of a sentence only beside a number.
    let capital = word.capital && (!word.initial || dated);
    calendar
        .month(&word.lower, capital)
        .or_else(|| dated.then(|| calendar.short_month(&word.lower)).flatten())
        .or_else(|| {
            // "Februarwoche"
            let mut endings = calendar.month_endings.iter();
            let month = endings.find_map(|end| word.lower.strip_suffix(end.as_str()))?;
            calendar.month(month, true).filter(|_| word.capital)
        })
}

/// The month that word `i` may name, whose capital proves nothing since it begins a sentence: "May was cold".
pub(super) fn doubtful_month(side: &Side, i: usize) -> Option<u32> {
    let word = &side.words[i];
    let month = side.language.calendar.month(&word.lower, true)?;
    (word.initial && word.capital).then_some(month)
}

/// Whether the month at word `i` follows a first name or a title: "Julia May", "Mrs May".
fn is_surname(side: &Side, i: usize) -> bool {
    i > 0
        && side.before(i).trim_start_matches('.') == " "
        && side.words[i - 1].capital
        && side.language.calendar.weekday(side.lower(i - 1)).is_none()
}

/// The weekday (1 is Monday) that word `i` names, and one past its last word.
pub(super) fn weekday(side: &Side, i: usize) -> Option<(u32, usize)> {
    let word = side.words.get(i)?;
    let calendar = &side.language.calendar;
    // "segunda-feira" is cut at the hyphen.
    let next = side.lower(i + 1);
    if calendar.day_suffixes.iter().any(|suffix| suffix == next) {
        let whole = format!("{}-{}", word.lower, side.lower(i + 1));
        return calendar.weekday(&whole).map(|n| (n, i + 2));
    }
    // "Montagabends". "Domenica" and "Domingo" are first names as well; a capital is usual in English and German only.
    let compound = || {
        let bare = word.lower.trim_end_matches('s');
        let mut endings = calendar.day_endings.iter();
        calendar.weekday(endings.find_map(|end| bare.strip_suffix(end.as_str()))?)
    };
    let day = calendar.weekday(&word.lower).or_else(compound)?;
    Some((day, i + 1))
}

/// The weekday that word `i` is short for, at the head of a date or in a range: "Tue Feb 11", "Sat 20 April", "Mon-Thurs".
pub(super) fn abbreviated_weekday(side: &Side, i: usize) -> Option<u32> {
    let digits = |i: usize| side.lower(i).starts_with(|c: char| c.is_ascii_digit());
    let joined = |gap: &str| matches!(gap.trim_matches([' ', '.']), "-" | "–");
    let (to, from) = (joined(side.after(i)), i > 0 && joined(side.before(i)));
    // "Fri 19th"
    let ordinal = side.after(i) == " "
        && digits(i + 1)
        && side.after(i + 1).is_empty()
        && (1..3).contains(&side.lower(i + 2).len());
    // "Mon, Wed, Fri"
    let beside = |gap: &str| matches!(gap.trim(), "," | "/" | "&");
    let listed = |gap: &str, other: usize| beside(gap) && short_day(side, other).is_some();
    let listed = listed(side.after(i), i + 1) || i > 0 && listed(side.before(i), i - 1);
    // "The first Sat. of the month"
    let goes_on = char::is_lowercase;
    let stopped = side.after(i).starts_with('.')
        && side
            .words
            .get(i + 1)
            .is_some_and(|word| word.text.starts_with(goes_on));
    // Looking a word up takes longer than seeing that it is in no date.
    if !(digits(i + 1) || digits(i + 2) || to || from || stopped || listed) {
        return None;
    }
    let day = short_day(side, i)?;
    if stopped || listed {
        return Some(day);
    }
    // "15 de outubro" has a word between; "ter 15 anos" is no date.
    let until = side.words.len().min(i + 4);
    let dated = ordinal
        || digits(i + 1) && (i + 2..until).any(|i| month(side, i).is_some())
        || digits(i + 2) && month(side, i + 1).is_some();
    let ranged = to && short_day(side, i + 1).is_some() || from && short_day(side, i - 1).is_some();
    (dated || ranged).then_some(day)
}

/// `text` with the short weekdays of its dates written out: to small models "Wed" is a word. A range with its dash stays one.
pub fn spelt_out(text: &str, lang: Lang) -> String {
    let side = Side::new(text, lang);
    let mut out = text.to_owned();
    for i in (0..side.words.len()).rev() {
        let joins = |gap: &str| gap.contains(['-', '–']);
        let day = abbreviated_weekday(&side, i);
        let day = day.filter(|_| !joins(side.after(i)) && !joins(side.before(i)));
        let name = day.and_then(|day| Language::of(lang).stock.written(DAYS[day as usize - 1]));
        let Some(name) = name else { continue };
        let mut span = side.words[i].span;
        span.end += usize::from(side.after(i).starts_with(['.']) && i + 1 < side.words.len());
        let name = match side.words[i].capital {
            true => capitalized(name),
            false => name.to_owned(),
        };
        out.replace_range(span.start..span.end, &name);
    }
    out
}

/// The weekday that word `i` may be short for.
fn short_day(side: &Side, i: usize) -> Option<u32> {
    let word = side.words.get(i)?;
    let is = |phrase: &str| phrase == word.text || phrase == word.lower;
    let key = side.language.stock.key(is)?;
    (1..)
        .zip(SHORT_DAYS)
        .find_map(|(n, day)| (day == key).then_some(n))
}

/// The weekday that an ordinal at word `i` may stand for, as "terça" does for "terça-feira", and whether it surely does.
pub(super) fn short_weekday(side: &Side, i: usize) -> Option<(u32, bool)> {
    let calendar = &side.language.calendar;
    let day = calendar.short_weekday(side.lower(i))?;
    Some((day, side.is_in(i, &calendar.short_weekday_sure)))
}

/// The span of time that word `i` counts one of without a number: the year of "annual".
pub(super) fn every(side: &Side, i: usize) -> Option<Unit> {
    // "a day earlier"
    let articles = &side.language.calendar.articles;
    if i > 0 && articles.iter().any(|article| article == side.lower(i - 1)) {
        return Unit::of(side.lower(i)).filter(|unit| unit.is_time());
    }
    let yearly = side.language.calendar.is_yearly(side.lower(i));
    yearly.then(|| Unit::of("years")).flatten()
}

/// How many days from today the words at `i` are ("yesterday" is -1, "übermorgen" 2), and one past their last word.
pub(super) fn days_from_today(side: &Side, i: usize) -> Option<(i32, usize)> {
    let (days, length) = side
        .language
        .calendar
        .days_from_today(|k| side.lower(i + k))?;
    // "la mañana" is the morning.
    let named = side.is_in(i, &side.language.calendar.no_days);
    (!named).then_some((days, i + length))
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
        assert_eq!(months(Lang::PT, "18 de mar de 2024, 3 km de mar"), [3]);
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
    fn short_weekdays_count_at_the_head_of_a_date() {
        for (lang, text, day) in [
            (Lang::EN, "Tue Feb 11, 2020", Some(2)),
            (Lang::EN, "Sat 20 April", Some(6)),
            (Lang::EN, "Sat, 20 April", Some(6)),
            (Lang::EN, "Mon-Thurs", Some(1)),
            (Lang::PT, "Seg.-Qui.", Some(1)),
            (Lang::PT, "Ter, 15 de outubro", Some(2)),
            (Lang::PT, "ter 15 anos", None),
            (Lang::EN, "Sat down at last", None),
            (Lang::EN, "Sat. of the month", Some(6)),
            (Lang::EN, "Fri 19th, not later", Some(5)),
            (Lang::EN, "Wed, Fri", Some(3)),
            (Lang::EN, "Sun 1.5 km", None),
            (Lang::EN, "Sat. He rose", None),
            (Lang::IT, "gio 3 dicembre", Some(4)),
            (Lang::IT, "Sab 20 aprile", Some(6)),
        ] {
            assert_eq!(
                abbreviated_weekday(&Side::new(text, lang), 0),
                day,
                "{text}"
            );
        }
    }

    #[test]
    fn short_weekdays_are_spelt_out_where_they_are_some() {
        for (text, expected) in [
            ("Open Mon-Fri 9-5.", "Open Mon-Fri 9-5."),
            ("On Fri 19th at nine", "On Friday 19th at nine"),
            ("Tues. 12 March, Wed", "Tuesday 12 March, Wed"),
            ("The Sun rose, he sat down.", "The Sun rose, he sat down."),
        ] {
            assert_eq!(spelt_out(text, Lang::EN), expected);
        }
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
