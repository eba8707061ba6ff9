//! Many clients at once, and those that go.

use serde_json::{Value, json};

use super::{SENTENCES, Server};

#[test]
fn answers_in_a_batch_are_those_alone() {
    let server = Server::start(&[]);
    let alone = SENTENCES.map(|one| server.translated(&json!(one)));
    let many: Vec<&str> = SENTENCES.iter().copied().cycle().take(90).collect();
    let list = server.translated(&json!(many));
    for (i, one) in list.as_array().unwrap().iter().enumerate() {
        assert_eq!(*one, alone[i % SENTENCES.len()]);
    }
    // A long text, and many short ones of others at the same time.
    let long = format!("{}\n", SENTENCES.join(" ")).repeat(40);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.translated(&json!(long)));
        for i in 0..12 {
            let (server, alone) = (&server, &alone);
            scope.spawn(move || {
                let i = i % SENTENCES.len();
                assert_eq!(server.translated(&json!(SENTENCES[i])), alone[i]);
            });
        }
        let made = waiting.join().unwrap();
        let lines: Vec<&str> = made.as_str().unwrap().lines().collect();
        assert_eq!(lines.len(), 40);
        assert!(lines.iter().all(|line| line == &lines[0]));
    });
}

#[test]
fn who_goes_is_no_longer_worked_for() {
    let server = Server::start(&[]);
    let endless = format!("{}\n", SENTENCES.join(" ")).repeat(3000);
    let request = json!({"q": endless, "source": "en", "target": "pt"});
    let stream = server.send("/translate", &request);
    server.wait_for("traghetto_queue_requests 1\n");
    drop(stream);
    server.wait_for("traghetto_dropped_total 1\n");
    server.wait_for("traghetto_queue_requests 0\n");
}

/// One model has to go for the other, and comes back when it is asked for.
#[test]
fn models_are_kept_within_the_memory() {
    let server = Server::start(&["--memory-limit", "20"]);
    let loaded = || -> Vec<String> {
        let page: Value = server.get("/metrics").1;
        let lines = page.as_str().unwrap().lines();
        let models = lines.filter_map(|line| line.strip_prefix("traghetto_model_bytes{model=\""));
        models
            .map(|line| line.split('"').next().unwrap().to_string())
            .collect()
    };
    for (text, from, to) in [
        ("It rains.", "en", "pt"),
        ("Chove.", "pt", "en"),
        ("Hi.", "en", "pt"),
    ] {
        let request = json!({"q": text, "source": from, "target": to});
        assert_eq!(server.json("/translate", &request).0, 200);
        assert_eq!(loaded(), [format!("student-{from}-{to}")]);
    }
}
