//! Texts too short for a model: "Thank you.", "Hello", "Wednesday". Small models make something else of them, or more. They
//! are few, so they stand in the languages' lists.

use super::edges::count;
use crate::languages::{Language, names, writing};
use crate::text::{Lang, capitalized};

/// No phrase of the lists has more bytes.
const LONGEST: usize = 40;

/// `text` in the language `to`, if it is a phrase of the lists and nothing else, with the marks and the case of the source.
pub(super) fn phrase(text: &str, from: Lang, to: Lang) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    if let Some(at) = count(text) {
        return Some(phrase(&text[..at], from, to)? + &text[at..]);
    }
    single(text, from, to).or_else(|| words(text, from, to))
}

/// `text` in the language `to`, if it is one phrase.
fn single(text: &str, from: Lang, to: Lang) -> Option<String> {
    let is_word = |c: char| c.is_alphabetic();
    let start = text.find(is_word)?;
    let last = text.rfind(is_word)?;
    let end = last + text[last..].chars().next()?.len_utf8();
    let (head, core, tail) = (&text[..start], &text[start..end], &text[end..]);
    // A mark that asks is a part of the phrase, which another language may set otherwise.
    if [head, tail]
        .iter()
        .any(|marks| marks.contains(['¿', '¡', '?']) || marks.contains(char::is_numeric))
    {
        return None;
    }
    let is_core = |phrase: &str| {
        let lowered = phrase.to_lowercase() == core.to_lowercase();
        lowered && (phrase.starts_with(char::is_lowercase) || core.starts_with(char::is_uppercase))
    };
    let key = Language::of(from).stock.key(is_core)?;
    let written = Language::of(to).stock.written(key)?;
    let letters = || core.chars().filter(|c| c.is_alphabetic());
    let shouted = letters().count() > 1 && !letters().any(char::is_lowercase);
    let written = match core.starts_with(char::is_uppercase) {
        _ if shouted => written.to_uppercase(),
        true => capitalized(written),
        false => written.to_owned(),
    };
    Some(format!("{head}{written}{tail}"))
}

/// Single words of the lists with marks between them and nothing else, "Mon, Wed, Fri", "Yes / No", in the language `to`.
fn words(text: &str, from: Lang, to: Lang) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut words = 0;
    for piece in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphabetic());
        let sign = &piece[word.len()..];
        if !sign.chars().all(|c| " \u{a0},/-–&".contains(c)) {
            return None;
        }
        if !word.is_empty() {
            out.push_str(&single(word, from, to)?);
            words += 1;
        }
        out.push_str(sign);
    }
    let marks = text.matches([',', '/', '-', '–', '&']).count();
    (words > 1 && marks + 1 >= words).then_some(out)
}

/// A name has no more words.
const NAMES: usize = 3;

/// Whether `text` is a person's name and nothing else, as a label or a line of a list: small models translate it, or add
/// who that is.
pub(super) fn is_person(text: &str, to: Lang) -> bool {
    if text.len() > LONGEST || writing().not_latin.contains(&to) {
        return false;
    }
    let is_name = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(char::is_uppercase)
            && chars.clone().any(char::is_lowercase)
            && chars.all(|c| c.is_alphabetic() || "-'’".contains(c))
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let first = words.first().and_then(|first| first.split('-').next());
    let given = first.map(str::to_lowercase);
    words.len() <= NAMES
        && words.iter().all(|word| is_name(word))
        && given.is_some_and(|given| names().given.contains(&given))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_keep_their_marks_and_case() {
        for (text, from, to, expected) in [
            ("Thank you.", "en", "pt", "Obrigado."),
            ("thank you", "en", "de", "danke"),
            ("HELLO!", "en", "pt", "OLÁ!"),
            ("Hello", "en", "it", "Salve"),
            ("Wed", "en", "pt", "Qua"),
            ("“Good night,”", "en", "fr", "“Bonne nuit,”"),
            ("mercoledì", "it", "en", "Wednesday"),
            ("Segunda-feira:", "pt", "de", "Montag:"),
            ("Guten Morgen", "de", "es", "Buenos días"),
            ("- Yes.", "en", "pt", "- Sim."),
            ("No (1)", "en", "pt", "Não (1)"),
            ("Mon, Wed, Fri", "en", "pt", "Seg, Qua, Sex"),
            ("Tue–Fri", "en", "fr", "Mar–Ven"),
            ("Yes / No", "en", "de", "Ja / Nein"),
            ("May", "en", "fr", "Mai"),
            ("S’il vous plaît !", "fr", "en", "Please !"),
        ] {
            let lang = |code: &str| code.parse::<Lang>().unwrap();
            let made = phrase(text, lang(from), lang(to));
            assert_eq!(made.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_for_a_model() {
        for text in [
            "Thank you, Ann.",
            "sun",
            "may",
            "How are you?",
            "",
            "12",
            "Mon 5",
            "No May",
        ] {
            assert_eq!(phrase(text, Lang::EN, Lang::PT), None, "{text}");
        }
        let klingon = Lang::all().find(|lang| lang.code() == "ja").unwrap();
        assert_eq!(phrase("Hello", Lang::EN, klingon), None);
    }

    #[test]
    fn names_of_persons() {
        let cases = [
            ("John", true),
            ("Margaret Holloway", true),
            ("Jean-Luc Godard", true),
            ("Anna Maria O’Brien", true),
            ("Laura", true),
            ("Henry VIII", false),
            ("Hello", false),
            ("Rose Bush", false),
            ("john", false),
            ("MARIA", false),
            ("Anna, Luca", false),
            ("Anna arrived", false),
            ("Thomas said.", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_person(text, Lang::PT), expected, "{text}");
        }
        let japanese: Lang = "ja".parse().unwrap();
        assert!(!is_person("John", japanese));
    }

    #[test]
    fn the_lists_have_the_same_keys() {
        let keys = |lang: Lang| Language::of(lang).stock.keys().collect::<Vec<_>>();
        let first = keys(Lang::EN);
        assert!(first.len() > 50);
        for lang in [Lang::IT, Lang::FR, Lang::DE, Lang::ES, Lang::PT] {
            assert_eq!(keys(lang), first);
        }
    }
}
