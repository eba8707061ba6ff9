//! DeepL's calls for glossaries: those of one pair of languages (`/v2`), and those of several (`/v3`).

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::aside::LONG;
use super::deepl::{Refused, lang};
use super::glossaries::{Entries, Kept, MOST, Table};
use super::log::time;
use super::params::Params;
use super::refusal::{Refusal, answer, typed};
use super::shared::{Client, Shared};
use crate::Lang;

type Result<T> = std::result::Result<T, Refused>;

fn missing(name: &str) -> Refusal {
    Refusal::bad(format!("Parameter '{name}' not specified."))
}

/// What can't be taken, in its own words.
fn bad(error: crate::Error) -> Refusal {
    let message = error.to_string();
    Refusal {
        message,
        ..Refusal::from(error)
    }
}

/// Reads entries that `get` finds the fields of.
fn entries<'a>(get: impl Fn(&str) -> Option<&'a str>) -> std::result::Result<Entries, Refusal> {
    let text = |name: &str| get(name).ok_or_else(|| missing(name));
    let table = match text("entries_format")? {
        "tsv" => Table::Tsv,
        "csv" => Table::Csv,
        _ => return Err(Refusal::bad("Value for 'entries_format' not supported.")),
    };
    let from = lang("source_lang", text("source_lang")?)?;
    let to = lang("target_lang", text("target_lang")?)?;
    Entries::read(from, to, text("entries")?, table).map_err(bad)
}

/// The dictionaries of a request in JSON.
fn dictionaries(params: &Params) -> std::result::Result<Option<Vec<Entries>>, Refusal> {
    let Some(list) = params.value("dictionaries") else {
        return Ok(None);
    };
    let list = list.as_array().ok_or_else(|| missing("dictionaries"))?;
    let read = |one: &Value| entries(|name| one.get(name).and_then(Value::as_str));
    list.iter()
        .map(read)
        .collect::<std::result::Result<_, _>>()
        .map(Some)
}

fn name(params: &Params) -> std::result::Result<&str, Refusal> {
    params.text("name").ok_or_else(|| missing("name"))
}

/// When it was made: its clients want fractions of a second too.
fn made_at(kept: &Kept) -> String {
    let whole = time(kept.made_at);
    format!("{}.000000Z", whole.trim_end_matches('Z'))
}

/// A glossary as `/v2` tells of it, which knows one pair of languages only.
fn of_one_pair(kept: &Kept) -> Option<Value> {
    let [entries] = &kept.dictionaries[..] else {
        return None;
    };
    Some(json!({
        "glossary_id": kept.id,
        "name": kept.name,
        "ready": true,
        "source_lang": entries.from.code(),
        "target_lang": entries.to.code(),
        "creation_time": made_at(kept),
        "entry_count": entries.pairs.len(),
    }))
}

fn counted(entries: &Entries) -> Value {
    json!({
        "source_lang": entries.from.code(),
        "target_lang": entries.to.code(),
        "entry_count": entries.pairs.len(),
    })
}

fn of_many_pairs(kept: &Kept) -> Value {
    let dictionaries: Vec<Value> = kept.dictionaries.iter().map(counted).collect();
    json!({
        "glossary_id": kept.id,
        "name": kept.name,
        "dictionaries": dictionaries,
        "creation_time": made_at(kept),
    })
}

fn no_glossary() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "Glossary not found")
}

/// Answers a request by `work`, which reads or writes the disk.
async fn answer_by(
    shared: &Arc<Shared>,
    request: Request,
    work: impl FnOnce(&Shared, &Params, &Client) -> Result<Response> + Send + 'static,
) -> Result<Response> {
    let (params, client) = shared.enter(request).await?;
    let work = move |shared: &Shared| work(shared, &params, &client);
    shared.aside(LONG, work).await
}

