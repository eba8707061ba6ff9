//! `traghetto check`.

use std::io::{self, BufWriter, Write};

use super::args::CheckArgs;
use super::common;
use super::printer::Printer;
use super::settings::Settings;
use crate::checks::Severity;
use crate::error::{Error, ErrorKind, Result};
use crate::output::check::{CheckFormat, Summary, Writer};
use crate::pipeline::{self, CheckInput, Checking, Observer, Session};
use crate::registry::ModelSpec;
use crate::text::counted;
use crate::text::glossary::Glossary;

pub fn check(args: CheckArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let glossary = args.glossary.as_deref().map(Glossary::open).transpose()?;
    let model = args.model.as_deref().map(str::parse::<ModelSpec>);
    let options = Checking {
        meaning: args.meaning,
        model: model.transpose()?,
        glossary,
        dictionaries: common::dictionaries(&args.dictionary, settings)?,
        skip: args.skip,
        by: args.by,
        risk: args.risk,
    };
    let target = common::target(args.output.as_deref())?;
    let context = common::bare_context(settings, common::Ask::Kept, printer)?;
    let mut session = Session::new(&context, printer);
    let input = CheckInput {
        source: args.source,
        translation: args.translation,
        from: args.from,
        to: args.to,
        encoding: args.encoding,
        reading: args.input_format,
        how: args.align,
        unwrap: args.unwrap,
    };
    let format = match args.json {
        true => CheckFormat::Json,
        false => args.format,
    };
    let color = target.is_none() && printer.terminals().output && console::colors_enabled();
    let mut run = |out: &mut dyn Write| {
        let mut writer = Writer::new(format, color, out);
        printer.read(|stdin| pipeline::check(&mut session, &input, stdin, &options, &mut writer))
    };
    let summary = match target {
        Some(target) => {
            let path = target.path().display().to_string();
            let summary = target.write_by(|out| run(&mut BufWriter::new(out)))?;
            printer.note(&format!("{summary}; written to {path}"));
            summary
        }
        None => run(&mut BufWriter::with_capacity(1 << 16, Output(printer)))?,
    };
    fail(args.fail_on, summary)
}

/// Fails on what the user wants it to fail on.
fn fail(on: Option<Severity>, summary: Summary) -> Result<()> {
    let Summary {
        errors, warnings, ..
    } = summary;
    let found = match on {
        None => return Ok(()),
        Some(Severity::Error) => errors,
        Some(Severity::Warning | Severity::Hint) => errors + warnings,
    };
    if found == 0 {
        return Ok(());
    }
    let message = format!(
        "the check found {} and {}",
        counted(errors, "error"),
        counted(warnings, "warning")
    );
    Err(Error::new(ErrorKind::Input, message))
}

/// Standard output; a reader that is gone has read enough.
struct Output<'p>(&'p Printer);

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.print(&text).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
