//! Backslashes before characters of a translation that Markdown would take for markup.

use std::ops::Range;

use super::BlockKind;

/// How much is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// What is likely to be taken for markup where it stands; reads well.
    Usual,
    /// All ASCII punctuation; always right.
    Utmost,
}

/// Whether `text`, which stands as `source`, begins in a way that would open a block elsewhere but doesn't where it stands,
/// behind the marks of a heading, and whether its `translation` begins just so.
pub(super) fn opens_freely(text: &str, source: &str, translation: &str) -> bool {
    let Some(at) = opening(text) else {
        return false;
    };
    let head = &text[..=at];
    let next = |text: &str| {
        let next = text[head.len()..].chars().next();
        next.filter(|next| !next.is_whitespace())
    };
    // Of marks alone a line may be a rule.
    let says = |c: char| !c.is_ascii_punctuation() && !c.is_whitespace();
    source.starts_with(head)
        && translation.starts_with(head)
        && next(text) == next(translation)
        && translation.contains(says)
}

/// How a translation is escaped.
#[derive(Clone, Copy)]
pub(super) struct Escaping<'s> {
    /// Of its block.
    pub kind: BlockKind,
    pub care: Care,
    /// Whether its head [opens freely](opens_freely), and is not escaped.
    pub opens: bool,
    /// The source as it is written: signs that have a backslash there, as in `\$5`, have one here too.
    pub source: &'s str,
}

/// Appends `piece`, a part of `whole` that begins at byte `at`, escaped.
pub(super) fn escape(whole: &str, at: usize, piece: &str, how: Escaping<'_>, out: &mut String) {
    let Escaping {
        kind, care, opens, ..
    } = how;
    let has_backslash = |c: char| {
        let signs = how.source.split('\\').skip(1);
        "$~^=@#{}<>|+".contains(c) && signs.clone().any(|sign| sign.starts_with(c))
    };
    let heading = matches!(kind, BlockKind::Heading(_));
    let bytes = whole.as_bytes();
    let alnum = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let opening = opening(whole).filter(|_| !opens);
    let closing = match heading {
        true => whole.trim_end_matches('#').len(),
        false => whole.len(),
    };
    let free = bracketed(whole, how.source);
    for (i, c) in piece.char_indices() {
        let here = at + i;
        let before = whole[..here].chars().next_back();
        let after = whole[here + c.len_utf8()..].chars().next();
        let edge = i + c.len_utf8() == piece.len();
        let needed = match c {
            _ if !c.is_ascii_punctuation() => false,
            _ if care == Care::Utmost || opening == Some(here) || here >= closing => true,
            '\\' => edge || after.is_some_and(|a| a.is_ascii_punctuation()),
            // `*[HTML]: …` says what an abbreviation means.
            '*' if here == 0 && whole[1..].starts_with('[') => !how.source.starts_with("*["),
            '*' => !(blank(before) && blank(after)),
            '_' => !(alnum(before) && alnum(after)),
            '[' | ']' if free.iter().any(|at| at.start == here || at.end == here + 1) => false,
            '`' | '[' | ']' => true,
            '~' => bytes.iter().filter(|b| **b == b'~').count() > 1 || has_backslash(c),
            '<' => after.is_some_and(|a| a.is_ascii_alphabetic() || matches!(a, '/' | '!' | '?')),
            '&' => is_entity(&whole[here + 1..]),
            '|' => kind == BlockKind::TableCell,
            '{' | '}' if heading => true,
            // Before the bracket of a link it would make an image.
            '!' => edge && here + 1 < whole.len(),
            c => has_backslash(c),
        };
        if needed {
            out.push('\\');
        }
        out.push(c);
    }
}

/// The pairs of square brackets in `whole` that are text in `source` though they have no backslash: letter for letter there, or a
/// note in its line, `^[so]`.
fn bracketed(whole: &str, source: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for (at, c) in whole.char_indices().filter(|(_, c)| "[]".contains(*c)) {
        if c == '[' {
            open.push(at);
        } else if let Some(start) = open.pop() {
            let range = start..at + 1;
            let note = whole[..start].ends_with('^') && source.contains("^[");
            if note || source.contains(&whole[range.clone()]) {
                found.push(range);
            }
        }
    }
    found
}

/// Where in `whole` stands the character that would open a block there.
fn opening(whole: &str) -> Option<usize> {
    let digits = whole.len() - whole.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let marker = whole[digits..].chars().next()?;
    let follows = whole[digits + marker.len_utf8()..].chars().next();
    let spaced = follows.is_none_or(char::is_whitespace);
    let opens = match marker {
        '.' | ')' => (1..=9).contains(&digits) && spaced,
        _ if digits > 0 => false,
        '>' | '=' | '|' | ':' => true,
        '#' => spaced || follows == Some('#'),
        '-' | '+' | '*' | '_' => spaced || follows == Some(marker),
        '~' | '`' => follows == Some(marker),
        _ => false,
    };
    opens.then_some(digits)
}

/// Whether `&` and this are an entity such as `&amp;` or `&#10;`.
fn is_entity(rest: &str) -> bool {
    let name = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '#');
    name.len() < rest.len() && name.starts_with(';')
}
