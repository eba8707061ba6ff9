//! The command line as a user meets it: help, wrong usage, bad input. No model is needed here.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use traghetto::cli::{self, Streams, Terminals};

use crate::schema::violations;
use crate::support::{file, traghetto};

/// What a stream was given.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a command line with an empty home in this process; returns exit code, standard output and standard error.
fn run(args: &[&str], stdin: &[u8]) -> (u8, String, String) {
    run_with(args, stdin, Terminals::default())
}

fn run_with(args: &[&str], stdin: &[u8], terminals: Terminals) -> (u8, String, String) {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| Some(home.path().join(name).into_os_string());
    let env = |name: &str| match name {
        "XDG_CONFIG_HOME" => path("config"),
        "TRAGHETTO_STORE" => path("store"),
        "TRAGHETTO_REGISTRY" => Some("http://127.0.0.1:9".into()),
        "TRAGHETTO_MEMORY" => path("memory.redb"),
        _ => None,
    };
    let (output, errors) = (Heard::default(), Heard::default());
    let streams = Streams {
        input: Box::new(io::Cursor::new(stdin.to_vec())),
        output: Box::new(output.clone()),
        errors: Box::new(errors.clone()),
        terminals,
    };
    let args = [&["traghetto"], args].concat();
    let code = cli::main(args.iter().map(OsString::from), &env, streams);
    (code, output.text(), errors.text())
}

/// The program fails with `code`, says every one of `says` on standard error, and nothing on standard output.
fn fails(args: &[&str], stdin: &[u8], code: u8, says: &[&str]) {
    let (status, stdout, stderr) = run(args, stdin);
    assert_eq!(status, code, "{args:?}\n{stderr}");
    assert_eq!(stdout, "", "{args:?}");
    for part in says {
        assert!(
            stderr.contains(part),
            "{args:?} doesn't say \"{part}\":\n{stderr}"
        );
    }
}

#[test]
fn a_page_on_standard_input_is_a_page_and_a_dash_is_standard_output() {
    let page = b"\n<!DOCTYPE html>\n<html><body><p>42</p></body></html>\n";
    let args = [
        "translate",
        "--offline",
        "--from",
        "en",
        "--to",
        "pt",
        "-o",
        "-",
    ];
    let (code, stdout, stderr) = run(&args, page);
    assert_eq!((code, stdout.as_bytes()), (0, &page[..]), "{stderr}");
    assert!(!std::path::Path::new("-").exists());
}

#[test]
fn a_file_with_both_sides_is_not_translated_as_text() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.po", "b.xliff", "c.tmx", "d.csv", "e.tsv"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "42\n").unwrap();
        let path = path.to_str().unwrap();
        let common = ["translate", "--offline", "--from", "en", "--to", "pt", path];
        fails(
            &common,
            b"",
            1,
            &[name, "traghetto check", "--input-format text"],
        );
        let (code, stdout, stderr) = run(&[&common[..], &["--input-format", "text"]].concat(), b"");
        assert_eq!((code, stdout.as_str()), (0, "42\n"), "{stderr}");
    }
}

#[test]
fn a_lead_and_a_digest_are_no_longer_than_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| -> String {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let long = "The harbour of the town was built in 1874 for salt and grain. A storm destroyed the northern pier in \
                February last year. Ships from Norway bring timber to it every week in summer.\n";
    let (a, b) = (
        file("a.txt", long),
        file("b.txt", &long.replace("harbour", "station")),
    );
    let digest = |length: &'static str| {
        [
            "summarize",
            "--offline",
            "--from",
            "en",
            "--model",
            "extract",
            "--digest",
            "--length",
            length,
        ]
        .map(str::to_owned)
    };
    for (length, says) in [
        ("1s", "at least 2 sentences"),
        ("4w", "fits into the length"),
    ] {
        let args = [&digest(length)[..], &[a.clone(), b.clone()]].concat();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        fails(&args, b"", 2, &[says, "--length"]);
    }
    let one = [
        "summarize",
        "--offline",
        "--from",
        "en",
        "--model",
        "extract",
    ];
    let file = folder.path().join("sum.txt");
    let more = ["--length", "3c", "-o", file.to_str().unwrap(), &a];
    let says = ["fits into 3 characters", "--length"];
    fails(&[&one[..], &more].concat(), b"", 2, &says);
    assert!(!file.exists());
    let lead = [
        "summarize",
        "--offline",
        "--from",
        "en",
        "--model",
        "extract",
        "--style",
        "lead",
        "--length",
        "1s",
        &a,
    ];
    let (code, stdout, stderr) = run(&lead, b"");
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout.matches('.').count(), 1, "{stdout}");
}

