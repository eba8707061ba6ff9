//! The end: what runs is finished, if it is finished soon.
#![cfg(unix)]

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::busy::brackets;
use super::{SENTENCES, Server};

impl Server {
    /// Tells it to stop, as a service manager does.
    fn stop(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Its last word, when it has ended well.
    fn ended(mut self) -> Value {
        assert!(self.child.wait().unwrap().success());
        let is_last = |event: &&Value| event["event"] == "stopped";
        (0..100)
            .find_map(|_| {
                std::thread::sleep(Duration::from_millis(20));
                self.log.lock().unwrap().iter().find(is_last).cloned()
            })
            .expect("it says how it ended")
    }
}

/// A text of so many lines, no sentence of which stands twice: what is equal is translated once.
fn lines(many: usize) -> String {
    let line = |n: usize| {
        SENTENCES
            .map(|sentence| format!("{n} {sentence}"))
            .join(" ")
            + "\n"
    };
    (0..many).map(line).collect()
}

#[test]
fn a_server_that_is_told_to_stop_finishes_what_runs() {
    let server = Server::start(&[]);
    server.translated(&json!("Hello."));
    let long = lines(60);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.translated(&json!(long)));
        std::thread::sleep(Duration::from_millis(300));
        server.stop();
        let made = waiting.join().unwrap();
        assert_eq!(made.as_str().unwrap().lines().count(), 60);
    });
    let ended = server.ended();
    assert_eq!(
        (&ended["dropped"], &ended["in_time"]),
        (&json!(0), &json!(true))
    );
}

#[test]
fn a_server_that_is_told_to_stop_waits_no_longer_than_it_may() {
    let server = Server::start(&["--grace", "2", "--body-limit", "30000000"]);
    server.translated(&json!("Hello."));
    let long = json!({"q": lines(6000), "source": "en", "target": "pt"});
    let translating = server.send("/translate", &long);
    server.wait_for("traghetto_queue_requests 1\n");
    // Work without a model can't be called off: it must not be waited for either.
    let checking = server.send("/check", &brackets());
    std::thread::sleep(Duration::from_millis(500));
    let told = Instant::now();
    server.stop();
    let ended = server.ended();
    let took = told.elapsed();
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert_eq!(
        (&ended["dropped"], &ended["in_time"]),
        (&json!(2), &json!(false))
    );
    drop((translating, checking));
}
