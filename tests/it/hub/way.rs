//! What stands between a user and a model: proxies, mirrors, tokens, and the variables that say so.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use traghetto::registry::{Role, Source};

use super::process::{Setting, stderr};
use super::server::{Access, Hub};
use crate::registry::{Archive, manifest, noise, tiny_gguf};

/// A proxy that only connects. It takes `hub.invalid`, a name that nobody resolves, for loopback.
struct Proxy {
    address: String,
    connected: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let connected = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&connected);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = Arc::clone(&heard);
                std::thread::spawn(move || pass(stream, &heard).ok());
            }
        });
        Self { address, connected }
    }
}

/// Answers a CONNECT and passes bytes both ways.
fn pass(mut client: TcpStream, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = first.clone();
    while !line.trim().is_empty() {
        line.clear();
        reader.read_line(&mut line)?;
    }
    heard.lock().unwrap().push(first.trim().to_owned());
    let target = first.split(' ').nth(1).unwrap_or_default();
    let mut server = TcpStream::connect(target.replace("hub.invalid", "127.0.0.1"))?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let (mut up, mut back) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        std::io::copy(&mut reader, &mut up).ok();
        up.shutdown(std::net::Shutdown::Write).ok();
    });
    std::io::copy(&mut server, &mut back)?;
    back.shutdown(std::net::Shutdown::Write)
}

#[test]
fn the_hub_is_reached_through_a_proxy() {
    let setting = Setting::new();
    let proxy = Proxy::start();
    let pull = |proxy: &str| {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        let endpoint = setting.hub.endpoint.replace("127.0.0.1", "hub.invalid");
        command
            .args(["models", "pull", "hf:owner/small"])
            .env("HF_ENDPOINT", endpoint)
            .env("HTTPS_PROXY", proxy);
        command.output().unwrap()
    };
    // A proxy that isn't there, with a password.
    let output = pull("http://user:secret@127.0.0.1:9");
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("HTTPS_PROXY") && !said.contains("secret"),
        "{said}"
    );
    let output = pull(&format!("http://{}", proxy.address));
    assert!(output.status.success(), "{}", stderr(&output));
    let connected = proxy.connected.lock().unwrap();
    assert!(
        connected[0].starts_with("CONNECT hub.invalid:"),
        "{connected:?}"
    );
    // The contents' host too.
    assert!(
        connected
            .iter()
            .any(|line| line.starts_with("CONNECT 127.0.0.1:")),
        "{connected:?}"
    );
}

/// A package index as pip knows them (PEP 503), for who sends a name and a password.
fn mirror(wheels: Vec<(String, Vec<u8>)>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &wheels, &log).ok();
        }
    });
    (address, asked)
}

