//! Elements of HTML that stand close beside a word and are no part of its sentence: the next of a row of links, a remark in
//! square brackets.

use super::tags::{Piece, is_inline, is_verbatim, is_void};
use crate::text::Span;

/// What an element is to the text before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// A part of it.
    No,
    /// A text of its own; at the piece `end` comes what follows it.
    Part { end: usize },
    /// A remark amid a sentence, up to the piece `end`.
    Point { end: usize },
}

/// What the element that opens at `pieces[i]` is to `before`, the running text up to it.
pub(super) fn beside(text: &str, pieces: &[(Piece, Span)], i: usize, before: &str) -> Beside {
    let Some(close) = before.chars().next_back().filter(|c| !c.is_whitespace()) else {
        return Beside::No;
    };
    let Piece::Start { name, .. } = &pieces[i].0 else {
        return Beside::No;
    };
    if !is_inline(name) || is_void(name) || is_verbatim(name) {
        return Beside::No;
    }
    let Some(end) = end_of_inline(pieces, i, name) else {
        return Beside::No;
    };
    let said: String = (pieces[i..end].iter())
        .filter(|(piece, _)| matches!(piece, Piece::Text))
        .map(|(_, span)| span.of(text))
        .collect();
    let said = said.trim();
    if name == "a" && follows_link(pieces, i) {
        let begins = said.starts_with(char::is_alphabetic);
        let ends = close.is_alphanumeric() || ".!?…)”»".contains(close);
        return match begins && ends {
            true => Beside::Part { end: i },
            false => Beside::No,
        };
    }
    if !is_remark(said) {
        return Beside::No;
    }
    match ".!?…”»\"".contains(close) || is_last(text, pieces, end) {
        true => Beside::Part { end },
        false => Beside::Point { end },
    }
}

/// Whether `said` is words in square brackets; one letter is the sign of a note.
fn is_remark(said: &str) -> bool {
    let open = ["[", "&#91;", "&lbrack;"];
    let close = ["]", "&#93;", "&rbrack;"];
    let Some(inner) = open.iter().find_map(|open| said.strip_prefix(open)) else {
        return false;
    };
    let Some(inner) = close.iter().find_map(|close| inner.strip_suffix(close)) else {
        return false;
    };
    inner.chars().filter(|c| c.is_alphabetic()).count() > 2 && !inner.contains(['[', ']'])
}

/// The piece behind the element that opens at `i`, if nothing but running text is in it.
fn end_of_inline(pieces: &[(Piece, Span)], i: usize, name: &str) -> Option<usize> {
    let mut depth = 0;
    for (n, (piece, _)) in pieces.iter().enumerate().skip(i) {
        match piece {
            Piece::Start { name: one, .. } if one == name => depth += 1,
            Piece::End { name: one } if one == name => depth -= 1,
            Piece::Start { name, .. } | Piece::End { name } if !is_inline(name) => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(n + 1);
        }
    }
    None
}

/// Whether nothing but tags stands between the link that opens at `i` and the one before.
fn follows_link(pieces: &[(Piece, Span)], i: usize) -> bool {
    let tags = pieces[..i].iter().rev();
    let mut tags = tags.take_while(|(piece, _)| match piece {
        Piece::Start { name, .. } | Piece::End { name } => is_inline(name) && !is_void(name),
        Piece::Text | Piece::Other => false,
    });
    tags.any(|(piece, _)| matches!(piece, Piece::End { name } if name == "a"))
}

/// Whether the block has no more text from the piece `at` on.
fn is_last(text: &str, pieces: &[(Piece, Span)], at: usize) -> bool {
    let mut rest = pieces[at..].iter();
    let next = rest.find(|(piece, span)| match piece {
        Piece::Text => !span.of(text).trim().is_empty(),
        Piece::Start { name, .. } | Piece::End { name } => !is_inline(name),
        Piece::Other => false,
    });
    next.is_none_or(|(piece, _)| !matches!(piece, Piece::Text))
}

#[cfg(test)]
mod tests {
    use super::super::{Article, Format};

    fn texts(source: &str) -> Vec<String> {
        let article = Article::parse(source.to_owned(), Format::Html).without_labels();
        let segments = article.segments(None);
        let same = segments.iter().map(|one| (one, one.text.as_str()));
        assert_eq!(article.reassemble(same).0, source);
        segments.into_iter().map(|one| one.text).collect()
    }

    #[test]
    fn labels_of_fields_are_texts_of_their_own() {
        let fields = "<form><label for=a>Colour</label> <select id=a><option>Red</select>\n\
                      <label for=b>Gift message</label> <input id=b>\n\
                      <label><input type=checkbox> I agree to the <a>terms</a></label></form>";
        assert_eq!(
            texts(fields),
            ["Colour", "Gift message", "I agree to the terms"]
        );
    }

    #[test]
    fn links_in_a_row_are_texts_of_their_own() {
        for (source, expected) in [
            (
                "<p><a href=1>First</a><a href=2>Second</a></p>",
                &["First", "Second"][..],
            ),
            (
                "<nav><a><b>One</b></a><a><i>two</i></a><a>three</a></nav>",
                &["One", "two", "three"],
            ),
            (
                "<p><b><a>One.</a><a>Two</a></b> or so</p>",
                &["One. Two or so"],
            ),
            ("<p>Cats<a>[1]</a><a>[2]</a> purr</p>", &["Cats purr"]),
            ("<p><a>Foot</a><b>ball</b></p>", &["Football"]),
        ] {
            assert_eq!(texts(source), expected, "{source}");
        }
    }

    #[test]
    fn remarks_in_brackets_are_no_part_of_a_sentence() {
        for (source, expected) in [
            (
                "<h2><span>History</span><span>[<a href=e>edit</a>]</span></h2>",
                &["History", "[edit]"][..],
            ),
            (
                "<p>It is old.<sup>[<i>citation needed</i>]</sup> It stands.</p>",
                &["It is old.", "[citation needed]", "It stands."],
            ),
            (
                "<p>Some<sup>&#91;who?&#93;</sup> say no.</p>",
                &["Some say no."],
            ),
            (
                "<p>See <b>[the map]</b> here.</p>",
                &["See [the map] here."],
            ),
            (
                "<p>It is old.<sup>[a]</sup> So.</p>",
                &["It is old.", "So."],
            ),
        ] {
            assert_eq!(texts(source), expected, "{source}");
        }
    }

    #[test]
    fn readings_of_ruby_stay_whole() {
        let source = "<p>The <ruby>old<rp>(</rp><rt>one</rt><rp>)</rp></ruby> house.</p>";
        assert_eq!(texts(source), ["The old house."]);
    }
}
