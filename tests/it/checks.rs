//! The checks against pairs written by hand, and against the references of a test set where one is at hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use traghetto::checks::{CheckId, Options, Pair, Severity, check};
use traghetto::text::Lang;

/// The lines of a file of the evaluation set, which is not part of the project.
fn flores(lang: &str) -> Option<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/eval/flores-dev.{lang}"));
    let text = std::fs::read_to_string(&path).ok()?;
    Some(text.lines().map(str::to_string).collect())
}

/// Prints, for every rule, how many good pairs it flags.
#[test]
#[ignore = "measures; needs the evaluation set"]
fn false_alarms_on_references() {
    let wanted = std::env::var("SHOW").unwrap_or_default();
    let pairs = std::env::var("PAIRS").unwrap_or("it-en it-pt en-pt en-de en-it en-fr en-es fr-en de-en es-en".into());
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
        let rules: Vec<_> = counts.iter().map(|(id, count)| format!("{id} {}", percent(*count))).collect();
        println!("{pair}: flagged {} (errors {}); {}; {speed:.0} segments/s", percent(flagged), percent(errors), rules.join(", "));
    }
}
