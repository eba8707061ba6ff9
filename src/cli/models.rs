//! `traghetto models`.

use serde::Serialize;

use super::args::ModelsCommand;
use super::common;
use super::printer::Printer;
use super::settings::Settings;
use crate::error::Result;
use crate::output::report;
use crate::registry::{Installed, Manifest, ModelSpec};

/// A line of `models list`.
#[derive(Serialize)]
struct Listed<'a> {
    installed: bool,
    #[serde(flatten)]
    manifest: &'a Manifest,
}

pub fn models(command: ModelsCommand, settings: &Settings, printer: &Printer) -> Result<()> {
    let (catalogue, store, fetch) = common::registry(settings)?;
    match command {
        ModelsCommand::List { json } => {
            let listed: Vec<Listed<'_>> = catalogue
                .all()
                .iter()
                .map(|manifest| Listed {
                    installed: store.installed(manifest, &fetch).is_some(),
                    manifest,
                })
                .collect();
            match json {
                true => common::print_json(&listed),
                false => common::print(&table(&listed)),
            }
        }
        ModelsCommand::Pull { models, json } => {
            let mut pulled = Vec::new();
            for model in &models {
                let spec: ModelSpec = model.parse()?;
                let installed = store.obtain_spec(&catalogue, &spec, &fetch, printer)?;
                pulled.push(installed);
            }
            show(&pulled, json)
        }
        ModelsCommand::Path { model, json } => {
            let spec: ModelSpec = model.parse()?;
            // Only what is here already has a path.
            let mut fetch = fetch;
            fetch.offline = true;
            let installed = store.obtain_spec(&catalogue, &spec, &fetch, printer)?;
            show(&[installed], json)
        }
    }
}

fn show(models: &[Installed], json: bool) -> Result<()> {
    if json {
        #[derive(Serialize)]
        struct Shown {
            #[serde(flatten)]
            model: report::Model,
            paths: Vec<String>,
        }
        let shown: Vec<Shown> = models
            .iter()
            .map(|installed| Shown {
                model: report::Model::of(installed, None),
                paths: paths(installed),
            })
            .collect();
        return common::print_json(&shown);
    }
    let paths: Vec<String> = models.iter().flat_map(paths).collect();
    common::print(&format!("{}\n", paths.join("\n")))
}

fn paths(installed: &Installed) -> Vec<String> {
    installed
        .files
        .iter()
        .map(|file| report::path_text(&file.path))
        .collect()
}

fn table(listed: &[Listed<'_>]) -> String {
    let mut rows =
        vec![["MODEL", "TASKS", "LANGUAGES", "SIZE", "LICENCE", "HERE"].map(str::to_string)];
    for Listed {
        installed,
        manifest,
    } in listed
    {
        let join = |parts: Vec<String>| match parts.is_empty() {
            true => "-".to_string(),
            false => parts.join(","),
        };
        let mut languages: Vec<String> =
            manifest.languages.iter().map(ToString::to_string).collect();
        const MANY: usize = 6;
        if languages.len() > MANY {
            let rest = languages.len() - MANY;
            languages.truncate(MANY);
            languages.push(format!("+{rest}"));
        }
        languages.extend(
            manifest
                .pairs
                .iter()
                .map(|(from, to)| format!("{from}→{to}")),
        );
        rows.push([
            manifest.id.clone(),
            join(manifest.tasks.iter().map(ToString::to_string).collect()),
            join(languages),
            format!("{} MB", manifest.size / 1_000_000),
            manifest.licence.id.clone(),
            if *installed { "yes" } else { "no" }.to_string(),
        ]);
    }
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            format!("{}\n", cells.join("  ").trim_end())
        })
        .collect()
}
