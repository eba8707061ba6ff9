//! DeepL's interface, as far as its clients need it to translate texts. What it has of ours stands beside: `warnings`,
//! `risk`, `route`.

use std::sync::{Arc, PoisonError};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::aside;
use super::codes;
use super::libre::Found;
use super::params::Params;
use super::refusal::{Refusal, answer};
use super::shared::{Ask, Client, Shared};
use super::told;
use crate::{Format, Glossary, Lang};

/// A refusal in DeepL's form.
pub struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.with_body(&json!({ "message": self.0.message }))
    }
}

/// How DeepL writes a language.
fn show(lang: Lang) -> String {
    lang.code().to_uppercase()
}

/// The language that `code` names, of the parameter `name`.
///
/// # Errors
/// 400 if it names none.
pub fn lang(name: &str, code: &str) -> Result<Lang, Refusal> {
    let message = || format!("Value for '{name}' not supported.");
    codes::read_region(code).ok_or_else(|| Refusal::bad(message()))
}

/// `POST /v2/translate`.
pub async fn translate(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Refused> {
    let (params, client) = shared.enter(request).await?;
    let bytes = match params.text("glossary_id") {
        Some(_) => aside::LONG,
        None => params.size(),
    };
    let read = shared.aside(bytes, move |shared| {
        let (ask, sizes) = asked(shared, &client, &params)?;
        Ok::<_, Refusal>((client, ask, sizes))
    });
    let (client, ask, sizes) = read.await?;
    let answers = shared.translate(&client, ask).await?;
    let told = move |_: &Shared| {
        let translations = answers
            .iter()
            .zip(sizes)
            .map(|(answer, (characters, from))| {
                json!({
                    "detected_source_language": show(from),
                    "text": answer.text,
                    "billed_characters": characters,
                    "warnings": told::warnings(answer),
                    "risk": told::risk(answer),
                    "route": told::route(answer),
                })
            });
        let body = json!({ "translations": translations.collect::<Vec<Value>>() });
        Ok(answer(StatusCode::OK, &body))
    };
    shared.aside(bytes, told).await
}

/// What a request for translations asks, and of each text its characters and its language.
fn asked(
    shared: &Shared,
    client: &Client,
    params: &Params,
) -> Result<(Ask, Vec<(usize, Lang)>), Refusal> {
    let (texts, _) = params.texts("text")?;
    if texts.is_empty() {
        return Err(Refusal::bad("Parameter 'text' not specified."));
    }
    let target = params.text("target_lang");
    let target = target.ok_or_else(|| Refusal::bad("Parameter 'target_lang' not specified."))?;
    let to = lang("target_lang", target)?;
    let source = params.text("source_lang");
    let source = source.map(|code| lang("source_lang", code)).transpose()?;
    let format = match params.text("tag_handling") {
        // Tags stay what they are in both.
        Some("html" | "xml") => Format::Html,
        _ => Format::Text,
    };
    shared.check_size(client, &texts)?;
    if texts.len() > 1 {
        shared.charge(client, texts.len() - 1)?;
    }
    let glossary = params.text("glossary_id");
    let glossary = glossary.map(|id| glossary_of(shared, client, id, (source, to)));
    let glossary = glossary.transpose()?;
    let mut known = Vec::with_capacity(texts.len());
    for text in texts {
        let from = source.unwrap_or_else(|| Found::in_texts(&[text], format).lang);
        shared.check_pair(from, to)?;
        known.push((text.to_string(), from));
    }
    let sizes = known
        .iter()
        .map(|(text, from)| (text.chars().count(), *from));
    let sizes = sizes.collect();
    let mut ask = Ask::new(known, to, format);
    ask.glossary = glossary;
    Ok((ask, sizes))
}

/// The terms of a client's glossary for the languages of a request.
fn glossary_of(
    shared: &Shared,
    client: &Client,
    id: &str,
    (from, to): (Option<Lang>, Lang),
) -> Result<Glossary, Refusal> {
    let kept = shared.glossaries.get(client.owner(), id)?;
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "Glossary not found");
    let kept = kept.ok_or_else(missing)?;
    let from = from.ok_or_else(|| {
        Refusal::bad("Parameter 'source_lang' must be specified where there is a 'glossary_id'.")
    })?;
    let entries = kept
        .of(from, to)
        .ok_or_else(|| Refusal::bad("The glossary has no entries for these languages."))?;
    Ok(entries.glossary()?)
}

/// `GET` and `POST /v2/languages`.
pub async fn languages(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Refused> {
    let (params, _) = shared.enter(request).await?;
    let is_target = params.text("type") == Some("target");
    let mut langs: Vec<Lang> = match is_target {
        true => shared.pairs.values().flatten().copied().collect(),
        false => shared.pairs.keys().copied().collect(),
    };
    langs.sort_unstable();
    langs.dedup();
    let entry = |lang: &Lang| {
        let mut entry = json!({ "language": show(*lang), "name": lang.name() });
        if is_target {
            entry["supports_formality"] = json!(false);
        }
        entry
    };
    let body: Vec<Value> = langs.iter().map(entry).collect();
    Ok(answer(StatusCode::OK, &body))
}

/// `GET` and `POST /v2/usage`: characters since the server was started. There is no limit to them; clients want one.
pub async fn usage(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Refused> {
    let (_, client) = shared.enter(request).await?;
    let usage = shared.usage.lock().unwrap_or_else(PoisonError::into_inner);
    let count = usage.get(client.owner()).copied().unwrap_or(0);
    let body = json!({ "character_count": count, "character_limit": 1_000_000_000_000_u64 });
    Ok(answer(StatusCode::OK, &body))
}
