//! Letters of another script, where small multilingual models slip into Cyrillic or Chinese in the middle of a word, and
//! where what the source quotes in another script is lost; and pictures, such as emoji, that come or go.

use std::cell::LazyCell;

use unicode_normalization::UnicodeNormalization;

use crate::languages::writing;
use crate::text::Span;

use super::finding::Finding;
use super::id::CheckId;
use super::words::Side;

/// Whether `c` is a letter beyond the Latin ones.
fn is_beyond(c: char) -> bool {
    c.is_alphabetic() && c > '\u{36f}' && !('\u{1e00}'..'\u{1f00}').contains(&c)
}

/// Emoji and the like; not the marks that are typed for text, such as arrows.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}') && c != '❯' && c != '✓'
}

/// Compares what isn't written in Latin letters, where both languages are.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    if writing().not_latin.contains(&target.lang) {
        return;
    }
    // The micro sign is a mu, the ohm sign an omega.
    let whole = |text: &str| text.nfkc().collect::<String>();
    let before = LazyCell::new(|| whole(source.text));
    let strange = |c: &char| is_beyond(*c) && !before.contains(&whole(c.encode_utf8(&mut [0; 4])));
    if let Some(c) = target.text.chars().find(strange) {
        found.push(Finding::error(
            CheckId::Script,
            format!("\"{c}\" is a letter of another script"),
        ));
    }
    if !writing().not_latin.contains(&source.lang) {
        lost_words(source, target, found);
    }
    pictures(source, target, found);
}

/// Words of the source in another script, which a translation repeats, unless it writes them in its own letters, which
/// can't be told.
fn lost_words(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    for word in source
        .words
        .iter()
        .filter(|word| word.text.chars().all(is_beyond))
    {
        if !target.text.contains(word.text) {
            let message = format!("\"{}\" has no counterpart", word.text);
            found.push(Finding::warning(CheckId::Script, message).at_source(word.span));
        }
    }
}

/// A picture says something, and isn't translated.
fn pictures(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let of = |text: &str| -> Vec<char> {
        let mut pictures: Vec<char> = text.chars().filter(|&c| is_picture(c)).collect();
        pictures.sort_unstable();
        pictures
    };
    let (before, after) = (of(source.text), of(target.text));
    if before == after {
        return;
    }
    let place = |text: &str, c: char| {
        let start = text.find(c).unwrap_or_default();
        Span {
            start,
            end: start + c.len_utf8(),
        }
    };
    let extra = |of: &[char], than: &[char]| {
        let count = |all: &[char], c: char| all.iter().filter(|&&other| other == c).count();
        of.iter().copied().find(|&c| count(of, c) > count(than, c))
    };
    if let Some(c) = extra(&before, &after) {
        let message = format!("\"{c}\" has no counterpart");
        found.push(Finding::warning(CheckId::Script, message).at_source(place(source.text, c)));
    } else if let Some(c) = extra(&after, &before) {
        let message = format!("\"{c}\" is not in the source");
        found.push(Finding::warning(CheckId::Script, message).at_target(place(target.text, c)));
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
        // The micro sign, and the letter.
        assert!(!found("Solo 5 \u{b5}g", "Only 5 \u{3bc}g").contains(&"script"));
    }

    #[test]
    fn what_the_source_says_in_another_script_or_in_pictures_stays() {
        let found = |source, target| ids(Lang::EN, Lang::PT, source, target).contains(&"script");
        let hebrew = "The minister said \"שלום עולם\" and left.";
        assert!(found(hebrew, "O ministro disse \"A\" e saiu."));
        assert!(!found(hebrew, "O ministro disse \"שלום עולם\" e saiu."));
        assert!(found("We ❤️ Lisbon", "Nós s Lisboa"));
        assert!(found("We love Lisbon", "Adoramos Lisboa 😀"));
        assert!(!found("We ❤️ Lisbon 🎉", "Nós 🎉 ❤️ Lisboa"));
        // From a language of another script they are translated.
        assert!(!ids("ru".parse().unwrap(), Lang::EN, "Правда", "The truth").contains(&"script"));
    }
}
