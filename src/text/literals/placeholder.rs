//! Placeholders of programs' messages: what a program puts a value in the place of.

/// The longest placeholder or formula, in bytes.
pub(super) const LONGEST: usize = 400;

/// The types of arguments that take no braces of their own in a message of ICU (MessageFormat).
const ICU_TYPES: [&str; 6] = ["number", "date", "time", "spellout", "ordinal", "duration"];

/// The length of a placeholder at the head of `text`: `%1$s`, `%(name)s`, `${x}`, `{{ x | f }}`, `{n, plural, …}`, `<% x %>`,
/// `[[x]]`.
pub(super) fn placeholder(text: &str, before: Option<char>) -> Option<usize> {
    if let Some(inner) = text.strip_prefix("<%") {
        return inner
            .find("%>")
            .filter(|len| *len < LONGEST)
            .map(|len| len + 4);
    }
    if let Some(len) = fenced(text, before) {
        return Some(len);
    }
    // Merge tags of mailings.
    if let Some(inner) = text.strip_prefix("*|") {
        let len = inner.find("|*").filter(|len| (1..80).contains(len))?;
        return Some(len + 4);
    }
    if let Some(inner) = text.strip_prefix("[[") {
        let len = inner.find("]]").filter(|len| (1..80).contains(len))?;
        return Some(len + 4);
    }
    if let Some(inner) = text.strip_prefix(['$', '#', '%'])
        && inner.starts_with('{')
    {
        return braces(inner).map(|len| len + 1);
    }
    match text.chars().next()? {
        '{' => braces(text).filter(|len| is_placeholder(&text[..*len])),
        '%' if before.is_none_or(|c| !c.is_ascii_digit()) || text.starts_with("%%") => printf(text),
        _ => None,
    }
}

/// The length of a name in capitals between two signs at the head of `text`: `%%MONTHS%%`, `%NAME%`, `__CITY__`.
fn fenced(text: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let signs = ["%%", "##", "@@", "__", "%"];
    let sign = signs.iter().find(|sign| text.starts_with(**sign))?;
    let inner = &text[sign.len()..];
    let named = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "_.-".contains(c);
    let near = &inner[..inner.floor_char_boundary(60)];
    let name = near.find(|c| !named(c)).unwrap_or(near.len());
    let is_name = name > 1 && inner.starts_with(|c: char| c.is_ascii_uppercase());
    let name = inner[..name].trim_end_matches('_').len();
    let after = inner[name..].strip_prefix(*sign)?;
    (is_name && !after.starts_with(char::is_alphanumeric)).then(|| text.len() - after.len())
}

/// The length of what stands from an opening brace to its closing one.
fn braces(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().take_while(|(at, _)| *at < LONGEST) {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether braces hold a name or an expression, not words of the text's own.
fn is_placeholder(braces: &str) -> bool {
    let inner = &braces[1..braces.len() - 1];
    if inner.starts_with(['{', '%', '<']) || inner.contains('{') {
        return true;
    }
    // One word: a name, an index, a conversion; a sentence of one word ends as one.
    if !inner.contains(char::is_whitespace) {
        return !inner
            .strip_suffix(['.', '!', '?'])
            .is_some_and(|word| !word.is_empty() && word.chars().all(char::is_alphabetic));
    }
    let operators = [" ?? ", " && ", " || ", " => ", " ? "];
    if is_field(inner) || is_term(inner) || operators.iter().any(|one| inner.contains(one)) {
        return true;
    }
    // A comma parts a name from its type; else it parts words.
    let is_typed = |(name, kind): (&str, &str)| {
        let kind = kind.split(',').next().unwrap_or_default().trim();
        !name.contains(' ') && ICU_TYPES.contains(&kind)
    };
    let words = inner.split_whitespace().count();
    let named = |c: char| c.is_alphanumeric() || " _.-:,#$|'\"()=".contains(c);
    inner.trim() == inner
        && inner.split_once(',').is_none_or(is_typed)
        && (1..=3).contains(&words)
        && inner.chars().all(named)
        && !inner.ends_with(['.', '!', '?'])
}

/// Whether `inner`, which has white space, is a name with an index or a format: `user["first name"]`, `date:%d %B`,
/// `n: >10`.
fn is_field(inner: &str) -> bool {
    let end = inner.find(['[', ':', '!']).unwrap_or(inner.len());
    let (name, mut rest) = inner.split_at(end);
    if name.contains(char::is_whitespace) || rest.is_empty() {
        return false;
    }
    while let Some(index) = rest.strip_prefix('[') {
        let Some((_, after)) = index.split_once(']') else {
            return false;
        };
        rest = after;
    }
    match rest.strip_prefix(':') {
        Some(format) if format.contains('%') => true,
        // What fills, how it stands, how wide.
        Some(format) => {
            let fill = format.chars().next().map_or(0, char::len_utf8);
            let stands = format[fill..].starts_with(['<', '>', '^', '=']);
            let digits = format.trim_start_matches([' ', '+', '-', '#']);
            let plain = format.starts_with(' ') && digits.starts_with(|c: char| c.is_ascii_digit());
            (stands || plain) && !format[fill..].contains(char::is_whitespace)
        }
        None => rest.is_empty() || !rest.contains(char::is_whitespace),
    }
}

/// Whether `inner`, which has white space, is a placeholder of Fluent: ` $name `, ` -brand `, ` NUMBER($n, x: 2) `.
fn is_term(inner: &str) -> bool {
    let term = inner.trim();
    let called = |term: &str| {
        let name = term.split('(').next().unwrap_or_default();
        let upper = |c: char| c.is_ascii_uppercase() || c == '_';
        name.len() > 1 && name.len() < term.len() && term.ends_with(')') && name.chars().all(upper)
    };
    let marked = term.strip_prefix(['$', '-']).is_some_and(|name| {
        name.starts_with(char::is_alphabetic) && !name.contains(char::is_whitespace)
    });
    marked || called(term)
}

/// The length of a conversion of `printf` at the head of `text`.
fn printf(text: &str) -> Option<usize> {
    if text.starts_with("%%") {
        return Some(2);
    }
    let mut rest = &text[1..];
    for (open, close) in [('(', ')'), ('<', '>')] {
        if let Some(inner) = rest.strip_prefix(open) {
            let end = inner.find(close).filter(|end| (1..40).contains(end))?;
            rest = &inner[end + 1..];
        }
    }
    rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "$-+#.*".contains(c));
    rest = rest.trim_start_matches(['h', 'l', 'z', 'L', 'j', 't']);
    let conversion = rest
        .chars()
        .next()
        .filter(|c| "sdifFuxXobeEgGcp@".contains(*c))?;
    let after = rest[conversion.len_utf8()..].chars().next();
    let whole = after.is_none_or(|c| !c.is_alphanumeric());
    whole.then(|| text.len() - rest.len() + 1)
}

/// The length of a parameter at the head of `text`, `:name`, or of an emoji or a smiley that is written so.
pub(super) fn parameter(text: &str, before: Option<char>) -> Option<usize> {
    let name = text.strip_prefix(':')?;
    let free = before.is_none_or(|c| c.is_whitespace() || "([\"'“«=".contains(c));
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let len = name.len() - name.trim_start_matches(part).len();
    let after = &name[len..];
    let whole = !after.starts_with(char::is_alphanumeric);
    (free && whole && name.starts_with(|c: char| c.is_ascii_alphabetic()))
        .then(|| 1 + len + usize::from(after.starts_with(':')))
}
