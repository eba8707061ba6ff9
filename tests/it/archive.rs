//! `traghetto archive`: every article is translated once or left out with a reason, whatever happens on the way.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{self, file, model, traghetto};

/// Makes `n` articles of the tests' sentences, of which some are broken.
pub fn make(n: usize, out: &Path, more: &[&str]) {
    let status = std::process::Command::new("python3")
        .arg(file("tests/archives/make.py"))
        .arg(file("tests/archives/sentences.en.txt"))
        .arg(n.to_string())
        .arg(out)
        .args(["--words", "10-60"])
        .args(more)
        .status();
    assert!(status.unwrap().success());
}

const HOW: [&str; 6] = [
    "--offline",
    "--model",
    "student-en-pt",
    "--to",
    "pt",
    "--out",
];

pub fn archive(home: &Path, input: &Path, out: &Path) -> assert_cmd::Command {
    let mut command = traghetto(home);
    command.arg("archive").arg(input).args(HOW).arg(out);
    command
}

/// What is said on standard error by a run that fails.
pub fn refused(mut command: assert_cmd::Command) -> String {
    let output = command.assert().failure().get_output().stderr.clone();
    String::from_utf8(output).unwrap()
}

pub fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The rows of an archive in JSONL, in their order.
pub fn rows(out: &Path) -> Vec<Value> {
    let mut files: Vec<_> = std::fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|one| one == "jsonl"))
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("part-")
        })
        .collect();
    files.sort();
    files.iter().flat_map(|path| lines(path)).collect()
}

/// All files of a folder with what is in them.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// Of every hundred articles that `make` makes six are left out, each for a reason of its own.
fn rejected_are(rejected: &[Value]) {
    let whys: Vec<(u64, &str)> = rejected
        .iter()
        .map(|one| (one["row"].as_u64().unwrap(), one["why"].as_str().unwrap()))
        .collect();
    let expected = |first: u64| {
        [
            (first + 8, "empty"),
            (first + 24, "empty"),
            (first + 42, "broken"),
            (first + 60, "wrong-type"),
            (first + 74, "duplicate-id"),
            (first + 90, "missing-field"),
        ]
    };
    let all: Vec<_> = expected(0).into_iter().chain(expected(100)).collect();
    assert_eq!(whys, all);
    let reason = rejected[4]["reason"].as_str().unwrap();
    assert_eq!(reason, "an earlier article has the id \"a0000072\" too");
}

