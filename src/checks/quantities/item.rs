//! What the two sides are read into.

use super::numerals::Said;
use super::units::Unit;
use crate::checks::id::CheckId;
use crate::checks::words::Side;
use crate::text::Span;

/// What an item is a value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Number,
    /// 1 to 12.
    Month,
    /// 1 to 7.
    Weekday,
    /// Minutes after midnight.
    Time,
    /// Days from today: "yesterday" is -1.
    Day,
    /// "hundreds": an order of magnitude.
    Vague,
}

/// Whether an item must have a counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Demand {
    /// It may have been said otherwise.
    None,
    /// A good translation sometimes does without.
    Soft,
    /// Always.
    Hard,
}

#[derive(Debug, Clone)]
pub(super) struct Item {
    pub span: Span,
    pub what: What,
    /// The value and other readings of it: NaN where there is none.
    pub values: [f64; 3],
    pub unit: Option<Unit>,
    pub demand: Demand,
    /// In digits with the decimal mark of another language.
    pub foreign: bool,
    /// Whether it is a day beside its month.
    pub day: bool,
    /// The month of a day, the year of a month, where they stand together.
    pub belongs: Option<f64>,
    /// Whether it is said to be rounded: "almost", "circa".
    pub about: bool,
    /// How it was said, if in words: those count things rather than days.
    pub said: Option<Said>,
}

impl Item {
    pub fn new(span: Span, what: What, value: f64, demand: Demand) -> Self {
        Self {
            span,
            what,
            values: [value, f64::NAN, f64::NAN],
            unit: None,
            demand,
            foreign: false,
            day: false,
            belongs: None,
            about: false,
            said: None,
        }
    }

    /// With another reading.
    pub fn or(mut self, value: f64) -> Self {
        self.also(value);
        self
    }

    /// Adds another reading.
    pub fn also(&mut self, value: f64) {
        match self.values.iter_mut().find(|slot| slot.is_nan()) {
            Some(slot) => *slot = value,
            None => self.values[2] = value,
        }
    }

    /// Whether it is a fraction, a multiple or a share.
    pub fn is_part(&self) -> bool {
        self.said == Some(Said::Part)
    }

    pub fn check(&self) -> CheckId {
        match self.what {
            What::Number | What::Vague => CheckId::Number,
            What::Month | What::Weekday | What::Time | What::Day => CheckId::Date,
        }
    }

    /// The item's words and its value.
    pub fn show_valued(&self, text: &str) -> String {
        let words = self.span.of(text);
        format!("\"{words}\" ({})", show_value(self.values[0]))
    }

    /// The item's words, and its value where they don't show it.
    pub fn show(&self, text: &str) -> String {
        let words = self.span.of(text);
        if self.what == What::Number
            && !self.is_part()
            && words.contains(|c: char| c.is_alphabetic())
            && self.unit != Some(Unit::PERCENT)
        {
            self.show_valued(text)
        } else {
            format!("\"{words}\"")
        }
    }
}

/// A value with commas between thousands.
fn show_value(value: f64) -> String {
    let text = format!("{value}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut shown = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if !fraction.is_empty() {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

/// The fraction, multiple or share that the words `i..end` tell.
pub(super) fn part(side: &Side, i: usize, end: usize, value: f64, demand: Demand) -> Item {
    let span = Span {
        start: side.words[i].span.start,
        end: side.words[end - 1].span.end,
    };
    let mut item = Item::new(span, What::Number, value, demand);
    item.said = Some(Said::Part);
    item
}
