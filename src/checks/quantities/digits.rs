//! Numbers in digits: "1.234,5" in Italian is "1,234.5" in English.

use crate::languages::{Language, writing};
use crate::text::Lang;

/// A number read from digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub value: f64,
    /// Written as another language writes it, such as "3,5" in English.
    pub foreign: bool,
}

/// Whether `lang` writes 3.5 with a point.
pub(super) fn has_decimal_point(lang: Lang) -> bool {
    writing().decimal_point.contains(&lang)
}

/// Reads digits with separators in the way of `lang`; `None` for what is no number, such as a version or a date.
pub(super) fn read(text: &str, lang: Lang) -> Option<Number> {
    let text: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        .collect();
    let (decimal, group) = if has_decimal_point(lang) {
        ('.', ',')
    } else {
        (',', '.')
    };
    let parse = |decimal: char, group: char| {
        let (whole, fraction) = text.split_once(decimal).unwrap_or((&text, ""));
        if fraction.contains(['.', ',']) || !grouped(whole, group) {
            return None;
        }
        let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
        format!("{whole}.{fraction}0").parse::<f64>().ok()
    };
    if let Some(value) = parse(decimal, group) {
        return Some(Number {
            value,
            foreign: false,
        });
    }
    parse(group, decimal).map(|value| Number {
        value,
        foreign: !Language::of(lang).profile.both_decimals,
    })
}

/// Whether `whole` is plain digits, or divided by `group` into groups of three.
fn grouped(whole: &str, group: char) -> bool {
    let mut parts = whole.split(group);
    let first = parts.next().unwrap_or_default();
    let mut rest = parts.peekable();
    let divided = rest.peek().is_some();
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    plain(first)
        && (!divided || first.len() <= 3 && !first.starts_with('0'))
        && rest.all(|part| part.len() == 3 && plain(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_by_language() {
        for (lang, text, value, foreign) in [
            (Lang::IT, "1.234,5", 1234.5, false),
            (Lang::EN, "1,234.5", 1234.5, false),
            (Lang::EN, "1.234,5", 1234.5, true),
            (Lang::IT, "1.234", 1234.0, false),
            (Lang::EN, "1.234", 1.234, false),
            (Lang::EN, "3,5", 3.5, true),
            (Lang::IT, "3.5", 3.5, true),
            (Lang::ES, "3.5", 3.5, false),
            (Lang::IT, "0.125", 0.125, true),
            (Lang::FR, "10\u{a0}000", 10_000.0, false),
            (Lang::DE, "1’000’000", 1e6, false),
            (Lang::EN, "12,345,678", 12_345_678.0, false),
            (Lang::EN, "2022", 2022.0, false),
        ] {
            assert_eq!(
                read(text, lang),
                Some(Number { value, foreign }),
                "{lang} {text}"
            );
        }
        for text in ["1.2.3", "20.11.2022", "127.0.0.1", "1,2,3", "1.2,3,4"] {
            assert_eq!(read(text, Lang::IT), None, "{text}");
        }
    }
}
