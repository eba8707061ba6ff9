//! What goes to which stream. Data goes to standard output; notes, warnings and progress to standard error: with a
//! terminal as bars, without one as plain lines.

use std::io::{Read, Write};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::streams::{Streams, Terminals};
use crate::error::{Error, ErrorKind, Result};
use crate::output::write_stdout;
use crate::pipeline::Observer;
use crate::registry::Progress;
use crate::text::counted;

/// How much goes to standard error, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Quiet,
    Lines,
    Bars,
}

/// Between two plain lines of progress.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The way to the streams.
pub struct Printer {
    input: Mutex<Box<dyn Read + Send>>,
    output: Mutex<Box<dyn Write + Send>>,
    errors: Mutex<Box<dyn Write + Send>>,
    terminals: Terminals,
    mode: Mode,
    bars: MultiProgress,
    download: Mutex<Option<Task>>,
    segments: Mutex<Option<Task>>,
}

/// Something under way.
struct Task {
    what: String,
    bar: Option<ProgressBar>,
    unit: Unit,
    done: u64,
    total: Option<u64>,
    started: Instant,
    last_line: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Segments,
}

impl Printer {
    /// A printer for these streams. `live_text` says that text goes to standard output as it comes: on a terminal, bars
    /// for segments would tear it.
    pub fn new(streams: Streams, quiet: bool, live_text: bool) -> Self {
        let terminals = streams.terminals;
        let mode = match (quiet, terminals.errors) {
            (true, _) => Mode::Quiet,
            (false, true) if !(live_text && terminals.output) => Mode::Bars,
            (false, _) => Mode::Lines,
        };
        Self {
            input: Mutex::new(streams.input),
            output: Mutex::new(streams.output),
            errors: Mutex::new(streams.errors),
            terminals,
            mode,
            bars: MultiProgress::with_draw_target(match mode {
                Mode::Bars => ProgressDrawTarget::stderr(),
                _ => ProgressDrawTarget::hidden(),
            }),
            download: Mutex::new(None),
            segments: Mutex::new(None),
        }
    }

    /// Which streams are terminals.
    pub fn terminals(&self) -> Terminals {
        self.terminals
    }

    /// Lets `read` read standard input.
    pub fn read<T>(&self, read: impl FnOnce(&mut dyn Read) -> T) -> T {
        read(&mut **lock(&self.input))
    }

    /// Writes to standard output; says whether there is still a reader.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a failure that isn't the reader's leaving.
    pub fn write(&self, text: &str) -> Result<bool> {
        write_stdout(&mut **lock(&self.output), text)
    }

    /// Prints data on standard output; a reader that is gone is no failure.
    ///
    /// # Errors
    /// As [`Printer::write`].
    pub fn print(&self, text: &str) -> Result<()> {
        self.write(text).map(drop)
    }

    /// Prints data as JSON on standard output.
    ///
    /// # Errors
    /// As [`Printer::write`].
    pub fn print_json(&self, data: &impl Serialize) -> Result<()> {
        self.print(&json(data)?)
    }

    /// Prints an error and the way out, in quiet mode too.
    pub fn error(&self, error: &Error) {
        self.line(&format!("error: {error}"));
        if let Some(hint) = error.hint() {
            self.line(&format!("  hint: {hint}"));
        }
    }

    /// Puts a question on standard error, in quiet mode too.
    pub fn question(&self, question: &str) {
        let mut errors = lock(&self.errors);
        // A broken standard error leaves nobody to ask; the answer will be missing.
        let _ = write!(errors, "{question} ").and_then(|()| errors.flush());
    }

    fn line(&self, line: &str) {
        // A broken standard error leaves nobody to tell.
        let _ = match self.mode {
            Mode::Bars => self.bars.println(line),
            _ => writeln!(lock(&self.errors), "{line}"),
        };
    }