#[test]
fn what_can_have_no_effect_is_refused() {
    let setup = ["setup", "--from", "it", "--to", "it", "--yes"];
    fails(&setup, b"", 2, &["one language", "--to"]);
    for flag in [
        ["--summary-model", "extract"],
        ["--summary-prompt", "a.toml"],
        ["--summary-lang", "en"],
        ["--length", "5"],
        ["--style", "bullets"],
        ["--focus", "x"],
        ["--candidates", "4"],
        ["--verify", "off"],
    ] {
        let args = [
            "run",
            "a.md",
            "--to",
            "en",
            "--no-summary",
            flag[0],
            flag[1],
        ];
        fails(&args, b"", 2, &["--no-summary", flag[0]]);
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        &["run"][..],
        &["translate"],
        &["summarize"],
        &["check"],
        &["bench"],
        &["bench", "article"],
        &["bench", "peers"],
        &["eval"],
        &["setup"],
        &["models"],
        &["models", "list"],
        &["models", "pull"],
        &["models", "path"],
        &["models", "info"],
        &["models", "verify"],
        &["models", "rm"],
        &["models", "prune"],
        &["models", "import"],
        &["models", "export"],
        &["memory"],
        &["memory", "stats"],
        &["memory", "clear"],
        &["memory", "export"],
        &["doctor"],
        &["completions"],
    ] {
        let args = [command, &["--help"]].concat();
        let (status, stdout, stderr) = run(&args, b"");
        assert_eq!((status, stderr.as_str()), (0, ""), "{command:?}");
        assert!(
            stdout.contains("Example:\n  traghetto "),
            "{command:?}:\n{stdout}"
        );
        assert!(stdout.contains("--threads"), "{command:?}:\n{stdout}");
        assert!(stdout.contains("--device"), "{command:?}:\n{stdout}");
    }
}

#[test]
fn a_digest_cites_its_articles_and_its_reports_keep_their_schema() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let one = write(
        "tram.en.md",
        "# A new tram\n\nThe city council of Selby approved a new tram line on Monday. It will \
         cost 40 million euros and open in 2027. Shopkeepers of the old town protested against it.",
    );
    let two = write(
        "bridge.en.md",
        "# The bridge of Selby\n\nThe bridge of Selby was closed to lorries on Friday after cracks \
         were found in it. The owner of the bridge denies that he knew of the cracks. Nobody was hurt.",
    );
    let args = [
        "summarize",
        &one,
        &two,
        "--digest",
        "--model",
        "extract",
        "--offline",
        "--from",
        "en",
    ];
    let (status, stdout, stderr) = run(&[&args[..], &["--length", "2"]].concat(), b"");
    assert_eq!(status, 0, "{stderr}");
    let approved = "approved a new tram line on Monday. [1] The bridge";
    assert!(
        stdout.contains(approved) && stdout.ends_with("[1] A new tram\n[2] The bridge of Selby\n"),
        "{stdout}"
    );
    let (status, stdout, stderr) = run(
        &[&args[..], &["--style", "key-facts", "--json"]].concat(),
        b"",
    );
    assert_eq!(status, 0, "{stderr}");
    let digest: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(digest["sentences"][0]["articles"], serde_json::json!([1]));
    let schema = include_str!("../../src/output/report.schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    for report in digest["articles"].as_array().unwrap() {
        let found = violations(&schema, report);
        assert!(found.is_empty(), "{}", found.join("\n"));
        let coverage = &report["summaries"][0]["coverage"];
        assert_eq!(
            (&coverage["sentences"], &coverage["read"]),
            (&4.into(), &0.into())
        );
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    fails(&["--frobnicate"], b"", 2, &["--frobnicate"]);
    fails(&["ferry"], b"", 2, &["ferry"]);
    fails(&["run", "a.md"], b"", 2, &["--to"]);
    fails(
        &["translate", "--to", "klingon"],
        b"Ciao",
        2,
        &["unknown language \"klingon\"", "ISO 639-1"],
    );
    fails(
        &["translate", "--to", "en", "--threads", "0"],
        b"Ciao",
        2,
        &["--threads"],
    );
    fails(
        &["translate", "--to", "en", "--device", "toaster"],
        b"Ciao",
        2,
        &["toaster"],
    );
    fails(
        &["summarize", "--length", "endless"],
        b"Ciao",
        2,
        &["endless", "short"],
    );
    fails(
        &["summarize", "--style", "haiku"],
        b"Ciao",
        2,
        &["haiku", "bullets"],
    );
    fails(&["summarize", "a.md", "b.md"], b"", 2, &["--digest"]);
    fails(
        &["translate", "--to", "en", "--temperature", "-1"],
        b"Ciao",
        2,
        &["temperature"],
    );
}

