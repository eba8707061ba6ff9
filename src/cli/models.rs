//! `traghetto models`.

use serde::Serialize;

use super::args::ModelsCommand;
use super::common::{self, Ask};
use super::printer::Printer;
use super::settings::Settings;
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::output::report;
use crate::registry::{
    Catalogue, FetchOptions, FileState, Installed, Manifest, ModelSpec, Progress, Quality, Removed,
    Source, Store, Task, Verified,
};
use crate::text::Lang;

/// A line of `models list`, and what `models info` shows.
#[derive(Serialize)]
struct Listed {
    installed: bool,
    #[serde(flatten)]
    manifest: Manifest,
}

/// Runs a command of `traghetto models`.
pub fn models(command: ModelsCommand, settings: &Settings, printer: &Printer) -> Result<()> {
    let ask = match &command {
        ModelsCommand::List { here: false, .. } => Ask::Registries,
        ModelsCommand::Info { model, .. } => Ask::Of(std::slice::from_ref(model)),
        ModelsCommand::Pull { models, .. } => Ask::Of(models),
        _ => Ask::Kept,
    };
    let (catalogue, store, fetch) = common::registry(settings, ask, printer)?;
    let room = Room {
        catalogue,
        store,
        fetch,
        printer,
    };
    match command {
        ModelsCommand::List {
            task,
            from,
            to,
            source,
            here,
            json,
        } => {
            let mut listed = room.listed();
            listed.retain(|row| row.manifest.matches(task, from, to) && (row.installed || !here));
            if let Some(source) = source {
                room.retain_from(&source, &mut listed)?;
            }
            match json {
                true => printer.print_json(&listed),
                false => {
                    printer.print(&table(&listed))?;
                    Progress::note(printer, TABLE_NOTE);
                    Ok(())
                }
            }
        }
        ModelsCommand::Info { model, json } => room.info(&model, json),
        ModelsCommand::Pull { models, json } => {
            let pulled = models
                .iter()
                .map(|model| room.obtain(model))
                .collect::<Result<Vec<_>>>()?;
            show(printer, &pulled, json)
        }
        ModelsCommand::Path { model, json } => show(printer, &[room.here(&model)?], json),
        ModelsCommand::Verify { json } => room.verify(json),
        ModelsCommand::Rm { models } => {
            // A name that is wrong fails before any is removed.
            let known = models.iter().map(|model| room.describe(model));
            for manifest in known.collect::<Result<Vec<_>>>()? {
                let removed = room.store.remove(&manifest, &room.fetch, printer)?;
                printer.print(&freed(&removed))?;
            }
            Ok(())
        }
        ModelsCommand::Prune => printer.print(&freed(&room.store.prune(&room.fetch)?)),
        ModelsCommand::Import { path, id, json } => show(
            printer,
            &room
                .store
                .import(&path, id.as_deref(), &room.catalogue, printer)?,
            json,
        ),
        ModelsCommand::Export { models, output } => {
            let here = models
                .iter()
                .map(|model| room.here(model))
                .collect::<Result<Vec<_>>>()?;
            room.store.export(&here, &output, printer)?;
            printer.print(&format!("{}\n", report::path_text(&output)))
        }
    }
}

/// What all the commands work with.
struct Room<'a> {
    catalogue: Catalogue,
    store: Store,
    fetch: FetchOptions,
    printer: &'a Printer,
}

