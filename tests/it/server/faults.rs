//! What no honest client sends: it is told why, and the next one is served.

use std::io::Write;

use serde_json::json;

use super::{FORM, JSON, PARTS, Server, parts};

#[test]
fn bodies_that_make_no_sense_are_refused() {
    let server = Server::start(&[]);
    let check = |what: &str, (status, body): (u16, String), wanted: u16| {
        assert_eq!(status, wanted, "{what}: {body}");
        assert!(body.contains("error"), "{what}: {body}");
    };
    let translate = |media, body: &[u8]| server.post("/translate", media, body);
    let form = b"q=%ff%fe&source=en&target=pt";
    check("a form that is no UTF-8", translate(FORM, form), 400);
    let invalid = b"{\"q\": \"\xff\", \"source\": \"en\", \"target\": \"pt\"}";
    check("JSON that is no UTF-8", translate(JSON, invalid), 400);
    let deep = "[".repeat(100_000);
    check("deep JSON", translate(JSON, deep.as_bytes()), 400);
    let list = json!({"q": vec!["a"; 10_000], "source": "en", "target": "pt"}).to_string();
    check("a long list", translate(JSON, list.as_bytes()), 400);
    check("50 MB", translate(JSON, &vec![b'a'; 50 << 20]), 413);
    let file = |body: &[u8]| server.post("/translate_file", PARTS, body);
    check("a form without parts", file(b"--b"), 400);
    check(
        "a file without languages",
        file(&parts(&[], "a.txt", "It rains.")),
        400,
    );
    let odd = "\u{0}\u{202e}\u{feff} 😀 \u{1b}[31m";
    let odd = json!({"q": odd, "source": "en", "target": "pt"});
    assert_eq!(server.json("/translate", &odd).0, 200);
    assert_eq!(server.translated(&json!("Hello.")), "Olá.");
}

#[test]
fn heads_that_make_no_sense_are_refused() {
    let server = Server::start(&[]);
    assert_eq!(server.get("/etc/passwd").0, 404);
    assert_eq!(server.exchange(("DELETE", "/translate"), &[], b"").0, 405);
    let head = |lines: &str| format!("GET /health HTTP/1.1\r\n{lines}\r\n\r\n");
    for request in [
        head("Host: a\r\nContent-Length: 5\r\nContent-Length: 6"),
        head("Host: a\r\nContent-Length: -1"),
        head(&format!("Host: a\r\nX: {}", "a".repeat(1 << 20))),
        "GET /health HTTP/9.9\r\n\r\n".to_string(),
        "\u{0}\u{1}\u{2}\r\n\r\n".to_string(),
    ] {
        let answer = server.raw(request.as_bytes());
        assert!(
            !answer.contains(" 500 ") && !answer.contains(" 200 "),
            "{answer}"
        );
    }
    // What a client says of the host comes back only where it is a host.
    let host = "evil.example/\"><script>";
    let headers = [("Host", host), ("Content-Type", PARTS)];
    let form = parts(&[("source", "en"), ("target", "pt")], "a.txt", "It rains.");
    let (_, _, body) = server.exchange(("POST", "/translate_file"), &headers, &form);
    assert!(!body.contains("evil"), "{body}");
    // A sender that stops is left behind, not waited for.
    let mut slow = server.connect();
    slow.write_all(b"POST /translate HTTP/1.1\r\nHost: test\r\nContent-Le")
        .unwrap();
    assert_eq!(server.translated(&json!("Hello.")), "Olá.");
}
