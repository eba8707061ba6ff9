//! What a chat model says of its own, and swear words that the source doesn't have.

use super::finding::Finding;
use super::id::CheckId;
use super::words::Side;
use crate::languages::{Language, Remarks};

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

/// The lists of all languages, since models answer in that of the prompt, of the source or of the target.
fn lists<'l, T: 'l>(list: fn(&'l Remarks) -> &'l [T]) -> impl Iterator<Item = &'l T> {
    let all = Language::known().iter();
    all.flat_map(move |(_, language)| list(&language.remarks))
}

fn remark(source: &Side, target: &str) -> Option<&'static str> {
    let remark = lists(|of| &of.remarks).find(|remark| target.contains(*remark));
    if remark.is_none() && label(target).is_none() {
        return None;
    }
    let original = source.text.to_lowercase();
    if let Some(remark) = remark
        && !lists(|of| &of.topic).any(|stem| original.contains(stem))
    {
        return Some(remark);
    }
    let label = label(target)?;
    let excused = lists(|of| &of.excuses).any(|word| original.contains(word))
        || label.ends_with(':') && original.chars().take(60).any(|c| c == ':');
    (!excused).then_some(label)
}

/// A label at the start of a line; one of a note may stand in a bracket, while "(Spanish: …" is a gloss.
fn label(target: &str) -> Option<&'static str> {
    let starts = |label: &str, note: bool| {
        target.match_indices(label).any(|(at, _)| {
            let before = target[..at].trim_end_matches([' ', '*', '#', '(', '[', '_']);
            let bracket = note && target[before.len()..at].contains(['(', '[']);
            let before = if bracket { "" } else { before };
            before.is_empty() && (bracket || !target[..at].contains(['(', '[']))
                || before.ends_with('\n')
        })
    };
    let mut labels = lists(|of| &of.labels);
    let mut notes = lists(|of| &of.notes);
    let label = labels.find(|label| starts(label, false));
    let label = label.or_else(|| notes.find(|label| starts(label, true)));
    label.map(String::as_str)
}

fn swear_word<'s, 't>(side: &'s Side<'t>) -> Option<&'s super::words::Word<'t>> {
    let list = &side.language.remarks.profanity;
    side.words
        .iter()
        .find(|word| list.iter().any(|entry| entry.fits(&word.lower)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::ids;
    use crate::text::Lang;

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
