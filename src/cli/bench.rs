//! `traghetto bench`.

use candle_core::Device;
use serde::Serialize;

use super::args::BenchArgs;
use super::common;
use super::printer::Printer;
use super::settings::Settings;
use crate::bench::{self, BeamReport, BenchOptions, BenchReport, Spread};
use crate::device;
use crate::engine::{LlmEngine, LlmOptions, Seq2SeqModel, is_seq2seq, seq2seq_parts};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Context;
use crate::registry::{Format, Installed, ModelSpec, Role};

/// What `bench --json` prints.
#[derive(Serialize)]
struct Row {
    model: String,
    device: String,
    threads: usize,
    #[serde(flatten)]
    report: BenchReport,
}

pub fn bench(args: BenchArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let mut context = common::bare_context(settings, printer)?;
    context.compute.quantize = args.quantize;
    let spec: ModelSpec = args.model.parse()?;
    let installed =
        context
            .store
            .obtain_spec(&context.catalogue, &spec, &context.fetch, printer)?;
    if is_seq2seq(installed.manifest.architecture) {
        return bench_seq2seq(&args, &context, &installed, printer);
    }
    if installed.manifest.format != Format::Gguf {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{} is neither a GGUF nor an encoder–decoder model; only these are measured so far",
                args.model
            ),
        ));
    }
    let weights = installed.require(Role::Weights)?;
    let llm = LlmOptions {
        threads: context.compute.threads,
        kv: context.compute.kv,
        ..LlmOptions::default()
    };
    let options = BenchOptions {
        prompt_tokens: args.prompt_tokens,
        gen_tokens: args.gen_tokens,
        repeat: args.repeat,
        batch: args.batch,
    };
    let device = context.compute.device_for(installed.manifest.architecture);
    let row = Row {
        model: installed.manifest.id.clone(),
        device: device::name(device),
        threads: context.compute.threads,
        report: match device {
            Device::Cpu => bench::run(|| LlmEngine::load(weights, llm.clone()), options)?,
            device => bench::run(|| LlmEngine::load_on(weights, device, llm.clone()), options)?,
        },
    };
    match args.json {
        true => printer.print_json(&row),
        false => printer.print(&table(&row)),
    }
}

/// What `bench --json` prints a number of beams.
#[derive(Serialize)]
struct BeamRow<'a> {
    model: &'a str,
    device: String,
    threads: usize,
    #[serde(flatten)]
    report: BeamReport,
}

fn bench_seq2seq(
    args: &BenchArgs,
    context: &Context,
    installed: &Installed,
    printer: &Printer,
) -> Result<()> {
    let (files, options) = seq2seq_parts(installed, &context.compute)?;
    let device = device::name(context.compute.device_for(installed.manifest.architecture));
    let load = || Seq2SeqModel::load(&files, &options);
    let sizes = BenchOptions {
        prompt_tokens: args.prompt_tokens,
        gen_tokens: args.gen_tokens,
        repeat: args.repeat,
        batch: args.batch,
    };
    let rows: Vec<BeamRow<'_>> = bench::run_seq2seq(load, &args.beam, sizes)?
        .into_iter()
        .map(|report| BeamRow {
            model: &installed.manifest.id,
            device: device.clone(),
            threads: options.threads,
            report,
        })
        .collect();
    if args.json {
        return printer.print_json(&rows);
    }
    let mut lines = vec![
        format!(
            "{} on {device}, {} threads: {} sources, {} tokens generated for each, batches of {}",
            installed.manifest.id,
            options.threads,
            bench::SOURCES,
            args.gen_tokens,
            args.batch
        ),
        format!(
            "{:<6}{:>18}{:>12}{:>16}",
            "beam", "decode tokens/s", "load s", "peak RSS MiB"
        ),
    ];
    for BeamRow { report, .. } in &rows {
        let peak = report
            .peak_rss_mib
            .map_or("?".into(), |peak| format!("{peak:.0}"));
        lines.push(format!(
            "{:<6}{:>18.1}{:>12.2}{peak:>16}",
            report.beam, report.decode_tok_s, report.load_s
        ));
    }
    printer.print(&format!("{}\n", lines.join("\n")))
}

fn table(row: &Row) -> String {
    let Row {
        model,
        device,
        threads,
        report,
    } = row;
    let mut lines = vec![
        format!("{model} on {device}, {threads} threads"),
        format!(
            "{} prompt tokens, {} generated, batch of {}, {} runs after a warm-up",
            report.prompt_tokens, report.gen_tokens, report.batch, report.repeat
        ),
        format!("{:<18}{:>10}{:>10}{:>10}", "", "median", "min", "max"),
    ];
    let spread = &report.spread;
    for (name, Spread { min, median, max }) in [
        ("load s", spread.load_s),
        ("prefill tokens/s", spread.prefill_tok_s),
        ("decode tokens/s", spread.decode_tok_s),
        ("first token ms", spread.ttft_ms),
    ] {
        lines.push(format!("{name:<18}{median:>10.2}{min:>10.2}{max:>10.2}"));
    }
    if let Some(peak) = report.peak_rss_mib {
        lines.push(format!("{:<18}{peak:>10.0}", "peak RSS MiB"));
    }
    format!("{}\n", lines.join("\n"))
}