#[test]
fn every_article_is_translated_or_left_out_with_a_reason() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let (input, out) = (home.path().join("news.jsonl"), home.path().join("out"));
    make(200, &input, &[]);
    let mut command = archive(home.path(), &input, &out);
    command.args([
        "--format",
        "jsonl",
        "--shard-size",
        "80",
        "--summarize",
        "--length",
        "1s",
    ]);
    command.assert().success();

    let rows = rows(&out);
    let rejected = lines(&out.join("rejected.jsonl"));
    assert_eq!(rows.len() + rejected.len(), 200);
    rejected_are(&rejected);

    // The translation is that of the article alone.
    let row = &rows[0];
    let articles = std::fs::read_to_string(&input).unwrap();
    let articles: Value = serde_json::from_str(articles.lines().next().unwrap()).unwrap();
    let text = home.path().join("one.txt");
    std::fs::write(&text, articles["text"].as_str().unwrap()).unwrap();
    let alone = traghetto(home.path())
        .arg("translate")
        .arg(&text)
        .args([
            "--offline",
            "--no-memory",
            "--model",
            "student-en-pt",
            "--to",
            "pt",
        ])
        .assert()
        .success();
    let alone = String::from_utf8(alone.get_output().stdout.clone()).unwrap();
    assert_eq!(row["translation_pt"].as_str().unwrap(), alone);
    assert_eq!(row["id"], "a0000000");
    assert_eq!(row["language"], "en");
    assert_eq!(row["title"], articles["title"]);
    assert_ne!(row["title_pt"], articles["title"]);
    // A student alone says nothing of how sure it is.
    assert!(row["risk_pt"].is_null());
    assert!(row["findings_pt"].is_array());
    let summary = row["summary_pt"].as_str().unwrap();
    assert!(alone.contains(summary) && !summary.is_empty(), "{summary}");
    let provenance = &row["provenance"];
    assert_eq!(provenance["schema"], "traghetto-archive/1");
    assert_eq!(provenance["models"][0]["id"], "student-en-pt");
    assert_eq!(provenance["routes"]["pt"], "en → pt by student-en-pt");

    // The manifest tells which articles are where; said again, there is nothing to do.
    let manifest = lines(&out.join("manifest.jsonl"));
    assert_eq!(manifest.len(), 4);
    assert_eq!(manifest[2]["input"][0]["first"], 81);
    assert_eq!(manifest[2]["input"][0]["last"], 160);
    let before = contents(&out);
    let mut again = archive(home.path(), &input, &out);
    again.args([
        "--format",
        "jsonl",
        "--shard-size",
        "80",
        "--summarize",
        "--length",
        "1s",
    ]);
    again.assert().success();
    assert_eq!(contents(&out), before);
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_stopped() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let input = home.path().join("news.jsonl");
    make(200, &input, &[]);
    let run = |out: &Path| {
        let mut command = support::process(home.path());
        command.arg("archive").arg(&input).args(HOW).arg(out);
        command.args(["--shard-size", "10", "--quiet"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let whole = home.path().join("whole");
    let started = Instant::now();
    assert!(run(&whole).status().unwrap().success());
    let time = started.elapsed();

    let cut = home.path().join("cut");
    let mut shards = Vec::new();
    for moment in 1..=5 {
        let mut child = run(&cut).spawn().unwrap();
        std::thread::sleep(time / 7 + Duration::from_millis(37 * moment));
        // SIGKILL, which no process sees coming.
        child.kill().unwrap();
        child.wait().unwrap();
        let manifest = std::fs::read_to_string(cut.join("manifest.jsonl")).unwrap_or_default();
        shards.push(manifest.matches("\"shard\":").count());
    }
    assert!(shards.is_sorted(), "{shards:?}");
    assert!(shards[4] > 0, "no shard was whole at any of the moments");
    assert!(run(&cut).status().unwrap().success());
    assert!(contents(&cut) == contents(&whole), "{shards:?}");
}

#[test]
fn tables_and_folders_hold_the_same_articles() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let run = |input: &Path, more: &[&str]| {
        let out = home
            .path()
            .join(format!("out-{}", input.file_name().unwrap().display()));
        let mut command = archive(home.path(), input, &out);
        command
            .args(["--format", "jsonl"])
            .args(more)
            .assert()
            .success();
        rows(&out)
    };
    let column = |rows: &[Value], name: &str| -> Vec<String> {
        let cells = rows
            .iter()
            .map(|row| row[name].as_str().unwrap_or("").trim().to_string());
        cells.collect()
    };
    let lines = home.path().join("a.jsonl");
    make(12, &lines, &["--clean"]);
    let of_lines = run(&lines, &[]);
    assert_eq!(of_lines.len(), 12);
    let csv = home.path().join("a.csv");
    make(12, &csv, &["--clean"]);
    let of_csv = run(&csv, &[]);
    for name in ["id", "title", "title_pt", "translation_pt"] {
        assert_eq!(column(&of_lines, name), column(&of_csv, name), "{name}");
    }
    let folder = home.path().join("folder");
    make(12, &folder, &["--clean"]);
    std::fs::write(folder.join("picture.png"), "no article").unwrap();
    let of_folder = run(&folder, &["--from", "en"]);
    assert_eq!(of_folder.len(), 12);
    assert_eq!(of_folder[0]["id"], "0000/0000000.txt");
    assert_eq!(
        column(&of_lines, "translation_pt")[3],
        column(&of_folder, "translation_pt")[3]
    );
    assert_eq!(
        column(&of_lines, "title")[1],
        column(&of_folder, "title")[1]
    );
    // What the program writes as Parquet it reads again: the translations are articles too.
    let out = home.path().join("parquet");
    archive(home.path(), &lines, &out).assert().success();
    let again = run(
        &out.join("part-00000.parquet"),
        &[
            "--text-field",
            "title",
            "--title-field",
            "language",
            "--from",
            "en",
        ],
    );
    assert_eq!(column(&again, "id"), column(&of_lines, "id"));
    assert_eq!(
        column(&again, "translation_pt"),
        column(&of_lines, "title_pt")
    );
}

#[test]
fn what_is_wrong_is_said_with_its_row() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let at = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let out = home.path().join("out");
    // A table without the column.
    let table = at(
        "a.csv",
        "id;body\n1;It rains again today, and nobody is surprised.\n",
    );
    let said = refused(archive(home.path(), &table, &out));
    assert!(said.contains("a.csv has no field \"text\""), "{said}");
    assert!(said.contains("its fields are id, body"), "{said}");
    // No line has it.
    let lines = at("a.jsonl", "{\"id\": 1, \"body\": \"It rains.\"}\n");
    let said = refused(archive(home.path(), &lines, &out));
    assert!(
        said.contains("a.jsonl, row 1: there is no field \"text\""),
        "{said}"
    );
    // With --fail-fast the first one ends the run.
    let mixed = at(
        "mixed.jsonl",
        "{\"text\": \"It rains again today, and nobody is surprised.\"}\n{\"text\": [1]}\n",
    );
    let mut command = archive(home.path(), &mixed, &out);
    command.arg("--fail-fast");
    let said = refused(command);
    assert!(
        said.contains("mixed.jsonl, row 2: the field \"text\" is a list"),
        "{said}"
    );
    // Without, it is noted; then other options are another archive.
    archive(home.path(), &mixed, &out).assert().success();
    let letters = std::fs::read_to_string(out.join("rejected.jsonl")).unwrap();
    assert!(letters.contains("\"row\":2"), "{letters}");
    let mut command = archive(home.path(), &mixed, &out);
    command.args(["--format", "jsonl"]);
    let said = refused(command);
    assert!(said.contains("was begun with other format"), "{said}");
    at(
        "mixed.jsonl",
        "{\"text\": \"It is dry today, which is new.\"}\n{\"text\": [1]}\n",
    );
    let said = refused(archive(home.path(), &mixed, &out));
    assert!(said.contains("the input of shard 0 has changed"), "{said}");
    // A quote that isn't closed doesn't take the rest of the file into memory.
    let endless = at(
        "endless.csv",
        &format!("text\n\"It rains.\n{}", "and rains\n".repeat(3 << 20)),
    );
    let said = refused(archive(home.path(), &endless, &home.path().join("endless")));
    assert!(
        said.contains("from line 2 on") && said.contains("quote"),
        "{said}"
    );
}

