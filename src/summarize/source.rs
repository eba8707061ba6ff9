//! What is summarised: the article's sentences, which every claim of a summary is held against.

use crate::text::Lang;

/// A sentence of the article.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'a> {
    /// One line without markup.
    pub text: &'a str,
    /// Whether it is running text; a heading or a cell of a table is not.
    pub is_prose: bool,
    /// Whether a paragraph begins with it.
    pub begins: bool,
}

/// An article to summarise.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its title.
    pub title: Option<&'a str>,
    /// Its running text, as a model reads it.
    pub text: &'a str,
    /// The same text's sentences, in order; a claim cites their indices.
    pub sentences: &'a [Sentence<'a>],
    /// The language of it all.
    pub lang: Lang,
    /// What the reader wants to know of it above all, in that language.
    pub focus: Option<&'a str>,
}

/// Whether `c` begins or ends a quotation; the single marks, which are apostrophes too, don't.
pub(super) fn is_quotation_mark(c: char) -> bool {
    matches!(
        c,
        '«' | '»' | '“' | '”' | '„' | '"' | '「' | '」' | '『' | '』'
    )
}

/// For each of `sentences` whether all of its words are another's, quoted, so that alone it would seem to be the
/// article's: a quotation is often several sentences long.
pub(super) fn are_spoken(sentences: &[Sentence<'_>]) -> Vec<bool> {
    let mut open: Option<char> = None;
    let spoken = |sentence: &Sentence<'_>| {
        if sentence.begins {
            open = None;
        }
        let mut own = false;
        let mut before = ' ';
        let mut chars = sentence.text.chars().peekable();
        while let Some(c) = chars.next() {
            let after = chars.peek().copied().unwrap_or(' ');
            // Single marks are apostrophes too.
            let begins = c == '‘' && !before.is_alphanumeric() && after.is_alphanumeric();
            open = match (open, c) {
                (Some('‘'), '’') if !after.is_alphanumeric() => None,
                (Some(opener), c) if closes(opener, c) => None,
                (Some(opener), _) => Some(opener),
                (None, '”' | '」' | '』') => None,
                (None, c) if begins || is_quotation_mark(c) => Some(c),
                (None, c) => {
                    own |= c.is_alphanumeric();
                    None
                }
            };
            before = c;
        }
        !own
    };
    sentences.iter().map(spoken).collect()
}

fn closes(opener: char, c: char) -> bool {
    match opener {
        '«' => c == '»',
        '»' => c == '«',
        '„' => matches!(c, '“' | '”'),
        '「' => c == '」',
        '『' => c == '』',
        '"' => c == '"',
        '‘' => false,
        _ => c == '”',
    }
}

/// A text of fewer characters is no sentence that says something, if it has no mark at its end.
const FEW: usize = 40;

impl Sentence<'_> {
    /// Whether it can stand in a summary: running text that is a whole sentence.
    pub(super) fn says_something(&self) -> bool {
        let text = self.text.trim_end_matches(|c: char| "\"'”’»)]".contains(c));
        self.is_prose
            && (text.ends_with(['.', '!', '…', '。', '！', '．', '।']) || text.len() >= FEW)
            && !text.ends_with(['?', '？', ':', ';'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(texts: &[&str]) -> Vec<bool> {
        let sentence = |(i, text): (usize, &&'static str)| Sentence {
            text,
            is_prose: true,
            begins: i == 0,
        };
        let texts: Vec<&'static str> = texts.iter().map(|text| &*text.to_string().leak()).collect();
        let sentences: Vec<Sentence<'_>> = texts.iter().enumerate().map(sentence).collect();
        are_spoken(&sentences)
    }

    #[test]
    fn what_another_says_is_known_across_sentences() {
        assert_eq!(
            spoken(&[
                "“We won.",
                "They stole the money.",
                "It is a shame,” said Kern.",
                "He left."
            ]),
            [true, true, false, false]
        );
        assert_eq!(
            spoken(&[
                "Kern sagte: „Wir gehen.",
                "Sie haben gestohlen.“",
                "Er ging."
            ]),
            [false, true, false]
        );
        assert_eq!(
            spoken(&[
                "‘We won.",
                "The clerk’s men stole it,’ said Kern.",
                "It’s l‘art."
            ]),
            [true, false, false]
        );
        assert_eq!(spoken(&["»Nein.«", "« Non. »", "Ja."]), [true, true, false]);
    }
}
