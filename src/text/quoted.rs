//! What a sentence quotes: words that may be in another language than it.

use super::{Lang, Span, stranger};

/// Quotation marks that open, and what closes them.
const MARKS: [(char, char); 4] = [('“', '”'), ('«', '»'), ('„', '“'), ('"', '"')];

/// What stands between quotation marks in `text`, and what stands behind its first colon.
///
/// ```
/// use traghetto::text::quoted;
///
/// let text = "He sang “Águas de março”.";
/// assert_eq!(quoted(text)[0].of(text), "Águas de março");
/// ```
pub fn quoted(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for (open, close) in MARKS {
        let mut at = 0;
        while let Some(start) = text[at..].find(open) {
            let start = at + start + open.len_utf8();
            let Some(len) = text[start..].find(close) else {
                break;
            };
            let end = start + len;
            found.push(Span { start, end });
            at = end + close.len_utf8();
        }
    }
    if found.is_empty()
        && let Some(colon) = text.find(": ")
    {
        let start = colon + ": ".len();
        let end = text.trim_end_matches(|c: char| c.is_whitespace() || ")]".contains(c));
        let end = end.len();
        found.extend((start < end).then_some(Span { start, end }));
    }
    found
}

/// What of `text`, which is in `from`, is quoted in `to`, in order: no translation into that is wanted.
pub fn quoted_in(text: &str, from: Lang, to: Lang) -> Vec<Span> {
    let mut found = quoted(text);
    found.retain(|span| stranger(span.of(text), from) == Some(to));
    found.sort_by_key(|span| span.start);
    // Of marks within marks, the outer ones.
    found.dedup_by(|next, before| next.start < before.end);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_language_asked_for_is_found() {
        for (text, expected) in [
            (
                "He told me: Não se preocupe com isso.",
                &["Não se preocupe com isso."][..],
            ),
            (
                "“O barco parte amanhã de manhã”, she said, “and I stay.”",
                &["O barco parte amanhã de manhã"],
            ),
            ("He told me: don’t worry about that.", &[]),
            ("The song “Garota de Ipanema” is old.", &[]),
            ("At 9:30 he left: ", &[]),
            (
                "(He said: Não se preocupe com isso.)",
                &["Não se preocupe com isso."],
            ),
        ] {
            let found = quoted_in(text, Lang::EN, Lang::PT);
            let found: Vec<&str> = found.iter().map(|span| span.of(text)).collect();
            assert_eq!(found, expected);
        }
    }
}
