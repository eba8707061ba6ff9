//! Encoder–decoder models against what `transformers` makes of the same tiny checkpoints.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use traghetto::ErrorKind;
use traghetto::arch::{load_seq2seq, seq2seq::Transformer};
use traghetto::decode::Seq2Seq;
use traghetto::decode::search::{EarlyStopping, Hypothesis, Rules, Search, generate};
use traghetto::engine::{Event, Finish, Seq2SeqEngine, Seq2SeqOptions, TranslationModel, no_sink};
use traghetto::nn::dense::{Precision, Workers};
use traghetto::text::Lang;
use traghetto::tokenizer::hf::HfTokenizer;
use traghetto::weights::checkpoint::Checkpoint;

const FAMILIES: [&str; 7] = [
    "marian", "bart", "mbart", "m2m100", "pegasus", "t5", "t5-gated",
];

fn fixture(family: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/seq2seq")
        .join(family)
}

#[derive(Deserialize)]
struct Expected {
    sources: Vec<Vec<u32>>,
    encoder: Vec<Vec<f32>>,
    decoder_input: Vec<u32>,
    logits: Vec<Vec<f32>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    options: Value,
    hypotheses: Vec<Vec<Wanted>>,
}

#[derive(Deserialize)]
struct Wanted {
    ids: Vec<u32>,
    score: Option<f32>,
}

fn load(family: &str, checkpoint: &Checkpoint, precision: Precision) -> Transformer {
    let config = std::fs::read(fixture(family).join("config.json")).unwrap();
    load_seq2seq(&config, checkpoint, Arc::new(Workers::new(2)), precision).unwrap()
}

fn open(family: &str) -> (Transformer, Expected) {
    let folder = fixture(family);
    let model = load(family, &Checkpoint::open(&folder).unwrap(), Precision::F32);
    let expected = std::fs::read(folder.join("expected.json")).unwrap();
    (model, serde_json::from_slice(&expected).unwrap())
}

fn assert_close(got: &[f32], want: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (at, (got, want)) in got.iter().zip(want).enumerate() {
        assert!(
            (got - want).abs() <= tolerance,
            "{what}[{at}]: {got} for {want}"
        );
    }
}

#[test]
fn encoder_outputs_and_logits_equal_the_reference() {
    for family in FAMILIES {
        let (model, expected) = open(family);
        let sources: Vec<&[u32]> = expected.sources.iter().map(Vec::as_slice).collect();
        let encoded = model.encoder_output(&sources).unwrap();
        assert_close(
            &encoded,
            &expected.encoder.concat(),
            1e-4,
            &format!("{family}, encoder"),
        );
        let mut state = model.encode(&sources[..2]).unwrap();
        let mut rows: Vec<Vec<f32>> = vec![Vec::new(); 2];
        for &token in &expected.decoder_input {
            let logits = model.step(&mut state, &[token; 2]).unwrap();
            for (row, all) in rows.iter_mut().enumerate() {
                all.extend_from_slice(logits.row(row));
            }
        }
        for (got, want) in rows.iter().zip(&expected.logits) {
            assert_close(got, want, 1e-4, &format!("{family}, logits"));
        }
    }
}

/// The search that the options of a case and the generation config of its family ask for.
fn search(family: &str, options: &Value) -> Search {
    let text = std::fs::read(fixture(family).join("generation_config.json")).unwrap();
    let config: Value = serde_json::from_slice(&text).unwrap();
    let get = |name: &str| {
        options
            .get(name)
            .or_else(|| config.get(name))
            .filter(|value| !value.is_null())
    };
    let id = |name: &str| get(name).map(|value| value.as_u64().unwrap() as u32);
    let size =
        |name: &str, default| get(name).map_or(default, |value| value.as_u64().unwrap() as usize);
    let number = |name: &str| get(name).map_or(1.0, |value| value.as_f64().unwrap() as f32);
    Search {
        start: id("decoder_start_token_id").unwrap(),
        eos: vec![id("eos_token_id").unwrap()],
        beams: size("num_beams", 1),
        n_best: size("num_return_sequences", 1),
        length_penalty: number("length_penalty"),
        early_stopping: match get("early_stopping") {
            Some(Value::Bool(true)) => EarlyStopping::Yes,
            Some(Value::String(never)) if never == "never" => EarlyStopping::Never,
            _ => EarlyStopping::No,
        },
        rules: Rules {
            repetition_penalty: number("repetition_penalty"),
            no_repeat_ngram: size("no_repeat_ngram_size", 0),
            // The reference counts the start token.
            min_tokens: size("min_length", 1).saturating_sub(1),
            max_tokens: size("max_length", 20) - 1,
            first: id("forced_bos_token_id"),
            last: id("forced_eos_token_id"),
            banned: get("bad_words_ids").map_or(Vec::new(), |words| {
                words
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|word| word[0].as_u64().unwrap() as u32)
                    .collect()
            }),
        },
    }
}

