//! Pieces of texts that are too long for a model.

use crate::error::Result;

/// Splits `text` until each piece has at most `most` tokens: near its middle, at a mark of punctuation if there is one,
/// else at a space, else anywhere. A single character stays whole. `encode` gives the tokens.
///
/// # Errors
/// What `encode` says.
pub(super) fn split<'t>(
    text: &'t str,
    most: usize,
    encode: &dyn Fn(&str) -> Result<Vec<u32>>,
    pieces: &mut Vec<(&'t str, Vec<u32>)>,
) -> Result<()> {
    let ids = encode(text)?;
    if ids.len() > most
        && let Some(at) = middle(text)
    {
        split(&text[..at], most, encode, pieces)?;
        return split(&text[at..], most, encode, pieces);
    }
    pieces.push((text, ids));
    Ok(())
}

/// The place near the middle of a text where it is best split; none if it can't be.
fn middle(text: &str) -> Option<usize> {
    let half = text.len() / 2;
    let nearest =
        |places: &mut dyn Iterator<Item = usize>| places.min_by_key(|at| at.abs_diff(half));
    let inner = |at: &usize| (text.len() / 8..=text.len() * 7 / 8).contains(at);
    let mut marks = text
        .match_indices(". ")
        .chain(text.match_indices("; "))
        .chain(text.match_indices(", "));
    let mut marks = marks
        .by_ref()
        .map(|(at, mark)| at + mark.len())
        .filter(inner);
    let mut spaces = text.match_indices(' ').map(|(at, _)| at + 1).filter(inner);
    let mut anywhere = text.char_indices().map(|(at, _)| at).filter(|&at| at > 0);
    nearest(&mut marks)
        .or_else(|| nearest(&mut spaces))
        .or_else(|| nearest(&mut anywhere))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token a character.
    fn cut(text: &str, most: usize) -> Vec<&str> {
        let mut pieces = Vec::new();
        let encode = |text: &str| Ok(text.chars().map(u32::from).collect());
        split(text, most, &encode, &mut pieces).unwrap();
        assert!(
            pieces
                .iter()
                .all(|(text, ids)| text.chars().count() == ids.len())
        );
        pieces.into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn nothing_is_lost_and_marks_are_preferred() {
        assert_eq!(cut("short", 9), ["short"]);
        let text = "Prima la nave, poi il porto; infine la piazza del mercato vecchio.";
        let pieces = cut(text, 40);
        assert_eq!(pieces[0], "Prima la nave, poi il porto; ");
        assert_eq!(pieces.concat(), text);
        let pieces = cut("parole senza alcun segno fra esse", 20);
        assert_eq!(pieces, ["parole senza ", "alcun segno fra esse"]);
        let pieces = cut("ひとつづきのながいぶんしょう", 5);
        assert!(pieces.len() >= 3 && pieces.concat() == "ひとつづきのながいぶんしょう");
        assert_eq!(cut("è", 0), ["è"]);
    }
}
