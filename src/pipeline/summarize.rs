//! Summarising a document, and all that a single summary needs.

use std::path::Path;
use std::time::Instant;

use super::cache::{Cache, Kind};
use super::input::Document;
use super::ledger::{Ledger, Summarized};
use super::options::Summarizing;
use super::session::Session;
use crate::article::Article;
use crate::engine::{Engine, Timings};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Key;
use crate::output::report::{self, Report, Work};
use crate::summarize::{self, Summary};
use crate::text::Lang;

/// A text and the language that it is in.
type Text<'a> = (&'a Article, Lang);

/// The model that shall write a summary, and what the memory has of its work if it was asked.
pub(super) struct Chosen {
    model: String,
    known: Option<Known>,
}

struct Known {
    model: String,
    key: Key,
    summary: Option<Summary>,
}

impl Chosen {
    /// The model with this id, which [`Session::summarizer`] has returned.
    pub(super) fn model(id: String) -> Self {
        Self {
            model: id,
            known: None,
        }
    }

    /// The best for a summary of `text` in `lang`, where a remembered one will do; `source` is the language of the
    /// document, which `text` may be a translation of.
    ///
    /// # Errors
    /// As [`Session::summarizer`].
    pub(super) fn best(
        session: &mut Session<'_>,
        source: Lang,
        text: Text<'_>,
        lang: Lang,
        options: &Summarizing,
    ) -> Result<Self> {
        let named = options.asking.model.as_ref();
        let mut known = None;
        let model = session.summarizer(source, lang, named, &mut |session, id| {
            let found = look_up(session, text, lang, id, options)?;
            let is_remembered = found.summary.is_some();
            known = Some(found);
            Ok(is_remembered)
        })?;
        Ok(Self {
            known: known.filter(|known| known.model == model),
            model,
        })
    }

    /// Id of the model.
    pub(super) fn id(&self) -> &str {
        &self.model
    }
}

fn look_up(
    session: &Session<'_>,
    (article, from): Text<'_>,
    lang: Lang,
    model: &str,
    options: &Summarizing,
) -> Result<Known> {
    let mut cache = Cache::new(session, Kind::Summary, (from, lang), model)?;
    let options = options.of(from, lang);
    let fingerprint = summarize::fingerprint(article.title(), &article.plain_text(), &options)?;
    let key = cache.key(&fingerprint);
    Ok(Known {
        model: model.to_string(),
        summary: cache.find(&key),
        key,
    })
}

/// Summarises `text` in `lang` with the model `by`; `on` gets the raw text as it comes.
///
/// # Errors
/// [`ErrorKind::Usage`] if the model can't be asked for a summary, [`ErrorKind::Model`] if it can't be loaded,
/// [`ErrorKind::Inference`] if it fails while running.
pub(super) fn summarize_document(
    session: &mut Session<'_>,
    text: Text<'_>,
    lang: Lang,
    by: Chosen,
    options: &Summarizing,
    on: &mut dyn FnMut(&str),
) -> Result<Summarized> {
    let id = by.model.as_str();
    let Known { key, summary, .. } = match by.known {
        Some(known) => known,
        None => look_up(session, text, lang, id, options)?,
    };
    let (_, from) = text;
    let work = (Work::Summarize, from, lang);
    if let Some(summary) = summary {
        let note = format!("Summary in {}: from memory", lang.name());
        session.observer().note(&note);
        let idle = Timings::default();
        let mut figures = report::Step::measured(work, id, idle, idle, 0.0);
        figures.from_memory = 1;
        return Ok(Summarized {
            summary,
            from_memory: true,
            figures,
        });
    }
    let (summary, figures) = ask(session, text, lang, id, options, on)?;
    Cache::new(session, Kind::Summary, (from, lang), id)?.keep(key, "", &summary);
    let observer = session.observer();
    observer.note(&format!(
        "Summary in {}: {} tokens in {:.1} s, {:.1} tokens/s",
        lang.name(),
        figures.tokens_out,
        figures.seconds,
        figures.tokens_per_s
    ));
    if summary.chunks > 1 {
        observer.note(&format!(
            "the article doesn't fit the model's context: it was read in {} chunks, and their notes reduced to the summary",
            summary.chunks
        ));
    }
    Ok(Summarized {
        summary,
        from_memory: false,
        figures,
    })
}

fn ask(
    session: &mut Session<'_>,
    (article, from): Text<'_>,
    lang: Lang,
    id: &str,
    options: &Summarizing,
    on: &mut dyn FnMut(&str),
) -> Result<(Summary, report::Step)> {
    let observer = session.observer();
    let (title, text) = (article.title(), article.plain_text());
    let options = options.of(from, lang);
    let model = session.model(id)?;
    observer.note(&format!("Summarising in {} with {id}", lang.name()));
    let (started, before) = (Instant::now(), model.timings());
    let summary = match &mut model.engine {
        Engine::Chat(chat) => summarize::summarize(chat.as_mut(), title, &text, &options, on)?,
        Engine::Summary(model) => {
            summarize::summarize_plainly(model.as_mut(), &text, &options, on)?
        }
        Engine::Translation(_) => {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("the model {id} translates only; it can't write a summary"),
            )
            .with_hint("`traghetto models list` shows what each model does"));
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    let work = (Work::Summarize, from, lang);
    let figures = report::Step::measured(work, id, before, model.timings(), seconds);
    Ok((summary, figures))
}

/// The summary of a document, and how it was made.
#[derive(Debug)]
pub struct SummarizedDocument {
    /// The summary, as the report has it.
    pub summary: report::Summary,
    /// The report, of one summary.
    pub report: Report,
}

/// Summarises `document` in `lang`; `on` gets the raw text as it comes, `output` is the file that the report shall
/// name.
///
/// # Errors
/// As [`Session::summarizer`]; [`ErrorKind::Model`] if the model can't be loaded, [`ErrorKind::Inference`] if it fails
/// while running.
pub fn summarize(
    session: &mut Session<'_>,
    document: &Document,
    lang: Lang,
    options: &Summarizing,
    output: Option<&Path>,
    started: Instant,
    on: &mut dyn FnMut(&str),
) -> Result<SummarizedDocument> {
    let text = (&document.article, document.lang);
    let by = Chosen::best(session, document.lang, text, lang, options)?;
    let id = by.id().to_string();
    let made = summarize_document(session, text, lang, by, options, on)?;
    let mut ledger = Ledger::new(document, &[]);
    let summary = ledger.summary((document.lang, lang), &id, made, output);
    Ok(SummarizedDocument {
        summary,
        report: ledger.close(session, None, Some(options), started),
    })
}