/// Keeps a new glossary, if its owner may have another.
fn keep(shared: &Shared, kept: &Kept) -> std::result::Result<(), Refusal> {
    let _alone = shared.glossaries.alone();
    if shared.glossaries.is_full(&kept.owner).map_err(bad)? {
        let message = format!("Quota exceeded: there are {MOST} glossaries already");
        // DeepL's own status for this, which its clients know.
        let exceeded = StatusCode::from_u16(456).unwrap_or(StatusCode::BAD_REQUEST);
        return Err(Refusal::new(exceeded, message));
    }
    shared.glossaries.put(kept).map_err(bad)
}

/// The glossary of this id, if it is the client's.
fn find(shared: &Shared, client: &Client, id: &str) -> std::result::Result<Kept, Refusal> {
    let found = shared.glossaries.get(client.owner(), id).map_err(bad)?;
    found.ok_or_else(no_glossary)
}

/// The glossary `id` of `client`'s as `change` leaves it.
fn update(
    shared: &Shared,
    client: &Client,
    id: &str,
    change: impl FnOnce(&mut Kept) -> std::result::Result<(), Refusal>,
) -> std::result::Result<Kept, Refusal> {
    let _alone = shared.glossaries.alone();
    let mut kept = find(shared, client, id)?;
    change(&mut kept)?;
    shared.glossaries.put(&kept).map_err(bad)?;
    Ok(kept)
}

/// `POST /v2/glossaries`.
pub async fn create(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let work = |shared: &Shared, params: &Params, client: &Client| {
        let name = name(params)?;
        let entries = entries(|name| params.text(name))?;
        let kept = Kept::new(client.owner(), name, vec![entries]).map_err(bad)?;
        keep(shared, &kept)?;
        Ok(answer(StatusCode::CREATED, &of_one_pair(&kept)))
    };
    answer_by(&shared, request, work).await
}

/// `GET /v2/glossaries`.
pub async fn list(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let work = |shared: &Shared, _: &Params, client: &Client| {
        let all = shared.glossaries.all(client.owner()).map_err(bad)?;
        let all: Vec<Value> = all.iter().filter_map(of_one_pair).collect();
        Ok(answer(StatusCode::OK, &json!({ "glossaries": all })))
    };
    answer_by(&shared, request, work).await
}

/// `GET /v2/glossaries/{id}`.
pub async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let work = move |shared: &Shared, _: &Params, client: &Client| {
        let kept = find(shared, client, &id)?;
        let told = of_one_pair(&kept);
        let told = told.ok_or_else(no_glossary)?;
        Ok(answer(StatusCode::OK, &told))
    };
    answer_by(&shared, request, work).await
}

/// `GET /v2/glossaries/{id}/entries`.
pub async fn show_entries(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let accepts_tsv = accepts_tsv(request.headers());
    let work = move |shared: &Shared, _: &Params, client: &Client| {
        let kept = find(shared, client, &id)?;
        let Some(entries) = kept.dictionaries.first().filter(|_| accepts_tsv) else {
            let message = "only tab-separated values";
            return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, message).into());
        };
        let media = "text/tab-separated-values; charset=utf-8";
        Ok(typed(StatusCode::OK, media, entries.to_tsv()))
    };
    answer_by(&shared, request, work).await
}

fn accepts_tsv(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let known = ["text/tab-separated-values", "text/*", "*/*"];
    accepted.is_none_or(|accepted| known.iter().any(|known| accepted.contains(known)))
}

/// `DELETE /v2/glossaries/{id}` and `DELETE /v3/glossaries/{id}`.
pub async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let work = move |shared: &Shared, _: &Params, client: &Client| {
        let _alone = shared.glossaries.alone();
        let kept = find(shared, client, &id)?;
        shared.glossaries.remove(&kept.id).map_err(bad)?;
        Ok(gone())
    };
    answer_by(&shared, request, work).await
}

fn gone() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// `GET /v2/glossary-language-pairs`.
pub async fn pairs(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    shared.enter(request).await?;
    let ways = shared.pairs.iter();
    let ways = ways.flat_map(|(from, targets)| targets.iter().map(|to| (*from, *to)));
    let pair =
        |(from, to): (Lang, Lang)| json!({ "source_lang": from.code(), "target_lang": to.code() });
    let pairs: Vec<Value> = ways.map(pair).collect();
    let body = json!({ "supported_languages": pairs });
    Ok(answer(StatusCode::OK, &body))
}

