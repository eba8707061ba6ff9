//! How much a client may ask, and its keys.

use serde_json::{Value, json};

use super::{FORM, JSON, PARTS, Server, parts};
use crate::support::traghetto;

#[test]
fn limits_are_kept_and_keys_lift_them() {
    let home = tempfile::tempdir().unwrap();
    let add = [
        "keys",
        "add",
        "weblate",
        "--req-limit",
        "100",
        "--char-limit",
        "500",
    ];
    let made = traghetto(home.path())
        .arg("serve")
        .args(add)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let key = String::from_utf8(made.stdout).unwrap().trim().to_string();
    let limits = [
        "--req-limit",
        "4",
        "--char-limit",
        "30",
        "--batch-limit",
        "4",
    ];
    let server = Server::start_at(home, &[&limits[..], &["--body-limit", "5000"]].concat());
    let ask = |q: Value, key: &str| {
        let request = json!({"q": q, "source": "en", "target": "pt", "api_key": key});
        server.json("/translate", &request)
    };
    let exceeds = |size, limit| {
        let message = format!("Invalid request: request ({size}) exceeds text limit ({limit})");
        (400, json!({ "error": message }))
    };
    let long = "The ferry leaves at noon. ".repeat(4);
    assert_eq!(ask(json!(long), ""), exceeds(104, 30));
    assert_eq!(ask(json!(long), &key).0, 200);
    assert_eq!(ask(json!(["a", "b", "c", "d", "e"]), &key), exceeds(5, 4));
    // It holds for files too.
    let file = parts(&[("source", "en"), ("target", "pt")], "a.txt", &long);
    let (status, told) = server.post("/translate_file", PARTS, &file);
    assert_eq!((status, told), (400, exceeds(104, 30).1.to_string()));
    let invalid = json!({"error": "Invalid API key"});
    assert_eq!(ask(json!("Hello."), "wrong"), (403, invalid));
    assert_eq!(ask(json!("a".repeat(6000)), &key).0, 413);
    assert_eq!(ask(json!("Hello."), "").0, 200);
    assert_eq!(ask(json!("Hello."), "").0, 200);
    let media = ("Content-Type", FORM);
    let form = b"q=Hello.&source=en&target=pt";
    let (status, head, body) = server.exchange(("POST", "/translate"), &[media], form);
    assert_eq!(status, 429);
    assert_eq!(body, r#"{"error":"Slowdown: 4 per 1 minute"}"#);
    assert!(head.contains("retry-after: "), "{head}");
    let authorization = format!("DeepL-Auth-Key {key}");
    let headers = [("Content-Type", JSON), ("Authorization", &authorization)];
    let body = br#"{"text": ["Hello."], "target_lang": "PT"}"#;
    assert_eq!(
        server.exchange(("POST", "/v2/translate"), &headers, body).0,
        200
    );
    // What is never counted.
    assert_eq!(server.get("/languages").0, 200);
    // A key that is revoked while the server runs is none any more.
    let revoke = ["serve", "keys", "revoke", "weblate"];
    let revoked = traghetto(server.home.path()).args(revoke).output().unwrap();
    assert!(revoked.status.success());
    assert_ne!(ask(json!("Hello."), &key).0, 200);
}

#[test]
fn a_proxys_client_is_the_one_that_it_adds_itself() {
    let server = Server::start(&["--req-limit", "2", "--trust-forwarded-for"]);
    let ask = |forwarded: &str| {
        let headers = [("Content-Type", FORM), ("X-Forwarded-For", forwarded)];
        let form = b"q=Hello.&source=en&target=pt";
        server.exchange(("POST", "/translate"), &headers, form).0
    };
    // Whatever the client writes there first.
    assert_eq!(ask("10.9.8.1, 203.0.113.7"), 200);
    assert_eq!(ask("10.9.8.2, 203.0.113.7"), 200);
    assert_eq!(ask("10.9.8.3, 203.0.113.7"), 429);
    assert_eq!(ask("203.0.113.8"), 200);
}

#[test]
fn an_origin_that_is_none_is_told_before_anything_else() {
    let home = tempfile::tempdir().unwrap();
    let wrong = [
        "serve",
        "--port",
        "0",
        "--cors",
        "https://good.example,bad.example/page",
    ];
    let patience = std::time::Duration::from_secs(60);
    let told = traghetto(home.path())
        .args(wrong)
        .timeout(patience)
        .output();
    let told = told.unwrap();
    assert_eq!(told.status.code(), Some(2));
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(told.contains("\"bad.example/page\" is no origin"), "{told}");
}

#[test]
fn pages_of_other_sites_change_nothing_unless_they_may() {
    let server = Server::start(&["--cors", "https://good.example"]);
    let ask = |site: &str, origin: &str| {
        let headers = [
            ("Content-Type", FORM),
            ("Sec-Fetch-Site", site),
            ("Origin", origin),
        ];
        let form = b"q=Hello.&source=en&target=pt";
        server.exchange(("POST", "/translate"), &headers, form).0
    };
    assert_eq!(ask("cross-site", "https://evil.example"), 403);
    assert_eq!(ask("cross-site", "https://good.example"), 200);
    assert_eq!(ask("same-origin", "http://127.0.0.1"), 200);
}

#[test]
fn a_server_may_ask_for_keys() {
    let server = Server::start(&["--require-key"]);
    let (status, body) = server.form("/translate", "q=Hello.&source=en&target=pt");
    let told = "Please contact the server operator to get an API key";
    assert_eq!((status, body), (400, json!({ "error": told })));
    let settings = server.get("/frontend/settings").1;
    assert_eq!(settings["keyRequired"], true);
}
