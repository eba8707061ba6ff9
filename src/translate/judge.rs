//! The first, language-neutral judgement of an answer: is it empty, cut, a loop, an echo, or in the wrong language?
//! A flagged answer is retried once and then reported.

use std::collections::HashMap;

use serde::Serialize;

use crate::engine::Finish;
use crate::text::{Lang, detect};

/// What may be wrong with a translated segment, by stable id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flag {
    /// The source has text, the translation has none.
    Empty,
    /// The cap on tokens ended the answer.
    Cut,
    /// The answer repeats itself.
    Loop,
    /// The answer is the source.
    Echo,
    /// The answer is in another language than the one asked for.
    Language,
    /// The answer is far longer than its source.
    Length,
    /// The answer has a run of words from an example in the prompt.
    Leak,
    /// A summary has a number that its text doesn't have.
    Number,
    /// A summary has a name that its text doesn't have.
    Name,
    /// The answer has letters of a script that neither its language nor its source is written in.
    Script,
}

impl Flag {
    /// The stable id, as it stands in reports.
    pub fn id(self) -> &'static str {
        match self {
            Flag::Empty => "empty",
            Flag::Cut => "cut",
            Flag::Loop => "loop",
            Flag::Echo => "echo",
            Flag::Language => "language",
            Flag::Length => "length",
            Flag::Leak => "leak",
            Flag::Number => "number",
            Flag::Name => "name",
            Flag::Script => "script",
        }
    }

    /// A phrase for people, to follow "the translation".
    pub fn describe(self) -> &'static str {
        match self {
            Flag::Empty => "is empty",
            Flag::Cut => "was cut off at the cap on tokens",
            Flag::Loop => "repeats itself",
            Flag::Echo => "is the source, untranslated",
            Flag::Language => "seems to be in the wrong language",
            Flag::Length => "is far longer than its source",
            Flag::Leak => "has words from an example in the prompt",
            Flag::Number => "has a number that the text doesn't have",
            Flag::Name => "has a name that the text doesn't have",
            Flag::Script => "has letters of a foreign script",
        }
    }
}

impl Serialize for Flag {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// Below this many letters a language can't be told with confidence.
const MIN_LETTERS_FOR_LANGUAGE: usize = 30;

/// Judges `answer`, a translation of `source` from `from` into `to`, or a summary if `from` is `None`.
pub fn judge(
    source: &str,
    answer: &str,
    from: Option<Lang>,
    to: Lang,
    finish: Finish,
) -> Vec<Flag> {
    let mut flags = Vec::new();
    if answer.trim().is_empty() {
        if source.chars().any(char::is_alphanumeric) {
            flags.push(Flag::Empty);
        }
        return flags;
    }
    if mixes_scripts(source, answer, to) {
        flags.push(Flag::Script);
    }
    if finish == Finish::Length {
        flags.push(Flag::Cut);
    }
    if repeats(answer) && !repeats(source) {
        flags.push(Flag::Loop);
    }
    if from.is_some() {
        let (long, short) = (answer.chars().count(), source.chars().count());
        if long > 4 * short + 60 {
            flags.push(Flag::Length);
        }
    }
    if from.is_some_and(|from| from != to) && is_echo(source, answer) {
        flags.push(Flag::Echo);
    } else if in_wrong_language(answer, to) {
        flags.push(Flag::Language);
    }
    flags
}

/// Whether a text in a language of Latin letters has others that its source doesn't have.
fn mixes_scripts(source: &str, answer: &str, to: Lang) -> bool {
    let other_script =
        |c: char| c.is_alphabetic() && c > '\u{36f}' && !('\u{1e00}'..'\u{1f00}').contains(&c);
    !NOT_LATIN.contains(&to.code())
        && answer
            .chars()
            .any(|c| other_script(c) && !source.contains(c))
}

/// Languages that aren't written in Latin letters, or not in these alone.
#[rustfmt::skip]
const NOT_LATIN: &[&str] = &[
    "am", "ar", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km", "kn", "ko", "ky", "lo", "mk",
    "ml", "mn", "mr", "my", "ne", "pa", "ru", "si", "sr", "ta", "te", "th", "uk", "ur", "yi", "zh",
];

/// Whether `answer` holds five words in a row of one of `examples`, which a small model is prone to copy.
pub fn leaks(answer: &str, examples: &[&str]) -> bool {
    const RUN: usize = 5;
    let answer = words(&answer.to_lowercase());
    examples.iter().any(|example| {
        let example = words(&example.to_lowercase());
        example
            .windows(RUN)
            .any(|run| answer.windows(RUN).any(|other| other == run))
    })
}

/// The words of a text, without what stands between them.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_string)
        .collect()
}

