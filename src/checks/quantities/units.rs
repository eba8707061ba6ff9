//! What is counted: currencies, units of measure, percent. Only so far that one can be told from another.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::checks::words::Side;
use crate::languages::{Language, Table};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new("units.tsv"));

/// What is known of a class beside its words.
struct Class {
    kind: &'static str,
    /// How many of another class one of it is.
    makes: Vec<(f64, Unit)>,
    /// The same but for rounding, where a translator may convert.
    about: Vec<(f64, Unit)>,
}

static CLASSES: LazyLock<Vec<Class>> = LazyLock::new(|| {
    let rows = TABLE.rows.iter();
    rows.map(|(cells, _)| Class {
        kind: cells[1],
        makes: amounts(cells[2]),
        about: amounts(cells[3]),
    })
    .collect()
});

/// "100 centimetres, 1000 millimetres".
fn amounts(cell: &str) -> Vec<(f64, Unit)> {
    let amount = |text: &str| {
        let (factor, name) = text.split_once(' ')?;
        let class = TABLE.rows.iter().position(|(cells, _)| cells[0] == name)?;
        Some((factor.parse().ok()?, Unit(u8::try_from(class).ok()?)))
    };
    let amounts = cell.split(", ").filter(|text| !text.is_empty());
    amounts
        .map(|text| amount(text).expect("a class of the table that is compiled in"))
        .collect()
}

static UNITS: LazyLock<HashMap<&'static str, Unit>> = LazyLock::new(|| {
    let classes = (0..).zip(&TABLE.rows);
    classes
        .flat_map(|(class, row)| words(row).map(move |word| (word, Unit(class))))
        .collect()
});

/// The signs and the words of a class, those of all languages together.
fn words(
    (cells, of_langs): &(Vec<&'static str>, Vec<&'static str>),
) -> impl Iterator<Item = &'static str> {
    let cells: Vec<&str> = cells[4..].iter().chain(of_langs).copied().collect();
    cells.into_iter().flat_map(str::split_ascii_whitespace)
}

/// Words of a unit that are joined: "square kilometres".
const WORDS: usize = 3;

/// A class of units; compare by equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit(u8);

impl Unit {
    pub const PERCENT: Unit = Unit(0);

    /// Hundredths of a percentage point, which two words name in most languages.
    pub fn basis_points() -> Option<Unit> {
        Unit::of("bp")
    }

    /// Weeks, which "fortnight" counts.
    pub fn weeks() -> Option<Unit> {
        Unit::of("weeks")
    }

