//! OpenAI's interface: chats, the list of models, vectors of texts. A chat model answers as itself; a model that translates
//! one pair of languages translates what the user said last. What is ours stands beside: `warnings`, `risk`, `route`.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::events::{self, data};
use super::params::Params;
use super::refusal::{Refusal, answer, typed};
use super::shared::{Answer, Ask, Client, Shared};
use super::told;
use super::writer::{Piece, Usage};
use crate::face::{Ability, ChatRequest, Embedded, Finish, Message, Offer, Role};
use crate::{Format, Sampling};

/// An answer has at most so many tokens, if the client doesn't say.
const TOKENS: usize = 1024;

/// A refusal in OpenAI's form.
pub struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(mut refusal) = self;
        // Its clients know a wrong key by 401.
        if refusal.status == StatusCode::FORBIDDEN {
            refusal.status = StatusCode::UNAUTHORIZED;
        }
        let (kind, code) = match refusal.status {
            StatusCode::UNAUTHORIZED => ("invalid_request_error", json!("invalid_api_key")),
            StatusCode::NOT_FOUND => ("invalid_request_error", json!("model_not_found")),
            StatusCode::TOO_MANY_REQUESTS => ("requests", json!("rate_limit_exceeded")),
            status if status.is_client_error() => ("invalid_request_error", Value::Null),
            _ => ("server_error", Value::Null),
        };
        let message = &refusal.message;
        let error = json!({ "message": message, "type": kind, "param": null, "code": code });
        refusal.with_body(&json!({ "error": error }))
    }
}

type Result<T> = std::result::Result<T, Refused>;

fn model_entry(offer: &Offer, created: u64) -> Value {
    json!({ "id": offer.id, "object": "model", "created": created, "owned_by": "traghetto" })
}

/// `GET /v1/models`.
pub async fn models(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    shared.enter(request).await?;
    let offers = shared.offers.iter();
    let list: Vec<Value> = offers.map(|one| model_entry(one, shared.started)).collect();
    let body = json!({ "object": "list", "data": list });
    Ok(answer(StatusCode::OK, &body))
}

/// `GET /v1/models/{model}`.
pub async fn model(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    shared.enter(request).await?;
    let offer = offer(&shared, &id)?;
    Ok(answer(StatusCode::OK, &model_entry(offer, shared.started)))
}

fn offer<'s>(shared: &'s Shared, id: &str) -> Result<&'s Offer> {
    let offer = shared.offers.iter().find(|offer| offer.id == id);
    let missing = || {
        let message = format!("The model '{id}' does not exist or isn't in the store");
        Refusal::new(StatusCode::NOT_FOUND, message)
    };
    Ok(offer.ok_or_else(missing)?)
}

/// What all parts of an answer begin with.
#[derive(Clone)]
struct Head {
    id: String,
    created: u64,
    model: String,
}

impl Head {
    fn new(model: &str) -> Self {
        let mut random = [0u8; 12];
        // An id that isn't unique harms nobody.
        let _ = getrandom::fill(&mut random);
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            id: format!("chatcmpl-{digits}"),
            created: UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
            model: model.to_string(),
        }
    }

    fn whole(&self, text: &str, usage: Usage) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": text, "refusal": null },
                "logprobs": null,
                "finish_reason": reason(usage.finish),
            }],
            "usage": counts(usage),
        })
    }

    fn part(&self, choices: Value) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        })
    }

    fn delta(&self, delta: Value, finish: Option<&str>) -> Value {
        let choice = json!({
            "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish
        });
        self.part(json!([choice]))
    }

    fn opening(&self) -> String {
        data(&self.delta(json!({ "role": "assistant", "content": "" }), None))
    }

    fn text(&self, text: &str) -> String {
        data(&self.delta(json!({ "content": text }), None))
    }

    /// The last parts: why it ended, what it took if that is wanted, the mark of the end.
    fn closing(&self, usage: Usage, with_usage: bool) -> String {
        let mut closing = data(&self.delta(json!({}), Some(reason(usage.finish))));
        if with_usage {
            let mut part = self.part(json!([]));
            part["usage"] = counts(usage);
            closing.push_str(&data(&part));
        }
        closing + "data: [DONE]\n\n"
    }
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Length => "length",
        Finish::Stop | Finish::Cancelled => "stop",
    }
}

