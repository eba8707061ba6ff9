//! Several articles in, one digest out: each is summarised as if it were alone, and the digest is put together from these
//! summaries, whose sentences were held against their own articles.

use std::ops::ControlFlow;
use std::time::Instant;

use serde::Serialize;

use super::input::Document;
use super::options::{Summarizing, Translating};
use super::session::Session;
use super::summarize::summarize;
use crate::error::{Error, ErrorKind, Result};
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
/// [`ErrorKind::Usage`] if the length has no room for a sentence of each; as [`Session::summarizer`] and
/// [`Session::route`]; [`ErrorKind::Model`] if a model can't be loaded, [`ErrorKind::Inference`] if it fails while running.
pub fn digest(
    session: &mut Session<'_>,
    documents: &[Document],
    lang: Lang,
    summarizing: Summarizing,
    translating: &Translating,
    started: Instant,
) -> Result<Digest> {
    let (length, style) = (summarizing.length, summarizing.style);
    let texts = documents.len();
    let too_short = |message: String| {
        Error::new(ErrorKind::Usage, message)
            .with_hint("ask for more with --length, or for fewer texts")
    };
    if length.is_too_short_for(texts) {
        return Err(too_short(format!(
            "a digest of {texts} texts has at least {texts} sentences"
        )));
    }
    let each = Summarizing {
        length: length.share(documents.len()),
        ..summarizing
    };
    let mut summaries: Vec<Summary> = Vec::new();
    let mut articles = Vec::new();
    for document in documents {
        let silent = &mut |_: &str| ControlFlow::Continue(());
        let how = (&each, translating);
        let made = summarize(session, document, lang, how, None, started, silent)?;
        summaries.push(made.summary.summary);
        articles.push(made.report);
    }
    let own: Vec<&Summary> = summaries.iter().collect();
    let sentences = summarize::digest(&own, lang, length, style);
    if sentences.is_empty() {
        return Err(too_short(format!(
            "no sentence of these {texts} texts fits into the length that was asked for"
        )));
    }
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
