//! What is kept from models: each place is taken by a word that means nothing, which models copy, and put back in the
//! translation. So are the terms of a glossary, from models that read no instructions.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::checks::{CheckId, Finding};
use crate::text::glossary::Term;
use crate::text::{Span, capitalized, is_aside, literals};

/// How a word begins that stands for something: in no language a word does.
const STAND_IN: &str = "Xqz";

/// Whether `word` stands for something.
pub(super) fn is_stand_in(word: &str) -> bool {
    word.starts_with(STAND_IN)
}

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
struct Place {
    span: Span,
    /// What comes into the translation for it.
    meant: String,
    /// Whether it is no part of the sentence: it is cut off at the ends, and may stand close to its neighbours.
    aside: bool,
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
        let meant = match raised {
            true => capitalized(&term.translation),
            false => term.translation.clone(),
        };
        Place {
            span,
            meant,
            aside: false,
        }
    };
    keep(text, places.into_iter().map(place))
}

/// What in `text` must come back letter for letter: what `kept` says, in order, and placeholders, formulas, paths and the
/// like elsewhere.
fn verbatim(text: &str, kept: &[Span]) -> Vec<Span> {
    let mut spans = kept.to_vec();
    let apart = |one: &Span| {
        kept.iter()
            .all(|k| one.end <= k.start || k.end <= one.start)
    };
    spans.extend(literals(text).into_iter().filter(apart));
    spans.sort_by_key(|span| span.start);
    spans
}

/// The inside of the brackets around all of `text`, which to a model are a part of the first word.
fn bracketed(text: &str) -> Option<&str> {
    let inner = ['(', '[']
        .iter()
        .zip([')', ']'])
        .find_map(|(open, close)| {
            let inner = text.strip_prefix(*open)?.strip_suffix(close)?;
            (!inner.contains([*open, close])).then_some(inner)
        })?;
    inner.contains(char::is_alphabetic).then_some(inner)
}

/// Replaces what must come back letter for letter ([`verbatim`]). All of the text is kept if nothing else in it is to be
/// read.
pub(super) fn literal(text: &str, kept: &[Span]) -> Protected {
    let within = |span: &Span| 0 < span.start && span.end < text.len();
    if let Some(inner) = bracketed(text).filter(|_| kept.iter().all(within)) {
        let moved = |span: &Span| Span {
            start: span.start - 1,
            end: span.end - 1,
        };
        let kept: Vec<Span> = kept.iter().map(moved).collect();
        let mut inner = literal(inner, &kept);
        inner.ends[0].insert_str(0, &text[..1]);
        inner.ends[1].push_str(&text[text.len() - 1..]);
        return inner;
    }
    without(text, verbatim(text, kept), is_aside)
}

/// Keeps `spans` of `text`, which come in order, as they are; all of it if no letter is left to read. `aside` says which
/// are no part of the sentence.
pub(super) fn without(text: &str, spans: Vec<Span>, aside: impl Fn(&str) -> bool) -> Protected {
    let is_read = |(at, c): (usize, char)| {
        c.is_alphabetic() && !spans.iter().any(|span| span.start <= at && at < span.end)
    };
    if !spans.is_empty() && !text.char_indices().any(is_read) {
        return Protected::whole(text);
    }
    let place = |span: Span| Place {
        span,
        meant: span.of(text).to_owned(),
        aside: aside(span.of(text)),
    };
    keep(text, spans.into_iter().map(place))
}

/// The text as it stands, but what must come back letter for letter is looked for in the answer.
pub(super) fn bare(text: &str, kept: &[Span]) -> Protected {
    let words = kept.iter().map(|span| span.of(text).to_owned());
    Protected {
        text: text.to_owned(),
        words: words.map(|word| (word.clone(), word)).collect(),
        ends: [String::new(), String::new()],
    }
}