fn counts(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.tokens_in,
        "completion_tokens": usage.tokens_out,
        "total_tokens": usage.tokens_in + usage.tokens_out,
    })
}

/// What a request asks of a model.
enum Asked {
    /// An answer of its own.
    Answer(ChatRequest),
    /// A translation, of a text with so many characters.
    Translation(Ask, usize),
}

/// A request for a chat.
struct Wanted {
    head: Head,
    asked: Asked,
    is_streamed: bool,
    with_usage: bool,
}

impl Wanted {
    fn read(shared: &Shared, client: &Client, params: &Params) -> Result<Self> {
        let messages = messages(params)?;
        let model = params.text("model");
        let model = model.ok_or_else(|| Refusal::bad("you must provide a model parameter"))?;
        let ability = offer(shared, model)?.ability;
        let texts: Vec<&str> = messages.iter().map(|one| one.content.as_str()).collect();
        shared.check_size(client, &texts)?;
        if params.number("n")?.is_some_and(|n| n != 1) {
            return Err(Refusal::bad("'n' must be 1: a chat has one answer here").into());
        }
        let flag = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or(false);
        let options = params.value("stream_options");
        let asked = match ability {
            Ability::Embed => {
                let message =
                    format!("The model '{model}' answers no chats: it is for /v1/embeddings");
                return Err(Refusal::bad(message).into());
            }
            Ability::Translate(from, to) => {
                let spoken = messages.iter().rfind(|one| one.role == Role::User);
                let text = spoken.map(|one| one.content.clone()).unwrap_or_default();
                let characters = text.chars().count();
                let mut ask = Ask::new(vec![(text, from)], to, Format::Text);
                ask.model = Some(model.to_string());
                Asked::Translation(ask, characters)
            }
            Ability::Chat => Asked::Answer(ask(params, messages)?),
        };
        Ok(Self {
            head: Head::new(model),
            asked,
            is_streamed: flag(params.value("stream")),
            with_usage: flag(options.and_then(|options| options.get("include_usage"))),
        })
    }
}

/// `POST /v1/chat/completions`.
pub async fn chat(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let (params, client) = shared.enter(request).await?;
    let bytes = params.size();
    let read = shared.aside(bytes, move |shared| {
        let wanted = Wanted::read(shared, &client, &params)?;
        Ok::<_, Refused>((client, wanted))
    });
    let (client, wanted) = read.await?;
    let how = (wanted.is_streamed, wanted.with_usage);
    match wanted.asked {
        Asked::Translation(ask, characters) => {
            let answers = shared.translate(&client, ask).await?;
            let made = answers.into_iter().next().ok_or_else(Refusal::stopped)?;
            let told = move |_: &Shared| Ok(translated(&wanted.head, characters, &made, how));
            shared.aside(bytes, told).await
        }
        Asked::Answer(request) => {
            let pieces = shared.writer.chat(wanted.head.model.clone(), request);
            let pieces = pieces.map_err(|_| Refusal::slow_down("the queue is full", 5))?;
            match wanted.is_streamed {
                true => Ok(streamed(&shared, wanted.head, pieces, wanted.with_usage)),
                false => whole(&shared, &wanted.head, pieces).await,
            }
        }
    }
}

