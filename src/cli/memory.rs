//! `traghetto memory …`.

use serde::Serialize;

use super::args::MemoryCommand;
use super::common;
use super::printer::Printer;
use super::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Stats;
use crate::output::report::path_text;
use crate::output::tmx;
use crate::pipeline::{Observer, Remembered, remembered};

pub fn memory(command: MemoryCommand, settings: &Settings, printer: &Printer) -> Result<()> {
    // A bad path fails before anything else is done.
    let target = match &command {
        MemoryCommand::Export {
            output: Some(path), ..
        } => common::target(Some(path))?,
        _ => None,
    };
    let mut memory = common::open_memory(settings, printer)?;
    match command {
        MemoryCommand::Stats { json } => show(
            printer,
            &Shown {
                path: path_text(memory.path()),
                stats: memory.stats()?,
            },
            json,
        ),
        MemoryCommand::Clear => {
            let entries = memory.clear()?;
            printer.note(&format!("forgot {entries} answers"));
            Ok(())
        }
        MemoryCommand::Export { json, .. } => {
            let segments = remembered(&memory)?;
            let mut lines = String::new();
            if !json {
                lines = tmx::document(segments.iter().map(unit), None);
            }
            for segment in segments.iter().filter(|_| json) {
                let line = serde_json::to_string(segment).map_err(|error| {
                    Error::new(ErrorKind::Io, "a segment can't be written as JSON")
                        .with_source(error)
                })?;
                lines.push_str(&line);
                lines.push('\n');
            }
            match target {
                Some(target) => target.write(lines.as_bytes()),
                None => printer.print(&lines),
            }
        }
    }
}

fn unit(segment: &Remembered) -> tmx::Unit<'_> {
    tmx::Unit {
        id: None,
        from: segment.from,
        to: segment.to,
        source: &segment.source,
        text: &segment.text,
        models: segment.model.clone(),
        notes: Vec::new(),
    }
}

#[derive(Serialize)]
struct Shown {
    path: String,
    #[serde(flatten)]
    stats: Stats,
}

fn show(printer: &Printer, shown: &Shown, json: bool) -> Result<()> {
    if json {
        return printer.print_json(shown);
    }
    let Shown { path, stats } = shown;
    printer.print(&format!(
        "file     {path}, {}\nanswers  {}, {} of at most {}\n",
        indicatif::HumanBytes(stats.file_bytes),
        stats.entries,
        indicatif::HumanBytes(stats.bytes),
        indicatif::HumanBytes(stats.limit),
    ))
}
