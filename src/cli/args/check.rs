//! What `check` can be told.

use std::path::PathBuf;

use clap::Args;

use super::parse::{parse, parse_reading, parse_severity, parse_share};
use crate::article::Unwrap;
use crate::checks::{CheckId, Severity};
use crate::output::check::CheckFormat;
use crate::pipeline::{How, Maker, Meaning, Reading};
use crate::text::Lang;
use crate::text::dictionary::DictionaryFile;

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
    /// How plain text is brought together: lines, sentences, or auto (lines if both sides have as many that can correspond by their lengths)
    #[arg(long, value_name = "HOW", value_parser = parse::<How>, default_value = "auto")]
    pub align: How,
    /// Whether lines of plain text that were broken to a width are joined before sentences are aligned: auto, on or off
    #[arg(long, value_name = "WHEN", default_value_t, value_parser = parse::<Unwrap>)]
    pub unwrap: Unwrap,
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
    /// A dictionary between the languages, as for translate
    #[arg(long, value_name = "FILE", value_parser = parse::<DictionaryFile>)]
    pub dictionary: Vec<DictionaryFile>,
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
