//! What several commands need: the context from the settings, the options and the input from the arguments.

use std::path::Path;

use super::args::{InputArgs, ModelArgs, QualityArgs, SummaryArgs};
use super::printer::Printer;
use super::settings::Settings;
use crate::engine::{Compute, Sampling, Seq2SeqChoice};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{self, Memory};
use crate::output::Target;
use crate::pipeline::{
    self, Asking, Context, Document, EXTRACT, InputOptions, Observer, Summarizing, Translating,
};
use crate::prompt::Prompt;
use crate::registry::{Catalogue, FetchOptions, ModelSpec, Store};
use crate::text::dictionary::{Dictionaries, DictionaryFile};
use crate::text::glossary::Glossary;

/// The context of a job, from the settings and what its arguments say about models.
pub fn context(settings: &Settings, args: &ModelArgs, printer: &Printer) -> Result<Context> {
    // A model that was named needs nobody's word for what else there is.
    let ask = match args.model.is_some() || settings.model.value.is_some() {
        true => Ask::Kept,
        false => Ask::Registries,
    };
    let mut context = bare_context(settings, ask, printer)?;
    context.strict |= args.strict;
    context.compute.quantize = args.quantize;
    context.compute.seq2seq.beams = args.beam;
    let sampling = &mut context.compute.seq2seq.sampling;
    sampling.temperature = args.temperature.unwrap_or(sampling.temperature);
    sampling.seed = args.seed.unwrap_or(sampling.seed);
    Ok(context)
}

/// The context from the settings alone.
pub fn bare_context(settings: &Settings, ask: Ask<'_>, printer: &Printer) -> Result<Context> {
    let (catalogue, store, fetch) = registry(settings, ask, printer)?;
    let chosen = settings.device.value.open()?;
    let threads = settings.threads.value;
    printer.note(&format!("Computing on {chosen} with {threads} threads"));
    Ok(Context {
        catalogue,
        store,
        fetch,
        compute: Compute {
            device: chosen.device,
            threads,
            kv: settings.kv_cache.value,
            shortlist: true,
            quantize: None,
            seq2seq: Seq2SeqChoice::default(),
        },
        strict: settings.strict.value,
        quality: settings.quality.value,
        memory: memory(settings, printer),
    })
}

/// The memory, unless the user wants none or it can't be had, which is worth a warning and not a failure.
fn memory(settings: &Settings, printer: &Printer) -> Option<Memory> {
    if settings.no_memory.value {
        return None;
    }
    match open_memory(settings, printer) {
        Ok(memory) => Some(memory),
        Err(error) => {
            printer.warn(&format!("{error}; going on without it"));
            None
        }
    }
}

/// Opens the memory, and says if it had to begin anew.
pub fn open_memory(settings: &Settings, printer: &Printer) -> Result<Memory> {
    let path = &settings.memory.value;
    let memory = Memory::open(path, memory::DEFAULT_LIMIT)?;
    if let Some(aside) = memory.set_aside() {
        printer.warn(&format!(
            "the memory {} is damaged: it was moved to {}, and a new one begun",
            path.display(),
            aside.display()
        ));
    }
    Ok(memory)
}

/// Whether the registries of models are asked for what is new.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// What is kept of them will do.
    Kept,
    /// They are if one of these models is of their families.
    Of(&'a [String]),
    /// They are, unless offline, once a day.
    Registries,
}

/// The catalogue, the store and how models are fetched, from the settings.
pub fn registry(
    settings: &Settings,
    ask: Ask<'_>,
    printer: &Printer,
) -> Result<(Catalogue, Store, FetchOptions)> {
    let mut catalogue = Catalogue::load(Some(&settings.config_dir.join("models")))?;
    let store = Store::open(&settings.store.value);
    let fetch = FetchOptions {
        offline: settings.offline.value,
        accept: settings.accept.clone(),
        registry: settings.registry.value.clone(),
        ..FetchOptions::from_env()
    };
    let mut families = catalogue.families().iter();
    let kept_will_do = match ask {
        Ask::Kept => true,
        Ask::Of(models) => !families.any(|family| models.iter().any(|model| family.has(model))),
        Ask::Registries => false,
    };
    let asking = FetchOptions {
        offline: fetch.offline || kept_will_do,
        ..fetch.clone()
    };
    store.read_registries(&mut catalogue, &asking, printer);
    Ok((catalogue, store, fetch))
}

