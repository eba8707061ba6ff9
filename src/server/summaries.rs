//! `/summarize`, of our own: a summary whose sentences say what they rest on.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::codes;
use super::events::{self, event};
use super::libre::{Found, format};
use super::params::Params;
use super::refusal::{Refusal, answer};
use super::shared::{Client, Shared};
use super::writer::Piece;
use crate::face::Brief;
use crate::{Document, Length, Style, Summary};

type Result<T> = std::result::Result<T, Refusal>;

/// `POST /summarize`: `q` is the text, `source` its language or `auto`, `target` that of the summary, which is the text's own
/// by default; `length` and `style` as the program's, `focus` what it shall be about, `extract` whether sentences of the text
/// are chosen. With `Accept: text/event-stream` the text comes as it is written.
pub async fn summarize(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let is_streamed = events::wanted(request.headers());
    let (params, client) = shared.enter(request).await?;
    let bytes = params.size();
    let read = shared.aside(bytes, move |shared| asked(shared, &client, &params));
    let (document, brief) = read.await?;
    let pieces = shared.writer.summarize(document, brief);
    let mut pieces = pieces.map_err(|_| Refusal::slow_down("the queue is full", 5))?;
    if is_streamed {
        return Ok(stream(&shared, pieces));
    }
    let summary = shared.in_time(ended(&mut pieces)).await?;
    let summary = summary.ok_or_else(Refusal::stopped)??;
    Ok(answer(StatusCode::OK, &body(&summary)))
}

/// What a request asks to be summarised, and how.
fn asked(shared: &Shared, client: &Client, params: &Params) -> Result<(Document, Brief)> {
    let text = params.text("q").filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| Refusal::missing("q"))?;
    shared.check_size(client, &[text])?;
    let format = format(params.text("format"))?;
    let found = match params.text("source") {
        Some(code) if !code.eq_ignore_ascii_case("auto") => Found::said(code)?,
        _ => Found::in_texts(&[text], format),
    };
    let brief = brief(params)?;
    if let Some(to) = brief.to {
        shared.check_pair(found.lang, to)?;
    }
    // As many characters are read as for a translation.
    Ok((Document::from_text_in(text, format, found.lang), brief))
}

async fn ended(pieces: &mut UnboundedReceiver<Piece<Summary>>) -> Option<crate::Result<Summary>> {
    loop {
        if let Piece::Done(end) = pieces.recv().await? {
            return Some(end);
        }
    }
}

fn brief(params: &Params) -> Result<Brief> {
    let to = params.text("target").map(|code| {
        let unknown = || Refusal::bad(format!("{} is not supported", code.to_lowercase()));
        codes::read(code).ok_or_else(unknown)
    });
    let bad = |error: crate::Error| Refusal::bad(format!("Invalid request: {error}"));
    let length = params.text("length").map(|text| text.parse::<Length>());
    let style = params.text("style").map(|text| text.parse::<Style>());
    Ok(Brief {
        to: to.transpose()?,
        length: length.transpose().map_err(bad)?.unwrap_or(Length::MEDIUM),
        style: style.transpose().map_err(bad)?.unwrap_or_default(),
        focus: params.text("focus").map(str::to_string),
        extract: match params.value("extract") {
            Some(value) => value.as_bool().unwrap_or(false),
            None => params.text("extract") == Some("true"),
        },
    })
}

/// `event: text` with what the model writes, before it is held against the text; `event: done` with what stands.
fn stream(shared: &Shared, pieces: UnboundedReceiver<Piece<Summary>>) -> Response {
    let show = |piece| match piece {
        Piece::Text(text) => event("text", &json!({ "text": text })),
        Piece::Done(Ok(summary)) => event("done", &body(&summary)),
        Piece::Done(Err(error)) => {
            let refusal = Refusal::from(error);
            event("error", &json!({ "error": refusal.message }))
        }
    };
    events::stream(pieces, show, None, shared.limits.wait)
}

/// The summary with its sentences, and what in the text says so.
fn body(summary: &Summary) -> Value {
    let made = summary.report().summaries.first();
    let mut body = json!({
        "summary": summary.text(),
        "language": codes::show(summary.lang()),
        "model": summary.model(),
    });
    if let Some(made) = made {
        body["detectedLanguage"] = json!(codes::show(made.of));
        body["claims"] = json!(made.summary.claims);
        body["rejected"] = json!(made.summary.rejected);
        body["findings"] = json!(made.summary.findings);
        body["coverage"] = json!(made.summary.coverage);
    }
    body
}
