//! What a chat model says of its own, and swear words that the source doesn't have.

use super::words::Side;
use super::{CheckId, Finding};
use crate::text::Lang;

/// Give a model away wherever they stand, unless the source speaks of translating as well.
const REMARKS: &[&str] = &[
    "as an ai",
    "as a language model",
    "i'm an ai",
    "here is the translat",
    "here's the translat",
    "here is the english",
    "here is the italian",
    "here is the text",
    "the translation of",
    "the translation is",
    "translation of the",
    "this translation",
    "i translated",
    "i have translated",
    "i've translated",
    "let me know if",
    "translates to",
    "the translated text",
    "the original text",
    "in the original text",
    "i hope this helps",
    "i cannot translate",
    "i can't translate",
    "i'm sorry, but i",
    "i am sorry, but i",
    "please provide",
    "ecco la traduzione",
    "la traduzione è",
    "la traduzione in",
    "il testo tradotto",
    "come modello linguistico",
    "fammi sapere se",
    "non posso tradurre",
    "aqui está a tradução",
    "a tradução é",
    "o texto traduzido",
    "como um modelo de linguagem",
    "aquí está la traducción",
    "aquí tienes la traducción",
    "la traducción es",
    "el texto traducido",
    "como modelo de lenguaje",
    "voici la traduction",
    "la traduction est",
    "le texte traduit",
    "en tant que modèle",
    "hier ist die übersetzung",
    "die übersetzung lautet",
    "der übersetzte text",
    "als ki-modell",
    "als sprachmodell",
];

/// Labels that a model puts before its answer or a remark; they count at the start of a line or a bracket.
const LABELS: &[&str] = &[
    "translation:",
    "translated text:",
    "english translation:",
    "italian translation:",
    "english:",
    "italian:",
    "portuguese:",
    "french:",
    "german:",
    "spanish:",
    "note:",
    "notes:",
    "explanation:",
    "output:",
    "answer:",
    "sure!",
    "sure,",
    "sure:",
    "certainly!",
    "of course!",
    "please note",
    "traduzione:",
    "italiano:",
    "nota:",
    "note del traduttore:",
    "spiegazione:",
    "certo!",
    "certamente!",
    "tradução:",
    "português:",
    "explicação:",
    "claro!",
    "traducción:",
    "español:",
    "explicación:",
    "¡claro!",
    "traduction :",
    "traduction:",
    "français :",
    "remarque :",
    "remarque:",
    "bien sûr",
    "übersetzung:",
    "deutsch:",
    "anmerkung:",
    "hinweis:",
    "natürlich!",
    "```",
];

/// Stems that show that the source itself speaks of texts and translations.
const ON_TOPIC: &[&str] = &[
    "traduz",
    "traduc",
    "tradot",
    "traduis",
    "traduit",
    "translat",
    "übersetz",
    "testo",
    "texto",
    "texte",
    "text",
    "modello linguistico",
    "intelligenza artificiale",
    "artificial",
    "originale",
];

/// Openings of the source that excuse a label in the translation.
const OPENINGS: &[&str] = &[
    "nota",
    "note",
    "certo",
    "certamente",
    "sicuro",
    "sure",
    "certainly",
    "claro",
    "bien sûr",
    "remarque",
    "anmerkung",
    "hinweis",
    "natürlich",
    "of course",
    "spiegazione",
    "explanation",
    "explicaç",
    "explicac",
    "risposta",
    "answer",
    "inglese",
    "italiano",
    "por supuesto",
    "com certeza",
    "naturalmente",
    "si prega",
    "attenzione",
    "```",
];

/// Looks for remarks and for swear words in the translation.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let text = target.text.replace('’', "'").to_lowercase();
    if let Some(remark) = remark(source, &text) {
        found.push(Finding::error(
            CheckId::Commentary,
            format!("\"{remark}\" looks like a remark by the model"),
        ));
    }
    if let Some(word) = swear_word(target)
        && swear_word(source).is_none()
    {
        found.push(
            Finding::error(
                CheckId::Profanity,
                format!("\"{}\" has no counterpart in the source", word.text),
            )
            .at_target(word.span),
        );
    }
}