fn run(model: &Transformer, sources: &[&[u32]], search: &Search) -> Vec<Vec<Hypothesis>> {
    generate(
        model,
        sources,
        search,
        &mut |_, _| ControlFlow::Continue(()),
    )
    .unwrap()
}

#[test]
fn searches_equal_the_reference_and_batches_equal_single_sentences() {
    for family in FAMILIES {
        let (model, expected) = open(family);
        let sources: Vec<&[u32]> = expected.sources.iter().map(Vec::as_slice).collect();
        for case in &expected.cases {
            let search = search(family, &case.options);
            let found = run(&model, &sources, &search);
            for (at, (found, wanted)) in found.iter().zip(&case.hypotheses).enumerate() {
                let what = format!("{family}, {}, source {at}", case.name);
                assert_eq!(found.len(), wanted.len(), "{what}");
                for (found, wanted) in found.iter().zip(wanted) {
                    let mut ids = found.ids.clone();
                    if found.ended {
                        ids.push(search.eos[0]);
                    }
                    assert_eq!(ids, wanted.ids, "{what}");
                    assert_eq!(found.score.is_some(), wanted.score.is_some(), "{what}");
                    if let (Some(found), Some(wanted)) = (found.score, wanted.score) {
                        assert!(
                            (found - wanted).abs() < 1e-3,
                            "{what}: {found} for {wanted}"
                        );
                    }
                }
            }
            for (source, batched) in sources.iter().zip(&found) {
                assert_eq!(
                    &run(&model, &[source], &search)[0],
                    batched,
                    "{family}, {}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn every_format_gives_the_same_model() {
    for family in FAMILIES {
        let (model, expected) = open(family);
        let sources: Vec<&[u32]> = expected.sources.iter().map(Vec::as_slice).collect();
        let want = model.encoder_output(&sources).unwrap();
        for name in ["pytorch_model.bin", "legacy.bin"] {
            let path = fixture(family).join(name);
            if name == "legacy.bin" && family != "marian" {
                continue;
            }
            let other = load(
                family,
                &Checkpoint::open_file(&path).unwrap(),
                Precision::F32,
            );
            assert_eq!(
                other.encoder_output(&sources).unwrap(),
                want,
                "{family}, {name}"
            );
        }
    }
}

#[test]
fn a_sink_can_end_the_search() {
    let (model, expected) = open("bart");
    let sources: Vec<&[u32]> = expected.sources.iter().map(Vec::as_slice).collect();
    let mut seen = Vec::new();
    let search = search("bart", &serde_json::json!({"num_beams": 2}));
    let all = generate(&model, &sources, &search, &mut |sentence, found| {
        seen.push((sentence, found.to_vec()));
        ControlFlow::Break(())
    })
    .unwrap();
    assert!(!seen.is_empty());
    assert_eq!(all.len(), sources.len());
    for (sentence, found) in seen {
        assert_eq!(all[sentence], found);
    }
}

#[test]
fn damaged_files_are_refused_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pytorch_model.bin", "legacy.bin", "model.safetensors"] {
        let good = std::fs::read(fixture("marian").join(name)).unwrap();
        let path = folder.path().join(name);
        for len in [0, 1, 7, 30, 200, good.len() / 2, good.len() - 40] {
            std::fs::write(&path, &good[..len]).unwrap();
            let error = Checkpoint::open_file(&path).unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Model | ErrorKind::Io),
                "{name} {len}: {error}"
            );
        }
        // Bytes turned over anywhere may change values, but must not make us panic or read outside the file.
        for at in (0..good.len().min(6000)).step_by(13) {
            let mut bad = good.clone();
            bad[at] ^= 0xff;
            std::fs::write(&path, &bad).unwrap();
            if let Ok(checkpoint) = Checkpoint::open_file(&path) {
                for name in checkpoint.names() {
                    let shape = checkpoint.shape(name).unwrap().to_vec();
                    let _ = checkpoint.read(name, &shape);
                }
            }
        }
    }
}

#[test]
fn a_config_that_contradicts_the_weights_is_refused() {
    let checkpoint = Checkpoint::open(&fixture("marian")).unwrap();
    let config = std::fs::read_to_string(fixture("marian").join("config.json")).unwrap();
    for (from, to, culprit) in [
        ("\"d_model\": 16", "\"d_model\": 32", "shared.weight"),
        (
            "\"encoder_layers\": 2",
            "\"encoder_layers\": 3",
            "encoder.layers.2.",
        ),
        (
            "\"decoder_ffn_dim\": 32",
            "\"decoder_ffn_dim\": 64",
            "fc1.weight",
        ),
    ] {
        let bad = config.replace(from, to);
        assert_ne!(bad, config);
        let error = load_seq2seq(
            bad.as_bytes(),
            &checkpoint,
            Arc::new(Workers::new(1)),
            Precision::F32,
        );
        let error = error.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains(culprit), "{error}");
    }
}

