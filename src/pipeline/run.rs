//! `run`: an article in, its translations, summaries and a report out.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::choose::{RouteLeg, show_route};
use super::input::Document;
use super::options::{Summarizing, Translating};
use super::plan::Plan;
use super::report::{ReportBuilder, Summarized};
use super::session::Session;
use super::summarize::{Material, SummaryPlan, carry, plan_summary, write};
use super::targets::Targets;
use super::translate::{Made, translate_document};
use crate::article::Segment;
use crate::error::{Error, ErrorKind, Result};
use crate::output::report::{Report, WrittenFile, path_text};
use crate::output::{Bilingual, OutputFormat, Target, sha256_hex};
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
/// [`crate::ErrorKind::Unavailable`] if a model can't be had, [`crate::ErrorKind::Usage`] if it can't do what is asked,
/// [`crate::ErrorKind::Model`] if its files can't be loaded, [`crate::ErrorKind::Inference`] if it fails while running,
/// [`crate::ErrorKind::Io`] if a file can't be written. The results that were finished before are there, whole; no report
/// is.
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
    for (path, aside) in &targets.aside {
        let message = format!(
            "{} is there and isn't what an earlier run of this article wrote: it will be kept as {}",
            path.display(),
            aside.display()
        );
        session.observer().warn(&message);
    }
    let plan = Plan::new(session, document, to, translating)?;
    let Plan {
        segments,
        routes,
        known,
    } = plan;
    let focus = summarizing.focus.as_deref();
    let material = Material::new(&document.article, &segments, document.lang, focus);
    let mut plans = Vec::new();
    for &lang in summary_langs {
        let plan = plan_summary(session, &material, lang, summarizing, translating, &routes)?;
        plans.push(plan);
    }
    let mut job = Job {
        session: &mut *session,
        document,
        options,
        report: ReportBuilder::new(document, &segments),
        made: Made::knowing(known),
        files: Vec::new(),
    };
    let Targets {
        translations,
        others,
        summaries,
        report: report_target,
        ..
    } = targets;
    job.translate(&segments, &routes, translations, &others)?;
    job.summarize(&material, &plans, summaries)?;
    let Job {
        report, mut files, ..
    } = job;
    let mut report = report.close(session, Some(translating), Some(summarizing), started);
    for warning in &report.warnings {
        session.observer().warn(&warning.message);
    }
    write_others(document, &report, others, &mut files)?;
    report.files = files;
    report_target.write(report.to_json()?.as_bytes())?;
    Ok(report)
}

/// A job under way.
struct Job<'j, 's, 'd> {
    session: &'j mut Session<'s>,
    document: &'d Document,
    options: &'d RunOptions,
    report: ReportBuilder<'d>,
    /// The translations so far, of which summaries take what they quote.
    made: Made,
    /// What was written so far.
    files: Vec<WrittenFile>,
}

impl Job<'_, '_, '_> {
    /// Translates along the routes, and writes each translation when it is whole.
    fn translate(
        &mut self,
        segments: &[Segment],
        routes: &[Vec<RouteLeg>],
        targets: Vec<Target>,
        others: &[(Lang, OutputFormat, Target)],
    ) -> Result<()> {
        let options = &self.options.translating;
        for ((target, &to), steps) in targets.into_iter().zip(&self.options.to).zip(routes) {
            let route = format!("Route to {}: {}", to.name(), show_route(steps));
            self.session.observer().note(&route);
            let session = &mut *self.session;
            translate_document(
                session,
                segments,
                steps,
                options,
                &mut self.made,
                &mut |_| {},
            )?;
            let done = self.made.along(steps).unwrap_or_default();
            let also: Vec<&Path> = others
                .iter()
                .filter(|(lang, ..)| *lang == to)
                .map(|(.., target)| target.path())
                .collect();
            let path = Some(target.path());
            let text = self.report.translation(to, steps, done, path, &also);
            write_down(target, &text, &mut self.files)?;
        }
        for step in std::mem::take(&mut self.made.steps) {
            self.report.step(step);
        }
        Ok(())
    }

    /// Writes the summaries, as planned.
    fn summarize(
        &mut self,
        material: &Material<'_>,
        plans: &[SummaryPlan],
        targets: Vec<Target>,
    ) -> Result<()> {
        let options = &self.options.summarizing;
        let translating = &self.options.translating;
        let mut written: Option<Summarized> = None;
        for (target, plan) in targets.into_iter().zip(plans) {
            let session = &mut *self.session;
            let own = match written.take() {
                Some(own) => own,
                None => write(session, material, plan, options, &mut |_| {
                    ControlFlow::Continue(())
                })?,
            };
            // What it cost stands in the report once.
            let summary = own.summary.clone();
            let figures = Vec::new();
            written = Some(Summarized {
                summary,
                figures,
                ..own
            });
            let how = (options, translating);
            let made = carry(session, material, plan, own, how, &self.made)?;
            // Where no sentence can stand, which is told, an earlier summary is better than an empty one.
            let path = (!made.summary.text.is_empty()).then(|| target.path().to_path_buf());
            if path.is_some() {
                let text = format!("{}\n", made.summary.text);
                write_down(target, &text, &mut self.files)?;
            }
            let between = (self.document.lang, plan.lang);
            self.report
                .summary(between, plan.model(), made, path.as_deref());
        }
        Ok(())
    }
}

/// Writes the translations in other forms, which show what the report says.
fn write_others(
    document: &Document,
    report: &Report,
    others: Vec<(Lang, OutputFormat, Target)>,
    files: &mut Vec<WrittenFile>,
) -> Result<()> {
    for (to, format, target) in others {
        let made = report.translations.iter().find(|made| made.language == to);
        if let Some(translation) = made {
            let view = Bilingual {
                article: &document.article,
                report,
                translation,
            };
            write_down(target, &format.render(&view)?, files)?;
        }
    }
    Ok(())
}

/// Writes a result, and into the books what was written.
fn write_down(target: Target, text: &str, files: &mut Vec<WrittenFile>) -> Result<()> {
    files.push(WrittenFile {
        path: path_text(target.path()),
        sha256: sha256_hex(text.as_bytes()),
    });
    target.write(text.as_bytes())
}