/// Replaces `places`, which come in order.
fn keep(text: &str, places: impl IntoIterator<Item = Place>) -> Protected {
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
            let word = format!("{STAND_IN}{n}");
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

    /// What has no word that stands for it in `translation`, or has it more often than the text.
    pub fn lost(&self, translation: &str) -> Vec<Finding> {
        let translation = self.unstammered(translation);
        let told = self.words.iter().filter_map(|(word, meant)| {
            let word = word.trim();
            let what = match (count(&translation, word), count(&self.text, word)) {
                (made, asked) if made < asked => "has no counterpart",
                (made, asked) if made > asked => "is there more often than in the source",
                _ => return None,
            };
            let message = format!("the placeholder \"{meant}\" {what}");
            Some(Finding::error(CheckId::Placeholder, message))
        });
        told.collect()
    }

    /// The translation with what was kept in its place; what the model dropped within the sentence is not made up for.
    pub fn restore(&self, translation: &str) -> String {
        let mut text = self.unstammered(translation);
        // The last first: "Xqz1" begins "Xqz12".
        for (word, meant) in self.words.iter().rev() {
            text = text.replace(word, meant).replace(word.trim(), meant);
            // In capitals, or in small letters.
            if let Some(at) = find(&text, word.trim()) {
                text.replace_range(at..at + word.trim().len(), meant);
            }
        }
        let [head, tail] = &self.ends;
        format!("{head}{text}{tail}")
    }

    /// `translation` as it would be if the model had copied each stand-in: it may stammer over a word that means nothing
    /// ("Xqzz4", "Xqz4 Xqz4"), and make up others like it.
    fn unstammered(&self, translation: &str) -> String {
        static LIKE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?i) ?\bx+q+z+ ?(\d+)").expect("it is sound"));
        let stand_ins = || self.words.iter().filter(|(word, meant)| word != meant);
        if stand_ins().next().is_none() {
            return translation.to_string();
        }
        let meant = |found: &Captures<'_>| {
            let written = found[0].trim_start();
            let space = &found[0][..found[0].len() - written.len()];
            let word = format!("{STAND_IN}{}", &found[1]);
            let is_one = stand_ins().any(|(one, _)| one.trim() == word);
            match is_one || self.text.contains(written) {
                true if is_one => format!("{space}{word}"),
                true => found[0].to_string(),
                false => String::new(),
            }
        };
        let mut text = LIKE.replace_all(translation, meant).into_owned();
        for (word, _) in stand_ins() {
            let twice = format!("{0} {0}", word.trim());
            while text.contains(&twice) {
                text = text.replace(&twice, word.trim());
            }
        }
        text
    }
}

/// How often `word` stands in `text`, in whatever case; "Xqz1" doesn't stand in "Xqz12".
fn count(text: &str, word: &str) -> usize {
    let (text, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let ends_in_digit = word.ends_with(|c: char| c.is_ascii_digit());
    let places = text
        .match_indices(&word)
        .map(|(at, _)| &text[at + word.len()..]);
    let whole = |after: &&str| !(ends_in_digit && after.starts_with(|c: char| c.is_ascii_digit()));
    places.filter(whole).count()
}

/// Where `word`, which is ASCII, stands in `text`, in whatever case.
fn find(text: &str, word: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(&word.to_ascii_lowercase())
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

    /// Where `code` stands in `text`.
    fn spans(text: &str, code: &[&str]) -> Vec<Span> {
        let at = |piece: &&str| text.find(piece).unwrap();
        let span = |piece: &&str| Span {
            start: at(piece),
            end: at(piece) + piece.len(),
        };
        code.iter().map(span).collect()
    }

    #[test]
    fn brackets_of_code_are_none_around_the_text() {
        for (text, code) in [
            ("(-: is the same smiley as :-)", &["(-:", ":-)"][..]),
            ("(see the house)", &["house)"]),
            ("(x or y)", &["(x"]),
        ] {
            let kept = literal(text, &spans(text, code));
            assert_eq!(kept.restore(&kept.text), text);
        }
    }

    #[test]
    fn code_is_kept_from_a_model() {
        for (text, code, read) in [
            ("Use cargo run now.", &["cargo run"][..], "Use Xqz1 now."),
            (
                "None is {n}, not nil.",
                &["None", "nil"],
                "Xqz1 is Xqz2, not Xqz3.",
            ),
            (
                "Write to a@b.org or c.",
                &["a@b.org"],
                "Write to Xqz1 or c.",
            ),
            ("Set x = {y} here.", &["x = {y}"], "Set Xqz1 here."),
            ("for x in y:", &["for x in y:"], ""),
        ] {
            let kept = literal(text, &spans(text, code));
            assert_eq!(kept.text, read);
            assert_eq!(kept.restore(read), text);
            assert!(kept.lost(read).is_empty());
            let bare = bare(text, &spans(text, code));
            assert_eq!((&*bare.text, &*bare.restore(text)), (text, text));
            assert_eq!(bare.lost("").len(), code.len());
        }
        let kept = literal("[use ls]", &spans("[use ls]", &["ls"]));
        assert_eq!(
            (&*kept.text, &*kept.restore("usa Xqz1")),
            ("use Xqz1", "[usa ls]")
        );
        assert_eq!(literal("(a) b (c)", &[]).text, "(a) b (c)");
        let text = "Run ls -l.";
        let kept = literal(text, &spans(text, &["ls -l"]));
        assert_eq!(kept.restore("Rode Xqz1 Xqz1."), "Rode ls -l.");
        assert_eq!(kept.lost("Rode.").len(), 1);
        assert_eq!(kept.lost("Rode XQZ1, e xqz1.").len(), 1);
        assert!(kept.lost("Rode Xqz1 Xqz1.").is_empty());
        assert_eq!(kept.restore("Rode XQzz1 Xqz4."), "Rode ls -l.");
        assert!(kept.lost("Rode Xqzz 1.").is_empty());
    }
}
