//! Numbers and names of a summary that its text doesn't have: the surest sign of an invention.

use std::collections::HashSet;

use super::finding::Finding;
use super::id::CheckId;
use crate::languages::Language;
use crate::text::{Lang, sentences};

/// Finds what `summary`, in `lang`, can't have from `text`, in `text_lang`. Names are looked at only where the two are
/// in one language.
pub fn ground(text: &str, text_lang: Lang, summary: &str, lang: Lang) -> Vec<Finding> {
    let mut found: Vec<Finding> = invented_numbers(summary, text)
        .into_iter()
        .map(|number| {
            let message = format!("the number {number} is not in the text");
            Finding::error(CheckId::Number, message)
        })
        .collect();
    // Where every noun has a capital letter, nothing is known.
    if text_lang == lang && !Language::of(lang).profile.noun_capitals {
        found.extend(invented_names(summary, text, lang).into_iter().map(|name| {
            let message = format!("the name \"{name}\" is not in the text");
            Finding::warning(CheckId::Name, message)
        }));
    }
    found
}

/// Small numbers are often counted or written as words.
const SMALL: u64 = 12;

/// The numbers in digits of `summary` that `text` has neither in digits nor as so many thousands or millions.
fn invented_numbers(summary: &str, text: &str) -> Vec<String> {
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

/// Capitalised words of `summary` that `text` has in no form. The first word of a sentence is no name for sure.
fn invented_names(summary: &str, text: &str, lang: Lang) -> Vec<String> {
    let words = |text: &str| -> HashSet<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric());
        parts.map(str::to_lowercase).collect()
    };
    let known = words(text);
    let mut invented = Vec::new();
    for sentence in sentences(summary, Some(lang)) {
        let words = sentence
            .of(summary)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        invented.extend(
            words
                .skip(1)
                .filter(|word| word.starts_with(char::is_uppercase) && word.chars().count() > 2)
                .filter(|word| !known.contains(&word.to_lowercase()))
                .map(str::to_string),
        );
    }
    invented
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
        let names = |summary| invented_names(summary, text, Lang::EN);
        assert_eq!(
            names("President-elect aside, Putin met Kazakh leaders."),
            Vec::<String>::new()
        );
        assert_eq!(
            names("Putin praised the partnership with the United States."),
            ["United", "States"]
        );
        assert_eq!(names("The vote was held on December 10."), ["December"]);
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
