//! `traghetto bench article`: what each model that is here makes of one article, how fast, and which one to take.
//!
//! Every model translates in a process of its own, so that its memory is its own, and as a user would run it: with
//! loading, checks and repair.

use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::args::BenchArticleArgs;
use super::common;
use super::printer::{self, Printer};
use super::settings::Settings;
use crate::bench;
use crate::engine::can_run;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Target;
use crate::pipeline::Context;
use crate::registry::{Manifest, Progress, Task};
use crate::text::Lang;

/// What was found.
#[derive(Serialize)]
struct Found {
    article: String,
    from: Lang,
    words: usize,
    threads: usize,
    runs: Vec<Run>,
    /// The run to prefer, a language each: indices into `runs`.
    recommended: Vec<usize>,
}

/// One translation of the article.
#[derive(Serialize)]
struct Run {
    to: Lang,
    /// What was asked for: a model's id, or what the program chooses.
    asked: String,
    /// The models that it went through.
    models: Vec<String>,
    /// The languages that it went through.
    route: Vec<String>,
    /// Seconds from start to end, loading and checks with them.
    seconds: f64,
    /// Words of the article a second; `None` if it failed.
    words_s: Option<f64>,
    /// Most memory, in MiB; `None` where the system doesn't tell.
    peak_rss_mib: Option<f64>,
    /// chrF that was measured or published for the route; `None` where nobody did.
    chrf: Option<f64>,
    /// Mean probability that a segment misleads; `None` where the model tells nothing of its own sureness.
    mean_risk: Option<f64>,
    /// Segments.
    segments: usize,
    /// Segments that a reader is told to check.
    told: usize,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

pub fn article(args: BenchArticleArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let output = args.output.as_deref().map(Target::open).transpose()?;
    let path = match &args.input.input {
        Some(path) if path.as_os_str() != "-" => path.clone(),
        _ => {
            let message = "each model reads the article anew, so it must be a file";
            return Err(Error::new(ErrorKind::Usage, message));
        }
    };
    let reading = args.input.flags();
    let document = common::document(args.input, printer)?;
    let context = common::bare_context(settings, common::Ask::Kept, printer)?;
    let words = document.article.source().split_whitespace().count();
    let mut runs: Vec<Run> = Vec::new();
    for &to in args.to.iter().filter(|&&to| to != document.lang) {
        for model in choices(&context, document.lang, to) {
            printer.note(&format!("{to}: {}", name(model.as_deref())));
            let run = Child {
                path: &path,
                reading: &reading,
                from: document.lang,
                to,
                model,
                settings,
            }
            .run(words)?;
            // The program's own choice is often one of the models.
            let same = |other: &Run| {
                other.to == to && other.models == run.models && other.route == run.route
            };
            if run.failed.is_some() || !runs.iter().any(same) {
                runs.push(run);
            }
        }
    }
    if runs.is_empty() {
        let message = format!("the article is in {} already", document.lang.name());
        return Err(
            Error::new(ErrorKind::Usage, message).with_hint("name other languages with --to")
        );
    }
    if let [
        Run {
            failed: Some(why), ..
        },
        ..,
    ] = &runs[..]
        && runs.iter().all(|run| run.failed.is_some())
    {
        return Err(Error::new(ErrorKind::Inference, why.clone()));
    }
    let found = Found {
        article: path.display().to_string(),
        from: document.lang,
        words,
        threads: settings.threads.value,
        recommended: args.to.iter().filter_map(|&to| best(&runs, to)).collect(),
        runs,
    };
    let text = match if args.json {
        "json"
    } else {
        args.format.as_str()
    } {
        "json" => printer::json(&found)?,
        "html" => page(&found)?,
        _ => table(&found),
    };
    match output {
        Some(file) => file.write(text.as_bytes()),
        None => printer.print(&text),
    }
}

/// What to try for a pair: the program's choice, then each model here that translates it.
fn choices(context: &Context, from: Lang, to: Lang) -> Vec<Option<String>> {
    let translates = |model: &&Manifest| {
        let pair = model.pairs.contains(&(from, to))
            || model.languages.contains(&from) && model.languages.contains(&to);
        model.tasks.contains(&Task::Translate) && pair && can_run(model)
    };
    let here = |model: &&Manifest| context.store.installed(model, &context.fetch).is_some();
    let models = context
        .catalogue
        .all()
        .iter()
        .filter(translates)
        .filter(here);
    std::iter::once(None)
        .chain(models.map(|model| Some(model.id.clone())))
        .collect()
}

fn name(model: Option<&str>) -> &str {
    model.unwrap_or("the program's choice")
}

/// One translation in a process of its own.
struct Child<'a> {
    path: &'a PathBuf,
    /// How the article is read.
    reading: &'a [String],
    from: Lang,
    to: Lang,
    model: Option<String>,
    settings: &'a Settings,
}

