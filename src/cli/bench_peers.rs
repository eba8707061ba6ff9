//! `traghetto bench peers`: the same sentences with the same model through this program and through other engines that the
//! user has, alternating, so that a speed is a ratio from one machine at one time.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::args::BenchPeersArgs;
use super::common;
use super::printer::{self, Printer};
use super::settings::Settings;
use crate::article::Segment;
use crate::bench::{Measure, Ratio};
use crate::engine::{Message, Sampling, is_seq2seq, reads_prompts};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{self, Observer};
use crate::prompt::Prompt;
use crate::registry::{Architecture, Installed, ModelSpec, Role};
use crate::text::Lang;
use crate::translate::{Options, Repair, Source, question};

/// A cap on the tokens of an answer that no honest translation reaches.
const MAX_TOKENS: &str = "256";
/// How much two runs of one program differ on a still machine beyond what their samples show.
const DRIFT: f64 = 0.02;

/// An engine of others.
struct Peer {
    name: &'static str,
    /// Which models it runs.
    runs: fn(&Installed) -> bool,
    script: &'static str,
    /// What it is run by.
    by: By,
    /// How to get it.
    hint: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Python(&'static str),
    Node,
}

static PEERS: [Peer; 4] = [
    Peer {
        name: "llama.cpp",
        runs: |model| weights(model).extension().is_some_and(|end| end == "gguf"),
        script: include_str!("../../tests/bench/llamacpp.py"),
        by: By::Python("llama_cpp"),
        hint: "pip install llama-cpp-python, and name that Python with --python",
    },
    Peer {
        name: "CTranslate2",
        runs: |model| model.manifest.architecture == Architecture::Marian,
        script: include_str!("../../tests/bench/ctranslate2_marian.py"),
        by: By::Python("ctranslate2, sentencepiece, transformers, torch"),
        hint: "pip install ctranslate2 sentencepiece transformers torch, and name that Python with --python",
    },
    Peer {
        name: "fxtranslate",
        runs: is_student,
        script: include_str!("../../tests/bench/fxtranslate_student.py"),
        by: By::Python("fxtranslate"),
        hint: "pip install fxtranslate, and name that Python with --python",
    },
    Peer {
        name: "bergamot",
        runs: is_student,
        script: include_str!("../../tests/bench/bergamot_student.mjs"),
        by: By::Node,
        hint: "npm install @browsermt/bergamot-translator in a folder, and name that with --node",
    },
];

fn weights(model: &Installed) -> &Path {
    model.require(Role::Weights).unwrap_or(Path::new(""))
}

fn is_student(model: &Installed) -> bool {
    model.manifest.architecture == Architecture::MarianStudent
}

/// What was found.
#[derive(Serialize)]
struct Found {
    text: String,
    model: String,
    from: Lang,
    to: Lang,
    sentences: usize,
    words: usize,
    threads: usize,
    rows: Vec<Row>,
    /// Engines that didn't run, and why.
    absent: Vec<Absent>,
}

/// One engine.
#[derive(Serialize)]
struct Row {
    engine: String,
    /// Seconds of the whole process, with loading.
    seconds: Measure,
    /// Median seconds of the translation alone, where the engine tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    translating_s: Option<f64>,
    /// Words of the text a second, of the whole process.
    words_s: f64,
    /// Its seconds by ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<Ratio>,
    /// Sentences that it translates letter for letter as we do.
    #[serde(skip_serializing_if = "Option::is_none")]
    equal: Option<usize>,
}

#[derive(Serialize)]
struct Absent {
    engine: &'static str,
    why: String,
}

/// What a script prints.
#[derive(Deserialize)]
struct Said {
    texts: Vec<String>,
    seconds: f64,
}

/// Seconds of the runs of one engine.
#[derive(Default)]
struct Runs {
    whole: Vec<f64>,
    translating: Vec<f64>,
    texts: Vec<String>,
}

pub fn peers(args: BenchPeersArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let output = common::target(args.output.as_deref())?;
    let document = common::document(args.input, printer)?;
    let context = common::bare_context(settings, common::Ask::Kept, printer)?;
    let spec: ModelSpec = args.model.parse()?;
    let model = context
        .store
        .obtain_spec(&context.catalogue, &spec, &context.fetch, printer)?;
    let segments = document.article.segments(Some(document.lang));
    let sentences: Vec<&str> = segments
        .iter()
        .map(|one: &Segment| one.text.as_str())
        .collect();
    if sentences.is_empty() {
        let message = format!("{} has no text to translate", document.name());
        return Err(Error::new(ErrorKind::Input, message));
    }
    let folder = tempfile::tempdir().map_err(failed)?;
    let race = Race {
        settings,
        model: &model,
        spec: &args.model,
        langs: (document.lang, args.to),
        folder: folder.path(),
        sentences: &sentences,
        python: &args.python,
        node: args.node.as_deref(),
    };
    let (present, absent) = race.prepare()?;
    let mut ours = Runs::default();
    let mut theirs: Vec<Runs> = present.iter().map(|_| Runs::default()).collect();
    for round in 1..=args.repeat {
        printer.note(&format!("Round {round} of {}", args.repeat));
        race.ours(&mut ours)?;
        for (peer, runs) in present.iter().zip(&mut theirs) {
            race.theirs(peer, runs)?;
        }
    }
    let words = sentences
        .iter()
        .map(|text| text.split_whitespace().count())
        .sum();
    let row = |engine: String, runs: &Runs| row(engine, runs, &ours, words);
    let mut rows = vec![row(
        format!("traghetto {}", env!("CARGO_PKG_VERSION")),
        &ours,
    )?];
    for (peer, runs) in present.iter().zip(&theirs) {
        rows.push(row(peer.name.to_owned(), runs)?);
    }
    let found = Found {
        text: document.name(),
        model: args.model.clone(),
        from: document.lang,
        to: args.to,
        sentences: sentences.len(),
        words,
        threads: settings.threads.value,
        rows,
        absent,
    };
    let text = match args.json {
        true => printer::json(&found)?,
        false => table(&found),
    };
    match output {
        Some(file) => file.write(text.as_bytes()),
        None => printer.print(&text),
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::io("running", "an engine", error)
}

fn row(engine: String, runs: &Runs, ours: &Runs, words: usize) -> Result<Row> {
    let measure = |seconds: &[f64]| {
        let none = || Error::new(ErrorKind::Usage, "there was no round");
        Measure::of(seconds.to_vec()).ok_or_else(none)
    };
    let (seconds, own) = (measure(&runs.whole)?, measure(&ours.whole)?);
    let is_ours = std::ptr::eq(runs, ours);
    let equal = runs.texts.iter().zip(&ours.texts).filter(|(a, b)| a == b);
    Ok(Row {
        engine,
        words_s: words as f64 / seconds.median,
        ratio: (!is_ours).then(|| Ratio::of(&own, &seconds, DRIFT)),
        equal: (!is_ours).then(|| equal.count()),
        translating_s: Measure::of(runs.translating.clone()).map(|all| all.median),
        seconds,
    })
}

/// What all engines are given.
struct Race<'a> {
    settings: &'a Settings,
    model: &'a Installed,
    /// What the user calls the model.
    spec: &'a str,
    langs: (Lang, Lang),
    /// Scripts, the text, and the model's files by their own names.
    folder: &'a Path,
    sentences: &'a [&'a str],
    python: &'a Path,
    node: Option<&'a Path>,
}

