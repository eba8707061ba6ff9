//! Words for times of day: `clock.toml`. How they are put together is the grammar's.

use std::collections::BTreeMap;

use serde::Deserialize;

/// In lower case.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Words in a row for noon and midnight, and the minutes after midnight.
    pub named: Vec<(Vec<String>, u32)>,
    /// "Hours", "Uhr", "o'clock"; words in a row.
    pub hours: Vec<Vec<String>>,
    /// "Minutes".
    pub minutes: Vec<String>,
    /// Stand before an hour in words that the part of the day makes a time.
    pub introduced: Vec<String>,
    /// Stand before a time in digits.
    pub before_digits: Vec<String>,
    /// May stand between a time and the weekday behind it.
    pub day_links: Vec<String>,
    /// Parts of the day behind a time, words in a row.
    pub parts: Vec<(Vec<String>, Part)>,
    /// Whether an hour with a part of the day behind it is a time, whatever stands before it.
    pub part_suffices: bool,
    /// Stand behind a time in digits before noon, and after it: "a.m."; words in a row.
    pub am: Vec<Vec<String>>,
    /// See [`Clock::am`].
    pub pm: Vec<Vec<String>>,
    /// Stand before minutes that an hour follows: "at five to six".
    pub before_minutes: Vec<String>,
    /// Stand before a stretch that begins with such minutes, and between its ends: "from ten to nine until noon".
    pub from: Vec<String>,
    /// See [`Clock::from`].
    pub until: Vec<String>,
    /// Parts of an hour by name, before the hour: "quarter", "halb", "dreiviertel".
    pub quarter: Vec<String>,
    /// See [`Clock::quarter`].
    pub half: Vec<String>,
    /// See [`Clock::quarter`].
    pub three_quarters: Vec<String>,
    /// Stand between minutes and the hour that they follow, and make a time of them whatever stands before: "past".
    pub past: Vec<String>,
    /// Stand between minutes and the hour that they follow.
    pub after: Vec<String>,
    /// Stand between minutes and the hour that they lead to.
    pub to: Vec<String>,
    /// Stand before that hour: "quinze para as oito".
    pub to_article: Vec<String>,
    /// Stand before an hour that something is added to: "alle".
    pub before_hour: Vec<String>,
    /// Stand before an hour, and before much else: "le".
    pub perhaps_before_hour: Vec<String>,
    /// What is said behind an hour, words in a row, and the minutes that it adds: "e un quarto".
    pub behind: Vec<(Vec<String>, i32)>,
    /// Stand between an hour and the minutes that are added to it: "e".
    pub plus: Vec<String>,
    /// Stand between an hour and the minutes that are taken off: "meno".
    pub less: Vec<String>,
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before noon.
    Morning,
    /// After noon.
    Afternoon,
    /// Either side of midnight.
    Night,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    noon: Vec<String>,
    midnight: Vec<String>,
    hours: String,
    o_clock: Vec<String>,
    minutes: String,
    introduced: String,
    before_digits: String,
    day_links: String,
    morning: Vec<String>,
    afternoon: Vec<String>,
    night: Vec<String>,
    part_suffices: bool,
    am: Vec<String>,
    pm: Vec<String>,
    before_minutes: String,
    from: String,
    until: String,
    quarter: String,
    half: String,
    three_quarters: String,
    past: String,
    after: String,
    to: String,
    to_article: String,
    before_hour: String,
    perhaps_before_hour: String,
    plus: String,
    less: String,
    behind: BTreeMap<String, Vec<String>>,
}

impl Clock {
    /// Adds what a file says.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        let words = |text: &str| super::parse::words(text).collect::<Vec<_>>();
        for (list, minutes) in [(&file.noon, 720), (&file.midnight, 0)] {
            self.named
                .extend(list.iter().map(|phrase| (words(phrase), minutes)));
        }
        for (list, part) in [
            (&file.morning, Part::Morning),
            (&file.afternoon, Part::Afternoon),
            (&file.night, Part::Night),
        ] {
            self.parts
                .extend(list.iter().map(|phrase| (words(phrase), part)));
        }
        for (minutes, phrases) in &file.behind {
            let minutes: i32 = minutes
                .parse()
                .map_err(|_| format!("\"{minutes}\" is no number of minutes"))?;
            let rows = phrases.iter().map(|phrase| (words(phrase), minutes));
            self.behind.extend(rows);
        }
        self.part_suffices |= file.part_suffices;
        self.hours
            .extend(words(&file.hours).into_iter().map(|word| vec![word]));
        for (own, rows) in [
            (&mut self.hours, &file.o_clock),
            (&mut self.am, &file.am),
            (&mut self.pm, &file.pm),
        ] {
            own.extend(rows.iter().map(|row| words(row)));
        }
        for (own, list) in [
            (&mut self.minutes, &file.minutes),
            (&mut self.introduced, &file.introduced),
            (&mut self.before_digits, &file.before_digits),
            (&mut self.day_links, &file.day_links),
            (&mut self.before_minutes, &file.before_minutes),
            (&mut self.from, &file.from),
            (&mut self.until, &file.until),
            (&mut self.quarter, &file.quarter),
            (&mut self.half, &file.half),
            (&mut self.three_quarters, &file.three_quarters),
            (&mut self.past, &file.past),
            (&mut self.after, &file.after),
            (&mut self.to, &file.to),
            (&mut self.to_article, &file.to_article),
            (&mut self.before_hour, &file.before_hour),
            (&mut self.perhaps_before_hour, &file.perhaps_before_hour),
            (&mut self.plus, &file.plus),
            (&mut self.less, &file.less),
        ] {
            own.extend(words(list));
        }
        Ok(())
    }
}
