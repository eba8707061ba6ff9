//! `traghetto run`.

use std::time::Instant;

use super::args::RunArgs;
use super::common;
use super::idle;
use super::printer::Printer;
use super::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{self, Observer, RunOptions, Session};
use crate::text::counted;
use crate::text::glossary::Glossary;

pub fn run(args: RunArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let started = Instant::now();
    let translating = common::translating(&args.model, &args.quality, settings)?;
    let summarizing = common::summarizing(
        &args.model,
        &args.summary,
        args.summary_model.as_ref(),
        args.summary_prompt.as_deref(),
        settings,
    )?;
    let document = common::document(args.input, printer)?;
    if document.is_empty() {
        let message = format!("{} has no text to translate", document.name());
        return Err(Error::new(ErrorKind::Input, message));
    }
    let to = once(args.to);
    let one_language = |glossary: &Glossary| glossary.serves_one_language();
    if to.len() > 1 && translating.glossary.as_ref().is_some_and(one_language) {
        let message = "the glossary doesn't say which language its translations are in";
        return Err(Error::new(ErrorKind::Usage, message).with_hint(
            "begin it with a line that names the languages of its columns, such as: it, en, pt",
        ));
    }
    let summary_langs = match (args.no_summary, args.summary_lang.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => to.clone(),
        (false, false) => once(args.summary_lang),
    };
    let options = RunOptions {
        to,
        out: args.out,
        formats: once(args.format),
        translating,
        summary_langs,
        summarizing,
    };
    let mut context = common::context(settings, &args.model, printer)?;
    context.quality = args.quality.quality.unwrap_or(context.quality);
    context.compute.shortlist = !args.quality.no_shortlist;
    let mut session = Session::new(&context, printer);
    let report = pipeline::run(&mut session, &document, &options, started)?;
    let mut flags = idle::of_model(&args.model);
    flags.extend(idle::of_quality(&args.quality));
    let models = report.models.iter().map(|model| model.id.as_str());
    idle::tell(flags, &session, models);
    for path in report.outputs() {
        printer.note(&format!("wrote {path}"));
    }
    printer.note(&match report.warnings.len() {
        0 => format!(
            "done in {:.1} s; nothing to double-check was noticed",
            report.seconds
        ),
        n => format!(
            "done in {:.1} s; {} to double-check, listed in the report",
            report.seconds,
            counted(n, "passage")
        ),
    });
    if args.json {
        printer.print_json(&report)?;
    }
    Ok(())
}

/// Each once: two results would have one name.
fn once<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_twice_is_made_once() {
        assert_eq!(once(vec!["tsv", "tmx", "tsv"]), ["tsv", "tmx"]);
    }
}
