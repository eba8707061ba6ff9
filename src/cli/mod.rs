//! The command line: parse, resolve, run, print. Standard output carries data only.

mod archive;
mod args;
mod bench;
mod bench_article;
mod bench_peers;
mod check;
mod common;
mod config_file;
mod doctor;
mod eval;
mod exit;
mod idle;
mod live;
mod memory;
mod models;
mod printer;
mod run;
mod serve;
mod settings;
mod setup;
mod streams;
mod summarize;
mod translate;

use std::ffi::OsString;
use std::io::Write;

use clap::error::ErrorKind as ClapErrorKind;
use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use exit::{DONE, FAILED, USAGE};
use printer::Printer;
use settings::{Env, Settings};
pub use streams::{Streams, Terminals};

use crate::error::{Error, ErrorKind, Result};
use crate::languages;
use crate::pipeline::Observer;

/// Runs the command line `args` (the program's name first) and returns the exit code. `env` is asked for environment
/// variables.
pub fn main(args: impl IntoIterator<Item = OsString>, env: Env<'_>, streams: Streams) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return explain(&error, env, streams),
    };
    let live_text = match &cli.command {
        Command::Translate(args) => args.output.is_none() && !args.json && args.format.is_none(),
        Command::Summarize(args) => args.output.is_none() && !args.json,
        _ => false,
    };
    let printer = Printer::new(streams, cli.global.quiet, live_text);
    for line in idle::regions(&args) {
        printer.note(&line);
    }
    match dispatch(cli, env, &printer) {
        Ok(code) => code,
        Err(error) => {
            printer.error(&error);
            match error.kind() {
                ErrorKind::Usage => USAGE,
                _ => FAILED,
            }
        }
    }
}

/// Prints help, the version, or what is wrong with the arguments.
fn explain(error: &clap::Error, env: Env<'_>, mut streams: Streams) -> u8 {
    let (stream, terminal) = match error.use_stderr() {
        true => (&mut streams.errors, streams.terminals.errors),
        false => (&mut streams.output, streams.terminals.output),
    };
    let plain = env("NO_COLOR").is_some_and(|value| !value.is_empty());
    let text = match terminal && !plain {
        true => error.render().ansi().to_string(),
        false => error.render().to_string(),
    };
    // A reader that is gone has read enough.
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
    match error.kind() {
        ClapErrorKind::DisplayHelp | ClapErrorKind::DisplayVersion => DONE,
        _ => USAGE,
    }
}

/// Does what the command says; the exit code.
fn dispatch(cli: Cli, env: Env<'_>, printer: &Printer) -> Result<u8> {
    if let Command::Completions { shell } = cli.command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "traghetto", &mut script);
        printer.print(&String::from_utf8_lossy(&script))?;
        return Ok(DONE);
    }
    let threads = cli.global.threads.as_slice();
    if threads.len() > 1 && !matches!(cli.command, Command::Bench(_)) {
        let message = "--threads takes one number; only `bench` measures with several";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let settings = Settings::resolve(&cli.global, env)?;
    languages::load(&settings.config_dir.join("languages"))?;
    match cli.command {
        Command::Run(args) => run::run(args, &settings, printer),
        Command::Translate(args) => translate::translate(args, &settings, printer),
        Command::Summarize(args) => summarize::summarize(args, &settings, printer),
        Command::Bench(args) => return bench::bench(args, threads, &settings, printer),
        Command::Setup(args) => setup::setup(args, &settings, printer),
        Command::Archive(args) => archive::archive(args, &settings, printer),
        Command::Serve(args) => serve::serve(args, &settings, printer),
        Command::Check(args) => check::check(args, &settings, printer),
        Command::Eval(args) => eval::eval(args, &settings, printer),
        Command::Models(command) => models::models(command, &settings, printer),
        Command::Memory(command) => memory::memory(command, &settings, printer),
        Command::Doctor(args) => doctor::doctor(args, &settings, printer),
        Command::Completions { .. } => Ok(()),
    }
    .map(|()| DONE)
}
