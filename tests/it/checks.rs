//! The checks against pairs written by hand, and against the references of a test set where one is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use traghetto::checks::{CheckId, Options, Pair, Severity, check};
use traghetto::text::Lang;

/// A translation from `fixtures/checks/pairs.txt`.
struct Case {
    from: Lang,
    to: Lang,
    source: String,
    target: String,
    /// Must be reported; empty for a good translation.
    expected: Vec<CheckId>,
    /// May be reported.
    allowed: Vec<CheckId>,
}

fn cases() -> Vec<Case> {
    let ids = |text: &str| -> Vec<CheckId> {
        let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
        ids.map(|id| id.parse().unwrap()).collect()
    };
    let mut cases = Vec::new();
    let mut open: Option<(Lang, Lang, String)> = None;
    for line in include_str!("../fixtures/checks/pairs.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (expected, allowed, target) = if let Some(target) = line.strip_prefix("= ") {
            (vec![], vec![], target)
        } else if let Some(rest) = line.strip_prefix("! ") {
            let (head, target) = rest.split_once('|').unwrap();
            let (expected, allowed) = head.split_once('?').unwrap_or((head, ""));
            (ids(expected), ids(allowed), target)
        } else {
            let mut parts = line.splitn(3, ' ');
            let mut next = || parts.next().unwrap();
            open = Some((
                next().parse().unwrap(),
                next().parse().unwrap(),
                next().to_string(),
            ));
            continue;
        };
        let (from, to, source) = open.clone().unwrap();
        cases.push(Case {
            from,
            to,
            source,
            target: target.trim_start().replace("\\n", "\n"),
            expected,
            allowed,
        });
    }
    cases
}

/// Hits, misses and false alarms of a rule.
#[derive(Default)]
struct Score {
    hits: usize,
    missed: usize,
    wrong: usize,
}

#[test]
fn recall_and_false_alarms_on_pairs_written_by_hand() {
    let cases = cases();
    assert!(cases.len() >= 300, "{} pairs", cases.len());
    let mut scores: BTreeMap<CheckId, Score> = BTreeMap::new();
    let (mut good, mut alarms) = (0, 0);
    for case in &cases {
        let pair = Pair {
            source: &case.source,
            target: &case.target,
            from: case.from,
            to: case.to,
        };
        let findings = check(&pair, &Options::default());
        let found: BTreeSet<_> = findings.iter().map(|finding| finding.check).collect();
        if case.expected.is_empty() {
            good += 1;
            alarms += usize::from(!found.is_empty());
        }
        let wrong = found
            .iter()
            .filter(|id| !case.expected.contains(id) && !case.allowed.contains(id));
        let missed = case.expected.iter().filter(|id| !found.contains(id));
        for id in wrong.clone() {
            scores.entry(*id).or_default().wrong += 1;
            eprintln!(
                "false alarm {id}: {} | {} | {findings:?}",
                case.source, case.target
            );
        }
        for id in missed.clone() {
            scores.entry(*id).or_default().missed += 1;
            eprintln!("missed {id}: {} | {}", case.source, case.target);
        }
        for id in case.expected.iter().filter(|id| found.contains(id)) {
            scores.entry(*id).or_default().hits += 1;
        }
    }
    for (id, score) in &scores {
        let ratio = |of: usize, other: usize| of as f64 / (of + other).max(1) as f64;
        eprintln!(
            "{id}: recall {:.3}, precision {:.3} ({} hits, {} missed, {} false)",
            ratio(score.hits, score.missed),
            ratio(score.hits, score.wrong),
            score.hits,
            score.missed,
            score.wrong
        );
    }
    eprintln!(
        "{} pairs, {good} good, {alarms} of these flagged",
        cases.len()
    );
    for id in [CheckId::Number, CheckId::Date] {
        let score = &scores[&id];
        assert!(
            score.hits as f64 >= 0.95 * (score.hits + score.missed) as f64,
            "recall of {id}"
        );
    }
    for (id, score) in &scores {
        assert!(score.hits >= 3 * score.missed, "recall of {id}");
        assert!(
            score.hits >= 5 * score.wrong || score.wrong == 0,
            "precision of {id}"
        );
    }
    assert!(
        alarms * 100 <= 3 * good,
        "{alarms} false alarms on {good} good pairs"
    );
}

/// The lines of a file of the evaluation set, which is not part of the project.
fn flores(lang: &str) -> Option<Vec<String>> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/eval/flores-dev.{lang}"));
    let text = std::fs::read_to_string(&path).ok()?;
    // Some lines of the German file are still quoted as in a CSV file.
    let unquoted = |line: &str| match line
        .trim()
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) if inner.contains("\"\"") => inner.replace("\"\"", "\""),
        _ => line.to_string(),
    };
    Some(text.lines().map(unquoted).collect())
}

/// Prints, for every rule, how many good pairs it flags.
#[test]
#[ignore = "measures; needs the evaluation set"]
fn false_alarms_on_references() {
    let wanted = std::env::var("SHOW").unwrap_or_default();
    let pairs = std::env::var("PAIRS")
        .unwrap_or("it-en it-pt en-pt en-de en-it en-fr en-es fr-en de-en es-en".into());
    for pair in pairs.split(' ') {
        let (from, to) = pair.split_once('-').unwrap();
        let (Some(sources), Some(targets)) = (flores(from), flores(to)) else {
            panic!("the evaluation set is not there");
        };
        let mut counts: BTreeMap<CheckId, usize> = BTreeMap::new();
        let (mut flagged, mut errors) = (0, 0);
        let start = Instant::now();
        for (source, target) in sources.iter().zip(&targets) {
            let found = check(
                &Pair {
                    source,
                    target,
                    from: from.parse().unwrap(),
                    to: to.parse().unwrap(),
                },
                &Options::default(),
            );
            let mut ids: Vec<_> = found.iter().map(|f| f.check).collect();
            ids.sort_unstable();
            ids.dedup();
            for id in &ids {
                *counts.entry(*id).or_default() += 1;
            }
            flagged += usize::from(!ids.is_empty());
            errors += usize::from(found.iter().any(|f| f.severity == Severity::Error));
            for finding in found.iter().filter(|f| f.check.id() == wanted) {
                println!("{}\n  {source}\n  {target}", finding.message);
            }
        }
        let n = sources.len() as f64;
        let speed = n / start.elapsed().as_secs_f64();
        let percent = |count: usize| format!("{:.1} %", 100.0 * count as f64 / n);
        let rules: Vec<_> = counts
            .iter()
            .map(|(id, count)| format!("{id} {}", percent(*count)))
            .collect();
        println!(
            "{pair}: flagged {} (errors {}); {}; {speed:.0} segments/s",
            percent(flagged),
            percent(errors),
            rules.join(", ")
        );
    }
}
