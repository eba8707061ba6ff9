//! `traghetto bench`.

use std::path::Path;

use super::args::{BenchArgs, BenchCommand};
use super::bench_article;
use super::bench_peers;
use super::common;
use super::exit::{DONE, SLOWER};
use super::printer::{self, Printer};
use super::settings::Settings;
use crate::bench::{self, Plan, Report};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{ModelSpec, Progress};

/// Measures a model, or compares two reports; the exit code.
pub fn bench(
    args: BenchArgs,
    threads: &[usize],
    settings: &Settings,
    printer: &Printer,
) -> Result<u8> {
    match args.command {
        Some(BenchCommand::Article(args)) => {
            return bench_article::article(args, settings, printer).map(|()| DONE);
        }
        Some(BenchCommand::Peers(args)) => {
            return bench_peers::peers(args, settings, printer).map(|()| DONE);
        }
        None => {}
    }
    // A folder that can't be written is told before minutes of work.
    let output = common::target(args.output.as_deref())?;
    let write = |text: &str| match output {
        Some(file) => file.write(text.as_bytes()),
        None => printer.print(text),
    };
    let format = if args.json {
        "json"
    } else {
        args.format.as_str()
    };
    if let [before, after] = args.compare.as_slice() {
        let comparison = bench::compare(&read(before)?, &read(after)?)?;
        match format {
            "text" => write(&comparison.to_string())?,
            "json" => write(&printer::json(&comparison)?)?,
            other => {
                let message = format!("a comparison can't be written as {other}");
                return Err(Error::new(ErrorKind::Usage, message).with_hint("use text or json"));
            }
        }
        let slower = args
            .fail_if_slower
            .map(|share| comparison.slower_than(share));
        return Ok(match slower.is_some_and(|lines| !lines.is_empty()) {
            true => SLOWER,
            false => DONE,
        });
    }
    let report = measure(&args, threads, settings, printer)?;
    write(&match format {
        "json" => printer::json(&report)?,
        "markdown" => bench::markdown(&report),
        "csv" => bench::csv(&report)?,
        "html" => bench::page(&report)?,
        _ => bench::table(&report),
    })?;
    Ok(DONE)
}

fn measure(
    args: &BenchArgs,
    threads: &[usize],
    settings: &Settings,
    printer: &Printer,
) -> Result<Report> {
    let mut context = common::bare_context(settings, common::Ask::Kept, printer)?;
    context.compute.quantize = args.quantize;
    let spec: ModelSpec = args.model.parse()?;
    let installed =
        context
            .store
            .obtain_spec(&context.catalogue, &spec, &context.fetch, printer)?;
    let text = match &args.text {
        Some(path) => {
            Some(std::fs::read_to_string(path).map_err(|error| Error::io("reading", path, error))?)
        }
        None => None,
    };
    let plan = Plan {
        prompt_tokens: args.prompt_tokens,
        gen_tokens: args.gen_tokens,
        repeat: args.repeat,
        batch: args.batch.clone(),
        threads: match threads {
            [] => vec![context.compute.threads],
            threads => threads.to_vec(),
        },
        beams: args.beam.clone(),
        from: args.from,
        to: args.to,
        text,
    };
    bench::bench(&installed, &context.compute, &plan, &mut |what| {
        printer.note(what);
    })
}

fn read(path: &Path) -> Result<Report> {
    let text = std::fs::read(path).map_err(|error| Error::io("reading", path, error))?;
    serde_json::from_slice(&text).map_err(|error| {
        let message = format!("{} is no report of `bench --json`", path.display());
        Error::new(ErrorKind::Input, message).with_source(error)
    })
}
