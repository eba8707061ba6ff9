//! OpenAI's interface, and what is written piece by piece.

use serde_json::{Value, json};

use super::{JSON, SENTENCES, Server};
use crate::support::model;

/// The events of a stream: their names, and their data.
pub fn events(body: &str) -> Vec<(String, String)> {
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().to_string()
    };
    let events = body.split("\n\n").filter(|event| event.contains("data: "));
    events
        .map(|event| (field(event, "event: "), field(event, "data: ")))
        .collect()
}

impl Server {
    /// The body of an answer to JSON that comes as events, its chunks joined.
    pub fn streamed(&self, path: &str, body: &Value) -> String {
        let headers = [("Content-Type", JSON), ("Accept", "text/event-stream")];
        let body = body.to_string();
        let (status, head, body) = self.exchange(("POST", path), &headers, body.as_bytes());
        assert_eq!(status, 200, "{body}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        match head.contains("transfer-encoding: chunked") {
            true => unchunked(&body),
            false => body,
        }
    }
}

fn unchunked(body: &str) -> String {
    let (mut rest, mut whole) = (body.as_bytes(), Vec::new());
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    String::from_utf8(whole).unwrap()
}

#[test]
fn a_model_that_translates_answers_chats() {
    let server = Server::start(&[]);
    let chat = |stream: bool| {
        json!({
            "model": "student-en-pt",
            "messages": [
                {"role": "system", "content": "You translate."},
                {"role": "user", "content": [{"type": "text", "text": "Please close the window."}]}
            ],
            "stream": stream,
            "stream_options": {"include_usage": true},
            "temperature": 0.7
        })
    };
    let (status, whole) = server.json("/v1/chat/completions", &chat(false));
    assert_eq!(status, 200, "{whole}");
    let text = "Por favor, feche a janela.";
    assert_eq!(whole["choices"][0]["message"]["content"], text);
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");
    assert!(whole["usage"]["total_tokens"].as_u64().unwrap() > 0);
    assert_eq!(whole["route"], "en → pt by student-en-pt");
    let parts = events(&server.streamed("/v1/chat/completions", &chat(true)));
    assert_eq!(parts.last().unwrap().1, "[DONE]");
    let parts: Vec<Value> = parts[..parts.len() - 1]
        .iter()
        .map(|(_, data)| serde_json::from_str(data).unwrap())
        .collect();
    let said: String = parts
        .iter()
        .filter_map(|part| part["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(said, text);
    assert!(parts.last().unwrap()["usage"]["prompt_tokens"].is_number());
}

#[test]
fn chat_models_answer_as_themselves() {
    model("smollm2-135m");
    model("e5-small");
    model("e5-small");
    let server = Server::start(&[]);
    let (_, models) = server.get("/v1/models");
    let ids: Vec<&str> = models["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert!(
        ids.contains(&"smollm2-135m") && ids.contains(&"e5-small"),
        "{ids:?}"
    );
    assert_eq!(server.get("/v1/models/smollm2-135m").0, 200);
    let (status, missing) = server.get("/v1/models/nobody");
    assert_eq!(
        (status, &missing["error"]["code"]),
        (404, &json!("model_not_found"))
    );
    let ask = |extra: Value| {
        let mut request = json!({
            "model": "smollm2-135m",
            "messages": [{"role": "user", "content": "Say hello."}],
            "max_tokens": 8
        });
        for (name, value) in extra.as_object().unwrap() {
            request[name] = value.clone();
        }
        request
    };
    let path = "/v1/chat/completions";
    let (status, whole) = server.json(path, &ask(json!({})));
    assert_eq!(status, 200, "{whole}");
    let text = whole["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(!text.is_empty());
    assert!(whole["usage"]["completion_tokens"].as_u64().unwrap() <= 8);
    // The same in pieces, and for several at once.
    let streamed = server.streamed(path, &ask(json!({"stream": true})));
    let said: String = events(&streamed)
        .iter()
        .filter_map(|(_, data)| serde_json::from_str::<Value>(data).ok())
        .filter_map(|part| Some(part["choices"][0]["delta"]["content"].as_str()?.to_string()))
        .collect();
    assert_eq!(said, text);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let made = server.json(path, &ask(json!({}))).1;
                assert_eq!(made["choices"][0]["message"]["content"], text);
            });
        }
    });
    for (wrong, status) in [
        (json!({"model": "nobody"}), 404),
        (json!({"model": "e5-small"}), 400),
        (json!({"messages": []}), 400),
        (json!({"messages": [{"role": "user"}]}), 400),
        (
            json!({"messages": [{"role": "assistant", "content": "a"}]}),
            400,
        ),
        (
            json!({"messages": [{"role": "user", "content": "word ".repeat(20_000)}]}),
            400,
        ),
        (json!({"n": 2}), 400),
        (json!({"temperature": -1}), 400),
    ] {
        let (found, body) = server.json(path, &ask(wrong.clone()));
        assert_eq!(found, status, "{wrong}: {body}");
        assert!(body["error"]["message"].is_string(), "{body}");
    }
}

