//! What the server keeps: glossaries, suggestions, keys; also when it is killed.

use serde_json::{Value, json};

use super::{FORM, JSON, Server, read};
use crate::support::traghetto;

impl Server {
    /// The status and the body of an answer to any method.
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let headers = [("Content-Type", JSON)];
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let (status, _, body) = self.exchange((method, path), &headers, body.as_bytes());
        read((status, body))
    }

    /// The server anew after `kill -9`, with the same home.
    fn killed(mut self, args: &[&str]) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let home = std::mem::replace(&mut self.home, tempfile::tempdir().unwrap());
        drop(self);
        Self::start_at(home, args)
    }
}

#[test]
fn deepls_glossaries_of_one_pair() {
    let server = Server::start(&[]);
    let create = json!({
        "name": "ours", "source_lang": "en", "target_lang": "pt",
        "entries": "ferry\tbarca\nwindow\tjanelinha\n", "entries_format": "tsv"
    });
    let (status, made) = server.ask("POST", "/v2/glossaries", &create);
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["entry_count"], 2);
    assert!(made["creation_time"].as_str().unwrap().ends_with('Z'));
    let id = made["glossary_id"].as_str().unwrap();
    let path = format!("/v2/glossaries/{id}");
    let (_, list) = server.ask("GET", "/v2/glossaries", &Value::Null);
    assert_eq!(list["glossaries"], json!([made]));
    assert_eq!(server.ask("GET", &path, &Value::Null), (200, made.clone()));
    let entries = server.ask("GET", &format!("{path}/entries"), &Value::Null);
    assert_eq!(entries, (200, json!("ferry\tbarca\nwindow\tjanelinha")));
    let pairs = server
        .ask("GET", "/v2/glossary-language-pairs", &Value::Null)
        .1;
    let pair = json!({"source_lang": "en", "target_lang": "pt"});
    assert!(
        pairs["supported_languages"]
            .as_array()
            .unwrap()
            .contains(&pair)
    );
    let translate = |glossary: Option<&str>| {
        let request = json!({
            "text": ["Please close the window."], "source_lang": "EN", "target_lang": "PT-BR",
            "glossary_id": glossary
        });
        server.json("/v2/translate", &request)
    };
    let plain = translate(None).1["translations"][0]["text"].clone();
    assert_eq!(plain, "Por favor, feche a janela.");
    let (status, made) = translate(Some(id));
    assert_eq!(status, 200, "{made}");
    let told = made["translations"][0].to_string();
    assert!(told.contains("janelinha"), "{told}");
    assert_eq!(translate(Some("nobody's")).0, 404);
    let without = json!({"text": ["a"], "target_lang": "PT", "glossary_id": id});
    assert_eq!(server.json("/v2/translate", &without).0, 400);
    for (name, value) in [
        ("entries", "alone\n"),
        ("entries", ""),
        ("entries_format", "pdf"),
        ("target_lang", "xx"),
        ("name", ""),
    ] {
        let mut wrong = create.clone();
        wrong[name] = json!(value);
        let (status, told) = server.ask("POST", "/v2/glossaries", &wrong);
        assert_eq!(status, 400, "{name}: {told}");
        assert!(told["message"].is_string(), "{told}");
    }
    let server = server.killed(&[]);
    assert_eq!(server.ask("GET", &path, &Value::Null).0, 200);
    assert_eq!(server.ask("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(server.ask("GET", &path, &Value::Null).0, 404);
    assert_eq!(server.ask("DELETE", &path, &Value::Null).0, 404);
}

#[test]
fn deepls_glossaries_of_many_pairs() {
    let server = Server::start(&[]);
    let entries = |from: &str, to: &str, entries: &str| json!({"source_lang": from, "target_lang": to, "entries": entries, "entries_format": "csv"});
    let create = json!({
        "name": "ours",
        "dictionaries": [entries("en", "pt", "window,janelinha"), entries("pt", "en", "janela,pane")]
    });
    let (status, made) = server.ask("POST", "/v3/glossaries", &create);
    assert_eq!(status, 201, "{made}");
    let path = format!("/v3/glossaries/{}", made["glossary_id"].as_str().unwrap());
    let pair = "source_lang=en&target_lang=pt";
    let shown = || server.ask("GET", &format!("{path}/entries?{pair}"), &Value::Null);
    assert_eq!(shown().1["dictionaries"][0]["entries"], "window\tjanelinha");
    let change = json!({"name": "theirs", "dictionaries": [entries("en", "pt", "ferry,barca")]});
    let (status, changed) = server.ask("PATCH", &path, &change);
    assert_eq!((status, &changed["name"]), (200, &json!("theirs")));
    assert_eq!(changed["dictionaries"][0]["entry_count"], 2);
    let all = format!("{path}/dictionaries");
    let (status, one) = server.ask("PUT", &all, &entries("en", "pt", "boat,barco"));
    assert_eq!((status, &one["entry_count"]), (200, &json!(1)));
    assert_eq!(shown().1["dictionaries"][0]["entries"], "boat\tbarco");
    let of_one = server.ask("GET", "/v2/glossaries", &Value::Null).1;
    assert_eq!(of_one["glossaries"], json!([]));
    assert_eq!(
        server
            .ask("DELETE", &format!("{all}?{pair}"), &Value::Null)
            .0,
        204
    );
    assert_eq!(shown().0, 404);
    assert_eq!(server.ask("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(
        server.ask("GET", "/v3/glossaries", &Value::Null).1["glossaries"],
        json!([])
    );
}

#[test]
fn a_glossary_grows_no_further_than_it_may() {
    let server = Server::start(&[]);
    let terms = |from: usize, to: usize| {
        let entries: String = (from..to).map(|i| format!("term{i}\ttermo{i}\n")).collect();
        json!({"source_lang": "en", "target_lang": "pt", "entries": entries, "entries_format": "tsv"})
    };
    let create = |terms: Value| {
        let create = json!({"name": "ours", "dictionaries": [terms]});
        server.ask("POST", "/v3/glossaries", &create)
    };
    let (status, told) = create(terms(0, 10_001));
    assert_eq!(status, 400, "{told}");
    let message = told["message"].as_str().unwrap();
    assert!(
        message.contains("at most 10000 terms, and this one has 10001"),
        "{message}"
    );
    let (status, made) = create(terms(0, 9_999));
    assert_eq!(status, 201, "{made}");
    let path = format!("/v3/glossaries/{}", made["glossary_id"].as_str().unwrap());
    let more = |terms: Value| server.ask("PATCH", &path, &json!({"dictionaries": [terms]}));
    assert_eq!(more(terms(9_999, 10_000)).0, 200);
    assert_eq!(more(terms(0, 5)).0, 200);
    let (status, told) = more(terms(10_000, 10_001));
    assert!(
        status == 400 && told["message"].is_string(),
        "{status} {told}"
    );
    let (_, kept) = server.ask("GET", &path, &Value::Null);
    assert_eq!(kept["dictionaries"][0]["entry_count"], 10_000);
}

#[test]
fn terms_that_many_add_at_once_are_all_kept() {
    let server = Server::start(&[]);
    let terms = |entries: &str| json!({"source_lang": "en", "target_lang": "pt", "entries": entries, "entries_format": "csv"});
    let create = json!({"name": "ours", "dictionaries": [terms("window,janelinha")]});
    let (_, made) = server.ask("POST", "/v3/glossaries", &create);
    let path = format!("/v3/glossaries/{}", made["glossary_id"].as_str().unwrap());
    std::thread::scope(|scope| {
        for i in 0..12 {
            let change = json!({"dictionaries": [terms(&format!("term{i},termo{i}"))]});
            let (server, path) = (&server, &path);
            scope.spawn(move || assert_eq!(server.ask("PATCH", path, &change).0, 200));
        }
    });
    let (_, kept) = server.ask("GET", &path, &Value::Null);
    assert_eq!(kept["dictionaries"][0]["entry_count"], 13);
}

#[test]
fn suggestions_stand_for_the_models_words_and_all_outlasts_a_kill() {
    let home = tempfile::tempdir().unwrap();
    let add = ["serve", "keys", "add", "weblate"];
    let key = traghetto(home.path()).args(add).output().unwrap();
    let key = String::from_utf8(key.stdout).unwrap().trim().to_string();
    let args = ["--suggestions"];
    let server = Server::start_at(home, &args);
    assert_eq!(server.get("/frontend/settings").1["suggestions"], true);
    let suggest = |q: &str, s: &str| {
        let request = json!({"q": q, "s": s, "source": "en", "target": "pt", "api_key": key});
        server.json("/suggest", &request)
    };
    assert_eq!(
        suggest("Please close the window.", "Feche a janela!").0,
        200
    );
    assert_eq!(
        suggest("Please close the window.", "Feche a janela, faz favor."),
        (200, json!({"success": true}))
    );
    assert_eq!(suggest("It rains. It snows.", "Chove.").0, 400);
    assert_eq!(suggest("", "a").0, 400);
    let form = format!("q=It+rains.&s=Chove.&source=en&target=pt&api_key={key}");
    assert_eq!(server.post("/suggest", FORM, form.as_bytes()).0, 200);
    let check = |server: &Server| {
        let text = "Please close the window. The ferry leaves at noon. It rains.";
        let made = server.translated(&json!(text));
        let made = made.as_str().unwrap();
        assert!(made.starts_with("Feche a janela, faz favor. "), "{made}");
        assert!(made.ends_with(" Chove."), "{made}");
        let wrong = json!({"q": "a", "source": "en", "target": "pt", "api_key": "wrong"});
        assert_eq!(server.json("/translate", &wrong).0, 403);
        let right = json!({"q": "a", "source": "en", "target": "pt", "api_key": key});
        assert_eq!(server.json("/translate", &right).0, 200);
    };
    check(&server);
    let server = server.killed(&args);
    check(&server);
    // What people suggested is exported with the memory.
    let export = traghetto(server.home.path())
        .args(["memory", "export"])
        .output()
        .unwrap();
    let export = String::from_utf8_lossy(&export.stdout).into_owned();
    assert!(export.contains("Feche a janela, faz favor."), "{export}");
}
