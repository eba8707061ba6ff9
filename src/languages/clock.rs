//! Words for times of day: `clock.toml`. How they are put together is the grammar's.

use serde::Deserialize;

/// In lower case.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Words in a row for noon and midnight, and the minutes after midnight.
    pub named: Vec<(Vec<String>, u32)>,
    /// "Hours", "Uhr".
    pub hours: Vec<String>,
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
    minutes: String,
    introduced: String,
    before_digits: String,
    day_links: String,
    morning: Vec<String>,
    afternoon: Vec<String>,
    night: Vec<String>,
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
        self.hours.extend(words(&file.hours));
        self.minutes.extend(words(&file.minutes));
        self.introduced.extend(words(&file.introduced));
        self.before_digits.extend(words(&file.before_digits));
        self.day_links.extend(words(&file.day_links));
        Ok(())
    }
}