#[test]
fn tokens_outside_the_vocabulary_and_texts_beyond_the_positions_are_errors() {
    let (model, _) = open("marian");
    assert!(model.encode(&[&[100_000]]).is_err());
    assert!(model.encode(&[&[]]).is_err());
    let long = vec![5; 65];
    let error = model.encode(&[&long]).unwrap_err();
    assert!(error.hint().unwrap().contains("split"));
}

#[derive(Deserialize)]
struct Tokens {
    rows: Vec<TokenRow>,
    #[serde(default)]
    tagged: Vec<u32>,
    #[serde(default)]
    languages: std::collections::HashMap<String, u32>,
}

#[derive(Deserialize)]
struct TokenRow {
    text: String,
    ids: Vec<u32>,
    decoded: String,
}

fn tokens(family: &str) -> Tokens {
    serde_json::from_slice(&std::fs::read(fixture(family).join("tokens.json")).unwrap()).unwrap()
}

#[test]
fn tokenizers_equal_the_reference() {
    for family in ["marian", "m2m100"] {
        let tokenizer = HfTokenizer::open(&fixture(family)).unwrap();
        let tokens = tokens(family);
        for row in &tokens.rows {
            assert_eq!(
                tokenizer.encode(&row.text).unwrap(),
                row.ids,
                "{family}: {}",
                row.text
            );
            assert_eq!(tokenizer.decode(&row.ids).unwrap(), row.decoded, "{family}");
        }
        for (code, &id) in &tokens.languages {
            assert_eq!(
                tokenizer.language(code.parse().unwrap()),
                Some(id),
                "{code}"
            );
        }
        if family == "marian" {
            let tag = tokenizer.language(Lang::FR).unwrap();
            let ids = [vec![tag], tokenizer.encode("Il traghetto").unwrap()].concat();
            assert_eq!(ids, tokens.tagged);
        }
    }
}

fn engine(family: &str, beams: usize) -> Seq2SeqEngine {
    let options = Seq2SeqOptions {
        beams: Some(beams),
        threads: 2,
        ..Seq2SeqOptions::default()
    };
    Seq2SeqEngine::load(&fixture(family), &candle_core::Device::Cpu, &options).unwrap()
}

#[test]
fn an_engine_translates_batches_as_it_does_single_sentences() {
    let sentences = [
        "Sì!",
        "",
        "Il traghetto parte alle otto di sera dal porto di Genova.",
        "La nave è arrivata.",
    ];
    for (family, to) in [("marian", Lang::FR), ("m2m100", Lang::EN)] {
        for beams in [1, 3] {
            let mut engine = engine(family, beams);
            let mut done = vec![0; sentences.len()];
            let mut texts = vec![String::new(); sentences.len()];
            let answers = engine.translate(&sentences, Lang::IT, to, &mut |event| {
                match event {
                    Event::Text { request, text } => texts[request] += text,
                    Event::Done { request, .. } => done[request] += 1,
                }
                ControlFlow::Continue(())
            });
            let answers = answers.unwrap();
            assert_eq!(done, [1; 4]);
            for ((sentence, answer), text) in sentences.iter().zip(&answers).zip(&texts) {
                assert_eq!(&answer.text, text);
                let alone = engine
                    .translate(&[sentence], Lang::IT, to, &mut no_sink())
                    .unwrap();
                assert_eq!(alone[0].ids, answer.ids, "{family}, {sentence}");
                assert_eq!(alone[0].finish, answer.finish);
            }
            assert_eq!(answers[1].finish, Finish::Stop);
            assert!(answers[2].tokens_in > 20 && !answers[2].ids.is_empty());
            assert!(engine.timings().tokens_out > 0);
        }
    }
}

#[test]
fn long_texts_are_split_and_unknown_languages_refused() {
    let mut engine = engine("marian", 1);
    let long = "La nave è arrivata in ritardo, ma nessuno si è lamentato. ".repeat(20);
    let answer = engine
        .translate(&[&long], Lang::IT, Lang::FR, &mut no_sink())
        .unwrap();
    assert!(answer[0].tokens_in > 500, "{}", answer[0].tokens_in);
    let error = engine
        .translate(&["Sì!"], Lang::IT, Lang::DE, &mut no_sink())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("German"), "{error}");
    let error = engine.generate(&[&long], &mut no_sink()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
}
