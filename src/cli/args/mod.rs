//! What the command line can say. Types only: nothing here acts, and defaults that the configuration may change are
//! `None` until `settings` resolves them.

mod archive;
mod bench;
mod check;
mod eval;
mod input;
mod models;
mod parse;
mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use archive::ArchiveOptions;
pub use bench::{BenchArgs, BenchArticleArgs, BenchCommand, BenchPeersArgs};
pub use check::CheckArgs;
pub use eval::EvalArgs;
pub use input::InputArgs;
pub use models::{MemoryCommand, ModelsCommand, SetupArgs};
pub(super) use parse::parse_threads;
use parse::{parse, parse_beams, parse_positive, parse_temperature, parse_words};
pub use serve::{KeysCommand, ServeCommand, ServeLimits};

use crate::device::DeviceChoice;
use crate::engine::{KvType, Quantize};
use crate::output::OutputFormat;
use crate::pipeline::Meaning;
use crate::summarize::{Length, Style, Verify};
use crate::text::Lang;
use crate::text::dictionary::DictionaryFile;
use crate::translate::Repair;
use crate::translate::route::Tier;

/// Ferries an article into other languages and summarises it, privately, with open models on your own machine.
#[derive(Debug, Parser)]
#[command(
    name = "traghetto",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "Example:\n  traghetto run article.it.md --to en,pt --out out\n\n\
        Settings come from flags, then TRAGHETTO_* variables, then the configuration file; \
        `traghetto doctor` shows each.\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 slower than allowed."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options that hold for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Threads to compute with [default: every core]
    #[arg(long, global = true, value_name = "N", value_parser = parse_threads, value_delimiter = ',')]
    pub threads: Vec<usize>,
    /// Where to compute: auto, cpu, cuda, cuda:N or metal; auto is a GPU if the build has code for one and finds it,
    /// else the CPU [default: auto]
    #[arg(long, global = true, value_name = "DEVICE", value_parser = parse::<DeviceChoice>)]
    pub device: Option<DeviceChoice>,
    /// How language models keep keys and values: f16, or q8 in half the memory [default: f16]
    #[arg(long, global = true, value_name = "TYPE", value_parser = str::parse::<KvType>)]
    pub kv_cache: Option<KvType>,
    /// Touch no network: use only models that are already here
    #[arg(long, global = true)]
    pub offline: bool,
    /// Accept this licence, such as CC-BY-NC-4.0; it is remembered
    #[arg(long, global = true, value_name = "LICENCE")]
    pub accept_licence: Vec<String>,
    /// Neither use nor keep what was made before
    #[arg(long, global = true)]
    pub no_memory: bool,
    /// Say nothing but errors on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Read this configuration file instead of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Translate and summarise an article, and write down what was done
    #[command(
        after_help = "Example:\n  traghetto run article.it.md --to en,pt --out out\nwrites \
        out/article.en.md, out/article.pt.md, a summary in each language, and out/article.json."
    )]
    Run(RunArgs),
    /// Translate a text from a file or standard input
    #[command(after_help = "Example:\n  traghetto translate --to en < articolo.txt > article.txt")]
    Translate(TranslateArgs),
    /// Summarise a text from a file or standard input
    #[command(
        after_help = "Example:\n  traghetto summarize article.it.md --lang en --length 3 --style bullets"
    )]
    Summarize(SummarizeArgs),
    /// Check a translation that is there already, whoever made it
    #[command(
        after_help = "Example:\n  traghetto check article.it.md article.en.md\n  traghetto check memory.tmx --json\n\n\
        Exit code 1 if --fail-on finds what it is to fail on."
    )]
    Check(CheckArgs),
    /// Translate many articles, from tables and folders into shards of rows
    #[command(
        after_help = "Example:\n  traghetto archive articles.jsonl --to en,pt --out archive\n\n\
        Said again after it was cut off, it goes on where it stopped."
    )]
    Archive(ArchiveArgs),
    /// Answer clients of LibreTranslate and of DeepL, and show a page, until stopped
    #[command(after_help = "Example:\n  traghetto serve --port 5000\n  \
        curl -d q='The ferry is late.' -d source=en -d target=pt http://127.0.0.1:5000/translate")]
    Serve(ServeArgs),
    /// Score translations or summaries against what people wrote: BLEU, chrF, TER, ROUGE
    #[command(
        after_help = "Example:\n  traghetto eval ours.en theirs.en --ref ref.en --metric bleu,chrf,ter --paired-bs\n  \
        traghetto eval --model student-en-pt --set set.tsv --langs en-pt --html -o report.html"
    )]
    Eval(EvalArgs),
    /// Measure a model's speed and memory on this machine
    #[command(
        after_help = "Example:\n  traghetto bench --model student-en-pt --threads 1,2\n  \
        traghetto bench --model smollm2-135m --batch 1,8 --format html -o bench.html\n  \
        traghetto bench --compare before.json after.json --fail-if-slower 5%"
    )]
    Bench(BenchArgs),
    /// Say which models some languages need, and fetch them ahead
    #[command(after_help = "Example:\n  traghetto setup --from it,de --to en --yes")]
    Setup(SetupArgs),
    /// List, fetch, check and move models
    #[command(
        subcommand,
        after_help = "Example:\n  traghetto models pull smollm2-135m"
    )]
    Models(ModelsCommand),
    /// Show, export or clear what is remembered of earlier translations and summaries
    #[command(subcommand, after_help = "Example:\n  traghetto memory stats")]
    Memory(MemoryCommand),
    /// Show device, CPU features, settings, model store and sources
    #[command(after_help = "Example:\n  traghetto doctor --json")]
    Doctor(DoctorArgs),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  traghetto completions bash > ~/.local/share/bash-completion/completions/traghetto"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Which model, and how it answers.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// A model's id, a path to a GGUF file or a folder, or hf:owner/repo[@revision][:file]; for a summary also extract: none, sentences of the article are chosen [default: the best that can be had]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Fail rather than take the next best model when the best can't be had
    #[arg(long)]
    pub strict: bool,
    /// Use this prompt file instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub prompt: Option<PathBuf>,
    /// 0 is greedy; more is freer [default: 0]
    #[arg(long, value_name = "T", value_parser = parse_temperature, allow_negative_numbers = true)]
    pub temperature: Option<f32>,
    /// Seed of the random generator, for temperatures above 0 [default: 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Hard cap on the tokens of one answer [default: from the length of the text]
    #[arg(long, value_name = "N", value_parser = parse_positive)]
    pub max_tokens: Option<usize>,
    /// Weights in memory that the model's files have as floats: int8 (also q8_0), q4_k for a decoder-only model, or none
    /// [default: int8 for a decoder-only model, none for an encoder–decoder one]
    #[arg(long, value_name = "KIND", value_parser = parse::<Quantize>)]
    pub quantize: Option<Quantize>,
    /// Beams of an encoder–decoder model; 1 is greedy [default: what the model's own settings say]
    #[arg(long, value_name = "N", value_parser = parse_beams)]
    pub beam: Option<usize>,
}

