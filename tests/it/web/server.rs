//! A web server on loopback with files at paths, ETags, ranges, and faults that can be switched on.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::registry::sha256;

/// What goes wrong with one GET.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection is closed after so many bytes of the body.
    DropAfter(usize),
    /// An answer with this status.
    Status(u16),
    /// Ranges are ignored: the whole file comes with status 200.
    NoRanges,
    /// A network's login page.
    LoginPage,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub range: Option<String>,
    pub if_none_match: Option<String>,
    /// The status of the answer.
    pub status: u16,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Arc<Vec<u8>>>,
    /// By the end of a path.
    faults: Vec<(String, VecDeque<Fault>)>,
    always: Vec<(String, Fault)>,
    log: Vec<Request>,
}

/// The server; it ends with the process.
pub struct Web {
    /// Address without a final slash.
    pub address: String,
    state: Arc<Mutex<State>>,
}

impl Web {
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that goes away is what many tests are about.
                std::thread::spawn(move || answer(stream, &state).ok());
            }
        });
        Self { address, state }
    }

    /// Puts a file at a path, which begins with a slash.
    pub fn put(&self, path: &str, data: impl Into<Vec<u8>>) {
        let data = Arc::new(data.into());
        self.state
            .lock()
            .unwrap()
            .files
            .insert(path.to_owned(), data);
    }

    pub fn remove(&self, path: &str) {
        self.state.lock().unwrap().files.remove(path);
    }

    /// The next GETs of what ends like this fail, one a fault.
    pub fn fail(&self, end: &str, faults: impl IntoIterator<Item = Fault>) {
        let faults = (end.to_owned(), faults.into_iter().collect());
        self.state.lock().unwrap().faults.push(faults);
    }

    /// Every GET of what ends like this fails.
    pub fn always(&self, end: &str, fault: Fault) {
        self.state
            .lock()
            .unwrap()
            .always
            .push((end.to_owned(), fault));
    }

    /// Takes the requests since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().unwrap().log)
    }
}

/// Reads one request, writes one answer, closes the connection.
fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        range: None,
        if_none_match: None,
        status: 0,
    };
    for line in lines {
        let line = line?;
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("range") => {
                request.range = Some(value.to_owned());
            }
            Some((name, value)) if name.eq_ignore_ascii_case("if-none-match") => {
                request.if_none_match = Some(value.to_owned());
            }
            _ if line.is_empty() => break,
            _ => {}
        }
    }
    let (file, fault) = {
        let mut state = state.lock().unwrap();
        let file = state.files.get(&request.path).cloned();
        let matches = |end: &str| request.method == "GET" && request.path.ends_with(end);
        let once = state
            .faults
            .iter_mut()
            .find(|(end, left)| matches(end) && !left.is_empty());
        let fault = once.and_then(|(_, left)| left.pop_front());
        let always = state.always.iter().find(|(end, _)| matches(end));
        (file, fault.or(always.map(|(_, fault)| fault.clone())))
    };
    let (status, headers, body) = reply(&request, file, fault.as_ref());
    request.status = status;
    let head_only = request.method == "HEAD";
    state.lock().unwrap().log.push(request);
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    )?;
    match fault {
        _ if head_only => Ok(()),
        Some(Fault::DropAfter(n)) => stream.write_all(&body[..n.min(length)]),
        _ => stream.write_all(&body),
    }
}

fn reply(
    request: &Request,
    file: Option<Arc<Vec<u8>>>,
    fault: Option<&Fault>,
) -> (u16, String, Vec<u8>) {
    if let Some(Fault::LoginPage) = fault {
        let page = b"<!DOCTYPE html><title>Log in to the network</title>".to_vec();
        return (
            200,
            "Content-Type: text/html; charset=utf-8\r\n".into(),
            page,
        );
    }
    if let Some(Fault::Status(status)) = fault {
        return (*status, String::new(), Vec::new());
    }
    let Some(file) = file else {
        return (404, String::new(), Vec::new());
    };
    let etag = format!("\"{}\"", &sha256(&file)[..16]);
    let headers = format!("ETag: {etag}\r\nAccept-Ranges: bytes\r\n");
    if request.if_none_match.as_ref() == Some(&etag) {
        return (304, headers, Vec::new());
    }
    let range = request.range.as_deref();
    let range = range.filter(|_| !matches!(fault, Some(Fault::NoRanges)));
    let Some(range) = range else {
        return (200, headers, file.to_vec());
    };
    let start = range
        .strip_prefix("bytes=")
        .and_then(|range| range.strip_suffix('-'));
    let start: usize = start.unwrap().parse().unwrap();
    let size = file.len();
    match start < size {
        true => {
            let range = format!("Content-Range: bytes {start}-{}/{size}\r\n", size - 1);
            (206, headers + &range, file[start..].to_vec())
        }
        false => (
            416,
            format!("Content-Range: bytes */{size}\r\n"),
            Vec::new(),
        ),
    }
}
