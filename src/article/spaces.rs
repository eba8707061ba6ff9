//! Spaces at which no line may break, put back into a translation: models read and write plain ones.

use super::project::Alignment;
use crate::text::Link;

const NO_BREAK: [char; 2] = ['\u{a0}', '\u{202f}'];

/// `text`, a translation of `source` whose words `links` tell, with the source's no-break spaces between the words, or a word
/// and a sign, that correspond. Where they don't, a space stays plain. The links move with their words.
pub(super) fn with_no_break(source: &str, mut text: String, links: &mut [Link]) -> String {
    if !source.contains(NO_BREAK) {
        return text;
    }
    let alignment = Alignment::new(source, &text, links);
    let spaces = source.char_indices().filter(|(_, c)| NO_BREAK.contains(c));
    let mut found: Vec<(usize, char)> = spaces
        .filter_map(|(at, c)| Some((counterpart(source, at, c, &text, &alignment)?, c)))
        .collect();
    found.sort_unstable();
    found.dedup_by_key(|(at, _)| *at);
    for (at, c) in found.into_iter().rev() {
        text.replace_range(at..=at, c.encode_utf8(&mut [0; 4]));
        for link in links.iter_mut().filter(|link| link.target.start > at) {
            link.target.start += c.len_utf8() - 1;
            link.target.end += c.len_utf8() - 1;
        }
    }
    text
}

/// The place in `text` of the plain space that stands for `space` at byte `at` of `source`.
fn counterpart(
    source: &str,
    at: usize,
    space: char,
    text: &str,
    alignment: &Alignment,
) -> Option<usize> {
    let (before, after) = (&source[..at], &source[at + space.len_utf8()..]);
    // A word of the source close to the space, and its pair.
    let close = |between: &str| !between.contains(char::is_whitespace);
    let next = alignment.source.partition_point(|word| word.start < at);
    let left = next.checked_sub(1).filter(|&i| {
        // A sign that joins to the space may take it into the word.
        let between = before.get(alignment.source[i].end..);
        between.is_some_and(close)
    });
    let right = alignment.source.get(next).filter(|word| {
        let head = word.start.checked_sub(at + space.len_utf8());
        head.and_then(|head| after.get(..head)).is_some_and(close)
    });
    let right = right.map(|_| next);
    let pair = |word: Option<usize>| word.and_then(|i| alignment.pairs[i]);
    let word = |j: usize| alignment.target.get(j);
    // The only space between two words of the translation.
    let gap = |j: usize| {
        let (start, end) = (word(j)?.end, word(j + 1)?.start);
        let between = &text[start..end];
        let blank = between.find(char::is_whitespace)?;
        let is_plain = between[blank..].starts_with(' ');
        let alone = between.matches(char::is_whitespace).count() == 1;
        (is_plain && alone).then_some(start + blank)
    };
    match (pair(left), pair(right)) {
        (Some(a), Some(b)) => gap(a).filter(|_| b == a + 1),
        (Some(a), None) if right.is_some() => gap(a),
        (None, Some(b)) if left.is_some() => gap(b.checked_sub(1)?),
        // A word and a sign: "5 %", "§ 5".
        (Some(a), None) => {
            let sign = after.chars().next()?;
            let end = word(a)?.end;
            let rest = text[end..].strip_prefix(' ')?;
            rest.starts_with(sign).then_some(end)
        }
        (None, Some(b)) => {
            let sign = before.chars().next_back()?;
            let start = word(b)?.start;
            let head = text[..start].strip_suffix(' ')?;
            head.ends_with(sign).then_some(start - 1)
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_break_spaces_come_back() {
        for (source, text, expected) in [
            ("It costs 10_euros.", "Custa 10 euros.", "Custa 10_euros."),
            (
                "Ask Mr._Smith.",
                "Pergunte ao Sr. Smith.",
                "Pergunte ao Sr._Smith.",
            ),
            (
                "About 5_% of 20_km.",
                "Cerca de 5 % de 20 km.",
                "Cerca de 5_% de 20_km.",
            ),
            (
                "See §_12 and fig._3.",
                "Veja § 12 e fig. 3.",
                "Veja §_12 e fig._3.",
            ),
            ("On page_7.", "Na página 7.", "Na página_7."),
            ("No pair_here.", "Nada.", "Nada."),
            ("A_b 12.", "Um 12.", "Um 12."),
        ] {
            let real = |text: &str| text.replace('_', "\u{a0}");
            let made = with_no_break(&real(source), text.to_owned(), &mut []);
            assert_eq!(made, real(expected), "{source}");
        }
    }
}
