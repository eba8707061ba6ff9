//! All that decides the translation of a segment, but the model: what a memory must compare before it answers.

use serde::Serialize;

use super::ask::{Wanted, question};
use super::{Options, Repair, Source};
use crate::engine::Sampling;
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::Message;
use crate::text::Lang;
use crate::text::dictionary::Unrendered;

/// Raised when cleaning, checking, retrying or decoding changes what comes out for the same request.
const GENERATION: u32 = 12;

#[derive(Serialize)]
struct Decides<'a> {
    generation: u32,
    from: Lang,
    to: Lang,
    text: &'a str,
    /// What of it is kept from the model.
    kept: Vec<[usize; 2]>,
    /// What of it is no name.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    common: &'a [String],
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
    /// What the dictionaries have for words that may be lost, which a chat model may be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    glosses: Option<Vec<String>>,
}

/// Bytes that are the same for two segments if and only if the same model gives both the same translation. `asks` says
/// whether the model reads prompts: only then do they, with the text before the segment where they show it, make a
/// difference.
///
/// # Errors
/// [`ErrorKind::Usage`] if the prompt's template lacks a variable or fails.
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
        dictionary,
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
        common: source.common,
        linked: source.linked && !asks,
        asked,
        max_tokens,
        candidates: asks.then_some(candidates),
        repair,
        terms: Wanted::of(source.text, terms),
        glosses: dictionary.filter(|_| asks).map(|dictionary| {
            let words = dictionary.unrendered(source.text, "");
            words.iter().map(Unrendered::gloss).collect()
        }),
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

    const SOURCE: Source = Source {
        text: "Ciao a tutti.",
        context: "",
        kept: &[],
        common: &[],
        linked: false,
    };

    /// A request for which nothing out of the ordinary was asked.
    fn plain<'a>(prompt: &'a Prompt, sampling: &'a Sampling) -> Options<'a> {
        Options {
            from: Lang::IT,
            to: Lang::EN,
            prompt,
            sampling,
            max_tokens: None,
            candidates: 1,
            repair: Repair::Auto,
            terms: &[],
            dictionary: None,
        }
    }

    fn warm() -> Sampling {
        Sampling {
            temperature: 0.4,
            ..Sampling::default()
        }
    }

    #[test]
    fn whatever_is_asked_tells() {
        let (prompt, greedy) = (Prompt::builtin("translate").unwrap(), Sampling::default());
        let reworded = include_str!("../../prompts/translate.md").replace("Take care", "Mind");
        let reworded = Prompt::parse(&reworded, "reworded").unwrap();
        let glossary = Glossary::parse("ciao\tgood day\n", "tsv", "terms").unwrap();
        let terms = glossary.terms(Lang::IT, Lang::EN, true);
        let warm = warm();
        let options = plain(&prompt, &greedy);
        let of = |options: &Options<'_>| fingerprint(&SOURCE, options, true).unwrap();
        assert_eq!(of(&options), of(&options));
        type Change<'a> = &'a dyn Fn(&mut Options<'a>);
        let changes: [Change; 7] = [
            &|options| options.to = Lang::FR,
            &|options| options.sampling = &warm,
            &|options| options.prompt = &reworded,
            &|options| options.max_tokens = Some(9),
            &|options| options.candidates = 2,
            &|options| options.repair = Repair::Off,
            &|options| options.terms = &terms,
        ];
        for change in changes {
            let mut changed = options;
            change(&mut changed);
            assert_ne!(of(&options), of(&changed), "{changed:?}");
        }
    }

    #[test]
    fn whatever_is_translated_tells() {
        let (prompt, greedy) = (Prompt::builtin("translate").unwrap(), Sampling::default());
        let options = plain(&prompt, &greedy);
        let of = |source: &Source<'_>| fingerprint(source, &options, true).unwrap();
        let other_text = Source {
            text: "Ciao a tutte.",
            ..SOURCE
        };
        assert_ne!(of(&SOURCE), of(&other_text));
        let with_code = Source {
            kept: &[Span { start: 0, end: 4 }],
            ..SOURCE
        };
        assert_ne!(of(&SOURCE), of(&with_code));
        let common = ["ciao".to_string()];
        let with_common = Source {
            common: &common,
            ..SOURCE
        };
        assert_ne!(of(&SOURCE), of(&with_common));
    }

    #[test]
    fn a_model_that_reads_no_prompt_cares_for_none() {
        let (prompt, greedy, warm) = (
            Prompt::builtin("translate").unwrap(),
            Sampling::default(),
            warm(),
        );
        let context = Source {
            context: "Prima.",
            ..SOURCE
        };
        assert_eq!(
            fingerprint(&SOURCE, &plain(&prompt, &greedy), false).unwrap(),
            fingerprint(&context, &plain(&prompt, &warm), false).unwrap()
        );
    }
}
