//! `traghetto setup`: asks which languages, says what will be needed, and fetches it ahead.

use super::args::SetupArgs;
use super::common::{self, Ask};
use super::printer::Printer;
use super::settings::Settings;
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{Context, Observer, worth};
use crate::registry::{Manifest, Task};
use crate::text::Lang;
use crate::translate::route::{Route, routes};

pub fn setup(args: SetupArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let talk = Talk {
        printer,
        yes: args.yes,
        terminal: printer.terminals().input,
    };
    let from = talk.languages(args.from, "--from", "Which languages will you read from?")?;
    let to = talk.languages(args.to, "--to", "Which languages do you want them in?")?;
    if from.iter().all(|from| to.iter().all(|to| from == to)) {
        let message = format!(
            "there is no pair: {} and {} are one language",
            from[0], to[0]
        );
        return Err(Error::new(ErrorKind::Usage, message)
            .with_hint("name another language with --to, or with --from"));
    }
    let mut context = common::bare_context(settings, Ask::Registries, printer)?;
    context.quality = args.quality.unwrap_or(context.quality);
    let mut setup = Setup {
        context: &context,
        talk,
        refused: Vec::new(),
    };
    let mut lacking = Vec::new();
    for &from in &from {
        for &to in to.iter().filter(|to| **to != from) {
            if !setup.pair(from, to)? {
                lacking.push(format!("{from} → {to}"));
            }
        }
    }
    match lacking.is_empty() {
        true => Ok(()),
        false => {
            let why = format!("nothing was fetched that translates {}", lacking.join(", "));
            Err(Error::new(ErrorKind::Unavailable, why)
                .with_hint("`traghetto models list` shows what there is"))
        }
    }
}

/// Questions and answers.
struct Talk<'a> {
    printer: &'a Printer,
    /// Everything is agreed to.
    yes: bool,
    terminal: bool,
}

impl Talk<'_> {
    /// The languages that a flag names, or that are named when asked for.
    fn languages(&self, named: Vec<Lang>, flag: &str, question: &str) -> Result<Vec<Lang>> {
        if !named.is_empty() {
            return Ok(named);
        }
        if !self.terminal {
            let message = format!("{flag} must say which languages");
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("such as: traghetto setup --from it --to en --yes"));
        }
        loop {
            let answer = self.ask(&format!("{question} (codes or names, such as it, de)"))?;
            let words = answer.split([',', ' ']).filter(|word| !word.is_empty());
            match words.map(str::parse).collect::<Result<Vec<Lang>>>() {
                Ok(langs) if !langs.is_empty() => return Ok(langs),
                Ok(_) => {}
                Err(error) => self.printer.error(&error),
            }
        }
    }

    /// Whether the user agrees.
    fn agrees(&self, question: &str) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !self.terminal {
            return Err(Error::new(ErrorKind::Usage, "there is nobody to agree")
                .with_hint("add --yes to fetch what is proposed"));
        }
        let answer = self.ask(&format!("{question} [Y/n]"))?;
        Ok(matches!(answer.to_lowercase().as_str(), "" | "y" | "yes"))
    }

    /// A line of the user's.
    fn ask(&self, question: &str) -> Result<String> {
        self.printer.question(question);
        let mut line = Vec::new();
        let read = self.printer.read(|input| {
            let mut byte = [0];
            loop {
                match input.read(&mut byte)? {
                    0 => return Ok(!line.is_empty()),
                    _ if byte[0] == b'\n' => return Ok(true),
                    _ => line.push(byte[0]),
                }
            }
        });
        match read {
            Ok(true) => Ok(String::from_utf8_lossy(&line).trim().to_owned()),
            Ok(false) => Err(Error::new(
                ErrorKind::Usage,
                "the input ended before an answer",
            )),
            Err(error) => Err(Error::io("reading", "standard input", error)),
        }
    }
}

/// What is being set up.
struct Setup<'a> {
    context: &'a Context,
    talk: Talk<'a>,
    /// Ids of models that could not be had.
    refused: Vec<String>,
}

impl Setup<'_> {
    /// Proposes the best way from one language to another, and the next if its models can't be had. Says whether there
    /// is one in the end.
    fn pair(&mut self, from: Lang, to: Lang) -> Result<bool> {
        let Context {
            catalogue,
            quality,
            store,
            fetch,
            ..
        } = self.context;
        let printer = self.talk.printer;
        let all = routes(catalogue, from, to, *quality, &|model| {
            engine::can_run(model) && model.is_within_reach()
        });
        for route in &all {
            let missing = missing(route, |model| store.installed(model, fetch).is_some());
            if missing.iter().any(|model| self.refused.contains(&model.id)) {
                continue;
            }
            if missing.is_empty() {
                printer.print(&format!("{route}: here\n"))?;
                return Ok(true);
            }
            let worth: Vec<String> = missing.iter().map(|m| worth(m, Task::Translate)).collect();
            printer.print(&format!("{route}: needs {}\n", worth.join(" and ")))?;
            let megabytes = missing
                .iter()
                .map(|model| model.size)
                .sum::<u64>()
                .div_ceil(1_000_000);
            let question = format!("Fetch {megabytes} MB into {}?", store.root().display());
            if !self.talk.agrees(&question)? {
                return Ok(false);
            }
            let mut got_all = true;
            for model in missing {
                if let Err(error) = engine::obtain(store, model, fetch, printer) {
                    printer.warn(&error.to_string());
                    self.refused.push(model.id.clone());
                    got_all = false;
                    break;
                }
            }
            if got_all {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The models of a route that aren't here, each once.
fn missing<'a>(route: &Route<'a>, is_here: impl Fn(&Manifest) -> bool) -> Vec<&'a Manifest> {
    let mut missing: Vec<&Manifest> = Vec::new();
    for leg in &route.legs {
        let known = missing.iter().any(|model| model.id == leg.model.id);
        if !known && !is_here(leg.model) {
            missing.push(leg.model);
        }
    }
    missing
}
