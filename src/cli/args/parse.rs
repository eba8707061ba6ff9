//! How values on the command line are read.

use std::str::FromStr;

use crate::article::Format;
use crate::bitext;
use crate::checks::Severity;
use crate::error::Error;
use crate::pipeline::Reading;
use crate::text::Lang;

/// Reads a value of our own; what clap shows of an error has its hint too.
pub(in crate::cli) fn parse<T: FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: Error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

pub(in crate::cli) fn parse_share(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("it must be a number from 0 to 1".into()),
    }
}

pub(in crate::cli) fn parse_severity(text: &str) -> Result<Severity, String> {
    match text {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        _ => Err("it must be error or warning".into()),
    }
}

pub(in crate::cli) fn parse_reading(text: &str) -> Result<Reading, String> {
    let texts = text.parse::<Format>().map(Reading::Texts);
    let both = || text.parse::<bitext::PairFormat>().map(Reading::Bilingual);
    texts.or_else(|_| both()).map_err(|error| {
        format!("{error}; use text, markdown, html, srt, vtt, tsv, csv, tmx, xliff or po")
    })
}

/// Two languages with a hyphen between them.
pub(in crate::cli) fn parse_pair(text: &str) -> Result<(Lang, Lang), String> {
    let Some((from, to)) = text.split_once('-') else {
        return Err("it must be two languages, such as it-en".into());
    };
    Ok((parse(from)?, parse(to)?))
}

/// The most beams that `--beam` takes.
const MAX_BEAMS: usize = 64;

/// How many translations besides the best one; each takes a beam.
pub(in crate::cli) fn parse_alternatives(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n < MAX_BEAMS => Ok(n),
        _ => Err(format!(
            "it must be a whole number from 0 to {}",
            MAX_BEAMS - 1
        )),
    }
}

pub(in crate::cli) fn parse_beams(text: &str) -> Result<usize, String> {
    match parse_positive(text) {
        Ok(n) if n <= MAX_BEAMS => Ok(n),
        _ => Err(format!("it must be a whole number from 1 to {MAX_BEAMS}")),
    }
}

pub(in crate::cli) fn parse_positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("it must be a whole number from 1".into()),
        Ok(n) => Ok(n),
    }
}

/// The most threads that `--threads` takes.
const MAX_THREADS: usize = 1024;

pub(in crate::cli) fn parse_threads(text: &str) -> Result<usize, String> {
    match parse_positive(text) {
        Ok(n) if n <= MAX_THREADS => Ok(n),
        _ => Err(format!("it must be a whole number from 1 to {MAX_THREADS}")),
    }
}

/// Something with a letter or a figure in it.
pub(in crate::cli) fn parse_words(text: &str) -> Result<String, String> {
    match text.contains(char::is_alphanumeric) {
        true => Ok(text.to_string()),
        false => Err("it must have a word in it".into()),
    }
}

/// A share, written as a number of per cent.
pub(in crate::cli) fn parse_percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse::<f64>() {
        Ok(percent) if (0.0..100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err("it must be per cent from 0 to 100, such as 5%".into()),
    }
}

pub(in crate::cli) fn parse_temperature(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(t) if (0.0..=5.0).contains(&t) => Ok(t),
        _ => Err("it must be a number from 0 to 5".into()),
    }
}
