//! Work that takes long stops nobody else, waits in line, and has its time.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{JSON, Server};
use crate::support::model;

/// A check that takes some seconds on a fast machine, and asks no model; it is larger than what a server takes by default.
pub fn brackets() -> Value {
    let text = "[a] (b ".repeat(1_000_000);
    json!({"source": text, "translation": text, "from": "en", "to": "pt"})
}

/// Markup that takes a while to be read.
fn markup() -> Value {
    let text = format!(
        "{}The ferry leaves at noon, and nobody knows why.",
        "<div>".repeat(700_000)
    );
    json!({"q": text, "source": "auto", "target": "en", "format": "html"})
}

#[test]
fn short_requests_are_answered_while_others_texts_are_taken_apart() {
    let server = Server::start(&[]);
    server.translated(&json!("Hello."));
    let began = Instant::now();
    let waiting: Vec<_> = (0..4)
        .map(|_| server.send("/translate", &markup()))
        .collect();
    std::thread::sleep(Duration::from_millis(50));
    let mut took: Vec<Duration> = (0..20)
        .map(|i| {
            let asked = Instant::now();
            match i % 3 {
                0 => assert_eq!(server.get("/health").0, 200),
                1 => assert_eq!(server.form("/detect", "q=The+ferry+leaves+at+noon.").0, 200),
                _ => assert_eq!(server.translated(&json!("Hello.")), "Olá."),
            }
            asked.elapsed()
        })
        .collect();
    let short = began.elapsed();
    for mut stream in waiting {
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
    }
    // Else there was nothing that they could have waited for.
    assert!(
        began.elapsed() > 2 * short,
        "{short:?} of {:?}",
        began.elapsed()
    );
    took.sort_unstable();
    let p95 = took[18];
    assert!(p95 < Duration::from_secs(1), "{took:?}");
}

#[test]
fn checks_wait_in_line_and_have_their_time() {
    let server = Server::start(&["--queue", "1", "--timeout", "1", "--body-limit", "30000000"]);
    let long = brackets().to_string();
    let check = || {
        server.exchange(
            ("POST", "/check"),
            &[("Content-Type", JSON)],
            long.as_bytes(),
        )
    };
    let answers: Vec<(u16, String, String)> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..3).map(|_| scope.spawn(check)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut statuses: Vec<u16> = answers.iter().map(|(status, _, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [429, 429, 504], "{answers:?}");
    for (status, head, body) in answers {
        assert_eq!(head.contains("retry-after: "), status == 429, "{head}");
        assert!(body.contains("error"), "{body}");
    }
    // A short one isn't behind them.
    let short = json!({"source": "It rains.", "translation": "Chove.", "from": "en", "to": "pt"});
    assert_eq!(server.json("/check", &short).0, 200);
}

#[test]
fn a_chat_whose_client_goes_ends_and_no_other() {
    model("smollm2-135m");
    let server = Server::start(&[]);
    let ask = |tokens: usize, words: &str| {
        json!({
            "model": "smollm2-135m",
            "messages": [{"role": "user", "content": words}],
            "max_tokens": tokens, "stream": true
        })
    };
    let path = "/v1/chat/completions";
    let endless = ask(1900, "Count from one to ten thousand, in words.");
    let gone = server.send(path, &endless);
    let stays = server.send(path, &endless);
    // Both are under way, together.
    for mut stream in [&gone, &stays] {
        let mut heard = String::new();
        while heard.matches("data: ").count() < 4 {
            let mut more = [0; 4096];
            let n = stream.read(&mut more).unwrap();
            assert!(n > 0, "{heard}");
            heard.push_str(&String::from_utf8_lossy(&more[..n]));
        }
    }
    server.wait_for("traghetto_writing_requests 2\n");
    drop(gone);
    server.wait_for("traghetto_writing_requests 1\n");
    drop(stays);
    server.wait_for("traghetto_writing_requests 0\n");
    let said = server.streamed(path, &ask(8, "Say hello."));
    assert!(said.ends_with("data: [DONE]\n\n"), "{said}");
}

#[test]
fn a_summary_whose_client_goes_is_called_off() {
    model("smollm2-135m");
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config/traghetto");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(
        config.join("config.toml"),
        "summary_model = \"smollm2-135m\"\n",
    )
    .unwrap();
    let server = Server::start_at(home, &[]);
    let ask = |ship: &str| {
        let sentence = |i| {
            let (year, people) = (1900 + i, 1000 + 37 * i);
            format!("In {year} the {ship} carried {people} people over the bay. ")
        };
        let text: String = (0..9).map(sentence).collect();
        json!({"q": text, "source": "en", "length": "short"})
    };
    let began = Instant::now();
    let (status, made) = server.json("/summarize", &ask("ferry"));
    assert_eq!(
        (status, &made["model"]),
        (200, &json!("smollm2-135m")),
        "{made}"
    );
    let whole = began.elapsed();
    let gone = server.send("/summarize", &ask("steamer"));
    server.wait_for("traghetto_writing_requests 1\n");
    let told = Instant::now();
    drop(gone);
    server.wait_for("traghetto_writing_requests 0\n");
    let took = told.elapsed();
    assert!(took < whole / 2, "{took:?} of {whole:?}");
}

/// The whole text is there at once, but the client doesn't read it.
#[test]
fn a_reader_that_stops_reading_is_cut_off() {
    let server = Server::start(&["--body-limit", "40000000"]);
    let text = "Nobody reads this. ".repeat(1_500_000);
    let mut stream = server.send(
        "/translate",
        &json!({"q": text, "source": "pt", "target": "pt"}),
    );
    let mut start = [0; 1024];
    stream.read_exact(&mut start).unwrap();
    assert!(start.starts_with(b"HTTP/1.1 200"));
    std::thread::sleep(Duration::from_secs(24));
    let mut rest = Vec::new();
    // What the network held may still come, or the connection be reset.
    let _ = stream.read_to_end(&mut rest);
    let (read, whole) = (rest.len(), text.len());
    assert!(read < whole / 2, "{read} of {whole}");
}
