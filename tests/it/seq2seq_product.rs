//! Encoder–decoder models as a user meets them: pulled from a Hub or named as a folder, asked through the command
//! line. The checkpoints are the tiny random ones of `fixtures/seq2seq`: what they write is noise, but always the same.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use traghetto::tokenizer::hf::HfTokenizer;

use crate::hub::server::{Access, Hub};
use crate::support::{file, traghetto};

const REPO: &str = "Helsinki-NLP/opus-mt-it-fr";
const MODEL: &str = "hf:Helsinki-NLP/opus-mt-it-fr";

const ARTICLE: &str = "# Il traghetto\n\nIl traghetto parte alle otto di sera dal porto di Genova. La nave è arrivata \
    in ritardo, ma nessuno si è lamentato.\n\nQuanti passeggeri c'erano a bordo?\n";

/// A home with an article, and a Hub where there is one.
struct Desk {
    home: tempfile::TempDir,
    hub: Option<Hub>,
}

impl Desk {
    fn new(hub: Option<Hub>) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("articolo.md"), ARTICLE).unwrap();
        Self { home, hub }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs the program in the home; returns exit code, standard output and standard error.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = traghetto(self.home.path());
        if let Some(hub) = &self.hub {
            command.env("HF_ENDPOINT", &hub.endpoint);
        }
        let output = command
            .current_dir(self.home.path())
            .env("TRAGHETTO_STORE", self.path("store"))
            .args(args)
            .output()
            .unwrap();
        (
            output.status.code().expect("no signal"),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// Runs the program, which succeeds and prints JSON.
    fn json(&self, args: &[&str]) -> Value {
        let (code, stdout, stderr) = self.run(args);
        assert_eq!(code, 0, "{args:?}\n{stderr}");
        serde_json::from_str(&stdout).unwrap()
    }

    /// Runs the program, which fails and says all of `says`.
    fn fails(&self, args: &[&str], says: &[&str]) {
        let (code, stdout, stderr) = self.run(args);
        assert_ne!(code, 0, "{args:?}\n{stdout}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        for part in says {
            assert!(stderr.contains(part), "no \"{part}\" in:\n{stderr}");
        }
    }
}

fn fixture(family: &str) -> PathBuf {
    file("tests/fixtures/seq2seq").join(family)
}

/// Copies the files of a fixture.
fn copy(family: &str, names: &[&str], to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in names {
        fs::copy(fixture(family).join(name), to.join(name)).unwrap();
    }
}

const MARIAN: [&str; 6] = [
    "pytorch_model.bin",
    "config.json",
    "generation_config.json",
    "source.spm",
    "target.spm",
    "vocab.json",
];

fn segments(report: &Value) -> Vec<(&str, &str)> {
    let segments = report["translations"][0]["segments"].as_array().unwrap();
    let texts = segments.iter().map(|segment| {
        let text = |key: &str| segment[key].as_str().unwrap();
        (text("source"), text("text"))
    });
    texts.collect()
}

#[test]
fn a_model_without_a_manifest_is_pulled_and_translates_a_file() {
    let hub = Hub::start();
    let files: Vec<(&str, Vec<u8>)> = MARIAN
        .iter()
        .map(|name| (*name, fs::read(fixture("marian").join(name)).unwrap()))
        .collect();
    hub.add(REPO, Access::Open, &files);
    let desk = Desk::new(Some(hub));
    let (code, _, stderr) = desk.run(&["models", "pull", MODEL]);
    assert_eq!(code, 0, "{stderr}");
    let ask = ["translate", "articolo.md", "--to", "fr", "--from", "it"];
    let offline = ["--model", MODEL, "--offline", "--json"];
    let report = desk.json(&[&ask[..], &offline].concat());
    assert_eq!(report["models"][0]["architecture"], "marian");
    assert_eq!(report["models"][0]["source"], REPO);
    let made = segments(&report);
    assert_eq!(made.len(), 4);
    assert_eq!(made[0].0, "Il traghetto");
    assert!(made.iter().any(|(_, text)| !text.is_empty()), "{made:?}");
    assert!(
        report["translations"][0]["segments"][0]
            .get("alternatives")
            .is_none()
    );

    // The same from a folder, and by the name in the catalogue, which has no generation_config.json.
    let folder = fixture("marian");
    let by_folder = ["--model", folder.to_str().unwrap(), "--json"];
    let other = desk.json(&[&ask[..], &by_folder].concat());
    assert_eq!(segments(&other), made);
    let (code, _, stderr) = desk.run(&[&ask[..], &["--model", "opus-mt-it-fr"]].concat());
    assert_eq!(code, 0, "{stderr}");

    // Nothing named: the direct model is found, and the reason said.
    let (code, _, stderr) = desk.run(&ask);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("it → fr by opus-mt-it-fr: direct, not measured; through English"),
        "{stderr}"
    );

    let alternatives = ["--alternatives", "3", "--quantize", "int8"];
    let report = desk.json(&[&ask[..], &offline, &alternatives].concat());
    for segment in report["translations"][0]["segments"].as_array().unwrap() {
        let all = segment["alternatives"].as_array().unwrap();
        assert_eq!(all.len(), 3, "{segment}");
        // Unless a repair found something better, the best of them is the translation.
        if segment.get("tries").is_none() {
            assert_eq!(all[0]["text"], segment["text"]);
        }
        let scores: Vec<f64> = all
            .iter()
            .map(|one| one["score"].as_f64().unwrap())
            .collect();
        assert!(
            scores.is_sorted_by(|a, b| a >= b) && scores[0] < 0.0,
            "{scores:?}"
        );
    }

    let wrong = ["translate", "articolo.md", "--from", "it", "--to", "de"];
    let says = ["doesn't translate it to de"];
    desk.fails(&[&wrong[..], &offline].concat(), &says);
    desk.fails(&[&ask[..], &["--alternatives", "3"]].concat(), &["--json"]);
    desk.fails(
        &[&ask[..], &["--quantize", "int4"]].concat(),
        &["int8, q4_k, none"],
    );
}

