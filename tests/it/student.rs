//! A tiny student with random weights: its formats agree, and nothing that is wrong with its files or with the text
//! makes it panic or lose a line. `fixtures/student/make.py` made it.

use std::io::Write;
use std::path::{Path, PathBuf};

use candle_core::Device;
use traghetto::ErrorKind;
use traghetto::engine::{StudentEngine, StudentFiles, StudentOptions, TranslationModel, no_sink};
use traghetto::text::Lang;

use crate::support::{file, traghetto};

const PAIR: (Lang, Lang) = (Lang::EN, Lang::PT);

const SENTENCES: [&str; 8] = [
    "the city and the island said that nobody knows",
    "navio",
    "",
    "ontem o governo",
    "\u{0}\u{0}",
    "long talks between both sides, and nobody knows what will happen next",
    "😀👩‍👩‍👧‍👦",
    "   ",
];

fn tiny(name: &str) -> PathBuf {
    file("tests/fixtures/student").join(name)
}

fn files(model: &Path, shortlist: Option<PathBuf>) -> StudentFiles {
    StudentFiles {
        model: model.to_path_buf(),
        source_vocab: tiny("tiny.spm"),
        target_vocab: tiny("tiny.spm"),
        shortlist,
    }
}

fn options() -> StudentOptions {
    StudentOptions {
        // The tiny vocabulary would fit whole.
        frequent: 0,
        ..StudentOptions::default()
    }
}

fn texts(files: &StudentFiles, options: StudentOptions, sentences: &[&str]) -> Vec<String> {
    let mut engine = StudentEngine::load(files, Some(PAIR), options).unwrap();
    let found = engine.translate(sentences, PAIR.0, PAIR.1, &mut no_sink());
    found.unwrap().into_iter().map(|one| one.text).collect()
}

/// What becomes of a model with these bytes: an error, or the number of answers to [`SENTENCES`].
fn survives(folder: &Path, bytes: &[u8], rest: &StudentFiles) -> Result<usize, traghetto::Error> {
    let model = folder.join("model.bin");
    std::fs::write(&model, bytes).unwrap();
    let files = StudentFiles {
        model,
        ..rest.clone()
    };
    let mut engine = StudentEngine::load(&files, Some(PAIR), options())?;
    let found = engine.translate(&SENTENCES, PAIR.0, PAIR.1, &mut no_sink())?;
    Ok(found.len())
}

#[test]
fn floats_in_an_npz_and_integers_in_a_binary_file_translate_alike() {
    for shortlist in [None, Some(tiny("lex.bin"))] {
        let binary = texts(
            &files(&tiny("tiny.bin"), shortlist.clone()),
            options(),
            &SENTENCES,
        );
        let floats = texts(
            &files(&tiny("tiny.npz"), shortlist.clone()),
            options(),
            &SENTENCES,
        );
        assert_eq!(binary, floats);
        assert!(!binary[0].is_empty() && binary[0] != binary[3]);
        assert_eq!((&*binary[2], &*binary[6]), ("", SENTENCES[6]));
        let folder = tempfile::tempdir().unwrap();
        let zipped = folder.path().join("model.bin.gz");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&std::fs::read(tiny("tiny.bin")).unwrap())
            .unwrap();
        std::fs::write(&zipped, gz.finish().unwrap()).unwrap();
        assert_eq!(
            texts(&files(&zipped, shortlist), options(), &SENTENCES),
            binary
        );
    }
}

#[test]
fn a_shortlist_narrows_what_is_said_and_can_be_left_out() {
    let with = files(&tiny("tiny.bin"), Some(tiny("lex.bin")));
    let narrow = texts(&with, options(), &SENTENCES);
    let off = StudentOptions {
        use_shortlist: false,
        ..options()
    };
    let without = texts(&files(&tiny("tiny.bin"), None), options(), &SENTENCES);
    assert_ne!(narrow, without);
    assert_eq!(texts(&with, off, &SENTENCES), without);
    // With every token among the frequent ones nothing is left for it to narrow.
    let whole = StudentOptions {
        frequent: usize::MAX / 2,
        ..options()
    };
    assert_eq!(texts(&with, whole, &SENTENCES), without);
}

