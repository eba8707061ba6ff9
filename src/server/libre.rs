//! LibreTranslate's interface: its paths, its parameters, its words. What is ours stands beside: `warnings`, `risk`, `route`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Path as Named, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, HOST};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::codes;
use super::events::{self, event};
use super::params::Params;
use super::refusal::{Refusal, answer, typed};
use super::scheduler::Step;
use super::shared::{Answer, Ask, Client, Shared};
use super::told;
use crate::text::detect;
use crate::{Document, ErrorKind, Format, Lang};

/// Files that are translated, by what their names end in.
const FILES: [&str; 7] = [".txt", ".md", ".html", ".htm", ".xhtml", ".srt", ".vtt"];

type Result<T> = std::result::Result<T, Refusal>;

/// `POST /translate`. With `Accept: text/event-stream` each sentence comes as soon as it is translated.
pub async fn translate(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let is_streamed = events::wanted(request.headers());
    let (params, client) = shared.enter(request).await?;
    let bytes = params.size();
    let read = shared.aside(bytes, move |shared| {
        let (ask, form) = asked(shared, &client, &params)?;
        Ok::<_, Refusal>((client, ask, form))
    });
    let (client, ask, form) = read.await?;
    if is_streamed {
        return Ok(stream(&shared, (client, bytes), ask, form));
    }
    let answers = shared.translate(&client, ask).await?;
    let told = move |_: &Shared| Ok(answer(StatusCode::OK, &form.body(&answers)));
    shared.aside(bytes, told).await
}

/// What a request for translations asks, and how its answer is written.
fn asked(shared: &Shared, client: &Client, params: &Params) -> Result<(Ask, Form)> {
    let (texts, is_list) = params.texts("q")?;
    // A form can't say a list, and its line ends are those of the network.
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    let texts: Vec<String> = match params.is_json() {
        true => texts.into_iter().map(str::to_string).collect(),
        false => texts.into_iter().take(1).map(lines).collect(),
    };
    if texts.is_empty() || (!is_list && texts[0].is_empty()) {
        return Err(Refusal::missing("q"));
    }
    let (source, target) = way(params)?;
    let alternatives = params.number("alternatives")?.unwrap_or(0);
    let sizes: Vec<&str> = texts.iter().map(String::as_str).collect();
    shared.check_size(client, &sizes)?;
    if texts.len() > 1 {
        shared.charge(client, texts.len() - 1)?;
    }
    let format = format(params.text("format"))?;
    let found = Found::of(shared, source, &sizes, format)?;
    let to = shared.lang(target)?;
    shared.check_pair(found.lang, to)?;
    let form = Form {
        is_list,
        is_auto: source.eq_ignore_ascii_case("auto"),
        alternatives,
        found,
    };
    let texts = texts.into_iter().map(|text| (text, form.found.lang));
    Ok((Ask::new(texts.collect(), to, format), form))
}

/// What a request says of the language of its text, and of the one that it is wanted in.
fn way(params: &Params) -> Result<(&str, &str)> {
    let code = |name| params.text(name).ok_or_else(|| Refusal::missing(name));
    Ok((code("source")?, code("target")?))
}

/// `event: start` with the language, `event: segment` with each sentence and its translation, and at last `event: done`
/// with what an answer in one piece says, and each sentence as it stands after its review.
fn stream(
    shared: &Arc<Shared>,
    (client, bytes): (Client, usize),
    mut ask: Ask,
    form: Form,
) -> Response {
    let (sender, steps) = unbounded_channel();
    ask.steps = Some(sender);
    let start = json!({ "detectedLanguage": form.found.json(), "texts": ask.texts() });
    let mut start = Some(event("start", &start));
    let show = move |step: Step| {
        let told = json!({
            "text": step.document,
            "n": step.n,
            "of": step.of,
            "source": step.source,
            "translation": step.text,
        });
        start.take().unwrap_or_default() + &event("segment", &told)
    };
    let (patience, shared) = (shared.limits.wait, shared.clone());
    let end = async move {
        let made = async {
            let answers = shared.translate(&client, ask).await?;
            let told = move |_: &Shared| {
                let mut body = form.body(&answers);
                let segments = answers.iter().map(told::segments).collect::<Vec<_>>();
                body["segments"] = json!(segments);
                Ok(event("done", &body))
            };
            shared.aside(bytes, told).await
        };
        made.await
            .unwrap_or_else(|refusal: Refusal| event("error", &json!({ "error": refusal.message })))
    };
    events::stream(steps, show, Some(Box::pin(end)), patience)
}

/// How an answer to `/translate` is written.
struct Form {
    is_list: bool,
    is_auto: bool,
    found: Found,
    alternatives: usize,
}

