//! The articles of one shard: read, translated, and made rows.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::options::Options;
use super::record::{Content, Item, Place, Record, Reject, Why};
use super::row::{Rendered, Row};
use crate::article::Format;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{self, InputOptions};
use crate::registry::Silent;
use crate::{Batcher, Document, Summarizer, Translation};

/// The ids that were seen, as 64 bits each: a million take a few dozen MB at most.
#[derive(Default)]
pub struct Ids(HashSet<u64>);

impl Ids {
    /// Whether no earlier article has this id.
    pub fn is_new(&mut self, id: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        self.0.insert(hasher.finish())
    }
}

/// The models.
pub struct Models {
    /// Translates.
    pub batcher: Batcher,
    /// Chooses the sentences of summaries, if any are wanted.
    pub summarizer: Option<Summarizer>,
}

/// An article under way.
struct Article {
    place: Place,
    document: Document,
    title: Option<String>,
    /// The segments that make its summary, and the summary.
    summary: Option<(Vec<usize>, String)>,
}

/// What became of the articles of a shard, in their order.
pub struct Made {
    /// Those that were translated.
    pub rows: Vec<Row>,
    /// Those that were left out.
    pub rejected: Vec<(Place, Reject)>,
}

/// A translation of an article that is due: of its title or its text.
#[derive(Clone, Copy)]
struct Due {
    article: usize,
    is_title: bool,
}

/// Makes rows of `items`; `on` learns of each text that is through with one language, with its words.
///
/// # Errors
/// [`ErrorKind::Model`] and [`ErrorKind::Integrity`] of a model that can't be used, as that holds for all articles; with
/// `fail_fast` the reason of the first article that is left out.
pub fn make(
    models: &mut Models,
    items: Vec<Item>,
    ids: &mut Ids,
    options: &Options,
    on: &mut dyn FnMut(usize),
) -> Result<Made> {
    let mut articles: Vec<Article> = Vec::with_capacity(items.len());
    let mut rows: Vec<Result<Row, Reject>> = Vec::with_capacity(items.len());
    // For each item, the article that it became.
    let mut outcome: Vec<Result<usize, (Place, Reject)>> = Vec::with_capacity(items.len());
    for Item { place, found } in items {
        let read = found.and_then(|record| match ids.is_new(&record.id) {
            true => read(record, models.summarizer.as_mut(), options),
            false => {
                let reason = format!("an earlier article has the id \"{}\" too", record.id);
                Err(Reject::new(Why::DuplicateId, reason).of(&record.id))
            }
        });
        match read {
            Ok((row, document, title, summary)) => {
                outcome.push(Ok(articles.len()));
                rows.push(Ok(row));
                articles.push(Article {
                    place,
                    document,
                    title,
                    summary,
                });
            }
            Err(reject) => {
                if options.fail_fast {
                    return Err(reject.error(&place));
                }
                on(0);
                outcome.push(Err((place, reject)));
            }
        }
    }
    for at in 0..options.to.len() {
        translate(models, &articles, &mut rows, (at, options), on)?;
    }
    let mut made = Made {
        rows: Vec::new(),
        rejected: Vec::new(),
    };
    let mut rows = rows.into_iter();
    for item in outcome {
        match item {
            Ok(article) => match rows.next() {
                Some(Ok(row)) => made.rows.push(row),
                Some(Err(reject)) => made
                    .rejected
                    .push((articles[article].place.clone(), reject)),
                None => {}
            },
            Err(rejected) => made.rejected.push(rejected),
        }
    }
    Ok(made)
}

type Read = (Row, Document, Option<String>, Option<(Vec<usize>, String)>);

