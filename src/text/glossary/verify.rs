//! What a glossary must not say.

use std::collections::HashMap;

use super::term::Term;
use crate::error::{Error, ErrorKind, Result};

/// An error of the glossary `name`.
pub(super) fn bad(name: &str, line: Option<usize>, what: &str) -> Error {
    let place = line.map_or_else(String::new, |line| format!(", line {line}"));
    Error::new(ErrorKind::Usage, format!("the glossary {name}{place}: {what}")).with_hint(
        "a line is: term, translation, note, do-not-translate (yes or no), divided by tabs (or by commas in a .csv file)",
    )
}

/// A term stands once for two languages.
pub(super) fn doubles(terms: &[Term], name: &str) -> Result<()> {
    let mut seen: HashMap<_, &Term> = HashMap::new();
    for term in terms {
        if let Some(first) = seen.insert((term.from, term.to, term.term.to_lowercase()), term) {
            let what = format!(
                "\"{}\" is there twice: \"{}\" (line {}) and \"{}\"",
                term.term, first.translation, first.line, term.translation
            );
            return Err(bad(name, Some(term.line), &what));
        }
    }
    Ok(())
}

/// A translation that is itself a term to be translated, and so on back to the first one, can't be meant.
pub(super) fn circles(terms: &[Term], name: &str) -> Result<()> {
    // "Osce" may well be "OSCE".
    let leads = |term: &&Term| term.term.to_lowercase() != term.translation.to_lowercase();
    let next: HashMap<_, &Term> = terms
        .iter()
        .filter(leads)
        .map(|term| ((term.from, term.to, term.term.to_lowercase()), term))
        .collect();
    for first in terms.iter().filter(leads) {
        let mut path = vec![first.term.as_str()];
        let mut at = first;
        while let Some(term) = next.get(&(at.from, at.to, at.translation.to_lowercase())) {
            path.push(&term.term);
            if term.term.to_lowercase() == first.term.to_lowercase() {
                let what = format!("it leads in a circle: {}", path.join(" → "));
                return Err(bad(name, Some(first.line), &what));
            }
            if path.len() > terms.len() {
                break;
            }
            at = term;
        }
    }
    Ok(())
}