impl Room<'_> {
    /// Hashes all files that are here; fails if one isn't whole.
    fn verify(&self, json: bool) -> Result<()> {
        let verified = self.store.verify(&self.fetch, self.printer)?;
        match json {
            true => self.printer.print_json(&verified)?,
            false => self
                .printer
                .print(&verified.iter().map(verdict).collect::<String>())?,
        }
        let damaged = verified
            .iter()
            .filter(|file| !matches!(file.state, FileState::Whole { .. }))
            .count();
        match damaged {
            0 => Ok(()),
            n => Err(Error::new(
                ErrorKind::Integrity,
                format!("{n} of {} files are damaged or missing", verified.len()),
            )
            .with_hint("`models pull` fetches what is damaged again")),
        }
    }

    fn obtain(&self, model: &str) -> Result<Installed> {
        let manifest = self.describe(model)?;
        engine::obtain(&self.store, &manifest, &self.fetch, self.printer)
    }

    /// A model that is here; nothing is fetched.
    fn here(&self, model: &str) -> Result<Installed> {
        let spec: ModelSpec = model.parse()?;
        let fetch = FetchOptions {
            offline: true,
            ..self.fetch.clone()
        };
        self.store
            .obtain_spec(&self.catalogue, &spec, &fetch, self.printer)
    }

    fn describe(&self, model: &str) -> Result<Manifest> {
        let spec: ModelSpec = model.parse()?;
        self.store
            .describe(&self.catalogue, &spec, &self.fetch, self.printer)
    }

    /// The catalogue, and what the store has beyond it.
    fn listed(&self) -> Vec<Listed> {
        let mut manifests = self.catalogue.all().to_vec();
        let others = self.store.recorded().into_iter();
        manifests.extend(others.filter(|other| self.catalogue.get(&other.id).is_err()));
        let listed = |manifest| Listed {
            installed: self.store.installed(&manifest, &self.fetch).is_some(),
            manifest,
        };
        manifests.into_iter().map(listed).collect()
    }

    /// Keeps what comes from a kind of source: hub, packages, folder, url, or the registry of a family.
    fn retain_from(&self, source: &str, listed: &mut Vec<Listed>) -> Result<()> {
        let families = self.catalogue.families().iter();
        let families: Vec<&str> = families.map(|family| family.id.as_str()).collect();
        let kinds = ["hub", "packages", "folder", "url"];
        if !kinds.contains(&source) && !families.contains(&source) {
            let all: Vec<&str> = kinds.into_iter().chain(families).collect();
            let message = format!("unknown source \"{source}\"");
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint(format!("the sources are {}", all.join(", "))));
        }
        listed.retain(|row| {
            let mut sources = row.manifest.sources.iter();
            sources.any(|own| own.name() == source)
        });
        let unread = { self.catalogue.unread() }.find(|(family, _)| *family == source);
        match unread {
            // An empty table would look like a registry without models.
            Some((_, why)) if listed.is_empty() => Err(Error::new(ErrorKind::Unavailable, why)),
            _ => Ok(()),
        }
    }

    fn info(&self, model: &str, json: bool) -> Result<()> {
        let manifest = self.describe(model)?;
        let installed = self.store.installed(&manifest, &self.fetch);
        if json {
            return self.printer.print_json(&Listed {
                installed: installed.is_some(),
                manifest,
            });
        }
        self.printer
            .print(&description(&manifest, installed.as_ref()))?;
        match self.catalogue.newer(&manifest.id) {
            None => Ok(()),
            Some(newer) => self.printer.print(&format!(
                "{:<13} the registry has another version ({}); `models rm` and `models pull` fetch it\n",
                "newer",
                reckoned(newer).join(", ")
            )),
        }
    }
}

/// What `models info` prints.
fn description(manifest: &Manifest, installed: Option<&Installed>) -> String {
    let mut rows = said(manifest);
    rows.extend(quality(manifest));
    rows.extend(
        manifest
            .sources
            .iter()
            .map(|source| ("source", from(source))),
    );
    rows.extend(manifest.files.iter().map(|file| {
        let size = file
            .size
            .map_or("size unknown".to_string(), |size| format!("{size} bytes"));
        let sha256 = file.sha256.as_deref().unwrap_or("unknown until fetched");
        ("file", format!("{}, {size}, sha256 {sha256}", file.name))
    }));
    match installed {
        None => rows.push(("here", "no".to_string())),
        Some(installed) => {
            let source = &installed.source;
            let revision = source.revision.as_ref();
            let revision = revision.map_or(String::new(), |at| format!(" at {at}"));
            let here = format!("yes, from {}{revision}", source.description);
            rows.push(("here", here));
            rows.extend(paths(installed).into_iter().map(|path| ("", path)));
        }
    }
    rows.retain(|(_, text)| !text.is_empty());
    rows.iter()
        .map(|(name, text)| format!("{name:<13} {text}\n"))
        .collect()
}

/// What a manifest says of the model itself and of its licence; what it doesn't say is empty.
fn said(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let licence = &manifest.licence;
    let pairs = manifest.pairs.iter().map(|(a, b)| format!("{a}→{b}"));
    let pairs: Vec<String> = pairs.collect();
    let if_so = |so: bool, text: &str| if so { text.to_owned() } else { String::new() };
    let billions = |n| format!("{:.2} billion", n as f64 / 1e9);
    let tokens = |n| format!("{n} tokens");
    let network = format!("{}, {}", manifest.architecture, manifest.format);
    let free = if_so(!licence.commercial, "not for commercial use");
    let gated = if_so(
        licence.gated,
        "gated: terms to accept on the Hub, token needed",
    );
    vec![
        ("id", manifest.id.clone()),
        ("title", manifest.title.clone()),
        ("tasks", comma(&manifest.tasks)),
        ("languages", comma(&manifest.languages)),
        ("pairs", pairs.join(", ")),
        ("architecture", network),
        (
            "engine",
            engine::runs_on(manifest).unwrap_or("none here").to_owned(),
        ),
        (
            "parameters",
            manifest.parameters.map_or(String::new(), billions),
        ),
        ("context", manifest.context.map_or(String::new(), tokens)),
        ("size", format!("{} MB", manifest.size.div_ceil(1_000_000))),
        ("licence", licence.id.clone()),
        ("", licence.url.clone().unwrap_or_default()),
        ("", free),
        ("", licence.territory.clone().unwrap_or_default()),
        ("", gated),
        ("", licence.note.clone().unwrap_or_default()),
    ]
}