#[test]
fn batches_and_threads_change_nothing() {
    let many: Vec<&str> = SENTENCES.iter().copied().cycle().take(50).collect();
    for frequent in [0, 16, 100] {
        let files = files(&tiny("tiny.bin"), Some(tiny("lex.bin")));
        let run = |threads, batch_rows| {
            let options = StudentOptions {
                threads,
                batch_rows,
                frequent,
                ..options()
            };
            texts(&files, options, &many)
        };
        let alone = run(1, 1);
        for (threads, batch_rows) in [(1, 2), (1, 7), (1, 64), (2, 1), (2, 5), (3, 64)] {
            assert_eq!(run(threads, batch_rows), alone, "{threads} {batch_rows}");
        }
    }
}

/// What runs on GPUs, here on candle's CPU device: it takes both formats, drops no line, doesn't mind company, and refuses
/// what the CPU path refuses.
#[test]
fn a_student_on_tensors_keeps_the_promises_of_the_cpu_path() {
    let run = |name: &str, batch_rows| {
        let options = StudentOptions {
            batch_rows,
            ..options()
        };
        let files = files(&tiny(name), Some(tiny("lex.bin")));
        let mut engine = StudentEngine::load_on(&files, Some(PAIR), &Device::Cpu, options).unwrap();
        let found = engine.translate(&SENTENCES, PAIR.0, PAIR.1, &mut no_sink());
        let found = found.unwrap().into_iter().map(|one| one.text);
        found.collect::<Vec<_>>()
    };
    let alone = run("tiny.bin", 1);
    for (name, batch_rows) in [("tiny.npz", 1), ("tiny.bin", 64), ("tiny.npz", 3)] {
        assert_eq!(run(name, batch_rows), alone, "{name} {batch_rows}");
    }
    assert!(!alone[0].is_empty() && alone[0] != alone[3]);
    assert_eq!((&*alone[2], &*alone[6]), ("", SENTENCES[6]));
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.bin");
    let bytes = std::fs::read(tiny("tiny.bin")).unwrap();
    std::fs::write(&model, &bytes[..bytes.len() / 2]).unwrap();
    let files = files(&model, None);
    let error = StudentEngine::load_on(&files, Some(PAIR), &Device::Cpu, options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(error.to_string().contains("model.bin"), "{error}");
}

#[test]
fn a_truncated_model_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["tiny.bin", "tiny.npz"] {
        let bytes = std::fs::read(tiny(name)).unwrap();
        let rest = files(Path::new(""), Some(tiny("lex.bin")));
        // The end of the binary file is padding: all else is missed.
        for len in (0..bytes.len() - 256)
            .step_by(911)
            .chain([1, 7, 8, 15, 16, 17, 40])
        {
            let error = survives(folder.path(), &bytes[..len], &rest).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Model, "{name} {len}: {error}");
            assert!(error.to_string().contains("model.bin"), "{error}");
            assert!(error.hint().is_some(), "{error}");
        }
        assert_eq!(
            survives(folder.path(), &bytes, &rest).unwrap(),
            SENTENCES.len()
        );
    }
}

#[test]
fn flipped_bits_give_an_error_or_a_translation() {
    let folder = tempfile::tempdir().unwrap();
    let (mut errors, mut answers) = (0, 0);
    for name in ["tiny.bin", "tiny.npz"] {
        let bytes = std::fs::read(tiny(name)).unwrap();
        let rest = files(Path::new(""), Some(tiny("lex.bin")));
        // Headers, names and shapes come first in the binary file: more flips there.
        let places = (0..2_000)
            .step_by(13)
            .chain((2_000..bytes.len()).step_by(331));
        for (turn, at) in places.enumerate() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (turn % 8);
            match survives(folder.path(), &damaged, &rest) {
                Ok(count) => {
                    assert_eq!(count, SENTENCES.len());
                    answers += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Model, "{name} {at}: {error}");
                    errors += 1;
                }
            }
        }
    }
    assert!(
        errors > 100 && answers > 50,
        "{errors} errors, {answers} answers"
    );
}

