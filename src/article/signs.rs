//! Marks of plain text that people write with signs: `*everyone*`, `_new_`. The words within are read without them.

/// No such mark is longer, in bytes.
const LONGEST: usize = 80;

/// The pairs of signs around marked words in `text`: where each opens and closes.
pub(super) fn emphases(text: &str) -> Vec<[usize; 2]> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find(['*', '_']).map(|len| at + len) {
        at = open + 1;
        let sign = &text[open..at];
        let before = text[..open].chars().next_back();
        let begins = before.is_none_or(|c| c.is_whitespace() || "([\"'“‘«-–—/".contains(c));
        let head = &text[at..text.floor_char_boundary(at + LONGEST)];
        let Some(len) = head.find(sign).filter(|_| begins) else {
            continue;
        };
        let (inner, after) = (&head[..len], text[at + len + 1..].chars().next());
        let words = inner.starts_with(char::is_alphanumeric)
            && inner.ends_with(|c: char| c.is_alphanumeric() || ".!?…)".contains(c))
            && inner.contains(char::is_alphabetic)
            && !inner.contains(['*', '_', '`', '|', '@', '/']);
        let ends = after.is_none_or(|c| !c.is_alphanumeric() && !"*_".contains(c));
        if words && ends {
            found.push([open, at + len]);
            at += len + 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_other_signs() {
        for (text, words) in [
            (
                "Tell *everyone*, use the _new_ names",
                &["everyone", "new"][..],
            ),
            ("(*peat-free*?) _so it is_", &["peat-free", "so it is"]),
            ("5 * 3 * 2 and a*b*c", &[]),
            ("snake_case and __init__ and *.txt, *.md", &[]),
            ("**bold** and *|NAME|* and _ _", &[]),
            ("price* and cost*, *see below", &[]),
            ("Name: ____ and *not\n", &[]),
        ] {
            let found = emphases(text);
            let found: Vec<&str> = found.iter().map(|[a, b]| &text[a + 1..*b]).collect();
            assert_eq!(found, words, "{text}");
        }
    }
}
