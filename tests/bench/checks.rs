//! What the checks see and what they only think to see, on a test set that is not part of the project
//! (`../shared/eval/flores-dev.LANG`).
//!
//!     cargo bench --bench checks -- references [--pairs "it-en en-pt"] [--show RULE] [--skip 600] [--count 397]
//!     cargo bench --bench checks -- spoilt [--pairs it-en] [--show KIND] [--count 600]
//!     cargo bench --bench checks -- embeddings e5-small-q4.bin [--pairs it-en] [--count 300]
//!     cargo bench --bench checks -- thresholds e5-small-q4.bin [--count 300]
//!
//! `references`: how many good pairs each rule flags; of a language with itself, how many texts that stay as they are.
//! `spoilt`: how many references that were given an error
//! are flagged for it, by kind. `embeddings`: how well the embeddings tell the two apart.
//! `thresholds`: what the similarities of references are, for every two of the six languages.

mod spoil;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use traghetto::checks::{CheckId, Options, Pair, Severity, check};
use traghetto::engine::embed::{Embedder, adequacy};

use spoil::Lines;

/// What the command line says beside the kind of measurement.
struct Arguments {
    pairs: Option<String>,
    show: String,
    skip: usize,
    count: usize,
}

impl Arguments {
    fn pairs<'a>(&'a self, default: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.as_deref().unwrap_or(default).split(' ')
    }

    /// The lines of a language that are asked for.
    fn lines(&self, lang: &str) -> Vec<String> {
        let lines = flores(lang).into_iter().skip(self.skip);
        lines.take(self.count).collect()
    }
}

fn main() {
    let mut arguments = Arguments {
        pairs: None,
        show: String::new(),
        skip: 0,
        count: usize::MAX,
    };
    let mut words = Vec::new();
    let mut rest = std::env::args().skip(1);
    while let Some(word) = rest.next() {
        let mut value = || {
            rest.next()
                .unwrap_or_else(|| panic!("{word} needs a value"))
        };
        match word.as_str() {
            "--pairs" => arguments.pairs = Some(value()),
            "--show" => arguments.show = value(),
            "--skip" => arguments.skip = value().parse().expect("--skip needs a number"),
            "--count" => arguments.count = value().parse().expect("--count needs a number"),
            "--bench" => {}
            _ => words.push(word),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["references"] => references(&arguments),
        ["spoilt"] => spoilt(&arguments),
        ["embeddings", model] => embeddings(&arguments, Path::new(model)),
        ["thresholds", model] => thresholds(&arguments, Path::new(model)),
        _ => eprintln!("say references, spoilt, embeddings MODEL, or thresholds MODEL"),
    }
}

/// The lines of a file of the evaluation set, which is not part of the project.
fn flores(lang: &str) -> Vec<String> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/eval/flores-dev.{lang}"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} is needed: {error}", path.display()));
    // Some lines of the German file are still quoted as in a CSV file.
    let unquoted = |line: &str| match line
        .trim()
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) if inner.contains("\"\"") => inner.replace("\"\"", "\""),
        _ => line.to_string(),
    };
    text.lines().map(unquoted).collect()
}

