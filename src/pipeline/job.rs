//! Translating a document along a route.

use std::time::Instant;

use super::recall::{Kind, Recall};
use super::review::{Meaning, review};
use super::session::{Session, Step};
use crate::article::Segment;
use crate::engine::{self, Sampling, Timings};
use crate::error::Result;
use crate::memory::Key;
use crate::output::report::{self, Work};
use crate::prompt::Prompt;
use crate::registry::ModelSpec;
use crate::text::Lang;
use crate::text::glossary::{Glossary, Term};
use crate::translate::route::Tier;
use crate::translate::{self, Repair, Source, Translated, Update};

/// How chat models are asked.
#[derive(Debug)]
pub struct Asking {
    /// The model that the user named.
    pub model: Option<ModelSpec>,
    /// The prompt that the user named, else the built-in one.
    pub prompt: Prompt,
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// Hard cap on the tokens of one answer.
    pub max_tokens: Option<usize>,
}

/// How to translate a document.
#[derive(Debug)]
pub struct Translating {
    /// How chat models are asked.
    pub asking: Asking,
    /// What is done about segments with findings.
    pub repair: Repair,
    /// The user's glossary.
    pub glossary: Option<Glossary>,
    /// Whether meanings are compared by embeddings.
    pub meaning: Meaning,
}

impl Translating {
    /// The glossary's terms, the longest first, for one pair of languages; `whole`: whether it leads from the article's
    /// language to the one asked for.
    pub(super) fn terms(&self, from: Lang, to: Lang, whole: bool) -> Vec<Term> {
        let glossary = self.glossary.as_ref();
        glossary.map_or_else(Vec::new, |glossary| glossary.terms(from, to, whole))
    }
}

/// At most this much of the preceding text goes into a prompt, in characters: about one sentence. It has to be read for
/// each segment anew, so more of it costs more than it gives.
const CONTEXT_CHARS: usize = 200;

/// So many answers are drawn for a segment where the user asks for the best.
const CANDIDATES: usize = 5;

/// So many segments go to a model at once: enough to fill its batches with sentences of about one length; few enough
/// that a long text's beginning is out soon, and that what a translation under way needs doesn't grow with the text.
const AT_ONCE: usize = 2048;

/// A translated segment, and whether it was remembered rather than made by this job.
#[derive(Debug, Clone)]
pub struct Done {
    /// The translation.
    pub translated: Translated,
    /// Whether the memory had it.
    pub from_memory: bool,
}

/// Translations made so far, by the steps that led to them: a pivot's first leg is often wanted for itself.
#[derive(Debug, Default)]
pub struct Made {
    translations: Vec<(Vec<Step>, Vec<Done>)>,
    /// The figures of each leg, in the order of the work.
    pub steps: Vec<report::Step>,
}

impl Made {
    /// The segments translated along `steps`.
    pub fn along(&self, steps: &[Step]) -> Option<&[Done]> {
        self.translations
            .iter()
            .find(|(made, _)| made == steps)
            .map(|(_, segments)| segments.as_slice())
    }
}

/// Translates `segments` along `steps`, leg by leg, into `made`; legs that are there already aren't repeated. `on`
/// learns of the last leg.
///
/// # Errors
/// What loading or running a model says.
pub fn translate_document(
    session: &mut Session<'_>,
    segments: &[Segment],
    steps: &[Step],
    options: &Translating,
    made: &mut Made,
    on: &mut dyn FnMut(Update<'_>),
) -> Result<()> {
    for leg in 1..=steps.len() {
        let (before, step) = (&steps[..leg - 1], &steps[leg - 1]);
        if made.along(&steps[..leg]).is_some() {
            continue;
        }
        let texts: Vec<&str> = match made.along(before) {
            Some(texts) => texts
                .iter()
                .map(|done| done.translated.text.as_str())
                .collect(),
            None => segments
                .iter()
                .map(|segment| segment.text.as_str())
                .collect(),
        };
        // What another model may change afterwards is told when it is settled.
        let is_last = leg == steps.len();
        let early = is_last && options.repair != Repair::Thorough;
        let whole = steps.len() == 1;
        let tell = &mut |update: Update<'_>| {
            if early {
                on(update);
            }
        };
        let (mut done, figures) = translate_leg(session, &texts, step, options, whole, tell)?;
        made.steps.push(figures);
        if is_last {
            let originals: Vec<&str> = segments.iter().map(|one| one.text.as_str()).collect();
            review(
                session,
                &originals,
                steps,
                options,
                &mut done,
                &mut made.steps,
            )?;
            for (segment, done) in done.iter().enumerate().filter(|_| !early) {
                on(Update::Final {
                    segment,
                    translated: &done.translated,
                });
            }
        }
        made.translations.push((steps[..leg].to_vec(), done));
    }
    Ok(())
}

