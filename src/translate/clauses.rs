//! Cutting a sentence into clauses that a small model can manage, and putting their translations together again.

/// A clause has at least this many words; shorter ones stay with their neighbour.
const WORDS: usize = 5;

/// The clauses of `text`, cut behind commas, semicolons, colons and dashes outside brackets and quotations. Put
/// together with spaces they are the text again, but for the white space between them.
pub(super) fn cut(text: &str) -> Vec<&str> {
    let mut clauses: Vec<&str> = Vec::new();
    let (mut start, mut depth) = (0, 0i32);
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '«' | '“' | '„' => depth += 1,
            ')' | ']' | '»' | '”' => depth -= 1,
            '"' => quoted = !quoted,
            _ => {}
        }
        let end = at + c.len_utf8();
        let divides = matches!(c, ',' | ';' | ':' | '–' | '—');
        if !divides || depth > 0 || quoted || !text[end..].starts_with(char::is_whitespace) {
            continue;
        }
        let words = |text: &str| text.split_whitespace().count();
        if words(&text[start..end]) >= WORDS && words(&text[end..]) >= WORDS {
            clauses.push(text[start..end].trim());
            start = end;
        }
    }
    clauses.push(text[start..].trim());
    clauses
}

/// The translations of the clauses in one sentence: a model takes a clause for a sentence, so the full stop that it adds
/// and the capital that it begins with are taken back.
pub(super) fn join(clauses: &[&str], translations: &[String]) -> String {
    let mut joined = String::new();
    let last = translations.len().saturating_sub(1);
    for (i, (clause, translation)) in clauses.iter().zip(translations).enumerate() {
        let mut text = translation.trim();
        let mark = clause.chars().next_back().filter(|c| !c.is_alphanumeric());
        if i < last {
            text = text.trim_end_matches(['.', ',', ';', ':', ' ', '–', '—']);
        }
        let mut chars = text.chars();
        match chars.next() {
            Some(first) if i > 0 && clause.starts_with(char::is_lowercase) => {
                joined.push(' ');
                let word = text.split_whitespace().next().unwrap_or_default();
                // A name keeps its capital, and so does an acronym.
                let is_name = clause.contains(word)
                    || word.chars().skip(1).any(char::is_uppercase)
                    || word == "I";
                match is_name {
                    true => joined.push(first),
                    false => joined.extend(first.to_lowercase()),
                }
            }
            Some(first) => {
                if i > 0 {
                    joined.push(' ');
                }
                joined.push(first);
            }
            None => continue,
        }
        joined.push_str(chars.as_str());
        if i < last
            && let Some(mark) = mark
        {
            if matches!(mark, '–' | '—') {
                joined.push(' ');
            }
            joined.push(mark);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_of_some_length() {
        assert_eq!(
            cut(
                "Dopo i disordini dello scorso gennaio, che erano costati la vita a molti, almeno 3 mila gli arresti."
            ),
            [
                "Dopo i disordini dello scorso gennaio,",
                "che erano costati la vita a molti,",
                "almeno 3 mila gli arresti."
            ]
        );
        for whole in [
            "",
            "Sì, certo, forse.",
            "Ha detto «questo è tutto, non ho altro da dire oggi» e se ne è andato via.",
            "Il 3,5 per cento di loro ha votato a favore (o contro, come dicono loro oggi).",
        ] {
            assert_eq!(cut(whole), [whole]);
        }
    }

    #[test]
    fn the_sentence_is_one_again() {
        let clauses = [
            "Dopo i disordini di gennaio,",
            "almeno 3 mila gli arresti –",
            "Tokayev tace adesso.",
        ];
        let translations = [
            "After the riots in January.",
            "At least 3,000 arrests.",
            "Tokayev is silent now.",
        ];
        assert_eq!(
            join(&clauses, &translations.map(str::to_string)),
            "After the riots in January, at least 3,000 arrests – Tokayev is silent now."
        );
        assert_eq!(join(&["Sì."], &["Yes.".to_string()]), "Yes.");
    }
}