/// What a translation may cost.
#[derive(Debug, Args)]
pub struct QualityArgs {
    /// fast: light models where there are any; balanced: better ones if the gain is worth the work; best: the best
    /// that can be had [default: balanced]
    #[arg(long, value_name = "QUALITY", value_parser = parse::<Tier>)]
    pub quality: Option<Tier>,
    /// Let a student choose from its whole vocabulary, not from its shortlist: slower, rarely better
    #[arg(long)]
    pub no_shortlist: bool,
    /// What is done about doubtful passages, and characters that a model lacks: off, auto (asked again, the riskiest also
    /// through English or directly if the same models can; the better answer is kept) or thorough (more answers, clause by
    /// clause, by another model that is here)
    #[arg(long, value_name = "REPAIR", value_parser = parse::<Repair>, default_value = "auto")]
    pub repair: Repair,
    /// Terms and their translations: TSV, CSV or TBX; a line is term, translation, note, do-not-translate
    #[arg(long, value_name = "FILE")]
    pub glossary: Option<PathBuf>,
    /// A dictionary between the languages, as FILE or it-en:FILE: TSV, FreeDict's TEI, dictd (.index) or StarDict (.ifo).
    /// Words of which the translation has none of its renderings raise the risk, and a doubtful passage is asked for again
    /// with these renderings named. May be given more than once
    #[arg(long, value_name = "FILE", value_parser = parse::<DictionaryFile>)]
    pub dictionary: Vec<DictionaryFile>,
    /// Compare the meaning of both sides by sentence embeddings: off, auto (where a language model translates, if the
    /// model e5-small is here) or on
    #[arg(long, value_name = "MEANING", value_parser = parse::<Meaning>, default_value = "auto")]
    pub meaning: Meaning,
}

