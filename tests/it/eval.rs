//! `traghetto eval`: its scores are those of sacrebleu 2.6.0 and rouge-score 0.1.2 (`tests/fixtures/eval/make.py`), and what
//! it says of files.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use traghetto::eval::{Evaluation, Report, Segment, Test, Tokenizer, Wanted};

use crate::support::{file, model, traghetto};

fn fixture() -> Value {
    let text = fs::read_to_string(file("tests/fixtures/eval/scores.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().unwrap().iter();
    all.map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|one| one.as_f64().unwrap()).collect()
}

/// Segment by segment what is in `references` and `systems`.
fn segments(references: &[Vec<String>], systems: &[Vec<String>]) -> Vec<Segment> {
    let nth = |lists: &[Vec<String>], n: usize| lists.iter().map(|list| list[n].clone()).collect();
    let segment = |n| Segment {
        references: nth(references, n),
        outputs: nth(systems, n),
        ..Segment::default()
    };
    (0..references[0].len()).map(segment).collect()
}

/// What is found by metrics such as `bleu:intl`.
fn evaluate(metrics: &[&str], stem: bool, segments: &[Segment], test: Option<Test>) -> Report {
    let metrics = metrics.iter().map(|name| {
        let (name, tokenizer) = name.split_once(':').unwrap_or((name, "13a"));
        let wanted: Wanted = name.parse().unwrap();
        wanted
            .open(|| Tokenizer::open(tokenizer, None), stem, 2)
            .unwrap()
    });
    let systems = (0..segments[0].outputs.len()).map(|n| format!("system {n}"));
    let (metrics, systems) = (metrics.collect(), systems.collect());
    let mut evaluation = Evaluation::new(metrics, systems, test, segments.len()).unwrap();
    // In pieces, as a long file comes.
    for some in segments.chunks(3) {
        evaluation.add(some.to_vec()).unwrap();
    }
    evaluation.finish().unwrap()
}

fn near(found: f64, expected: f64, within: f64, what: &str) {
    assert!(
        (found - expected).abs() <= within,
        "{what}: {found}, not {expected}"
    );
}

/// References and systems of a set.
fn set(set: &Value) -> Vec<Segment> {
    let lists = |value: &Value| -> Vec<Vec<String>> {
        value.as_array().unwrap().iter().map(strings).collect()
    };
    segments(&lists(&set["references"]), &lists(&set["systems"]))
}

#[test]
fn scores_are_those_of_sacrebleu() {
    for one in fixture()["sets"].as_array().unwrap() {
        let segments = set(one);
        for expected in one["scores"].as_array().unwrap() {
            let metric = expected["metric"].as_str().unwrap();
            let what = format!("{} of {}", metric, one["set"]);
            let report = evaluate(&[metric], false, &segments, None);
            for (n, system) in report.systems.iter().enumerate() {
                let score = &system.scores[0];
                near(score.score, numbers(&expected["scores"])[n], 1e-9, &what);
                assert_eq!(
                    score.signature,
                    expected["signature"].as_str().unwrap(),
                    "{what}"
                );
                let detail = score.detail.as_ref().map(|text| format!(" {text}"));
                let shown = format!(
                    "{}|{} = {:.2}{}",
                    score.metric,
                    score.signature,
                    score.score,
                    detail.unwrap_or_default()
                );
                assert_eq!(shown, expected["shown"][n].as_str().unwrap(), "{what}");
                for segment in &report.worst {
                    let expected = numbers(&expected["segments"][n])[segment.n - 1];
                    let what = format!("{what}, line {}", segment.n);
                    near(segment.outputs[n].scores[0], expected, 1e-9, &what);
                }
            }
        }
    }
}

#[test]
fn tests_of_chance_are_those_of_sacrebleu() {
    for one in fixture()["sets"].as_array().unwrap() {
        let segments = set(one);
        for kind in ["bs", "ar"] {
            let expected = &one["tests"][kind];
            let samples = expected["samples"].as_u64().unwrap() as usize;
            let test = match kind {
                "bs" => Test::Bootstrap(samples),
                _ => Test::Randomisation(samples),
            };
            let report = evaluate(&["bleu", "chrf", "ter"], false, &segments, Some(test));
            for (n, system) in report.systems.iter().enumerate() {
                for score in &system.scores {
                    let what = format!("{kind} of {} of {}", score.metric, one["set"]);
                    let signature = &expected["signatures"][&score.metric];
                    assert_eq!(score.signature, signature.as_str().unwrap(), "{what}");
                    let expected = &expected["results"][&score.metric][n];
                    let pairs = [
                        (score.chance.p, &expected["p_value"], 2e-3),
                        (score.chance.mean, &expected["mean"], 1e-3),
                        (score.chance.interval, &expected["ci"], 1e-3),
                    ];
                    for (found, expected, within) in pairs {
                        assert_eq!(found.is_some(), !expected.is_null(), "{what}");
                        if let Some(found) = found {
                            near(found, expected.as_f64().unwrap(), within, &what);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn rouge_is_that_of_rouge_score() {
    let fixture = fixture();
    let summaries = &fixture["summaries"];
    let lists = [&summaries["references"], &summaries["outputs"]].map(|list| vec![strings(list)]);
    let segments = segments(&lists[0], &lists[1]);
    for (stem, name) in [(false, "plain"), (true, "stem")] {
        for kind in ["rouge1", "rouge2", "rougeL"] {
            let expected = numbers(&summaries["rouge"][name][kind]);
            let report = evaluate(&[kind], stem, &segments, None);
            for segment in &report.worst {
                let what = format!("{kind}, {name}, summary {}", segment.n);
                near(
                    segment.outputs[0].scores[0],
                    100.0 * expected[segment.n - 1],
                    1e-9,
                    &what,
                );
            }
            let mean = expected.iter().sum::<f64>() / expected.len() as f64;
            near(report.systems[0].scores[0].score, 100.0 * mean, 1e-9, kind);
        }
    }
}

/// Scores of a tiny random model and those that the authors' code gives.
#[test]
fn models_score_as_those_of_their_authors() {
    for (name, folder, key) in [
        ("metricx-24", "metricx", "reference"),
        ("metricx-24-qe", "metricx", "qe"),
        ("comet-qe", "comet", "qe"),
        ("wmt20-comet-qe-da", "comet", "qe"),
    ] {
        let folder = file("tests/fixtures/eval").join(folder);
        let text = fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        let items = expected["items"].as_array().unwrap().iter().map(strings);
        let segment = |item: Vec<String>| {
            let [source, output, reference] = item.try_into().unwrap();
            Segment {
                source,
                references: vec![reference],
                outputs: vec![output],
                told: Vec::new(),
            }
        };
        let segments: Vec<Segment> = items.map(segment).collect();
        let metric = format!("{name}={}", folder.display());
        let report = evaluate(&[&metric], false, &segments, None);
        let expected = numbers(&expected[key]);
        assert_eq!(report.worst.len(), expected.len());
        for segment in &report.worst {
            let what = format!("{name}, item {}", segment.n);
            near(
                segment.outputs[0].scores[0],
                expected[segment.n - 1],
                1e-3,
                &what,
            );
        }
        let mean = expected.iter().sum::<f64>() / expected.len() as f64;
        near(report.systems[0].scores[0].score, mean, 1e-3, name);
    }
}

const SOURCE: &str = "Hanno votato 81 deputati.\nIl porto è chiuso.\nPiove da tre giorni.\n";
const REFERENCE: &str =
    "81 deputies voted.\nThe harbour is closed.\nIt has been raining for three days.\n";
const GOOD: &str =
    "81 deputies have voted.\nThe harbour is closed.\nIt's been raining for three days.\n";
const POOR: &str = "18 deputies voted.\nThe port closes <now>.\nRains of three days.\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("s.it.txt", SOURCE),
        ("r.en.txt", REFERENCE),
        ("good.txt", GOOD),
        ("poor.txt", POOR),
        ("short.txt", "81 deputies voted.\n"),
        ("empty.txt", ""),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Exit code, standard output and standard error.
fn eval(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = traghetto(folder);
    command.current_dir(folder).arg("eval").args(args);
    let output = command
        .args(["--offline", "--no-memory", "--quiet"])
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn text_shows_scores_the_worst_segments_and_signatures() {
    let folder = folder();
    let args = [
        "good.txt",
        "--ref",
        "r.en.txt",
        "--metric",
        "bleu,chrf,ter",
        "--worst",
        "1",
    ];
    let (code, stdout, stderr) = eval(folder.path(), &args);
    assert_eq!(code, 0, "{stderr}");
    snapbox::assert_data_eq!(
        stdout,
        snapbox::str![[r#"
3 segments, 1 reference

system     BLEU  chrF2    TER
good.txt  72.46  87.98  21.43

BLEU of good.txt: 88.2/78.6/63.6/62.5 (BP = 1.000 ratio = 1.000 hyp_len = 17 ref_len = 17)

Worst segments by chrF2:
line 1
  reference: 81 deputies voted.
  good.txt (BLEU 30.2, chrF2 75.1, TER 33.3): 81 deputies have voted.

Signatures:
  BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0
  chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0
  TER|nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0

"#]]
    );
}

#[test]
fn two_systems_are_compared_and_checked() {
    let folder = folder();
    let args = [
        "good.txt",
        "poor.txt",
        "--ref",
        "r.en.txt",
        "--source",
        "s.it.txt",
        "--langs",
        "it-en",
        "--meaning",
        "off",
        "--paired-bs=200",
        "--json",
    ];
    let (code, stdout, stderr) = eval(folder.path(), &args);
    assert_eq!(code, 0, "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        report["test"],
        serde_json::json!({"kind": "bootstrap", "samples": 200})
    );
    let systems = &report["systems"];
    let bleu = |n: usize| systems[n]["scores"][0]["score"].as_f64().unwrap();
    assert!(bleu(0) > bleu(1), "{stdout}");
    assert!(systems[0]["scores"][0]["p"].is_null() && systems[1]["scores"][0]["p"].is_f64());
    assert_eq!(systems[1]["told"]["segments"], 3);
    let worst = report["worst"].as_array().unwrap();
    assert_eq!(worst.len(), 3);
    let first = worst.iter().find(|segment| segment["n"] == 1).unwrap();
    assert_eq!(first["source"], "Hanno votato 81 deputati.");
    let told = &first["outputs"][1]["told"];
    assert_eq!(told["wrong"], true, "{told}");
    assert!(
        told["findings"][0].as_str().unwrap().contains("81"),
        "{told}"
    );
}

#[test]
fn a_page_shows_what_differs_and_escapes_it() {
    let folder = folder();
    let args = [
        "poor.txt",
        "--ref",
        "r.en.txt",
        "--html",
        "-o",
        "report.html",
    ];
    assert_eq!(eval(folder.path(), &args).0, 0);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("The <del>harbour is closed.</del>"), "{page}");
    assert!(
        page.contains("The <ins>port closes &lt;now&gt;.</ins>"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("<now>"));
    let csv = eval(
        folder.path(),
        &["poor.txt", "--ref", "r.en.txt", "--format", "csv"],
    )
    .1;
    assert!(
        csv.starts_with("segment,system,BLEU,chrF2,told,source,reference,output\nall,poor.txt,")
    );
    assert_eq!(csv.lines().count(), 5, "{csv}");
}

#[test]
fn several_references_and_a_bilingual_set() {
    let folder = folder();
    let two = [
        "good.txt", "--ref", "r.en.txt", "--ref", "good.txt", "--metric", "chrf", "--json",
    ];
    let report: Value = serde_json::from_str(&eval(folder.path(), &two).1).unwrap();
    assert_eq!(
        (
            &report["references"],
            &report["systems"][0]["scores"][0]["score"]
        ),
        (&2.into(), &100.0.into())
    );
    let rows = SOURCE.lines().zip(REFERENCE.lines());
    let table: String = rows
        .map(|(source, reference)| format!("{source}\t{reference}\n"))
        .collect();
    fs::write(folder.path().join("set.tsv"), table).unwrap();
    let (code, stdout, stderr) = eval(
        folder.path(),
        &["poor.txt", "--set", "set.tsv", "--metric", "ter"],
    );
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("source: Il porto è chiuso.") && !stdout.contains("Told"),
        "{stdout}"
    );
}

/// Arguments, the exit code, and what is said.
const SENSELESS: &[(&[&str], i32, &str)] = &[
    (
        &["good.txt", "--ref", "short.txt"],
        1,
        "short.txt has 1 line, good.txt has 3 lines",
    ),
    (
        &["empty.txt", "--ref", "empty.txt"],
        1,
        "empty.txt and empty.txt are empty",
    ),
    (
        &["empty.txt", "--ref", "r.en.txt"],
        1,
        "r.en.txt has 3 lines, empty.txt has 0 lines",
    ),
    (&["none.txt", "--ref", "r.en.txt"], 1, "none.txt"),
    (
        &["good.txt", "--ref", "r.en.txt", "--metric", "meteor"],
        2,
        "use one of bleu, chrf, chrf++, ter, rouge1",
    ),
    (
        &["good.txt", "--ref", "r.en.txt", "--metric", "comet-qe"],
        2,
        "comet-qe=FOLDER",
    ),
    (
        &["good.txt", "--ref", "r.en.txt", "--metric", "ter=x"],
        2,
        "say ter alone",
    ),
    (
        &[
            "good.txt",
            "--ref",
            "r.en.txt",
            "--metric",
            "metricx-24=nowhere",
        ],
        1,
        "nowhere",
    ),
    (
        &["good.txt", "--ref", "r.en.txt", "--tokenize", "moses"],
        2,
        "13a",
    ),
    (
        &["good.txt", "--ref", "r.en.txt", "--tokenize", "spm"],
        2,
        "--spm",
    ),
    (&["good.txt"], 2, "--ref"),
    (&["--ref", "r.en.txt"], 2, "name a translation"),
    (
        &["good.txt", "--ref", "r.en.txt", "--paired-ar"],
        2,
        "compares two systems or more",
    ),
    (
        &[
            "--model",
            "student-en-pt",
            "--ref",
            "r.en.txt",
            "--source",
            "s.it.txt",
        ],
        2,
        "--langs",
    ),
    (
        &[
            "--model",
            "student-en-pt",
            "--ref",
            "r.en.txt",
            "--langs",
            "en-pt",
        ],
        2,
        "--source",
    ),
    (
        &["good.txt", "--ref", "r.en.txt", "--langs", "it-en"],
        2,
        "name it with --source",
    ),
    (
        &["good.txt", "--ref", "r.en.txt", "--langs", "en"],
        2,
        "it-en",
    ),
];

#[test]
fn what_makes_no_sense_is_told() {
    let folder = folder();
    for &(args, code, message) in SENSELESS {
        let (found, _, stderr) = eval(folder.path(), args);
        assert_eq!(found, code, "{args:?}: {stderr}");
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
}

#[test]
fn a_model_translates_and_its_figures_are_lines_of_a_manifest() {
    model("student-en-pt");
    let folder = folder();
    fs::write(
        folder.path().join("s.en.txt"),
        "The harbour is closed.\n\nThree boats left today.\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("r.pt.txt"),
        "O porto está fechado.\n\nTrês barcos partiram hoje.\n",
    )
    .unwrap();
    let args = [
        "--model",
        "student-en-pt",
        "--source",
        "s.en.txt",
        "--ref",
        "r.pt.txt",
        "--langs",
        "en-pt",
        "--meaning",
        "off",
    ];
    let (code, stdout, stderr) = eval(folder.path(), &args);
    assert_eq!(code, 0, "{stderr}");
    let at = stdout
        .find("[quality.translate.pairs.en-pt]")
        .expect("figures");
    let figure: toml::Table = stdout[at..].parse().unwrap();
    let figure = &figure["quality"]["translate"]["pairs"]["en-pt"];
    assert!(figure["chrf"].as_float().unwrap() > 50.0, "{stdout}");
    assert_eq!(figure["set"].as_str().unwrap(), "s.en.txt, 3 lines");
    assert!(stdout.contains("Told of student-en-pt: "), "{stdout}");
}
