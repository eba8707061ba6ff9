//! When two items may stand for the same.

use super::item::{Demand, Item, What};
use super::numerals::Said;
use super::rounding;
use super::units::Unit;

impl Item {
    /// Whether the two may stand for the same.
    pub fn equals(&self, other: &Item) -> bool {
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        let any = |f: &dyn Fn(f64, f64) -> bool| {
            self.values
                .iter()
                .any(|a| other.values.iter().any(|b| f(*a, *b)))
        };
        let implied = |item: &Item| item.said == Some(Said::Implied);
        let converts = || {
            self.unit
                .zip(other.unit)
                .is_some_and(|(unit, into)| unit.converts(self.values[0], into, other.values[0]))
        };
        match (self.what, other.what) {
            // "Two days ago" is the day before yesterday.
            (What::Day, What::Number) => {
                other.unit == Unit::of("days") && any(&|day, n| same(day.abs(), n))
            }
            (What::Number, What::Day) => {
                self.unit == Unit::of("days") && any(&|n, day| same(day.abs(), n))
            }
            (What::Number, What::Number) if implied(self) || implied(other) => converts(),
            (What::Number, What::Number) if self.is_warm(other) || other.is_warm(self) => true,
            (What::Number, What::Number)
                if self.is_percent_of(other) || other.is_percent_of(self) =>
            {
                true
            }
            (What::Number, What::Number)
                if self.is_point_of(other)
                    || other.is_point_of(self)
                    || rounding::rounds(self, other)
                    || rounding::rounds(other, self) =>
            {
                true
            }
            // "Deux heures et demie" may be a time of day.
            (What::Time, What::Number) if other.unit == Unit::of("hours") => {
                any(&|time, hours| is_hour(time_of(hours), time))
            }
            (What::Number, What::Time) if self.unit == Unit::of("hours") => {
                any(&|hours, time| is_hour(time_of(hours), time))
            }
            (What::Time, What::Number) => any(&|time, number| is_hour(number, time)),
            (What::Number, What::Time) => any(&|number, time| is_hour(number, time)),
            (a, b) if a == b => any(&same) || converts(),
            // "a hundred people", "centinaia di persone"
            (What::Vague, What::Number) => other.demand < Demand::Hard && any(&same),
            (What::Number, What::Vague) => self.demand < Demand::Hard && any(&same),
            _ => false,
        }
    }

    /// Whether it is a temperature, and `other` the same by the other scale, of which nothing is said: "in the 90s", "40
    /// gradi".
    fn is_warm(&self, other: &Item) -> bool {
        let scales = [Unit::of("°c"), Unit::of("°f")];
        let [Some(celsius), Some(fahrenheit)] = scales else {
            return false;
        };
        let into = match self.unit {
            Some(unit) if unit == celsius => fahrenheit,
            Some(unit) if unit == fahrenheit => celsius,
            _ => return false,
        };
        other.unit.is_none()
            && self
                .unit
                .is_some_and(|unit| unit.converts(self.values[0], into, other.values[0]))
    }

    /// Whether it is a fraction and `other` the same in percent, rounded or not: "un terzo", "33%".
    fn is_percent_of(&self, other: &Item) -> bool {
        self.is_part()
            && other.unit == Some(Unit::PERCENT)
            && self
                .values
                .iter()
                .any(|part| (100.0 * part - other.values[0]).abs() < 0.7)
    }

    /// Whether it is a part of a percentage point and `other` the same in basis points: "un quarto di punto", "25 basis
    /// points".
    fn is_point_of(&self, other: &Item) -> bool {
        let part = self.is_part() || self.said == Some(Said::Loose) || self.unit.is_none();
        part && other.unit.is_some()
            && other.unit == Unit::basis_points()
            && self
                .values
                .iter()
                .any(|part| (100.0 * part - other.values[0]).abs() < 1e-6)
    }
}

/// Whether `number` is the hour, or hour and minutes as a decimal, of a time of day, by either clock.
fn is_hour(number: f64, time: f64) -> bool {
    // From 13 on there is one clock only.
    let other_half = if number < 13.0 { 720.0 } else { 0.0 };
    [time, time + other_half, time - other_half]
        .iter()
        .any(|time| {
            let dotted = (time / 60.0).floor() + time % 60.0 / 100.0;
            // "02:30", "0230"
            (number - dotted).abs() < 1e-6 || (number - 100.0 * dotted).abs() < 1e-6
        })
}

/// 2.5 hours as an hour with its minutes behind the point: 2.3.
fn time_of(hours: f64) -> f64 {
    hours.floor() + hours.fract() * 0.6
}
