//! What a chat model says before it begins: "Sure, here is the translation:". In whatever language, since models answer in
//! that of the prompt, of the source or of the target.

use std::sync::LazyLock;

use crate::languages::{Language, Openings};

/// What the lists of all languages say of openings.
static OPENINGS: LazyLock<Openings> = LazyLock::new(|| {
    let mut all = Openings::default();
    for (_, language) in Language::known() {
        let own = language.openings.clone();
        all.affirm.extend(own.affirm);
        all.present.extend(own.present);
        all.translation.extend(own.translation);
        all.about.extend(own.about);
    }
    // "claro que sí" goes before "claro".
    for list in [&mut all.affirm, &mut all.present] {
        list.sort_by_key(|words| std::cmp::Reverse(words.len()));
    }
    all
});

/// An opening has no more words than this.
const WORDS: usize = 14;
/// Nor is a colon of the source further from its start than an opening's, in characters.
const CHARS: usize = 100;

/// `answer` without the clause that opens it, up to a colon or a line's end, if that speaks of the answer and not for the
/// source.
pub(super) fn without_opening<'t>(answer: &'t str, source: &str) -> &'t str {
    let mut text = answer;
    // "Sure!" may stand in a line before "Here is the translation:".
    for _ in 0..3 {
        let Some(at) = text.find([':', '：', '\n']) else {
            break;
        };
        let (head, rest) = text.split_at(at);
        let rest = rest.trim_start_matches([':', '：', '*', '_']).trim();
        if rest.is_empty() || !is_opening(head, answer, source) {
            break;
        }
        text = rest;
    }
    text
}

/// Whether `head`, with which the answer begins, is the model's own.
fn is_opening(head: &str, answer: &str, source: &str) -> bool {
    let marks = [
        '*', '#', '_', '"', '(', '[', '¡', ' ', '!', ',', '.', ';', ')', ']', '-', '–', '—',
        '\u{a0}', '\u{202f}',
    ];
    let head = head.to_lowercase().replace('’', "'");
    let head = head.trim_matches(marks);
    let words: Vec<&str> = words(head).collect();
    if head.is_empty() || words.len() > WORDS {
        return false;
    }
    let source = source.to_lowercase().replace('’', "'");
    let colons = |text: &str| text.matches([':', '：']).count();
    let own = colons(answer) > colons(&source);
    // A source with a colon near its start may well have this very clause as its text.
    let excused = source
        .split_once(':')
        .is_some_and(|(before, _)| before.chars().count() < CHARS);
    let all = &*OPENINGS;
    let has = |words: &[&str], stems: &[String]| {
        let is = |word: &&str| stems.iter().any(|stem| word.starts_with(stem));
        words.iter().any(is)
    };
    let of_source: Vec<&str> = self::words(&source).collect();
    let on_topic = has(&of_source, &all.translation);
    let (mut rest, mut affirmed, mut presented) = (head, false, false);
    while let Some(after) = without_one_of(rest, &all.affirm) {
        rest = after.trim_start_matches(marks);
        affirmed = true;
    }
    if let Some(after) = without_one_of(rest, &all.present) {
        rest = after.trim_start_matches(marks);
        presented = true;
    }
    let left: Vec<&str> = self::words(rest).collect();
    if has(&words, &all.translation) {
        return !on_topic && (own || !excused);
    }
    let starts_so = [&all.affirm, &all.present]
        .iter()
        .any(|list| without_one_of(source.trim_matches(marks), list).is_some());
    if excused && !own || starts_so {
        return false;
    }
    // "Sure", "Here is"; "here is the text in French"; the label "English".
    let about = has(&left, &all.about);
    let all_about = |word: &&str| word.chars().count() <= 3 || has(&[*word], &all.about);
    match left.is_empty() {
        true => affirmed || presented,
        false if presented => about && !excused,
        false => left.iter().all(all_about) && about && !excused && !has(&of_source, &all.about),
    }
}

