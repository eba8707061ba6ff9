//! `traghetto archive`.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::args::{ArchiveArgs, ArchiveOptions, ModelArgs, QualityArgs};
use super::common;
use super::printer::Printer;
use super::settings::Settings;
use crate::archive::{self, Field, Fields, Models, Options, Progress, Totals};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{Batcher, Summarizer};
use crate::pipeline::{Context, EXTRACT, Observer, Translating};
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
    let (extractor, writer) = summarizers(&args, settings)?;
    let depends = depends(&args, &quality, &model, (&translating, &context));
    let options = options(args, depends);
    let batcher = Batcher::in_context(context, translating, None);
    let mut told = Instant::now();
    let models = Models {
        batcher,
        extractor,
        writer,
    };
    let totals = archive::run(models, &options, &mut |progress| {
        if told.elapsed() >= LINE_EVERY {
            told = Instant::now();
            printer.note(&line(&progress));
        }
    })?;
    tell(&totals, &options, printer);
    Ok(())
}

/// What chooses the sentences of summaries, and what writes them where a model was named; neither unless any are wanted.
fn summarizers(
    args: &ArchiveOptions,
    settings: &Settings,
) -> Result<(Option<Summarizer>, Option<Summarizer>)> {
    if !args.summarize {
        return Ok((None, None));
    }
    let builder = || {
        Summarizer::builder()
            .store(&settings.store.value)
            .length(args.length)
            .threads(settings.threads.value)
    };
    let writer = args.summary_model.as_ref().filter(|name| *name != EXTRACT);
    let writer = writer.map(|name| {
        builder()
            .model(name)
            .config(&settings.config_dir)
            .device(settings.device.value)
            .offline(settings.offline.value)
            .build()
    });
    let extractor = builder().extract().offline(true).build()?;
    Ok((Some(extractor), writer.transpose()?))
}

/// What the rows depend on beside what becomes of [`options`]. What a file says is there by its hash, so that one that was
/// edited between two runs is another.
fn depends(
    args: &ArchiveOptions,
    quality: &QualityArgs,
    model: &ModelArgs,
    (translating, context): (&Translating, &Context),
) -> Map<String, Value> {
    let asking = &translating.asking;
    let length = args.summarize.then_some(args.length);
    let writer = args.summary_model.as_deref().unwrap_or(EXTRACT);
    let depends = json!({
        "model": asking.model.as_ref().map(ToString::to_string),
        "strict": context.strict,
        "prompt": asking.prompt.hash(),
        "sampling": asking.sampling,
        "max-tokens": asking.max_tokens,
        "quantize": model.quantize.map(|kind| kind.to_string()),
        "beam": model.beam,
        "kv-cache": context.compute.kv,
        "no-shortlist": quality.no_shortlist,
        "quality": context.quality.to_string(),
        "repair": translating.repair,
        "meaning": translating.meaning.to_string(),
        "glossary": translating.glossary.as_ref().map(|glossary| glossary.hash()),
        "dictionary": translating.dictionaries.hash(),
        "length": length,
        "summary-model": args.summarize.then_some(writer),
    });
    match depends {
        Value::Object(depends) => depends,
        _ => Map::new(),
    }
}

/// What is asked for; `settings` is what else the rows depend on.
fn options(args: ArchiveOptions, settings: Map<String, Value>) -> Options {
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
        progress.before + progress.articles,
        progress.articles as f64 / seconds,
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
