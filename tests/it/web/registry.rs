//! A registry in the form of Mozilla's, with the real students between English and Portuguese under it.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;
use std::time::Instant;

use serde_json::{Value, json};

use super::server::{Fault, Web};
use super::{gzip, kept};
use crate::registry::sha256;
use crate::support;

/// Where the index is.
const INDEX: &str = "/db/models.json";

/// A student's three files: what the registry calls them, and their names and contents.
type Student = Vec<(&'static str, String, Vec<u8>)>;

fn student(id: &'static str) -> &'static Student {
    static STUDENTS: [OnceLock<Student>; 2] = [OnceLock::new(), OnceLock::new()];
    let which = usize::from(id == "student-pt-en");
    STUDENTS[which].get_or_init(|| {
        let folder = support::model(id).parent().unwrap().to_owned();
        let paths = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let called = |name: &str| match name {
            _ if name.starts_with("model.") => Some("model"),
            _ if name.starts_with("vocab.") => Some("vocab"),
            _ if name.starts_with("lex.") => Some("lexicalShortlist"),
            _ => None,
        };
        let file = |path: PathBuf| {
            let name = path.file_name()?.to_str()?.to_owned();
            Some((called(&name)?, name.clone(), std::fs::read(&path).ok()?))
        };
        paths.filter_map(file).collect()
    })
}

/// A registry and an empty home.
pub struct Setting {
    pub web: Web,
    pub home: tempfile::TempDir,
}

impl Setting {
    /// With both students in the registry.
    pub fn new() -> Self {
        let setting = Self {
            web: Web::start(),
            home: tempfile::tempdir().unwrap(),
        };
        setting.publish(&index());
        for (pair, id) in PAIRS {
            for (_, name, data) in student(id) {
                setting
                    .web
                    .put(&format!("/{}", path(pair, name)), gzip(data));
            }
        }
        setting
    }

    fn publish(&self, index: &Value) {
        self.web.put(INDEX, index.to_string());
    }

    pub fn store(&self) -> PathBuf {
        self.home.path().join("store")
    }

    pub fn kept(&self) -> Vec<String> {
        kept(&self.store())
    }

    fn command(&self) -> assert_cmd::Command {
        let mut command = support::traghetto(self.home.path());
        command
            .env("TRAGHETTO_STORE", self.store())
            .env("TRAGHETTO_REGISTRY", &self.web.address)
            .env("PIP_NO_INDEX", "1");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    pub fn translate(&self, extra: &[&str]) -> Output {
        let mut command = self.command();
        command.args(["translate", "--from", "en", "--to", "pt", "--no-memory"]);
        command
            .args(extra)
            .write_stdin("The cat sleeps.")
            .output()
            .unwrap()
    }

    /// The index is asked for again, as if a day had gone by.
    fn next_day(&self) {
        let path = self.store().join("registries/firefox.kept.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut kept: Value = serde_json::from_str(&text).unwrap();
        kept["checked"] = json!(kept["checked"].as_u64().unwrap() - 25 * 60 * 60);
        std::fs::write(path, kept.to_string()).unwrap();
    }

    /// The answers to GETs of the index since the last look at the requests.
    fn asked(&self) -> Vec<u16> {
        let requests = self.web.requests().into_iter();
        let asked = requests.filter(|request| request.method == "GET" && request.path == INDEX);
        asked.map(|request| request.status).collect()
    }
}

const PAIRS: [(&str, &str); 2] = [("en-pt", "student-en-pt"), ("pt-en", "student-pt-en")];

fn path(pair: &str, name: &str) -> String {
    format!("models/{pair}/run_one/exported/{name}.gz")
}

/// What Mozilla would say of these students.
fn index() -> Value {
    let mut models = json!({});
    for (pair, id) in PAIRS {
        let (from, to) = pair.split_once('-').unwrap();
        let mut files = json!({});
        for (called, name, data) in student(id) {
            files[called] = json!({ "path": path(pair, name) });
            if *called == "model" {
                files[called]["uncompressedSize"] = json!(data.len());
                files[called]["uncompressedHash"] = json!(sha256(data));
            }
        }
        models[pair] = json!([{
            "architecture": "tiny", "releaseStatus": "Release", "sourceLanguage": from, "targetLanguage": to,
            "files": files, "modelStatistics": { "parameters": 17_000_000 },
            "metrics": { "flores200-plus": { "chrf": 70.1, "bleu": 49.4, "comet22": 0.88 } },
        }]);
    }
    json!({ "generated": "2026-11-20T00:00:00Z", "baseUrl": "https://nowhere.invalid", "models": models })
}

pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", errors(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn an_empty_store_becomes_a_translation() {
    let setting = Setting::new();
    let started = Instant::now();
    let output = setting.translate(&[]);
    println!(
        "from an empty store to a translation: {:?}",
        started.elapsed()
    );
    assert_eq!(text(&output).trim(), "O gato dorme.");
    let said = errors(&output);
    assert!(said.contains("en → pt by firefox-en-pt"), "{said}");
    let names = [
        "installed.json",
        "lex.50.50.enpt.s2t.bin",
        "model.enpt.intgemm.alphas.bin",
        "vocab.enpt.spm",
    ];
    assert_eq!(setting.kept(), names);
    assert_eq!(setting.asked(), [200]);
    // Neither the registry nor its files are asked for again.
    assert_eq!(text(&setting.translate(&[])).trim(), "O gato dorme.");
    assert!(setting.web.requests().is_empty());
    // The next day it is asked whether something is new; a registry that is away then changes nothing.
    setting.next_day();
    text(&setting.translate(&[]));
    let asked = setting.web.requests();
    assert_eq!(asked.last().unwrap().status, 304);
    setting.next_day();
    setting.web.always(INDEX, Fault::Status(404));
    let output = setting.translate(&[]);
    assert!(
        errors(&output).contains("what it said before counts"),
        "{}",
        errors(&output)
    );
    text(&output);
    // The store is whole by its own account, also for what nobody published a hash of.
    text(&setting.run(&["models", "verify"]));
    let vocabulary = setting.store().join("models/firefox-en-pt/vocab.enpt.spm");
    std::fs::write(vocabulary, "other").unwrap();
    assert_eq!(setting.run(&["models", "verify"]).status.code(), Some(1));
}

#[test]
fn offline_what_was_read_before_counts() {
    let setting = Setting::new();
    let offline = |arguments: &[&str]| setting.run(&[&["--offline"], arguments].concat());
    let output = offline(&["models", "list", "--source", "firefox"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("the registry of firefox was never read here"));
    let output = offline(&["models", "pull", "firefox-en-pt"]);
    assert!(
        errors(&output).contains("firefox-en-pt is not known here"),
        "{}",
        errors(&output)
    );
    assert!(setting.web.requests().is_empty());

    let listed = text(&setting.run(&["models", "list", "--source", "firefox"]));
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains("firefox-pt-en"), "{listed}");
    setting.web.requests();
    setting.next_day();
    assert_eq!(
        text(&offline(&["models", "list", "--source", "firefox"])),
        listed
    );
    let output = offline(&["models", "pull", "firefox-en-pt"]);
    assert!(
        errors(&output).contains("nothing may be fetched offline"),
        "{}",
        errors(&output)
    );
    assert!(setting.web.requests().is_empty());
    // With the model here no registry is needed, nor one that still lists it.
    text(&setting.run(&["models", "pull", "firefox-en-pt"]));
    std::fs::remove_dir_all(setting.store().join("registries")).unwrap();
    assert_eq!(
        text(&setting.translate(&["--offline"])).trim(),
        "O gato dorme."
    );
}

#[test]
fn what_the_registry_says_now_does_not_change_what_is_here() {
    let setting = Setting::new();
    text(&setting.translate(&[]));
    let mut newer = index();
    newer["models"]["en-pt"][0]["files"]["model"]["uncompressedHash"] = json!("ab".repeat(32));
    setting.publish(&newer);
    setting.next_day();
    setting.web.requests();
    assert_eq!(text(&setting.translate(&[])).trim(), "O gato dorme.");
    assert_eq!(setting.asked(), [200]);
    assert_eq!(
        text(&setting.translate(&["--offline"])).trim(),
        "O gato dorme."
    );
    let info = text(&setting.run(&["models", "info", "firefox-en-pt"]));
    assert!(
        info.contains("the registry has another version (BLEU 49.4)"),
        "{info}"
    );
    // Taken anew on demand: removed, and fetched as the registry has it now.
    text(&setting.run(&["models", "rm", "firefox-en-pt"]));
    let output = setting.run(&["models", "pull", "firefox-en-pt"]);
    assert!(
        errors(&output).contains("came damaged: its sha256"),
        "{}",
        errors(&output)
    );
    assert!(setting.kept().is_empty(), "{:?}", setting.kept());
}

#[test]
fn what_is_wrong_with_a_file_is_told_and_nothing_of_it_is_kept() {
    let (_, model, weights) = &student("student-en-pt")
        .iter()
        .find(|file| file.0 == "model")
        .unwrap();
    let address = format!("/{}", path("en-pt", model));
    let packed = gzip(weights);
    type Spoil<'a> = &'a dyn Fn(&Setting);
    let cases: [(&str, Spoil<'_>); 6] = [
        ("its sha256 is", &|setting| {
            setting.web.put(&address, gzip(&vec![7; weights.len()]))
        }),
        ("it has 9 bytes, not", &|setting| {
            setting.web.put(&address, gzip(b"some text"))
        }),
        ("came damaged: its gzip stream", &|setting| {
            setting.web.put(&address, &packed[..packed.len() - 4_000]);
        }),
        ("is not there any more (HTTP 404)", &|setting| {
            setting.web.remove(&address)
        }),
        ("answers with a web page", &|setting| {
            setting.web.always(&address, Fault::LoginPage)
        }),
        ("the registry gives no sha256 for its weights", &|setting| {
            let mut index = index();
            index["models"]["en-pt"][0]["files"]["model"]["uncompressedHash"] = json!(null);
            setting.publish(&index);
        }),
    ];
    for (why, spoil) in cases {
        let setting = Setting::new();
        spoil(&setting);
        let output = setting.run(&["models", "pull", "firefox-en-pt"]);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(why) && said.contains("hint:"),
            "{why}: {said}"
        );
        assert!(setting.kept().is_empty(), "{why}: {:?}", setting.kept());
        // Whatever is wrong with it, it is known for the next time, when the index is asked for anew.
        if why.contains("404") {
            setting.web.requests();
            setting.run(&["models", "pull", "firefox-en-pt"]);
            assert_eq!(setting.asked(), [304]);
        }
    }
}

#[test]
fn a_cut_connection_and_a_server_without_ranges() {
    for no_ranges in [false, true] {
        let setting = Setting::new();
        setting.web.fail(".bin.gz", [Fault::DropAfter(5_000_000)]);
        if no_ranges {
            setting.web.always(".gz", Fault::NoRanges);
        }
        assert_eq!(text(&setting.translate(&[])).trim(), "O gato dorme.");
        let requests = setting.web.requests().into_iter();
        let ranges = requests.filter_map(|request| request.range);
        assert_eq!(ranges.collect::<Vec<_>>(), ["bytes=5000000-"]);
    }
}

#[test]
fn a_registry_that_changed_its_form_is_told_and_takes_no_ones_place() {
    let mut lacking = index();
    for pair in ["en-pt", "pt-en"] {
        lacking["models"][pair][0]
            .as_object_mut()
            .unwrap()
            .remove("files");
    }
    let spoilt = [
        (
            "none of its 2 entries has the form expected",
            lacking.to_string(),
        ),
        (
            "missing field `models`",
            json!({ "baseUrl": "https://a.invalid", "pairs": [] }).to_string(),
        ),
        (
            "can't be read",
            "<!DOCTYPE html><title>Log in</title>".to_owned(),
        ),
        ("can't be read", String::new()),
    ];
    for (why, answer) in spoilt {
        let setting = Setting::new();
        text(&setting.run(&["models", "list"]));
        setting.web.put(INDEX, answer.clone());
        setting.next_day();
        let output = setting.run(&["models", "list", "--source", "firefox"]);
        assert!(errors(&output).contains(why), "{}", errors(&output));
        assert!(text(&output).contains("firefox-en-pt"));
        // Without an earlier index there is nothing to go by.
        std::fs::remove_dir_all(setting.store()).unwrap();
        let output = setting.run(&["models", "pull", "firefox-en-pt"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).contains(why), "{}", errors(&output));
        assert!(!setting.store().join("registries/firefox.json").exists());
    }
    let setting = Setting::new();
    setting.web.always(INDEX, Fault::LoginPage);
    let output = setting.run(&["models", "list", "--source", "firefox"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors(&output).contains("answers with a web page"),
        "{}",
        errors(&output)
    );
    // One entry that lost a field is left out, and said.
    let setting = Setting::new();
    let mut one = index();
    one["models"]["pt-en"][0]
        .as_object_mut()
        .unwrap()
        .remove("architecture");
    setting.publish(&one);
    let output = setting.run(&["models", "list", "--source", "firefox"]);
    assert!(
        errors(&output).contains("1 entries of another form"),
        "{}",
        errors(&output)
    );
    assert_eq!(text(&output).lines().count(), 2);
}

#[test]
fn two_vocabularies_are_both_fetched_and_read() {
    let setting = Setting::new();
    let mut index = index();
    let files = &mut index["models"]["en-pt"][0]["files"];
    let (_, _, vocabulary) = student("student-en-pt")
        .iter()
        .find(|file| file.0 == "vocab")
        .unwrap();
    files.as_object_mut().unwrap().remove("vocab");
    for (called, name) in [
        ("srcVocab", "srcvocab.enpt.spm"),
        ("trgVocab", "trgvocab.enpt.spm"),
    ] {
        files[called] = json!({ "path": path("en-pt", name) });
        setting
            .web
            .put(&format!("/{}", path("en-pt", name)), gzip(vocabulary));
    }
    setting.publish(&index);
    assert_eq!(text(&setting.translate(&[])).trim(), "O gato dorme.");
    assert!(setting.kept().contains(&"trgvocab.enpt.spm".to_owned()));
}

#[test]
fn a_folder_of_the_users_counts_as_its_model() {
    let setting = Setting::new();
    let folder = setting
        .home
        .path()
        .join("config/traghetto/models/firefox-en-pt");
    std::fs::create_dir_all(&folder).unwrap();
    for (_, name, data) in student("student-en-pt") {
        std::fs::write(folder.join(name), data).unwrap();
    }
    let output = setting.translate(&["--offline"]);
    assert_eq!(text(&output).trim(), "O gato dorme.");
    assert!(
        errors(&output).contains("by firefox-en-pt"),
        "{}",
        errors(&output)
    );
    assert!(setting.web.requests().is_empty());
    assert!(!Path::new(&setting.store()).join("models").exists());
}