#[cfg(not(any(feature = "cuda", feature = "metal")))]
#[test]
fn a_gpu_that_this_build_lacks_is_refused() {
    let translate = ["translate", "--from", "it", "--to", "en", "--device"];
    for (device, says) in [
        (
            "cuda",
            ["no CUDA support", "`--features cuda`", "--device cpu"],
        ),
        (
            "cuda:3",
            ["no CUDA support", "`--features cuda`", "--device cpu"],
        ),
        (
            "metal",
            ["no Metal support", "`--features metal`", "--device cpu"],
        ),
    ] {
        let arguments = [&translate[..], &[device]].concat();
        fails(&arguments, b"Ciao a tutti.", 2, &says);
    }
}

#[test]
fn nothing_is_read_from_a_terminal_unless_it_is_asked_for() {
    let terminals = Terminals {
        input: true,
        ..Terminals::default()
    };
    let translate = ["translate", "--from", "it", "--to", "en", "--offline"];
    let (status, stdout, stderr) = run_with(&translate, b"", terminals);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert_eq!(
        stderr,
        "error: no input\n  hint: name a file, pipe a text in, or say - to type one\n"
    );
    let (status, stdout, stderr) = run_with(&[&translate[..], &["-"]].concat(), b"\n", terminals);
    assert_eq!((status, stdout.as_str()), (0, "\n"), "{stderr}");
}

#[test]
fn help_has_colours_on_a_terminal_only() {
    let terminals = Terminals {
        output: true,
        ..Terminals::default()
    };
    assert!(run_with(&["--help"], b"", terminals).1.contains('\u{1b}'));
    assert!(!run(&["--help"], b"").1.contains('\u{1b}'));
}

#[test]
fn input_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fails(
        &["translate", &path("missing.md"), "--to", "en"],
        b"",
        1,
        &["missing.md"],
    );
    fails(
        &["translate", &path(""), "--to", "en"],
        b"",
        1,
        &["is a folder"],
    );
    fs::write(path("binary.txt"), b"\x7fELF\x02\x01\x01\0\0\0\0").unwrap();
    fails(
        &["translate", &path("binary.txt"), "--to", "en"],
        b"",
        1,
        &["binary.txt"],
    );
    fs::write(
        path("latin1.txt"),
        b"La citt\xe0 \xe8 bella e il sole \xe8 alto.",
    )
    .unwrap();
    fails(
        &["translate", &path("latin1.txt"), "--to", "en"],
        b"",
        1,
        &["latin1.txt", "--encoding"],
    );
    fails(
        &[
            "translate",
            &path("latin1.txt"),
            "--to",
            "en",
            "--encoding",
            "utf-9",
        ],
        b"",
        2,
        &["utf-9"],
    );
    fs::write(path("empty.md"), b"").unwrap();
    fails(
        &[
            "run",
            &path("empty.md"),
            "--to",
            "en",
            "--out",
            &path("out"),
        ],
        b"",
        1,
        &["empty.md"],
    );
    assert!(
        !folder.path().join("out").exists(),
        "nothing may be left behind"
    );
    fails(
        &["translate", "--to", "it"],
        "Il presidente ha vinto le elezioni di domenica scorsa.".as_bytes(),
        2,
        &["is in Italian already"],
    );
}

