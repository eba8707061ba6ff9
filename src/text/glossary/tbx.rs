//! Terms from TBX (ISO 30042).

use super::term::Term;
use super::verify::bad;
use crate::error::{Error, Result};
use crate::text::Lang;

/// Every concept's terms, each from each of its languages to each other one.
pub(super) fn read(text: &str, name: &str) -> Result<Vec<Term>> {
    let document = roxmltree::Document::parse(text).map_err(|error| {
        bad(
            name,
            Some(error.pos().row as usize),
            "it is no well-formed XML",
        )
        .with_source(error)
    })?;
    let mut terms = Vec::new();
    let concept =
        |node: &roxmltree::Node| matches!(node.tag_name().name(), "termEntry" | "conceptEntry");
    for entry in document.descendants().filter(concept) {
        let line = document.text_pos_at(entry.range().start).row as usize;
        let note = entry
            .descendants()
            .find(|node| node.has_tag_name("note") || node.tag_name().name() == "note")
            .and_then(|node| node.text())
            .map(|note| note.trim().to_string());
        let mut words: Vec<(Lang, String)> = Vec::new();
        let sections = entry
            .children()
            .filter(|node| matches!(node.tag_name().name(), "langSet" | "langSec"));
        for section in sections {
            let code = section
                .attributes()
                .find(|attribute| attribute.name() == "lang")
                .map_or("", |attribute| attribute.value());
            let short = code.split(['-', '_']).next().unwrap_or_default();
            let lang: Lang = short.parse().map_err(|error: Error| {
                bad(
                    name,
                    Some(line),
                    &format!("the language \"{code}\" is unknown"),
                )
                .with_source(error)
            })?;
            // The first term of a language is the preferred one.
            let word = section
                .descendants()
                .find(|node| node.tag_name().name() == "term")
                .and_then(|node| node.text())
                .map(str::trim)
                .filter(|word| !word.is_empty());
            let Some(word) = word else {
                let what = format!("a concept without a term in \"{code}\"");
                return Err(bad(name, Some(line), &what));
            };
            words.push((lang, word.to_string()));
        }
        for (from, term) in &words {
            for (to, translation) in words.iter().filter(|(to, _)| to != from) {
                terms.push(Term {
                    term: term.clone(),
                    translation: translation.clone(),
                    note: note.clone(),
                    from: Some(*from),
                    to: Some(*to),
                    line,
                });
            }
        }
    }
    Ok(terms)
}
