//! DeepL's interface, checks, the page, and the description of all.

use serde_json::json;

use super::{FORM, Server};

#[test]
fn deepls_clients_are_answered() {
    let server = Server::start(&[]);
    let form = "text=Hello.&text=It+rains.&target_lang=PT-BR&source_lang=EN";
    let (status, body) = server.form("/v2/translate", form);
    assert_eq!(status, 200, "{body}");
    let made = body["translations"].as_array().unwrap();
    assert_eq!((made.len(), &made[0]["text"]), (2, &json!("Olá.")));
    assert_eq!(made[0]["billed_characters"], 6);
    let request = json!({
        "text": ["<p>Please <b>close</b> the window.</p>"], "target_lang": "PT", "tag_handling": "html",
        "formality": "more", "split_sentences": "nonewlines"
    });
    let made = server.json("/v2/translate", &request).1;
    let text = made["translations"][0]["text"].as_str().unwrap();
    assert!(text.ends_with("feche</b> a janela.</p>"), "{text}");
    assert_eq!(made["translations"][0]["detected_source_language"], "EN");
    let (status, body) = server.json("/v2/translate", &json!({"text": ["a"]}));
    assert!(status == 400 && body["message"].is_string(), "{body}");
    let targets = server.get("/v2/languages?type=target").1;
    let mut targets = targets.as_array().unwrap().iter();
    assert!(targets.any(|one| one["language"] == "PT"));
    let usage = server.get("/v2/usage").1;
    assert!(usage["character_count"].as_u64().unwrap() >= 50, "{usage}");
}

#[test]
fn translations_are_checked() {
    let server = Server::start(&[]);
    let (source, translation) = (
        "In 2019 they sold 1,500 cars.",
        "Em 2019 venderam 1.800 carros.",
    );
    let list = json!({"source": [source], "translation": [translation], "from": "en", "to": "pt"});
    let texts = json!({"source": source, "translation": translation});
    for request in [list, texts] {
        let (status, told) = server.json("/check", &request);
        assert_eq!(status, 200, "{told}");
        assert!(told.to_string().contains("number"), "{told}");
    }
    let uneven = json!({"source": ["a", "b"], "translation": ["c"], "from": "en", "to": "pt"});
    assert_eq!(server.json("/check", &uneven).0, 400);
}

#[test]
fn the_page_translates_without_scripts_and_lets_none_in() {
    let server = Server::start(&[]);
    let italian = [("Accept-Language", "it-IT,it;q=0.9")];
    let (status, head, page) = server.exchange(("GET", "/"), &italian, b"");
    assert_eq!(status, 200);
    assert!(
        page.contains("<html lang=\"it\">") && page.contains("Traduci"),
        "{page}"
    );
    assert!(
        head.contains("content-security-policy: default-src 'none'"),
        "{head}"
    );
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "{page}"
    );
    let form = b"q=Please+close+the+window.%0D%0AIt+rains.&source=auto&target=pt&lang=en";
    let (status, page) = server.post("/", FORM, form);
    assert_eq!(status, 200, "{page}");
    assert!(
        page.contains("Por favor, feche a janela.\nEle chove."),
        "{page}"
    );
    assert!(
        page.contains("<b>English</b>") && page.contains("student-en-pt"),
        "{page}"
    );
    let hostile = b"q=%3C%2Ftextarea%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E+%3Cimg+src%3Dx%3E\
        &source=en&target=pt&lang=%3Cscript%3E";
    let (status, page) = server.post("/", FORM, hostile);
    assert_eq!(status, 200, "{page}");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(!page.contains("<img"), "{page}");
    let (status, page) = server.post("/", FORM, b"q=&source=en&target=pt");
    assert!(status == 400 && page.contains("role=\"alert\""), "{page}");
    let docs = server.get("/docs").1;
    let docs = docs.as_str().unwrap();
    assert!(
        docs.contains("<code>POST &#x2f;translate</code>") && !docs.contains("src="),
        "{docs}"
    );
    assert_eq!(server.get("/page.css").0, 200);
    assert_eq!(server.get("/page.js").0, 200);
}

#[test]
fn the_description_names_what_there_is() {
    let server = Server::start(&["--cors", "https://example.org"]);
    let spec = server.get("/spec").1;
    for (path, methods) in spec["paths"].as_object().unwrap() {
        let named = path.contains('{');
        let path = ["{name}", "{id}", "{model}"]
            .iter()
            .fold(path.clone(), |path, name| path.replace(name, "x"));
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let (status, _, body) = server.exchange((&method, &path), &[], b"");
            let there = ![0, 405, 500].contains(&status) && (status != 404 || named);
            assert!(there, "{method} {path}: {status} {body}");
        }
    }
    let allowed = |origin: &str| {
        let headers = [("Origin", origin)];
        let (_, head, _) = server.exchange(("GET", "/health"), &headers, b"");
        head.contains(&format!("access-control-allow-origin: {origin}"))
    };
    assert!(allowed("https://example.org") && !allowed("https://evil.example"));
}
