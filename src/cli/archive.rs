//! `traghetto archive`.

use std::time::{Duration, Instant};

use super::args::{ArchiveArgs, ArchiveOptions};
use super::common;
use super::printer::Printer;
use super::settings::Settings;
use crate::archive::{self, Field, Fields, Options, Progress, Totals};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{Batcher, Summarizer};
use crate::pipeline::Observer;
use crate::text::counted;

/// Between two lines of progress.
const LINE_EVERY: Duration = Duration::from_secs(10);

pub fn archive(args: ArchiveArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let ArchiveArgs {
        archive: args,
        quality,
        model,
    } = args;
    let mut to = args.to.clone();
    to.sort_unstable();
    to.dedup();
    if to.len() < args.to.len() {
        let message = "--to names a language more than once";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let translating = common::translating(&model, &quality, settings)?;
    let mut context = common::context(settings, &model, printer)?;
    context.quality = quality.quality.unwrap_or(context.quality);
    context.compute.shortlist = !quality.no_shortlist;
    // A million articles would push out all that is worth remembering.
    context.memory = None;
    let settings_text = format!(
        "{model:?} {quality:?} {:?} {:?} {:?}",
        settings.model.value, context.quality, args.length
    );
    let summarizer = args.summarize.then(|| {
        Summarizer::builder()
            .extract()
            .offline(true)
            .store(&settings.store.value)
            .length(args.length)
            .threads(settings.threads.value)
            .build()
    });
    let options = options(args, settings_text);
    let batcher = Batcher::in_context(context, translating, None);
    let mut told = Instant::now();
    let totals = archive::run(
        batcher,
        summarizer.transpose()?,
        &options,
        &mut |progress| {
            if told.elapsed() >= LINE_EVERY {
                told = Instant::now();
                printer.note(&line(&progress));
            }
        },
    )?;
    tell(&totals, &options, printer);
    Ok(())
}

/// What is asked for; `settings` is what else the translations depend on.
fn options(args: ArchiveOptions, settings: String) -> Options {
    Options {
        inputs: args.input,
        out: args.out,
        from: args.from,
        to: args.to,
        fields: Fields {
            text: field(args.text_field, "text", true),
            id: field(args.id_field, "id", false),
            title: field(args.title_field, "title", false),
        },
        written: args.text_format,
        extract: args.extract,
        summarize: args.summarize,
        format: args.format,
        shard_size: args.shard_size,
        max_bytes: args.max_bytes,
        fail_fast: args.fail_fast,
        settings,
    }
}

/// What has become of the articles.
fn tell(totals: &Totals, options: &Options, printer: &Printer) {
    if totals.ignored > 0 {
        printer.note(&format!(
            "{} files of other kinds were passed over",
            totals.ignored
        ));
    }
    let out = options.out.display();
    if totals.rejected > 0 {
        printer.warn(&format!(
            "{} left out: {out}/rejected.jsonl says why",
            counted(totals.rejected as usize, "article")
        ));
    }
    let before = match totals.before {
        0 => String::new(),
        before => format!(", {before} of them by earlier runs"),
    };
    printer.note(&format!(
        "{} in {} in {out}{before}",
        counted(totals.rows as usize, "article"),
        counted(totals.shards as usize, "file")
    ));
}

fn field(named: Option<String>, usual: &str, required: bool) -> Field {
    Field {
        required: required || named.is_some(),
        name: named.unwrap_or_else(|| usual.to_string()),
    }
}

/// How far it is, in a line.
fn line(progress: &Progress) -> String {
    let seconds = progress.elapsed.as_secs_f64().max(1e-3);
    let left = match progress.left() {
        Some(left) => format!(", {} left", span(left)),
        None => String::new(),
    };
    format!(
        "{} articles, {:.2}/s, {:.0} words/s, {:.1}% of the input{left}",
        progress.before + progress.articles as u64,
        progress.articles / seconds,
        progress.words as f64 / seconds,
        progress.share * 100.0,
    )
}

/// A span of time as people say it.
fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