/// Who said what, each as one text.
fn messages(params: &Params) -> Result<Vec<Message>> {
    let list = params.value("messages").and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Refusal::bad("'messages' must be a list, and not empty"))?;
    let mut messages = Vec::with_capacity(list.len());
    for one in list {
        let role = match one.get("role").and_then(Value::as_str) {
            Some("system" | "developer") => Role::System,
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            other => {
                let role = other.unwrap_or("none");
                return Err(Refusal::bad(format!("the role {role} isn't known")).into());
            }
        };
        let content = match one.get("content") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => {
                let text = |part: &Value| Some(part.get("text")?.as_str()?.to_string());
                let texts: Option<Vec<String>> = parts.iter().map(text).collect();
                texts
                    .ok_or_else(|| Refusal::bad("a message's parts must be texts"))?
                    .concat()
            }
            _ => return Err(Refusal::bad("a message's 'content' must be a text").into()),
        };
        messages.push(Message { role, content });
    }
    match messages.last() {
        Some(last) if last.role == Role::User => Ok(messages),
        _ => Err(Refusal::bad("the last of the 'messages' must be the user's").into()),
    }
}

/// How the model shall answer.
fn ask(params: &Params, messages: Vec<Message>) -> Result<ChatRequest> {
    let number = |name: &str, most: f64| -> Result<Option<f64>> {
        match params.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_f64().filter(|n| (0.0..=most).contains(n)) {
                Some(number) => Ok(Some(number)),
                None => Err(Refusal::bad(format!("'{name}' must be from 0 to {most}")).into()),
            },
        }
    };
    let sampling = Sampling::default();
    let temperature = number("temperature", 2.0)?;
    let top_p = number("top_p", 1.0)?.filter(|top_p| *top_p > 0.0);
    let seed = params.value("seed").and_then(Value::as_i64);
    let most = match params.number("max_completion_tokens")? {
        None => params.number("max_tokens")?,
        most => most,
    };
    Ok(ChatRequest {
        messages,
        sampling: Sampling {
            temperature: temperature.map_or(sampling.temperature, |n| n as f32),
            top_p: top_p.map_or(sampling.top_p, |n| n as f32),
            seed: seed.map_or(sampling.seed, |seed| seed as u64),
            ..sampling
        },
        max_tokens: most.unwrap_or(TOKENS).max(1),
        stop: params
            .texts("stop")?
            .0
            .into_iter()
            .map(str::to_string)
            .collect(),
    })
}

fn streamed(
    shared: &Shared,
    head: Head,
    pieces: UnboundedReceiver<Piece<Usage>>,
    with_usage: bool,
) -> Response {
    let mut opening = Some(head.opening());
    let show = move |piece| {
        let opening = opening.take().unwrap_or_default();
        opening
            + &match piece {
                Piece::Text(text) => head.text(&text),
                Piece::Done(Ok(usage)) => head.closing(usage, with_usage),
                Piece::Done(Err(error)) => {
                    let message = Refusal::from(error).message;
                    let error = json!({ "message": message, "type": "server_error" });
                    data(&json!({ "error": error }))
                }
            }
    };
    events::stream(pieces, show, None, shared.limits.wait)
}

async fn whole(
    shared: &Shared,
    head: &Head,
    mut pieces: UnboundedReceiver<Piece<Usage>>,
) -> Result<Response> {
    let mut text = String::new();
    let heard = async {
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Text(more) => text.push_str(&more),
                Piece::Done(end) => return Some(end),
            }
        }
        None
    };
    let usage = shared.in_time(heard).await?;
    let usage = usage.ok_or_else(Refusal::stopped)?.map_err(Refusal::from)?;
    Ok(answer(StatusCode::OK, &head.whole(&text, usage)))
}

/// The answer of a model that translates, to a text of so many characters.
fn translated(
    head: &Head,
    characters: usize,
    made: &Answer,
    (is_streamed, with_usage): (bool, bool),
) -> Response {
    // A batch of many clients' sentences has no tokens of one: about four characters are one.
    let tokens = |characters: usize| characters.div_ceil(4);
    let usage = Usage {
        finish: Finish::Stop,
        tokens_in: tokens(characters),
        tokens_out: tokens(made.text.chars().count()),
    };
    if is_streamed {
        let body = head.opening() + &head.text(&made.text) + &head.closing(usage, with_usage);
        return typed(StatusCode::OK, "text/event-stream", body);
    }
    let mut body = head.whole(&made.text, usage);
    beside(&mut body, made);
    answer(StatusCode::OK, &body)
}

