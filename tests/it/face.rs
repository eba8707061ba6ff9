//! The library as its callers see it, on real weights.

use std::fs;
use std::sync::{Arc, Mutex};

use traghetto::registry::Silent;
use traghetto::{
    Batcher, Document, ErrorKind, Format, Glossary, Lang, Length, Observer, OutputFormat, Progress,
    Summarizer, Translator,
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

/// Students into two languages more, which are the Portuguese one by other names.
fn manifests(home: &std::path::Path) {
    let folder = model("student-en-pt");
    let folder = folder.parent().unwrap().display().to_string();
    fs::create_dir_all(home.join("models")).unwrap();
    for lang in ["eu", "is"] {
        let manifest = format!(
            "id = \"into-{lang}\"\ntitle = \"{lang}\"\ntasks = [\"translate\"]\npairs = [[\"en\", \"{lang}\"]]\n\
             architecture = \"marian-student\"\nformat = \"marian-binary\"\nsize = 1\n\
             [licence]\nid = \"Apache-2.0\"\ncommercial = true\n\
             [quality.translate]\nscore = 99\nbasis = \"a test\"\n\
             [[files]]\nname = \"model.enpt.intgemm.alphas.bin\"\nrole = \"weights\"\n\
             [[files]]\nname = \"vocab.enpt.spm\"\nrole = \"vocabulary\"\n\
             [[sources]]\nkind = \"folder\"\npath = {folder:?}\n"
        );
        fs::write(home.join(format!("models/{lang}.toml")), manifest).unwrap();
    }
}

#[test]
fn ways_that_begin_alike_go_that_far_once() {
    model("student-pt-en");
    let home = tempfile::tempdir().unwrap();
    manifests(home.path());
    let langs: Vec<Lang> = ["is", "en", "eu"].map(|code| code.parse().unwrap()).into();
    let texts = [
        "O ministro negou a notícia. Ninguém sabe o que vai acontecer amanhã.",
        "A ponte vai ser construída no próximo ano.",
    ];
    let documents = texts.map(|text| Document::from_text_in(text, Format::Text, Lang::PT));
    // The first holds only for a way without a stop, which then begins otherwise.
    for (terms, alike) in [("ponte\tferry\n", false), ("pt\ten\nponte\tferry\n", true)] {
        let batcher = || {
            let glossary = Glossary::parse(terms, "tsv", "terms").unwrap();
            let builder = Batcher::builder().config(home.path()).store(store());
            builder.offline(true).glossary(glossary).build().unwrap()
        };
        let mut all = Vec::new();
        let wanted = documents.clone().map(|one| (one, langs.clone()));
        batcher()
            .translate_each_into(wanted, |made| {
                all.push(made?);
                Ok(())
            })
            .unwrap();
        for (document, made) in documents.iter().zip(&all) {
            let first = |at: usize| &made[at].report().steps[0];
            // The same figures to the last digit are those of the same work.
            assert_eq!(first(0).seconds, first(2).seconds);
            assert_eq!(first(0).seconds == first(1).seconds, alike, "{terms}");
            for (&to, made) in langs.iter().zip(made) {
                let mut alone = batcher().translate([document.clone()], to).unwrap();
                let alone = alone.pop().unwrap();
                assert_eq!(made.text(), alone.text());
                assert_eq!(made.route(), alone.route());
                assert_eq!(made.provenance(), alone.provenance());
            }
        }
        assert_eq!(
            all[0][0].route(),
            "pt → en by student-pt-en, then en → is by into-is"
        );
    }
}