/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(10);

impl Child<'_> {
    fn command(&self, report: File) -> Result<Command> {
        let program =
            std::env::current_exe().map_err(|error| Error::io("finding", "this program", error))?;
        let mut command = Command::new(program);
        command.arg("translate").arg(self.path).args(self.reading);
        command.args(["--from", self.from.code(), "--to", self.to.code()]);
        command.args(["--json", "--offline", "--no-memory"]);
        command.args(["--threads", &self.settings.threads.value.to_string()]);
        command.args(["--device", &self.settings.device.value.to_string()]);
        command.args(["--kv-cache", &self.settings.kv_cache.value.to_string()]);
        if self.settings.config.exists() {
            command.arg("--config").arg(&self.settings.config);
        }
        if let Some(model) = &self.model {
            command.args(["--model", model]);
        }
        command
            .stdin(Stdio::null())
            .stdout(report)
            .stderr(Stdio::piped());
        Ok(command)
    }

    fn run(self, words: usize) -> Result<Run> {
        let failed = |error| Error::io("running", "this program", error);
        let report = tempfile::NamedTempFile::new().map_err(failed)?;
        let started = Instant::now();
        let mut child = self
            .command(report.reopen().map_err(failed)?)?
            .spawn()
            .map_err(failed)?;
        let status = format!("/proc/{}/status", child.id());
        let errors = child.stderr.take();
        // What it says must be read while it runs, or it waits.
        let said = thread::spawn(move || errors.map(std::io::read_to_string));
        let mut peak = None;
        let code = loop {
            peak = bench::peak_rss_mib(&status).or(peak);
            match child.try_wait().map_err(failed)? {
                Some(code) => break code,
                None => thread::sleep(LOOK),
            }
        };
        let seconds = started.elapsed().as_secs_f64();
        let said = said
            .join()
            .ok()
            .flatten()
            .and_then(std::io::Result::ok)
            .unwrap_or_default();
        let mut run = Run {
            to: self.to,
            asked: name(self.model.as_deref()).to_string(),
            models: Vec::new(),
            route: Vec::new(),
            seconds,
            words_s: code.success().then(|| words as f64 / seconds),
            peak_rss_mib: peak,
            chrf: None,
            mean_risk: None,
            segments: 0,
            told: 0,
            failed: None,
        };
        if code.success() {
            let text = std::fs::read(report.path()).map_err(failed)?;
            let report: Value = serde_json::from_slice(&text).map_err(|error| {
                Error::new(ErrorKind::Io, "a report can't be read").with_source(error)
            })?;
            run.read(&report["translations"][0]);
        } else {
            let error = said.lines().find_map(|line| line.strip_prefix("error: "));
            run.failed = Some(error.unwrap_or("it was stopped").to_string());
        }
        Ok(run)
    }
}

