//! `traghetto eval`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::EvalArgs;
use super::common;
use super::printer::{self, Printer};
use super::settings::Settings;
use crate::RiskLevel;
use crate::article::Format;
use crate::bitext;
use crate::checks::Finding;
use crate::engine::today;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{self, Evaluation, Input, Lines, Report, Segment, Test, Tokenizer, Told};
use crate::output::check::{Head, Listener, Segment as Checked, Tail};
use crate::pipeline::{self, Checking, Document, Meaning, RouteLeg, Session, Translating};
use crate::registry::Figure;
use crate::text::Lang;

/// So many lines are translated, checked and scored together.
const TOGETHER: usize = 10_000;

pub fn eval(args: EvalArgs, settings: &Settings, printer: &Printer) -> Result<()> {
    let target = common::target(args.output.as_deref())?;
    let sides = Sides::of(&args)?;
    let mut evaluation = evaluation(&args, sides.has_source, settings.threads.value)?;
    let mut input = open(&args, printer)?;
    let context = common::bare_context(settings, common::Ask::Kept, printer)?;
    let mut session = Session::new(&context, printer);
    let mut models: Vec<Model> = Vec::new();
    for name in &args.model {
        let how = Translating {
            meaning: args.meaning,
            ..common::by_model(name)?
        };
        models.push(Model::new(how));
    }
    loop {
        let mut segments = Vec::new();
        while segments.len() < TOGETHER
            && let Some(texts) = input.read()?
        {
            segments.push(sides.segment(texts));
        }
        if segments.is_empty() {
            break;
        }
        if let Some(langs) = args.langs {
            for model in &mut models {
                model.translate(&mut session, &mut segments, langs)?;
            }
            if sides.has_source {
                check(&mut session, &mut segments, langs, args.meaning)?;
            }
        }
        evaluation.add(segments)?;
    }
    let mut report = evaluation.finish()?;
    if let Some(langs) = args.langs {
        report.figures = figures(&args, &report, &models, langs)?;
    }
    let format = match (args.json, args.html) {
        (true, _) => "json",
        (_, true) => "html",
        _ => args.format.as_str(),
    };
    let text = match format {
        "json" => printer::json(&report)?,
        "csv" => eval::csv(&report)?,
        "html" => eval::page(&report),
        _ => eval::text(&report),
    };
    match target {
        Some(file) => file.write(text.as_bytes()),
        None => printer.print(&text),
    }
}

/// Which of the texts of a line is what: the source if there is one, the references, the outputs.
struct Sides {
    has_source: bool,
    references: usize,
}

impl Sides {
    /// # Errors
    /// [`ErrorKind::Usage`] if there is nothing to evaluate, or models have nothing to translate.
    fn of(args: &EvalArgs) -> Result<Self> {
        if args.outputs.is_empty() && args.model.is_empty() {
            return Err(
                Error::new(ErrorKind::Usage, "there is nothing to evaluate").with_hint(
                    "name a translation, or a model that translates: --model student-en-pt",
                ),
            );
        }
        let has_source = args.source.is_some() || args.set.is_some();
        if !args.model.is_empty() && !has_source {
            return Err(
                Error::new(ErrorKind::Usage, "the models have nothing to translate")
                    .with_hint("name a text with --source, or one with its reference with --set"),
            );
        }
        if args.langs.is_some() && !has_source {
            let message = "there is no source to check the outputs against";
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("name it with --source, or leave --langs out"));
        }
        Ok(Self {
            has_source,
            references: args.references.len().max(1),
        })
    }

    fn segment(&self, texts: Vec<String>) -> Segment {
        let mut texts = texts.into_iter();
        let source = match self.has_source {
            true => texts.next().unwrap_or_default(),
            false => String::new(),
        };
        Segment {
            source,
            references: texts.by_ref().take(self.references).collect(),
            outputs: texts.collect(),
            told: Vec::new(),
        }
    }
}

fn evaluation(args: &EvalArgs, has_source: bool, threads: usize) -> Result<Evaluation> {
    // A file that is no use is an error even where nobody reads it.
    let mut tokenizer = Some(Tokenizer::open(&args.tokenize, args.spm.as_deref())?);
    let mut again = || match tokenizer.take() {
        Some(tokenizer) => Ok(tokenizer),
        None => Tokenizer::open(&args.tokenize, args.spm.as_deref()),
    };
    let metrics = args.metric.iter();
    let metrics = metrics.map(|wanted| wanted.open(&mut again, args.stem, threads));
    let metrics = metrics.collect::<Result<Vec<_>>>()?;
    if let Some(metric) = metrics
        .iter()
        .find(|metric| metric.needs_source() && !has_source)
    {
        let message = format!("{} reads what was translated", metric.name());
        return Err(Error::new(ErrorKind::Usage, message).with_hint("name it with --source"));
    }
    let files = args.outputs.iter().map(|path| shown(path));
    let systems = files.chain(args.model.iter().cloned()).collect();
    let test = args
        .paired_bs
        .map(Test::Bootstrap)
        .or(args.paired_ar.map(Test::Randomisation));
    Evaluation::new(metrics, systems, test, args.worst)
}

fn shown(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    }
}

