//! Terms of a glossary for models that read no instructions: each is replaced by a word that means nothing, which such
//! models copy, and put back in its translation.

use crate::text::Span;
use crate::text::glossary::Term;

/// A text without its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Protected {
    /// The text for the model.
    pub text: String,
    /// The words in the terms' places, and what they stand for in the translation.
    words: Vec<(String, String)>,
}

/// Replaces the terms in `text`; `terms` come with the longest first.
pub(super) fn protect(text: &str, terms: &[Term]) -> Protected {
    let mut places: Vec<(Span, &Term)> = Vec::new();
    for term in terms {
        for span in term.find(text) {
            let free = |(other, _): &(Span, _)| span.end <= other.start || other.end <= span.start;
            if places.iter().all(free) {
                places.push((span, term));
            }
        }
    }
    places.sort_by_key(|(span, _)| span.start);
    let (mut out, mut words, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
    for (span, term) in places {
        let word = (words.len() + 1..)
            .map(|n| format!("Xqz{n}"))
            .find(|word| !text.contains(word.as_str()))
            .expect("numbers don't end");
        out.push_str(&text[at..span.start]);
        out.push_str(&word);
        let begins = |text: &str, is: fn(char) -> bool| text.starts_with(is);
        // A term that begins a sentence.
        let raised =
            begins(span.of(text), char::is_uppercase) && begins(&term.term, char::is_lowercase);
        let mut meant = term.translation.chars();
        words.push(match (raised, meant.next()) {
            (true, Some(first)) => (word, first.to_uppercase().chain(meant).collect()),
            _ => (word, term.translation.clone()),
        });
        at = span.end;
    }
    out.push_str(&text[at..]);
    Protected { text: out, words }
}

impl Protected {
    /// The translation with the terms' translations in their places; a word that the model dropped is not made up for.
    pub fn restore(&self, translation: &str) -> String {
        let mut text = translation.to_string();
        // The last first: "Xqz1" begins "Xqz12".
        for (word, meant) in self.words.iter().rev() {
            text = text.replace(word, meant);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;
    use crate::text::glossary::Glossary;

    #[test]
    fn terms_go_and_come_back() {
        let rows = "the Board\to Conselho\nBoard\tMesa\nharbour\tporto\n";
        let glossary = Glossary::parse(rows, "tsv", "terms").unwrap();
        let terms = glossary.terms(Lang::EN, Lang::PT, true);
        let protected = protect("At the harbour, the Board met; Xqz4 too. Harbour!", &terms);
        assert_eq!(protected.text, "At the Xqz1, Xqz2 met; Xqz4 too. Xqz3!");
        assert_eq!(
            protected.restore("No Xqz1, Xqz2 reuniu-se; Xqz4 também. Xqz3!"),
            "No porto, o Conselho reuniu-se; Xqz4 também. Porto!"
        );
        assert_eq!(protect("Nothing here.", &terms).text, "Nothing here.");
    }
}
