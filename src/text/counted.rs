//! Numbers with their nouns, for people.

/// "1 segment", "3 segments": `noun` with the "s" that `count` asks for.
pub fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_no_plural() {
        let said = [0, 1, 2].map(|count| counted(count, "segment"));
        assert_eq!(said, ["0 segments", "1 segment", "2 segments"]);
    }
}
