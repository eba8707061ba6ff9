//! What the command line can say. Types only: nothing here acts, and defaults that the configuration may change are
//! `None` until `settings` resolves them.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};

use crate::article::{Format, Unwrap};
use crate::bitext;
use crate::checks::{CheckId, Severity};
use crate::device::DeviceChoice;
use crate::engine::{KvType, Quantize};
use crate::error::Error;
use crate::output::OutputFormat;
use crate::output::check::CheckFormat;
use crate::pipeline::{How, Maker, Meaning, Reading};
use crate::registry::Task;
use crate::summarize::{Length, Style, Verify};
use crate::text::Lang;
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

/// How the input is read.
#[derive(Debug, Clone, Args)]
pub struct InputArgs {
    /// The text to read; `-` is standard input
    #[arg(value_name = "INPUT")]
    pub input: Option<PathBuf>,
    /// Language of the input [default: detected]
    #[arg(long, value_name = "LANG", value_parser = parse::<Lang>)]
    pub from: Option<Lang>,
    /// Encoding of the input, such as windows-1252 [default: UTF-8, or what a byte order mark says]
    #[arg(long, value_name = "LABEL")]
    pub encoding: Option<String>,
    /// Format of the input: text, markdown, html, srt or vtt [default: from the file's name]
    #[arg(long, value_name = "FORMAT", value_parser = parse::<Format>)]
    pub input_format: Option<Format>,
    /// Take only the article of an HTML page, without navigation, advertisements and the like
    #[arg(long)]
    pub extract: bool,
    /// Leave text within markup as it is: descriptions of images, titles, placeholders, what a page says of itself
    #[arg(long)]
    pub keep_labels: bool,
    /// Whether lines of plain text that were broken to a width, as in mail, are joined: auto, on or off
    #[arg(long, value_name = "WHEN", default_value_t, value_parser = parse::<Unwrap>)]
    pub unwrap: Unwrap,
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
    /// What is done about passages that the checks doubt, and characters that a model lacks: off, auto (asked again, the
    /// better answer is kept) or thorough (more answers, clause by clause, by another model that is here)
    #[arg(long, value_name = "REPAIR", value_parser = parse::<Repair>, default_value = "auto")]
    pub repair: Repair,
    /// Terms and their translations: TSV, CSV or TBX; a line is term, translation, note, do-not-translate
    #[arg(long, value_name = "FILE")]
    pub glossary: Option<PathBuf>,
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
    #[arg(long, conflicts_with = "summary_lang")]
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

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Translate one article with every model that is here, and say which to take
    #[command(
        after_help = "Example:\n  traghetto bench article articolo.it.md --to en,fr --format html -o bench.html"
    )]
    Article(BenchArticleArgs),
}

