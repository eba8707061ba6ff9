//! Translating for many at once, with models that stay loaded while there is room.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::builder::{Builder, Workshop};
use super::choices::{Choices, Translates};
use super::guard::guard;
use super::suggestions::Suggestions;
use super::translator::Translation;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{self, Context, Document, Job, Translating};
use crate::text::Lang;
use crate::text::glossary::Glossary;

/// A stream's documents are translated together until they have so many sentences: an engine takes no more at once. A stream
/// begins with the fewest, and takes twice as many while they are translated quickly: with a slow model nobody waits for
/// hours until the first of them are out.
const WINDOW: RangeInclusive<usize> = 64..=2048;
const QUICKLY: Duration = Duration::from_secs(2);

/// The options of a batcher that a summariser lacks.
#[derive(Debug, Default)]
pub struct BatcherOptions {
    choices: Choices,
    memory_limit: Option<u64>,
    alternatives: usize,
}

/// Translates many documents at once, from and into any languages: each model is asked for the sentences of all of them in
/// one batch. A document's translation is the same as [`Translator`](crate::Translator) makes of it alone.
///
/// ```no_run
/// use traghetto::{Batcher, Document, Format, Lang};
///
/// let mut batcher = Batcher::builder().offline(true).build()?;
/// let texts = ["Il governo ha smentito.", "Piove."];
/// let documents = texts.map(|text| Document::from_text_in(text, Format::Text, Lang::IT));
/// for made in batcher.translate(documents, Lang::EN)? {
///     println!("{}", made.text());
/// }
/// # Ok::<(), traghetto::Error>(())
/// ```
pub struct Batcher {
    workshop: Workshop,
    translating: Translating,
    memory_limit: Option<u64>,
    suggestions: Option<Suggestions>,
    /// How many sentences of a stream are translated together.
    window: usize,
}

/// How documents are translated that aren't translated as all others: by a model of their own, with a glossary of their own.
pub struct Manner(Translating);

/// A document that a [`Batcher`] is translating.
pub struct Work {
    job: Job,
    manner: Option<Arc<Manner>>,
}

impl Work {
    /// Whether all of it is translated, and [`Batcher::finish`] can have it.
    pub fn is_translated(&self) -> bool {
        self.job.is_translated()
    }

    /// About how many tokens are still to be translated.
    pub fn tokens_left(&self) -> usize {
        self.job.tokens_left()
    }

    /// Whether both take the same way, and can be advanced together.
    pub fn goes_with(&self, other: &Self) -> bool {
        let same = match (&self.manner, &other.manner) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            _ => false,
        };
        same && self.job.steps() == other.job.steps()
    }

    /// The sentences and their translations as far as there are any, before any review.
    pub fn made(&self) -> impl Iterator<Item = (&str, &str)> {
        self.job.made()
    }

    /// How many sentences there are.
    pub fn sentences(&self) -> usize {
        self.job.sentences()
    }

    /// The ids of the models on its way, in their order.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.job.steps().iter().map(|step| step.model.as_str())
    }
}

impl Batcher {
    /// Options to begin with.
    pub fn builder() -> Builder<BatcherOptions> {
        Builder::new(BatcherOptions::default())
    }

    /// A batcher with a context of the caller's, without an observer.
    pub(crate) fn in_context(
        context: Context,
        translating: Translating,
        memory_limit: Option<u64>,
    ) -> Self {
        Self {
            workshop: Workshop::new(context),
            translating,
            memory_limit,
            suggestions: None,
            window: *WINDOW.start(),
        }
    }

    /// Lets what people suggested stand for what models make of the same sentences.
    pub fn with_suggestions(mut self, suggestions: Option<Suggestions>) -> Self {
        self.suggestions = suggestions;
        self
    }

    /// A manner: by the model of this name, if there is one, and with this glossary, and otherwise as the batcher's own
    /// options have it.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the model's name is malformed.
    pub fn manner(&self, model: Option<&str>, glossary: Option<Glossary>) -> Result<Arc<Manner>> {
        let mut translating = self.translating.clone();
        if let Some(model) = model {
            translating.asking.model = Some(model.parse()?);
        }
        translating.glossary = glossary.or(translating.glossary);
        Ok(Arc::new(Manner(translating)))
    }