    fn begin(&self, what: &str, unit: Unit, total: Option<u64>) -> Task {
        let now = Instant::now();
        let bar = (self.mode == Mode::Bars).then(|| {
            let bar = self.bars.add(match total {
                Some(total) => ProgressBar::new(total),
                None => ProgressBar::no_length(),
            });
            bar.set_style(style(unit, total.is_some()));
            bar.set_message(what.to_string());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let task = Task {
            what: what.to_string(),
            bar,
            unit,
            done: 0,
            total,
            started: now,
            last_line: now,
        };
        if self.mode == Mode::Lines {
            self.line(&match (unit, total) {
                (Unit::Bytes, Some(total)) => format!("{what}: {}", HumanBytes(total)),
                (Unit::Segments, Some(total)) => format!("{what}: {}", segments(total)),
                (_, None) => what.to_string(),
            });
        }
        task
    }

    fn step(&self, task: &mut Task, by: u64) {
        task.done += by;
        if let Some(bar) = &task.bar {
            bar.inc(by);
        } else if self.mode == Mode::Lines && task.last_line.elapsed() >= LINE_EVERY {
            task.last_line = Instant::now();
            self.line(&task.progress_line());
        }
    }

    fn end(&self, task: Task) {
        if let Some(bar) = &task.bar {
            bar.finish_and_clear();
            self.bars.remove(bar);
        }
        if self.mode != Mode::Quiet {
            let seconds = task.started.elapsed().as_secs_f64();
            let amount = match task.unit {
                Unit::Bytes => HumanBytes(task.done).to_string(),
                Unit::Segments => segments(task.done),
            };
            self.line(&format!("{}: {amount} in {seconds:.1} s", task.what));
        }
    }
}

impl Task {
    fn progress_line(&self) -> String {
        let rate = self.done as f64 / self.started.elapsed().as_secs_f64().max(1e-3);
        let amount = match (self.unit, self.total) {
            (Unit::Bytes, Some(total)) => {
                format!("{} of {}", HumanBytes(self.done), HumanBytes(total))
            }
            (Unit::Bytes, None) => HumanBytes(self.done).to_string(),
            (Unit::Segments, Some(total)) => format!("{} of {}", self.done, segments(total)),
            (Unit::Segments, None) => segments(self.done),
        };
        let speed = match self.unit {
            Unit::Bytes => format!("{}/s", HumanBytes(rate as u64)),
            Unit::Segments => format!("{rate:.1}/s"),
        };
        let left = match self.total {
            Some(total) if rate > 0.0 => format!(
                ", {:.0} s left",
                total.saturating_sub(self.done) as f64 / rate
            ),
            _ => String::new(),
        };
        format!("{}: {amount}, {speed}{left}", self.what)
    }
}

/// "1 segment", "3 segments".
fn segments(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "segment")
}

fn style(unit: Unit, with_total: bool) -> ProgressStyle {
    let template = match (unit, with_total) {
        (Unit::Bytes, true) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
        (Unit::Bytes, false) => "{spinner} {msg} {bytes} {bytes_per_sec}",
        (Unit::Segments, true) => "{msg} {wide_bar} {pos}/{len} segments {per_sec} {eta} left",
        (Unit::Segments, false) => "{spinner} {msg} {pos} segments",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Printer {
    fn start(&self, what: &str, total: Option<u64>) {
        let task = self.begin(what, Unit::Bytes, total);
        *lock(&self.download) = Some(task);
    }

    fn advance(&self, bytes: u64) {
        if let Some(task) = lock(&self.download).as_mut() {
            self.step(task, bytes);
        }
    }

    fn finish(&self) {
        if let Some(task) = lock(&self.download).take() {
            self.end(task);
        }
    }

    fn note(&self, line: &str) {
        Observer::note(self, line);
    }
}

/// A panic while printing doesn't make the rest less printable.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Observer for Printer {
    fn note(&self, line: &str) {
        if self.mode != Mode::Quiet {
            self.line(line);
        }
    }

    fn warn(&self, line: &str) {
        if self.mode != Mode::Quiet {
            self.line(&format!("warning: {line}"));
        }
    }

    fn downloads(&self) -> &dyn Progress {
        self
    }

    fn begin_segments(&self, what: &str, segments: usize) {
        let task = self.begin(what, Unit::Segments, Some(segments as u64));
        *lock(&self.segments) = Some(task);
    }

    fn segment_done(&self) {
        if let Some(task) = lock(&self.segments).as_mut() {
            self.step(task, 1);
        }
    }

    fn end_segments(&self) {
        if let Some(task) = lock(&self.segments).take() {
            self.end(task);
        }
    }
}
/// `data` as JSON for people and programs, with a line's end.
pub fn json(data: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string_pretty(data).map_err(|error| {
        Error::new(ErrorKind::Io, "the result can't be written as JSON").with_source(error)
    })?;
    Ok(format!("{json}\n"))
}
