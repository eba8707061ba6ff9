//! One leg of a translation: what it asks a model for, what the memory knows of it, and the rest from the model.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Instant;

use super::cache::{Cache, Kind};
use super::choose::RouteLeg;
use super::options::Translating;
use super::session::Session;
use crate::article::Segment;
use crate::engine::{self, Sampling, Timings};
use crate::error::Result;
use crate::memory::Key;
use crate::output::report::{self, Work};
use crate::prompt::Prompt;
use crate::text::dictionary::Bilingual;
use crate::text::glossary::Term;
use crate::text::{Span, counted};
use crate::translate::route::Tier;
use crate::translate::{self, Source, Translated, Update};

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
pub(super) struct Done {
    /// The translation.
    pub translated: Translated,
    /// Whether the memory had it.
    pub from_memory: bool,
}

/// What one leg asks a model for.
pub(super) struct Leg<'a> {
    texts: &'a [&'a str],
    /// Where in each stands what must come back letter for letter.
    kept: Vec<Vec<Span>>,
    /// What of each is no name in its article.
    common: Vec<Vec<String>>,
    /// Whether each has marks that must find their words.
    marked: Vec<bool>,
    step: &'a RouteLeg,
    options: &'a Translating,
    /// Whether it leads from the article's language to the one asked for.
    whole: bool,
    /// Whether the model is asked with prompts.
    asks: bool,
    /// The model's own prompt, and how tokens are drawn with it.
    own: Option<(Prompt, Sampling)>,
    contexts: Vec<String>,
    terms: Vec<Term>,
    dictionary: Option<Bilingual<'a>>,
    candidates: usize,
}

/// What the memory knows of a leg.
pub(super) struct Known {
    step: RouteLeg,
    whole: bool,
    texts: Vec<String>,
    keys: Vec<Key>,
    done: Vec<Option<Translated>>,
}

impl Known {
    /// Whether it is about `texts`, translated by `step`; `whole` as for [`Translating::terms`].
    pub(super) fn is_of(&self, texts: &[&str], step: &RouteLeg, whole: bool) -> bool {
        (self.whole, &self.step) == (whole, step) && self.texts == texts
    }

    /// All translations, if none is missing.
    pub(super) fn translations(&self) -> Option<Vec<String>> {
        let text = |known: &Option<Translated>| known.as_ref().map(|one| one.text.clone());
        self.done.iter().map(text).collect()
    }
}