    /// Translates `documents` into `to`; the answers are in their order.
    ///
    /// # Errors
    /// As [`Batcher::begin`] and [`Batcher::advance`].
    pub fn translate(
        &mut self,
        documents: impl IntoIterator<Item = Document>,
        to: Lang,
    ) -> Result<Vec<Translation>> {
        let documents = documents.into_iter();
        let mut works: Vec<Work> = documents
            .map(|document| self.begin(document, to, None))
            .collect::<Result<_>>()?;
        while let Some(first) = works.iter().position(|work| !work.is_translated()) {
            let (head, tail) = works[first..].split_at_mut(1);
            let mut batch = vec![&mut head[0]];
            for work in tail {
                if !work.is_translated() && work.goes_with(batch[0]) {
                    batch.push(work);
                }
            }
            self.advance(&mut batch, usize::MAX)?;
        }
        works.into_iter().map(|work| self.finish(work)).collect()
    }

    /// Translates a stream of documents, each into the language beside it. `on` gets the translations in the documents' order;
    /// one that can't be made is an error there, and stops no other. Of the stream only as many documents are held as fill a
    /// model's batches.
    ///
    /// # Errors
    /// What `on` returns: it ends the work.
    pub fn translate_each(
        &mut self,
        documents: impl IntoIterator<Item = (Document, Lang)>,
        mut on: impl FnMut(Result<Translation>) -> Result<()>,
    ) -> Result<()> {
        let documents = documents.into_iter();
        let documents = documents.map(|(document, to)| (document, vec![to]));
        self.translate_each_into(documents, |made| match made {
            Ok(made) => made.into_iter().try_for_each(|one| on(Ok(one))),
            Err(error) => on(Err(error)),
        })
    }

    /// As [`Batcher::translate_each`], each into the languages beside it: `on` gets them in their order, or the error of the
    /// first that can't be made. Where ways into several of them begin alike, as those through English do, that beginning
    /// is made once.
    ///
    /// # Errors
    /// What `on` returns: it ends the work.
    pub fn translate_each_into(
        &mut self,
        documents: impl IntoIterator<Item = (Document, Vec<Lang>)>,
        mut on: impl FnMut(Result<Vec<Translation>>) -> Result<()>,
    ) -> Result<()> {
        let mut window: Vec<Result<Vec<Work>>> = Vec::new();
        let mut segments = 0;
        for (document, langs) in documents {
            let begin = |to| self.begin(document.clone(), to, None);
            let works = guard(|| langs.into_iter().map(begin).collect::<Result<Vec<Work>>>());
            let first = works.as_ref().ok().and_then(|works| works.first());
            let more = first.map_or(1, |work| work.sentences().max(1));
            if segments + more > self.window && !window.is_empty() {
                let started = Instant::now();
                self.close(std::mem::take(&mut window), &mut on)?;
                segments = 0;
                if started.elapsed() < QUICKLY {
                    self.window = (2 * self.window).min(*WINDOW.end());
                }
            }
            segments += more;
            window.push(works);
        }
        self.close(window, &mut on)
    }

    /// Translates and finishes the works of a window, which has those of a document together.
    fn close(
        &mut self,
        mut window: Vec<Result<Vec<Work>>>,
        on: &mut impl FnMut(Result<Vec<Translation>>) -> Result<()>,
    ) -> Result<()> {
        loop {
            let mut places = Vec::new();
            let mut batch: Vec<&mut Work> = Vec::new();
            for (place, works) in window.iter_mut().enumerate() {
                let works = works.as_mut().map_or(&mut [][..], Vec::as_mut_slice);
                share(works, &self.translating);
                for (nth, work) in works.iter_mut().enumerate() {
                    let fits = batch.first().is_none_or(|lead| work.goes_with(lead));
                    if fits && !work.is_translated() {
                        places.push((place, nth));
                        batch.push(work);
                    }
                }
            }
            if batch.is_empty() {
                break;
            }
            if guard(|| self.advance(&mut batch, usize::MAX)).is_ok() {
                continue;
            }
            // One of them may be to blame for all: each has its own try.
            for (place, nth) in places {
                if let Ok(works) = &mut window[place]
                    && let Err(error) = guard(|| self.advance(&mut [&mut works[nth]], usize::MAX))
                {
                    window[place] = Err(error);
                }
            }
        }
        for works in window {
            let finish = |work| guard(|| self.finish(work));
            on(works.and_then(|works| works.into_iter().map(finish).collect()))?;
        }
        Ok(())
    }