/// How good a model is reckoned to be, and what was measured.
fn quality(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    for (task, quality) in &manifest.quality {
        rows.push((
            "quality",
            format!("{task}, reckoned {}: {}", quality.score, quality.basis),
        ));
        for (way, figure) in &quality.pairs {
            let way = way.replace('-', " → ");
            let after = figure.after.as_ref();
            let after = after.map_or(String::new(), |model| format!(" after {model}"));
            rows.push((
                "",
                format!(
                    "measured, {way}{after}: {figure}; {}, {}, {}",
                    figure.set, figure.source, figure.date
                ),
            ));
        }
    }
    rows
}

/// How good a model is reckoned to be at each task, in a word: a figure is called BLEU, all else an estimate.
fn reckoned(manifest: &Manifest) -> Vec<String> {
    let word = |(_, quality): (&Task, &Quality)| {
        let direct = |(from, to): &(Lang, Lang)| quality.pairs.get(&format!("{from}-{to}"));
        let figures: Option<Vec<f64>> = { manifest.pairs.iter() }
            .map(|pair| Some(direct(pair)?.bleu))
            .collect();
        // Of a model for all languages among some, what was measured of a few pairs says little of the others.
        match figures.as_deref().filter(|_| manifest.languages.is_empty()) {
            Some([bleu]) => format!("BLEU {bleu:.1}"),
            _ => format!("est. {}", quality.score),
        }
    };
    manifest.quality.iter().map(word).collect()
}

/// Where a model comes from.
fn from(source: &Source) -> String {
    match source {
        Source::Hub { repo, revision, .. } => format!("hf:{repo}@{revision}"),
        Source::Folder { path } => report::path_text(path),
        Source::Packages { files } => {
            let pieces = files.values().flatten();
            let mut packages: Vec<String> = pieces.map(|piece| piece.requirement()).collect();
            packages.dedup();
            format!("Python packages {}", packages.join(", "))
        }
        Source::Url { files } => files
            .values()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        Source::Registry { family, files } => {
            let addresses: Vec<&str> = files.values().flatten().map(String::as_str).collect();
            format!("the registry of {family}, {}", addresses.join(", "))
        }
    }
}

fn comma(items: &[impl ToString]) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn verdict(file: &Verified) -> String {
    let path = report::path_text(&file.path);
    match &file.state {
        FileState::Whole { .. } => format!("whole    {} {path}\n", file.id),
        FileState::Missing => format!("missing  {} {path}\n", file.id),
        FileState::Damaged { expected, found } => {
            format!(
                "damaged  {} {path} (sha256 {found}, not {expected})\n",
                file.id
            )
        }
    }
}

fn freed(removed: &Removed) -> String {
    let mut lines: Vec<String> = removed
        .paths
        .iter()
        .map(|path| format!("{}\n", report::path_text(path)))
        .collect();
    lines.push(format!("{} MB freed\n", removed.bytes / 1_000_000));
    lines.concat()
}

fn show(printer: &Printer, models: &[Installed], json: bool) -> Result<()> {
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
                model: report::Model::of(installed),
                paths: paths(installed),
            })
            .collect();
        return printer.print_json(&shown);
    }
    let paths: Vec<String> = models.iter().flat_map(paths).collect();
    printer.print(&format!("{}\n", paths.join("\n")))
}

fn paths(installed: &Installed) -> Vec<String> {
    installed
        .files
        .iter()
        .map(|file| report::path_text(&file.path))
        .collect()
}

/// What a newcomer to the table asks.
const TABLE_NOTE: &str = "est.: by an estimate, one a task; `traghetto models info MODEL` says what a figure rests on. \
    A model under terms is never taken unless it is named.";

/// The name of a licence, and whether there are terms that a person must accept.
fn terms(manifest: &Manifest) -> String {
    match manifest.licence.allows_default() {
        true => manifest.licence.id.clone(),
        false => format!("{}, terms", manifest.licence.id),
    }
}

/// The kinds of sources that have a model, each once.
fn kinds(manifest: &Manifest) -> Vec<String> {
    let mut kinds: Vec<String> = Vec::new();
    for source in &manifest.sources {
        if !kinds.iter().any(|kind| kind == source.name()) {
            kinds.push(source.name().to_owned());
        }
    }
    kinds
}

fn table(listed: &[Listed]) -> String {
    let mut rows = vec![
        [
            "MODEL",
            "TASKS",
            "LANGUAGES",
            "SIZE",
            "QUALITY",
            "LICENCE",
            "FROM",
            "HERE",
        ]
        .map(str::to_string),
    ];
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
            format!("{} MB", manifest.size.div_ceil(1_000_000)),
            join(reckoned(manifest)).replace(',', ", "),
            terms(manifest),
            join(kinds(manifest)),
            if *installed { "yes" } else { "no" }.to_string(),
        ]);
    }
    let mut widths = [0; 8];
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