/// Whether the memory has every answer of a translation of `segments` along `steps`, whose models are here: then it
/// needs no model, and none need be looked for.
///
/// # Errors
/// What making the prompts says.
pub fn is_remembered(
    session: &Session<'_>,
    segments: &[Segment],
    steps: &[Step],
    options: &Translating,
) -> Result<bool> {
    let texts = segments.iter().map(|one| one.text.clone()).collect();
    are_remembered(session, texts, steps, options)
}

/// As [`is_remembered`], for texts that are no segments.
pub(super) fn are_remembered(
    session: &Session<'_>,
    mut texts: Vec<String>,
    steps: &[Step],
    options: &Translating,
) -> Result<bool> {
    for step in steps {
        let now: Vec<&str> = texts.iter().map(String::as_str).collect();
        let asked = Asked::new(session, &now, step, options, steps.len() == 1)?;
        let known = asked.recall(session, step)?.done;
        match known.into_iter().collect::<Option<Vec<Translated>>>() {
            Some(known) => texts = known.into_iter().map(|one| one.text).collect(),
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// What one step asks a model for.
struct Asked<'a> {
    texts: &'a [&'a str],
    /// Whether the model is asked with prompts.
    asks: bool,
    contexts: Vec<String>,
    terms: Vec<Term>,
    candidates: usize,
    step: &'a Step,
    options: &'a Translating,
}

/// What the memory knows of it.
struct Known<'a> {
    recall: Recall<'a>,
    keys: Vec<Key>,
    done: Vec<Option<Translated>>,
}

impl<'a> Asked<'a> {
    /// `whole` as for [`Translating::terms`].
    fn new(
        session: &Session<'_>,
        texts: &'a [&'a str],
        step: &'a Step,
        options: &'a Translating,
        whole: bool,
    ) -> Result<Self> {
        let asks = engine::reads_prompts(&session.chosen(&step.model)?.manifest);
        Ok(Self {
            texts,
            asks,
            contexts: match asks {
                true => contexts(texts),
                false => vec![String::new(); texts.len()],
            },
            terms: options.terms(step.from, step.to, whole),
            candidates: match session.context().quality {
                Tier::Best => CANDIDATES,
                Tier::Fast | Tier::Balanced => 1,
            },
            step,
            options,
        })
    }

    fn sources(&self) -> Vec<Source<'_>> {
        let texts = self.texts.iter().zip(&self.contexts);
        texts
            .map(|(&text, context)| Source { text, context })
            .collect()
    }

    fn options(&self) -> translate::Options<'_> {
        let options = self.options;
        translate::Options {
            from: self.step.from,
            to: self.step.to,
            prompt: &options.asking.prompt,
            sampling: &options.asking.sampling,
            max_tokens: options.asking.max_tokens,
            candidates: self.candidates,
            repair: options.repair,
            terms: &self.terms,
        }
    }

    fn recall<'s>(&self, session: &Session<'s>, step: &Step) -> Result<Known<'s>> {
        let mut recall = Recall::new(session, Kind::Segment, (step.from, step.to), &step.model)?;
        let (sources, options) = (self.sources(), self.options());
        let mut keys = Vec::with_capacity(sources.len());
        let mut done = Vec::with_capacity(sources.len());
        for source in &sources {
            let key = recall.key(&translate::fingerprint(source, &options, self.asks)?);
            done.push(recall.find(&key));
            keys.push(key);
        }
        Ok(Known { recall, keys, done })
    }
}

