//! The articles of one shard: read, translated, and made rows.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::options::Options;
use super::record::{Content, Item, Place, Record, Reject, Why};
use super::row::{Rendered, Row};
use crate::article::Format;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{self, InputOptions};
use crate::registry::Silent;
use crate::text::Lang;
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
    pub extractor: Option<Summarizer>,
    /// Writes summaries, if a model was named that shall.
    pub writer: Option<Summarizer>,
}

/// An article under way.
struct Article {
    place: Place,
    document: Document,
    title: Option<String>,
    summary: Option<Shortened>,
}

/// The summary of an article, in its own language.
struct Shortened {
    text: String,
    /// The segments of the article that it is made of; `None` if a model wrote it, so that it is translated itself.
    chosen: Option<Vec<usize>>,
    /// What it is by, as it stands in the row's provenance.
    by: String,
    models: Vec<Value>,
}

/// What became of the articles of a shard, in their order.
pub struct Made {
    /// Those that were translated.
    pub rows: Vec<Row>,
    /// Those that were left out.
    pub rejected: Vec<(Place, Reject)>,
}

/// A translation of an article that is due.
#[derive(Clone, Copy)]
struct Due {
    article: usize,
    part: Part,
}

/// What of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Text,
    Title,
    Summary,
}

/// How far the articles of a shard are.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Articles that have come through since the last step.
    pub articles: u64,
    /// Their words, as often as they were translated.
    pub words: u64,
    /// How much of all work on the shard is done, by the bytes of texts, from 0 to 1.
    pub share: f64,
}

