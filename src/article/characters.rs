//! The characters of text in HTML: references read, and written.

use std::ops::Range;

use html5gum::{Token, Tokenizer};

/// Whether `raw` is text to a tokenizer, though it has a `<`.
pub(super) fn is_plain(raw: &str) -> bool {
    Tokenizer::new(raw).all(|token| matches!(token, Ok(Token::String(_) | Token::Error(_))))
}

/// The characters of `raw`: references resolved, runs of white space as one space. `on` gets pieces with their places.
pub(super) fn characters(raw: &str, mut on: impl FnMut(&str, Range<usize>)) {
    let blank = |c: char| c.is_ascii_whitespace();
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let run = rest.len() - rest.trim_start_matches(blank).len();
        if run > 0 {
            on(" ", at..at + run);
            at += run;
        } else if let Some((text, len)) = reference(rest) {
            on(&text, at..at + len);
            at += len;
        } else {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let len = rest[first..]
                .find(|c| blank(c) || c == '&')
                .map_or(rest.len(), |len| first + len);
            on(&rest[..len], at..at + len);
            at += len;
        }
    }
}

/// `page` with references for what isn't ASCII.
pub(super) fn in_ascii(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    for c in page.chars() {
        match c.is_ascii() {
            true => out.push(c),
            false => out.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    out
}

/// The character reference at the head of `text`, and its length.
fn reference(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix('&')?;
    // The longest names have about 30 letters.
    let len = inner
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
        .unwrap_or(inner.len())
        .min(40);
    let len = 1 + len + usize::from(inner[len..].starts_with(';'));
    let raw = &text[..len];
    let mut said = String::new();
    for token in Tokenizer::new(raw) {
        let Ok(token) = token;
        if let Token::String(string) = token {
            said.push_str(&String::from_utf8_lossy(&string));
        }
    }
    if said == raw {
        return None;
    }
    // A name without its semicolon may end before the letters do: what is common at the end is text.
    let first = said.chars().next()?.len_utf8();
    let tail = said[first..]
        .chars()
        .rev()
        .zip(raw.chars().rev())
        .take_while(|(a, b)| a == b && *a != ';')
        .count();
    said.truncate(said.len() - tail);
    Some((said, len - tail))
}

/// Text as it stands in an element.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
}