impl Form {
    fn body(&self, answers: &[Answer]) -> Value {
        // A list is answered with lists.
        let each = |told: &dyn Fn(&Answer) -> Value| match self.is_list {
            true => answers.iter().map(told).collect(),
            false => answers.first().map_or(Value::Null, told),
        };
        let mut body = json!({ "translatedText": each(&|answer| json!(answer.text)) });
        if self.is_auto {
            body["detectedLanguage"] = each(&|_| self.found.json());
        }
        if self.alternatives > 0 {
            body["alternatives"] =
                each(&|answer| json!(told::alternatives(answer, self.alternatives)));
        }
        body["warnings"] = each(&|answer| json!(told::warnings(answer)));
        body["risk"] = each(&told::risk);
        body["route"] = each(&|answer| json!(told::route(answer)));
        body
    }
}

/// How a text is written.
///
/// # Errors
/// 400 for what isn't known.
pub fn format(name: Option<&str>) -> Result<Format> {
    match name.unwrap_or("text") {
        "text" => Ok(Format::Text),
        "html" => Ok(Format::Html),
        other => Err(Refusal::bad(format!("{other} format is not supported"))),
    }
}

/// The language of texts, said or found.
pub struct Found {
    /// Which.
    pub lang: Lang,
    /// From 0 to 100.
    confidence: f64,
}

impl Found {
    /// The language that `source` names, or that of `texts` if it says `auto`.
    ///
    /// # Errors
    /// 400 if nothing is translated from it.
    pub fn of(shared: &Shared, source: &str, texts: &[&str], format: Format) -> Result<Self> {
        if !source.eq_ignore_ascii_case("auto") {
            return Ok(Self {
                lang: shared.lang(source)?,
                confidence: 100.0,
            });
        }
        let found = Self::in_texts(texts, format);
        match shared.pairs.contains_key(&found.lang) {
            true => Ok(found),
            false => Err(Refusal::bad(format!("{source} is not supported"))),
        }
    }

    /// The language that `code` names, whether or not anything is translated from it.
    ///
    /// # Errors
    /// 400 if it names none.
    pub fn said(code: &str) -> Result<Self> {
        let unknown = || Refusal::bad(format!("{} is not supported", code.to_lowercase()));
        Ok(Self {
            lang: codes::read(code).ok_or_else(unknown)?,
            confidence: 100.0,
        })
    }

    /// That of `texts` as a whole; English, without any confidence, if they don't tell.
    pub fn in_texts(texts: &[&str], format: Format) -> Self {
        let plain = |text: &&str| match format {
            Format::Text => text.to_string(),
            _ => {
                let document = Document::from_text_in(*text, format, Lang::EN);
                document.article.plain_text()
            }
        };
        let texts: Vec<String> = texts.iter().map(plain).collect();
        let found = detect(&texts.join("\n"));
        match found.lang {
            Some(lang) => Self {
                lang,
                confidence: (found.confidence * 100.0).round(),
            },
            None => Self {
                lang: Lang::EN,
                confidence: 0.0,
            },
        }
    }

    fn json(&self) -> Value {
        json!({ "confidence": self.confidence, "language": codes::show(self.lang) })
    }
}

