//! Files that other projects test their readers with: what is read and written again is equal to the byte, and through a
//! real student no tag, link or cue is lost untold. They are not part of the project; `TRAGHETTO_PEERS` names a folder of
//! them, such as the examples of CommonMark's specification, one a file, and the tests of packages that read Markdown,
//! HTML, SubRip and WebVTT:
//!
//!     TRAGHETTO_PEERS=folder cargo test --release --test it foreign:: -- --ignored --nocapture

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use traghetto::article::{Article, Format, MarkupIssue, MarkupIssueKind, lost};
use traghetto::text::Lang;

use crate::support::{model, traghetto};

/// The files below `folder`, in order.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

fn format(path: &Path) -> Option<(Format, &'static str)> {
    let found = match path.extension()?.to_str()? {
        "md" => (Format::Markdown, "markdown"),
        "html" => (Format::Html, "html"),
        "srt" => (Format::Srt, "srt"),
        "vtt" => (Format::Vtt, "vtt"),
        _ => return None,
    };
    Some(found)
}

/// `source` with `answer` in the place of every segment.
fn made(source: &str, format: Format, answer: fn(&str) -> String) -> (String, Vec<MarkupIssue>) {
    let article = Article::parse(source.to_owned(), format);
    let segments = article.segments(Some(Lang::EN));
    let texts: Vec<String> = segments.iter().map(|one| answer(&one.text)).collect();
    article.reassemble(segments.iter().zip(texts.iter().map(String::as_str)))
}

/// What is counted of the files of a format.
#[derive(Debug, Default)]
struct Counts {
    files: usize,
    segments: usize,
    /// Read and written again, not equal to the byte.
    changed: usize,
    /// In capitals: something is lost, and no issue says so.
    lost: usize,
    /// Through the student: something is lost, and no warning says so.
    lost_by_student: usize,
    /// Through the student: something is lost, and that is told.
    told: usize,
    /// The program failed.
    failed: usize,
}

#[test]
#[ignore = "needs a folder of files of other projects"]
fn files_of_other_projects_come_back_whole() {
    let Some(folder) = std::env::var_os("TRAGHETTO_PEERS") else {
        panic!("TRAGHETTO_PEERS names no folder");
    };
    model("student-en-pt");
    let home = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    files(Path::new(&folder), &mut all);
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for path in all {
        let Some((format, name)) = format(&path) else {
            continue;
        };
        let Ok(source) = String::from_utf8(std::fs::read(&path).unwrap()) else {
            continue;
        };
        let count = counts.entry(name).or_default();
        let article = Article::parse(source.clone(), format);
        count.files += 1;
        count.segments += article.segments(Some(Lang::EN)).len();
        let path = path.display();
        if made(&source, format, str::to_owned).0 != source {
            count.changed += 1;
            println!("changed: {path}");
        }
        let (out, issues) = made(&source, format, str::to_uppercase);
        let told = issues
            .iter()
            .any(|one| one.kind != MarkupIssueKind::Guessed);
        let gone = lost(&article, &out);
        if !gone.is_empty() && !told {
            count.lost += 1;
            println!("lost in capitals: {path}: {gone:?}");
        }
        let output = traghetto(home.path())
            .args(["translate", "--offline", "--no-memory", "--from", "en"])
            .args(["--to", "pt", "--model", "student-en-pt"])
            .args(["--input-format", name])
            .write_stdin(source.as_str())
            .output()
            .unwrap();
        if !output.status.success() {
            // Such as a file without text.
            count.failed += 1;
            continue;
        }
        let told = String::from_utf8_lossy(&output.stderr).contains("warning");
        let gone = lost(&article, &String::from_utf8_lossy(&output.stdout));
        match (gone.is_empty(), told) {
            (true, _) => {}
            (false, true) => count.told += 1,
            (false, false) => {
                count.lost_by_student += 1;
                println!("lost by the student: {path}: {gone:?}");
            }
        }
    }
    println!("{counts:#?}");
    let whole = |one: &Counts| one.changed + one.lost + one.lost_by_student == 0;
    assert!(!counts.is_empty() && counts.values().all(whole));
}
