//! The first run: what is said before something is fetched, and `setup`.

use std::ffi::OsString;
use std::io::Write;
use std::sync::{Arc, Mutex};

use traghetto::cli::{self, Streams, Terminals};

use super::registry::{Setting, errors, text};

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Heard {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Runs `setup` on what it takes for a terminal, at which these lines are typed.
fn typed(setting: &Setting, args: &[&str], lines: &'static str) -> (u8, String, String) {
    let path = |name: &str| Some(setting.home.path().join(name).into_os_string());
    let env = |name: &str| match name {
        "XDG_CONFIG_HOME" => path("config"),
        "TRAGHETTO_STORE" => path("store"),
        "TRAGHETTO_MEMORY" => path("memory.redb"),
        "TRAGHETTO_REGISTRY" => Some(setting.web.address.clone().into()),
        _ => None,
    };
    let (output, said) = (Heard::default(), Heard::default());
    let streams = Streams {
        input: Box::new(lines.as_bytes()),
        output: Box::new(output.clone()),
        errors: Box::new(said.clone()),
        terminals: Terminals {
            input: true,
            ..Terminals::default()
        },
    };
    let args = [&["traghetto", "setup", "--quality", "fast"], args].concat();
    let code = cli::main(args.iter().map(OsString::from), &env, streams);
    (code, output.text(), said.text())
}

#[test]
fn one_line_says_what_is_fetched_how_large_and_how_good() {
    let setting = Setting::new();
    let output = setting.translate(&[]);
    text(&output);
    let said = errors(&output);
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("fetching "))
        .collect();
    let store = setting.store();
    let expected = format!(
        "fetching firefox-en-pt (about 23 MB; BLEU 49.4, chrF 70.1 on flores200-plus), kept in {}",
        store.display()
    );
    assert_eq!(lines, [expected]);
    // Nothing of the kind is said when nothing is fetched, or when it can't be.
    assert!(!errors(&setting.translate(&[])).contains("fetching "));
    let setting = Setting::new();
    setting
        .web
        .remove("/models/en-pt/run_one/exported/model.enpt.intgemm.alphas.bin.gz");
    let output = setting.run(&["models", "pull", "firefox-en-pt"]);
    assert!(!errors(&output).contains("fetching "));
}

#[test]
fn setup_asks_on_a_terminal_and_fetches_ahead() {
    let setting = Setting::new();
    let (code, output, said) = typed(&setting, &[], "engl\nenglish\npt\n\n");
    assert_eq!(code, 0, "{said}");
    assert_eq!(
        output,
        "en → pt by firefox-en-pt: needs firefox-en-pt (about 23 MB; BLEU 49.4, chrF 70.1 on flores200-plus)\n"
    );
    for part in [
        "Which languages will you read from?",
        "unknown language \"engl\"",
        "Which languages do you want them in?",
        "Fetch 23 MB into ",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(setting.kept().contains(&"installed.json".to_owned()));
    let (code, output, _) = typed(&setting, &["--from", "en", "--to", "pt,en"], "");
    assert_eq!(
        (code, output.as_str()),
        (0, "en → pt by firefox-en-pt: here\n")
    );
    // No is an answer; no answer is none.
    let (code, _, said) = typed(&setting, &["--from", "pt", "--to", "en"], "n\n");
    assert_eq!(code, 1);
    assert!(
        said.contains("nothing was fetched that translates pt → en"),
        "{said}"
    );
    let (code, _, said) = typed(&setting, &["--from", "pt"], "");
    assert_eq!(code, 2);
    assert!(said.contains("the input ended before an answer"), "{said}");
}

#[test]
fn setup_without_a_terminal_wants_everything_said() {
    let setting = Setting::new();
    let refused = |arguments: &[&str], why: &str| {
        let output = setting.run(&[&["setup"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
        assert!(errors(&output).contains(why), "{}", errors(&output));
    };
    refused(&["--to", "pt"], "--from must say which languages");
    refused(&["--from", "en", "--to", "pt"], "add --yes");
    assert!(setting.kept().is_empty());
    let said = text(&setting.run(&[
        "setup",
        "--from",
        "en",
        "--to",
        "pt",
        "--quality",
        "fast",
        "--yes",
    ]));
    assert!(said.contains("needs firefox-en-pt"), "{said}");
    assert_eq!(
        text(&setting.translate(&["--offline"])).trim(),
        "O gato dorme."
    );
}
