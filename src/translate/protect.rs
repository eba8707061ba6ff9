//! What is kept from models that read no instructions: each place is taken by a word that means nothing, which such
//! models copy, and put back in the translation. So are the terms of a glossary.

use crate::text::Span;
use crate::text::glossary::Term;

/// A text of which some places are kept from the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Protected {
    /// The text for the model.
    pub text: String,
    /// The words in the places, as they stand in `text`, and what they stand for in the translation.
    words: Vec<(String, String)>,
    /// What was cut off at both ends.
    ends: [String; 2],
}

/// A place that is kept from the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub span: Span,
    /// What comes into the translation for it.
    pub meant: String,
    /// Whether it is no part of the sentence: it is cut off at the ends, and may stand close to its neighbours.
    pub aside: bool,
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
    let begins = |text: &str, is: fn(char) -> bool| text.starts_with(is);
    let place = |(span, term): (Span, &Term)| {
        // A term that begins a sentence.
        let raised =
            begins(span.of(text), char::is_uppercase) && begins(&term.term, char::is_lowercase);
        let mut meant = term.translation.chars();
        let meant = match (raised, meant.next()) {
            (true, Some(first)) => first.to_uppercase().chain(meant).collect(),
            _ => term.translation.clone(),
        };
        Place {
            span,
            meant,
            aside: false,
        }
    };
    keep(text, places.into_iter().map(place))
}

/// Replaces `places`, which come in order.
pub(super) fn keep(text: &str, places: impl IntoIterator<Item = Place>) -> Protected {
    let (mut out, mut words, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
    let mut ends = [String::new(), String::new()];
    let mut n = 0;
    for Place { span, meant, aside } in places {
        let (before, after) = (&text[..span.start], &text[span.end..]);
        if aside && before.trim().is_empty() {
            at = text.len() - after.trim_start().len();
            ends[0] = text[..at].to_owned();
            continue;
        }
        if aside && after.trim().is_empty() {
            let sentence = before.trim_end().len();
            out.push_str(&text[at..sentence]);
            ends[1] = text[sentence..].to_owned();
            at = text.len();
            continue;
        }
        let word = loop {
            n += 1;
            let word = format!("Xqz{n}");
            if !text.contains(&word) {
                break word;
            }
        };
        // A word of its own also where it stands close to others.
        let is_word = |c: char| c.is_alphanumeric();
        let left = before.ends_with(|c| is_word(c) || ".,:;!?".contains(c));
        let right = after.starts_with(is_word);
        let [left, right] = [left, right].map(|close| if aside && close { " " } else { "" });
        let word = format!("{left}{word}{right}");
        out.push_str(&text[at..span.start]);
        out.push_str(&word);
        words.push((word, meant));
        at = span.end;
    }
    out.push_str(&text[at..]);
    Protected {
        text: out,
        words,
        ends,
    }
}

impl Protected {
    /// Nothing of `text` is for the model.
    pub fn whole(text: &str) -> Self {
        Self {
            text: String::new(),
            words: Vec::new(),
            ends: [text.to_owned(), String::new()],
        }
    }

    /// The translation with what was kept in its place; what the model dropped within the sentence is not made up for.
    pub fn restore(&self, translation: &str) -> String {
        let mut text = translation.to_string();
        // The last first: "Xqz1" begins "Xqz12".
        for (word, meant) in self.words.iter().rev() {
            text = text.replace(word, meant).replace(word.trim(), meant);
        }
        let [head, tail] = &self.ends;
        format!("{head}{text}{tail}")
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
