//! The first letter of a text.

/// `text` with a capital as its first character, if that has one.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.as_str().chars()).collect()
}

/// `text` without a capital as its first character.
pub fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars.as_str().chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_letter_changes() {
        for (small, capital) in [
            ("porto di Mare", "Porto di Mare"),
            ("élan", "Élan"),
            ("3 km", "3 km"),
            ("", ""),
        ] {
            assert_eq!(capitalized(small), capital);
            assert_eq!(uncapitalized(capital), small);
        }
    }
}