/// `text` without that of `list` which it begins with.
fn without_one_of<'t>(text: &'t str, list: &[String]) -> Option<&'t str> {
    let after = list.iter().find_map(|words| text.strip_prefix(words));
    after.filter(|after| !after.starts_with(char::is_alphanumeric))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENINGS_OF_MODELS: [&str; 63] = [
        "Sure, here is the translation: ",
        "Sure! Here's the translation into English:\n\n",
        "Certainly! Here is the translated text: ",
        "Of course. The translation is as follows: ",
        "Here is the English version: ",
        "Translation: ",
        "**Translation:** ",
        "English translation: ",
        "The translation of the text from Italian to English is: ",
        "Below is the translated sentence:\n",
        "I have translated the text for you: ",
        "Certo, ecco la traduzione: ",
        "Ecco la traduzione: ",
        "Certamente! Ecco la traduzione in italiano:\n",
        "Traduzione: ",
        "La traduzione è la seguente: ",
        "Ecco il testo tradotto: ",
        "Ecco il testo in italiano: ",
        "Di seguito la traduzione richiesta: ",
        "Traduzione in italiano: ",
        "Ho tradotto il testo in italiano: ",
        "Bien sûr, voici la traduction en français : ",
        "Bien sûr ! Voici la traduction :\n\n",
        "Voici la traduction du texte en français : ",
        "Voici le texte traduit : ",
        "Traduction : ",
        "Traduction en français : ",
        "La traduction est la suivante : ",
        "D’accord, voici le texte en français : ",
        "Certainement, voici la version française : ",
        "Voici la phrase traduite en français :\n",
        "J'ai traduit le texte comme suit : ",
        "Natürlich, hier ist die Übersetzung: ",
        "Hier ist die Übersetzung ins Deutsche: ",
        "Gerne! Hier die Übersetzung:\n",
        "Übersetzung: ",
        "Die Übersetzung lautet: ",
        "Hier ist der übersetzte Text: ",
        "Hier ist der Text auf Deutsch: ",
        "Deutsche Übersetzung: ",
        "Selbstverständlich! Nachfolgend die deutsche Übersetzung: ",
        "Ich habe den Text wie folgt übersetzt: ",
        "Claro, aquí está la traducción: ",
        "¡Por supuesto! Aquí tienes la traducción:\n\n",
        "Aquí está la traducción al español: ",
        "Traducción: ",
        "Traducción al español: ",
        "La traducción es: ",
        "Claro que sí, esta es la traducción: ",
        "Aquí tienes el texto en español: ",
        "A continuación, la traducción del texto: ",
        "He traducido el texto al español: ",
        "Claro, aqui está a tradução: ",
        "Com certeza! Aqui está a tradução:\n",
        "Aqui está a tradução para o português: ",
        "Tradução: ",
        "Tradução para o português: ",
        "A tradução é: ",
        "Segue a tradução do texto: ",
        "Aqui está o texto em português: ",
        "Esta é a versão em português: ",
        "O texto traduzido é o seguinte: ",
        "Sure!\n",
    ];

    #[test]
    fn openings_are_cut_in_every_language() {
        for (source, text) in [
            ("Il voto è stato regolare.", "The vote was regular."),
            (
                "Il presidente: «Continuerò».",
                "Le président : « Je continuerai ».",
            ),
        ] {
            for opening in OPENINGS_OF_MODELS {
                // A lone label before a source with a colon could be the source's own.
                if source.contains(':') && !opening.contains("rad") && !opening.contains("bersetz")
                {
                    continue;
                }
                let answer = format!("{opening}{text}");
                assert_eq!(without_opening(&answer, source), text, "{answer}");
            }
        }
    }

    #[test]
    fn what_the_source_says_is_kept() {
        for (source, answer) in [
            ("Traduzione: a cura di Rossi", "Translation: by Rossi"),
            (
                "La traduzione è bella - dice.",
                "The translation is fine: he says.",
            ),
            ("Ecco i fatti: nulla.", "Here are the facts: nothing."),
            ("Ecco i fatti. Nulla.", "Here are the facts: nothing."),
            (
                "Sure, it's true - the vote was fair.",
                "Certo, è vero: il voto era regolare.",
            ),
            ("Certo – disse il ministro", "Sure: said the minister"),
            ("Here is what we know.", "Ecco: quello che sappiamo."),
            ("He said the vote was fair.", "Er sagte: die Wahl war fair."),
            ("Tokyo 2020, i medagliati", "Tokyo 2020: the medallists"),
            (
                "Text und Bild – eine Ausstellung",
                "Texte et image : une exposition",
            ),
            (
                "Gli italiani al voto, si parte",
                "The Italians vote: off we go",
            ),
            ("Gli italiani – sempre loro", "The Italians: always them"),
            ("English: a language", "Inglese: una lingua"),
            (
                "La versione inglese: un film",
                "The English version: a film",
            ),
            (
                "Il testo – che non piace",
                "The text which nobody likes: a story",
            ),
            ("Le traducteur : un métier", "The translator: a trade"),
        ] {
            assert_eq!(without_opening(answer, source), answer, "{answer}");
        }
    }
}
