//! Summarising a document: in its own language, where a summary can be held against it, and then, if another language is
//! wanted, translating the summary's sentences as any others are translated.

use std::path::Path;
use std::time::Instant;

use super::abroad::Abroad;
use super::cache::{Cache, Kind};
use super::choose::RouteLeg;
use super::input::Document;
use super::options::{Summarizing, Translating};
use super::plan::are_remembered;
use super::report::{ReportBuilder, Summarized};
use super::session::Session;
use super::translate::Made;
use crate::article::{Article, BlockKind, Segment};
use crate::engine::{Engine, Timings};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Key;
use crate::output::report::{self, Report, Work};
use crate::summarize::{self, Hear, Rejected, Sentence, Source, Summary, Verify};
use crate::text::{Lang, counted};

/// What stands for a model's id where there is none: the article's own sentences are chosen.
pub const EXTRACT: &str = "extract";

/// An article as it is summarised.
#[derive(Debug)]
pub(super) struct Material<'a> {
    title: Option<&'a str>,
    text: String,
    sentences: Vec<Sentence<'a>>,
    lang: Lang,
    focus: Option<&'a str>,
}

impl<'a> Material<'a> {
    /// Of an article in `lang` and its segments, whose order is that of citations; `focus` is what the reader asks about.
    pub(super) fn new(
        article: &'a Article,
        segments: &'a [Segment],
        lang: Lang,
        focus: Option<&'a str>,
    ) -> Self {
        let sentence = |segment: &'a Segment| Sentence {
            text: &segment.text,
            is_prose: matches!(
                segment.kind,
                BlockKind::Paragraph | BlockKind::ListItem | BlockKind::Quote
            ),
            begins: segment.id.n == 0,
        };
        Self {
            title: article.title(),
            text: article.plain_text(),
            sentences: segments.iter().map(sentence).collect(),
            lang,
            focus,
        }
    }

    fn source(&self) -> Source<'_> {
        Source {
            title: self.title,
            text: &self.text,
            sentences: &self.sentences,
            lang: self.lang,
            focus: self.focus,
        }
    }
}

/// How a summary in a language comes about.
#[derive(Debug)]
pub(super) struct SummaryPlan {
    /// Its language.
    pub(super) lang: Lang,
    /// Id of the model that writes it in the article's language; `None` if the article's own sentences are chosen.
    model: Option<String>,
    /// How it is translated; none if it is wanted in the article's language.
    steps: Vec<RouteLeg>,
}

impl SummaryPlan {
    /// Id of the model that writes it, or [`EXTRACT`].
    pub(super) fn model(&self) -> &str {
        self.model.as_deref().unwrap_or(EXTRACT)
    }
}

/// Chooses the models for a summary in `lang`, and fetches them. `routes` are those of the article's translations, which
/// the summary shares if it can.
///
/// # Errors
/// As [`Session::route`].
pub(super) fn plan_summary(
    session: &mut Session<'_>,
    material: &Material<'_>,
    lang: Lang,
    options: &Summarizing,
    translating: &Translating,
    routes: &[Vec<RouteLeg>],
) -> Result<SummaryPlan> {
    let model = match is_picked(material, lang, options) {
        true => None,
        false => writer(session, material, options)?,
    };
    let steps = match lang == material.lang {
        true => Vec::new(),
        false => way(
            session,
            material,
            lang,
            &model,
            options,
            translating,
            routes,
        )?,
    };
    Ok(SummaryPlan { lang, model, steps })
}

/// Whether a summary in `lang` is picked from the article's sentences though models can be had. In another language those
/// stand whose translations are surest: of nine articles none kept a sentence that a model had written, and the time that
/// it takes goes into more sentences to choose from. Who asks something of the model gets it.
fn is_picked(material: &Material<'_>, lang: Lang, options: &Summarizing) -> bool {
    let asks_nothing = options.asking.model.is_none() && options.candidates == 1;
    lang != material.lang && asks_nothing && options.verify == Verify::Rules
}

/// The model that writes the summary, if one is wanted and can be had.
fn writer(
    session: &mut Session<'_>,
    material: &Material<'_>,
    options: &Summarizing,
) -> Result<Option<String>> {
    if options.extract {
        return Ok(None);
    }
    let (spec, lang) = (options.asking.model.as_ref(), material.lang);
    let chosen = session.summarizer(lang, lang, spec, &mut |session, id| {
        Ok(look_up(session, material, id, options)?.2.is_some())
    });
    match chosen {
        Err(error)
            if error.kind() == ErrorKind::Unavailable
                && spec.is_none()
                && !session.context().strict =>
        {
            let error = error.to_string();
            let best = error.lines().nth(1).map_or("", str::trim);
            let why = match best {
                "" => String::new(),
                best => format!(" ({best})"),
            };
            session.observer().warn(&format!(
                "no model that summarises in {} can be had{why}: sentences of the article are chosen",
                lang.name()
            ));
            Ok(None)
        }
        chosen => chosen.map(Some),
    }
}