fn beside(body: &mut Value, made: &Answer) {
    body["warnings"] = json!(told::warnings(made));
    body["risk"] = told::risk(made);
    body["route"] = json!(told::route(made));
}

/// `POST /v1/embeddings`.
pub async fn embeddings(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response> {
    let (params, client) = shared.enter(request).await?;
    let bytes = params.size();
    let read = shared.aside(bytes, move |shared| {
        let texts = to_embed(shared, &client, &params)?;
        Ok::<_, Refused>((params, texts))
    });
    let (params, texts) = read.await?;
    let pieces = shared.writer.embed(texts);
    let mut pieces = pieces.map_err(|_| Refusal::slow_down("the queue is full", 5))?;
    let heard = shared.in_time(pieces.recv()).await?;
    let Some(Piece::Done(made)) = heard else {
        return Err(Refusal::stopped().into());
    };
    let made = made.map_err(Refusal::from)?;
    let told = move |_: &Shared| vectors(&params, &made);
    shared.aside(bytes, told).await
}

/// The texts that a request wants vectors of.
fn to_embed(shared: &Shared, client: &Client, params: &Params) -> Result<Vec<String>> {
    let (texts, _) = params.texts("input")?;
    if texts.is_empty() || texts.iter().any(|text| text.is_empty()) {
        return Err(Refusal::bad("'input' must be a text or a list of texts, none empty").into());
    }
    let model = params.text("model");
    let model = model.ok_or_else(|| Refusal::bad("you must provide a model parameter"))?;
    if offer(shared, model)?.ability != Ability::Embed {
        let message = format!("The model '{model}' gives no vectors");
        return Err(Refusal::bad(message).into());
    }
    in_base64(params)?;
    shared.check_size(client, &texts)?;
    if texts.len() > 1 {
        shared.charge(client, texts.len() - 1)?;
    }
    Ok(texts.into_iter().map(str::to_string).collect())
}

/// Whether vectors are wanted as their bytes.
fn in_base64(params: &Params) -> Result<bool> {
    match params.text("encoding_format") {
        None | Some("float") => Ok(false),
        Some("base64") => Ok(true),
        Some(_) => Err(Refusal::bad("'encoding_format' must be float or base64").into()),
    }
}

/// Vectors as an answer.
fn vectors(params: &Params, made: &Embedded) -> Result<Response> {
    let in_base64 = in_base64(params)?;
    let wanted = params.number("dimensions")?;
    let width = made.vectors.first().map(Vec::len);
    if wanted.is_some() && wanted != width {
        let width = width.unwrap_or(0);
        return Err(Refusal::bad(format!("'dimensions' can only be {width}")).into());
    }
    let vectors = made.vectors.iter().enumerate();
    let list: Vec<Value> = vectors
        .map(|(index, vector)| {
            let vector = match in_base64 {
                true => json!(base64(vector)),
                false => json!(vector),
            };
            json!({ "object": "embedding", "index": index, "embedding": vector })
        })
        .collect();
    let usage = json!({ "prompt_tokens": made.tokens, "total_tokens": made.tokens });
    let model = params.text("model");
    let body = json!({ "object": "list", "data": list, "model": model, "usage": usage });
    Ok(answer(StatusCode::OK, &body))
}

/// The bytes of `numbers`, the lowest first, in base64.
fn base64(numbers: &[f32]) -> String {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    BASE64_STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_pythons_base64_writes_them() {
        assert_eq!(base64(&[1.0]), "AACAPw==");
        assert_eq!(base64(&[1.0, -2.5]), "AACAPwAAIMA=");
        assert_eq!(base64(&[1.0, -2.5, 0.1]), "AACAPwAAIMDNzMw9");
        assert_eq!(base64(&[]), "");
    }
}