#[derive(Debug, Args)]
pub struct BenchArticleArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Languages to translate to
    #[arg(long, value_name = "LANGS", required = true, value_parser = parse::<Lang>, value_delimiter = ',')]
    pub to: Vec<Lang>,
    /// How the figures are written: text, json or html
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "html"])]
    pub format: String,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The source, or a file with both sides: TSV, CSV, TMX, XLIFF, PO; `-` is standard input
    #[arg(value_name = "SOURCE")]
    pub source: PathBuf,
    /// The translation; `-` is standard input
    #[arg(value_name = "TRANSLATION")]
    pub translation: Option<PathBuf>,
    /// Language of the source [default: as the file says, else detected]
    #[arg(long, value_name = "LANG", value_parser = parse::<Lang>)]
    pub from: Option<Lang>,
    /// Language of the translation [default: as the file says, else detected]
    #[arg(long, value_name = "LANG", value_parser = parse::<Lang>)]
    pub to: Option<Lang>,
    /// Encoding of the files, such as windows-1252 [default: UTF-8, or what a byte order mark says]
    #[arg(long, value_name = "LABEL")]
    pub encoding: Option<String>,
    /// Format of the files: text, markdown, html, srt or vtt, or of one with both sides: tsv, csv, tmx, xliff or po
    /// [default: from their names]
    #[arg(long, value_name = "FORMAT", value_parser = parse_reading)]
    pub input_format: Option<Reading>,
    /// How plain text is brought together: lines, sentences, or auto (lines if both sides have as many)
    #[arg(long, value_name = "HOW", value_parser = parse::<How>, default_value = "auto")]
    pub align: How,
    /// Compare the meaning of both sides by sentence embeddings: off, auto (if the model e5-small can be had) or on
    #[arg(long, value_name = "MEANING", value_parser = parse::<Meaning>, default_value = "auto")]
    pub meaning: Meaning,
    /// Ask this language model how probable it holds the translation: slow, and no help if the model is a poor translator
    /// itself
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Terms and their translations, as for translate
    #[arg(long, value_name = "FILE")]
    pub glossary: Option<PathBuf>,
    /// Checks to leave out, by their ids, separated by commas
    #[arg(long, value_name = "CHECKS", value_parser = parse::<CheckId>, value_delimiter = ',')]
    pub skip: Vec<CheckId>,
    /// Who translated: anyone, or a machine, whose risk isn't held against its usual way of writing; more is told then
    #[arg(long, value_name = "WHO", value_parser = parse::<Maker>, default_value = "anyone")]
    pub by: Maker,
    /// Tell segments from this risk on though no rule has found anything, from 0 to 1 [default: 0.5; for a machine's what
    /// one in six of its good ones has]
    #[arg(long, value_name = "P", value_parser = parse_share)]
    pub risk: Option<f32>,
    /// Exit with code 1 if there is an error, or a warning too
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    pub fail_on: Option<Severity>,
    /// Write text, json, sarif, github or html (both sides in a page)
    #[arg(long, value_name = "FORMAT", value_parser = parse::<CheckFormat>, default_value = "text", conflicts_with = "json")]
    pub format: CheckFormat,
    /// Print every segment with its risk as JSON, like --format json
    #[arg(long)]
    pub json: bool,
    /// Write here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    #[command(subcommand)]
    pub command: Option<BenchCommand>,
    /// A model's id, a path to a GGUF file or a folder, or hf:owner/repo[@revision][:file]
    #[arg(long, value_name = "MODEL", default_value = "smollm2-135m")]
    pub model: String,
    /// Tokens of the prompt of a language model
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = parse_positive)]
    pub prompt_tokens: usize,
    /// Tokens to generate
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = parse_positive)]
    pub gen_tokens: usize,
    /// Samples of each figure, after one run to warm up
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = parse_positive)]
    pub repeat: usize,
    /// Prompts or sentences that run together, a row of figures each [default: one prompt; of a text, all sentences]
    #[arg(long, value_name = "NS", value_parser = parse_positive, value_delimiter = ',')]
    pub batch: Vec<usize>,
    /// Beams of a translator, a row of figures each
    #[arg(long, value_name = "NS", value_parser = parse_beams, value_delimiter = ',')]
    pub beam: Vec<usize>,
    /// Weights in memory that the model's files have as floats: int8 (also q8_0), q4_k for a decoder-only model, or none
    /// [default: int8 for a decoder-only model, none for an encoder–decoder one]
    #[arg(long, value_name = "KIND", value_parser = parse::<Quantize>)]
    pub quantize: Option<Quantize>,
    /// Language of the text that translators are measured with [default: the model's first]
    #[arg(long, value_name = "LANG", value_parser = parse::<Lang>)]
    pub from: Option<Lang>,
    /// Language that it is translated to
    #[arg(long, value_name = "LANG", value_parser = parse::<Lang>)]
    pub to: Option<Lang>,
    /// The text itself [default: a paragraph of news]
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
    /// Compare two reports that `--json` made, the earlier first, and measure nothing
    #[arg(long, num_args = 2, value_names = ["A.json", "B.json"], conflicts_with_all = ["model", "batch", "beam", "text"])]
    pub compare: Vec<PathBuf>,
    /// With --compare: exit with 3 if something became slower by more than this share, beyond chance
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, requires = "compare")]
    pub fail_if_slower: Option<f64>,
    /// How the figures are written: text, json, markdown, csv or html
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "markdown", "csv", "html"])]
    pub format: String,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SetupArgs {
    /// Languages to translate from, separated by commas [default: asked for]
    #[arg(long, value_name = "LANGS", value_parser = parse::<Lang>, value_delimiter = ',')]
    pub from: Vec<Lang>,
    /// Languages to translate into, separated by commas [default: asked for]
    #[arg(long, value_name = "LANGS", value_parser = parse::<Lang>, value_delimiter = ',')]
    pub to: Vec<Lang>,
    /// fast, balanced or best, as for translations [default: balanced]
    #[arg(long, value_name = "QUALITY", value_parser = parse::<Tier>)]
    pub quality: Option<Tier>,
    /// Fetch what is proposed without asking
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the models of the catalogue and those that are here
    #[command(after_help = "Example:\n  traghetto models list --task translate --from it --to en")]
    List {
        /// Only models for this task: translate, summarize or embed
        #[arg(long, value_name = "TASK")]
        task: Option<Task>,
        /// Only models that read this language
        #[arg(long, value_name = "LANG")]
        from: Option<Lang>,
        /// Only models that write this language
        #[arg(long, value_name = "LANG")]
        to: Option<Lang>,
        /// Only models that come from here: hub, packages, folder, url, or a registry such as firefox
        #[arg(long, value_name = "SOURCE")]
        source: Option<String>,
        /// Only models that are here
        #[arg(long)]
        here: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what is known about a model: licence, size, languages, sources, hashes
    #[command(after_help = "Example:\n  traghetto models info qwen3-4b")]
    Info {
        /// A model's id, a path, or hf:owner/repo[@revision][:file]
        model: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch models into the store
    #[command(after_help = "Example:\n  traghetto models pull smollm2-135m")]
    Pull {
        /// A model's id, or hf:owner/repo[@revision][:file]
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<String>,
        /// Print what was fetched as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print where a model's files are
    #[command(after_help = "Example:\n  traghetto models path smollm2-135m")]
    Path {
        /// A model's id, or hf:owner/repo[@revision][:file]
        model: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Read every file of the store again and name what is damaged; exit code 1 if anything is
    #[command(after_help = "Example:\n  traghetto models verify --json")]
    Verify {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove models from the store and from the Hub's cache
    #[command(after_help = "Example:\n  traghetto models rm smollm2-135m")]
    Rm {
        /// A model's id, or hf:owner/repo[@revision][:file]
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<String>,
    },
    /// Remove what interrupted downloads left
    #[command(after_help = "Example:\n  traghetto models prune")]
    Prune,
    /// Copy a model into the store: a GGUF file, a folder, or an archive made by export
    #[command(after_help = "Example:\n  traghetto models import models.tar")]
    Import {
        /// The file or folder
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// The model's name from now on [default: its own]
        #[arg(long, value_name = "NAME")]
        id: Option<String>,
        /// Print what was imported as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write models that are here into one archive, for a machine without a network
    #[command(after_help = "Example:\n  traghetto models export smollm2-135m -o models.tar")]
    Export {
        /// A model's id, or hf:owner/repo[@revision][:file]
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<String>,
        /// The archive to write
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum MemoryCommand {
    /// Show how much is remembered, and where
    #[command(after_help = "Example:\n  traghetto memory stats --json")]
    Stats {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget everything
    #[command(after_help = "Example:\n  traghetto memory clear")]
    Clear,
    /// Write every remembered segment with its translation as TMX, for other tools
    #[command(after_help = "Example:\n  traghetto memory export -o memory.tmx")]
    Export {
        /// Write one JSON object a line instead
        #[arg(long)]
        json: bool,
        /// Write here instead of standard output
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads a value of our own; what clap shows of an error has its hint too.
fn parse<T: FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: Error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

fn parse_share(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("it must be a number from 0 to 1".into()),
    }
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    match text {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        _ => Err("it must be error or warning".into()),
    }
}

fn parse_reading(text: &str) -> Result<Reading, String> {
    let texts = text.parse::<Format>().map(Reading::Texts);
    let both = || text.parse::<bitext::Format>().map(Reading::Bilingual);
    texts.or_else(|_| both()).map_err(|error| {
        format!("{error}; use text, markdown, html, srt, vtt, tsv, csv, tmx, xliff or po")
    })
}

/// The most beams that `--beam` takes.
const MAX_BEAMS: usize = 64;

fn parse_beams(text: &str) -> Result<usize, String> {
    match parse_positive(text) {
        Ok(n) if n <= MAX_BEAMS => Ok(n),
        _ => Err(format!("it must be a whole number from 1 to {MAX_BEAMS}")),
    }
}

fn parse_positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("it must be a whole number from 1".into()),
        Ok(n) => Ok(n),
    }
}

/// The most threads that `--threads` takes.
const MAX_THREADS: usize = 1024;

pub(super) fn parse_threads(text: &str) -> Result<usize, String> {
    match parse_positive(text) {
        Ok(n) if n <= MAX_THREADS => Ok(n),
        _ => Err(format!("it must be a whole number from 1 to {MAX_THREADS}")),
    }
}

/// Something with a letter or a figure in it.
fn parse_words(text: &str) -> Result<String, String> {
    match text.contains(char::is_alphanumeric) {
        true => Ok(text.to_string()),
        false => Err("it must have a word in it".into()),
    }
}

/// A share, written as a number of per cent.
fn parse_percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse::<f64>() {
        Ok(percent) if (0.0..100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err("it must be per cent from 0 to 100, such as 5%".into()),
    }
}

fn parse_temperature(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(t) if (0.0..=5.0).contains(&t) => Ok(t),
        _ => Err("it must be a number from 0 to 5".into()),
    }
}
