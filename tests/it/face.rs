//! The library as its callers see it, on real weights.

use std::fs;
use std::sync::{Arc, Mutex};

use traghetto::registry::Silent;
use traghetto::{
    Document, ErrorKind, Format, Lang, Length, Observer, OutputFormat, Progress, Summarizer,
    Translator,
};

use crate::support::{model, store, traghetto};

#[test]
fn a_translator_gives_what_the_program_gives_and_keeps_its_model() {
    model("student-en-pt");
    let home = tempfile::tempdir().unwrap();
    let source = home.path().join("note.md");
    fs::write(
        &source,
        "# The government\n\nThe minister *denied* the report.\n",
    )
    .unwrap();
    let mut translator = Translator::builder()
        .from(Lang::EN)
        .to(Lang::PT)
        .model("student-en-pt")
        .offline(true)
        .store(store())
        .build()
        .unwrap();
    let document = Document::open(&source).unwrap();
    let out = translator.translate_document(&document).unwrap();
    assert_eq!(out.route(), "en → pt by student-en-pt");
    assert_eq!((out.from(), out.segments().len()), (Lang::EN, 2));
    let page = out.render(OutputFormat::BilingualHtml).unwrap();
    assert!(page.contains("The minister"), "{page}");
    let path = home.path().join("nota.md");
    out.write(&path).unwrap();

    let program = traghetto(home.path())
        .args(["translate", "--offline", "--no-memory", "--from", "en"])
        .args(["--to", "pt", "--model", "student-en-pt"])
        .arg(&source)
        .output()
        .unwrap();
    assert!(program.status.success());
    assert_eq!(
        String::from_utf8(program.stdout).unwrap(),
        fs::read_to_string(&path).unwrap()
    );

    let again = translator.translate("The minister denied it.").unwrap();
    assert!(again.text().starts_with("O ministro"), "{}", again.text());
    let first = out.report().models[0].load_s.unwrap();
    assert_eq!(again.report().models[0].load_s, Some(first));
    // White space stays, and a text without words needs no model.
    assert_eq!(translator.translate("\n \n").unwrap().text(), "\n \n");
}

/// Collects what it is told.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Observer for Notes {
    fn note(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_string());
    }
    fn warn(&self, line: &str) {
        self.note(line);
    }
    fn downloads(&self) -> &dyn Progress {
        &Silent
    }
    fn begin_segments(&self, what: &str, segments: usize) {
        self.note(&format!("{what}: {segments}"));
    }
    fn segment_done(&self) {}
    fn end_segments(&self) {}
}

#[test]
fn a_summary_without_a_model_is_the_texts_own() {
    let text = "The city council approved a new tram line on Monday. It will cost 40 million euros \
                and open in 2027. Shopkeepers protested against the building site.";
    let mut summarizer = Summarizer::builder()
        .extract()
        .length(Length::characters(60))
        .offline(true)
        .store(store())
        .build()
        .unwrap();
    let summary = summarizer.summarize(text).unwrap();
    assert!(text.contains(summary.text()) && summary.text().chars().count() <= 60);
    assert_eq!(summary.model(), "extract");
}

#[test]
fn an_own_model_file_summarises_and_the_observer_learns_of_it() {
    let notes = Notes::default();
    let mut summarizer = Summarizer::builder()
        .model(model("smollm2-135m").display().to_string())
        .length(Length::SHORT)
        .max_tokens(60)
        .offline(true)
        .store(store())
        .observer(notes.clone())
        .build()
        .unwrap();
    let text = "The city council approved a new tram line on Monday. It will cost 40 million euros \
                and open in 2027. Shopkeepers protested against the building site.";
    let summary = summarizer.summarize(text).unwrap();
    assert!(!summary.text().is_empty());
    assert_eq!(summary.lang(), Lang::EN);
    assert_eq!(summary.report().summaries.len(), 1);
    let notes = notes.0.lock().unwrap();
    assert!(
        notes.iter().any(|line| line.contains("Summar")),
        "{notes:?}"
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let mut translator = Translator::builder()
        .to(Lang::EN)
        .offline(true)
        .store(tempfile::tempdir().unwrap().path())
        .build()
        .unwrap();
    let same = Document::from_text_in("The minister denied it.", Format::Text, Lang::EN);
    let error = translator.translate_document(&same).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let other = Document::from_text_in("Il ministro ha smentito.", Format::Text, Lang::IT);
    let error = translator.translate_document(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
