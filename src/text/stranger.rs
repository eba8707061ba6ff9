//! Sentences of a text that are in another language than the text.

use super::{Lang, detect};
use crate::languages::{Function, Language, writing};

/// From so many letters on the detectors are believed where little is known of the words.
const CLEAR_LETTERS: usize = 25;
/// From so many letters on languages of one family are told apart.
const FAR_LETTERS: usize = 60;

/// The language of `text`, one sentence, if it is clearly another than `expected`: the detectors say so, and its short words
/// are of that language and not of `expected`. Names, titles and a few words prove nothing.
///
/// Of the 997 lines of FLORES dev in each of six languages none is taken for one in another language; of their first 8, 5
/// and 3 words one, none and none. Of lines in one language among those of another (30 directions) it finds 97%, and of
/// their first words 85, 61 and 31%.
///
/// ```
/// use traghetto::{Lang, text::stranger};
///
/// assert_eq!(stranger("O museu abre às nove horas.", Lang::EN), Some(Lang::PT));
/// assert_eq!(stranger("O museu abre às nove horas.", Lang::PT), None);
/// assert_eq!(stranger("São Paulo, Rio de Janeiro", Lang::EN), None);
/// ```
pub fn stranger(text: &str, expected: Lang) -> Option<Lang> {
    let words = text.split(|c: char| !c.is_alphabetic());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    if words.len() < 3 {
        return None;
    }
    let home = Language::of(expected);
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    // Most sentences are in the language of their text, and their short words show it.
    let count = |of: &Function, but: &Function| {
        let is = |word: &&String| {
            of.own.contains(*word) && !but.own.contains(*word) && !but.seen.contains(*word)
        };
        lower.iter().filter(is).count()
    };
    let none = Function::default();
    let own = count(&home.function, &none);
    // Letters that the language hasn't, in words that are no names; a title has few words.
    let strange = |c: char| {
        !c.is_ascii() && c.is_alphabetic() && !home.profile.letters.contains(c) && words.len() > 3
    };
    let is_strange = |word: &&str| word.starts_with(char::is_lowercase) && word.contains(strange);
    if own * 4 >= words.len()
        && !words.iter().any(is_strange)
        && Language::known().iter().all(|(lang, other)| {
            // "No", "a" and "as" are words of several languages.
            let is_own = || count(&home.function, &other.function) > 0;
            *lang == expected || count(&other.function, &home.function) * 2 < own && is_own()
        })
    {
        return None;
    }
    let found = detect(text);
    let lang = found.lang.filter(|lang| *lang != expected)?;
    let guest = Language::of(lang);
    let capitals = words
        .iter()
        .filter(|word| word.starts_with(char::is_uppercase));
    let is_title = capitals.count() * 2 > words.len();
    if is_title && !guest.profile.noun_capitals {
        return None;
    }
    // Another script is another language.
    let is_latin = |lang: &Lang| !writing().not_latin.contains(lang);
    if is_latin(&expected) && !is_latin(&lang) && !text.contains(|c: char| c.is_ascii_alphabetic())
    {
        return Some(lang);
    }
    let writes = |word: &str| {
        let mut letters = word.chars().filter(|c| !c.is_ascii());
        letters.all(|c| guest.profile.letters.contains(c))
    };
    let foreign = words
        .iter()
        .filter(|word| is_strange(word) && writes(word) && !guest.function.own.contains(**word));
    let (its, ours) = (
        count(&guest.function, &home.function) + foreign.count(),
        count(&home.function, &guest.function),
    );
    if guest.function.is_empty() || home.function.is_empty() {
        return (!found.doubtful && letters >= FAR_LETTERS && ours == 0).then_some(lang);
    }
    let family = |language: &Language| language.profile.family.clone();
    let akin = family(home).is_some() && family(home) == family(guest);
    // With those that both languages have: where none is only of the one that is expected, they say something too.
    let all = count(&guest.function, &none).max(its);
    let most = ours == 0 && words.len() > 3 && all >= 2 && all * 3 >= words.len();
    let enough = match akin {
        true => !found.doubtful && letters >= CLEAR_LETTERS && its >= 2 && its * 8 >= words.len(),
        false if found.doubtful => its >= 2 && its * 3 >= words.len() || its >= 1 && most,
        false => its >= 1 && its * 8 >= words.len() || most,
    };
    // Long sentences quote names and titles.
    let few = match letters >= FAR_LETTERS && !found.doubtful {
        true => ours * 4 <= its,
        false => ours == 0,
    };
    (enough && few).then_some(lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_in_another_language() {
        for (text, expected, lang) in [
            ("Como vai você?", Lang::EN, Lang::PT),
            ("O museu abre às nove horas.", Lang::EN, Lang::PT),
            ("The boat that you have seen is old.", Lang::IT, Lang::EN),
            ("Was ist das für ein Haus?", Lang::EN, Lang::DE),
            ("Il ne sait pas où elle est.", Lang::EN, Lang::FR),
            (
                "La riunione è stata spostata a venerdì.",
                Lang::EN,
                Lang::IT,
            ),
            (
                "Los barcos que están en el puerto son de una empresa y no pueden salir hoy.",
                Lang::PT,
                Lang::ES,
            ),
            ("We don't know where they are now.", Lang::DE, Lang::EN),
            ("Ich weiß nicht, ob sie heute kommen.", Lang::PT, Lang::DE),
            ("Elle a dit que nous sommes en retard.", Lang::IT, Lang::FR),
            ("As crianças brincam no jardim.", Lang::EN, Lang::PT),
            ("A palavra certa no lugar certo.", Lang::EN, Lang::PT),
        ] {
            assert_eq!(stranger(text, expected), Some(lang), "{text}");
            assert_eq!(stranger(text, lang), None, "{text}");
        }
    }

    #[test]
    fn names_and_titles_prove_nothing() {
        for text in [
            "Rio de Janeiro e São Paulo",
            "Los Angeles, San Francisco de Asís",
            "“Águas de março”",
            "Mary Shelley",
            "He saw La Dolce Vita at the Teatro dei Servi.",
            "Notre-Dame de Paris",
            "Leonardo da Vinci",
            "Sì.",
            "R$ 300 de 2019",
        ] {
            assert_eq!(stranger(text, Lang::EN), None, "{text}");
        }
    }

    /// FLORES itself may not be committed, so the tests above cover the core.
    #[test]
    fn lines_of_flores() {
        let langs = [Lang::IT, Lang::PT, Lang::ES, Lang::EN, Lang::FR, Lang::DE];
        let mut wrong = [0; 4];
        let (mut found, mut all) = ([0; 4], 0);
        for lang in langs {
            let Ok(text) = std::fs::read_to_string(format!("../shared/eval/flores-dev.{lang}"))
            else {
                eprintln!("skipped: ../shared/eval/flores-dev.{lang} is not here");
                return;
            };
            for line in text.lines() {
                let words: Vec<_> = line.split_whitespace().collect();
                let first = |n: usize| words[..n.min(words.len())].join(" ");
                let pieces = [line.to_owned(), first(8), first(5), first(3)];
                for (n, piece) in pieces.iter().enumerate() {
                    if let Some(other) = stranger(piece, lang) {
                        wrong[n] += 1;
                        eprintln!("{lang} taken for {other}: {piece}");
                    }
                    for other in langs.into_iter().filter(|other| *other != lang) {
                        found[n] += usize::from(stranger(piece, other) == Some(lang));
                    }
                }
                all += langs.len() - 1;
            }
        }
        eprintln!("wrong {wrong:?} of 5982; found {found:?} of {all}");
        assert!(
            wrong[0] == 0 && wrong[1..].iter().all(|wrong| *wrong <= 6),
            "{wrong:?}"
        );
        assert!(found[0] * 100 > all * 92 && found[1] * 100 > all * 75);
    }
}
