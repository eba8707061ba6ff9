//! The tags of HTML and the text between them. The tokens are those of the WHATWG standard, with their places.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Span as TokenSpan, StartTag, Token, Tokenizer};

use crate::text::Span;

/// Elements that stand within running text; any other tag ends a block. A `label` names a field, which stands beside it.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "data", "del", "dfn", "em",
    "font", "i", "img", "input", "ins", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s",
    "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "wbr",
];

/// Elements whose text comes back letter for letter.
const VERBATIM: &[&str] = &["code", "kbd", "samp", "var"];

/// Elements without an end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// A tag, a comment or the text between two of them.
pub(super) enum Piece {
    Text,
    Start {
        name: String,
        /// What the page says of translating it, if it does.
        translate: Option<bool>,
    },
    End {
        name: String,
    },
    /// A comment, a doctype or something broken.
    Other,
}

/// The pieces of `text` in order; they cover it.
pub(super) fn pieces(text: &str) -> Vec<(Piece, Span)> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut pieces = Vec::new();
    let mut at = 0;
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        let (piece, TokenSpan { start, end }) = match token {
            Token::StartTag(tag) => {
                let translate = translates(&tag);
                let name = name(&tag.name);
                (Piece::Start { name, translate }, tag.span)
            }
            Token::EndTag(tag) => {
                let name = name(&tag.name);
                (Piece::End { name }, tag.span)
            }
            Token::Comment(comment) => (Piece::Other, comment.span),
            Token::Doctype(doctype) => (Piece::Other, doctype.span),
            Token::String(_) | Token::Error(_) => continue,
        };
        let markup = text.get(start..end).unwrap_or_default();
        // A place that isn't one leaves its piece in the text, which is then seen to hold markup and kept.
        if start < at || !markup.starts_with('<') {
            continue;
        }
        if at < start {
            pieces.push((
                Piece::Text,
                Span {
                    start: at,
                    end: start,
                },
            ));
        }
        pieces.push((piece, Span { start, end }));
        at = end;
    }
    let end = text.len();
    let cut = at + unfinished_tag(&text[at..]);
    if at < cut {
        pieces.push((
            Piece::Text,
            Span {
                start: at,
                end: cut,
            },
        ));
    }
    if cut < end {
        pieces.push((Piece::Other, Span { start: cut, end }));
    }
    pieces
}

/// Where a tag begins that the page ends in, as a download that broke off does; browsers show nothing of it. `tail` is
/// what follows the last whole tag.
fn unfinished_tag(tail: &str) -> usize {
    let begins = |at: &usize| {
        let after = tail[at + 1..].trim_start_matches('/');
        after.starts_with(|c: char| c.is_ascii_alphabetic()) && tail.len() - at - after.len() <= 2
    };
    let mut places = tail.match_indices('<').map(|(at, _)| at);
    places.find(begins).unwrap_or(tail.len())
}

fn name(name: &HtmlString) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

/// What an element says of its translation: an attribute, or a class that translators know.
fn translates(tag: &StartTag<usize>) -> Option<bool> {
    let value = |name: &str| {
        let value = tag.attributes.get(name.as_bytes())?;
        Some(String::from_utf8_lossy(&value.to_vec()).to_ascii_lowercase())
    };
    match value("translate").as_deref() {
        Some("no") => Some(false),
        Some("yes" | "") => Some(true),
        _ => {
            let class = value("class")?;
            let mut classes = class.split_ascii_whitespace();
            classes.any(|class| class == "notranslate").then_some(false)
        }
    }
}

/// Whether the text of an element comes back letter for letter.
pub(super) fn is_verbatim(name: &str) -> bool {
    VERBATIM.contains(&name)
}

/// Whether an element has no end tag.
pub(super) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// Elements of a page's own making, with a hyphen in their names, stand in the text as a rule.
pub(super) fn is_inline(name: &str) -> bool {
    INLINE.contains(&name) || VERBATIM.contains(&name) || name.contains('-')
}

/// The index of the end tag that belongs to the start tag at `i`.
pub(super) fn end_of(pieces: &[(Piece, Span)], i: usize, name: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (j, (piece, _)) in pieces.iter().enumerate().skip(i) {
        match piece {
            Piece::Start { name: other, .. } if other == name => depth += 1,
            Piece::End { name: other } if other == name => {
                depth -= 1;
                if depth == 0 {
                    return Some(j);
                }
            }
            _ => {}
        }
    }
    None
}