impl Run {
    /// Takes what the report says of the translation.
    fn read(&mut self, translation: &Value) {
        let strings = |value: &Value| -> Vec<String> {
            let all = value.as_array().into_iter().flatten();
            all.filter_map(Value::as_str).map(str::to_string).collect()
        };
        self.models = strings(&translation["models"]);
        self.route = strings(&translation["route"]);
        self.chrf = translation["quality"]["chrf"].as_f64();
        let segments = translation["segments"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let risks: Vec<f64> = segments
            .iter()
            .filter_map(|segment| segment["risk"]["probability"].as_f64())
            .collect();
        self.mean_risk =
            (!risks.is_empty()).then(|| risks.iter().sum::<f64>() / risks.len() as f64);
        self.segments = segments.len();
        let told = |segment: &&Value| {
            segment["findings"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        };
        self.told = segments.iter().filter(told).count();
    }
}

/// The run to prefer for a language: the best measured one, the fastest of those within a point; where nobody measured,
/// the one with the least to check.
fn best(runs: &[Run], to: Lang) -> Option<usize> {
    let own = || (0..runs.len()).filter(|&n| runs[n].to == to && runs[n].failed.is_none());
    let most = own()
        .filter_map(|n| runs[n].chrf)
        .fold(f64::NEG_INFINITY, f64::max);
    let near = |n: &usize| runs[*n].chrf.is_some_and(|chrf| chrf >= most - 1.0);
    let faster = |a: &usize, b: &usize| runs[*a].seconds.total_cmp(&runs[*b].seconds);
    own().filter(near).min_by(faster).or_else(|| {
        let told = |n: &usize| runs[*n].told as f64 / runs[*n].segments.max(1) as f64;
        own().min_by(|a, b| told(a).total_cmp(&told(b)).then(faster(a, b)))
    })
}

/// `value` to so many places, or that nobody measured it.
fn shown(value: Option<f64>, places: usize) -> String {
    value.map_or("–".to_string(), |value| format!("{value:.places$}"))
}

impl Run {
    /// Its cells: languages, models, seconds, words a second, memory, chrF, risk, told segments.
    fn cells(&self) -> [String; 8] {
        if let Some(why) = &self.failed {
            let mut cells = [const { String::new() }; 8];
            cells[0] = self.to.code().to_string();
            cells[1] = format!("{}: {why}", self.asked);
            return cells;
        }
        [
            self.route.join("→"),
            self.models.join(" + "),
            format!("{:.1}", self.seconds),
            shown(self.words_s, 1),
            shown(self.peak_rss_mib, 0),
            shown(self.chrf, 1),
            shown(self.mean_risk, 2),
            format!("{} of {}", self.told, self.segments),
        ]
    }
}

const HEADS: [&str; 8] = [
    "route", "models", "seconds", "words/s", "MiB", "chrF", "risk", "to check",
];

fn table(found: &Found) -> String {
    let mut rows = vec![HEADS.map(str::to_string)];
    rows.extend(found.runs.iter().map(Run::cells));
    let width = |n: usize| {
        rows.iter()
            .map(|row| row[n].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; 8] = std::array::from_fn(width);
    let mut out = format!(
        "{}: {} words, {} threads\n\n",
        found.article, found.words, found.threads
    );
    for row in &rows {
        let cells = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(n, (cell, width))| match n {
                0 | 1 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
        let _ = writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    for &n in &found.recommended {
        let _ = writeln!(out, "\n{}", advice(&found.runs[n]));
    }
    out
}

fn advice(run: &Run) -> String {
    let why = match run.chrf {
        Some(chrf) => format!("chrF {chrf:.1}, and none as good is faster"),
        None => "nobody measured these; it leaves the least to check".to_string(),
    };
    format!(
        "Take {} for {}: {why}.",
        run.models.join(" + "),
        run.to.name()
    )
}

fn page(found: &Found) -> Result<String> {
    let points: Vec<(String, f64, f64)> = found
        .runs
        .iter()
        .filter_map(|run| {
            Some((
                format!("{} ({})", run.models.join(" + "), run.to),
                run.words_s?,
                run.chrf?,
            ))
        })
        .collect();
    let title = format!(
        "{}: {} words, {} threads",
        found.article, found.words, found.threads
    );
    let rows: Vec<[String; 8]> = found.runs.iter().map(Run::cells).collect();
    let notes: Vec<String> = found
        .recommended
        .iter()
        .map(|&n| advice(&found.runs[n]))
        .collect();
    bench::chart_page(&title, &HEADS, &rows, &points, &notes)
}
