//! `traghetto translate`.

use std::time::Instant;

use super::args::TranslateArgs;
use super::common;
use super::idle;
use super::live::Live;
use super::printer::Printer;
use super::settings::Settings;
use crate::article::Segment;
use crate::error::{Error, ErrorKind, Result};
use crate::output::{Bilingual, OutputFormat, Target};
use crate::pipeline::{self, Observer, Session, TranslatedDocument};
use crate::text::Link;
use crate::translate::Update;

pub fn translate(args: TranslateArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let started = Instant::now();
    let translating = common::translating(&args.model, &args.quality, settings)?;
    let target = common::target(args.output.as_deref())?;
    let document = common::document(args.input, printer)?;
    if document.lang == args.to {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("the input is in {} already", args.to.name()),
        )
        .with_hint("say with --from what it is in, if that was mistaken"));
    }
    let mut context = common::context(settings, &args.model, printer)?;
    context.quality = args.quality.quality.unwrap_or(context.quality);
    context.compute.shortlist = !args.quality.no_shortlist;
    if let Some(n) = args.alternatives {
        context.compute.seq2seq.n_best = n;
        // It keeps one translation a segment.
        context.memory = None;
    }
    let mut flags = idle::of_quality(&args.quality);
    let mut session = Session::new(&context, printer);
    let format = args.format.or(args.json.then_some(OutputFormat::Json));
    let mut live = (target.is_none() && format.is_none()).then(|| Live::new(printer));
    let article = &document.article;
    let shown = live.as_mut().filter(|_| article.is_final_by_segment());
    // Only what is shown as it comes needs them here.
    let segments = match shown {
        Some(_) => article.segments(Some(document.lang)),
        None => Vec::new(),
    };
    let mut stream = shown.map(|live| Stream::new(live, article.source(), &segments));
    let made = pipeline::translate(
        &mut session,
        &document,
        args.to,
        &translating,
        target.as_ref().map(Target::path),
        started,
        &mut |update| {
            if let Some(stream) = &mut stream {
                stream.show(update);
            }
        },
    )?;
    if let Some(error) = stream.and_then(|stream| stream.failed) {
        return Err(error);
    }
    let TranslatedDocument { text, report, .. } = made;
    if let Some(live) = &mut live {
        live.close(&text)?;
    }
    for warning in &report.warnings {
        printer.warn(&warning.message);
    }
    flags.extend(idle::of_model(&args.model));
    flags.extend(idle::of_alternatives(args.alternatives.is_some()));
    let models = report.models.iter().map(|model| model.id.as_str());
    idle::tell(flags, &session, models);
    let other = match (format, report.translations.first()) {
        (Some(format), Some(translation)) => Some(format.render(&Bilingual {
            article: &document.article,
            report: &report,
            translation,
        })?),
        _ => None,
    };
    match (target, other) {
        // With --json a file gets the translation, standard output the report.
        (Some(target), Some(report)) if args.json => {
            target.write(text.as_bytes())?;
            printer.print(&report)
        }
        (Some(target), other) => target.write(other.as_ref().unwrap_or(&text).as_bytes()),
        (None, Some(other)) => printer.print(&other),
        (None, None) => Ok(()),
    }
}

/// Segments become final out of order; a reader wants them in order. The first segment that isn't final is shown as it
/// comes, those after it wait.
struct Stream<'a, 'p> {
    live: &'a mut Live<'p>,
    source: &'a str,
    segments: &'a [Segment],
    /// How far the source has been passed on or replaced.
    at: usize,
    waiting: Vec<Waiting>,
    head: usize,
    /// The sink can't fail, so a failure waits here.
    failed: Option<Error>,
}

#[derive(Clone, Default)]
struct Waiting {
    partial: String,
    finished: Option<(String, Vec<Link>)>,
}

impl<'a, 'p> Stream<'a, 'p> {
    fn new(live: &'a mut Live<'p>, source: &'a str, segments: &'a [Segment]) -> Self {
        Self {
            live,
            source,
            segments,
            at: 0,
            waiting: vec![Waiting::default(); segments.len()],
            head: 0,
            failed: None,
        }
    }

    fn show(&mut self, update: Update<'_>) {
        if self.failed.is_some() {
            return;
        }
        if let Err(error) = self.try_show(update) {
            self.failed = Some(error);
        }
    }

    fn try_show(&mut self, update: Update<'_>) -> Result<()> {
        match update {
            Update::Partial { segment, text } if segment == self.head => {
                self.live.provisional(text)
            }
            Update::Partial { segment, text } => {
                self.waiting[segment].partial.push_str(text);
                Ok(())
            }
            Update::Final {
                segment,
                translated,
            } => {
                self.waiting[segment] = Waiting {
                    partial: String::new(),
                    finished: Some((translated.text.clone(), translated.links.clone())),
                };
                while let Some(Some((text, links))) = self
                    .waiting
                    .get_mut(self.head)
                    .map(|next| next.finished.take())
                {
                    let segment = &self.segments[self.head];
                    let between = &self.source[self.at..segment.span.start];
                    self.live
                        .settle(&format!("{between}{}", segment.restore_by(&text, &links).0))?;
                    self.at = segment.span.end;
                    self.head += 1;
                    if let Some(next) = self.waiting.get(self.head) {
                        self.live.provisional(&next.partial)?;
                    }
                }
                Ok(())
            }
        }
    }
}
