//! The main job on real weights: the article is ferried by the models that the package archives hold.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use traghetto::text::{Lang, detect};

use crate::support::{file, model, traghetto};

/// Lines that open a heading, and blocks between blank lines.
fn structure(markdown: &str) -> (Vec<usize>, usize) {
    let headings = markdown
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.bytes().take_while(|&byte| byte == b'#').count())
        .collect();
    let blocks = markdown
        .split("\n\n")
        .filter(|block| !block.trim().is_empty())
        .count();
    (headings, blocks)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_article_arrives_whole_in_both_languages() {
    model("qwen2.5-coder-1.5b");
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("out");
    let article = file("tests/articles/kazakistan.it.md");
    let output = traghetto(home.path())
        .arg("run")
        .arg(&article)
        .args(["--to", "en,pt", "--length", "3", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    assert!(output.stdout.is_empty(), "standard output is for data");
    assert!(
        stderr.contains("can't be had"),
        "the Hub's models are nowhere here, and that is said:\n{stderr}"
    );

    let source = read(&article);
    let report: Value = serde_json::from_str(&read(&out.join("kazakistan.json"))).unwrap();
    for lang in [Lang::EN, Lang::PT] {
        let text = read(&out.join(format!("kazakistan.{lang}.md")));
        assert_eq!(structure(&text), structure(&source), "{lang}:\n{text}");
        assert_eq!(detect(&text).lang, Some(lang), "{text}");
        let summary = read(&out.join(format!("kazakistan.{lang}.summary.md")));
        assert_eq!(detect(&summary).lang, Some(lang), "{summary}");
        assert!(
            summary.chars().count() < source.chars().count() / 2,
            "{summary}"
        );
    }
    assert!(!out.join("kazakistan.it.summary.md").exists());

    assert_eq!(report["input"]["language"], "it");
    assert_eq!(report["tool"]["version"], env!("CARGO_PKG_VERSION"));
    let models = report["models"].as_array().unwrap();
    assert!(!models.is_empty());
    for used in models {
        assert_eq!(
            used["files"][0]["sha256"].as_str().unwrap().len(),
            64,
            "{used}"
        );
        assert!(used["licence"]["id"].is_string(), "{used}");
    }
    let steps = report["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["work"] == "summarize"));
    assert!(
        steps
            .iter()
            .all(|step| step["seconds"].as_f64().unwrap() > 0.0)
    );
    // Every flagged segment is in the list of warnings: nothing is kept in silence.
    let flagged = report["translations"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|made| made["segments"].as_array().unwrap())
        .map(|segment| segment["findings"].as_array().unwrap().len())
        .sum::<usize>();
    assert!(report["warnings"].as_array().unwrap().len() >= flagged);
}

#[test]
fn lines_in_are_lines_out_whatever_the_number_of_threads() {
    let model = model("smollm2-135m");
    let home = tempfile::tempdir().unwrap();
    let text = "Good morning.\n\n  The vote was held on Sunday.\r\n1,234.5\nThe president won.";
    let mut answers = Vec::new();
    for threads in ["1", "2"] {
        let output = traghetto(home.path())
            .args([
                "translate",
                "--from",
                "en",
                "--to",
                "fr",
                "--threads",
                threads,
                "--model",
            ])
            .arg(&model)
            .write_stdin(text)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        answers.push(String::from_utf8(output.stdout).unwrap());
    }
    assert_eq!(answers[0], answers[1]);
    let lines: Vec<&str> = answers[0].split('\n').collect();
    assert_eq!(lines.len(), text.split('\n').count(), "{}", answers[0]);
    assert_eq!(lines[1], "");
    assert!(
        lines[2].starts_with("  ") && lines[2].ends_with('\r'),
        "{:?}",
        lines[2]
    );
    assert_eq!(lines[3], "1,234.5");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let home = tempfile::tempdir().unwrap();
    let program = traghetto(home.path());
    let program = program.get_program().to_owned();
    let script = "\"$0\" models list | head -n 1; exit ${PIPESTATUS[0]}";
    let status = std::process::Command::new("bash")
        .args(["-c", script])
        .arg(program)
        .env("HOME", home.path())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn an_unreachable_hub_costs_at_most_five_seconds() {
    let home = tempfile::tempdir().unwrap();
    let started = Instant::now();
    // A server that takes the call and never says a word is worse than one that refuses it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let output = traghetto(home.path())
        .env("HF_ENDPOINT", format!("http://{address}"))
        .env("TRAGHETTO_STORE", home.path().join("store"))
        .args(["models", "pull", "hf:nobody/nothing:model.gguf"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        started.elapsed() < Duration::from_secs(6),
        "{:?}",
        started.elapsed()
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains(&address));
}
