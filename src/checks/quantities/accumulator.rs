//! What the words of a number add up to, one after the other.

use crate::languages::Grammar;

/// A number in the making: finished millions, finished thousands, and the group below a thousand.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub millions: f64,
    pub thousands: f64,
    pub group: f64,
    /// The last power, for "and a half".
    pub last: f64,
    pub seen: bool,
    pub powered: bool,
    pub half_open: bool,
}

impl Sum {
    pub fn total(&self) -> f64 {
        self.millions + self.thousands + self.group
    }

    pub fn is_small(&self) -> bool {
        !self.powered && self.group < 100.0
    }

    pub fn add(&mut self, n: f64, grammar: Option<Grammar>) -> bool {
        let french = grammar == Some(Grammar::French);
        let (g, tens) = (self.group, self.group % 100.0);
        let fits = !self.seen
            || g == 0.0 && self.powered && (n < 1000.0 || self.thousands == 0.0 && n < self.last)
            || g > 0.0 && tens == 0.0 && n < 100.0
            || n < 10.0 && n > 0.0 && tens >= 20.0 && tens % 10.0 == 0.0
            || french && (tens == 60.0 || tens == 80.0) && n < 20.0 && n > 0.0
            || french && tens == 10.0 && (7.0..10.0).contains(&n)
            || french && matches!(tens, 70.0 | 90.0) && (7.0..10.0).contains(&n);
        if fits {
            self.group += n;
        } else if french && tens == 4.0 && n == 20.0 {
            self.group += 76.0;
        } else if grammar == Some(Grammar::English)
            && !self.powered
            && (16.0..=20.0).contains(&g)
            && (10.0..100.0).contains(&n)
        {
            // "nineteen eighty-four"
            self.group = g * 100.0 + n;
        } else {
            return false;
        }
        self.seen = true;
        true
    }

    pub fn add_ordinal(&mut self, n: f64, grammar: Option<Grammar>) -> bool {
        let french = grammar == Some(Grammar::French);
        let tens = self.group % 100.0;
        let teens = tens == 10.0 && grammar == Some(Grammar::Iberian);
        let fits = n < 10.0 && (teens || tens >= 20.0) && tens % 10.0 == 0.0
            || self.group > 0.0 && tens == 0.0 && n < 100.0
            || french && tens == 10.0 && (7.0..10.0).contains(&n);
        if fits {
            self.group += n;
        }
        fits
    }

    pub fn hundred(&mut self) -> bool {
        let fits = self.group < 100.0
            && self.group.fract() == 0.0
            && (self.group > 0.0 || !self.seen || self.powered);
        if fits {
            self.group = self.group.max(1.0) * 100.0;
            self.seen = true;
        }
        fits
    }

    pub fn power(&mut self, power: f64) -> bool {
        let below = if power < 1e6 {
            if self.thousands > 0.0 {
                return false;
            }
            &mut self.thousands
        } else {
            let below = self.thousands + self.group;
            if self.millions > 0.0 && below == 0.0 {
                return false;
            }
            self.group = below;
            self.thousands = 0.0;
            &mut self.millions
        };
        *below += if self.group == 0.0 { 1.0 } else { self.group } * power;
        self.group = 0.0;
        self.last = power;
        self.seen = true;
        self.powered = true;
        self.half_open = false;
        true
    }

    pub fn add_half(&mut self) {
        if self.powered && self.group == 0.0 {
            self.group = self.last / 2.0;
        } else {
            self.group += 0.5;
        }
    }
}
