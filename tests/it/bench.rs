//! `traghetto bench` on real models: figures of every kind of engine, sweeps, forms, and comparing two reports.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{model, traghetto};

/// Runs the program; returns exit code, standard output and standard error.
fn run(home: &Path, args: &[&str]) -> (i32, String, String) {
    let output = traghetto(home).arg("bench").args(args).output().unwrap();
    (
        output.status.code().expect("no signal"),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Measures with `args` and `--json`.
fn report(home: &Path, args: &[&str]) -> Value {
    let (code, stdout, stderr) = run(home, &[args, &["--json"]].concat());
    assert_eq!(code, 0, "{args:?}\n{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

fn median(row: &Value, metric: &str) -> f64 {
    let measure = &row["measures"][metric];
    let value = |name: &str| {
        measure[name]
            .as_f64()
            .unwrap_or_else(|| panic!("{metric}: {row}"))
    };
    assert!(
        value("low") <= value("median") && value("median") <= value("high"),
        "{row}"
    );
    assert!(value("low") > 0.0, "{row}");
    value("median")
}

#[test]
fn a_student_is_measured_by_words_a_second() {
    let home = tempfile::tempdir().unwrap();
    let weights = model("student-en-pt");
    let args = [
        "--model",
        "student-en-pt",
        "--threads",
        "1,2",
        "--batch",
        "1,8",
        "--repeat",
        "2",
    ];
    let report = report(home.path(), &args);
    let rows = report["rows"].as_array().unwrap();
    let combinations: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["threads"].as_u64().unwrap(),
                row["batch"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(combinations, [(1, 1), (1, 8), (2, 1), (2, 8)]);
    for row in rows {
        assert_eq!(row["pair"], "en-pt");
        assert!(median(row, "words_s") > median(row, "load_s"));
    }
    // What one looks for first stands at the top.
    assert_eq!(report["words_s"], rows[0]["measures"]["words_s"]["median"]);
    assert_eq!(report["load_s"], rows[0]["measures"]["load_s"]["median"]);
    let peak = report["peak_rss_mib"].as_f64().unwrap();
    // Without the 256 MiB by which the machine was measured.
    assert!((20.0..250.0).contains(&peak), "{peak}");
    let size = fs::metadata(weights).unwrap().len();
    let files = report["files"].as_array().unwrap();
    assert!(
        files
            .iter()
            .any(|file| file["size"] == size && file["sha256"].as_str().unwrap().len() == 64)
    );
    let machine = &report["machine"];
    assert_eq!(machine["threads"], 2);
    assert!(
        machine["rates"][0]["read_gb_s"].as_f64().unwrap() > 0.1,
        "{machine}"
    );
}

#[test]
fn a_language_model_and_an_embedder_have_figures_of_their_own() {
    let home = tempfile::tempdir().unwrap();
    model("smollm2-135m");
    let args = [
        "--model",
        "smollm2-135m",
        "--prompt-tokens",
        "64",
        "--gen-tokens",
        "8",
        "--repeat",
        "2",
        "--threads",
        "2",
    ];
    let chat = report(home.path(), &args);
    let row = &chat["rows"][0];
    for metric in [
        "load_s",
        "prefill_tok_s",
        "decode_tok_s",
        "ttft_ms",
        "itl_ms",
    ] {
        assert!(median(row, metric) > 0.0);
    }
    for limited in ["decode_tok_s", "prefill_tok_s"] {
        let share = row["of_limit"][limited].as_f64().unwrap();
        assert!((0.001..1.5).contains(&share), "{limited}: {share}");
    }
    model("e5-small");
    let embedder = report(home.path(), &["--model", "e5-small", "--repeat", "1"]);
    assert!(median(&embedder["rows"][0], "sentences_s") > 0.0);
}

#[test]
fn a_report_has_many_forms() {
    let home = tempfile::tempdir().unwrap();
    model("student-en-pt");
    let args = |format| {
        [
            "--model",
            "student-en-pt",
            "--repeat",
            "1",
            "--format",
            format,
        ]
    };
    let (code, markdown, _) = run(home.path(), &args("markdown"));
    assert_eq!(code, 0);
    assert!(markdown.contains("| words/s |"), "{markdown}");
    let (_, csv, _) = run(home.path(), &args("csv"));
    let columns: Vec<usize> = csv.lines().map(|line| line.matches(',').count()).collect();
    assert!(
        columns.len() > 3 && columns.iter().all(|n| *n == columns[0]),
        "{csv}"
    );
    let page = home.path().join("bench.html");
    let to_file = [&args("html")[..], &["-o", page.to_str().unwrap()]].concat();
    let (code, stdout, stderr) = run(home.path(), &to_file);
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    let page = fs::read_to_string(page).unwrap();
    assert!(page.matches("<svg").count() >= 2 && page.contains("words/s"));
    // Whole in itself.
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("href="));
    let (_, table, _) = run(home.path(), &args("text"));
    assert!(
        table.contains("words/s") && table.contains("peak RSS MiB"),
        "{table}"
    );
}

/// A report with one row of such speeds.
fn made(speeds: [f64; 5]) -> Value {
    let mut sorted = speeds;
    sorted.sort_by(f64::total_cmp);
    let rates = json!({"read_gb_s": 20.0, "f32_gflop_s": 100.0, "int8_gop_s": 400.0});
    json!({
        "schema": 1, "program": "traghetto 0", "model": "m", "architecture": "a", "files": [], "device": "cpu",
        "prompt_tokens": 1, "gen_tokens": 2, "repeat": 5,
        "machine": {"cpu": "a CPU", "cores": 2, "features": [], "kernels": "scalar", "load_before": 0.0, "threads": 2,
            "rates": [rates, rates], "noisy": false},
        "rows": [{"threads": 2, "peak_rss_mib": null, "energy_j": null, "measures": {"words_s": {
            "median": sorted[2], "low": sorted[0], "high": sorted[4], "samples": speeds}}}],
    })
}

#[test]
fn two_reports_are_compared_and_chance_is_no_difference() {
    let home = tempfile::tempdir().unwrap();
    let put = |name: &str, report: &Value| {
        let path = home.path().join(name);
        fs::write(&path, report.to_string()).unwrap();
        path.to_str().unwrap().to_string()
    };
    let a = put("a.json", &made([1000.0, 1010.0, 990.0, 1005.0, 995.0]));
    let same = put("same.json", &made([1008.0, 996.0, 1002.0, 1011.0, 992.0]));
    let slow = put("slow.json", &made([900.0, 905.0, 893.0, 899.0, 902.0]));

    let limit = ["--fail-if-slower", "5%"];
    let (code, text, _) = run(
        home.path(),
        &[&["--compare", &a, &same][..], &limit].concat(),
    );
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("no difference"), "{text}");
    let (code, text, _) = run(
        home.path(),
        &[&["--compare", &a, &slow][..], &limit].concat(),
    );
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("slower") && text.contains("0.900"), "{text}");
    let (code, ..) = run(
        home.path(),
        &[&["--compare", &a, &slow][..], &["--fail-if-slower", "15"]].concat(),
    );
    assert_eq!(code, 0);
    let faster = report(home.path(), &["--compare", &slow, &a]);
    assert_eq!(faster["lines"][0]["verdict"], "faster");

    let mut other = made([1.0; 5]);
    other["rows"][0]["threads"] = 7.into();
    let other = put("other.json", &other);
    let broken = put("broken.json", &json!({"schema": 1}));
    for (second, says) in [(&other, "in common"), (&broken, "broken.json is no report")] {
        let (code, stdout, stderr) = run(home.path(), &["--compare", &a, second]);
        assert_eq!((code, stdout.as_str()), (1, ""));
        assert!(stderr.contains(says), "{stderr}");
    }
}

#[test]
fn two_builds_are_measured_in_turns() {
    let home = tempfile::tempdir().unwrap();
    model("student-en-pt");
    let program = env!("CARGO_BIN_EXE_traghetto");
    let against = |program: &str, rounds| {
        let asked = [
            "--model",
            "student-en-pt",
            "--repeat",
            "1",
            "--against",
            program,
        ];
        run(
            home.path(),
            &[&asked[..], &["--rounds", rounds, "--json"]].concat(),
        )
    };
    let (code, json, stderr) = against(program, "1");
    assert_eq!(code, 0, "{stderr}");
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found["rounds"], 1);
    let lines = found["lines"].as_array().unwrap();
    let words = lines
        .iter()
        .find(|line| line["metric"] == "words_s")
        .unwrap();
    let ratio = words["medians"][1].as_f64().unwrap() / words["medians"][0].as_f64().unwrap();
    assert!(
        (words["ratio"].as_f64().unwrap() - ratio).abs() < 1e-9,
        "{words}"
    );
    let (code, _, stderr) = against("/no/such/program", "1");
    assert_eq!(code, 1);
    assert!(stderr.contains("/no/such/program"), "{stderr}");
}

#[test]
fn what_cannot_be_measured_is_told() {
    let home = tempfile::tempdir().unwrap();
    model("student-en-pt");
    for (args, says) in [
        (&["--batch", "0"][..], "whole number from 1"),
        (&["--fail-if-slower", "5"], "--compare"),
        (
            &["--model", "student-en-pt", "--from", "it"],
            "no pair of student-en-pt",
        ),
        (
            &["--model", "student-en-pt", "--text", "nothing.txt"],
            "nothing.txt",
        ),
        (&["--model", "nosuchmodel"], "nosuchmodel"),
        (&["--format", "pdf"], "pdf"),
    ] {
        let (code, stdout, stderr) = run(home.path(), args);
        assert_ne!(code, 0, "{args:?}");
        assert_eq!(stdout, "", "{args:?}");
        assert!(stderr.contains(says), "{args:?}: {stderr}");
    }
}

#[test]
fn an_article_is_translated_by_every_model_that_is_here() {
    let home = tempfile::tempdir().unwrap();
    let own = model("student-en-pt");
    // A store with this one model, whatever else the tests' store has.
    let store = home.path().join("store");
    fs::create_dir_all(store.join("models")).unwrap();
    let folder = own.parent().unwrap();
    std::os::unix::fs::symlink(
        folder,
        store.join("models").join(folder.file_name().unwrap()),
    )
    .unwrap();
    let article = home.path().join("article.md");
    fs::write(
        &article,
        "# The ferry\n\nThe ship left at nine. Nobody was hurt.\n",
    )
    .unwrap();
    let bench = |args: &[&str]| {
        let output = traghetto(home.path())
            .env("TRAGHETTO_STORE", &store)
            .args(["bench", "article"])
            .args(args)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let path = article.to_str().unwrap();
    let (code, json, stderr) = bench(&[path, "--to", "pt,fr", "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let found: Value = serde_json::from_str(&json).unwrap();
    let runs = found["runs"].as_array().unwrap();
    // The program's choice is the student; to French nothing that is here leads.
    assert_eq!(runs.len(), 2, "{json}");
    assert_eq!(
        (&runs[0]["models"], &runs[0]["segments"]),
        (&json!(["student-en-pt"]), &json!(3))
    );
    assert!(runs[0]["words_s"].as_f64().unwrap() > 0.0 && runs[0]["chrf"].as_f64().unwrap() > 60.0);
    assert!(runs[0]["peak_rss_mib"].as_f64().unwrap() > 10.0);
    assert!(
        runs[1]["failed"].as_str().unwrap().contains("en to fr"),
        "{json}"
    );
    assert_eq!(found["recommended"], json!([0]));
    let (_, page, _) = bench(&[path, "--to", "pt", "--format", "html"]);
    assert!(page.contains("<svg") && page.contains("student-en-pt") && !page.contains("<script"));
    let (code, stdout, stderr) = bench(&[path, "--to", "en"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("in English already"), "{stderr}");
    // Nothing was measured.
    let (code, stdout, stderr) = bench(&[path, "--to", "fr"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("en to fr"), "{stderr}");
    // Each process reads the article as this one does.
    let page = home.path().join("page.html");
    let text = "<html><body><nav>Home</nav><article><h1>The caf\u{e9}</h1><p>The ship left at nine in the morning, \
                and nobody of the crew was hurt.</p></article></body></html>";
    fs::write(&page, text.chars().map(|c| c as u8).collect::<Vec<u8>>()).unwrap();
    let page = page.to_str().unwrap();
    let flags = ["--extract", "--encoding", "windows-1252", "--json"];
    let (code, json, stderr) = bench(&[&[page, "--from", "en", "--to", "pt"], &flags[..]].concat());
    assert_eq!(code, 0, "{stderr}");
    let found: Value = serde_json::from_str(&json).unwrap();
    let segments = found["runs"][0]["segments"].as_u64().unwrap();
    assert!(segments < 3, "the navigation too: {json}");
}

#[test]
fn peers_run_beside_ours_and_those_not_here_are_named() {
    model("student-en-pt");
    let home = tempfile::tempdir().unwrap();
    let text = home.path().join("a.en.txt");
    std::fs::write(&text, "The harbour is closed. Three boats left.\n").unwrap();
    let peers = |python: &std::path::Path| -> Value {
        let output = traghetto(home.path())
            .args(["bench", "peers", "--from", "en", "--to", "pt", "--json"])
            .args([
                "--model",
                "student-en-pt",
                "--repeat",
                "2",
                "--offline",
                "--python",
            ])
            .arg(python)
            .arg(&text)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let found = peers(&home.path().join("no-python"));
    assert_eq!(found["rows"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&found["sentences"], &found["words"]),
        (&2.into(), &7.into())
    );
    let why = |n: usize| found["absent"][n]["why"].as_str().unwrap();
    assert!(why(0).starts_with("it runs no model like"), "{found}");
    assert!(
        why(2).starts_with("it isn't here: pip install fxtranslate"),
        "{found}"
    );
    assert!(why(3).starts_with("it isn't here: npm install"), "{found}");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let python = home.path().join("python");
        let script = "#!/bin/sh\n[ \"$1\" = -c ] && exit 0\ncat > /dev/null\n\
            echo '{\"texts\": [\"x\", \"y\"], \"seconds\": 0.5}'\n";
        std::fs::write(&python, script).unwrap();
        std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
        let found = peers(&python);
        let row = &found["rows"][1];
        assert_eq!(
            (&row["engine"], &row["translating_s"], &row["equal"]),
            (&"fxtranslate".into(), &0.5.into(), &0.into())
        );
        assert!(row["ratio"]["ratio"].as_f64().unwrap() > 0.0, "{row}");
    }
}