impl Race<'_> {
    /// Lays everything ready; the engines that can run, and those that can't.
    fn prepare(&self) -> Result<(Vec<&'static Peer>, Vec<Absent>)> {
        let write = |name: &str, text: &str| {
            let path = self.folder.join(name);
            std::fs::write(&path, text).map_err(|error| Error::io("writing", path, error))
        };
        write("text.txt", &(self.sentences.join("\n") + "\n"))?;
        write("lines.json", &printer::json(&self.sentences)?)?;
        for file in &self.model.files {
            let there = std::fs::canonicalize(&file.path).map_err(failed)?;
            let name = Path::new(&file.name).file_name().unwrap_or_default();
            let place = self.folder.join(name);
            #[cfg(unix)]
            std::os::unix::fs::symlink(there, place).map_err(failed)?;
            #[cfg(not(unix))]
            std::fs::copy(there, place).map_err(failed)?;
        }
        let (mut present, mut absent) = (Vec::new(), Vec::new());
        for peer in &PEERS {
            if !(peer.runs)(self.model) {
                let why = format!("it runs no model like {}", self.spec);
                absent.push(Absent {
                    engine: peer.name,
                    why,
                });
                continue;
            }
            if !self.is_here(peer) {
                let why = format!("it isn't here: {}", peer.hint);
                absent.push(Absent {
                    engine: peer.name,
                    why,
                });
                continue;
            }
            write(peer.name, peer.script)?;
            if peer.by == By::Node {
                write("bergamot.mjs", peer.script)?;
            }
            if peer.name == "llama.cpp" {
                write("lines.json", &printer::json(&self.questions()?)?)?;
            }
            present.push(peer);
        }
        Ok((present, absent))
    }

    fn is_here(&self, peer: &Peer) -> bool {
        match peer.by {
            By::Python(modules) => Command::new(self.python)
                .args(["-c", &format!("import {modules}")])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
            By::Node => self.node.is_some_and(|folder| {
                folder
                    .join("node_modules/@browsermt/bergamot-translator")
                    .is_dir()
            }),
        }
    }

    /// What a chat model is asked for each sentence.
    fn questions(&self) -> Result<Vec<Vec<Message>>> {
        let own = self.model.manifest.prompt.as_deref();
        let prompt = Prompt::builtin(own.unwrap_or("translate"))?;
        let options = Options {
            from: self.langs.0,
            to: self.langs.1,
            prompt: &prompt,
            sampling: &Sampling::default(),
            max_tokens: None,
            candidates: 1,
            repair: Repair::Off,
            terms: &[],
            dictionary: None,
        };
        let contexts = pipeline::contexts(self.sentences);
        let sources = self.sentences.iter().zip(&contexts);
        let sources = sources.map(|(text, context)| Source {
            text,
            context,
            kept: &[],
            common: &[],
            linked: false,
        });
        sources.map(|source| question(&source, &options)).collect()
    }

    /// Runs this program.
    fn ours(&self, runs: &mut Runs) -> Result<()> {
        let program =
            std::env::current_exe().map_err(|error| Error::io("finding", "this program", error))?;
        let mut command = Command::new(program);
        command.args(["translate", "--quiet", "--offline", "--no-memory"]);
        command.args(["--repair", "off", "--meaning", "off", "--unwrap", "off"]);
        command.args(["--from", self.langs.0.code(), "--to", self.langs.1.code()]);
        command.args(["--threads", &self.settings.threads.value.to_string()]);
        command.args(["--device", &self.settings.device.value.to_string()]);
        command.args(["--model", self.spec]);
        if reads_prompts(&self.model.manifest) {
            // As the others answer, also where the model's own prompt would have it drawn.
            command.args(["--temperature", "0"]);
        }
        if is_seq2seq(self.model.manifest.architecture) {
            command.args(["--beam", "1", "--quantize", "int8"]);
        }
        if self.settings.config.exists() {
            command.arg("--config").arg(&self.settings.config);
        }
        command.env("TRAGHETTO_STORE", &self.settings.store.value);
        command.arg(self.folder.join("text.txt"));
        let (seconds, text) = timed(command, Stdio::null(), "traghetto")?;
        runs.whole.push(seconds);
        runs.texts = text.lines().map(|line| line.trim().to_owned()).collect();
        Ok(())
    }

    /// Runs a peer's script.
    fn theirs(&self, peer: &Peer, runs: &mut Runs) -> Result<()> {
        let mut command = match peer.by {
            By::Python(_) => {
                let mut command = Command::new(self.python);
                command.arg(self.folder.join(peer.name));
                command
            }
            By::Node => {
                let mut command = Command::new("node");
                command.arg(self.folder.join("bergamot.mjs"));
                command
            }
        };
        let threads = self.settings.threads.value.to_string();
        match peer.name {
            "llama.cpp" => {
                let weights = std::fs::canonicalize(weights(self.model)).map_err(failed)?;
                command.arg(weights).args([&threads, MAX_TOKENS]);
            }
            _ => {
                command.arg(self.folder).arg(&threads);
                command.args([self.langs.0.code(), self.langs.1.code()]);
                command.args(self.node);
            }
        }
        let lines = File::open(self.folder.join("lines.json")).map_err(failed)?;
        let (seconds, text) = timed(command, lines.into(), peer.name)?;
        let said: Said = text
            .lines()
            .last()
            .and_then(|line| serde_json::from_str(line).ok())
            .ok_or_else(|| {
                let message = format!("{} said nothing that can be read", peer.name);
                Error::new(ErrorKind::Inference, message)
            })?;
        runs.whole.push(seconds);
        runs.translating.push(said.seconds);
        runs.texts = said.texts;
        Ok(())
    }
}

