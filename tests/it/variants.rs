//! Inputs of the kinds that tools like this one get wrong (`fixtures/variants.txt`), through the program and a real student:
//! what must hold of each holds, and no tag, link or placeholder is lost untold.

use traghetto::article::{Article, Format, lost};

use crate::support::{model, traghetto};

struct Case {
    kind: String,
    format: String,
    source: String,
    /// `=` the whole output, `+` what it has, `-` what it hasn't, `!` what is told beside it, `?` what
    /// isn't.
    rules: Vec<(char, String)>,
}

/// A line with its escapes read: `\n`, `\t`, `\\` and `\u200b`.
fn unescaped(line: &str) -> String {
    let parts = line.split("\\\\");
    let parts = parts.map(|part| {
        let part = part.replace("\\n", "\n").replace("\\t", "\t");
        part.replace("\\u200b", "\u{200b}")
    });
    parts.collect::<Vec<_>>().join("\\")
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let (mut kind, mut format) = ("", "");
    for line in include_str!("../fixtures/variants.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (mark, rest) = line.split_once(' ').unwrap();
        match mark {
            "==" => (kind, format) = rest.rsplit_once(", ").unwrap(),
            "<" => cases.push(Case {
                kind: kind.to_owned(),
                format: format.to_owned(),
                source: unescaped(rest),
                rules: Vec::new(),
            }),
            mark => {
                let rule = (mark.chars().next().unwrap(), unescaped(rest));
                cases.last_mut().unwrap().rules.push(rule);
            }
        }
    }
    cases
}

/// What is wrong with `output`.
fn faults(case: &Case, output: &str, told: &str) -> Vec<String> {
    let broken = case.rules.iter().filter(|(mark, text)| match mark {
        '=' => output != text,
        '+' => !output.contains(text),
        '-' => output.contains(text),
        '!' => !told.contains(text),
        '?' => told.contains(text),
        other => panic!("no rule: {other}"),
    });
    let mut faults: Vec<String> = broken
        .map(|(mark, text)| format!("{mark} {text}"))
        .collect();
    let format = match case.format.as_str() {
        "html" => Format::Html,
        "markdown" => Format::Markdown,
        "srt" => Format::Srt,
        "vtt" => Format::Vtt,
        _ => Format::Text,
    };
    let gone = lost(&Article::parse(case.source.clone(), format), output);
    if !gone.is_empty() && !told.contains("warning") {
        faults.push(format!("lost untold: {gone:?}"));
    }
    faults
}

#[test]
fn ten_variants_of_each_kind_hold() {
    model("student-en-pt");
    let home = tempfile::tempdir().unwrap();
    let mut failed = Vec::new();
    let cases = cases();
    for case in &cases {
        let output = traghetto(home.path())
            .args(["translate", "--offline", "--no-memory", "--from", "en"])
            .args(["--to", "pt", "--model", "student-en-pt"])
            .args(["--input-format", &case.format])
            .write_stdin(case.source.as_str())
            .output()
            .unwrap();
        let (made, told) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{told}");
        for fault in faults(case, &made, &told) {
            failed.push(format!(
                "{}: {:?}\n  became {made:?}\n  {fault}",
                case.kind, case.source
            ));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {}:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
    for kind in 1..=14 {
        let number = kind.to_string();
        let of_kind = |case: &&Case| case.kind.split(' ').next() == Some(&number);
        assert!(cases.iter().filter(of_kind).count() >= 10, "kind {kind}");
    }
}