#[test]
fn files_that_dont_belong_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |files: &StudentFiles| {
        let error = StudentEngine::load(files, Some(PAIR), options()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        error.to_string()
    };
    let good = files(&tiny("tiny.bin"), Some(tiny("lex.bin")));
    let other = file("tests/fixtures/sentencepiece/unigram.spm.gz");
    let foreign = StudentFiles {
        source_vocab: other.clone(),
        target_vocab: other,
        shortlist: None,
        ..good.clone()
    };
    let message = refused(&foreign);
    assert!(
        message.contains("tiny.bin") && message.contains("vocabularies"),
        "{message}"
    );

    let lex = std::fs::read(tiny("lex.bin")).unwrap();
    let broken = folder.path().join("lex.bin");
    for len in [0, 10, 47, 48, 1000, lex.len() - 1] {
        std::fs::write(&broken, &lex[..len]).unwrap();
        let message = refused(&StudentFiles {
            shortlist: Some(broken.clone()),
            ..good.clone()
        });
        assert!(message.contains("lex.bin"), "{message}");
    }
    for swapped in [tiny("tiny.spm"), tiny("lex.bin"), file("Cargo.toml")] {
        refused(&files(&swapped, None));
        refused(&StudentFiles {
            source_vocab: tiny("tiny.bin"),
            ..good.clone()
        });
    }
}

#[test]
fn the_program_keeps_every_line_of_a_strange_text() {
    let home = tempfile::tempdir().unwrap();
    let models = home.path().join("config/traghetto/models");
    std::fs::create_dir_all(&models).unwrap();
    let manifest = std::fs::read_to_string(file("models/student-en-pt.toml")).unwrap();
    let (head, _) = manifest.split_once("[[files]]").unwrap();
    let mut text = head
        .replace("student-en-pt", "tiny")
        .replace("22426494", "60000");
    for (name, role) in [
        ("tiny.bin", "weights"),
        ("tiny.spm", "vocabulary"),
        ("lex.bin", "shortlist"),
    ] {
        text.push_str(&format!(
            "[[files]]\nname = \"{name}\"\nrole = \"{role}\"\n"
        ));
    }
    let folder = tiny("");
    text.push_str(&format!(
        "[[sources]]\nkind = \"folder\"\npath = {folder:?}\n"
    ));
    std::fs::write(models.join("tiny.toml"), text).unwrap();

    let long = "the ferry said nobody knows ".repeat(3_600);
    let endless = "x".repeat(100_000);
    let lines = [
        "the city and the island",
        "",
        "😀😀 👩‍👩‍👧‍👦 🇮🇹",
        "   ",
        &long,
        "\t\t",
        &endless,
        "said\u{7}\u{1b}[2J that \u{200b}\u{feff}\u{202e} nobody",
        "e\u{301}\u{301}\u{301}\u{301}\u{301} ½ ㎏ Ⅷ",
        "",
        "navio",
    ];
    for extra in [&[][..], &["--no-shortlist"][..]] {
        let output = traghetto(home.path())
            .args([
                "translate",
                "--from",
                "en",
                "--to",
                "pt",
                "--model",
                "tiny",
                "-q",
            ])
            .args(extra)
            .write_stdin(format!("{}\n", lines.join("\n")))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let found = String::from_utf8(output.stdout).unwrap();
        assert_eq!(found.lines().count(), lines.len(), "{errors}");
        for (line, found) in lines.iter().zip(found.lines()) {
            assert_eq!(line.trim().is_empty(), found.trim().is_empty(), "{line:?}");
        }
    }
    let output = traghetto(home.path())
        .args(["translate", "--from", "en", "--to", "pt", "--model", "tiny"])
        .write_stdin("one\u{0}two\u{0}\u{0}\n\u{0}\nthree\n")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3),
        code => assert!(
            code == Some(1) && errors.contains("error"),
            "{code:?} {errors}"
        ),
    }
}