/// `POST /detect`.
pub async fn detect_language(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response> {
    let work = |_: &Shared, params: &Params, _: &Client| {
        let (texts, _) = params.texts("q")?;
        if texts.iter().all(|text| text.is_empty()) {
            return Err(Refusal::missing("q"));
        }
        let found = Found::in_texts(&texts, Format::Text).json();
        Ok(answer(StatusCode::OK, &[found]))
    };
    shared.answer(request, work).await
}

/// `GET /languages`.
pub async fn languages(State(shared): State<Arc<Shared>>) -> Response {
    let languages: Vec<Value> = shared
        .pairs
        .iter()
        .map(|(lang, targets)| {
            // A language's own is among its targets, and gives a text back.
            let mut targets: Vec<&str> = targets.iter().map(|to| codes::show(*to)).collect();
            targets.push(codes::show(*lang));
            targets.sort_unstable();
            json!({ "code": codes::show(*lang), "name": lang.name(), "targets": targets })
        })
        .collect();
    answer(StatusCode::OK, &languages)
}

/// `GET /frontend/settings`.
pub async fn settings(State(shared): State<Arc<Shared>>) -> Response {
    let first = shared.pairs.iter().next();
    let target = first.and_then(|(_, targets)| targets.first());
    let target = target.copied().unwrap_or(Lang::EN);
    let keys = !shared.keys().is_empty();
    let body = json!({
        "charLimit": shared.limits.chars.map_or(-1, |chars| chars as i64),
        "frontendTimeout": 500,
        "apiKeys": keys,
        "keyRequired": shared.require_key,
        "suggestions": shared.suggestions.is_some(),
        "filesTranslation": true,
        "supportedFilesFormat": FILES,
        "language": {
            "source": { "code": "auto", "name": "Auto Detect" },
            "target": { "code": codes::show(target), "name": target.name() },
        },
    });
    answer(StatusCode::OK, &body)
}

/// `POST /suggest`: a translation `s` of `q`, kept in the translation memory if the operator lets it. It stands for that of
/// the models wherever the same sentences come again.
pub async fn suggest(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    shared.answer(request, keep).await
}

fn keep(shared: &Shared, params: &Params, client: &Client) -> Result<Response> {
    let Some(suggestions) = &shared.suggestions else {
        let message = "Suggestions are disabled on this server.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    };
    let text = |name| params.text(name).ok_or_else(|| Refusal::missing(name));
    let (source, translation) = (text("q")?, text("s")?);
    shared.check_size(client, &[source, translation])?;
    let (from, to) = way(params)?;
    let (from, to) = (shared.lang(from)?, shared.lang(to)?);
    shared.check_pair(from, to)?;
    if from == to {
        return Err(Refusal::bad(
            "Invalid request: source and target are the same",
        ));
    }
    let document = |text, lang| Document::from_text_in(text, Format::Text, lang);
    let kept = suggestions.keep(&document(source, from), &document(translation, to));
    kept.map_err(|error| match error.kind() {
        ErrorKind::Input => Refusal::bad(format!("Invalid request: {error}")),
        _ => Refusal::from(error),
    })?;
    Ok(answer(StatusCode::OK, &json!({ "success": true })))
}

/// `GET /health`.
pub async fn health() -> Response {
    answer(StatusCode::OK, &json!({ "status": "ok" }))
}

/// `POST /translate_file`.
pub async fn translate_file(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response> {
    let base = base(request.headers(), &shared);
    let (params, client) = shared.enter(request).await?;
    let bytes = params.size();
    let read = shared.aside(bytes, move |shared| {
        let (ask, name) = file(shared, &client, &params)?;
        Ok::<_, Refusal>((client, ask, name))
    });
    let (client, ask, name) = read.await?;
    let made = shared.translate(&client, ask).await?.into_iter().next();
    let made = made.ok_or_else(|| Refusal::bad("Invalid request: empty file"))?;
    let told = move |shared: &Shared| {
        let (warnings, risk, route) =
            (told::warnings(&made), told::risk(&made), told::route(&made));
        let text = made.text.into_bytes();
        let name = shared.files.put(&name, text, Instant::now());
        let name = name.ok_or_else(|| {
            let message = "the system gives no random bytes";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, message)
        })?;
        let body = json!({
            "translatedFileUrl": format!("{base}/download_file/{name}"),
            "warnings": warnings,
            "risk": risk,
            "route": route,
        });
        Ok(answer(StatusCode::OK, &body))
    };
    shared.aside(bytes, told).await
}

/// What a request for a file's translation asks, and what the translation is called.
fn file(shared: &Shared, client: &Client, params: &Params) -> Result<(Ask, String)> {
    let file = params.file.as_ref();
    let file = file.ok_or_else(|| Refusal::missing("file"))?;
    let (source, target) = way(params)?;
    if file.name.is_empty() {
        return Err(Refusal::bad("Invalid request: empty file"));
    }
    let lower = file.name.to_lowercase();
    if !FILES.iter().any(|ending| lower.ends_with(ending)) {
        return Err(Refusal::bad("Invalid request: file format not supported"));
    }
    let text = std::str::from_utf8(&file.bytes);
    let text = text.map_err(|_| Refusal::bad("Invalid request: the file must be UTF-8"))?;
    shared.check_size(client, &[text])?;
    let format = Format::from_path(Path::new(&lower));
    let found = Found::of(shared, source, &[text], format)?;
    let to = shared.lang(target)?;
    shared.check_pair(found.lang, to)?;
    let (stem, ending) = file.name.rsplit_once('.').unwrap_or((&file.name, "txt"));
    let name = format!("{stem}_{}.{ending}", codes::show(to));
    let texts = vec![(text.to_string(), found.lang)];
    Ok((Ask::new(texts, to, format), name))
}

/// The server's address as the client wrote it, if that is a plain host and port.
fn base(headers: &HeaderMap, shared: &Shared) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    match host.filter(|host| !host.is_empty() && host.chars().all(plain)) {
        Some(host) => format!("http://{host}"),
        None => format!("http://{}", shared.address),
    }
}

/// `GET /download_file/{name}`.
pub async fn download_file(
    State(shared): State<Arc<Shared>>,
    Named(name): Named<String>,
) -> Result<Response> {
    let file = shared.files.get(&name, Instant::now());
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "there is no such file, or no longer");
    let (name, bytes) = file.ok_or_else(missing)?;
    // A browser is to keep it, whatever is in it, and not to show it as a page of ours.
    let mut response = typed(StatusCode::OK, "application/octet-stream", bytes);
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.map_err(|_| Refusal::bad("Invalid filename"))?;
    response
        .headers_mut()
        .insert(CONTENT_DISPOSITION, disposition);
    Ok(response)
}

/// `GET /metrics`.
pub async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let text = shared
        .metrics
        .render(shared.scheduler.status(), shared.writer.status());
    typed(
        StatusCode::OK,
        "text/plain; version=0.0.4; charset=utf-8",
        text,
    )
}