/// `POST /v3/glossaries`.
pub async fn create_many(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let work = |shared: &Shared, params: &Params, client: &Client| {
        let name = name(params)?;
        let dictionaries = dictionaries(params)?.filter(|list| !list.is_empty());
        let dictionaries = dictionaries.ok_or_else(|| missing("dictionaries"))?;
        let mut kept = Kept::new(client.owner(), name, Vec::new()).map_err(bad)?;
        kept.merge(dictionaries);
        keep(shared, &kept)?;
        Ok(answer(StatusCode::CREATED, &of_many_pairs(&kept)))
    };
    answer_by(&shared, request, work).await
}

/// `GET /v3/glossaries`.
pub async fn list_many(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let work = |shared: &Shared, _: &Params, client: &Client| {
        let all = shared.glossaries.all(client.owner()).map_err(bad)?;
        let all: Vec<Value> = all.iter().map(of_many_pairs).collect();
        Ok(answer(StatusCode::OK, &json!({ "glossaries": all })))
    };
    answer_by(&shared, request, work).await
}

/// `GET /v3/glossaries/{id}`.
pub async fn show_many(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let work = move |shared: &Shared, _: &Params, client: &Client| {
        let kept = find(shared, client, &id)?;
        Ok(answer(StatusCode::OK, &of_many_pairs(&kept)))
    };
    answer_by(&shared, request, work).await
}

/// `PATCH /v3/glossaries/{id}`: another name, further entries.
pub async fn change(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let work = move |shared: &Shared, params: &Params, client: &Client| {
        let more = dictionaries(params)?.unwrap_or_default();
        let kept = update(shared, client, &id, |kept| {
            if let Some(name) = params.text("name") {
                kept.name = name.to_string();
            }
            kept.merge(more);
            Ok(())
        })?;
        Ok(answer(StatusCode::OK, &of_many_pairs(&kept)))
    };
    answer_by(&shared, request, work).await
}

/// The pair of languages that a request names.
fn way(params: &Params) -> std::result::Result<(Lang, Lang), Refusal> {
    let code = |name| params.text(name).ok_or_else(|| missing(name));
    Ok((
        lang("source_lang", code("source_lang")?)?,
        lang("target_lang", code("target_lang")?)?,
    ))
}

fn no_dictionary() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "Dictionary not found")
}

/// `GET /v3/glossaries/{id}/entries`.
pub async fn show_some(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let work = move |shared: &Shared, params: &Params, client: &Client| {
        let kept = find(shared, client, &id)?;
        let (from, to) = way(params)?;
        let entries = kept.of(from, to).ok_or_else(no_dictionary)?;
        let dictionary = json!({
            "source_lang": from.code(),
            "target_lang": to.code(),
            "entries": entries.to_tsv(),
            "entries_format": "tsv",
        });
        let body = json!({ "dictionaries": [dictionary] });
        Ok(answer(StatusCode::OK, &body))
    };
    answer_by(&shared, request, work).await
}

/// `PUT /v3/glossaries/{id}/dictionaries`.
pub async fn replace(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let work = move |shared: &Shared, params: &Params, client: &Client| {
        let entries = entries(|name| params.text(name))?;
        let told = counted(&entries);
        update(shared, client, &id, |kept| {
            kept.replace(entries);
            Ok(())
        })?;
        Ok(answer(StatusCode::OK, &told))
    };
    answer_by(&shared, request, work).await
}

/// `DELETE /v3/glossaries/{id}/dictionaries`.
pub async fn delete_some(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let work = move |shared: &Shared, params: &Params, client: &Client| {
        let (from, to) = way(params)?;
        update(shared, client, &id, |kept| {
            kept.of(from, to).ok_or_else(no_dictionary)?;
            kept.dictionaries
                .retain(|one| (one.from, one.to) != (from, to));
            Ok(())
        })?;
        Ok(gone())
    };
    answer_by(&shared, request, work).await
}
