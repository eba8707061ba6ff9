//! What `bench` can be told.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::input::InputArgs;
use super::parse::{parse, parse_beams, parse_percent, parse_positive};
use crate::engine::Quantize;
use crate::text::Lang;

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Translate one article with every model that is here, and say which to take
    #[command(
        after_help = "Example:\n  traghetto bench article articolo.it.md --to en,fr --format html -o bench.html"
    )]
    Article(BenchArticleArgs),
    /// Translate one text with this program and with other engines that are here: llama.cpp, CTranslate2, fxtranslate,
    /// bergamot
    #[command(
        after_help = "Example:\n  traghetto bench peers article.en.txt --to pt --model student-en-pt --python venv/bin/python --node peers"
    )]
    Peers(BenchPeersArgs),
}

#[derive(Debug, Args)]
pub struct BenchPeersArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Language to translate to
    #[arg(long, value_name = "LANG", value_parser = parse::<Lang>)]
    pub to: Lang,
    /// The model that all engines run
    #[arg(long, value_name = "MODEL")]
    pub model: String,
    /// A Python that has the engines' packages
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: PathBuf,
    /// The folder where npm has installed bergamot-translator
    #[arg(long, value_name = "FOLDER")]
    pub node: Option<PathBuf>,
    /// Rounds, in each of which every engine runs once
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = parse_positive)]
    pub repeat: usize,
    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
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
#[command(args_conflicts_with_subcommands = true)]
#[command(group(ArgGroup::new("comparison").args(["compare", "against"])))]
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
    /// Compare this program with another build of it, both measured in turns, so that what else runs on the machine slows
    /// both: tells smaller differences than --compare, and on a busy machine too
    #[arg(long, value_name = "PROGRAM", conflicts_with = "compare")]
    pub against: Option<PathBuf>,
    /// With --against: rounds, in each of which both programs run once
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = parse_positive, requires = "against")]
    pub rounds: usize,
    /// With --compare or --against: exit with 3 if something became slower by more than this share, beyond chance
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, requires = "comparison")]
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