/// The steps that lead to a summary in `lang`: those of a translation of the article if it gets there, also on its way
/// to another language.
fn way(
    session: &mut Session<'_>,
    material: &Material<'_>,
    lang: Lang,
    model: &Option<String>,
    options: &Summarizing,
    translating: &Translating,
    routes: &[Vec<RouteLeg>],
) -> Result<Vec<RouteLeg>> {
    for route in routes {
        if let Some(last) = route.iter().position(|step| step.to == lang) {
            return Ok(route[..=last].to_vec());
        }
    }
    let written = match model {
        Some(id) => look_up(session, material, id, options)?.2,
        None => Some(extracted(material, options)),
    };
    let texts: Option<Vec<String>> = written.map(|summary| {
        let claims = summary.claims.into_iter();
        claims.map(|claim| claim.text).collect()
    });
    let mut remembered = |session: &Session<'_>, steps: &[RouteLeg]| match &texts {
        Some(texts) => are_remembered(session, texts.clone(), steps, translating),
        None => Ok(false),
    };
    let spec = translating.asking.model.as_ref();
    let found = session.route(material.lang, lang, spec, &mut remembered);
    match (found, options.asking.model.as_ref()) {
        // Whoever names a model for the summary has that one at least, and it may translate as well.
        (Err(error), Some(own)) if spec.is_none() && error.kind() == ErrorKind::Unavailable => {
            let other = session.route(material.lang, lang, Some(own), &mut remembered);
            other.map_err(|_| error)
        }
        (found, _) => found,
    }
}

/// Brings a summary, which is `written` in the article's language, into the language that is planned; sentences of the
/// article that `made` has translated along the plan's steps are not translated anew.
///
/// # Errors
/// [`crate::ErrorKind::Model`] if a model's files can't be loaded, [`crate::ErrorKind::Input`] if a text doesn't fit
/// its context, [`crate::ErrorKind::Inference`] if it fails while running.
pub(super) fn carry(
    session: &mut Session<'_>,
    material: &Material<'_>,
    plan: &SummaryPlan,
    written: Summarized,
    (options, translating): (&Summarizing, &Translating),
    made: &Made,
) -> Result<Summarized> {
    let mut summarized = written;
    let summary = &mut summarized.summary;
    if !plan.steps.is_empty() {
        let known = summary.rejected.len();
        let abroad = Abroad {
            source: material.source(),
            steps: &plan.steps,
            length: options.length,
            style: options.style,
            translating,
            done: made.along(&plan.steps).unwrap_or_default(),
            is_reviewed: made.is_reviewed(&plan.steps),
        };
        let figures = abroad.render(session, summary)?;
        tell_rejected(session, &summary.rejected[known..]);
        let remembered = figures.iter().all(|step| step.tokens_out == 0);
        summarized.from_memory = summarized.from_memory && remembered;
        summarized.figures.extend(figures);
    }
    Ok(summarized)
}

/// The summary in the article's language, which is the same for all languages that it is wanted in; `on` gets the raw text
/// as it comes.
///
/// # Errors
/// [`ErrorKind::Usage`] if the model can't be asked for a summary, [`ErrorKind::Model`] if its files can't be loaded,
/// [`ErrorKind::Input`] if not even one sentence fits its context, [`ErrorKind::Inference`] if it fails while running.
pub(super) fn write(
    session: &mut Session<'_>,
    material: &Material<'_>,
    plan: &SummaryPlan,
    options: &Summarizing,
    on: &mut Hear<'_>,
) -> Result<Summarized> {
    let written = remembered_or_written(session, material, plan, options, on)?;
    tell_rejected(session, &written.summary.rejected);
    Ok(written)
}