fn remark(source: &Side, target: &str) -> Option<&'static str> {
    let remark = REMARKS.iter().find(|remark| target.contains(**remark));
    let label = || {
        LABELS.iter().find(|label| {
            target.match_indices(**label).any(|(at, _)| {
                let before = target[..at].trim_end_matches([' ', '*', '#', '(', '[', '_']);
                // "(Note: …" is a remark, "(Spanish: …" a gloss.
                let bracket = target[before.len()..at].contains(['(', '['])
                    && ["not", "anm", "rem", "hin", "ple"]
                        .iter()
                        .any(|start| label.starts_with(start));
                let before = if bracket { "" } else { before };
                before.is_empty() && (bracket || !target[..at].contains(['(', '[']))
                    || before.ends_with('\n')
            })
        })
    };
    if remark.is_none() && label().is_none() {
        return None;
    }
    let original = source.text.to_lowercase();
    if let Some(remark) = remark
        && !ON_TOPIC.iter().any(|stem| original.contains(stem))
    {
        return Some(remark);
    }
    let label = label()?;
    let excused = OPENINGS.iter().any(|word| original.contains(word))
        || label.ends_with(':') && original.chars().take(60).any(|c| c == ':');
    (!excused).then_some(label)
}

/// Words that no news agency writes by itself; stems end in `*`.
fn swear_words(lang: Lang) -> &'static str {
    match lang {
        Lang::EN => {
            "fuck* motherfuck* shit shits shitty bullshit asshole* bitch* cunt* bastard* dickhead* wanker* whore* \
             faggot* nigger* goddamn* retard retarded"
        }
        Lang::IT => {
            "cazz* vaffanculo fottut* fotter* stronz* merda merde merdos* coglion* puttan* troia minchia* incazz* \
             bastard* frocio froci negr*"
        }
        Lang::FR => {
            "putain* merde* connard* connass* enculé* salope* salaud* bordel foutre bâtard* pédé* nique* couille*"
        }
        Lang::DE => {
            "scheiß* scheiss* arschloch* arschlöcher fick* hure* hurensohn* fotze* wichser* verdammt* schwuchtel* \
             schlampe*"
        }
        Lang::ES => {
            "mierda* joder* jodid* puta putas puto putos cabrón* cabrones gilipollas coño* hijoputa maricón* pendejo* \
             chingad*"
        }
        Lang::PT => {
            "merda* caralho* foda foder fodid* foda-se puta putas porra cabrão* cabrões buceta* cuzão* arrombado* \
             viado* bosta*"
        }
        _ => "",
    }
}

fn swear_word<'s, 't>(side: &'s Side<'t>) -> Option<&'s super::words::Word<'t>> {
    let list = swear_words(side.lang);
    if list.is_empty() {
        return None;
    }
    side.words.iter().find(|word| {
        list.split_ascii_whitespace()
            .any(|entry| match entry.strip_suffix('*') {
                Some(stem) => word.lower.starts_with(stem),
                None => word.lower == entry,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::ids;
    use super::*;

    #[test]
    fn remarks_are_caught_and_texts_about_texts_are_not() {
        for (source, target, expected) in [
            (
                "Il voto è regolare.",
                "Here is the translation: The vote is fair.",
                true,
            ),
            (
                "Il voto è regolare.",
                "The vote is fair.\n\nNote: \"regolare\" may mean lawful.",
                true,
            ),
            (
                "Il voto è regolare.",
                "The vote is fair. (Note: literal.)",
                true,
            ),
            (
                "Il voto è regolare.",
                "As an AI, I cannot judge the vote.",
                true,
            ),
            (
                "Il voto è regolare.",
                "**Translation:** The vote is fair.",
                true,
            ),
            ("Il voto è regolare.", "Sure! The vote is fair.", true),
            ("Il voto è regolare.", "The vote is fair.", false),
            (
                "Nota: il voto è regolare.",
                "Note: the vote is fair.",
                false,
            ),
            (
                "Ecco la traduzione del libro.",
                "Here is the translation of the book.",
                false,
            ),
            ("Prese nota: era vero.", "He took note: it was true.", false),
        ] {
            let ids = ids(Lang::IT, Lang::EN, source, target);
            assert_eq!(ids.contains(&"commentary"), expected, "{target}");
        }
    }

    #[test]
    fn swear_words_need_a_source() {
        let rude = |source, target| ids(Lang::IT, Lang::EN, source, target).contains(&"profanity");
        assert!(rude("Che brutto voto!", "What a shitty vote!"));
        assert!(!rude("Che voto di merda!", "What a shitty vote!"));
        assert!(!rude("Che brutto voto!", "What an ugly vote!"));
    }
}