/// Asked for several translations a sentence, a student gives them with their scores, best first.
#[test]
fn a_student_has_alternatives() {
    let home = tempfile::tempdir().unwrap();
    let folder = laid_out(home.path(), ".enpt");
    let said = |extra: &[&str]| {
        let output = traghetto(home.path())
            .args(["translate", "--from", "en", "--to", "pt", "-q", "--json"])
            .args(["--repair", "off", "--model"])
            .arg(&folder)
            .args(extra)
            .write_stdin("the city and the island\nnobody knows the ferry\n")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let made = &report["translations"][0]["segments"];
        made.as_array().unwrap().clone()
    };
    for segment in said(&["--beam", "4", "--alternatives", "3"]) {
        let all = segment["alternatives"].as_array().unwrap();
        assert_eq!(all.len(), 3, "{segment}");
        assert_eq!(all[0]["text"], segment["text"]);
        let scores: Vec<f64> = all.iter().map(|a| a["score"].as_f64().unwrap()).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    }
    let targets = |segments: Vec<serde_json::Value>| -> Vec<serde_json::Value> {
        segments.iter().map(|one| one["text"].clone()).collect()
    };
    assert_eq!(targets(said(&["--beam", "1"])), targets(said(&[])));
}

/// What Firefox has of a model, under its names, in a folder.
fn laid_out(folder: &Path, pair: &str) -> PathBuf {
    let folder = folder.join(format!("student{pair}"));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, as_firefox) in [
        ("tiny.bin", format!("model{pair}.intgemm.alphas.bin")),
        ("tiny.spm", format!("vocab{pair}.spm")),
        ("lex.bin", format!("lex.50.50{pair}.s2t.bin")),
    ] {
        std::fs::copy(tiny(name), folder.join(as_firefox)).unwrap();
    }
    folder
}

#[test]
fn a_students_folder_is_enough() {
    let home = tempfile::tempdir().unwrap();
    let named = laid_out(home.path(), ".enpt");
    let nameless = laid_out(home.path(), "");
    let translate = |model: &Path, pair: [&str; 2]| {
        traghetto(home.path())
            .args(["translate", "--from", pair[0], "--to", pair[1], "-q"])
            .arg("--model")
            .arg(model)
            .write_stdin("the city and the island\nnavio\n")
            .output()
            .unwrap()
    };
    let expected = texts(
        &files(&tiny("tiny.bin"), Some(tiny("lex.bin"))),
        StudentOptions::default(),
        &["the city and the island", "navio"],
    );
    let expected = format!("{}\n", expected.join("\n"));
    let said = |output: &std::process::Output| {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout.clone()).unwrap()
    };
    assert_eq!(said(&translate(&named, ["en", "pt"])), expected);
    let weights = named.join("model.enpt.intgemm.alphas.bin");
    assert_eq!(said(&translate(&weights, ["en", "pt"])), expected);
    // No name says what this one translates: the user knows.
    assert_eq!(said(&translate(&nameless, ["en", "pt"])), expected);
    assert_eq!(said(&translate(&nameless, ["en", "it"])), expected);

    let refused = |output: std::process::Output, code: i32, message: &str| {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{errors}");
        assert!(errors.contains(message), "{errors}");
    };
    let other = "doesn't translate en to it";
    refused(translate(&named, ["en", "it"]), 2, other);
    std::fs::remove_file(nameless.join("vocab.spm")).unwrap();
    let lacking = "has no vocabulary for model.intgemm.alphas.bin";
    refused(translate(&nameless, ["en", "pt"]), 1, lacking);

    let imported = traghetto(home.path())
        .env("TRAGHETTO_STORE", home.path().join("store"))
        .args(["models", "import", "--id", "mine"])
        .arg(&named)
        .output()
        .unwrap();
    said(&imported);
    std::fs::remove_dir_all(&named).unwrap();
    let output = traghetto(home.path())
        .env("TRAGHETTO_STORE", home.path().join("store"))
        .args(["translate", "--from", "en", "--to", "pt", "-q"])
        .args(["--model", "mine"])
        .write_stdin("the city and the island\nnavio\n")
        .output()
        .unwrap();
    assert_eq!(said(&output), expected);
}