fn remembered_or_written(
    session: &mut Session<'_>,
    material: &Material<'_>,
    plan: &SummaryPlan,
    options: &Summarizing,
    on: &mut Hear<'_>,
) -> Result<Summarized> {
    let observer = session.observer();
    let lang = material.lang;
    let work = (Work::Summarize, lang, lang);
    let idle = Timings::default();
    let started = Instant::now();
    let source = material.source();
    let Some(id) = plan
        .model
        .as_deref()
        .filter(|_| !summarize::is_its_own(&source))
    else {
        let summary = extracted(material, options);
        let seconds = started.elapsed().as_secs_f64();
        return Ok(Summarized {
            summary,
            from_memory: false,
            figures: vec![report::Step::measured(work, EXTRACT, idle, idle, seconds)],
        });
    };
    let (mut cache, key, known) = look_up(session, material, id, options)?;
    if let Some(summary) = known {
        observer.note(&format!("Summary in {}: from memory", lang.name()));
        let seconds = started.elapsed().as_secs_f64();
        let mut figures = report::Step::measured(work, id, idle, idle, seconds);
        figures.from_memory = 1;
        return Ok(Summarized {
            summary,
            from_memory: true,
            figures: vec![figures],
        });
    }
    let model = session.model(id)?;
    observer.note(&format!("Summarising in {} with {id}", lang.name()));
    let (started, before) = (Instant::now(), model.timings());
    let asked = options.options();
    let summary = match &mut model.engine {
        Engine::Chat(chat) => summarize::summarize(chat.as_mut(), &source, &asked, on)?,
        Engine::Summary(model) => {
            summarize::summarize_plainly(model.as_mut(), &source, &asked, on)?
        }
        Engine::Translation(_) => {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("the model {id} translates only; it can't write a summary"),
            )
            .with_hint("`traghetto models list` shows what each model does"));
        }
    };
    cache.keep(key, "", &summary);
    let seconds = started.elapsed().as_secs_f64();
    let figures = report::Step::measured(work, id, before, model.timings(), seconds);
    observer.note(&format!(
        "Summary in {}: {} tokens in {seconds:.1} s, {:.1} tokens/s",
        lang.name(),
        figures.tokens_out,
        figures.tokens_per_s
    ));
    let read = &summary.coverage;
    if read.read < read.sentences {
        observer.note(&format!(
            "the article has {}: all were weighed, and {id} read the {} that say most",
            counted(read.sentences, "sentence"),
            read.read
        ));
    }
    Ok(Summarized {
        summary,
        from_memory: false,
        figures: vec![figures],
    })
}

fn extracted(material: &Material<'_>, options: &Summarizing) -> Summary {
    summarize::summarize_without_model(&material.source(), options.length, options.style)
}

fn look_up<'s>(
    session: &Session<'s>,
    material: &Material<'_>,
    id: &str,
    options: &Summarizing,
) -> Result<(Cache<'s>, Key, Option<Summary>)> {
    let lang = material.lang;
    let mut cache = Cache::new(session, Kind::Summary, (lang, lang), id)?;
    let key = cache.key(&summarize::fingerprint(
        &material.source(),
        &options.options(),
    )?);
    let known = cache.find(&key);
    Ok((cache, key, known))
}

fn tell_rejected(session: &Session<'_>, rejected: &[Rejected]) {
    for Rejected { text, reason } in rejected {
        session.observer().note(&format!(
            "left out of the summary, since {reason}: \"{text}\""
        ));
    }
}

/// The summary of a document, and how it was made.
#[derive(Debug)]
pub struct SummarizedDocument {
    /// The summary, as the report has it.
    pub summary: report::Summary,
    /// The report, of one summary.
    pub report: Report,
}

/// Summarises `document` in `lang`; `how`: the summary itself, and its translation where `lang` isn't the document's.
/// `on` gets the raw text as it comes, `output` is the file that the report shall name.
///
/// # Errors
/// As [`Session::summarizer`] and [`Session::route`]; [`ErrorKind::Model`] if a model can't be loaded,
/// [`ErrorKind::Inference`] if it fails while running.
pub fn summarize(
    session: &mut Session<'_>,
    document: &Document,
    lang: Lang,
    how: (&Summarizing, &Translating),
    output: Option<&Path>,
    started: Instant,
    on: &mut Hear<'_>,
) -> Result<SummarizedDocument> {
    let (options, translating) = how;
    let segments = document.article.segments(Some(document.lang));
    let focus = options.focus.as_deref();
    let material = Material::new(&document.article, &segments, document.lang, focus);
    let plan = plan_summary(session, &material, lang, options, translating, &[])?;
    let written = match plan.steps.is_empty() {
        true => write(session, &material, &plan, options, on)?,
        false => write(session, &material, &plan, options, &mut |_| on(""))?,
    };
    let made = carry(session, &material, &plan, written, how, &Made::default())?;
    let mut report = ReportBuilder::new(document, &[]);
    let summary = report.summary((document.lang, lang), plan.model(), made, output);
    let translated = (lang != document.lang).then_some(translating);
    Ok(SummarizedDocument {
        summary,
        report: report.close(session, translated, Some(options), started),
    })
}
