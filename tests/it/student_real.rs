//! The real English↔Portuguese students, from their package archive.

use std::path::{Path, PathBuf};

use traghetto::engine::{
    Finish, StudentEngine, StudentFiles, StudentOptions, TranslationModel, no_sink,
};
use traghetto::text::Lang;

use crate::support::weights;

const SENTENCES: [&str; 9] = [
    "Hello.",
    "The ferry to the island leaves every morning at half past seven.",
    "",
    "😀 😀",
    "Nobody knows what will happen next, but the talks between the two governments go on.",
    "   ",
    "\u{0}",
    "Please close the window.",
    "It rains.",
];

fn files(pair: &str) -> StudentFiles {
    let model = weights(&format!("model.{pair}.intgemm.alphas.bin"));
    let file = |name: String| -> PathBuf { model.with_file_name(name) };
    StudentFiles {
        model: model.clone(),
        source_vocab: file(format!("vocab.{pair}.spm")),
        target_vocab: file(format!("vocab.{pair}.spm")),
        shortlist: Some(file(format!("lex.50.50.{pair}.s2t.bin"))),
    }
}

fn english(options: StudentOptions) -> StudentEngine {
    StudentEngine::load(&files("enpt"), (Lang::EN, Lang::PT), options).unwrap()
}

fn texts(engine: &mut StudentEngine, sentences: &[&str]) -> Vec<String> {
    let generated = engine.translate(sentences, Lang::EN, Lang::PT, &mut no_sink());
    generated.unwrap().into_iter().map(|one| one.text).collect()
}

#[test]
fn a_student_translates() {
    let found = texts(&mut english(StudentOptions::default()), &SENTENCES);
    // What bergamot-translator 0.4.9 says.
    assert_eq!(found[0], "Olá.");
    assert_eq!(found[7], "Por favor, feche a janela.");
    assert_eq!(found[8], "Ele chove.");
    assert_eq!((&*found[2], &*found[3], &*found[5]), ("", "😀 😀", ""));
}

#[test]
fn batches_and_threads_change_nothing() {
    let many: Vec<&str> = SENTENCES.iter().copied().cycle().take(60).collect();
    let alone: Vec<String> = {
        let mut engine = english(StudentOptions::default());
        let one = |sentence| texts(&mut engine, &[sentence]).remove(0);
        many.iter().copied().map(one).collect()
    };
    for (threads, batch_rows) in [(1, 1), (1, 7), (1, 64), (2, 3), (4, 64)] {
        let options = StudentOptions {
            threads,
            batch_rows,
            ..StudentOptions::default()
        };
        assert_eq!(texts(&mut english(options), &many), alone, "{options:?}");
    }
}

#[test]
fn a_sentence_without_end_is_split_not_cut() {
    let sentences: Vec<String> = (1000..2500)
        .map(|n| format!("Ferry number {n} leaves the port at noon."))
        .collect();
    let long = sentences.join(" ");
    let mut engine = english(StudentOptions::default());
    let found = engine.translate(&[&long], Lang::EN, Lang::PT, &mut no_sink());
    let found = found.unwrap().remove(0);
    assert_eq!(found.finish, Finish::Stop);
    // A small model may lose a number among so many alike; a cut would lose all that come after it.
    let kept = (1000..2500).filter(|n| found.text.contains(&n.to_string()));
    let kept = kept.count();
    assert!(kept >= 1350, "{kept}");
    assert!(found.text.contains("2499"));
}

/// All of FLORES dev against what bergamot-translator 0.4.9 printed. Rounding differs in the last bit here and there,
/// which now and then tips a near tie; bergamot itself agrees with these lines in 94% when it gets them one by one.
#[test]
fn most_lines_equal_the_reference() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eval");
    if !shared.exists() {
        eprintln!("no ../shared/eval: the comparison with the reference translations didn't run");
        return;
    }
    let read = |name: &str| std::fs::read_to_string(shared.join(name)).unwrap();
    for (pair, from, to) in [("enpt", Lang::EN, Lang::PT), ("pten", Lang::PT, Lang::EN)] {
        let source = read(&format!("flores-dev.{from}"));
        let reference = read(&format!("student.{from}-{to}.flores-dev.{to}"));
        let source: Vec<&str> = source.lines().collect();
        let options = StudentOptions::default();
        let mut engine = StudentEngine::load(&files(pair), (from, to), options).unwrap();
        let found = engine.translate(&source, from, to, &mut no_sink()).unwrap();
        assert_eq!(found.len(), source.len());
        let equal = found.iter().zip(reference.lines());
        let equal = equal.filter(|(one, line)| one.text == *line).count();
        assert!(
            equal * 100 >= source.len() * 80,
            "{pair}: {equal} of {}",
            source.len()
        );
    }
}
