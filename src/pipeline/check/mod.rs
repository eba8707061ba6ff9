//! Checking a translation that is there already, whoever made it: both sides are brought together, judged piece by piece, and
//! told.
//!
//! A file uses only those below it: `mod` → `judge`, `files` → `documents`, `freedom` → `pairs`.

mod documents;
mod files;
mod freedom;
mod judge;
mod pairs;

use std::io::Read;
use std::time::Instant;

pub use files::{CheckInput, Reading};
pub use freedom::Maker;
pub use pairs::How;

use super::input::Document;
use super::options::Meaning;
use super::session::Session;
use crate::checks::CheckId;
use crate::error::{Error, ErrorKind, Result};
use crate::output::check::{Head, Listener, Pairing, Side, Signal, Summary, Tail};
use crate::output::report::{Model, Tool};
use crate::prompt::Prompt;
use crate::registry::ModelSpec;
use crate::text::Lang;
use crate::text::dictionary::Dictionaries;
use crate::text::glossary::Glossary;
use judge::Judge;
use pairs::{Opened, Pair};

/// How a translation is checked.
#[derive(Debug, Default)]
pub struct Checking {
    /// Whether meanings are compared by embeddings: `Auto` if their model can be had.
    pub meaning: Meaning,
    /// A language model that is asked how probable it holds the translation.
    pub model: Option<ModelSpec>,
    /// The user's glossary.
    pub glossary: Option<Glossary>,
    /// The user's dictionaries.
    pub dictionaries: Dictionaries,
    /// Rules to leave out.
    pub skip: Vec<CheckId>,
    /// Who translated.
    pub by: Maker,
    /// From this risk on, from 0 to 1, a segment is told though no rule has found anything; by default from
    /// 0.5 on, of a machine's from that which one in six of its good segments has.
    pub risk: Option<f32>,
}

/// So many pairs are judged together: names are compared within them, and they stay in memory.
const TOGETHER: usize = 10_000;

/// Which models say what.
struct Signs<'a> {
    embeddings: Option<&'a str>,
    model: Option<String>,
}

/// Checks the files that `input` names; one of them may be `stdin`.
///
/// # Errors
/// [`ErrorKind::Io`] if a file can't be read; [`ErrorKind::Input`] if one is malformed, has no text, or its language can't be
/// told; [`ErrorKind::Usage`] if they can't be compared in the way that was asked for; and what models say.
pub fn check(
    session: &mut Session<'_>,
    input: &CheckInput,
    stdin: &mut dyn Read,
    options: &Checking,
    listener: &mut dyn Listener,
) -> Result<Summary> {
    let started = Instant::now();
    let signs = signs(session, options)?;
    let opened = files::open(session, input, stdin, signs.embeddings)?;
    run(session, opened, &signs, options, listener, started)
}

/// Checks one document against another.
///
/// # Errors
/// As [`check`].
pub fn check_documents(
    session: &mut Session<'_>,
    (source, translation): (&Document, &Document),
    options: &Checking,
    listener: &mut dyn Listener,
) -> Result<Summary> {
    let started = Instant::now();
    let signs = signs(session, options)?;
    let opened = documents::open(session, source, translation, signs.embeddings)?;
    run(session, opened, &signs, options, listener, started)
}

/// Checks pairs of a source and its translation.
///
/// # Errors
/// [`crate::ErrorKind::Model`] if a model's files can't be loaded, [`crate::ErrorKind::Input`] if a text doesn't fit
/// its context, [`crate::ErrorKind::Inference`] if it fails while running.
pub fn check_pairs(
    session: &mut Session<'_>,
    pairs: &[(&str, &str)],
    (from, to): (Lang, Lang),
    options: &Checking,
    listener: &mut dyn Listener,
) -> Result<Summary> {
    let started = Instant::now();
    let signs = signs(session, options)?;
    let side = |language| Side {
        path: None,
        language,
        language_confidence: None,
    };
    let pair = |(i, (source, target)): (usize, &(&str, &str))| {
        Ok(Pair::line(
            i + 1,
            (*source).to_owned(),
            (*target).to_owned(),
        ))
    };
    let opened = Opened {
        sides: (side(from), side(to)),
        pairing: Pairing::Units,
        pairs: Box::new(pairs.iter().enumerate().map(pair)),
        findings: Vec::new(),
        warnings: Vec::new(),
    };
    run(session, opened, &signs, options, listener, started)
}

/// The models that are wanted and can be had.
fn signs<'a>(session: &mut Session<'a>, options: &Checking) -> Result<Signs<'a>> {
    let embeddings = match options.meaning {
        Meaning::Off => None,
        Meaning::On => session.embeddings(Meaning::On)?,
        Meaning::Auto => match session.embeddings(Meaning::On) {
            Ok(found) => found,
            Err(error) => {
                session.observer().warn(&format!(
                    "the risk is judged by rules alone, as the model for embeddings can't be had: {error}"
                ));
                None
            }
        },
    };
    let model = match &options.model {
        Some(spec) => Some(session.translator(spec)?),
        None => None,
    };
    Ok(Signs { embeddings, model })
}

fn run(
    session: &mut Session<'_>,
    opened: Opened<'_>,
    signs: &Signs<'_>,
    options: &Checking,
    listener: &mut dyn Listener,
    started: Instant,
) -> Result<Summary> {
    let Opened {
        sides: (source, translation),
        pairing,
        mut pairs,
        findings,
        warnings,
    } = opened;
    let langs = (source.language, translation.language);
    let idle = options.dictionaries.idle(&[langs]);
    for warning in warnings.iter().chain(&idle) {
        session.observer().warn(warning);
    }
    let mut models = Vec::new();
    for id in signs.embeddings.into_iter().chain(signs.model.as_deref()) {
        models.push(Model::of(session.chosen(id)?));
    }
    let signals = [
        Some(Signal::Rules),
        signs.embeddings.map(|_| Signal::Embeddings),
        signs.model.as_ref().map(|_| Signal::Probabilities),
    ];
    let head = Head {
        schema: Head::SCHEMA,
        tool: Tool::THIS,
        source,
        translation,
        pairing,
        signals: signals.into_iter().flatten().collect(),
        models,
    };
    let mut summary = Summary::default();
    let prompt = Prompt::builtin("translate")?;
    let judge = Judge {
        langs,
        terms: match &options.glossary {
            Some(glossary) => glossary.terms(langs.0, langs.1, true),
            None => Vec::new(),
        },
        dictionary: options.dictionaries.between(langs.0, langs.1),
        skip: &options.skip,
        embeddings: signs.embeddings,
        model: signs.model.as_deref(),
        prompt: &prompt,
        by: options.by,
        risk: options.risk,
        aligned: pairing == Pairing::Sentences,
    };
    let mut next = || pairs.by_ref().take(TOGETHER).collect::<Result<Vec<Pair>>>();
    let mut some = next()?;
    // What fails at once leaves no beginning of a document behind.
    if some.is_empty() {
        return Err(Error::new(
            ErrorKind::Input,
            "there is nothing to check: no text was found",
        ));
    }
    listener.begin(&head)?;
    while !some.is_empty() {
        for segment in judge.all(session, some, summary.segments)? {
            summary.add(&segment);
            listener.segment(segment)?;
        }
        some = next()?;
    }
    summary.count(&findings);
    listener.end(&Tail {
        findings,
        summary,
        warnings,
        seconds: started.elapsed().as_secs_f64(),
    })?;
    Ok(summary)
}
