//! A short list of words whose mistranslation turns a sentence round ("sventato" → "carried out") and of idioms that
//! get translated word for word ("lettera morta" → "letter of death"). The lists are data: `languages/pairs/`.

use super::finding::Finding;
use super::id::CheckId;
use super::patterns::find;
use super::words::Side;
use crate::languages::lexicon;

/// Looks every entry of the pair of languages up.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    for entry in lexicon(source.lang, target.lang) {
        let Some(at) = find(source, &entry.source) else {
            continue;
        };
        let words = at.of(source.text);
        match (entry.needs, find(target, &entry.target)) {
            (true, None) => found.push(
                Finding::warning(
                    CheckId::Opposite,
                    format!("\"{words}\" has none of its known renderings: its sense may be turned round"),
                )
                .at_source(at)
                .with_rendering(&entry.rendering),
            ),
            (false, Some(there)) => {
                let literal = there.of(target.text);
                let finding = if literal.contains(' ') {
                    Finding::error(CheckId::Idiom, format!("\"{literal}\" is \"{words}\" word for word"))
                } else {
                    Finding::warning(CheckId::Idiom, format!("\"{literal}\" only looks like \"{words}\""))
                };
                found.push(finding.at_source(at).at_target(there).with_rendering(&entry.rendering));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ids;
    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_rendering_suits_its_own_entry() {
        for from in Lang::all() {
            for to in Lang::all() {
                for entry in lexicon(from, to) {
                    let rendering = Side::new(&entry.rendering, to);
                    let fits = find(&rendering, &entry.target).is_some();
                    assert_eq!(fits, entry.needs, "{}", entry.rendering);
                }
            }
        }
    }

    #[test]
    fn senses_turned_round_and_idioms() {
        for (source, target, expected) in [
            (
                "Il governo aveva dichiarato di aver sventato un colpo di stato.",
                "The government had said that it had carried out a coup.",
                Some("opposite"),
            ),
            (
                "Il governo aveva dichiarato di aver sventato un colpo di stato.",
                "The government had said that it had foiled a coup.",
                None,
            ),
            (
                "Il rinnovamento è rimasto lettera morta.",
                "The renewal remained a letter of death.",
                Some("idiom"),
            ),
            (
                "Il rinnovamento è rimasto lettera morta.",
                "The renewal remained a dead letter.",
                None,
            ),
        ] {
            assert_eq!(
                ids(Lang::IT, Lang::EN, source, target),
                Vec::from_iter(expected),
                "{target}"
            );
        }
    }
}
