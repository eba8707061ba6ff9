//! Numbers and names of a summary that its text doesn't have: the surest sign of an invention.

use std::collections::HashSet;

use crate::text::{Lang, sentences};

/// Small numbers are often counted or written as words.
const SMALL: u64 = 12;

/// The numbers in digits of `summary` that `text` has neither in digits nor as so many thousands or millions.
pub fn invented_numbers(summary: &str, text: &str) -> Vec<String> {
    let known = numbers(text);
    numbers(summary)
        .into_iter()
        .filter(|number| {
            let scaled = |zeros: &str| {
                number
                    .strip_suffix(zeros)
                    .is_some_and(|short| known.iter().any(|other| other == short))
            };
            let small = number.parse().is_ok_and(|n: u64| n <= SMALL);
            !(small || known.contains(number) || scaled("000") || scaled("000000"))
        })
        .collect()
}

/// The numbers in digits of a text, without the marks between their groups.
fn numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut number = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let groups = matches!(c, '.' | ',' | '\u{a0}' | '\u{202f}' | '’')
            && chars.peek().is_some_and(char::is_ascii_digit);
        if !groups && !number.is_empty() {
            found.push(std::mem::take(&mut number));
        }
    }
    if !number.is_empty() {
        found.push(number);
    }
    found
}

/// Whether `summary`, in the language of its text, has a capitalised word that `text` has in no form. The first word of a
/// sentence is no name for sure; in German every noun has a capital letter, so nothing is known there.
pub fn invents_names(summary: &str, text: &str, lang: Lang) -> bool {
    if lang == Lang::DE {
        return false;
    }
    let words = |text: &str| -> HashSet<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric());
        parts.map(str::to_lowercase).collect()
    };
    let known = words(text);
    sentences(summary, Some(lang)).iter().any(|sentence| {
        let mut words = sentence
            .of(summary)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        words.next();
        words.any(|word| {
            let capital = word.starts_with(char::is_uppercase) && word.chars().count() > 2;
            capital && !known.contains(&word.to_lowercase())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_text_are_known_however_they_are_written() {
        let text = "Oltre l’81 per cento, 238 vittime e almeno 3 mila arresti; 1.234,5 euro. Nel 2019, 2 milioni.";
        let summary = "81%, 238 dead, 3,000 arrests, 1,234.5 euros, 2,000,000 people in 2019, five or 5 of them.";
        assert_eq!(invented_numbers(summary, text), Vec::<String>::new());
    }

    #[test]
    fn an_invented_name_is_found() {
        let text = "Putin praised the alliance with kazakh leaders in Astana.";
        assert!(!invents_names(
            "President-elect aside, Putin met Kazakh leaders.",
            text,
            Lang::EN
        ));
        assert!(invents_names(
            "Putin praised the partnership with the United States.",
            text,
            Lang::EN
        ));
        assert!(invents_names(
            "The vote was held on December 10.",
            text,
            Lang::EN
        ));
    }

    #[test]
    fn an_invented_number_is_found() {
        let text = "Oltre l’81 per cento nel 2019.";
        assert_eq!(
            invented_numbers("It won 18% in 2021.", text),
            ["18", "2021"]
        );
    }
}