/// What a summary is like.
#[derive(Debug, Args)]
pub struct SummaryArgs {
    /// short, medium, long, or at most so many sentences (3s), words (80w) or characters (280c)
    #[arg(long, value_name = "LENGTH", value_parser = parse::<Length>, default_value = "medium")]
    pub length: Length,
    /// paragraph, bullets, headline, lead (one or two sentences: who did what, when and where) or key-facts (bullets with
    /// figures, dates and names)
    #[arg(long, value_name = "STYLE", value_parser = parse::<Style>, default_value = "paragraph")]
    pub style: Style,
    /// Hold each sentence against the article, whose own stand in for those that it doesn't support: off or rules
    #[arg(long, value_name = "VERIFY", value_parser = parse::<Verify>, default_value = "rules")]
    pub verify: Verify,
    /// Ask the model for so many answers at once, and put the summary together from what the article supports in them; takes
    /// longer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16), default_value = "1")]
    pub candidates: u8,
    /// What the summary shall be about above all, in the language of the input: "the price", "Anna Brandt"
    #[arg(long, value_name = "WORDS", value_parser = parse_words)]
    pub focus: Option<String>,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Languages to translate into, separated by commas
    #[arg(long, value_name = "LANGS", value_parser = parse::<Lang>, required = true, value_delimiter = ',')]
    pub to: Vec<Lang>,
    /// Folder for the results
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
    /// Languages of the summaries [default: the languages of --to]
    #[arg(long, value_name = "LANGS", value_parser = parse::<Lang>, value_delimiter = ',')]
    pub summary_lang: Vec<Lang>,
    /// Write no summary
    #[arg(long, conflicts_with_all = [
        "summary_lang", "summary_model", "summary_prompt", "length", "style", "verify", "candidates", "focus",
    ])]
    pub no_summary: bool,
    #[command(flatten)]
    pub summary: SummaryArgs,
    /// Model for the summaries; extract: none, sentences of the article are chosen [default: the best that can be had]
    #[arg(long, value_name = "MODEL")]
    pub summary_model: Option<String>,
    /// Use this prompt file for the summaries
    #[arg(long, value_name = "FILE")]
    pub summary_prompt: Option<PathBuf>,
    #[command(flatten)]
    pub quality: QualityArgs,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Write the translations in these forms too: bilingual-html, bilingual-md, tsv, tmx
    #[arg(long, value_name = "FORMATS", value_parser = parse::<OutputFormat>, value_delimiter = ',')]
    pub format: Vec<OutputFormat>,
    /// Print the report (provenance and figures) on standard output too
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct TranslateArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Language to translate into
    #[arg(long, value_name = "LANG", value_parser = parse::<Lang>)]
    pub to: Lang,
    /// Write here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub quality: QualityArgs,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Write bilingual-html, bilingual-md, tsv, tmx or json [default: the form of the input]
    #[arg(long, value_name = "FORMAT", value_parser = parse::<OutputFormat>, conflicts_with = "json")]
    pub format: Option<OutputFormat>,
    /// Give this many translations of each segment, with their scores
    #[arg(long, value_name = "N", value_parser = parse_beams, requires = "json")]
    pub alternatives: Option<usize>,
    /// Print segments, warnings and figures as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ArchiveArgs {
    #[command(flatten)]
    pub archive: ArchiveOptions,
    #[command(flatten)]
    pub quality: QualityArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ServeArgs {
    #[command(subcommand)]
    pub command: Option<ServeCommand>,
    #[command(flatten)]
    pub limits: ServeLimits,
    #[command(flatten)]
    pub quality: QualityArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

#[derive(Debug, Args)]
pub struct SummarizeArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// More texts, for a digest
    #[arg(value_name = "MORE", requires = "digest")]
    pub more: Vec<PathBuf>,
    /// Make one summary of all texts; its sentences cite them by number
    #[arg(long)]
    pub digest: bool,
    /// Language of the summary [default: the language of the input]
    #[arg(long, visible_alias = "to", value_name = "LANG", value_parser = parse::<Lang>)]
    pub lang: Option<Lang>,
    #[command(flatten)]
    pub summary: SummaryArgs,
    /// Write here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub model: ModelArgs,
    /// Print the summary, warnings and figures as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}