fn answer(
    mut stream: TcpStream,
    wheels: &[(String, Vec<u8>)],
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut known = false;
    for line in lines {
        let line = line?.to_lowercase();
        // "user:secret" in base64.
        known |= line == "authorization: basic dxnlcjpzzwnyzxq=";
        if line.is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(path.clone());
    let file = wheels
        .iter()
        .find(|(name, _)| path == format!("/files/{name}"));
    let page = || {
        let package = path
            .strip_prefix("/simple/")?
            .trim_end_matches('/')
            .replace('-', "_");
        let (name, _) = wheels.iter().find(|(name, _)| name.starts_with(&package))?;
        Some(format!("<!DOCTYPE html><a href=\"/files/{name}\">{name}</a>").into_bytes())
    };
    let (status, kind, body) = match (known, file) {
        (false, _) => ("401 Unauthorized", "text/plain", Vec::new()),
        (true, Some((_, data))) => ("200 OK", "application/octet-stream", data.clone()),
        (true, None) => match page() {
            Some(page) => ("200 OK", "text/html", page),
            None => ("404 Not Found", "text/plain", Vec::new()),
        },
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

/// pip's own settings lead it to a mirror; the mirror's password is in no message.
#[test]
fn packages_come_from_the_users_mirror() {
    let setting = Setting::new();
    let archive = Archive::new();
    let data = noise(200_000, 3);
    let wheel = archive.wheel("mirrored", "py3-none-any", &[("data.bin", &data)]);
    let name = wheel.file_name().unwrap().to_str().unwrap().to_owned();
    let (address, asked) = mirror(vec![(name, std::fs::read(wheel).unwrap())]);
    let config = setting.home.path().join("pip.conf");
    let index = format!("[global]\nindex-url = http://user:secret@{address}/simple\n");
    std::fs::write(&config, index).unwrap();
    setting.configure(&manifest("from-mirror", &data, &["mirrored"]));
    setting.configure(&manifest("from-nowhere", &data, &["lacking"]));
    let pull = |model: &str| {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        command
            .args(["models", "pull", model, "--json"])
            .env("PIP_CONFIG_FILE", &config);
        command.output().unwrap()
    };
    let output = pull("from-mirror");
    assert!(output.status.success(), "{}", stderr(&output));
    let path = setting
        .home
        .path()
        .join("store/models/from-mirror/weights.gguf");
    assert_eq!(std::fs::read(path).unwrap(), data);
    assert!(
        asked
            .lock()
            .unwrap()
            .iter()
            .any(|path| path.starts_with("/files/"))
    );
    let refused = pull("from-nowhere");
    assert!(!refused.status.success());
    assert!(
        stderr(&refused).contains("lacking==1.0"),
        "{}",
        stderr(&refused)
    );
    for output in [output, refused] {
        let all = format!(
            "{}{}",
            stderr(&output),
            String::from_utf8_lossy(&output.stdout)
        );
        assert!(!all.contains("secret"), "{all}");
    }
}

/// The token is in nothing that the program writes, whatever it is asked, and goes to no other host.
#[test]
fn a_token_is_in_no_output_and_in_no_file() {
    let token = "hf_aVeryLongSecret";
    let setting = Setting::new();
    let weights = [("m-Q8_0.gguf", tiny_gguf("llama", 5_000))];
    let add = |repo: &str, token: &str| {
        let access = Access::Gated(token.to_owned());
        setting.hub.add(repo, access, &weights);
    };
    add("owner/mine", token);
    add("owner/theirs", "hf_another");
    let commands: &[(&[&str], bool)] = &[
        (&["models", "pull", "hf:owner/mine", "--json"], true),
        (&["models", "pull", "hf:owner/theirs", "--json"], false),
        (&["models", "pull", "hf:owner/none"], false),
        (&["models", "info", "hf:owner/mine", "--json"], true),
        (&["models", "list", "--json"], true),
        (&["models", "verify", "--json"], true),
        (&["doctor", "--json"], true),
        (&["doctor"], true),
    ];
    for (arguments, works) in commands {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        let output = command.args(*arguments).env("HF_TOKEN", token).output();
        let output = output.unwrap();
        assert_eq!(
            output.status.success(),
            *works,
            "{arguments:?}: {}",
            stderr(&output)
        );
        let all = format!(
            "{}{}",
            stderr(&output),
            String::from_utf8_lossy(&output.stdout)
        );
        assert!(!all.contains("VeryLong"), "{arguments:?}: {all}");
    }
    for request in setting.hub.requests() {
        let sent = request.authorization.is_some();
        assert_eq!(
            sent,
            request.host == "hub",
            "{} {}",
            request.host,
            request.path
        );
    }
    let mut folders = vec![setting.home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read(&path).unwrap_or_default();
                let text = String::from_utf8_lossy(&text).into_owned();
                assert!(!text.contains("VeryLong"), "{}", path.display());
            }
        }
    }
}

/// A repository that was renamed redirects within the Hub; one that redirects elsewhere takes no token along.
#[test]
fn a_redirect_to_another_host_takes_no_token_along() {
    let setting = Setting::new();
    let other = Hub::start();
    let weights = [("m-Q8_0.gguf", tiny_gguf("llama", 5_000))];
    other.add("owner/moved", Access::Open, &weights);
    setting
        .hub
        .redirect("owner/old", &format!("{}/owner/moved", other.endpoint));
    setting.hub.add("owner/new", Access::Open, &weights);
    setting.hub.redirect("owner/renamed", "/owner/new");
    let pull = |repo: &str| {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        command
            .args(["models", "pull", repo])
            .env("HF_TOKEN", "hf_secret");
        command.output().unwrap()
    };
    let output = pull("hf:owner/renamed");
    assert!(output.status.success(), "{}", stderr(&output));
    pull("hf:owner/old");
    let requests = other.requests();
    assert!(!requests.is_empty());
    assert!(
        requests
            .iter()
            .all(|request| request.authorization.is_none())
    );
}

#[test]
fn hf_hub_offline_makes_no_request() {
    let setting = Setting::new();
    let pull = |offline: &str| {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        command
            .args(["models", "pull", "hf:owner/small"])
            .env("HF_HUB_OFFLINE", offline);
        command.output().unwrap()
    };
    let output = pull("1");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(setting.hub.requests().is_empty());
    assert!(pull("0").status.success());
    setting.hub.requests();
    assert!(pull("1").status.success());
    assert!(setting.hub.requests().is_empty());
}

/// A restricting licence is accepted once on the command line, and remembered by the next, quiet run.
#[test]
fn a_licence_is_accepted_on_the_command_line() {
    let setting = Setting::new();
    let weights = tiny_gguf("qwen3", 5_000);
    let files = [("weights.gguf", weights.clone())];
    setting.hub.add("owner/strict", Access::Open, &files);
    let mut strict = manifest("strict", &weights, &[]);
    (strict.licence.id, strict.licence.commercial) = ("CC-BY-NC-4.0".to_owned(), false);
    strict.sources = vec![Source::Hub {
        repo: "owner/strict".to_owned(),
        revision: "main".to_owned(),
        files: Default::default(),
    }];
    assert_eq!(strict.files[0].role, Role::Weights);
    setting.configure(&strict);
    let pull = |extra: &[&str]| {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        let command = command.args(["models", "pull", "strict"]).args(extra);
        command.output().unwrap()
    };
    let output = pull(&[]);
    assert!(!output.status.success());
    let said = stderr(&output);
    assert!(said.contains("--accept-licence CC-BY-NC-4.0"), "{said}");
    assert!(pull(&["--accept-licence", "cc-by-nc-4.0"]).status.success());
    assert!(pull(&[]).status.success());
}
