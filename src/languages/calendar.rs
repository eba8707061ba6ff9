//! Months, weekdays, seasons, and days told from today: `calendar.toml`.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;

use super::Context;

/// The words of the calendar, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    months: HashMap<String, u32>,
    short_months: HashMap<String, u32>,
    /// Are months with a capital letter only: "May".
    capital: HashSet<String>,
    /// Are months without a capital letter only: French "mars".
    small: HashSet<String>,
    weekdays: HashMap<String, u32>,
    seasons: HashMap<String, u32>,
    /// Stand behind a month in one word: "Februarwoche".
    pub month_endings: Vec<String>,
    /// Stand behind a weekday in one word: "Montagabend".
    pub day_endings: Vec<String>,
    /// Count one year without a number: "annual".
    yearly: HashSet<String>,
    /// Words in a row, and how many days from today they are; the longer ones first.
    days: Vec<(Vec<String>, i32)>,
    stretches: HashMap<String, Stretch>,
    /// Whether months and weekdays have a capital letter.
    pub capitals: bool,
    /// Where a month is a surname, if a name or a title stands before it.
    pub surnames: Vec<Context>,
    /// Stand behind a weekday, divided by a hyphen.
    pub day_suffixes: Vec<String>,
    /// Ordinals that stand for a weekday, from Monday, and where they surely do.
    short_weekdays: Vec<String>,
    /// See above.
    pub short_weekday_sure: Vec<Context>,
    /// Before a unit of time they count one.
    pub articles: Vec<String>,
    /// Where a day told from today is none.
    pub no_days: Vec<Context>,
    /// "Night", before the two days that it lies between.
    pub nights: Vec<String>,
    feasts: HashMap<String, u32>,
}

/// Which part of a month, a season or a year is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stretch {
    /// "early", "inizio".
    Beginning,
    /// "mid", "metà".
    Middle,
    /// "late", "fine".
    End,
}

/// The file. Words of one meaning are divided by white space.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    months: Vec<String>,
    short_months: Vec<String>,
    capital: String,
    small: String,
    month_endings: String,
    weekdays: Vec<String>,
    day_endings: String,
    seasons: Vec<String>,
    year: String,
    yearly: String,
    days: BTreeMap<String, Vec<String>>,
    stretches: BTreeMap<Stretch, String>,
    capitals: bool,
    surnames: Vec<Context>,
    day_suffixes: String,
    short_weekdays: String,
    short_weekday_sure: Vec<Context>,
    articles: String,
    no_days: Vec<Context>,
    nights: String,
    feasts: BTreeMap<String, String>,
}

/// Numbers the items of a list from 1. A list is whole or missing.
fn number(list: &[String], length: usize, into: &mut HashMap<String, u32>) -> Result<(), String> {
    if !list.is_empty() && list.len() != length {
        return Err(format!("a list has {} items, not {length}", list.len()));
    }
    for (n, forms) in (1..).zip(list) {
        into.extend(super::parse::words(forms).map(|form| (form, n)));
    }
    Ok(())
}

impl Calendar {
    /// The month of the feast `word`, in lower case.
    pub fn feast(&self, word: &str) -> Option<u32> {
        self.feasts.get(word).copied()
    }

    /// Adds the words of a file; a word that is known already gets its new meaning.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        number(&file.months, 12, &mut self.months)?;
        number(&file.short_months, 12, &mut self.short_months)?;
        number(&file.weekdays, 7, &mut self.weekdays)?;
        number(&file.seasons, 4, &mut self.seasons)?;
        self.seasons
            .extend(super::parse::words(&file.year).map(|year| (year, 5)));
        for (month, names) in &file.feasts {
            let month = month
                .parse()
                .map_err(|_| format!("{month:?} is no month"))?;
            self.feasts
                .extend(super::parse::words(names).map(|name| (name, month)));
        }
        self.capital.extend(super::parse::words(&file.capital));
        self.small.extend(super::parse::words(&file.small));
        self.yearly.extend(super::parse::words(&file.yearly));
        self.month_endings
            .extend(super::parse::words(&file.month_endings));
        self.day_endings
            .extend(super::parse::words(&file.day_endings));
        self.capitals |= file.capitals;
        self.surnames.extend(file.surnames);
        self.day_suffixes
            .extend(super::parse::words(&file.day_suffixes));
        self.short_weekdays
            .extend(super::parse::words(&file.short_weekdays));
        self.short_weekday_sure.extend(file.short_weekday_sure);
        self.articles.extend(super::parse::words(&file.articles));
        self.no_days.extend(file.no_days);
        self.nights.extend(super::parse::words(&file.nights));
        for (days, phrases) in &file.days {
            let days: i32 = days
                .parse()
                .map_err(|_| format!("\"{days}\" is no number of days"))?;
            for phrase in phrases {
                self.days
                    .push((super::parse::words(phrase).collect(), days));
            }
        }
        self.days
            .sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
        for (stretch, text) in &file.stretches {
            let words = super::parse::words(text).map(|word| (word, *stretch));
            self.stretches.extend(words);
        }
        Ok(())
    }

    /// The month (1 to 12) that `word` names; `capital` says whether it has a capital letter that proves something.
    pub fn month(&self, word: &str, capital: bool) -> Option<u32> {
        let month = *self.months.get(word)?;
        (capital || !self.capital.contains(word)).then_some(month)
    }

    /// Whether `word` is a month with a small letter only.
    pub fn is_small(&self, word: &str) -> bool {
        self.small.contains(word)
    }

    /// The month that `word` is short for.
    pub fn short_month(&self, word: &str) -> Option<u32> {
        self.short_months.get(word).copied()
    }

    /// The weekday (1 is Monday) that `word` names.
    pub fn weekday(&self, word: &str) -> Option<u32> {
        self.weekdays.get(word).copied()
    }

    /// The weekday (1 is Monday) that the ordinal `word` may stand for.
    pub fn short_weekday(&self, word: &str) -> Option<u32> {
        let days = (1..).zip(&self.short_weekdays);
        days.into_iter()
            .find_map(|(n, day)| (day == word).then_some(n))
    }

    /// The season that `word` names: 1 is spring, 5 the whole year.
    pub fn season(&self, word: &str) -> Option<u32> {
        self.seasons.get(word).copied()
    }

    /// Whether `word` counts one year without a number.
    pub fn is_yearly(&self, word: &str) -> bool {
        self.yearly.contains(word)
    }

    /// The stretch of a period that `word` before it means.
    pub fn stretch(&self, word: &str) -> Option<Stretch> {
        self.stretches.get(word).copied()
    }

    /// How many days from today the words that `word` gives from 0 on are, and how many of them say so.
    pub fn days_from_today<'w>(&self, word: impl Fn(usize) -> &'w str) -> Option<(i32, usize)> {
        self.days
            .iter()
            .find(|(phrase, _)| (0..).zip(phrase).all(|(k, part)| word(k) == part))
            .map(|(phrase, days)| (*days, phrase.len()))
    }
}