#[test]
fn a_text_with_nothing_to_translate_comes_back_without_a_model() {
    for text in ["", "\n\n", "  \r\n\r\n"] {
        let (status, stdout, stderr) = run(
            &["translate", "--from", "it", "--to", "en", "--offline"],
            text.as_bytes(),
        );
        assert_eq!((status, stdout.as_str()), (0, text), "{stderr}");
    }
}

#[test]
fn an_unknown_or_damaged_model_is_named() {
    let text = "Il presidente ha vinto le elezioni.".as_bytes();
    let with = |model: &str, code: u8, says: &[&str]| {
        let args = [
            "translate",
            "--from",
            "it",
            "--to",
            "en",
            "--offline",
            "--model",
            model,
        ];
        fails(&args, text, code, says);
    };
    with(
        "smollm2-135m-instrukt",
        2,
        &["smollm2-135m-instrukt", "did you mean smollm2-135m"],
    );
    with("nowhere/model.gguf", 1, &["nowhere/model.gguf"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.gguf").display().to_string();
    fs::write(&path, b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff").unwrap();
    with(&path, 1, &["broken.gguf"]);
    fs::write(&path, b"not a model at all").unwrap();
    with(&path, 1, &["broken.gguf"]);
}

#[test]
fn offline_without_models_lists_the_candidates() {
    fails(
        &["translate", "--from", "it", "--to", "en", "--offline"],
        "Il presidente ha vinto le elezioni.".as_bytes(),
        1,
        &[
            "no model that translates it to en can be had",
            "qwen2.5-coder-1.5b",
            "--offline",
        ],
    );
}

#[test]
fn a_read_only_folder_fails_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "in the way").unwrap();
    let article = file("tests/articles/kazakistan.it.md")
        .display()
        .to_string();
    let out = blocked.join("out").display().to_string();
    fails(
        &["run", &article, "--to", "en", "--out", &out, "--offline"],
        b"",
        1,
        &[&out],
    );
    assert_eq!(fs::read_to_string(&blocked).unwrap(), "in the way");
}

#[test]
fn settings_show_where_they_come_from() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config").join("traghetto");
    fs::create_dir_all(&config).unwrap();
    fs::write(
        config.join("config.toml"),
        "device = \"cpu\"\nthreads = 1\n",
    )
    .unwrap();
    let output = traghetto(home.path())
        .env("TRAGHETTO_THREADS", "2")
        .args(["doctor", "--json", "--offline"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let setting = |name: &str| {
        let rows = findings["settings"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == name).unwrap().clone();
        (
            row["value"].as_str().unwrap().to_string(),
            row["from"].as_str().unwrap().to_string(),
        )
    };
    assert_eq!(setting("threads"), ("2".into(), "TRAGHETTO_THREADS".into()));
    assert_eq!(
        setting("device"),
        ("cpu".into(), "configuration file".into())
    );
    assert_eq!(setting("offline"), ("true".into(), "flag".into()));
    assert_eq!(setting("strict"), ("false".into(), "default".into()));
}

#[test]
fn the_list_of_models_is_a_table_or_json() {
    let (status, stdout, _) = run(&["models", "list"], b"");
    assert_eq!(status, 0);
    assert!(stdout.starts_with("MODEL"), "{stdout}");
    assert!(stdout.contains("smollm2-135m"), "{stdout}");
    let (status, stdout, _) = run(&["models", "list", "--json"], b"");
    assert_eq!(status, 0);
    let listed: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .all(|model| model["installed"] == false)
    );
}

#[test]
fn completions_are_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (status, stdout, stderr) = run(&["completions", shell], b"");
        assert_eq!((status, stderr.as_str()), (0, ""));
        assert!(stdout.contains("traghetto"), "{shell}");
    }
}
