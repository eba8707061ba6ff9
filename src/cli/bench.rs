//! `traghetto bench`.

use std::path::Path;
use std::process::{Command, Stdio};

use super::args::{BenchArgs, BenchCommand};
use super::bench_article;
use super::bench_peers;
use super::common;
use super::exit::{DONE, SLOWER};
use super::printer::{self, Printer};
use super::settings::Settings;
use crate::bench::{self, Comparison, Plan, Report};
use crate::engine;
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
    let compares = !args.compare.is_empty() || args.against.is_some();
    if compares && !["text", "json"].contains(&format) {
        let message = format!("a comparison can't be written as {format}");
        return Err(Error::new(ErrorKind::Usage, message).with_hint("use text or json"));
    }
    let comparison = match (args.compare.as_slice(), &args.against) {
        ([before, after], _) => Some(bench::compare(&read(before)?, &read(after)?)?),
        (_, Some(other)) => Some(against(other, &args, threads, settings, printer)?),
        _ => None,
    };
    if let Some(comparison) = comparison {
        match format {
            "json" => write(&printer::json(&comparison)?)?,
            _ => write(&comparison.to_string())?,
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

/// Measures another build and this program in turns, the other first in every second round.
fn against(
    other: &Path,
    args: &BenchArgs,
    threads: &[usize],
    settings: &Settings,
    printer: &Printer,
) -> Result<Comparison> {
    let own =
        std::env::current_exe().map_err(|error| Error::io("finding", "this program", error))?;
    let mut rounds = Vec::with_capacity(args.rounds);
    for round in 1..=args.rounds {
        printer.note(&format!("Round {round} of {}", args.rounds));
        let run = |program: &Path| report_of(program, args, threads, settings);
        rounds.push(match round % 2 {
            0 => {
                let after = run(&own)?;
                [run(other)?, after]
            }
            _ => [run(other)?, run(&own)?],
        });
    }
    bench::compare_rounds(&rounds)
}

/// The report of a program that is told to measure what this one was told.
fn report_of(
    program: &Path,
    args: &BenchArgs,
    threads: &[usize],
    settings: &Settings,
) -> Result<Report> {
    let listed = |values: &[usize]| {
        let values: Vec<String> = values.iter().map(usize::to_string).collect();
        values.join(",")
    };
    let threads = match threads {
        [] => settings.threads.value.to_string(),
        threads => listed(threads),
    };
    let mut command = Command::new(program);
    command.args(["bench", "--json", "--quiet", "--model", &args.model]);
    command.args(["--prompt-tokens", &args.prompt_tokens.to_string()]);
    command.args(["--gen-tokens", &args.gen_tokens.to_string()]);
    command.args(["--repeat", &args.repeat.to_string(), "--threads", &threads]);
    command.args(["--device", &settings.device.value.to_string()]);
    command.args(["--kv-cache", &settings.kv_cache.value.to_string()]);
    for (flag, values) in [("--batch", &args.batch), ("--beam", &args.beam)] {
        if !values.is_empty() {
            command.args([flag, &listed(values)]);
        }
    }
    let said = [
        ("--quantize", args.quantize.map(|kind| kind.to_string())),
        ("--from", args.from.map(|lang| lang.to_string())),
        ("--to", args.to.map(|lang| lang.to_string())),
    ];
    for (flag, value) in said {
        if let Some(value) = value {
            command.args([flag, &value]);
        }
    }
    if let Some(text) = &args.text {
        command.arg("--text").arg(text);
    }
    if settings.config.exists() {
        command.arg("--config").arg(&settings.config);
    }
    command.env("TRAGHETTO_STORE", &settings.store.value);
    let failed = |error| Error::io("running", program, error);
    let done = command.stdin(Stdio::null()).output().map_err(failed)?;
    let name = program.display();
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let why = { said.lines() }.find_map(|line| line.strip_prefix("error: "));
        let message = format!("{name} failed: {}", why.unwrap_or("it was stopped"));
        return Err(Error::new(ErrorKind::Inference, message));
    }
    serde_json::from_slice(&done.stdout).map_err(|error| {
        let message = format!("{name} printed no report");
        Error::new(ErrorKind::Input, message).with_source(error)
    })
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
    let store = &context.store;
    let manifest = store.describe(&context.catalogue, &spec, &context.fetch, printer)?;
    let installed = engine::obtain(store, &manifest, &context.fetch, printer)?;
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
