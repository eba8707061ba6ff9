//! The small words around numbers and dates, and what stands between two of them: `links.toml`.

use serde::Deserialize;

use super::parse::{parse, words};

/// In lower case.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// Stand before an ordinal that tells a share: "jeder Dritte".
    pub every: Vec<String>,
    /// Stand between the two numbers of a share: "one in five".
    pub share: Vec<Share>,
    /// Tell of what something is a part: "a third of it".
    pub of: Vec<String>,
    /// Stand between a fraction and the span of time or the power that it is taken of: "of a", "of the".
    pub of_a: Vec<String>,
    /// Stand between a number and its unit: "milioni di euro".
    pub before_unit: Vec<String>,
    /// Stand between "half" and what it halves: "half a million".
    pub after_half: Vec<String>,
    /// Stand between "and" and "half": "one and a half".
    pub before_half: Vec<String>,
    /// Stand between two powers: "miles de millones".
    pub between_powers: Vec<String>,
    /// Stand between the two numbers of a range, or of a choice.
    pub between_numbers: Vec<String>,
    /// Stand between two amounts that are one: "two euros and twenty".
    pub between_amounts: Vec<String>,
    /// Follow a phrase, so that what stands before it is no adjective: "a third more".
    pub after_phrase: Vec<String>,
    /// Stand before a day and its month in digits: "on 9/11".
    pub before_date: Vec<String>,
    /// Stand between a day and its month.
    pub day_month: Vec<String>,
    /// Stand between a month and its day.
    pub month_day: Vec<String>,
    /// Stand between a month and its year.
    pub month_year: Vec<String>,
    /// Stand between a stretch and the period that it is a part of: "the end of last year".
    pub stretch_period: Vec<String>,
    /// "Percent"; words in a row.
    pub percent: Vec<Vec<String>>,
    /// Hundredths of a percentage point; words in a row.
    pub basis_points: Vec<Vec<String>>,
    /// Percentage points, behind a fraction.
    pub points: Vec<String>,
    /// Parts of a year that are counted: quarters, halves.
    pub year_parts: Vec<String>,
    /// Such a part behind an ordinal is no number of its own: "the third quarter".
    pub quarters: Vec<String>,
    /// Two weeks, or the fifteen days that others count.
    pub fortnights: Vec<String>,
    /// Stand behind the figures of a year that names a decade: the "s" of "1990s".
    pub decade_endings: Vec<String>,
    /// Letters before the number of a quarter: "Q3".
    pub quarter_signs: Vec<String>,
    /// Stand before a number below zero.
    pub minus: Vec<String>,
    /// Stand before these where they mean something else: "more or minus".
    pub no_minus: Vec<String>,
    /// Stand behind a number below zero; words in a row.
    pub below_zero: Vec<Vec<String>>,
    /// Stand between the two ends of a range.
    pub range: Vec<String>,
}

/// See [`Links::share`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The words, in a row.
    #[serde(deserialize_with = "row")]
    pub between: Vec<String>,
    /// With a larger number behind it, it tells a date or a place.
    pub most: Option<f64>,
    /// Whether it says something else as well: "eine von drei" may be "one of the three".
    #[serde(default)]
    pub unsure: bool,
    /// Whether it does so where something stands between the first number and it: "one goal in ten".
    #[serde(default)]
    pub unsure_apart: bool,
}

fn row<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(words(&text).collect())
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    every: String,
    share: Vec<Share>,
    of: String,
    of_a: String,
    before_unit: String,
    after_half: String,
    before_half: String,
    between_powers: String,
    between_numbers: String,
    between_amounts: String,
    after_phrase: String,
    before_date: String,
    day_month: String,
    month_day: String,
    month_year: String,
    stretch_period: String,
    percent: Vec<String>,
    basis_points: Vec<String>,
    points: String,
    year_parts: String,
    quarters: String,
    fortnights: String,
    decade_endings: String,
    quarter_signs: String,
    minus: String,
    no_minus: String,
    below_zero: Vec<String>,
    range: String,
}

impl Links {
    /// Adds the words of a file.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = parse(text)?;
        self.share.extend(file.share);
        for (list, text) in [
            (&mut self.every, &file.every),
            (&mut self.of, &file.of),
            (&mut self.of_a, &file.of_a),
            (&mut self.before_unit, &file.before_unit),
            (&mut self.after_half, &file.after_half),
            (&mut self.before_half, &file.before_half),
            (&mut self.between_powers, &file.between_powers),
            (&mut self.between_numbers, &file.between_numbers),
            (&mut self.between_amounts, &file.between_amounts),
            (&mut self.after_phrase, &file.after_phrase),
            (&mut self.before_date, &file.before_date),
            (&mut self.day_month, &file.day_month),
            (&mut self.month_day, &file.month_day),
            (&mut self.month_year, &file.month_year),
            (&mut self.stretch_period, &file.stretch_period),
            (&mut self.points, &file.points),
            (&mut self.year_parts, &file.year_parts),
            (&mut self.quarters, &file.quarters),
            (&mut self.fortnights, &file.fortnights),
            (&mut self.decade_endings, &file.decade_endings),
            (&mut self.quarter_signs, &file.quarter_signs),
            (&mut self.minus, &file.minus),
            (&mut self.no_minus, &file.no_minus),
            (&mut self.range, &file.range),
        ] {
            list.extend(words(text));
        }
        for (list, phrases) in [
            (&mut self.percent, &file.percent),
            (&mut self.basis_points, &file.basis_points),
            (&mut self.below_zero, &file.below_zero),
        ] {
            list.extend(phrases.iter().map(|phrase| words(phrase).collect()));
        }
        Ok(())
    }
}