/// Translates `texts` by one step; `whole` as for [`Translating::terms`].
///
/// # Errors
/// What loading or running the model says.
pub(super) fn translate_leg(
    session: &mut Session<'_>,
    texts: &[&str],
    step: &Step,
    options: &Translating,
    whole: bool,
    on: &mut dyn FnMut(Update<'_>),
) -> Result<(Vec<Done>, report::Step)> {
    let observer = session.observer();
    let asked = Asked::new(session, texts, step, options, whole)?;
    let (sources, translate_options) = (asked.sources(), asked.options());
    let Known {
        mut recall,
        keys,
        done,
    } = asked.recall(session, step)?;
    for (segment, translated) in done.iter().enumerate() {
        if let Some(translated) = translated {
            on(Update::Final {
                segment,
                translated,
            });
        }
    }
    let mut done: Vec<Option<Done>> = done
        .into_iter()
        .map(|translated| {
            Some(Done {
                translated: translated?,
                from_memory: true,
            })
        })
        .collect();
    let missing: Vec<usize> = (0..sources.len()).filter(|&i| done[i].is_none()).collect();
    let from_memory = sources.len() - missing.len();
    if from_memory > 0 {
        observer.note(&format!(
            "{} → {}: {from_memory} of {} segments from memory",
            step.from,
            step.to,
            sources.len()
        ));
    }
    let work = (Work::Translate, step.from, step.to);
    if missing.is_empty() {
        let idle = Timings::default();
        let mut figures = report::Step::measured(work, &step.model, idle, idle, 0.0);
        figures.from_memory = from_memory;
        return Ok((done.into_iter().flatten().collect(), figures));
    }
    let model = session.model(&step.model)?;
    observer.begin_segments(
        &format!(
            "Translating {} → {} with {}",
            step.from, step.to, step.model
        ),
        missing.len(),
    );
    let (started, before) = (Instant::now(), model.timings());
    for missing in missing.chunks(AT_ONCE) {
        let wanted: Vec<Source<'_>> = missing.iter().map(|&i| sources[i]).collect();
        let made = translate::translate(
            &mut model.engine,
            &wanted,
            &translate_options,
            &mut |update| {
                on(match update {
                    Update::Partial { segment, text } => Update::Partial {
                        segment: missing[segment],
                        text,
                    },
                    Update::Final {
                        segment,
                        translated,
                    } => {
                        let segment = missing[segment];
                        observer.segment_done();
                        recall.keep(keys[segment], sources[segment].text, translated);
                        Update::Final {
                            segment,
                            translated,
                        }
                    }
                });
            },
        )?;
        for (&i, mut translated) in missing.iter().zip(made) {
            // Nearly always there are none, but there was room for them; a long text has many segments.
            translated.tries.shrink_to_fit();
            done[i] = Some(Done {
                translated,
                from_memory: false,
            });
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    observer.end_segments();
    let mut figures = report::Step::measured(work, &step.model, before, model.timings(), seconds);
    figures.from_memory = from_memory;
    Ok((done.into_iter().flatten().collect(), figures))
}

/// For each text the end of what comes before it: whole texts as far as they fit, else the last words of the nearest.
pub fn contexts(texts: &[&str]) -> Vec<String> {
    (0..texts.len()).map(|i| context(&texts[..i])).collect()
}

fn context(before: &[&str]) -> String {
    let mut room = CONTEXT_CHARS;
    let mut from = before.len();
    while let Some(chars) = from.checked_sub(1).map(|i| before[i].chars().count() + 1)
        && chars <= room
    {
        room -= chars;
        from -= 1;
    }
    match before.last() {
        Some(nearest) if from == before.len() => {
            let cut = nearest.char_indices().rev().nth(CONTEXT_CHARS - 1);
            let tail = &nearest[cut.map_or(0, |(at, _)| at)..];
            let words = tail.split_once(char::is_whitespace).map(|(_, words)| words);
            format!("… {}", words.unwrap_or(tail).trim_start())
        }
        _ => before[from..].join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_the_little_that_comes_before() {
        let long = "parola ".repeat(60);
        let texts = ["Titolo", "Una frase.", long.trim_end(), "Breve.", "Ultima."];
        let contexts = contexts(&texts);
        assert_eq!(contexts[..3], ["", "Titolo", "Titolo Una frase."]);
        assert!(contexts[3].starts_with("… parola parola"));
        assert!(contexts[3].chars().count() <= CONTEXT_CHARS + 2);
        // What doesn't fit whole is left out while something nearer fits.
        assert_eq!(contexts[4], "Breve.");
    }
}
