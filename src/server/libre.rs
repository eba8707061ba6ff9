//! LibreTranslate's interface: its paths, its parameters, its words. What is ours stands beside: `warnings`, `risk`, `route`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Path as Named, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, HOST};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::codes;
use super::refusal::{Refusal, answer, typed};
use super::shared::{Answer, Shared};
use super::told;
use crate::text::detect;
use crate::{Document, Format, Lang};

/// Files that are translated, by what their names end in.
const FILES: [&str; 7] = [".txt", ".md", ".html", ".htm", ".xhtml", ".srt", ".vtt"];

type Result<T> = std::result::Result<T, Refusal>;

/// `POST /translate`.
pub async fn translate(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let (params, client) = shared.enter(request).await?;
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
    let source = params
        .text("source")
        .ok_or_else(|| Refusal::missing("source"))?;
    let target = params
        .text("target")
        .ok_or_else(|| Refusal::missing("target"))?;
    let alternatives = params.number("alternatives")?.unwrap_or(0);
    let sizes: Vec<&str> = texts.iter().map(String::as_str).collect();
    shared.check_size(&client, &sizes)?;
    if texts.len() > 1 {
        shared.charge(&client, texts.len() - 1)?;
    }
    let format = format(params.text("format"))?;
    let found = Found::of(&shared, source, &sizes, format)?;
    let to = shared.lang(target)?;
    shared.check_pair(found.lang, to)?;
    let texts = texts.into_iter().map(|text| (text, found.lang)).collect();
    let answers = shared.translate(&client, texts, to, format).await?;
    Ok(answer(
        StatusCode::OK,
        &body(&answers, is_list, source, &found, alternatives),
    ))
}

/// The body of an answer to `/translate`.
fn body(
    answers: &[Answer],
    is_list: bool,
    source: &str,
    found: &Found,
    alternatives: usize,
) -> Value {
    // A list is answered with lists.
    let each = |told: &dyn Fn(&Answer) -> Value| match is_list {
        true => answers.iter().map(told).collect(),
        false => answers.first().map_or(Value::Null, told),
    };
    let mut body = json!({ "translatedText": each(&|answer| json!(answer.text)) });
    if source.eq_ignore_ascii_case("auto") {
        body["detectedLanguage"] = each(&|_| found.json());
    }
    if alternatives > 0 {
        body["alternatives"] = each(&|answer| json!(told::alternatives(answer, alternatives)));
    }
    body["warnings"] = each(&|answer| json!(told::warnings(answer)));
    body["risk"] = each(&told::risk);
    body["route"] = each(&|answer| json!(told::route(answer)));
    body
}

fn format(name: Option<&str>) -> Result<Format> {
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
    let (params, _) = shared.enter(request).await?;
    let (texts, _) = params.texts("q")?;
    if texts.iter().all(|text| text.is_empty()) {
        return Err(Refusal::missing("q"));
    }
    Ok(answer(
        StatusCode::OK,
        &[Found::in_texts(&texts, Format::Text).json()],
    ))
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
        "suggestions": false,
        "filesTranslation": true,
        "supportedFilesFormat": FILES,
        "language": {
            "source": { "code": "auto", "name": "Auto Detect" },
            "target": { "code": codes::show(target), "name": target.name() },
        },
    });
    answer(StatusCode::OK, &body)
}

/// `POST /suggest`: nothing is taken from clients.
pub async fn suggest() -> Refusal {
    let message = "Suggestions are disabled on this server.";
    Refusal::new(StatusCode::FORBIDDEN, message)
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
    let file = params
        .file
        .as_ref()
        .ok_or_else(|| Refusal::missing("file"))?;
    let source = params
        .text("source")
        .ok_or_else(|| Refusal::missing("source"))?;
    let target = params
        .text("target")
        .ok_or_else(|| Refusal::missing("target"))?;
    if file.name.is_empty() {
        return Err(Refusal::bad("Invalid request: empty file"));
    }
    let lower = file.name.to_lowercase();
    if !FILES.iter().any(|ending| lower.ends_with(ending)) {
        return Err(Refusal::bad("Invalid request: file format not supported"));
    }
    let text = std::str::from_utf8(&file.bytes);
    let text = text.map_err(|_| Refusal::bad("Invalid request: the file must be UTF-8"))?;
    if let Some(limit) = client.chars.filter(|limit| *limit > 0) {
        shared.charge(&client, (text.len() / limit).saturating_sub(1))?;
    }
    let format = Format::from_path(Path::new(&lower));
    let found = Found::of(&shared, source, &[text], format)?;
    let to = shared.lang(target)?;
    shared.check_pair(found.lang, to)?;
    let texts = vec![(text.to_string(), found.lang)];
    let answers = shared.translate(&client, texts, to, format).await?;
    let made = answers.into_iter().next();
    let made = made.ok_or_else(|| Refusal::bad("Invalid request: empty file"))?;
    let (stem, ending) = file.name.rsplit_once('.').unwrap_or((&file.name, "txt"));
    let name = format!("{stem}_{}.{ending}", codes::show(to));
    let (warnings, risk, route) = (told::warnings(&made), told::risk(&made), told::route(&made));
    let put = shared
        .files
        .put(&name, made.text.into_bytes(), Instant::now());
    let name = put.ok_or_else(|| {
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
    let text = shared.metrics.render(shared.scheduler.status());
    typed(
        StatusCode::OK,
        "text/plain; version=0.0.4; charset=utf-8",
        text,
    )
}
