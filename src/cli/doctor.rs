//! `traghetto doctor`: what the program found out about this machine and its own settings.

use serde::Serialize;

use super::args::DoctorArgs;
use super::common::{self, Ask};
use super::printer::Printer;
use super::settings::{Setting, Settings};
use crate::engine;
use crate::error::Result;
use crate::nn::isa::Isa;
use crate::output::report::{Tool, path_text};
use crate::{device, registry};

#[derive(Serialize)]
struct Findings {
    tool: Tool,
    device: String,
    gpu_support: Vec<String>,
    cpu_features: Vec<&'static str>,
    kernels: String,
    store: String,
    store_free_bytes: Option<u64>,
    installed_models: Vec<String>,
    sources: Vec<registry::SourceHealth>,
    settings: Vec<Row>,
    configuration_file: String,
    configuration_file_exists: bool,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    value: String,
    from: String,
}

pub fn doctor(args: DoctorArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let (catalogue, store, fetch) = common::registry(settings, Ask::Kept, printer)?;
    let findings = Findings {
        tool: Tool::THIS,
        device: match settings.device.value.open() {
            Ok(chosen) => chosen.to_string(),
            Err(error) => format!("{} can't be used: {error}", settings.device.value),
        },
        gpu_support: device::GPUS.iter().map(ToString::to_string).collect(),
        cpu_features: device::cpu_features(),
        kernels: Isa::best().to_string(),
        store: path_text(store.root()),
        store_free_bytes: registry::free_bytes(store.root()),
        installed_models: catalogue
            .all()
            .iter()
            .filter(|manifest| {
                engine::can_run(manifest) && store.installed(manifest, &fetch).is_some()
            })
            .map(|manifest| manifest.id.clone())
            .collect(),
        sources: registry::source_health(&fetch, catalogue.families()),
        settings: rows(settings),
        configuration_file: path_text(&settings.config),
        configuration_file_exists: settings.config.exists(),
    };
    if args.json {
        return printer.print_json(&findings);
    }
    printer.print(&text(&findings))
}

fn rows(settings: &Settings) -> Vec<Row> {
    fn row<T>(name: &'static str, setting: &Setting<T>, show: impl Fn(&T) -> String) -> Row {
        Row {
            name,
            value: show(&setting.value),
            from: setting.origin.to_string(),
        }
    }
    let named = |model: &Option<String>| match model {
        Some(model) => model.clone(),
        None => "the best that can be had".to_string(),
    };
    vec![
        row("threads", &settings.threads, ToString::to_string),
        row("device", &settings.device, ToString::to_string),
        row("kv_cache", &settings.kv_cache, ToString::to_string),
        row("offline", &settings.offline, ToString::to_string),
        row("strict", &settings.strict, ToString::to_string),
        row("quality", &settings.quality, ToString::to_string),
        row("model", &settings.model, named),
        row("summary_model", &settings.summary_model, named),
        row("registry", &settings.registry, |address| match address {
            Some(address) => registry::without_credentials(address),
            None => "as each family of models says".to_string(),
        }),
        row("store", &settings.store, |path| path_text(path)),
        row("memory", &settings.memory, |path| path_text(path)),
        row("no_memory", &settings.no_memory, ToString::to_string),
        row("dictionary", &settings.dictionaries, |files| {
            match &files[..] {
                [] => "none".to_string(),
                files => {
                    let files: Vec<String> = files.iter().map(ToString::to_string).collect();
                    files.join(", ")
                }
            }
        }),
    ]
}

fn text(findings: &Findings) -> String {
    let mut lines = vec![
        format!("{} {}", findings.tool.name, findings.tool.version),
        format!("device        {}", findings.device),
        match findings.gpu_support.is_empty() {
            true => {
                "GPU support   none in this build; `--features cuda` or `metal` adds it".to_string()
            }
            false => format!("GPU support   {}", findings.gpu_support.join(", ")),
        },
        format!("CPU features  {}", findings.cpu_features.join(" ")),
        format!("kernels       {}", findings.kernels),
        format!("model store   {}", findings.store),
    ];
    if let Some(bytes) = findings.store_free_bytes {
        lines.push(format!(
            "disk room     {} free",
            indicatif::HumanBytes(bytes)
        ));
    }
    lines.push(match findings.installed_models.is_empty() {
        true => "models here   none yet; `traghetto models list` shows what there is".to_string(),
        false => format!("models here   {}", findings.installed_models.join(", ")),
    });
    lines.push(String::new());
    lines.push("sources".to_string());
    for source in &findings.sources {
        let state = if source.reachable {
            "reachable"
        } else {
            "not reachable"
        };
        lines.push(format!("  {:<10}  {state}: {}", source.name, source.detail));
    }
    lines.push(String::new());
    lines.push("settings".to_string());
    for row in &findings.settings {
        lines.push(format!(
            "  {:<13}  {:<28}  from {}",
            row.name, row.value, row.from
        ));
    }
    lines.push(format!(
        "  configuration file: {}{}",
        findings.configuration_file,
        if findings.configuration_file_exists {
            ""
        } else {
            " (not there)"
        }
    ));
    format!("{}\n", lines.join("\n"))
}
