//! All that decides the translation of a segment, but the model: what a memory must compare before it answers.

use serde::Serialize;

use super::ask::{Wanted, question};
use super::{Options, Repair, Source};
use crate::engine::Sampling;
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::Message;
use crate::text::Lang;

/// Raised when cleaning, checking, retrying or decoding changes what comes out for the same request.
const GENERATION: u32 = 9;

#[derive(Serialize)]
struct Decides<'a> {
    generation: u32,
    from: Lang,
    to: Lang,
    text: &'a str,
    /// What of it is kept from the model.
    kept: Vec<[usize; 2]>,
    /// Whether its words are linked.
    linked: bool,
    /// What a chat model is asked, and how.
    asked: Option<(Vec<Message>, &'a str, &'a Sampling)>,
    max_tokens: Option<usize>,
    /// How many answers a chat model draws.
    candidates: Option<usize>,
    repair: Repair,
    /// Also models that read no prompt are held to them.
    terms: Vec<Wanted<'a>>,
}

/// Bytes that are the same for two segments if and only if the same model gives both the same translation. `asks` says
/// whether the model reads prompts: only then do they, with the text before the segment where they show it, make a
/// difference.
///
/// # Errors
/// What a prompt template says.
pub fn fingerprint(source: &Source<'_>, options: &Options<'_>, asks: bool) -> Result<Vec<u8>> {
    // No `..`: a new option must be thought of here.
    let Options {
        from,
        to,
        prompt,
        sampling,
        max_tokens,
        candidates,
        repair,
        terms,
    } = *options;
    // What the first answer got wrong follows from the rest; the hash covers how the prompt tells it.
    let asked = match asks {
        true => Some((question(source, options)?, prompt.hash(), sampling)),
        false => None,
    };
    let decides = Decides {
        generation: GENERATION,
        from,
        to,
        text: source.text,
        kept: source.kept.iter().map(|at| [at.start, at.end]).collect(),
        linked: source.linked && !asks,
        asked,
        max_tokens,
        candidates: asks.then_some(candidates),
        repair,
        terms: Wanted::of(source.text, terms),
    };
    serde_json::to_vec(&decides).map_err(|error| {
        Error::new(ErrorKind::Inference, "a request can't be written as JSON").with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Prompt;
    use crate::text::Span;
    use crate::text::glossary::Glossary;

    #[test]
    fn whatever_decides_an_answer_tells() {
        let prompt = Prompt::builtin("translate").unwrap();
        let reworded = include_str!("../../prompts/translate.md").replace("Take care", "Mind");
        let reworded = Prompt::parse(&reworded, "reworded").unwrap();
        let (greedy, warm) = (
            Sampling::default(),
            Sampling {
                temperature: 0.4,
                ..Sampling::default()
            },
        );
        let options = Options {
            from: Lang::IT,
            to: Lang::EN,
            prompt: &prompt,
            sampling: &greedy,
            max_tokens: None,
            candidates: 1,
            repair: Repair::Auto,
            terms: &[],
        };
        let glossary = Glossary::parse("ciao\tgood day\n", "tsv", "terms").unwrap();
        let terms = glossary.terms(Lang::IT, Lang::EN, true);
        let source = Source {
            text: "Ciao a tutti.",
            context: "",
            kept: &[],
            linked: false,
        };
        let of = |source: &Source<'_>, options: &Options<'_>, asks| {
            fingerprint(source, options, asks).unwrap()
        };
        let first = of(&source, &options, true);
        assert_eq!(first, of(&source, &options, true));
        let other_text = Source {
            text: "Ciao a tutte.",
            ..source
        };
        assert_ne!(first, of(&other_text, &options, true));
        let with_code = Source {
            kept: &[Span { start: 0, end: 4 }],
            ..source
        };
        assert_ne!(first, of(&with_code, &options, true));
        for changed in [
            Options {
                to: Lang::FR,
                ..options
            },
            Options {
                sampling: &warm,
                ..options
            },
            Options {
                prompt: &reworded,
                ..options
            },
            Options {
                max_tokens: Some(9),
                ..options
            },
            Options {
                candidates: 2,
                ..options
            },
            Options {
                repair: Repair::Off,
                ..options
            },
            Options {
                terms: &terms,
                ..options
            },
        ] {
            assert_ne!(first, of(&source, &changed, true), "{changed:?}");
        }
        // A model that reads no prompt doesn't care about them.
        let warmer = Options {
            sampling: &warm,
            ..options
        };
        let context = Source {
            context: "Prima.",
            ..source
        };
        assert_eq!(of(&source, &options, false), of(&context, &warmer, false));
    }
}
