//! Letters and their accents as one character (Unicode's NFC), as models have learnt them and as words are compared: texts
//! taken from PDFs or from macOS often have two.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

/// `text` with composed letters.
pub fn composed(text: &str) -> Cow<'_, str> {
    match is_nfc(text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.nfc().collect()),
    }
}

/// Where characters of `text`, as a reader sees them, are written apart, and what each is as one.
pub fn decomposed(text: &str) -> Vec<(Range<usize>, String)> {
    if is_nfc(text) {
        return Vec::new();
    }
    let composed = |(at, letter): (usize, &str)| {
        let one: String = letter.nfc().collect();
        (one != letter).then(|| (at..at + letter.len(), one))
    };
    text.grapheme_indices(true).filter_map(composed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_join_their_letters() {
        let apart = "la citta\u{300} e\u{300} grande";
        assert_eq!(composed(apart), "la città è grande");
        let found = decomposed(apart);
        let letters: Vec<_> = found
            .iter()
            .map(|(range, one)| (&apart[range.clone()], one))
            .collect();
        assert_eq!(
            letters,
            [
                ("a\u{300}", &"à".to_string()),
                ("e\u{300}", &"è".to_string())
            ]
        );
        for text in ["la città", "", "日本", "a\r\nb"] {
            assert!(matches!(composed(text), Cow::Borrowed(_)) && decomposed(text).is_empty());
        }
    }
}
