//! Requests as programs send them that speak to LibreTranslate and DeepL: as their public sources build them.

use serde_json::{Value, json};

use super::{FORM, JSON, Server};

/// `TranslationService::LibreTranslate`: JSON, `format` is `html`, the key may be null.
#[test]
fn mastodon_as_libretranslates_client() {
    let server = Server::start(&[]);
    let status = "<p>Please close the window, <span class=\"h-card\" translate=\"no\">@<span>ana</span></span>.</p>";
    let texts = json!([status, "It rains."]);
    for key in [Value::Null, json!("")] {
        let body = json!({
            "q": texts, "source": "en", "target": "pt", "format": "html", "api_key": key
        });
        let body = body.to_string();
        let headers = [
            (
                "User-Agent",
                "http.rb/5.2.0 (Mastodon/4.3.0; +https://example.org/)",
            ),
            ("Content-Type", "application/json"),
            ("Accept-Encoding", "gzip"),
        ];
        let (status, _, body) = server.exchange(("POST", "/translate"), &headers, body.as_bytes());
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        let made = body["translatedText"].as_array().unwrap();
        assert_eq!(made.len(), 2);
        let first = made[0].as_str().unwrap();
        assert!(
            first.contains("janela") && first.contains("<span>ana</span>"),
            "{first}"
        );
        // It reads the language of each text, where it hasn't said one.
        assert!(body.get("detectedLanguage").is_none());
    }
    let body = json!({"q": texts, "source": "auto", "target": "pt", "format": "html"});
    let body = server.json("/translate", &body).1;
    assert_eq!(body["detectedLanguage"][0]["language"], "en");
    let languages = server.get("/languages").1;
    let first = &languages.as_array().unwrap()[0];
    assert!(first["code"].is_string() && first["targets"].is_array());
}

/// `TranslationService::DeepL`: a form whose texts have one name, a source that may be nil, tags as HTML.
#[test]
fn mastodon_as_deepls_client() {
    let server = Server::start(&[]);
    let headers = [
        ("Authorization", "DeepL-Auth-Key any"),
        ("Content-Type", FORM),
    ];
    for source in ["source_lang=EN", "source_lang"] {
        let form = format!(
            "text=%3Cp%3EPlease+close+the+window.%3C%2Fp%3E&text=The+ferry+leaves+at+noon.&{source}&target_lang=pt&tag_handling=html"
        );
        let (status, _, body) =
            server.exchange(("POST", "/v2/translate"), &headers, form.as_bytes());
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        let made = body["translations"].as_array().unwrap();
        assert_eq!(made.len(), 2, "{body}");
        assert_eq!(made[0]["detected_source_language"], "EN");
        assert_eq!(made[0]["text"], "<p>Por favor, feche a janela.</p>");
    }
    for kind in ["source", "target"] {
        let path = format!("/v2/languages?type={kind}");
        let (status, _, body) = server.exchange(("GET", &path), &headers[..1], b"");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert!(status == 200 && body[0]["language"].is_string(), "{body}");
    }
}

/// `DiscourseTranslator::Provider::LibreTranslate`: forms with a key that may be empty; detection comes first.
#[test]
fn discourse() {
    let server = Server::start(&[]);
    let form = "q=Please+close+the+window.&api_key=";
    let (status, body) = server.form("/detect", form);
    assert_eq!((status, &body[0]["language"]), (200, &json!("en")));
    let form =
        "q=%3Cp%3EPlease+close+the+window.%3C%2Fp%3E&source=en&target=pt&format=html&api_key=";
    let (status, body) = server.form("/translate", form);
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["translatedText"], "<p>Por favor, feche a janela.</p>");
    let languages = server.get("/languages").1;
    let all = languages.as_array().unwrap();
    for code in ["en", "pt"] {
        assert!(all.iter().any(|one| one["code"] == code));
    }
}

/// `LibreTranslateTranslation`: earlier versions send a form, later ones JSON; placeables are in spans.
#[test]
fn weblate() {
    let server = Server::start(&[]);
    let form = "api_key=&q=Please+close+the+window.&source=en&target=pt";
    let (status, body) = server.form("/translate", form);
    assert_eq!(
        (status, &body["translatedText"]),
        (200, &json!("Por favor, feche a janela."))
    );
    let body = json!({
        "q": "Please close <span class=\"notranslate\" id=\"7\">%s</span>.",
        "source": "en", "target": "pt", "api_key": "", "format": "html", "alternatives": 3
    });
    let (status, body) = server.post("/translate", JSON, body.to_string().as_bytes());
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    let text = body["translatedText"].as_str().unwrap();
    assert!(text.contains("id=\"7\">%s</span>"), "{text}");
    assert!(body["alternatives"].is_array());
}
