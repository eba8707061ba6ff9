//! Number words that count nothing: pronouns, decades, other words that look the same, idioms. What they are stands in
//! `phrases.toml` of each language.

use crate::checks::words::Side;

/// Whether the number at word `i` stands for persons or things.
pub(super) fn is_pronoun(side: &Side, i: usize) -> bool {
    side.is_in(i, &side.language.phrases.pronoun)
}

/// Whether word `i`, a multiple of ten, names a decade: "gli anni Settanta", "the late seventies".
pub(super) fn decade(side: &Side, i: usize) -> bool {
    side.is_in(i, &side.language.phrases.decade)
}

/// Number words that are other words as well.
pub(super) fn is_doubtful(side: &Side, i: usize) -> bool {
    side.is_in(i, &side.language.phrases.doubtful)
}

/// Whether the ordinal at word `i` is none: "prima di", "secondo il giudice".
pub(super) fn is_adverb(side: &Side, i: usize) -> bool {
    side.is_in(i, &side.language.phrases.adverb)
}

/// One past the last word of the turn of phrase that starts at word `i`.
pub(super) fn idiom(side: &Side, i: usize) -> Option<usize> {
    let fits = |phrase: &&Vec<String>| {
        let mut words = phrase.iter().enumerate();
        words.all(|(k, word)| side.lower(i + k) == word)
    };
    let idiom = side.language.phrases.idioms.iter().find(fits)?;
    Some(i + idiom.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn turns_of_phrase_count_nothing() {
        for (lang, text, end) in [
            (Lang::IT, "quattro passi in centro", Some(2)),
            (Lang::DE, "Wolke sieben", Some(2)),
            (Lang::EN, "cloud nine", Some(2)),
            (Lang::IT, "quattro studenti", None),
        ] {
            assert_eq!(idiom(&Side::new(text, lang), 0), end, "{text}");
        }
    }

    #[test]
    fn adverbs_that_look_like_ordinals() {
        for (lang, text, i, expected) in [
            (Lang::IT, "prima della partita", 0, true),
            (Lang::IT, "la prima delle quattro", 1, false),
            (Lang::IT, "secondo il giudice", 0, true),
            (Lang::IT, "il secondo posto", 1, false),
            (Lang::ES, "la Segunda Guerra Mundial", 1, false),
        ] {
            assert_eq!(is_adverb(&Side::new(text, lang), i), expected, "{text}");
        }
    }
}