/// Prints, for every rule, how many good pairs it flags.
fn references(arguments: &Arguments) {
    for pair in arguments.pairs("it-en it-pt en-pt en-de en-it en-fr en-es fr-en de-en es-en") {
        let (from, to) = pair.split_once('-').unwrap();
        let (sources, targets) = (arguments.lines(from), arguments.lines(to));
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
            let found: Vec<_> = found.into_iter().filter(|f| !f.is_hint()).collect();
            let mut ids: Vec<_> = found.iter().map(|f| f.check).collect();
            ids.sort_unstable();
            ids.dedup();
            for id in &ids {
                *counts.entry(*id).or_default() += 1;
            }
            flagged += usize::from(!ids.is_empty());
            errors += usize::from(found.iter().any(|f| f.severity == Severity::Error));
            let shown = |id: &str| arguments.show == id || arguments.show == "all";
            for finding in found.iter().filter(|f| shown(f.check.id())) {
                let id = finding.check;
                println!("{pair} {id}: {}\n  {source}\n  {target}", finding.message);
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

/// The chance that a good pair scores higher than a bad one.
fn auc(good: &[f32], bad: &[f32]) -> f64 {
    let wins: f64 = bad
        .iter()
        .map(|b| {
            let below = good.iter().filter(|g| *g > b).count() as f64;
            below + good.iter().filter(|g| *g == b).count() as f64 / 2.0
        })
        .sum();
    wins / (good.len() * bad.len()) as f64
}

/// The value that the share `q` of `scores` is below.
fn quantile(scores: &[f32], q: f64) -> f32 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted[(q * (sorted.len() - 1) as f64) as usize]
}

/// Prints the quantiles of the similarity of references, and what of other sentences they would catch.
fn thresholds(arguments: &Arguments, model: &Path) {
    let embedder = Embedder::open(model, 2).expect("the embedding model");
    let languages = ["de", "en", "es", "fr", "it", "pt"].map(|lang| {
        let mut lines = flores(lang);
        lines.truncate(arguments.count);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        (lang, embedder.embed(&lines).unwrap())
    });
    for (i, (one, sources)) in languages.iter().enumerate() {
        for (other, targets) in &languages[i + 1..] {
            let n = sources.len();
            let score = |shift: usize| -> Vec<f32> {
                (0..n)
                    .map(|i| adequacy(&sources[i], &targets[(i + shift) % n]))
                    .collect()
            };
            let (good, next) = (score(0), score(1));
            let [lowest, few, some, many] = [0.0, 0.001, 0.005, 0.01].map(|q| quantile(&good, q));
            let caught = next.iter().filter(|s| **s < some).count();
            println!(
                "{one}-{other}: lowest {lowest:.3}, 0.1 % {few:.3}, 0.5 % {some:.3}, 1 % {many:.3}, median {:.3}; \
                 the next line: median {:.3}, AUC {:.3}, below the 0.5 % {:.1} %",
                quantile(&good, 0.5),
                quantile(&next, 0.5),
                auc(&good, &next),
                100.0 * caught as f64 / n as f64
            );
        }
    }
}

/// Prints how well the embeddings tell references from spoilt ones.
fn embeddings(arguments: &Arguments, model: &Path) {
    let started = Instant::now();
    let embedder = Embedder::open(model, 2).expect("the embedding model");
    println!("loaded in {:.2} s", started.elapsed().as_secs_f64());
    for pair in arguments.pairs("it-en") {
        let (from, to) = pair.split_once('-').unwrap();
        let (mut sources, mut targets) = (flores(from), flores(to));
        sources.truncate(arguments.count);
        targets.truncate(arguments.count);
        let start = Instant::now();
        let embed = |texts: &[String]| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            embedder.embed(&texts).unwrap()
        };
        let source = embed(&sources);
        let score = |targets: &[String]| -> Vec<f32> {
            source
                .iter()
                .zip(embed(targets))
                .map(|(s, t)| adequacy(s, &t))
                .collect()
        };
        let good = score(&targets);
        eprintln!(
            "{:.0} sentences/s",
            2.0 * sources.len() as f64 / start.elapsed().as_secs_f64()
        );
        let thresholds = [
            quantile(&good, 0.005),
            quantile(&good, 0.01),
            quantile(&good, 0.02),
            quantile(&good, 0.05),
        ];
        eprintln!(
            "{pair}: good: 0.1 % {:.3}, 0.5/1/2/5 % {thresholds:.3?}, median {:.3}",
            quantile(&good, 0.001),
            quantile(&good, 0.5)
        );
        let lines = Lines {
            sources: &sources,
            targets: &targets,
        };
        for (name, spoil) in spoil::FOR_EMBEDDINGS {
            let spoilt: Vec<Option<String>> =
                (0..targets.len()).map(|i| spoil(&lines, i)).collect();
            let texts: Vec<String> = spoilt
                .iter()
                .map(|t| t.clone().unwrap_or_default())
                .collect();
            let scores = score(&texts);
            let (good, bad): (Vec<f32>, Vec<f32>) = good
                .iter()
                .zip(&scores)
                .zip(&spoilt)
                .filter(|(_, spoilt)| spoilt.is_some())
                .map(|((g, b), _)| (*g, *b))
                .unzip();
            let below = thresholds
                .map(|t| 100.0 * bad.iter().filter(|b| **b < t).count() as f64 / bad.len() as f64);
            let fallen = good.iter().zip(&bad).filter(|(g, b)| b < g).count();
            eprintln!(
                "  {name}: {} pairs, AUC {:.3}, median {:.3}, caught at 0.5/1/2/5 % false alarms {below:.1?}, lower than its own reference {:.1} %",
                bad.len(),
                auc(&good, &bad),
                quantile(&bad, 0.5),
                100.0 * fallen as f64 / bad.len() as f64
            );
        }
    }
}

/// Spoils the references of the evaluation set in ways that the rules should see, and prints how many they do: how many have
/// a finding that the reference itself hasn't.
fn spoilt(arguments: &Arguments) {
    let groups = spoil::groups();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for pair in
        arguments.pairs("en-it en-fr en-de en-es en-pt it-en fr-en de-en es-en pt-en it-pt fr-de")
    {
        let (from, to) = pair.split_once('-').unwrap();
        let (sources, targets) = (arguments.lines(from), arguments.lines(to));
        let lines = Lines {
            sources: &sources,
            targets: &targets,
        };
        let found = |source: &str, target: &str| -> BTreeSet<(CheckId, String)> {
            let pair = Pair {
                source,
                target,
                from: from.parse().unwrap(),
                to: to.parse().unwrap(),
            };
            let found = check(&pair, &Options::default()).into_iter();
            let told = found.filter(|finding| !finding.is_hint());
            told.map(|finding| (finding.check, finding.message))
                .collect()
        };
        for (i, (source, target)) in sources.iter().zip(&targets).enumerate() {
            let usual = found(source, target);
            let mut count = |name: &'static str, spoilt: Option<String>| {
                let Some(spoilt) = spoilt.filter(|spoilt| spoilt != target) else {
                    return;
                };
                let told = !found(source, &spoilt).is_subset(&usual);
                let (all, caught) = kinds.entry(name).or_default();
                *all += 1;
                *caught += usize::from(told);
                if arguments.show == name && !told {
                    println!("missed\n  {source}\n  {spoilt}");
                }
            };
            for group in &groups {
                count(group.kind, group.spoil(target, to));
            }
            for &(name, spoil) in spoil::FOR_RULES {
                count(name, spoil(&lines, i));
            }
        }
    }
    for (kind, (all, caught)) in kinds {
        let percent = 100.0 * caught as f64 / all as f64;
        println!("{kind}: {caught} of {all} told, {percent:.1} %");
    }
}
