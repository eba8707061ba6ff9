//! `traghetto serve`.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::args::{KeysCommand, ServeArgs, ServeCommand};
use super::common;
use super::printer::Printer;
use super::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::face::{Batcher, Generator, Suggestions};
use crate::pipeline::{Context, Observer};
use crate::server::{self, Keys, Limits, Log, time};

pub fn serve(args: ServeArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let file = settings.config_dir.join("keys.json");
    if let Some(ServeCommand::Keys(command)) = args.command {
        return keys(command, Keys::open(file)?, printer);
    }
    let limits = args.limits;
    let translating = common::translating(&args.model, &args.quality, settings)?;
    let context = || -> Result<Context> {
        let mut context = common::context(settings, &args.model, printer)?;
        context.quality = args.quality.quality.unwrap_or(context.quality);
        context.compute.shortlist = !args.quality.no_shortlist;
        // What clients send is not kept.
        context.memory = None;
        Ok(context)
    };
    let memory = limits.memory_limit.map(|mib| (mib as u64) << 20);
    let named = settings.summary_model.value.as_ref();
    let summary_model = named.map(|name| name.parse()).transpose()?;
    let for_summary = common::for_summary(&args.model, settings)?;
    let generator = Generator::in_context(context()?, summary_model, for_summary, memory);
    let mut context = context()?;
    if limits.alternatives > 0 {
        context.compute.seq2seq.n_best = limits.alternatives + 1;
    }
    let batcher = Batcher::in_context(context, translating, memory);
    let suggestions = match limits.suggestions {
        true => Some(Suggestions::open(&settings.memory.value)?),
        false => None,
    };
    let options = server::Options {
        host: limits.host,
        port: limits.port,
        limits: Limits {
            body: limits.body_limit,
            chars: limits.char_limit,
            list: limits.batch_limit,
            requests: limits.req_limit,
            queue: limits.queue,
            wait: Duration::from_secs(limits.timeout as u64),
        },
        glossaries: settings.config_dir.join("server.redb"),
        keys: file,
        suggestions,
        require_key: limits.require_key,
        trust_forwarded: limits.trust_forwarded_for,
        cors: limits.cors,
        grace: Duration::from_secs(limits.grace as u64),
    };
    let (sender, lines) = channel();
    let told = sender.clone();
    let log = Log::new(limits.log_format, move |line| {
        // Who listens no more has ended.
        let _ = told.send(Some(line));
    });
    std::thread::scope(|scope| {
        let serving = scope.spawn(move || {
            let served = server::serve((batcher, generator), options, log);
            // What still runs then holds a log too, but nothing of it is waited for.
            let _ = sender.send(None);
            served
        });
        while let Ok(Some(line)) = lines.recv() {
            printer.note(&line);
        }
        serving.join().unwrap_or_else(|_| {
            let message = "the server has failed";
            Err(Error::new(ErrorKind::Inference, message))
        })
    })
}

fn keys(command: KeysCommand, mut keys: Keys, printer: &Printer) -> Result<()> {
    match command {
        KeysCommand::Add {
            name,
            req_limit,
            char_limit,
        } => {
            let key = keys.add(&name, req_limit, char_limit)?;
            printer.print(&format!("{key}\n"))
        }
        KeysCommand::List => {
            let all = |limit: Option<String>| limit.unwrap_or_else(|| "as for all".to_string());
            let mut table = String::new();
            for key in keys.all() {
                table.push_str(&format!(
                    "{}\tmade {}\trequests a minute: {}\tcharacters: {}\n",
                    key.name,
                    time(key.made_at),
                    all(key.req_limit.map(|n| n.to_string())),
                    all(key.char_limit.map(|n| n.to_string())),
                ));
            }
            printer.print(&table)
        }
        KeysCommand::Revoke { name } => keys.revoke(&name),
    }
}
