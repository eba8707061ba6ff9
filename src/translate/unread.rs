//! Words and signs that a translation model has no piece for: another script, emoji, "µm". A model drops them or guesses
//! ("5 µm" comes back as "5 m"), so each is kept from it. At the ends of a text it is cut off and put back; within, a word
//! that means nothing stands for it.

use unicode_normalization::char::is_combining_mark;

use super::protect::{Protected, without};
use crate::text::Span;

/// Keeps what `knows` denies of `text` from the model; all of it if no letter is left to read.
pub(super) fn spare(text: &str, knows: impl Fn(char) -> bool) -> Protected {
    without(text, unread(text, &knows), |piece| {
        !piece.contains(is_letter)
    })
}

/// Whether models see another character in the place of `c`: to most, "10⁶" is "106", and "™" is "TM".
pub(super) fn is_flattened(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '\u{2070}'..='\u{209c}')
        // Letter-like signs, Roman numerals, encircled and squared characters.
        || matches!(c, '\u{2100}'..='\u{214f}' | '\u{2160}'..='\u{2188}')
        || matches!(c, '\u{2460}'..='\u{24ff}' | '\u{3300}'..='\u{33ff}')
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Where a model can't read `text`: whole words, or runs of signs.
fn unread(text: &str, knows: &impl Fn(char) -> bool) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for word in text.split_whitespace() {
        let base = word.as_ptr() as usize - text.as_ptr() as usize;
        let odd = |c: char| !knows(c);
        if word.contains(|c| odd(c) && is_letter(c)) {
            // The marks around the word are read, and may be another language's in the translation.
            let inner = word.trim_matches(|c| !odd(c) && !is_letter(c));
            let start = inner.as_ptr() as usize - text.as_ptr() as usize;
            push(text, start, start + inner.len(), &mut spans);
        } else {
            for (at, sign) in word.match_indices(odd) {
                push(text, base + at, base + at + sign.len(), &mut spans);
            }
        }
    }
    spans
}

/// Adds a span, or lengthens the last one where only white space stands between.
fn push(text: &str, start: usize, end: usize, spans: &mut Vec<Span>) {
    match spans.last_mut() {
        Some(last) if text[last.end..start].trim().is_empty() => last.end = end,
        _ => spans.push(Span { start, end }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spared(text: &str) -> Protected {
        spare(text, |c| c.is_ascii() || c == 'é')
    }

    #[test]
    fn what_a_model_reads_is_left_alone() {
        for text in ["A café, 3-0.", "", "  "] {
            let spared = spared(text);
            assert_eq!(
                (&*spared.text, &*spared.restore("x Xqz1")),
                (text, "x Xqz1")
            );
        }
    }

    #[test]
    fn words_of_other_scripts_and_units_come_back() {
        let found = spared("The \"Правда\", שלום עולם and 5 µm (µ-law) of H₂O.");
        assert_eq!(found.text, "The \"Xqz1\", Xqz2 and 5 Xqz3 (Xqz4) of Xqz5.");
        assert_eq!(
            found.restore("O \"Xqz1\", Xqz2 e 5 Xqz3 (Xqz4) de Xqz5."),
            "O \"Правда\", שלום עולם e 5 µm (µ-law) de H₂O."
        );
    }

    #[test]
    fn what_models_flatten_is_kept_from_them() {
        for (text, read) in [
            ("It is 10⁶ m² wide.", "It is Xqz1 wide."),
            ("About 5 km² of it", "About 5 Xqz1 of it"),
            ("Made by Acme™ of Rome", "Made by Acme Xqz1 of Rome"),
            ("H₂O and CO₂ rise", "Xqz1 and Xqz2 rise"),
            ("See № 5 and Ⅷ here", "See Xqz1 5 and Xqz2 here"),
            ("① Open the box", "Xqz1 Open the box"),
            ("At 20 ℃ it is 2 ㎡", "At 20 Xqz1 it is 2"),
            ("A rise of x⁻¹ now", "A rise of Xqz1 now"),
            ("Note¹ that it ends", "Xqz1 that it ends"),
            ("She earns 3³ a day", "She earns Xqz1 a day"),
        ] {
            let spared = spare(text, |c| !is_flattened(c));
            assert_eq!(spared.text, read);
            assert_eq!(spared.restore(read), text);
        }
    }

    #[test]
    fn signs_keep_to_their_neighbours() {
        let found = spared("We ❤\u{fe0f} it → now:🏆 end™ of it");
        assert_eq!(found.text, "We Xqz1 it Xqz2 now: Xqz3 end Xqz4 of it");
        assert_eq!(
            found.restore("Nós Xqz1 isso Xqz2 já: Xqz3 fim Xqz4 disso"),
            "Nós ❤\u{fe0f} isso → já:🏆 fim™ disso"
        );
        // However the model spaces it, nothing is lost.
        assert_eq!(found.restore("Xqz4Xqz3"), "™🏆");
    }

    #[test]
    fn what_stands_at_the_ends_is_cut_off() {
        let found = spared("🏆 → They won! 🎉🎉");
        assert_eq!(found.text, "They won!");
        assert_eq!(found.restore("Ganharam!"), "🏆 → Ganharam! 🎉🎉");
        assert_eq!(spared("won🎉").restore("ganhou"), "ganhou🎉");
        // A word is a part of the sentence also where it begins it.
        assert_eq!(spared("Правда wrote it").text, "Xqz1 wrote it");
    }

    #[test]
    fn a_text_that_is_not_read_at_all_stays() {
        for text in ["مرحبا بالعالم", "🎉", "日本 12!", "Δx ≥ 5"] {
            assert_eq!(
                (&*spared(text).text, &*spared(text).restore("")),
                ("", text)
            );
        }
    }
}
