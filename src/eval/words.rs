//! Words as Python's `str.split` finds them, as the reference implementations of all metrics use it.

/// Whether Python holds `c` for white space: what Unicode does, and four control characters more.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// A line as sacrebleu reads it: without white space at its end.
pub(super) fn trimmed(line: &str) -> &str {
    line.trim_end_matches(is_space)
}

/// Without white space around it.
pub(super) fn stripped(line: &str) -> &str {
    line.trim_matches(is_space)
}