/// Makes rows of `items`; `on` learns of each article that is through.
///
/// # Errors
/// [`ErrorKind::Model`] and [`ErrorKind::Integrity`] of a model that can't be used, as that holds for all articles;
/// [`ErrorKind::Unavailable`] and [`ErrorKind::Usage`] of one that was named for the summaries and writes none; with
/// `fail_fast` the reason of the first article that is left out.
pub fn make(
    models: &mut Models,
    items: Vec<Item>,
    ids: &mut Ids,
    options: &Options,
    on: &mut dyn FnMut(Step),
) -> Result<Made> {
    let mut articles: Vec<Article> = Vec::with_capacity(items.len());
    let mut rows: Vec<Result<Row, Reject>> = Vec::with_capacity(items.len());
    // For each item, the article that it became.
    let mut outcome: Vec<Result<usize, (Place, Reject)>> = Vec::with_capacity(items.len());
    let all = items.len() as f64;
    // Writing summaries takes about as long as translating.
    let summaries = if models.writer.is_some() { 0.5 } else { 0.0 };
    for (nth, Item { place, found }) in items.into_iter().enumerate() {
        let read = found.and_then(|record| match ids.is_new(&record.id) {
            true => read(record, options),
            false => {
                let reason = format!("an earlier article has the id \"{}\" too", record.id);
                Err(Reject::new(Why::DuplicateId, reason).of(&record.id))
            }
        });
        match read {
            Ok((mut row, document, title)) => {
                let summary = summary(models, &document)?;
                if let Some(summary) = &summary {
                    row.summarized(
                        summary.text.clone(),
                        summary.by.clone(),
                        summary.models.clone(),
                    );
                }
                outcome.push(Ok(articles.len()));
                rows.push(Ok(row));
                articles.push(Article {
                    place,
                    document,
                    title,
                    summary,
                });
                if models.writer.is_some() {
                    on(Step {
                        articles: 0,
                        words: 0,
                        share: summaries * (nth + 1) as f64 / all,
                    });
                }
            }
            Err(reject) if options.fail_fast => return Err(reject.error(&place)),
            Err(reject) => outcome.push(Err((place, reject))),
        }
    }
    translate(models, &articles, &mut rows, options, &mut |step| {
        on(Step {
            share: summaries + (1.0 - summaries) * step.share,
            ..step
        });
    })?;
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

type Read = (Row, Document, Option<String>);

/// The document of a record, and its title where a field has it.
fn read(record: Record, options: &Options) -> Result<Read, Reject> {
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
    let title = record.title;
    let row = Row {
        id,
        language: document.lang.to_string(),
        title: title
            .clone()
            .or_else(|| document.article.title().map(str::to_string)),
        ..Row::default()
    };
    Ok((row, document, title))
}

/// The summary of a document, if any is wanted: by the model that shall write it, or of the document's own sentences, which
/// also stand in where the model fails on this text.
///
/// # Errors
/// What the models say, but that they fail on this text.
fn summary(models: &mut Models, document: &Document) -> Result<Option<Shortened>> {
    let on_this_text =
        |error: &Error| matches!(error.kind(), ErrorKind::Inference | ErrorKind::Input);
    let mut found = None;
    let writers = [(&mut models.writer, true), (&mut models.extractor, false)];
    for (summarizer, writes) in writers {
        let Some(summarizer) = summarizer else {
            continue;
        };
        match summarizer.summarize_document(document) {
            Ok(made) => {
                found = Some((made, writes));
                break;
            }
            Err(error) if on_this_text(&error) => {}
            Err(error) => return Err(error),
        }
    }
    let Some((made, is_written)) = found else {
        return Ok(None);
    };
    let claims = made
        .report()
        .summaries
        .iter()
        .flat_map(|made| &made.summary.claims);
    let chosen = claims.flat_map(|claim| claim.sources.first().copied());
    Ok(Some(Shortened {
        text: made.text().to_string(),
        chosen: (!is_written).then(|| chosen.collect()),
        by: made.model().to_string(),
        models: made.provenance(),
    }))
}

/// The languages that an article isn't in.
fn others(article: &Article, options: &Options) -> Vec<Lang> {
    let langs = options.to.iter().copied();
    langs.filter(|to| *to != article.document.lang).collect()
}

/// Translates all articles in one stream: models get full batches of sentences.
fn translate(
    models: &mut Models,
    articles: &[Article],
    rows: &mut [Result<Row, Reject>],
    options: &Options,
    on: &mut dyn FnMut(Step),
) -> Result<()> {
    let mut due: Vec<Due> = Vec::new();
    for (at, article) in articles.iter().enumerate() {
        let mut add = |part| due.push(Due { article: at, part });
        add(Part::Text);
        if article.title.is_some() {
            add(Part::Title);
        }
        if article
            .summary
            .as_ref()
            .is_some_and(|one| one.chosen.is_none())
        {
            add(Part::Summary);
        }
    }
    let documents = due.iter().map(|due| {
        let article = &articles[due.article];
        let text = match due.part {
            Part::Text => None,
            Part::Title => article.title.as_ref(),
            Part::Summary => article.summary.as_ref().map(|one| &one.text),
        };
        let document = match text {
            Some(text) => Document::from_text_in(text, Format::Text, article.document.lang),
            None => article.document.clone(),
        };
        (document, others(article, options))
    });
    let work = |article: &Article| {
        let bytes = article.document.article.source().len();
        (bytes * others(article, options).len()) as f64
    };
    let all = articles.iter().map(work).sum::<f64>().max(1.0);
    let mut done = 0.0;
    let mut came = due.iter();
    models.batcher.translate_each_into(documents, |made| {
        let Some(due) = came.next() else {
            return Ok(());
        };
        let article = &articles[due.article];
        if due.part == Part::Text {
            let words = article.document.article.source().split_whitespace().count();
            done += work(article);
            on(Step {
                articles: 1,
                words: (words * others(article, options).len()) as u64,
                share: done / all,
            });
        }
        take(&mut rows[due.article], made, article, due.part, options)
    })
}

/// Takes the translations of a part into the article's row, or the reason why there is none.
fn take(
    row: &mut Result<Row, Reject>,
    made: Result<Vec<Translation>>,
    article: &Article,
    part: Part,
    options: &Options,
) -> Result<()> {
    let Ok(known) = row else {
        return Ok(());
    };
    match made {
        Ok(made) => add(known, made, article, part, options),
        Err(error) if matches!(error.kind(), ErrorKind::Model | ErrorKind::Integrity) => {
            return Err(error);
        }
        Err(error) => {
            let why = match error.kind() {
                ErrorKind::Unavailable | ErrorKind::Usage => Why::NoModel,
                _ => Why::Failed,
            };
            let reject = Reject::new(why, error.to_string()).of(&known.id);
            if options.fail_fast {
                return Err(reject.error(&article.place));
            }
            *row = Err(reject);
        }
    }
    Ok(())
}

fn add(row: &mut Row, made: Vec<Translation>, article: &Article, part: Part, options: &Options) {
    let mut made = made.into_iter();
    for (at, &to) in options.to.iter().enumerate() {
        if to == article.document.lang {
            if part == Part::Text {
                let summary = article.summary.as_ref().map(|one| one.text.clone());
                let text = article.document.article.source();
                let itself = Rendered::itself(to, article.title.clone(), text, summary);
                row.into.push(itself);
            }
            continue;
        }
        let Some(made) = made.next() else {
            return;
        };
        row.add_models(&made);
        match (part, row.into.get_mut(at)) {
            (Part::Text, _) => {
                let summary = article.summary.as_ref();
                let chosen = summary.and_then(|one| one.chosen.as_deref());
                row.into.push(Rendered::of(to, &made, chosen));
            }
            (Part::Title, Some(into)) => into.title = Some(made.text().trim().to_string()),
            (Part::Summary, Some(into)) => into.summary = Some(made.text().trim().to_string()),
            (_, None) => {}
        }
    }
}