/// Reads the input.
///
/// # Errors
/// [`ErrorKind::Usage`] if no input is named and standard input is a terminal; else as [`pipeline::read`].
pub fn document(args: InputArgs, printer: &Printer) -> Result<Document> {
    if args.input.is_none() && printer.terminals().input {
        return Err(Error::new(ErrorKind::Usage, "no input")
            .with_hint("name a file, pipe a text in, or say - to type one"));
    }
    let options = InputOptions {
        path: args.input,
        from: args.from,
        encoding: args.encoding,
        format: args.input_format,
        extract: args.extract,
        keep_labels: args.keep_labels,
        unwrap: args.unwrap,
    };
    printer.read(|stdin| pipeline::read(&options, stdin, printer))
}

/// How to translate.
pub fn translating(
    args: &ModelArgs,
    quality: &QualityArgs,
    settings: &Settings,
) -> Result<Translating> {
    let named = args.model.as_ref().or(settings.model.value.as_ref());
    Ok(Translating {
        asking: asking(args, named, prompt(args.prompt.as_deref(), "translate")?)?,
        repair: quality.repair,
        glossary: quality
            .glossary
            .as_deref()
            .map(Glossary::open)
            .transpose()?,
        dictionaries: dictionaries(&quality.dictionary, settings)?,
        meaning: quality.meaning,
    })
}

/// How a model translates with default settings.
pub fn by_model(name: &str) -> Result<Translating> {
    let prompt = prompt(None, "translate")?;
    Ok(Translating::of(Asking {
        model: Some(name.parse::<ModelSpec>()?),
        sampling: prompt.parameters()?,
        prompt,
        max_tokens: None,
    }))
}

/// How to summarise, with the model and the prompt that were named for summaries.
pub fn summarizing(
    args: &ModelArgs,
    summary: &SummaryArgs,
    model: Option<&String>,
    prompt_file: Option<&Path>,
    settings: &Settings,
) -> Result<Summarizing> {
    let named = model.or(settings.summary_model.value.as_ref());
    let extract = named.is_some_and(|named| named == EXTRACT);
    let builtin = summary.style.prompt();
    Ok(Summarizing {
        asking: asking(
            args,
            named.filter(|_| !extract),
            prompt(prompt_file, builtin)?,
        )?,
        length: summary.length,
        style: summary.style,
        verify: summary.verify,
        candidates: summary.candidates.into(),
        focus: summary.focus.clone(),
        extract,
    })
}

/// The file that `--output` names; `-` is standard output, as if nothing was named.
pub fn target(output: Option<&Path>) -> Result<Option<Target>> {
    let named = output.filter(|path| *path != Path::new("-"));
    named.map(Target::open).transpose()
}

/// How the sentences of a summary are translated into another language than the article's.
pub fn for_summary(args: &ModelArgs, settings: &Settings) -> Result<Translating> {
    let named = settings.model.value.as_ref();
    Ok(Translating::of(Asking {
        max_tokens: None,
        ..asking(args, named, prompt(None, "translate")?)?
    }))
}

/// The dictionaries that were named, else those of the settings.
///
/// # Errors
/// As [`Dictionaries::open`].
pub fn dictionaries(named: &[DictionaryFile], settings: &Settings) -> Result<Dictionaries> {
    Dictionaries::open(match named.is_empty() {
        true => &settings.dictionaries.value,
        false => named,
    })
}

fn asking(args: &ModelArgs, model: Option<&String>, prompt: Prompt) -> Result<Asking> {
    let mut sampling: Sampling = prompt.parameters()?;
    sampling.temperature = args.temperature.unwrap_or(sampling.temperature);
    sampling.seed = args.seed.unwrap_or(sampling.seed);
    Ok(Asking {
        model: model.map(|text| text.parse::<ModelSpec>()).transpose()?,
        prompt,
        sampling,
        max_tokens: args.max_tokens,
    })
}

fn prompt(file: Option<&Path>, name: &str) -> Result<Prompt> {
    match file {
        Some(path) => Prompt::from_file(path),
        None => Prompt::builtin(name),
    }
}