#[test]
fn a_sentence_of_a_thousand_tokens_is_split_not_cut() {
    let desk = Desk::new(None);
    let ships: Vec<String> = (1..=200).map(|n| format!("nave {n}")).collect();
    let sentence = format!("{}.", ships.join(", "));
    fs::write(desk.path("lunga.txt"), &sentence).unwrap();
    let folder = fixture("marian");
    let tokenizer = HfTokenizer::open(&folder).unwrap();
    let count = |text: &str| tokenizer.encode(text).unwrap().len();
    let ask = ["translate", "lunga.txt", "--from", "it", "--to", "fr"];
    let with = [
        "--model",
        folder.to_str().unwrap(),
        "--repair",
        "off",
        "--json",
    ];
    let report = desk.json(&[&ask[..], &with].concat());
    let made = segments(&report);
    let sources: Vec<&str> = made.iter().map(|(source, _)| *source).collect();
    assert_eq!(sources.join(" "), sentence);
    // The model has 64 positions.
    assert!(count(sources[0]) > 1000);
    // Every token is read, and each part has an end of its own.
    let tokens: usize = sources.iter().map(|source| count(source)).sum();
    let read = report["steps"][0]["tokens_in"].as_u64().unwrap() as usize;
    assert!(read >= tokens + tokens / 64, "{read} of {tokens}");
}

#[test]
fn a_bench_has_a_row_a_beam() {
    let desk = Desk::new(None);
    let folder = fixture("m2m100");
    let report = desk.json(&[
        "bench",
        "--model",
        folder.to_str().unwrap(),
        "--quantize",
        "int8",
        "--threads",
        "2",
        "--batch",
        "32",
        "--beam",
        "1,4",
        "--gen-tokens",
        "8",
        "--repeat",
        "1",
        "--json",
    ]);
    let rows = report["rows"].as_array().unwrap();
    let beams: Vec<_> = rows
        .iter()
        .map(|row| row["beams"].as_u64().unwrap())
        .collect();
    assert_eq!(beams, [1, 4]);
    for row in rows {
        let speed = &row["measures"]["decode_tok_s"];
        assert!(speed["median"].as_f64().unwrap() > 0.0, "{row}");
        assert!(row["peak_rss_mib"].as_f64().unwrap() > 1.0, "{row}");
        assert_eq!(row["batch"], 32);
    }
    assert_eq!(report["gen_tokens"], 8);
    assert_eq!(
        report["decode_tok_s"],
        rows[0]["measures"]["decode_tok_s"]["median"]
    );
    let says = ["at most 64 tokens"];
    let long = [
        "bench",
        "--model",
        folder.to_str().unwrap(),
        "--gen-tokens",
        "65",
    ];
    desk.fails(&long, &says);
}

