//! `traghetto summarize`.

use std::ops::ControlFlow;
use std::time::Instant;

use super::args::{InputArgs, SummarizeArgs};
use super::common;
use super::idle;
use super::live::Live;
use super::printer::Printer;
use super::settings::Settings;
use crate::checks::CheckId;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Target;
use crate::output::report::Report;
use crate::pipeline::{
    self, Document, Observer, Session, SummarizedDocument, Summarizing, Translating,
};

pub fn summarize(args: SummarizeArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let started = Instant::now();
    let summarizing = common::summarizing(
        &args.model,
        &args.summary,
        args.model.model.as_ref(),
        args.model.prompt.as_deref(),
        settings,
    )?;
    let translating = common::for_summary(&args.model, settings)?;
    let target = common::target(args.output.as_deref())?;
    if args.digest {
        return digest(args, summarizing, &translating, target, settings, printer);
    }
    let document = document(args.input.clone(), printer)?;
    let lang = args.lang.unwrap_or(document.lang);
    let context = common::context(settings, &args.model, printer)?;
    let mut session = Session::new(&context, printer);
    let mut live = (target.is_none() && !args.json).then(|| Live::new(printer));
    let mut failed = None;
    let made = pipeline::summarize(
        &mut session,
        &document,
        lang,
        (&summarizing, &translating),
        target.as_ref().map(Target::path),
        started,
        &mut |text| {
            if let (Some(live), None, false) = (&mut live, &failed, text.is_empty()) {
                failed = live.provisional(text).err();
            }
            match failed {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        },
    );
    if let Some(error) = failed {
        return Err(error);
    }
    let SummarizedDocument { summary, report } = made?;
    if summary.summary.text.is_empty() {
        let mut findings = summary.summary.findings.iter();
        let why = findings.rfind(|finding| finding.check == CheckId::Empty);
        let message = why.map_or("no sentence can stand in the summary", |one| &one.message);
        return Err(Error::new(ErrorKind::Usage, message).with_hint("ask for more with --length"));
    }
    let text = format!("{}\n", summary.summary.text);
    if let Some(live) = &mut live {
        live.close(&text)?;
    }
    if let Some(target) = target {
        target.write(text.as_bytes())?;
    }
    for warning in &report.warnings {
        printer.warn(&warning.message);
    }
    tell_idle(&args, &session, [&report]);
    if args.json {
        printer.print_json(&report)?;
    }
    Ok(())
}

/// Says which flags had no effect on any of the summaries.
fn tell_idle<'r>(
    args: &SummarizeArgs,
    session: &Session<'_>,
    reports: impl IntoIterator<Item = &'r Report>,
) {
    let mut flags = idle::of_model(&args.model);
    flags.extend(idle::of_summary(&args.summary));
    let models = reports.into_iter().flat_map(|report| &report.models);
    idle::tell_of_summary(flags, session, models.map(|model| model.id.as_str()));
}

fn document(input: InputArgs, printer: &Printer) -> Result<Document> {
    let document = common::document(input, printer)?;
    if document.is_empty() {
        let message = format!("{} has no text to summarise", document.name());
        return Err(Error::new(ErrorKind::Input, message));
    }
    Ok(document)
}

/// One summary of all texts.
fn digest(
    args: SummarizeArgs,
    summarizing: Summarizing,
    translating: &Translating,
    target: Option<Target>,
    settings: &Settings,
    printer: &Printer,
) -> Result<()> {
    let started = Instant::now();
    let more = args.more.iter().map(|path| InputArgs {
        input: Some(path.clone()),
        ..args.input.clone()
    });
    let inputs = std::iter::once(args.input.clone()).chain(more);
    let documents = inputs.map(|input| document(input, printer));
    let documents = documents.collect::<Result<Vec<_>>>()?;
    let lang = args.lang.unwrap_or(documents[0].lang);
    let context = common::context(settings, &args.model, printer)?;
    let mut session = Session::new(&context, printer);
    let made = pipeline::digest(
        &mut session,
        &documents,
        lang,
        summarizing,
        translating,
        started,
    )?;
    let text = format!("{}\n", made.text);
    match target {
        Some(target) => target.write(text.as_bytes())?,
        None if !args.json => printer.print(&text)?,
        None => {}
    }
    for (n, article) in made.articles.iter().enumerate() {
        for warning in &article.warnings {
            printer.warn(&format!("[{}] {}", n + 1, warning.message));
        }
    }
    tell_idle(&args, &session, &made.articles);
    if args.json {
        printer.print_json(&made)?;
    }
    Ok(())
}
