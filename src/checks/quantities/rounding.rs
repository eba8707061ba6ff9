//! Figures that a translation rounds and says so: "36.872 millones", "almost $36.9bn".

use super::item::{Item, What};
use crate::checks::words::Side;

/// Marks the figures that are said to be rounded.
pub(super) fn mark(side: &Side, items: &mut [Item]) {
    let words = &side.language.phrases.about;
    for item in items.iter_mut().filter(|item| item.what == What::Number) {
        let before = side.text[..item.span.start].trim_end();
        item.about = words.iter().any(|word| {
            let Some(at) = before.len().checked_sub(word.len()) else {
                return false;
            };
            let ends = before
                .get(at..)
                .is_some_and(|end| end.to_lowercase() == *word);
            ends && !before[..at].ends_with(char::is_alphanumeric)
        });
    }
}

/// Whether `short` says that it is rounded, has fewer figures than `long`, and is `long` rounded to these.
pub(super) fn rounds(short: &Item, long: &Item) -> bool {
    if !short.about || long.about || short.said.is_some() != long.said.is_some() {
        return false;
    }
    let (rounded, exact) = (short.values[0], long.values[0]);
    let figures = figures(rounded);
    // Two figures and more, and one less than before: "about 30" is not 34.
    if exact < 100.0 || figures < 2 || self::figures(exact) <= figures {
        return false;
    }
    let unit = 10f64.powi(exact.log10().floor() as i32 + 1 - figures as i32);
    (rounded - exact).abs() <= unit / 2.0 + 1e-9 * exact
}

/// How many figures a number has without the zeros at its end.
fn figures(value: f64) -> usize {
    let text = format!("{value}");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').trim_end_matches('0').len()
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::*;
    use crate::text::Lang;

    #[test]
    fn what_is_said_to_be_rounded() {
        for (source, target, expected) in [
            ("36.872 millones", "almost $36.9bn", true),
            ("36.872 millones", "$36.9bn", false),
            ("36.872 millones", "almost $38.9bn", false),
            ("unos 36.872 millones", "almost $36.9bn", false),
            ("1.234 casas", "about 1,230 homes", true),
            ("34 casas", "about 30 homes", false),
        ] {
            let (from, to) = (Side::new(source, Lang::ES), Side::new(target, Lang::EN));
            let (said, written) = (read(&from), read(&to));
            assert_eq!(
                rounds(&written[0], &said[0]),
                expected,
                "{source} | {target}"
            );
        }
    }
}