    /// For messages.
    pub fn name(self) -> &'static str {
        TABLE.rows[usize::from(self.0)].0[0]
    }

    /// The unit that `word` (lower case) or a sign stands for.
    pub fn of(word: &str) -> Option<Unit> {
        UNITS.get(word).copied()
    }

    /// The unit that `word` stands for in `language`: "an" is no year in English.
    pub fn in_lang(word: &str, language: &Language) -> Option<Unit> {
        let other = |no_unit: &String| no_unit == word;
        Unit::of(word).filter(|_| !language.phrases.no_units.iter().any(other))
    }

    /// The unit whose words start at word `i` of `side`, and one past the last of them.
    pub fn at(side: &Side, i: usize) -> Option<(Unit, usize)> {
        let first = side.words.get(i)?;
        if first.text.len() == 1 {
            // "5G", "nel 2020 l’azienda"
            let sign = first.text == first.lower && !side.after(i).starts_with(['\'', '’']);
            return Unit::in_lang(&first.lower, side.language)
                .filter(|_| sign)
                .map(|unit| (unit, i + 1));
        }
        let close = |at: usize| matches!(side.before(at), " " | "-" | "\u{a0}" | "\u{202f}");
        let joined = |count: usize| {
            let rest = i + 1..i + count;
            let whole = side.words.len() >= rest.end && rest.clone().all(close);
            let words: Vec<&str> = (i..i + count).map(|at| side.lower(at)).collect();
            Unit::in_lang(&words.join("_"), side.language)
                .filter(|_| whole)
                .map(|unit| (unit, i + count))
        };
        (1..=WORDS).rev().find_map(joined)
    }

    fn class(self) -> &'static Class {
        &CLASSES[usize::from(self.0)]
    }

    /// How many `other` one of this unit is, and what zero of it is in the other, where a translator may convert.
    fn scale(self, other: Unit) -> Option<(f64, f64)> {
        let scale = match (self.name(), other.name()) {
            ("degrees Fahrenheit", "degrees Celsius") => (5.0 / 9.0, -32.0 * 5.0 / 9.0),
            _ => {
                let mut about = self.class().about.iter();
                (about.find(|(_, unit)| *unit == other)?.0, 0.0)
            }
        };
        Some(scale)
    }

    /// Whether it is money.
    pub fn is_money(self) -> bool {
        self.class().kind == "money"
    }

    /// Whether a translator may say it in a smaller unit: "half a metre" is 50 centimetres.
    pub fn divides(self) -> bool {
        self.is_time() || self.class().kind == "size"
    }

    /// Whether it is a span of time.
    pub fn is_time(self) -> bool {
        self.class().kind == "time"
    }

    /// Whether both may be the same unit: a pound is a weight and a coin.
    pub fn may_be(self, other: Unit) -> bool {
        let pounds = |unit: Unit| unit.name().starts_with("pounds");
        self == other || pounds(self) && pounds(other)
    }

    /// Whether two amounts are the same: 18 months are a year and a half, 1.2 tonnes are 1,200 kilograms, and where days
    /// are counted with the first one, "quinze jours" are two weeks.
    fn makes(self, value: f64, other: Unit, amount: f64) -> bool {
        // Months are counted roughly.
        let each = match (self.name(), other.name()) {
            ("months", "weeks") => 4.0..=4.5,
            ("months", "days") => 30.0..=31.0,
            _ => 0.0..=0.0,
        };
        if each.contains(&(amount / value)) {
            return amount > 0.0;
        }
        let mut makes = self.class().makes.iter();
        let Some((factor, _)) = makes.find(|(_, unit)| *unit == other) else {
            return false;
        };
        let inclusive = *factor == 7.0 && value <= 2.0 && amount == 7.0 * value + 1.0;
        inclusive || (value * factor - amount).abs() <= 1e-9 * amount.abs()
    }

    /// Whether the two amounts are the same but for rounding.
    pub fn converts(self, value: f64, other: Unit, amount: f64) -> bool {
        let close = |converted: f64, amount: f64| {
            (converted - amount).abs() <= 0.04 * amount.abs().max(5.0)
        };
        let to = |(factor, zero): (f64, f64), value: f64, amount: f64| {
            close(value * factor + zero, amount)
        };
        self.makes(value, other, amount)
            || other.makes(amount, self, value)
            || self
                .scale(other)
                .is_some_and(|scale| to(scale, value, amount))
            || other
                .scale(self)
                .is_some_and(|scale| to(scale, amount, value))
    }

    /// Whether it may be attached to a number in a translation where the source has none, or be left out.
    pub fn is_optional(self) -> bool {
        self != Unit::PERCENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions() {
        let unit = |word| Unit::of(word).unwrap();
        assert!(unit("miles").converts(3000.0, unit("km"), 4800.0));
        assert!(unit("km").converts(1040.0, unit("miles"), 645.0));
        assert!(unit("°f").converts(90.0, unit("°c"), 32.0));
        assert!(!unit("miles").converts(3000.0, unit("km"), 3000.0));
        assert!(unit("weeks").converts(2.0, unit("jours"), 15.0));
        assert!(unit("months").converts(18.0, unit("years"), 1.5));
        assert!(unit("toneladas").converts(1.2, unit("kilos"), 1200.0));
        assert!(!unit("toneladas").converts(1.2, unit("kilos"), 120.0));
        assert!(unit("meses").converts(1.5, unit("weeks"), 6.0));
        assert!(!unit("meses").converts(1.5, unit("weeks"), 8.0));
        assert!(!unit("weeks").converts(3.0, unit("days"), 15.0));
        assert!(unit("inches").converts(6.0, unit("centimetri"), 15.0));
        assert!(unit("quintali").converts(6.0, unit("kilos"), 600.0));
        assert!(unit("acres").converts(12.0, unit("hektar"), 4.9));
        assert!(!unit("acres").converts(12.0, unit("ettari"), 12.0));
        assert!(!unit("euro").converts(100.0, unit("$"), 110.0));
        assert!(unit("gw").converts(1.2, unit("megavatios"), 1200.0));
        assert!(unit("mg").converts(0.5, unit("µg"), 500.0));
        assert!(!unit("kwh").converts(3.0, unit("mwh"), 3.0));
        assert!(unit("pfund").may_be(unit("£")));
    }

    #[test]
    fn one_word_one_class() {
        assert_eq!(Unit::of("anni"), Unit::of("years"));
        assert_eq!(Unit::of("%"), Some(Unit::PERCENT));
        assert_eq!(Unit::of("€").map(Unit::name), Some("euros"));
        assert_eq!(Unit::of("cani"), None);
        let mut all: Vec<_> = TABLE
            .rows
            .iter()
            .flat_map(|row| {
                let mut words: Vec<_> = words(row).collect();
                words.sort_unstable();
                words.dedup();
                words
            })
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "a word stands in two classes");
    }
}
