//! Letters of another script: small multilingual models slip into Cyrillic or Chinese in the middle of a word.

use super::words::Side;
use super::{CheckId, Finding};

/// Languages that aren't written in Latin letters, or not in these alone.
#[rustfmt::skip]
const NOT_LATIN: &[&str] = &[
    "am", "ar", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km", "kn", "ko", "ky", "lo", "mk",
    "ml", "mn", "mr", "my", "ne", "pa", "ru", "si", "sr", "ta", "te", "th", "uk", "ur", "yi", "zh",
];

/// Finds letters beyond the Latin ones in a text whose language is written in these, unless the source has them.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    if NOT_LATIN.contains(&target.lang.code()) {
        return;
    }
    let beyond =
        |c: char| c.is_alphabetic() && c > '\u{36f}' && !('\u{1e00}'..'\u{1f00}').contains(&c);
    if let Some(c) = target
        .text
        .chars()
        .find(|&c| beyond(c) && !source.text.contains(c))
    {
        found.push(Finding::error(
            CheckId::Script,
            format!("\"{c}\" is a letter of another script"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ids;
    use crate::text::Lang;

    #[test]
    fn a_foreign_letter_is_noticed_unless_the_source_has_it() {
        let found = |source, target| ids(Lang::IT, Lang::EN, source, target);
        assert!(found("Il Kazakistan ha votato", "Kazakстан has voted").contains(&"script"));
        assert!(!found("La lettera λ è greca", "The letter λ is Greek").contains(&"script"));
    }
}
