//! How an article is read.

use std::path::PathBuf;

use clap::Args;

use super::parse::parse;
use crate::article::{Format, Unwrap};
use crate::text::Lang;

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

impl InputArgs {
    /// What has a process of this program read the input as this one does.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = vec![format!("--unwrap={}", self.unwrap)];
        let encoding = self.encoding.as_ref();
        flags.extend(encoding.map(|label| format!("--encoding={label}")));
        let format = self.input_format.map(Format::name);
        flags.extend(format.map(|name| format!("--input-format={name}")));
        for (flag, given) in [
            ("--extract", self.extract),
            ("--keep-labels", self.keep_labels),
        ] {
            flags.extend(given.then(|| flag.to_owned()));
        }
        flags
    }
}