#[test]
fn what_is_no_archives_is_left_as_it_is() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let input = home.path().join("news.jsonl");
    make(2, &input, &[]);
    let others = [
        ("manifest.jsonl", "{\"mine\":\"precious\"}"),
        ("manifest.jsonl", "{\"mine\":1}\n{\"mine\":2}"),
        ("rejected.jsonl", "mine\n"),
        ("part-00000.parquet", "mine"),
        (".part-ofmine", "mine"),
    ];
    for (i, (name, text)) in others.iter().enumerate() {
        let out = home.path().join(format!("out{i}"));
        std::fs::create_dir(&out).unwrap();
        std::fs::write(out.join(name), text).unwrap();
        let said = refused(archive(home.path(), &input, &out));
        assert!(said.contains("--out"), "{said}");
        assert_eq!(std::fs::read_to_string(out.join(name)).unwrap(), *text);
        assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1, "{name}");
    }
}

#[test]
fn a_huge_article_is_left_out() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let input = home.path().join("a.jsonl");
    let rain = "It rains again today, and nobody is surprised. ";
    let huge = rain.repeat((50 << 20) / rain.len());
    let text =
        format!("{{\"text\": \"{rain}\"}}\n{{\"text\": \"{huge}\"}}\n{{\"text\": \"{rain}\"}}\n");
    std::fs::write(&input, text).unwrap();
    let out = home.path().join("out");
    let mut command = archive(home.path(), &input, &out);
    command.args(["--format", "jsonl"]).assert().success();
    assert_eq!(rows(&out).len(), 2);
    let letters = lines(&out.join("rejected.jsonl"));
    assert_eq!(
        (&letters[0]["row"], &letters[0]["why"]),
        (&2.into(), &"too-long".into())
    );
    let reason = letters[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("it has 52.4 MB"), "{reason}");
}

/// A limit on the size of files stands in for a full disk.
#[cfg(unix)]
#[test]
fn without_room_nothing_is_half_written() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let input = home.path().join("a.jsonl");
    make(60, &input, &["--clean"]);
    let out = home.path().join("out");
    let run = |limit: &str| {
        let process = support::process(home.path());
        let mut command = std::process::Command::new("sh");
        let script = format!("trap '' XFSZ; {limit} exec \"$0\" \"$@\"");
        command.args(["-c", &script]).arg(process.get_program());
        for (name, value) in process.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.arg("archive").arg(&input).args(HOW).arg(&out);
        command.args(["--format", "jsonl", "--shard-size", "30", "--no-memory"]);
        command.output().unwrap()
    };
    let failed = run("ulimit -f 8;");
    assert!(!failed.status.success());
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(
        said.contains("writing") && said.contains("make room"),
        "{said}"
    );
    assert!(rows(&out).is_empty());
    assert!(run("").status.success());
    assert_eq!(rows(&out).len(), 60);
}
