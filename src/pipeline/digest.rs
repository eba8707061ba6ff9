//! Several articles in, one digest out: each is summarised as if it were alone, and the digest is put together from these
//! summaries, whose sentences were held against their own articles.

use std::time::Instant;

use serde::Serialize;

use super::input::Document;
use super::options::{Summarizing, Translating};
use super::session::Session;
use super::summarize::summarize;
use crate::error::Result;
use crate::output::report::Report;
use crate::summarize::{self, Summary, Told};
use crate::text::Lang;

/// What `summarize --digest --json` prints.
#[derive(Debug, Serialize)]
pub struct Digest {
    /// Version of this form.
    pub schema: &'static str,
    /// Its language.
    pub language: Lang,
    /// The text: the sentences with the numbers of their articles, then a line with each article's number and name.
    pub text: String,
    /// The sentences.
    pub sentences: Vec<Told>,
    /// The report of each article's own summary, in order: what its sentences cite, and what may be wrong with them.
    pub articles: Vec<Report>,
}

/// Summarises `documents` in `lang`, all in one text of the length that `summarizing` says.
///
/// # Errors
/// As [`Session::summarizer`] and [`Session::route`]; [`ErrorKind::Model`](crate::ErrorKind::Model) if a model can't be
/// loaded, [`ErrorKind::Inference`](crate::ErrorKind::Inference) if it fails while running.
pub fn digest(
    session: &mut Session<'_>,
    documents: &[Document],
    lang: Lang,
    summarizing: Summarizing,
    translating: &Translating,
    started: Instant,
) -> Result<Digest> {
    let (length, style) = (summarizing.length, summarizing.style);
    let each = Summarizing {
        length: length.share(documents.len()),
        ..summarizing
    };
    let mut summaries: Vec<Summary> = Vec::new();
    let mut articles = Vec::new();
    for document in documents {
        let silent = &mut |_: &str| {};
        let how = (&each, translating);
        let made = summarize(session, document, lang, how, None, started, silent)?;
        summaries.push(made.summary.summary);
        articles.push(made.report);
    }
    let own: Vec<&Summary> = summaries.iter().collect();
    let sentences = summarize::digest(&own, lang, length, style);
    let mut text = summarize::write_out(&sentences, style);
    text.push('\n');
    for (i, document) in documents.iter().enumerate() {
        let name = document.article.title().map(str::to_string);
        let name = name.unwrap_or_else(|| document.name());
        text.push_str(&format!("\n[{}] {name}", i + 1));
    }
    Ok(Digest {
        schema: "traghetto-digest/1",
        language: lang,
        text,
        sentences,
        articles,
    })
}
