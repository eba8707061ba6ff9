//! `run`: an article in, its translations, summaries and a report out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::input::Document;
use super::ledger::Ledger;
use super::options::{Summarizing, Translating};
use super::plan::Plan;
use super::session::{Session, Step, show_route};
use super::summarize::{Chosen, summarize_document};
use super::targets::Targets;
use super::translate::{Made, translate_document};
use crate::article::{Article, Segment};
use crate::error::{Error, ErrorKind, Result};
use crate::output::report::Report;
use crate::output::{Bilingual, OutputFormat, Target};
use crate::text::Lang;

/// What `run` makes.
#[derive(Debug)]
pub struct RunOptions {
    /// Languages to translate into.
    pub to: Vec<Lang>,
    /// Folder for the results.
    pub out: PathBuf,
    /// Forms besides the article's own.
    pub formats: Vec<OutputFormat>,
    /// How to translate.
    pub translating: Translating,
    /// Languages of the summaries; may be empty.
    pub summary_langs: Vec<Lang>,
    /// How to summarise.
    pub summarizing: Summarizing,
}

/// Runs the whole job and returns its report, which is also written beside the results.
///
/// # Errors
/// As the plan, a translation, a summary or a file says. The results that were finished before it are there, whole; no
/// report is.
pub fn run(
    session: &mut Session<'_>,
    document: &Document,
    options: &RunOptions,
    started: Instant,
) -> Result<Report> {
    if let Some(same) = options.to.iter().find(|&&to| to == document.lang) {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("the article is in {} already", same.name()),
        )
        .with_hint("leave that language out of --to, or say with --from what the article is in"));
    }
    let RunOptions {
        to,
        out,
        formats,
        summary_langs,
        translating,
        summarizing,
    } = options;
    let targets = Targets::open(document, out, to, formats, summary_langs)?;
    let mut plan = Plan::new(session, document, to, translating)?;
    plan.add_summaries(session, document, summary_langs, summarizing)?;
    let Plan {
        segments,
        routes,
        summarizers,
        known,
        ..
    } = plan;
    let mut job = Job {
        session: &mut *session,
        document,
        options,
        ledger: Ledger::new(document, &segments),
        texts: vec![(document.lang, document.article.clone())],
    };
    let Targets {
        translations,
        others,
        summaries,
        report: report_target,
    } = targets;
    job.translate(
        &segments,
        &routes,
        Made::knowing(known),
        translations,
        &others,
    )?;
    job.summarize(summarizers, summaries)?;
    let ledger = job.ledger;
    let report = ledger.close(session, Some(translating), Some(summarizing), started);
    for warning in &report.warnings {
        session.observer().warn(&warning.message);
    }
    write_others(document, &report, others)?;
    report_target.write(report.to_json()?.as_bytes())?;
    Ok(report)
}

/// A job under way.
struct Job<'j, 's, 'd> {
    session: &'j mut Session<'s>,
    document: &'d Document,
    options: &'d RunOptions,
    ledger: Ledger<'d>,
    /// The article in every language that it is in so far. A small model summarises a text in its own language better
    /// than across languages: the translations serve.
    texts: Vec<(Lang, Article)>,
}

impl Job<'_, '_, '_> {
    /// Translates along the routes, and writes each translation when it is whole.
    fn translate(
        &mut self,
        segments: &[Segment],
        routes: &[Vec<Step>],
        mut made: Made,
        targets: Vec<Target>,
        others: &[(Lang, OutputFormat, Target)],
    ) -> Result<()> {
        let options = &self.options.translating;
        for ((target, &to), steps) in targets.into_iter().zip(&self.options.to).zip(routes) {
            let route = format!("Route to {}: {}", to.name(), show_route(steps));
            self.session.observer().note(&route);
            let session = &mut *self.session;
            translate_document(session, segments, steps, options, &mut made, &mut |_| {})?;
            let done = made.along(steps).unwrap_or_default();
            let also: Vec<&Path> = others
                .iter()
                .filter(|(lang, ..)| *lang == to)
                .map(|(.., target)| target.path())
                .collect();
            let path = Some(target.path());
            let text = self.ledger.translation(to, steps, done, path, &also);
            target.write(text.as_bytes())?;
            let format = self.document.article.format();
            self.texts.push((to, Article::parse(text, format)));
        }
        for step in made.steps {
            self.ledger.step(step);
        }
        Ok(())
    }

    /// Writes the summaries, with the models of the plan or those that are chosen now.
    fn summarize(&mut self, models: Vec<Option<String>>, targets: Vec<Target>) -> Result<()> {
        let (source, options) = (self.document.lang, &self.options.summarizing);
        let langs = &self.options.summary_langs;
        for ((target, &lang), model) in targets.into_iter().zip(langs).zip(models) {
            let in_lang = self.texts.iter().find(|(made, _)| *made == lang);
            let (of, article) = in_lang.unwrap_or(&self.texts[0]);
            let text = (article, *of);
            let session = &mut *self.session;
            let by = match model {
                Some(id) => Chosen::model(id),
                None => Chosen::best(session, source, text, lang, options)?,
            };
            let id = by.id().to_string();
            let made = summarize_document(session, text, lang, by, options, &mut |_| {})?;
            let path = target.path().to_path_buf();
            target.write(format!("{}\n", made.summary.text).as_bytes())?;
            self.ledger.summary((*of, lang), &id, made, Some(&path));
        }
        Ok(())
    }
}

/// Writes the translations in other forms, which show what the report says.
fn write_others(
    document: &Document,
    report: &Report,
    others: Vec<(Lang, OutputFormat, Target)>,
) -> Result<()> {
    for (to, format, target) in others {
        let made = report.translations.iter().find(|made| made.language == to);
        if let Some(translation) = made {
            let view = Bilingual {
                article: &document.article,
                report,
                translation,
            };
            target.write(format.render(&view)?.as_bytes())?;
        }
    }
    Ok(())
}