/// Whether running text, at least four words of it in lower case, came back as it was.
fn is_echo(source: &str, answer: &str) -> bool {
    let (source, answer) = (words(source), words(answer));
    let running = source
        .iter()
        .filter(|word| word.chars().all(char::is_lowercase))
        .count();
    running >= 4 && source == answer
}

fn in_wrong_language(answer: &str, to: Lang) -> bool {
    if answer.chars().filter(|c| c.is_alphabetic()).count() < MIN_LETTERS_FOR_LANGUAGE {
        return false;
    }
    let detection = detect(answer);
    !detection.doubtful && detection.lang.is_some_and(|lang| lang != to)
}

/// Whether a run of words comes back at once three times or more, or a long run of words recurs at all often: a
/// decoder that has fallen into a loop.
fn repeats(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    for period in 1..=12.min(words.len() / 3) {
        let times = if period == 1 { 5 } else { 3 };
        let mut run = 0;
        for i in period..words.len() {
            run = if words[i] == words[i - period] {
                run + 1
            } else {
                0
            };
            if run >= period * (times - 1) {
                return true;
            }
        }
    }
    const LONG: usize = 8;
    let mut seen: HashMap<&[&str], usize> = HashMap::new();
    words.windows(LONG).any(|window| {
        let count = seen.entry(window).or_default();
        *count += 1;
        *count >= 3
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(source: &str, answer: &str) -> Vec<Flag> {
        judge(source, answer, Some(Lang::IT), Lang::EN, Finish::Stop)
    }

    #[test]
    fn a_good_translation_has_no_flag() {
        assert_eq!(
            flags(
                "Il presidente ha vinto le elezioni con oltre l'81 per cento dei voti.",
                "The president won the election with more than 81 per cent of the vote."
            ),
            []
        );
        assert_eq!(flags("Roma", "Rome"), []);
        assert_eq!(flags("Kassym-Jomart Tokayev", "Kassym-Jomart Tokayev"), []);
        assert_eq!(flags("***", ""), []);
    }

    #[test]
    fn each_failure_has_its_flag() {
        let source = "Il presidente ha vinto le elezioni anticipate di domenica scorsa.";
        assert_eq!(flags(source, "  "), [Flag::Empty]);
        assert_eq!(flags(source, source), [Flag::Echo]);
        assert_eq!(
            flags(
                source,
                "Le président a remporté les élections anticipées de dimanche dernier dans le pays."
            ),
            [Flag::Language]
        );
        assert_eq!(
            flags(
                source,
                "The president won the the the the the election on Sunday"
            ),
            [Flag::Loop]
        );
        assert_eq!(
            flags(source, &"The president has won the election. ".repeat(4)),
            [Flag::Loop]
        );
        assert_eq!(
            judge(
                source,
                "The president won",
                Some(Lang::IT),
                Lang::EN,
                Finish::Length
            ),
            [Flag::Cut]
        );
        let long: Vec<String> = (0..90).map(|n| format!("word{n}")).collect();
        assert!(flags(source, &long.join(" ")).contains(&Flag::Length));
    }

    #[test]
    fn a_foreign_script_is_noticed() {
        assert_eq!(
            flags("Il Kazakistan ha votato", "Kazakстан has voted"),
            [Flag::Script]
        );
        assert_eq!(flags("La lettera λ è greca", "The letter λ is Greek"), []);
    }

    #[test]
    fn words_of_an_example_are_noticed() {
        let examples =
            ["“More than 40 percent did not vote,” admitted Ivan Petrov, 52, elected in 2014."];
        assert!(leaks(
            "It cost 238 lives, Ivan Petrov, 52, elected in 2014, said.",
            &examples
        ));
        assert!(!leaks(
            "More than 81 percent did not vote in 2014.",
            &examples
        ));
        assert!(!leaks("Anything", &[]));
    }

    #[test]
    fn repetition_that_the_source_has_is_no_loop() {
        let source = "No no no no no no, disse il presidente";
        assert_eq!(flags(source, "No no no no no no, said the president"), []);
    }
}