/// The document of a record, and its summary.
fn read(
    record: Record,
    summarizer: Option<&mut Summarizer>,
    options: &Options,
) -> Result<Read, Reject> {
    let id = record.id;
    let unfit = |why, error: &Error| Reject::new(why, error.to_string()).of(&id);
    let document = match record.content {
        Content::Text(text) => match options.from {
            Some(lang) => Document::from_text_in(text, options.written, lang),
            None => Document::from_text(text, options.written)
                .map_err(|error| unfit(Why::UnknownLanguage, &error))?,
        },
        Content::File(path, _) => {
            let is_page = Format::from_path(&path) == Format::Html;
            let how = InputOptions {
                path: Some(path.clone()),
                from: options.from,
                extract: options.extract && is_page,
                ..InputOptions::default()
            };
            pipeline::read(&how, &mut std::io::empty(), &Silent).map_err(|error| {
                let empty = std::fs::metadata(&path).is_ok_and(|meta| meta.len() == 0);
                match empty {
                    true => Reject::new(Why::Empty, "the file is empty").of(&id),
                    false => unfit(Why::Broken, &error),
                }
            })?
        }
    };
    if document.is_empty() {
        return Err(Reject::new(Why::Empty, "there is no text in it").of(&id));
    }
    let summary = match summarizer {
        Some(summarizer) => {
            let made = summarizer
                .summarize_document(&document)
                .map_err(|error| unfit(Why::Failed, &error))?;
            let summaries = made.report().summaries.iter();
            let claims = summaries.flat_map(|made| &made.summary.claims);
            let chosen = claims.flat_map(|claim| claim.sources.first().copied());
            Some((chosen.collect(), made.text().to_string()))
        }
        None => None,
    };
    let title = record.title;
    let row = Row {
        id,
        language: document.lang.to_string(),
        title: title
            .clone()
            .or_else(|| document.article.title().map(str::to_string)),
        summary: summary.as_ref().map(|(_, text)| text.clone()),
        ..Row::default()
    };
    Ok((row, document, title, summary))
}

/// Translates into the language at `at`, all articles in one stream: models get full batches of sentences.
fn translate(
    models: &mut Models,
    articles: &[Article],
    rows: &mut [Result<Row, Reject>],
    (at, options): (usize, &Options),
    on: &mut dyn FnMut(usize),
) -> Result<()> {
    let to = options.to[at];
    let mut due: Vec<Due> = Vec::new();
    for (i, article) in articles.iter().enumerate() {
        let Ok(row) = &mut rows[i] else {
            on(0);
            continue;
        };
        if article.document.lang == to {
            let summary = article.summary.as_ref().map(|(_, text)| text.clone());
            let text = article.document.article.source();
            let itself = Rendered::itself(to, article.title.clone(), text, summary);
            row.into.push(itself);
            on(0);
            continue;
        }
        due.push(Due {
            article: i,
            is_title: false,
        });
        if article.title.is_some() {
            due.push(Due {
                article: i,
                is_title: true,
            });
        }
    }
    let documents = due.iter().map(|due| {
        let Article {
            document, title, ..
        } = &articles[due.article];
        let document = match title {
            Some(title) if due.is_title => {
                Document::from_text_in(title, Format::Text, document.lang)
            }
            _ => document.clone(),
        };
        (document, to)
    });
    let mut came = due.iter();
    models.batcher.translate_each(documents, |made| {
        let Some(due) = came.next() else {
            return Ok(());
        };
        let article = &articles[due.article];
        let row = &mut rows[due.article];
        if !due.is_title {
            let source = article.document.article.source();
            on(source.split_whitespace().count());
        }
        match (made, row) {
            (Ok(made), Ok(row)) => add(row, &made, article, *due, to),
            (Err(error), row) => {
                if matches!(error.kind(), ErrorKind::Model | ErrorKind::Integrity) {
                    return Err(error);
                }
                let why = match error.kind() {
                    ErrorKind::Unavailable | ErrorKind::Usage => Why::NoModel,
                    _ => Why::Failed,
                };
                let reject = Reject::new(why, error.to_string());
                if options.fail_fast {
                    return Err(reject.error(&article.place));
                }
                if let Ok(known) = row {
                    *row = Err(reject.of(&known.id.clone()));
                }
            }
            (Ok(_), Err(_)) => {}
        }
        Ok(())
    })
}

fn add(row: &mut Row, made: &Translation, article: &Article, due: Due, to: crate::Lang) {
    row.add_models(made);
    match (due.is_title, row.into.last_mut()) {
        (true, Some(into)) => into.title = Some(made.text().trim().to_string()),
        (true, None) => {}
        (false, _) => {
            let chosen = article.summary.as_ref().map(|(chosen, _)| &chosen[..]);
            row.into.push(Rendered::of(to, made, chosen));
        }
    }
}
