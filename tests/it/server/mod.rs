//! `traghetto serve` on real weights, as clients see it: over TCP, the process from outside.

mod batches;
mod busy;
mod ending;
mod faults;
mod guests;
mod kept;
mod libre;
mod limits;
mod openai;
mod others;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{model, process};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

const SENTENCES: [&str; 6] = [
    "The ferry leaves at noon.",
    "Nobody knows what will happen next, but the talks between the two governments go on.",
    "Please close the window.",
    "In 2019 the company sold 1,500 cars in 12 countries.",
    "It rains.",
    "The minister denied the report on Monday.",
];

/// A server of its own for a test; it is killed with it.
struct Server {
    child: Child,
    url: String,
    home: tempfile::TempDir,
    /// What it has logged since it listens.
    log: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        Self::start_at(tempfile::tempdir().unwrap(), args)
    }

    fn start_at(home: tempfile::TempDir, args: &[&str]) -> Self {
        model("student-en-pt");
        model("student-pt-en");
        let mut child = process(home.path())
            .args(["serve", "--port", "0", "--offline", "--log-format", "json"])
            .args(args)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the server ended").unwrap();
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["event"] == "listening" {
                break event["url"].as_str().unwrap().to_string();
            }
        };
        // Whoever writes into a full pipe waits.
        let log: Arc<Mutex<Vec<Value>>> = Arc::default();
        let told = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                told.lock().unwrap().push(event);
            }
        });
        Self {
            child,
            url,
            home,
            log,
        }
    }

    /// Sends a request and doesn't wait for its answer.
    fn send(&self, path: &str, body: &Value) -> TcpStream {
        let mut stream = self.connect();
        let body = body.to_string();
        let head = format!("POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: {JSON}\r\n");
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream
    }

    /// Waits until a line of `/metrics` is there.
    fn wait_for(&self, line: &str) {
        let is_told = || self.get("/metrics").1.as_str().unwrap().contains(line);
        let told = (0..4000).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            is_told()
        });
        assert!(told, "{line}: {}", self.get("/metrics").1);
    }

    fn connect(&self) -> TcpStream {
        let address = self.url.trim_start_matches("http://");
        let stream = TcpStream::connect(address).unwrap();
        let patience = Some(Duration::from_secs(300));
        stream.set_read_timeout(patience).unwrap();
        stream
    }

    /// Whatever the server says to these bytes.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that refuses may close before all is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The status, the head in lower case and the body of an answer.
    fn exchange(
        &self,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, String, String) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if headers.iter().all(|(name, _)| *name != "Host") {
            head.push_str("Host: test\r\n");
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let answer = self.raw(&[head.as_bytes(), body].concat());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.unwrap_or(0), head.to_lowercase(), body.to_string())
    }

    fn post(&self, path: &str, media: &str, body: &[u8]) -> (u16, String) {
        let headers = [("Content-Type", media)];
        let (status, _, body) = self.exchange(("POST", path), &headers, body);
        (status, body)
    }

    fn json(&self, path: &str, body: &Value) -> (u16, Value) {
        read(self.post(path, JSON, body.to_string().as_bytes()))
    }

    fn form(&self, path: &str, form: &str) -> (u16, Value) {
        read(self.post(path, FORM, form.as_bytes()))
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let (status, _, body) = self.exchange(("GET", path), &[], b"");
        read((status, body))
    }

    /// What becomes of English in Portuguese.
    fn translated(&self, q: &Value) -> Value {
        let request = json!({"q": q, "source": "en", "target": "pt"});
        let (status, body) = self.json("/translate", &request);
        assert_eq!(status, 200, "{body}");
        body["translatedText"].clone()
    }
}

fn read((status, body): (u16, String)) -> (u16, Value) {
    let json = serde_json::from_str(&body);
    (status, json.unwrap_or(Value::String(body)))
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A form of parts between lines of `--b`, whose last is a file.
fn parts(fields: &[(&str, &str)], name: &str, file: &str) -> Vec<u8> {
    let head = "--b\r\nContent-Disposition: form-data; name=";
    let mut form = String::new();
    for (field, value) in fields {
        form.push_str(&format!("{head}\"{field}\"\r\n\r\n{value}\r\n"));
    }
    form.push_str(&format!(
        "{head}\"file\"; filename=\"{name}\"\r\n\r\n{file}\r\n--b--\r\n"
    ));
    form.into_bytes()
}

const PARTS: &str = "multipart/form-data; boundary=b";
