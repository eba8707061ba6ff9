//! Capitals that are no names: words that the article also has in small letters.

use std::collections::HashSet;

use super::Segment;
use crate::text::words;

/// Longer texts are seen to be translated or not by their other words, in bytes.
const SHORT: usize = 160;
/// Shorter words are in every language, in bytes.
const LETTERS: usize = 3;

/// Gives each short segment the words that it has with capitals, and the article without.
pub(super) fn mark(segments: &mut [Segment]) {
    let small: HashSet<String> = segments.iter().flat_map(|one| small(&one.text)).collect();
    for segment in segments.iter_mut().filter(|one| one.text.len() <= SHORT) {
        let text = &segment.text;
        let said = words(text).map(|word| word.of(text));
        let lower = said.filter(|word| has_capital(word)).map(str::to_lowercase);
        segment.common = lower.filter(|word| small.contains(word)).collect();
    }
}

fn small(text: &str) -> impl Iterator<Item = String> + '_ {
    let said = words(text).map(|word| word.of(text));
    let small = said.filter(|word| word.len() >= LETTERS && !has_capital(word));
    small.map(str::to_owned)
}

fn has_capital(word: &str) -> bool {
    word.contains(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use crate::article::{Article, Format};
    use crate::text::Lang;

    #[test]
    fn what_the_article_has_in_small_letters_too_is_no_name() {
        let text = "The Guest List\n\nBruno brought a guest to Lund.\n\nGuest: Bruno\n";
        let segments = Article::parse(text.to_string(), Format::Text).segments(Some(Lang::EN));
        let common: Vec<&[String]> = segments.iter().map(|one| one.common()).collect();
        assert_eq!(
            common,
            [&["guest".to_string()][..], &[], &["guest".to_string()]]
        );
    }
}
