//! Times of day: "17.30", "5 p.m.", "half past seven", "midi et quart".

mod english;
mod french;
mod germanic;
mod hours;
mod romance;

use super::calendar;
use super::item::{Demand, Item, What};
use super::vocabulary::{Piece, piece};
use crate::checks::words::Side;
use crate::languages::{DayPart, Grammar};
use crate::text::Span;

use hours::hour;
pub(super) use hours::{Time, half_of_day};

/// A time of day in words that starts at word `i`: "half past seven", "halb acht", "le dieci e un quarto", "midi et
/// demi", "quinze para as oito", "six in the morning".
pub(super) fn spoken(side: &Side, i: usize) -> Option<Time> {
    let time = in_words(side, i).or_else(|| with_part(side, i))?;
    Some(time.told(side))
}

fn in_words(side: &Side, i: usize) -> Option<Time> {
    match side.language.profile.grammar? {
        Grammar::English => english::in_words(side, i),
        Grammar::Germanic => germanic::in_words(side, i),
        Grammar::French => french::in_words(side, i),
        Grammar::Italian | Grammar::Iberian => romance::in_words(side, i),
    }
}

/// "six in the morning", "6 heures du soir", "acht Uhr abends": an hour that the part of the day makes a time.
fn with_part(side: &Side, i: usize) -> Option<Time> {
    let (hour, at) = hour(side, i).filter(|_| half_of_day(side, i).is_none())?;
    let clock = &side.language.clock;
    let named = side.past_row(at, &clock.hours);
    let at = named.unwrap_or(at);
    // "Two at night" may be two people.
    let introduced = i > 0 && side.is_any(i - 1, &clock.introduced);
    part(side, at).filter(|_| named.is_some() || introduced || clock.part_suffices)?;
    Some(Time {
        minutes: hour % 24 * 60,
        half_day: hour <= 12,
        end: at,
    })
}

/// The part of the day that the words at `at` name, and one past their last word.
fn part(side: &Side, at: usize) -> Option<(DayPart, usize)> {
    if !matches!(side.before(at), " " | "\u{a0}" | "\u{202f}") {
        return None;
    }
    let mut parts = side.language.clock.parts.iter();
    let (words, part) = parts.find(|(words, _)| side.is_row(at, words))?;
    Some((*part, at + words.len()))
}

impl Time {
    /// The item of the time, which starts at word `i`.
    pub fn item(self, side: &Side, i: usize) -> Item {
        let span = Span {
            start: side.words[i].span.start,
            end: side.words[self.end - 1].span.end,
        };
        let item = Item::new(span, What::Time, f64::from(self.minutes), Demand::Hard);
        match self.half_day {
            true => item.or(f64::from((self.minutes + 720) % 1440)),
            false => item,
        }
    }

    /// The same time, with the half of the day that the words behind it tell: "half past five on Monday afternoon".
    fn told(self, side: &Side) -> Self {
        if !self.half_day {
            return self;
        }
        let clock = &side.language.clock;
        let at = side.past_row(self.end, &clock.hours).unwrap_or(self.end);
        let day = at + usize::from(side.is_any(at, &clock.day_links));
        // "Friday morning"
        let day = calendar::weekday(side, day).map(|(_, end)| end);
        let (kind, end) = match part(side, at).or_else(|| part(side, day?)) {
            Some(found) => found,
            None => return self,
        };
        let early = match kind {
            DayPart::Morning => true,
            DayPart::Afternoon => false,
            DayPart::Night => self.minutes % 720 < 360,
        };
        Self {
            minutes: self.minutes % 720 + if early { 0 } else { 720 },
            half_day: false,
            // A weekday between them is still to be read.
            end: if day.is_some() && part(side, at).is_none() {
                self.end
            } else {
                end
            },
        }
    }
}

/// The minutes before the half of the day that letters behind digits tell, "p.m.", and one past their last word.
fn half_behind(side: &Side, at: usize) -> Option<(u32, usize)> {
    let clock = &side.language.clock;
    [(&clock.am, 0), (&clock.pm, 720)]
        .into_iter()
        .find_map(|(rows, minutes)| {
            let end = side.past_row(at, rows)?;
            let dotted = (at + 1..end).all(|k| side.before(k) == ".");
            dotted.then_some((minutes, end))
        })
}

/// The time of day that starts at word `i`, which is in digits.
pub(super) fn time(side: &Side, i: usize) -> Option<Time> {
    in_digits(side, i).map(|time| time.told(side))
}

fn in_digits(side: &Side, i: usize) -> Option<Time> {
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
    if let Some((half, end)) = half_behind(side, end).filter(|_| hour <= 12) {
        return Some(Time {
            minutes: minutes % 720 + half,
            half_day: false,
            end,
        });
    }
    let words = &side.language.clock;
    let clock = side.past_row(end, &words.hours);
    let introduced = i > 0 && side.is_any(i - 1, &words.before_digits);
    // "at €19.08bn", "at 7.25 percent"
    let amount = side.before(i).ends_with(['€', '$', '£'])
        || side.after(i).trim_start().starts_with(['%', '€'])
        || piece(side.lower(end), side.language)
            .is_some_and(|piece| matches!(piece, Piece::Power(_) | Piece::Powers(_)));
    let dotted = text.contains('.') && !amount;
    // "9 Uhr" is a time, "9 heures" may be a span.
    let germanic = side.language.profile.grammar == Some(Grammar::Germanic);
    let told = clock.is_some() && (dotted || germanic);
    if certain || dotted && introduced || told {
        if let Some(past) = clock.filter(|_| dotted || !certain) {
            end = past;
        }
        return Some(Time {
            minutes,
            half_day: hour <= 12,
            end,
        });
    }
    None
}

