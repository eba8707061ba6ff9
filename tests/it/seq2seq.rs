//! Encoder–decoder models against what `transformers` makes of the same tiny checkpoints.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use traghetto::ErrorKind;
use traghetto::arch::{Tensors, load_seq2seq, seq2seq::Transformer};
use traghetto::decode::search::{EarlyStopping, Rules, Search, generate};
use traghetto::decode::{Hypothesis, Seq2Seq};
use traghetto::engine::{
    Event, Finish, Sampling, Seq2SeqEngine, Seq2SeqFiles, Seq2SeqOptions, SummaryModel,
    TranslationModel, no_sink,
};
use traghetto::nn::dense::{Precision, Workers};
use traghetto::text::Lang;
use traghetto::tokenizer::hf::HfTokenizer;
use traghetto::tokenizer::sentencepiece::SentencePiece;
use traghetto::weights::checkpoint::Checkpoint;

const FAMILIES: [&str; 8] = [
    "marian",
    "marian-two",
    "bart",
    "mbart",
    "m2m100",
    "pegasus",
    "t5",
    "t5-gated",
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

fn load(family: &str, tensors: &Tensors, precision: Precision) -> Transformer {
    let config = std::fs::read(fixture(family).join("config.json")).unwrap();
    load_seq2seq(&config, tensors, Arc::new(Workers::new(2)), precision).unwrap()
}

fn open(family: &str) -> (Transformer, Expected) {
    let folder = fixture(family);
    let model = load(
        family,
        &Tensors::open(&[folder.join("model.safetensors")]).unwrap(),
        Precision::F32,
    );
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
        log_probs: false,
        sampling: Sampling::default(),
        rules: Rules {
            repetition_penalty: number("repetition_penalty"),
            no_repeat_ngram: size("no_repeat_ngram_size", 0),
            // The reference counts the start token.
            min_tokens: size("min_length", 1).saturating_sub(1),
            max_tokens: size("max_length", 20) - 1,
            first: id("forced_bos_token_id"),
            last: id("forced_eos_token_id"),
            length_factor: None,
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
                    if found.finish == Finish::Stop {
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
fn drawn_tokens_follow_the_seed_and_the_rules() {
    let (model, expected) = open("m2m100");
    let sources: Vec<&[u32]> = expected.sources.iter().map(Vec::as_slice).collect();
    let options = serde_json::json!({"no_repeat_ngram_size": 2, "min_length": 6, "num_beams": 1});
    let greedy = search("m2m100", &options);
    let drawn = |temperature, seed| {
        let sampling = Sampling {
            temperature,
            seed,
            ..Sampling::default()
        };
        let search = Search {
            sampling,
            ..greedy.clone()
        };
        run(&model, &sources, &search)
    };
    // Nearly frozen, the best token is as good as certain.
    assert_eq!(drawn(1e-4, 1), run(&model, &sources, &greedy));
    let hot = drawn(8.0, 1);
    assert_eq!(hot, drawn(8.0, 1));
    assert_ne!(hot, drawn(8.0, 2));
    for hypothesis in hot.iter().flatten() {
        assert_eq!(Some(hypothesis.ids[0]), greedy.rules.first);
        assert!(hypothesis.ids.len() >= 5 && hypothesis.ids.len() <= greedy.rules.max_tokens);
        let pairs: Vec<_> = hypothesis.ids.windows(2).collect();
        assert!((1..pairs.len()).all(|at| !pairs[..at].contains(&pairs[at])));
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
            let other = load(family, &Tensors::open(&[&path]).unwrap(), Precision::F32);
            assert_eq!(
                other.encoder_output(&sources).unwrap(),
                want,
                "{family}, {name}"
            );
        }
    }
}

#[test]
fn shards_give_the_same_model_as_one_file() {
    let (model, expected) = open("m2m100");
    let source = expected.sources[0].as_slice();
    let path = fixture("m2m100").join("model.safetensors");
    let all = candle_core::safetensors::load(&path, &candle_core::Device::Cpu).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut shards = [
        std::collections::HashMap::new(),
        std::collections::HashMap::new(),
    ];
    let mut map = serde_json::Map::new();
    for (at, (name, tensor)) in all.into_iter().enumerate() {
        map.insert(name.clone(), format!("part-{}.safetensors", at % 2).into());
        shards[at % 2].insert(name, tensor);
    }
    for (at, shard) in shards.iter().enumerate() {
        let path = folder.path().join(format!("part-{at}.safetensors"));
        candle_core::safetensors::save(shard, path).unwrap();
    }
    let index = serde_json::json!({ "weight_map": map }).to_string();
    std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
    std::fs::copy(
        fixture("m2m100").join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
    let files = Seq2SeqFiles::in_folder(folder.path()).unwrap();
    assert_eq!(files.weights.len(), 2);
    let sharded = load(
        "m2m100",
        &Tensors::open(&files.weights).unwrap(),
        Precision::F32,
    );
    let outputs = [&model, &sharded].map(|model| model.encoder_output(&[source]).unwrap());
    assert_eq!(outputs[0], outputs[1]);
    // A shard that is gone is named.
    std::fs::remove_file(folder.path().join("part-1.safetensors")).unwrap();
    let error = Tensors::open(&files.weights).unwrap_err();
    assert!(error.to_string().contains("part-1.safetensors"), "{error}");
}

/// A T5 as candle's tools write it: GGUF without metadata, with the tensors' own names, dimensions and all.
#[test]
fn a_gguf_with_the_names_of_the_checkpoint_gives_the_same_model() {
    use candle_core::quantized::{GgmlDType, QTensor, gguf_file};
    let (model, expected) = open("t5-gated");
    let sources: Vec<&[u32]> = expected.sources.iter().map(Vec::as_slice).collect();
    let path = fixture("t5-gated").join("model.safetensors");
    let all = candle_core::safetensors::load(&path, &candle_core::Device::Cpu).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, kind: &dyn Fn(&str) -> GgmlDType| {
        let tensors: Vec<_> = all
            .iter()
            .map(|(name, tensor)| (name, QTensor::quantize(tensor, kind(name)).unwrap()))
            .collect();
        let tensors: Vec<_> = tensors.iter().map(|(name, t)| (name.as_str(), t)).collect();
        let path = folder.path().join(name);
        let mut file = std::fs::File::create(&path).unwrap();
        gguf_file::write(&mut file, &[], &tensors).unwrap();
        Tensors::open(&[path]).unwrap()
    };
    let exact = load(
        "t5-gated",
        &write("model.gguf", &|_| GgmlDType::F32),
        Precision::F32,
    );
    let want = model.encoder_output(&sources).unwrap();
    assert_eq!(exact.encoder_output(&sources).unwrap(), want);
    // The only rows of 32 values that quantized blocks fit.
    let eight = |name: &str| match name.ends_with(".wo.weight") {
        true => GgmlDType::Q8_0,
        false => GgmlDType::F32,
    };
    let close = load("t5-gated", &write("model-q80.gguf", &eight), Precision::F32);
    let got = close.encoder_output(&sources).unwrap();
    assert_ne!(got, want);
    assert_close(&got, &want, 0.1, "Q8_0");
    // Without a manifest the config beside the file says what it is.
    let bad = write("model-q80.gguf", &eight);
    assert!(bad.read("shared.weight", &[1, 2]).is_err());
    assert!(bad.shape("nothing").is_none());
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
            let error = Checkpoint::open_files(&[&path]).unwrap_err();
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
            if let Ok(checkpoint) = Checkpoint::open_files(&[&path]) {
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
    let tensors = Tensors::open(&[fixture("marian").join("model.safetensors")]).unwrap();
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
            &tensors,
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

/// A Marian model of OPUS-MT's base size (but for the vocabulary) with random weights as they are before training, in
/// `folder`. Its output layer prefers one token after each other, so that it is about as sure of itself as a trained
/// model; an untrained one is not, and every rounding error changes what it says.
fn base_size(folder: &Path) {
    use candle_core::{Device, Tensor};
    const VOCAB: usize = 8192;
    const WIDTH: usize = 512;
    /// How much of an output row is the embedding of the token that it is to follow.
    const ALIGNED: f32 = 0.28;
    let mut seed = 20_221_120u64;
    // The sum of four uniform numbers is near enough to normal; its variance is 4 / 12.
    let mut normal = move |std: f32| {
        let mut sum = -2.0;
        for _ in 0..4 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sum += (seed >> 40) as f32 / (1u64 << 24) as f32;
        }
        sum * 3f32.sqrt() * std
    };
    let mut all = std::collections::HashMap::new();
    let mut put = |name: String, shape: &[usize], values: Vec<f32>| {
        all.insert(name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap());
    };
    let embedding: Vec<f32> = (0..VOCAB * WIDTH).map(|_| normal(0.18)).collect();
    let mut head = vec![0.0; VOCAB * WIDTH];
    for (token, row) in head.chunks_exact_mut(WIDTH).enumerate() {
        // Odd, so that all tokens are on one circle.
        let before = (token * 2731 + 77) % VOCAB;
        for (head, own) in row.iter_mut().zip(&embedding[before * WIDTH..]) {
            *head = ALIGNED * own + normal(0.17);
        }
    }
    put("model.shared.weight".into(), &[VOCAB, WIDTH], embedding);
    put("lm_head.weight".into(), &[VOCAB, WIDTH], head);
    for (stack, attentions) in [
        ("encoder", &["self_attn"][..]),
        ("decoder", &["self_attn", "encoder_attn"]),
    ] {
        for layer in 0..6 {
            let layer = format!("model.{stack}.layers.{layer}.");
            let mut linear = |name: String, n: usize, k: usize| {
                put(
                    format!("{name}.weight"),
                    &[n, k],
                    (0..n * k).map(|_| normal(0.02)).collect(),
                );
                put(
                    format!("{name}.bias"),
                    &[n],
                    (0..n).map(|_| normal(0.02)).collect(),
                );
            };
            for attention in attentions {
                for projection in ["q_proj", "k_proj", "v_proj", "out_proj"] {
                    linear(format!("{layer}{attention}.{projection}"), WIDTH, WIDTH);
                }
            }
            linear(format!("{layer}fc1"), 4 * WIDTH, WIDTH);
            linear(format!("{layer}fc2"), WIDTH, 4 * WIDTH);
            for norm in attentions.iter().copied().chain(["final"]) {
                put(
                    format!("{layer}{norm}_layer_norm.weight"),
                    &[WIDTH],
                    vec![1.0; WIDTH],
                );
                put(
                    format!("{layer}{norm}_layer_norm.bias"),
                    &[WIDTH],
                    vec![0.0; WIDTH],
                );
            }
        }
    }
    candle_core::safetensors::save(&all, folder.join("model.safetensors")).unwrap();
    let config = serde_json::json!({
        "model_type": "marian", "d_model": WIDTH, "vocab_size": VOCAB, "encoder_layers": 6,
        "decoder_layers": 6, "encoder_attention_heads": 8, "decoder_attention_heads": 8,
        "encoder_ffn_dim": 4 * WIDTH, "decoder_ffn_dim": 4 * WIDTH, "max_position_embeddings": 512,
        "activation_function": "swish", "scale_embedding": true, "pad_token_id": VOCAB - 1,
        "eos_token_id": 0, "decoder_start_token_id": VOCAB - 1, "tie_word_embeddings": false,
        "share_encoder_decoder_embeddings": true,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
}

#[test]
fn int8_chooses_the_tokens_that_floats_choose() {
    let folder = tempfile::tempdir().unwrap();
    base_size(folder.path());
    let config = std::fs::read(folder.path().join("config.json")).unwrap();
    let open = |precision| {
        let tensors = Tensors::open(&[folder.path().join("model.safetensors")]).unwrap();
        load_seq2seq(&config, &tensors, Arc::new(Workers::new(2)), precision).unwrap()
    };
    let [exact, int8] = [Precision::F32, Precision::Int8].map(open);
    assert!(2 * int8.weight_bytes() < exact.weight_bytes());
    let sources: Vec<Vec<u32>> = (0..16u32)
        .map(|row| {
            (0..12 + row)
                .map(|at| 1 + (row * 911 + at * 353) % 8000)
                .chain([0])
                .collect()
        })
        .collect();
    let sources: Vec<&[u32]> = sources.iter().map(Vec::as_slice).collect();
    let mut states = [&exact, &int8].map(|model| model.encode(&sources).unwrap());
    let mut last = vec![8191; sources.len()];
    let (mut steps, mut same, mut expected, mut noise, mut power) = (0, 0, 0, 0.0, 0.0);
    for _ in 0..32 {
        let want = exact.step(&mut states[0], &last).unwrap();
        let got = int8.step(&mut states[1], &last).unwrap();
        let best = |row: &[f32]| {
            (0..row.len())
                .max_by(|&a, &b| row[a].total_cmp(&row[b]))
                .unwrap()
        };
        for (row, last) in last.iter_mut().enumerate() {
            let (want, got) = (want.row(row), got.row(row));
            let choice = best(want);
            steps += 1;
            same += usize::from(best(got) == choice);
            expected += usize::from((choice * 2731 + 77) % 8192 == *last as usize);
            noise += want
                .iter()
                .zip(got)
                .map(|(a, b)| f64::from(a - b).powi(2))
                .sum::<f64>();
            power += want.iter().map(|a| f64::from(*a).powi(2)).sum::<f64>();
            *last = choice as u32;
        }
    }
    let noise = (noise / power).sqrt();
    eprintln!("{same} of {steps} the same, {expected} as the circle has it, noise {noise:.4}");
    // The floats follow the circle mostly, but not always: what the layers compute matters.
    assert!(
        expected > steps / 2 && expected < steps,
        "{expected} of {steps}"
    );
    assert!(same * 100 >= steps * 99, "{same} of {steps}");
    assert!(noise < 0.05, "{noise}");
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
    for family in ["marian", "m2m100", "mbart-vocabulary", "nllb-vocabulary"] {
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

#[test]
fn a_vocabulary_with_more_tokens_than_the_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let spm = "sentencepiece.bpe.model";
    std::fs::copy(
        fixture("nllb-vocabulary").join(spm),
        folder.path().join(spm),
    )
    .unwrap();
    for (config, says) in [
        (
            r#"{"model_type": "m2m_100", "vocab_size": 312}"#,
            "202 languages",
        ),
        (
            r#"{"model_type": "mbart", "vocab_size": 130}"#,
            "25 languages",
        ),
        (r#"{"model_type": "xlm", "vocab_size": 500}"#, "\"xlm\""),
        ("{}", "names no model"),
    ] {
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        let error = HfTokenizer::open(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_vocabulary_a_side_reads_by_one_and_writes_by_the_other() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["source.spm", "vocab.json"] {
        std::fs::copy(fixture("marian").join(name), folder.path().join(name)).unwrap();
    }
    let shared = HfTokenizer::open(folder.path()).unwrap();
    let ids = shared.encode("Il traghetto").unwrap();
    let target = serde_json::json!({"</s>": 0, "<unk>": 1, "\u{2581}The": 2, "\u{2581}ferry": 3});
    std::fs::write(folder.path().join("target_vocab.json"), target.to_string()).unwrap();
    let two = HfTokenizer::open(folder.path()).unwrap();
    assert_eq!(two.encode("Il traghetto").unwrap(), ids);
    assert_eq!(two.decode(&[2, 3, 0]).unwrap(), "The ferry");
    assert_ne!(shared.decode(&[2, 3, 0]).unwrap(), "The ferry");
}

/// T5 in the form that has no `tokenizer.json`: the pieces' own ids.
#[test]
fn sentencepiece_alone_is_a_vocabulary() {
    let folder = tempfile::tempdir().unwrap();
    let spm = fixture("marian").join("source.spm");
    std::fs::copy(&spm, folder.path().join("spiece.model")).unwrap();
    let tokenizer = HfTokenizer::open(folder.path()).unwrap();
    let pieces = SentencePiece::open(&spm).unwrap();
    let text = "Il traghetto parte alle otto.";
    let mut ids = pieces.encode(text);
    ids.extend(pieces.eos());
    assert_eq!(tokenizer.encode(text).unwrap(), ids);
    assert_eq!(tokenizer.decode(&ids).unwrap(), text);
    assert!(tokenizer.knows('e') && !tokenizer.knows('漢'));
    std::fs::remove_file(folder.path().join("spiece.model")).unwrap();
    let error = HfTokenizer::open(folder.path()).unwrap_err();
    assert!(error.hint().unwrap().contains("spiece.model"));
}

fn engine(family: &str, beams: usize) -> Seq2SeqEngine {
    let options = Seq2SeqOptions {
        beams: Some(beams),
        threads: 2,
        ..Seq2SeqOptions::default()
    };
    let files = Seq2SeqFiles::in_folder(&fixture(family)).unwrap();
    Seq2SeqEngine::load(&files, &options).unwrap()
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
                    Event::Going { .. } => {}
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
            assert!(TranslationModel::timings(&engine).tokens_out > 0);
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
    let error = engine
        .summarize(&[&long], None, &mut no_sink())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
}