#[test]
fn damaged_and_contradictory_models_are_refused_with_a_reason() {
    let desk = Desk::new(None);
    let folder = desk.path("model");
    let ask = [
        "translate",
        "articolo.md",
        "--from",
        "it",
        "--to",
        "fr",
        "--model",
        "./model",
    ];
    let fresh = || copy("marian", &MARIAN, &folder);
    let damage = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains(from), "{name}");
        fs::write(folder.join(name), text.replace(from, to)).unwrap();
    };

    fresh();
    let trace = desk.path("trace");
    // The head of a file of `torch.save`, then what `pickle.dumps` makes of an object whose `__reduce__` is
    // `(os.system, ("touch …",))`.
    let legacy = fs::read(fixture("marian").join("legacy.bin")).unwrap();
    let head = legacy.windows(3).position(|bytes| bytes == b"uu.").unwrap() + 3;
    let pickle = format!("cos\nsystem\n(S'touch {}'\ntR.", trace.display());
    let malicious = [&legacy[..head], b"\x80\x02", pickle.as_bytes()].concat();
    fs::write(folder.join("pytorch_model.bin"), malicious).unwrap();
    desk.fails(&ask, &["pytorch_model.bin can't be used", "os.system"]);
    assert!(!trace.exists());

    fresh();
    damage("config.json", "\"d_model\": 16", "\"d_model\": 32");
    desk.fails(&ask, &["shared.weight", "config.json"]);

    fresh();
    damage("vocab.json", "\"</s>\": 0, ", "");
    desk.fails(&ask, &["vocab.json", "</s>"]);

    fresh();
    damage("vocab.json", "\"he\": 8", "\"he\": 8000");
    desk.fails(
        &ask,
        &["token 8000", "122 tokens", "doesn't belong to the weights"],
    );

    fresh();
    damage(
        "generation_config.json",
        "\"decoder_start_token_id\": 121",
        "\"decoder_start_token_id\": 999",
    );
    desk.fails(&ask, &["token 999", "generation_config.json"]);

    fresh();
    damage(
        "config.json",
        "\"model_type\": \"marian\"",
        "\"model_type\": \"martian\"",
    );
    desk.fails(&ask, &["martian"]);

    fresh();
    fs::remove_file(folder.join("source.spm")).unwrap();
    desk.fails(&ask, &["no tokenizer", "source.spm"]);

    fresh();
    let german = [
        "translate",
        "articolo.md",
        "--from",
        "it",
        "--to",
        "de",
        "--model",
        "./model",
    ];
    desk.fails(&german, &["doesn't know German"]);
}

/// A `tokenizer.json` of whole words for the fixtures without a vocabulary, which end texts with token `eos`.
fn words(eos: u32) -> String {
    let mut vocab = serde_json::Map::new();
    for (id, token) in ["<s>", "<pad>", "</s>", "<unk>"].iter().enumerate() {
        vocab.insert((*token).into(), id.into());
    }
    for id in 4..130 {
        vocab.insert(format!("w{id}"), id.into());
    }
    let ends = serde_json::json!({"SpecialToken": {"id": "END", "type_id": 0}});
    let text = serde_json::json!({"Sequence": {"id": "A", "type_id": 0}});
    serde_json::json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [text, ends],
            "pair": [text, ends],
            "special_tokens": {"END": {"id": "END", "ids": [eos], "tokens": ["</s>"]}},
        },
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "<unk>"},
    })
    .to_string()
}

#[test]
fn a_model_made_for_summaries_summarises() {
    let desk = Desk::new(None);
    let article: Vec<String> = (0..9)
        .map(|paragraph| {
            let words = (0..12).map(|word| format!("w{}", 4 + (paragraph * 37 + word * 11) % 126));
            words.collect::<Vec<_>>().join(" ") + "."
        })
        .collect();
    fs::write(desk.path("long.txt"), article.join("\n\n")).unwrap();
    fs::write(desk.path("short.txt"), &article[0]).unwrap();
    for (family, eos) in [("bart", 2), ("t5", 1)] {
        let folder = desk.path(family);
        let names = ["model.safetensors", "config.json", "generation_config.json"];
        copy(family, &names, &folder);
        fs::write(folder.join("tokenizer.json"), words(eos)).unwrap();
        let model = format!("./{family}");
        let ask = |text: &str| {
            let args = [
                "summarize",
                text,
                "--from",
                "en",
                "--model",
                &model,
                "--json",
            ];
            desk.json(&args)["summaries"][0].clone()
        };
        let short = ask("short.txt");
        // One sentence is its own summary, whatever the model.
        let coverage = &short["coverage"];
        let counts = ["sentences", "read", "cited"].map(|name| coverage[name].as_u64());
        assert_eq!(counts, [Some(1), Some(0), Some(1)], "{short}");
        assert!(short["text"].as_str().unwrap().contains('w'), "{short}");
        // BART has 64 positions; T5 has no limit of its own.
        let coverage = &ask("long.txt")["coverage"];
        let of = |name: &str| coverage[name].as_u64().unwrap();
        let is_part = 0 < of("read") && of("read") < of("sentences");
        assert_eq!(is_part, family == "bart", "{family}: {coverage}");
        let ask = [
            "translate",
            "short.txt",
            "--from",
            "en",
            "--to",
            "it",
            "--model",
            &model,
        ];
        desk.fails(&ask, &["translate"]);
    }
}