/// Seconds that a process takes, and what it prints.
fn timed(mut command: Command, input: Stdio, name: &str) -> Result<(f64, String)> {
    command
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let done = command.output().map_err(failed)?;
    let seconds = started.elapsed().as_secs_f64();
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let told = said.lines().find_map(|line| line.strip_prefix("error: "));
        let last = || said.lines().rev().find(|line| !line.trim().is_empty());
        let why = told.or_else(last);
        let message = format!("{name} failed: {}", why.unwrap_or("it was stopped"));
        return Err(Error::new(ErrorKind::Inference, message));
    }
    Ok((seconds, String::from_utf8_lossy(&done.stdout).into_owned()))
}

fn table(found: &Found) -> String {
    let mut rows = vec![
        [
            "engine",
            "seconds",
            "words/s",
            "translating s",
            "seconds by ours",
            "equal sentences",
        ]
        .map(str::to_owned),
    ];
    rows.extend(found.rows.iter().map(|row| {
        let shown = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        let ratio = row
            .ratio
            .map(|ratio| format!("{:.2} ({:.2} – {:.2})", ratio.ratio, ratio.low, ratio.high));
        [
            row.engine.clone(),
            format!("{:.2}", row.seconds.median),
            format!("{:.0}", row.words_s),
            shown(row.translating_s.map(|seconds| format!("{seconds:.2}"))),
            shown(ratio),
            shown(row.equal.map(|n| format!("{n} of {}", found.sentences))),
        ]
    }));
    let width = |n: usize| {
        rows.iter()
            .map(|row| row[n].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut out = format!(
        "{}: {} sentences, {} words, {} → {} by {}, {} threads\n\n",
        found.text, found.sentences, found.words, found.from, found.to, found.model, found.threads
    );
    for row in &rows {
        let cells = row.iter().zip(widths).enumerate();
        let cells = cells.map(|(n, (cell, width))| match n {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        let _ = writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    out.push_str("\nWhole processes with loading, alternating; medians, 95% intervals. Nothing is repaired or asked again.\n");
    for Absent { engine, why } in &found.absent {
        let _ = writeln!(out, "{engine}: {why}");
    }
    out
}