/// Where in the source a time after noon stands, "2:00 p.m.", of which nothing in the target says so: no hour beyond twelve, no
/// "p.m." and no part of the day.
pub(super) fn lost_half(source: &Side, target: &Side) -> Option<Span> {
    let digits = |side: &Side, i: usize| {
        let text = side.words[i].text;
        text.split(['.', ',']).next()?.parse::<u32>().ok()
    };
    let said = (0..source.words.len()).find_map(|i| {
        let hour = digits(source, i).filter(|hour| (1..12).contains(hour))?;
        let time = time(source, i).filter(|time| !time.half_day)?;
        (time.minutes == hour * 60 + 720 + time.minutes % 60).then(|| Span {
            start: source.words[i].span.start,
            end: source.words[time.end - 1].span.end,
        })
    })?;
    let tells = |i: usize| {
        let late = |part| matches!(part, DayPart::Afternoon | DayPart::Night);
        digits(target, i).is_some_and(|hour| (13..=24).contains(&hour))
            || half_behind(target, i).is_some()
            || part(target, i).is_some_and(|(part, _)| late(part))
            || half_of_day(target, i).is_some()
            || target
                .lower(i)
                .strip_suffix('h')
                .is_some_and(|hour| hour.parse::<u32>().is_ok())
    };
    let rendered = digits_stand(source, target, said);
    let figure = |c: char| c.is_ascii_digit() || ":. \u{a0}\u{202f}".contains(c);
    let mark = said.of(source.text).trim_start_matches(figure);
    let kept = !mark.is_empty() && target.text.contains(mark);
    (rendered && !kept && !(0..target.words.len()).any(tells)).then_some(said)
}

/// Whether the first figure of the source at `span` stands in the target.
fn digits_stand(source: &Side, target: &Side, span: Span) -> bool {
    let mut words = source.words.iter();
    let figure = words.find(|word| word.span.start == span.start);
    figure.is_some_and(|figure| target.words.iter().any(|word| word.text == figure.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

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

    #[test]
    fn minutes_in_words_and_parts_of_the_day() {
        for (lang, text, i, minutes) in [
            (Lang::IT, "alle sei e cinque del mattino", 1, 365),
            (Lang::IT, "alle sei e cinque di sera", 1, 18 * 60 + 5),
            (Lang::IT, "a mezzogiorno e un quarto", 1, 735),
            (Lang::EN, "at ten to six", 1, 350),
            (
                Lang::EN,
                "half past five on Monday afternoon",
                0,
                17 * 60 + 30,
            ),
            (Lang::EN, "at six in the morning", 1, 360),
            (Lang::FR, "à 6 heures du matin", 1, 360),
            (Lang::FR, "à sept heures moins dix", 1, 410),
            (Lang::FR, "à huit heures du soir", 1, 20 * 60),
            (Lang::DE, "um fünf nach sechs", 1, 365),
            (Lang::DE, "um fünf vor halb acht", 1, 445),
            (Lang::DE, "um halb acht Uhr abends", 1, 19 * 60 + 30),
            (Lang::ES, "a las seis y veinte de la tarde", 2, 18 * 60 + 20),
            (Lang::PT, "ao meio-dia e quinze", 1, 735),
            (Lang::PT, "às quinze para as oito", 1, 465),
            (Lang::PT, "às nove e meia da manhã", 1, 570),
        ] {
            let time = spoken(&Side::new(text, lang), i).expect(text);
            assert_eq!(time.minutes, minutes, "{text}");
        }
        // A span of time, people, a range.
        for (lang, text, i) in [
            (Lang::FR, "n'a tenu qu'une heure et demie", 4),
            (Lang::EN, "five to six people", 0),
            (Lang::IT, "le due e tre persone", 1),
        ] {
            assert_eq!(spoken(&Side::new(text, lang), i), None, "{text}");
        }
    }

    #[test]
    fn what_was_after_noon_must_be_told() {
        for (source, target, lost) in [
            ("It is at 2:00–2:50 p.m. here", "É às 2:00–2:50 aqui", true),
            ("Open at 5 pm today", "Aberto às 5 hoje", true),
            ("Open at 5 pm today", "Aberto às 17h hoje", false),
            ("Open at 5 pm today", "Aberto às 5 da tarde", false),
            ("Open at 5 pm today", "Aberto às 5 pm hoje", false),
            ("Open at 12 pm today", "Aberto às 12 hoje", false),
            ("Open at 9 am today", "Aberto às 9 hoje", false),
            ("He won 5 games", "Ganhou 5 jogos", false),
        ] {
            let (source, target) = (Side::new(source, Lang::EN), Side::new(target, Lang::PT));
            assert_eq!(
                lost_half(&source, &target).is_some(),
                lost,
                "{}",
                target.text
            );
        }
    }
}