#[test]
fn texts_become_vectors() {
    model("e5-small");
    let server = Server::start(&[]);
    let vectors = json!({"model": "e5-small", "input": [
        "The minister denied the report on Monday.",
        "O ministro negou a notícia na segunda-feira.",
        "Please close the window before you leave the house."
    ]});
    let (status, made) = server.json("/v1/embeddings", &vectors);
    assert_eq!(status, 200, "{made}");
    let vector = |i: usize| -> Vec<f64> {
        let vector = made["data"][i]["embedding"].as_array().unwrap();
        vector.iter().map(|n| n.as_f64().unwrap()).collect()
    };
    let likeness =
        |a: usize, b: usize| -> f64 { vector(a).iter().zip(vector(b)).map(|(a, b)| a * b).sum() };
    assert!((likeness(0, 0) - 1.0).abs() < 1e-3);
    assert!(
        likeness(0, 1) > likeness(0, 2),
        "{} {}",
        likeness(0, 1),
        likeness(0, 2)
    );
    let encoded = json!({"model": "e5-small", "input": "It rains.", "encoding_format": "base64"});
    let encoded = server.json("/v1/embeddings", &encoded).1;
    let text = encoded["data"][0]["embedding"].as_str().unwrap();
    assert_eq!(text.len(), (vector(0).len() * 4).div_ceil(3) * 4);
}

#[test]
fn sentences_come_as_they_are_translated() {
    let server = Server::start(&[]);
    let text = SENTENCES.join(" ");
    let request = json!({"q": text, "source": "auto", "target": "pt"});
    let parts = events(&server.streamed("/translate", &request));
    let named = |name: &str| -> Vec<Value> {
        let named = parts.iter().filter(|(event, _)| event == name);
        named
            .map(|(_, data)| serde_json::from_str(data).unwrap())
            .collect()
    };
    assert_eq!(named("start")[0]["detectedLanguage"]["language"], "en");
    let segments = named("segment");
    assert_eq!(segments.len(), SENTENCES.len());
    for (n, segment) in segments.iter().enumerate() {
        assert_eq!(
            (&segment["n"], &segment["of"]),
            (&json!(n), &json!(SENTENCES.len()))
        );
        assert_eq!(segment["source"], SENTENCES[n]);
    }
    let done = &named("done")[0];
    assert_eq!(parts.last().unwrap().0, "done");
    assert_eq!(done["translatedText"], server.translated(&json!(text)));
    let reviewed = done["segments"][0].as_array().unwrap();
    assert_eq!(reviewed.len(), SENTENCES.len());
    assert!(reviewed.iter().all(|one| one["level"].is_string()));
    // What is refused is refused as ever.
    let headers = [("Content-Type", JSON), ("Accept", "text/event-stream")];
    let wrong = br#"{"q": "a", "source": "en", "target": "zz"}"#;
    let (status, _, body) = server.exchange(("POST", "/translate"), &headers, wrong);
    assert_eq!(status, 400, "{body}");
}

#[test]
fn texts_are_summarised_with_what_they_rest_on() {
    let server = Server::start(&[]);
    let sentences = [&SENTENCES[..], &["The talks last until Friday."]].concat();
    let text = sentences.join(" ");
    let request = json!({"q": text, "source": "en", "length": "short", "extract": true});
    let (status, made) = server.json("/summarize", &request);
    assert_eq!(status, 200, "{made}");
    let claims = made["claims"].as_array().unwrap();
    assert!(!claims.is_empty() && claims.len() <= 2, "{made}");
    let sources = claims[0]["sources"].as_array().unwrap();
    let first = sources[0].as_u64().unwrap() as usize;
    assert_eq!(claims[0]["evidence"][0], sentences[first]);
    let mut abroad = request.clone();
    abroad["target"] = json!("pt");
    let parts = events(&server.streamed("/summarize", &abroad));
    let (event, data) = parts.last().unwrap();
    assert_eq!(event, "done", "{data}");
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        (&data["language"], &data["detectedLanguage"]),
        (&json!("pt"), &json!("en"))
    );
    for wrong in [
        json!({"q": ""}),
        json!({"q": "a", "length": "endless"}),
        json!({"q": "a", "style": "poem"}),
        json!({"q": "a", "target": "zz"}),
    ] {
        assert_eq!(server.json("/summarize", &wrong).0, 400, "{wrong}");
    }
}