impl<'a> Leg<'a> {
    /// `texts` by `step`; `whole` as for [`Translating::terms`].
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unavailable`] if the session has chosen no such model.
    pub(super) fn new(
        session: &Session<'_>,
        texts: &'a [&'a str],
        step: &'a RouteLeg,
        options: &'a Translating,
        whole: bool,
    ) -> Result<Self> {
        let manifest = &session.chosen(&step.model)?.manifest;
        let asks = engine::reads_prompts(manifest);
        Ok(Self {
            own: options.asking.of_model(manifest)?,
            texts,
            kept: vec![Vec::new(); texts.len()],
            common: vec![Vec::new(); texts.len()],
            marked: vec![false; texts.len()],
            step,
            options,
            whole,
            asks,
            contexts: match asks {
                true => contexts(texts),
                false => vec![String::new(); texts.len()],
            },
            terms: options.terms(step.from, step.to, whole),
            dictionary: options.dictionaries.between(step.from, step.to),
            candidates: match session.context().quality {
                Tier::Best => CANDIDATES,
                Tier::Fast | Tier::Balanced => 1,
            },
        })
    }

    /// Keeps from the model what of `segments`, whose texts or translations it is about, must come back letter for letter.
    pub(super) fn keeping<'s>(mut self, segments: impl IntoIterator<Item = &'s Segment>) -> Self {
        for (i, segment) in (0..self.texts.len()).zip(segments) {
            self.kept[i] = segment.verbatim(self.texts[i]);
            self.common[i] = segment.common().to_vec();
            self.marked[i] = segment.is_marked();
        }
        self
    }

    /// Gives each text what comes before it, where that isn't what stands before it here: a client's text goes into no
    /// prompt of another's.
    pub(super) fn after(mut self, contexts: Vec<String>) -> Self {
        if self.asks {
            self.contexts = contexts;
        }
        self
    }

    fn sources(&self) -> Vec<Source<'_>> {
        let source = |i: usize| Source {
            text: self.texts[i],
            context: &self.contexts[i],
            kept: &self.kept[i],
            common: &self.common[i],
            linked: self.marked[i],
        };
        (0..self.texts.len()).map(source).collect()
    }

    fn options(&self) -> translate::Options<'_> {
        let options = self.options;
        let usual = (&options.asking.prompt, &options.asking.sampling);
        let own = self
            .own
            .as_ref()
            .map(|(prompt, sampling)| (prompt, sampling));
        let (prompt, sampling) = own.unwrap_or(usual);
        translate::Options {
            from: self.step.from,
            to: self.step.to,
            prompt,
            sampling,
            max_tokens: options.asking.max_tokens,
            candidates: self.candidates,
            repair: options.repair,
            terms: &self.terms,
            dictionary: self.dictionary.as_ref(),
        }
    }

    fn cache<'s>(&self, session: &Session<'s>) -> Result<Cache<'s>> {
        let RouteLeg { from, to, model } = self.step;
        Cache::new(session, Kind::Segment, (*from, *to), model)
    }

    /// Asks the memory.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the prompt lacks a variable or fails.
    pub(super) fn look_up(&self, session: &Session<'_>) -> Result<Known> {
        let mut cache = self.cache(session)?;
        let (sources, options) = (self.sources(), self.options());
        let mut keys = Vec::with_capacity(sources.len());
        let mut done = Vec::with_capacity(sources.len());
        for source in &sources {
            let key = cache.key(&translate::fingerprint(source, &options, self.asks)?);
            done.push(cache.find(&key));
            keys.push(key);
        }
        Ok(Known {
            step: self.step.clone(),
            whole: self.whole,
            texts: self.texts.iter().map(|text| text.to_string()).collect(),
            keys,
            done,
        })
    }

    /// The translations, with what `known` has of them; `on` learns of each. Returns the figures too.
    ///
    /// # Errors
    /// [`ErrorKind::Model`](crate::ErrorKind::Model) if the model can't be loaded,
    /// [`ErrorKind::Inference`](crate::ErrorKind::Inference) if it fails while running.
    pub(super) fn translate(
        &self,
        session: &mut Session<'_>,
        known: Known,
        on: &mut dyn FnMut(Update<'_>),
    ) -> Result<(Vec<Done>, report::Step)> {
        let Known { keys, done, .. } = known;
        let step = self.step;
        for (segment, translated) in done.iter().enumerate() {
            if let Some(translated) = translated {
                on(Update::Final {
                    segment,
                    translated,
                });
            }
        }
        let remembered = |translated: Option<Translated>| {
            Some(Done {
                translated: translated?,
                from_memory: true,
            })
        };
        let mut done: Vec<Option<Done>> = done.into_iter().map(remembered).collect();
        let missing: Vec<usize> = (0..done.len()).filter(|&i| done[i].is_none()).collect();
        let from_memory = done.len() - missing.len();
        let (missing, twins) = without_twins(&keys, &missing);
        if from_memory > 0 {
            session.observer().note(&format!(
                "{} → {}: {from_memory} of {} from memory",
                step.from,
                step.to,
                counted(done.len(), "segment")
            ));
        }
        let mut figures = match missing.is_empty() {
            true => self.figures(&step.model, (Timings::default(), Timings::default()), 0.0),
            false => self.ask(session, &keys, (&missing, &twins), &mut done, on)?,
        };
        figures.from_memory = from_memory;
        Ok((done.into_iter().flatten().collect(), figures))
    }

    /// Lets the model translate the texts at `missing` into `done`, and writes them down; each of the `twins` gets what the
    /// one that it equals got.
    fn ask(
        &self,
        session: &mut Session<'_>,
        keys: &[Key],
        (missing, twins): (&[usize], &Twins),
        done: &mut [Option<Done>],
        on: &mut dyn FnMut(Update<'_>),
    ) -> Result<report::Step> {
        let observer = session.observer();
        let mut cache = self.cache(session)?;
        let (sources, options) = (self.sources(), self.options());
        let RouteLeg {
            from,
            to,
            model: id,
        } = self.step;
        let model = session.model(id)?;
        let what = format!("Translating {from} → {to} with {id}");
        let alike: usize = twins.values().map(Vec::len).sum();
        observer.begin_segments(&what, missing.len() + alike);
        let (started, before) = (Instant::now(), model.timings());
        for missing in missing.chunks(AT_ONCE) {
            let wanted: Vec<Source<'_>> = missing.iter().map(|&i| sources[i]).collect();
            let tell = &mut |update: Update<'_>| match update {
                Update::Partial { segment, text } => on(Update::Partial {
                    segment: missing[segment],
                    text,
                }),
                Update::Final {
                    segment,
                    translated,
                } => {
                    let first = missing[segment];
                    cache.keep(keys[first], sources[first].text, translated);
                    for segment in std::iter::once(first).chain(of(twins, first)) {
                        observer.segment_done();
                        on(Update::Final {
                            segment,
                            translated,
                        });
                    }
                }
            };
            let made = translate::translate(&mut model.engine, &wanted, &options, tell)?;
            for (&i, mut translated) in missing.iter().zip(made) {
                // Nearly always there are none, but there was room for them; a long text has many segments.
                translated.tries.shrink_to_fit();
                let made = Done {
                    translated,
                    from_memory: false,
                };
                for twin in of(twins, i) {
                    done[twin] = Some(made.clone());
                }
                done[i] = Some(made);
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        observer.end_segments();
        Ok(self.figures(id, (before, model.timings()), seconds))
    }

    fn figures(
        &self,
        model: &str,
        (before, after): (Timings, Timings),
        seconds: f64,
    ) -> report::Step {
        let work = (Work::Translate, self.step.from, self.step.to);
        report::Step::measured(work, model, before, after, seconds)
    }
}

/// For the first of segments that are asked for alike, the others.
type Twins = HashMap<usize, Vec<usize>>;

/// The segments at `missing` but for those whose key an earlier one has: their answers are equal by what a key is.
fn without_twins(keys: &[Key], missing: &[usize]) -> (Vec<usize>, Twins) {
    let (mut firsts, mut twins) = (HashMap::new(), Twins::new());
    let mut alone = Vec::new();
    for &segment in missing {
        match firsts.entry(keys[segment]) {
            Entry::Vacant(place) => {
                place.insert(segment);
                alone.push(segment);
            }
            Entry::Occupied(first) => twins.entry(*first.get()).or_default().push(segment),
        }
    }
    (alone, twins)
}

/// The twins of a segment.
fn of(twins: &Twins, segment: usize) -> impl Iterator<Item = usize> + '_ {
    twins.get(&segment).into_iter().flatten().copied()
}

/// For each text the end of what comes before it: whole texts as far as they fit, else the last words of the nearest.
pub fn contexts(texts: &[&str]) -> Vec<String> {
    (0..texts.len()).map(|i| context(&texts[..i])).collect()
}

/// The end of `before`, as [`contexts`] has it.
pub(super) fn context(before: &[&str]) -> String {
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
    fn of_segments_with_one_key_the_first_is_asked_for() {
        let keys: Vec<Key> = [1, 2, 1, 3, 1].map(|n| [n; 32]).to_vec();
        let (asked, twins) = without_twins(&keys, &[0, 1, 2, 3, 4]);
        assert_eq!(asked, [0, 1, 3]);
        assert_eq!(twins, Twins::from([(0, vec![2, 4])]));
        // What is remembered is asked for neither.
        let (asked, twins) = without_twins(&keys, &[2, 4]);
        assert_eq!((asked, twins), (vec![2], Twins::from([(2, vec![4])])));
    }

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
