//! Cuts a text at paragraph ends, or inside a paragraph where one alone is too long, into pieces that fit.

use crate::error::{Error, ErrorKind, Result};
use crate::text::sentences;

/// Greedily packs paragraphs (sentences, where a paragraph is too long) into the largest pieces for which `fits`.
/// Every non-blank byte of `text` is in exactly one piece, in order.
///
/// # Errors
/// [`ErrorKind::Input`] if a single sentence doesn't fit; what `fits` says.
pub fn split(text: &str, mut fits: impl FnMut(&str) -> Result<bool>) -> Result<Vec<&str>> {
    let units = units(text, &mut fits)?;
    let mut pieces = Vec::new();
    let mut first = 0;
    while first < units.len() {
        // The largest run that fits, found by doubling and halving: a token count is dear.
        let (mut good, mut step) = (1, 1);
        while step > 0 {
            let last = (first + good + step).min(units.len()) - 1;
            let candidate = &text[units[first].0..units[last].1];
            if last + 1 - first > good && fits(candidate)? {
                good = last + 1 - first;
                step *= 2;
            } else {
                step /= 2;
            }
        }
        pieces.push(&text[units[first].0..units[first + good - 1].1]);
        first += good;
    }
    Ok(pieces)
}

/// Byte ranges of paragraphs, or of the sentences of a paragraph that doesn't fit by itself.
fn units(text: &str, fits: &mut impl FnMut(&str) -> Result<bool>) -> Result<Vec<(usize, usize)>> {
    let mut units = Vec::new();
    let mut start = 0;
    for paragraph in text.split("\n\n") {
        let end = start + paragraph.len();
        if !paragraph.trim().is_empty() {
            if fits(paragraph)? {
                units.push((start, end));
            } else {
                for span in sentences(paragraph, None) {
                    if !fits(span.of(paragraph))? {
                        return Err(Error::new(
                            ErrorKind::Input,
                            format!(
                                "a sentence of {} characters doesn't fit the model's context",
                                span.of(paragraph).chars().count()
                            ),
                        )
                        .with_hint("choose a model with a larger context with --model"));
                    }
                    units.push((start + span.start, start + span.end));
                }
            }
        }
        start = end + 2;
    }
    Ok(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_every_paragraph_and_fit() {
        let text = (1..40)
            .map(|n| format!("Paragraph {n} says {}.", "more ".repeat(n % 7)))
            .collect::<Vec<_>>()
            .join("\n\n");
        for most in [60, 100, 250, 10_000] {
            let pieces = split(&text, |piece| Ok(piece.len() <= most)).unwrap();
            assert!(pieces.iter().all(|piece| piece.len() <= most));
            assert_eq!(pieces.join("\n\n"), text);
        }
        assert_eq!(split(&text, |_| Ok(true)).unwrap().len(), 1);
    }

    #[test]
    fn a_long_paragraph_is_cut_between_sentences() {
        let text = "One two three. Four five six. Seven eight nine.";
        let pieces = split(text, |piece| Ok(piece.len() <= 30)).unwrap();
        assert_eq!(
            pieces,
            ["One two three. Four five six.", "Seven eight nine."]
        );
    }

    #[test]
    fn a_sentence_that_never_fits_is_an_error() {
        let error = split("One two three four.", |piece| Ok(piece.len() < 5)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
    }
}