/// The files in the order of [`Sides`].
fn open(args: &EvalArgs, printer: &Printer) -> Result<Input> {
    let mut files = Vec::new();
    if let Some(path) = &args.set {
        let Some(format) = bitext::PairFormat::from_path(path) else {
            let message = format!("{} is of no kind that has both sides", path.display());
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("name a tsv, csv, tmx, xlf or po file, or use --source and --ref"));
        };
        let langs = args
            .langs
            .map_or((None, None), |(from, to)| (Some(from), Some(to)));
        files.push(Lines::set(path, format, langs)?);
    }
    let stdin = |path: &PathBuf| path == Path::new("-");
    let all = args
        .source
        .iter()
        .chain(&args.references)
        .chain(&args.outputs);
    if all.clone().filter(|path| stdin(path)).count() > 1 {
        return Err(Error::new(
            ErrorKind::Usage,
            "only one file can be standard input",
        ));
    }
    for path in all {
        files.push(match stdin(path) {
            true => Lines::from_bytes(read(printer)?, "standard input"),
            false => Lines::open(path)?,
        });
    }
    Ok(Input::new(files))
}

fn read(printer: &Printer) -> Result<Vec<u8>> {
    printer.read(|stdin| {
        let mut bytes = Vec::new();
        let failed = |error| Error::io("reading", "standard input", error);
        stdin.read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    })
}

/// A model that translates.
struct Model {
    how: Translating,
    /// The route that it took.
    steps: Vec<RouteLeg>,
}

impl Model {
    fn new(how: Translating) -> Self {
        Self {
            how,
            steps: Vec::new(),
        }
    }

    /// Adds its translations to the outputs. All lines are one text, so that each is read in its context, as in an article.
    fn translate(
        &mut self,
        session: &mut Session<'_>,
        segments: &mut [Segment],
        langs: (Lang, Lang),
    ) -> Result<()> {
        let sources = segments.iter().map(|segment| segment.source.as_str());
        let text = sources.collect::<Vec<_>>().join("\n");
        let whole = self.lines(session, text, langs)?;
        let whole = (whole.len() == segments.len()).then_some(whole);
        for (n, segment) in segments.iter_mut().enumerate() {
            segment.outputs.push(match &whole {
                Some(lines) => lines[n].clone(),
                // Lines were joined.
                None => self
                    .lines(session, segment.source.clone(), langs)?
                    .join(" "),
            });
        }
        Ok(())
    }

    fn lines(
        &mut self,
        session: &mut Session<'_>,
        text: String,
        (from, to): (Lang, Lang),
    ) -> Result<Vec<String>> {
        let document = Document::from_text_in(text, Format::Text, from);
        let started = Instant::now();
        let how = &self.how;
        let made = pipeline::translate(session, &document, to, how, None, started, &mut |_| {})?;
        if self.steps.is_empty() {
            self.steps = made.steps;
        }
        Ok(made.text.split('\n').map(str::to_owned).collect())
    }
}

/// Checks every output against its source.
fn check(
    session: &mut Session<'_>,
    segments: &mut [Segment],
    langs: (Lang, Lang),
    meaning: Meaning,
) -> Result<()> {
    let options = Checking {
        meaning,
        ..Checking::default()
    };
    let systems = segments.first().map_or(0, |segment| segment.outputs.len());
    for n in 0..systems {
        let pairs: Vec<(&str, &str)> = segments
            .iter()
            .map(|segment| (segment.source.as_str(), segment.outputs[n].as_str()))
            .collect();
        let mut found = Found::default();
        pipeline::check_pairs(session, &pairs, langs, &options, &mut found)?;
        for (segment, told) in segments.iter_mut().zip(found.0) {
            segment.told.push(told);
        }
    }
    Ok(())
}

/// What the checks say, segment by segment.
#[derive(Default)]
struct Found(Vec<Told>);

impl Listener for Found {
    fn begin(&mut self, _: &Head) -> Result<()> {
        Ok(())
    }

    fn segment(&mut self, segment: Checked) -> Result<()> {
        let findings = segment.findings.iter().map(Finding::to_string);
        self.0.push(Told {
            check: segment.level == RiskLevel::Check,
            wrong: segment.level == RiskLevel::Wrong,
            findings: findings.collect(),
        });
        Ok(())
    }

    fn end(&mut self, _: &Tail) -> Result<()> {
        Ok(())
    }
}

/// The quality of each model as lines of its manifest.
fn figures(
    args: &EvalArgs,
    report: &Report,
    models: &[Model],
    (from, to): (Lang, Lang),
) -> Result<Vec<String>> {
    let set = args.set.as_ref().or(args.source.as_ref());
    let set = set.and_then(|path| path.file_name()).unwrap_or_default();
    let rounded = |score: f64| (score * 10.0).round() / 10.0;
    let mut figures = Vec::new();
    let systems = report.systems[args.outputs.len()..].iter();
    for (system, model) in systems.zip(models) {
        let score = |name: &str| {
            let found = system.scores.iter().find(|score| score.metric == name);
            found.map(|score| rounded(score.score))
        };
        // A manifest has no figure without BLEU.
        let Some(bleu) = score("BLEU") else { continue };
        let figure = Figure {
            bleu,
            chrf: score("chrF2"),
            set: format!("{}, {} lines", set.to_string_lossy(), report.segments),
            source: format!(
                "this program ({}) with its default settings",
                env!("CARGO_PKG_VERSION")
            ),
            date: today(),
            after: match model.steps.as_slice() {
                [first, _] => Some(first.model.clone()),
                _ => None,
            },
        };
        let lines = toml::to_string(&figure).map_err(|error| {
            Error::new(ErrorKind::Io, "the figures can't be written").with_source(error)
        })?;
        let mut way = vec![from.code()];
        way.extend(model.steps.iter().map(|step| step.to.code()));
        if way.len() == 1 {
            way.push(to.code());
        }
        figures.push(format!(
            "# {}\n[quality.translate.pairs.{}]\n{lines}",
            system.name,
            way.join("-")
        ));
    }
    Ok(figures)
}