    /// Chooses the way of a document into `to`, and fetches its models if need be. Without a manner it is translated as
    /// the batcher's own options say.
    ///
    /// # Errors
    /// As [`Translator::translate_document`](crate::Translator::translate_document), but that no model is loaded yet.
    pub fn begin(
        &mut self,
        document: Document,
        to: Lang,
        manner: Option<&Arc<Manner>>,
    ) -> Result<Work> {
        if document.lang == to {
            let message = format!("{} is in {} already", document.name(), to.name());
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let options = manner.map_or(&self.translating, |manner| &manner.0);
        let way = (document.lang, to);
        let mut job = self
            .workshop
            .with(|session| Job::new(session, document, to, options))?;
        if let Some(suggestions) = &self.suggestions {
            job.fix(&|source| suggestions.find(way, source))?;
        }
        Ok(Work {
            job,
            manner: manner.cloned(),
        })
    }

    /// Translates the next sentences of `works`, about `budget` tokens of each and a sentence at least. They must go with each
    /// other ([`Work::goes_with`]). If it fails, none of them has changed.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if a model can't be loaded, [`ErrorKind::Inference`] if one fails while running.
    pub fn advance(&mut self, works: &mut [&mut Work], budget: usize) -> Result<()> {
        if let (Some(limit), Some(first)) = (self.memory_limit, works.first()) {
            let wanted: Vec<&str> = first.models().collect();
            self.workshop.make_room(&wanted, limit);
        }
        let manner = works.first().and_then(|work| work.manner.clone());
        let options = manner.as_ref().map_or(&self.translating, |one| &one.0);
        let mut jobs: Vec<&mut Job> = works.iter_mut().map(|work| &mut work.job).collect();
        self.workshop
            .with(|session| pipeline::advance(session, &mut jobs, budget, options))
    }

    /// Judges a translation that is whole, and gives it out.
    ///
    /// # Errors
    /// As [`Batcher::advance`], where further models are asked for their opinion.
    pub fn finish(&mut self, work: Work) -> Result<Translation> {
        let Work { job, manner } = work;
        let options = manner.as_ref().map_or(&self.translating, |one| &one.0);
        let (document, made) = self.workshop.with(|session| job.finish(session, options))?;
        Ok(Translation::new(document.article, made))
    }

    /// Every pair of languages that can be translated, by models that are here or may be fetched.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if a model that was named can't be had.
    pub fn pairs(&mut self) -> Result<Vec<(Lang, Lang)>> {
        let model = self.translating.asking.model.as_ref();
        self.workshop.with(|session| session.pairs(model))
    }

    /// The ids of the models in memory with the bytes of their files, the least recently used first.
    pub fn loaded(&self) -> Vec<(String, u64)> {
        let loaded = self.workshop.models().loaded();
        loaded.map(|(id, bytes)| (id.to_string(), bytes)).collect()
    }
}

/// Gives each of a document's works what another has of the steps that both begin with.
fn share(works: &mut [Work], options: &Translating) {
    for nth in 1..works.len() {
        let (before, rest) = works.split_at_mut(nth);
        for work in before {
            work.job.share(&mut rest[0].job, options);
        }
    }
}

impl Translates for BatcherOptions {
    fn choices(&mut self) -> &mut Choices {
        &mut self.choices
    }
}

impl Builder<BatcherOptions> {
    /// At most so many bytes of models' files are kept in memory: the least recently used go first. A model that is needed
    /// is loaded whatever it has. No limit by default.
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.options.memory_limit = Some(bytes);
        self
    }

    /// Keeps so many other translations of each segment beside the best, where the model gives any; none by default, as the
    /// search for them costs.
    pub fn alternatives(mut self, alternatives: usize) -> Self {
        self.options.alternatives = alternatives;
        self
    }

    /// The batcher. No model is looked for yet.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the model's name or the prompt is malformed or the device can't be opened; [`ErrorKind::Io`]
    /// or [`ErrorKind::Model`] if the folders that were named can't be read.
    pub fn build(self) -> Result<Batcher> {
        let quality = self.options.choices.quality;
        let (mut workshop, asking, options) = self.open("translate", quality)?;
        if options.alternatives > 0 {
            workshop.keep_answers(options.alternatives + 1);
        }
        Ok(Batcher {
            workshop,
            translating: options.choices.translating(asking),
            memory_limit: options.memory_limit,
            suggestions: None,
            window: *WINDOW.start(),
        })
    }
}
