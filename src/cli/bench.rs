//! `traghetto bench`.

use serde::Serialize;

use super::args::BenchArgs;
use super::common;
use super::printer::Printer;
use super::settings::Settings;
use crate::bench::{self, BenchOptions, BenchReport, Spread};
use crate::device;
use crate::engine::{LlmEngine, LlmOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Format, ModelSpec, Role};

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
    let context = common::context(settings, false, printer)?;
    let spec: ModelSpec = args.model.parse()?;
    let installed =
        context
            .store
            .obtain_spec(&context.catalogue, &spec, &context.fetch, printer)?;
    if installed.manifest.format != Format::Gguf {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{} is no GGUF model; only these are measured so far",
                args.model
            ),
        ));
    }
    let weights = installed.require(Role::Weights)?;
    let load = || {
        let options = LlmOptions {
            threads: context.compute.threads,
            kv: context.compute.kv,
            ..LlmOptions::default()
        };
        LlmEngine::load(weights, &context.compute.device, options)
    };
    let options = BenchOptions {
        prompt_tokens: args.prompt_tokens,
        gen_tokens: args.gen_tokens,
        repeat: args.repeat,
        batch: args.batch,
    };
    let row = Row {
        model: installed.manifest.id.clone(),
        device: device::name(&context.compute.device),
        threads: context.compute.threads,
        report: bench::run(load, options)?,
    };
    match args.json {
        true => common::print_json(&row),
        false => common::print(&table(&row)),
    }
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
