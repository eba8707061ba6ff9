//! What `eval` can be told.

use std::path::PathBuf;

use clap::Args;

use super::parse::{parse, parse_pair, parse_positive};
use crate::eval::{TOKENIZERS, Wanted};
use crate::pipeline::Meaning;
use crate::text::Lang;

#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Translations or summaries, a segment a line; `-` is standard input
    #[arg(value_name = "OUTPUT")]
    pub outputs: Vec<PathBuf>,
    /// What people wrote, as many lines; more than once for more references
    #[arg(long = "ref", value_name = "FILE", required_unless_present = "set")]
    pub references: Vec<PathBuf>,
    /// What was translated, as many lines; with --langs the outputs are checked too
    #[arg(long, value_name = "FILE")]
    pub source: Option<PathBuf>,
    /// Source and reference in one file: TSV, CSV, TMX, XLIFF or PO
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "references"])]
    pub set: Option<PathBuf>,
    /// Languages of source and output, such as it-en
    #[arg(long, value_name = "FROM-TO", value_parser = parse_pair)]
    pub langs: Option<(Lang, Lang)>,
    /// Let these models translate the source, and evaluate them as systems
    #[arg(long, value_name = "MODELS", value_delimiter = ',', requires = "langs")]
    pub model: Vec<String>,
    /// bleu, chrf, chrf++, ter, rouge1, rouge2, rougeL; or a model in a folder: metricx-24=FOLDER, metricx-24-qe=FOLDER
    /// and comet-qe=FOLDER, which read the source
    #[arg(long, value_name = "METRICS", value_parser = parse::<Wanted>, value_delimiter = ',', default_value = "bleu,chrf")]
    pub metric: Vec<Wanted>,
    /// How BLEU cuts words; spm, with --spm, makes spBLEU
    #[arg(long, value_name = "TOKENIZER", value_parser = TOKENIZERS, default_value = "13a")]
    pub tokenize: String,
    /// SentencePiece file for --tokenize spm; the signature calls it by its name
    #[arg(long, value_name = "FILE")]
    pub spm: Option<PathBuf>,
    /// Compare words without English endings in ROUGE
    #[arg(long)]
    pub stem: bool,
    /// Whether each system differs from the first by more than chance: paired bootstrap [default: 1000 samples]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "1000", value_parser = parse_positive, conflicts_with = "paired_ar")]
    pub paired_bs: Option<usize>,
    /// The same by approximate randomisation [default: 10000 trials]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "10000", value_parser = parse_positive)]
    pub paired_ar: Option<usize>,
    /// How many of the worst segments are shown
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub worst: usize,
    /// Whether the checks compare meanings by sentence embeddings: off, auto (if the model e5-small can be had) or on
    #[arg(long, value_name = "MEANING", value_parser = parse::<Meaning>, default_value = "auto")]
    pub meaning: Meaning,
    /// How it is written: text, json, csv or html
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "csv", "html"])]
    pub format: String,
    /// The same as --format json
    #[arg(long, conflicts_with_all = ["format", "html"])]
    pub json: bool,
    /// The same as --format html
    #[arg(long, conflicts_with = "format")]
    pub html: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
