//! LibreTranslate's interface.

use serde_json::{Value, json};

use super::{PARTS, Server, parts};

/// What LibreTranslate's own tests hold of it (`libretranslate/tests/test_api`), with a language that is here.
#[test]
fn its_own_tests_hold() {
    let server = Server::start(&[]);
    let (status, body) = server.form("/translate", "q=Hello&source=en&target=pt&format=text");
    assert_eq!(status, 200, "{body}");
    assert!(body["translatedText"].is_string());
    let list = json!({"q": ["Hello", "World"], "source": "en", "target": "pt", "format": "text"});
    let (status, body) = server.json("/translate", &list);
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["translatedText"].as_array().unwrap().len(), 2);
    let (status, body) = server.form("/translate", "q=Hello&source=en&target=zz&format=text");
    assert_eq!(
        (status, body),
        (400, json!({"error": "zz is not supported"}))
    );
    let (status, body) = server.form("/translate", "source=en&target=pt&format=text");
    let missing = json!({"error": "Invalid request: missing q parameter"});
    assert_eq!((status, body), (400, missing));
    let (status, body) = server.form("/detect", "q=Hello");
    assert_eq!(status, 200);
    assert!(body[0]["confidence"].is_number() && body[0]["language"].is_string());
    let (status, body) = server.form("/detect", "");
    assert!(status == 400 && body["error"].is_string());
    assert_eq!(server.get("/detect").0, 405);
    let (status, body) = server.get("/languages");
    assert_eq!(status, 200);
    assert!(body[0]["code"].is_string() && body[0]["name"].is_string());
    assert_eq!(server.form("/languages", "").0, 405);
    assert_eq!(server.get("/frontend/settings").0, 200);
    assert_eq!(server.get("/spec").0, 200);
    assert_eq!(server.form("/spec", "").0, 405);
    assert_eq!(server.get("/health"), (200, json!({"status": "ok"})));
}

/// What its description promises, and what is ours beside it.
#[test]
fn more_than_its_tests_ask_is_answered() {
    let server = Server::start(&[]);
    let all = server.get("/languages").1;
    let mut all = all.as_array().unwrap().iter();
    let english = all.find(|one| one["code"] == "en").unwrap();
    let targets = english["targets"].as_array().unwrap();
    assert!(targets.contains(&json!("pt")) && targets.contains(&json!("en")));
    let request =
        json!({"q": "The ferry leaves at noon.", "source": "auto", "target": "pb", "what": 1});
    let (_, body) = server.json("/translate", &request);
    assert_eq!(body["detectedLanguage"]["language"], "en");
    assert_eq!(body["route"], "en → pt by student-en-pt");
    assert!(body["warnings"].is_array() && body.get("risk").is_some());
    assert!(body.get("alternatives").is_none());
    let query = "/translate?q=Hello.&source=en&target=pt-BR";
    assert_eq!(server.form(query, "").1["translatedText"], "Olá.");
    let source = "<p>Please <b>close</b> the window.</p>";
    let html = json!({"q": source, "source": "en", "target": "pt", "format": "html"});
    let html = server.json("/translate", &html).1;
    let text = html["translatedText"].as_str().unwrap();
    assert!(
        text.starts_with("<p>") && text.ends_with("feche</b> a janela.</p>"),
        "{text}"
    );
    let same = json!({"q": "Hello.", "source": "en", "target": "en"});
    assert_eq!(
        server.json("/translate", &same).1["translatedText"],
        "Hello."
    );
    let list = json!([
        "The ferry leaves at noon.",
        "Nobody knows what will happen."
    ]);
    let list = json!({"q": list, "source": "auto", "target": "pt", "alternatives": 2});
    let list = server.json("/translate", &list).1;
    for name in [
        "translatedText",
        "detectedLanguage",
        "alternatives",
        "warnings",
        "risk",
        "route",
    ] {
        assert_eq!(list[name].as_array().unwrap().len(), 2, "{name}");
    }
    let back = json!({"q": "O ministro chegou.", "source": "pt", "target": "en"});
    let back = server.json("/translate", &back).1;
    assert_eq!(back["route"], "pt → en by student-pt-en", "{back}");
}

#[test]
fn what_makes_no_sense_is_told_in_its_words() {
    let server = Server::start(&[]);
    let with = |name: &str, value: Value| {
        let mut request = json!({"q": "a", "source": "en", "target": "pt"});
        request[name] = value;
        request
    };
    for (body, told) in [
        (
            with("alternatives", json!("x")),
            "alternatives parameter is not a number",
        ),
        (with("format", json!("rtf")), "rtf format is not supported"),
        (with("q", json!(5)), "q parameter is not a string"),
        (with("q", json!([])), "missing q parameter"),
        (with("source", Value::Null), "missing source parameter"),
        (json!(["q"]), "Invalid JSON format"),
    ] {
        let (status, answer) = server.json("/translate", &body);
        assert_eq!(status, 400, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(told), "{answer}");
    }
    assert_eq!(
        server.form("/suggest", "q=a&s=b&source=en&target=pt").0,
        403
    );
}

#[test]
fn files_come_back_translated() {
    let server = Server::start(&[]);
    let file = "# Note\n\nPlease *close* the window.\n";
    let fields = [("source", "en"), ("target", "pt")];
    let send = |name| server.post("/translate_file", PARTS, &parts(&fields, name, file));
    let (status, body) = send("note.md");
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    let url = body["translatedFileUrl"].as_str().unwrap();
    let path = url.strip_prefix("http://test").unwrap();
    assert!(path.ends_with(".note_pt.md"), "{path}");
    let (status, head, text) = server.exchange(("GET", path), &[], b"");
    assert_eq!(status, 200);
    assert!(
        text.starts_with("# Nota\n\n") && text.contains("feche* a janela."),
        "{text}"
    );
    assert!(
        head.contains("attachment; filename=\"note_pt.md\""),
        "{head}"
    );
    assert_eq!(send("note.exe").0, 400);
    assert_eq!(server.get("/download_file/..%2F..%2Fetc%2Fpasswd").0, 404);
}
