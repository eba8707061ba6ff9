//! `run`: an article in, its translations, summaries and a report out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::input::Document;
use super::job::{Made, Translating, is_remembered, translate_document};
use super::ledger::Ledger;
use super::session::{Session, Step};
use super::summary::{Material, Summarizing, plan_summary, summarize_document};
use crate::article::Segment;
use crate::error::{Error, ErrorKind, Result};
use crate::output::report::Report;
use crate::output::{Bilingual, OutputFormat, Target, create_folder};
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
/// What any step says. The results that were finished before it are there, whole; no report is.
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
    let names = Names::of(document, &options.out);
    create_folder(&options.out)?;
    // Targets are opened first: a bad folder must not cost the user half an hour.
    let translations = names.targets(&options.to, "")?;
    let summaries = names.targets(&options.summary_langs, ".summary")?;
    let mut others = Vec::new();
    for &to in &options.to {
        // The report is written in any case.
        for &format in options.formats.iter().filter(|f| **f != OutputFormat::Json) {
            let target = Target::open(&names.other(to, format)?)?;
            others.push((to, format, target));
        }
    }
    let report_target = Target::open(&names.path("json"))?;

    // Models are chosen and fetched first too, for the same reason.
    let segments: Vec<Segment> = document.article.segments(Some(document.lang));
    let mut routes: Vec<Vec<Step>> = Vec::new();
    for &to in &options.to {
        let translating = &options.translating;
        let mut remembered = |session: &Session<'_>, steps: &[Step]| {
            is_remembered(session, &segments, steps, translating)
        };
        let model = translating.asking.model.as_ref();
        let steps = session.route(document.lang, to, model, &mut remembered)?;
        routes.push(steps);
    }
    let material = Material::new(&document.article, &segments, document.lang);
    let (summarizing, translating) = (&options.summarizing, &options.translating);
    let mut plans = Vec::new();
    for &lang in &options.summary_langs {
        let plan = plan_summary(session, &material, lang, summarizing, translating, &routes)?;
        plans.push(plan);
    }

    let mut made = Made::default();
    let mut ledger = Ledger::new(document, &segments);
    for ((target, &to), steps) in translations.into_iter().zip(&options.to).zip(&routes) {
        session
            .observer()
            .note(&format!("Route to {}: {}", to.name(), show(steps)));
        translate_document(
            session,
            &segments,
            steps,
            &options.translating,
            &mut made,
            &mut |_| {},
        )?;
        let done = made.along(steps).unwrap_or_default();
        let also: Vec<&Path> = others
            .iter()
            .filter(|(lang, ..)| *lang == to)
            .map(|(.., target)| target.path())
            .collect();
        let text = ledger.translation(to, steps, done, Some(target.path()), &also);
        target.write(text.as_bytes())?;
    }
    for step in std::mem::take(&mut made.steps) {
        ledger.step(step);
    }
    for (target, plan) in summaries.into_iter().zip(&plans) {
        let summarized = summarize_document(
            session,
            &material,
            plan,
            summarizing,
            translating,
            &made,
            &mut |_| {},
        )?;
        let path = target.path().to_path_buf();
        target.write(format!("{}\n", summarized.summary.text).as_bytes())?;
        let between = (document.lang, plan.lang);
        ledger.summary(between, plan.model(), summarized, Some(&path));
    }
    let report = ledger.close(
        session,
        Some(&options.translating),
        Some(&options.summarizing),
        started,
    );
    for warning in &report.warnings {
        session.observer().warn(&warning.message);
    }
    for (to, format, target) in others {
        let made = report.translations.iter().find(|made| made.language == to);
        if let Some(translation) = made {
            let view = Bilingual {
                article: &document.article,
                report: &report,
                translation,
            };
            target.write(format.render(&view)?.as_bytes())?;
        }
    }
    report_target.write(report.to_json()?.as_bytes())?;
    Ok(report)
}

/// A route as people read it.
pub fn show(steps: &[Step]) -> String {
    let legs: Vec<String> = steps
        .iter()
        .map(|step| format!("{} → {} by {}", step.from, step.to, step.model))
        .collect();
    legs.join(", then ")
}

/// The names of the results: `kazakistan.it.md` becomes `kazakistan.en.md`, `kazakistan.en.summary.md` and
/// `kazakistan.json`.
struct Names<'a> {
    stem: String,
    extension: String,
    folder: &'a Path,
}

impl<'a> Names<'a> {
    fn of(document: &Document, folder: &'a Path) -> Self {
        let unnamed = PathBuf::from(format!("article.{}", document.article.format().extension()));
        let path = document.path.as_deref().unwrap_or(&unnamed);
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        let mut stem = text(path.file_stem());
        if let Some(bare) = stem.strip_suffix(&format!(".{}", document.lang)) {
            stem = bare.to_string();
        }
        Self {
            stem,
            extension: text(path.extension()),
            folder,
        }
    }

    fn path(&self, suffix: &str) -> PathBuf {
        let extension = match (suffix, self.extension.as_str()) {
            ("json", _) | (_, "") => String::new(),
            (_, extension) => format!(".{extension}"),
        };
        self.folder
            .join(format!("{}.{suffix}{extension}", self.stem))
    }

    /// The name of a translation in another form than the article's.
    fn other(&self, lang: Lang, format: OutputFormat) -> Result<PathBuf> {
        let name = format!("{}.{lang}.{}", self.stem, format.extension());
        let path = self.folder.join(name);
        if path == self.path(lang.code()) {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("two results would be called {}", path.display()),
            )
            .with_hint(format!("leave {} out of --format", format.name())));
        }
        Ok(path)
    }

    fn targets(&self, langs: &[Lang], suffix: &str) -> Result<Vec<Target>> {
        langs
            .iter()
            .map(|lang| Target::open(&self.path(&format!("{lang}{suffix}"))))
            .collect()
    }
}
