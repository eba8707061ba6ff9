//! What an archive is asked for: it is gone on with only by the same, and tells how far it is.

use std::path::Path;

use serde_json::{Map, Value};
use tempfile::TempDir;
use traghetto::archive::{Field, Fields, Models, Options, Progress, ShardFormat, run};
use traghetto::{Batcher, Format, Lang};

use crate::archive::{archive, make, refused, rows};
use crate::support::{model, store};

#[test]
fn a_file_that_was_edited_makes_another_archive() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let input = home.path().join("a.jsonl");
    make(2, &input, &["--clean"]);
    let prompt = "+++\nname = \"mine\"\nversion = 1\npurpose = \"a test\"\nvariables = [\"text\"]\n+++\n# user\n{{ text }}";
    for (option, first, second) in [
        ("glossary", "en\tpt\nwall\tparede\n", "en\tpt\nwall\tmuro\n"),
        ("dictionary", "wall\tparede\n", "wall\tmuro\n"),
        ("prompt", prompt, &format!("{prompt}!")),
    ] {
        let out = home.path().join(format!("out-{option}"));
        let run = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::write(&path, text).unwrap();
            let named = match option {
                "dictionary" => format!("en-pt:{}", path.display()),
                _ => path.display().to_string(),
            };
            let mut command = archive(home.path(), &input, &out);
            command.arg(format!("--{option}")).arg(named);
            command
        };
        run("one.tsv", first).assert().success();
        // Under another name it says the same.
        run("other.tsv", first).assert().success();
        let said = refused(run("one.tsv", second));
        let told = format!("was begun with other {option}");
        assert!(said.contains(&told) && said.contains("--out"), "{said}");
        let said = refused(archive(home.path(), &input, &out));
        assert!(said.contains(&told), "{said}");
    }
}

#[test]
fn a_model_writes_the_summaries_where_it_can() {
    model("student-en-pt");
    model("smollm2-135m");
    let home = TempDir::new().unwrap();
    let input = home.path().join("a.jsonl");
    make(2, &input, &["--clean", "--words", "60-80"]);
    let run = |model: &str, from: &str| {
        let out = home.path().join(format!("{model}-{from}"));
        let mut command = archive(home.path(), &input, &out);
        command.args(["--from", from, "--format", "jsonl"]);
        command.args(["--summarize", "--length", "1s", "--summary-model", model]);
        command.assert().success();
        rows(&out)
    };
    for row in run("smollm2-135m", "en") {
        assert_eq!(row["provenance"]["summary"], "smollm2-135m");
        let models = row["provenance"]["models"].as_array().unwrap();
        let ids: Vec<&str> = models.iter().filter_map(|one| one["id"].as_str()).collect();
        assert_eq!(ids, ["smollm2-135m", "student-en-pt"]);
        let (own, made) = (
            row["summary"].as_str().unwrap(),
            row["summary_pt"].as_str().unwrap(),
        );
        assert!(!own.is_empty() && !made.is_empty() && own != made, "{row}");
    }
    // In the language of the article nothing is translated.
    for row in run("smollm2-135m", "pt") {
        assert_eq!(row["provenance"]["summary"], "smollm2-135m");
        assert_eq!(row["summary"], row["summary_pt"]);
    }
    // One that writes none is said at once, and isn't passed over.
    let mut command = archive(home.path(), &input, &home.path().join("none"));
    command.args(["--summarize", "--summary-model", "student-en-pt"]);
    let said = refused(command);
    assert!(
        said.contains("student-en-pt") && said.contains("summar"),
        "{said}"
    );
    for row in run("extract", "en") {
        assert_eq!(row["provenance"]["summary"], "extract");
        let text = row["translation_pt"].as_str().unwrap();
        assert!(text.contains(row["summary_pt"].as_str().unwrap()), "{row}");
    }
}

/// All that a run tells of its progress.
fn told(input: &Path, out: &Path, shard_size: usize) -> Vec<Progress> {
    let batcher = Batcher::builder()
        .model("student-en-pt")
        .store(store())
        .offline(true)
        .build()
        .unwrap();
    let field = |name: &str, required| Field {
        name: name.to_string(),
        required,
    };
    let options = Options {
        inputs: vec![input.to_path_buf()],
        out: out.to_path_buf(),
        from: Some(Lang::EN),
        to: vec![Lang::PT],
        fields: Fields {
            text: field("text", true),
            id: field("id", false),
            title: field("title", false),
        },
        written: Format::Text,
        extract: false,
        summarize: false,
        format: ShardFormat::Jsonl,
        shard_size,
        max_bytes: 1 << 20,
        fail_fast: false,
        settings: Map::<String, Value>::new(),
    };
    let models = Models {
        batcher,
        extractor: None,
        writer: None,
    };
    let mut told = Vec::new();
    run(models, &options, &mut |progress| told.push(progress)).unwrap();
    told
}

#[test]
fn progress_counts_what_was_translated_and_not_what_was_left_out() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let input = home.path().join("a.jsonl");
    // Half of them are left out, at once.
    make(40, &input, &["--clean"]);
    let articles = std::fs::read_to_string(&input).unwrap();
    let with_empty = articles.replace('\n', "\n{\"text\": null}\n");
    std::fs::write(&input, with_empty).unwrap();
    let told = told(&input, &home.path().join("out"), 40);
    assert_eq!(told.len(), 40);
    assert_eq!(told[0].articles, 1);
    assert!(told[0].words > 0 && told[0].share < 0.1, "{:?}", told[0]);
    // Those of a shard that were left out count at its end.
    let articles: Vec<u64> = told.iter().map(|one| one.articles).collect();
    assert_eq!((articles[19], articles[20], articles[39]), (20, 41, 60));
    let shares: Vec<f64> = told.iter().map(|one| one.share).collect();
    assert!(shares.is_sorted() && shares[39] > 0.9, "{shares:?}");
    assert!(told[39].left().is_some_and(|left| left < told[39].elapsed));
}
