//! What people and programs are called by in running text: handles, tags, and marks of blocks in notes.

/// The length of `@everyone`, `#allotment-club`, `#evergreen/🌱` at the head of `text`; or of `^key-idea`, if nothing follows.
pub(super) fn handle(text: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| !(c.is_whitespace() || "(\"'“«„,;:".contains(c))) {
        return None;
    }
    let sign = text.chars().next().filter(|c| "@#^".contains(*c))?;
    let inner = &text[1..];
    let named = |c: char| c.is_alphanumeric() || "_-/.".contains(c) || c >= '\u{2190}';
    let end = inner.find(|c| !named(c)).unwrap_or(inner.len());
    let name = inner[..end].trim_end_matches(['.', '-', '/']);
    let is_one = match sign {
        '@' => name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && name.len() > 1,
        '#' => name.starts_with(char::is_alphabetic) && name.len() > 1,
        _ => {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            name.chars().all(plain) && name.len() > 1 && inner[name.len()..].trim().is_empty()
        }
    };
    is_one.then_some(1 + name.len())
}
