//! The memory as a user meets it, on a small real model: what was made once isn't made again, and an interrupted run
//! goes on where it was.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use traghetto::memory::{DEFAULT_LIMIT, Memory};

use crate::support::{model, process, traghetto};

const ARTICLE: &str = "The harbour\n\nThe old harbour lies below the town. Ships came here for salt and grain. \
    In 1874 the sea wall was built.\n\nToday 12 fishing boats are left. The mayor wants to open a museum. \
    She asked the ministry for 3,000 euros. Nobody has answered yet.\n\nOn Sunday the church bells rang. \
    The children ran down to the water. A stranger stood on the pier. He was looking for his brother.\n\n\
    The brother had left long ago. He sails between Genoa and Tunis. Every spring he sends a letter. \
    The letters smell of oranges. The postman brings them on a bicycle.\n";

struct Job {
    home: tempfile::TempDir,
    article: PathBuf,
    model: PathBuf,
}

/// What a run left behind.
struct Outcome {
    text: String,
    report: Value,
    stderr: String,
}

impl Job {
    fn new(text: &str) -> Self {
        let model = model("smollm2-135m");
        let home = tempfile::tempdir().unwrap();
        let article = home.path().join("harbour.txt");
        fs::write(&article, text).unwrap();
        Self {
            home,
            article,
            model,
        }
    }

    fn memory(&self) -> PathBuf {
        self.home.path().join("memory.redb")
    }

    fn command(&self, out: &str, more: &[&str]) -> std::process::Command {
        let mut command = process(self.home.path());
        command
            .arg("run")
            .arg(&self.article)
            .args([
                "--from",
                "en",
                "--to",
                "fr",
                "--no-summary",
                // Another test may fetch e5 meanwhile, and its answers are remembered too.
                "--meaning",
                "off",
                "--threads",
                "2",
            ])
            .arg("--model")
            .arg(&self.model)
            .arg("--out")
            .arg(self.home.path().join(out))
            .args(more);
        command
    }

    fn run(&self, out: &str, more: &[&str]) -> Outcome {
        let output = self.command(out, more).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        self.outcome(out, stderr)
    }

    fn outcome(&self, out: &str, stderr: String) -> Outcome {
        let read = |name: &str| fs::read_to_string(self.home.path().join(out).join(name)).unwrap();
        Outcome {
            text: read("harbour.fr.txt"),
            report: serde_json::from_str(&read("harbour.json")).unwrap(),
            stderr,
        }
    }
}

impl Outcome {
    fn segments(&self) -> &[Value] {
        self.report["translations"][0]["segments"]
            .as_array()
            .unwrap()
    }

    /// The source of each segment that this run translated itself.
    fn fresh(&self) -> Vec<&str> {
        self.segments()
            .iter()
            .filter(|segment| segment["from_memory"] == false)
            .map(|segment| segment["source"].as_str().unwrap())
            .collect()
    }

    /// The segments without the word where they came from.
    fn content(&self) -> Vec<Value> {
        let mut segments = self.segments().to_vec();
        for segment in &mut segments {
            segment.as_object_mut().unwrap().remove("from_memory");
        }
        segments
    }
}

fn entries(path: &Path) -> u64 {
    let memory = Memory::open(path, DEFAULT_LIMIT).unwrap();
    memory.stats().unwrap().entries
}

#[test]
fn only_what_changed_is_translated_again() {
    let job = Job::new(ARTICLE);
    let first = job.run("first", &[]);
    let segments = first.segments().len();
    assert_eq!(first.fresh().len(), segments);
    assert!(first.report["models"][0]["load_s"].is_number());

    let again = job.run("again", &[]);
    assert_eq!(again.text, first.text);
    assert_eq!(again.content(), first.content());
    assert!(again.fresh().is_empty(), "{:?}", again.fresh());
    let used = &again.report["models"][0];
    assert!(used["load_s"].is_null(), "no model is loaded: {used}");
    assert_eq!(
        used["files"], first.report["models"][0]["files"],
        "provenance stays"
    );
    let step = &again.report["steps"][0];
    assert_eq!(step["from_memory"], segments);
    assert_eq!(step["tokens_out"], 0);
    assert!(again.stderr.contains("from memory"), "{}", again.stderr);

    let edited = ARTICLE.replace(
        "Today 12 fishing boats are left.",
        "Today 9 boats are left.",
    );
    fs::write(&job.article, edited).unwrap();
    let edited = job.run("edited", &[]);
    // The edited sentence, and those behind it whose prompts show it as what comes before.
    let fresh = edited.fresh();
    assert_eq!(fresh[0], "Today 9 boats are left.");
    let sources = edited.segments().iter().map(|segment| &segment["source"]);
    let behind: Vec<&Value> = sources.skip_while(|source| *source != fresh[0]).collect();
    assert_eq!(fresh, behind[..fresh.len()]);
    let shown: usize = fresh[..fresh.len() - 1].iter().map(|text| text.len()).sum();
    assert!(shown <= 200, "{fresh:?}");

    // Other parameters make another translation, and so may other words that translations are checked by.
    let warm = job.run("warm", &["--temperature", "0.3"]);
    assert_eq!(warm.fresh().len(), segments);
    let words = job.home.path().join("config/traghetto/languages/pairs");
    fs::create_dir_all(&words).unwrap();
    fs::write(words.join("en-fr.tsv"), "never\tquay\tquoi\tquai\ta test\n").unwrap();
    assert_eq!(job.run("taught", &[]).fresh().len(), segments);
    assert!(job.run("taught", &[]).fresh().is_empty());
}

#[test]
fn a_sentence_that_stands_twice_is_translated_once() {
    model("student-en-pt");
    let home = tempfile::tempdir().unwrap();
    let translated = |text: &str| -> Value {
        let file = home.path().join("text.txt");
        fs::write(&file, text).unwrap();
        let output = process(home.path())
            .args(["translate", "--from", "en", "--to", "pt", "--no-memory"])
            .args(["--meaning", "off", "--json"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let once = translated("The ship is late.\n\nIt rains.\n");
    let twice =
        translated("The ship is late.\n\nIt rains.\n\nThe ship is late.\n\nThe ship is late.\n");
    let texts = |report: &Value| -> Vec<Value> {
        let segments = report["translations"][0]["segments"].as_array().unwrap();
        segments.iter().map(|one| one["text"].clone()).collect()
    };
    let (texts, all) = (texts(&once), texts(&twice));
    assert_eq!(
        all,
        [&texts[0], &texts[1], &texts[0], &texts[0]].map(Value::clone)
    );
    assert_eq!(
        twice["steps"][0]["tokens_out"],
        once["steps"][0]["tokens_out"]
    );
}

#[test]
fn without_memory_nothing_is_used_or_kept() {
    let job = Job::new("The ship is late. It will come tomorrow.\n");
    let first = job.run("first", &["--no-memory"]);
    assert!(!job.memory().exists());
    job.run("kept", &[]);
    let kept = entries(&job.memory());
    assert_eq!(kept, first.segments().len() as u64);
    let last = job.run("last", &["--no-memory"]);
    assert_eq!(last.fresh().len(), last.segments().len());
    assert_eq!(entries(&job.memory()), kept);
    assert_eq!(last.text, first.text);
}

/// Waits until the memory holds `least` entries; fails if the run ends before.
fn wait_for(child: &mut Child, memory: &Path, least: u64) -> u64 {
    let started = Instant::now();
    loop {
        if memory.exists() {
            let found = entries(memory);
            if found >= least {
                return found;
            }
        }
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run ended before it could be killed"
        );
        assert!(started.elapsed() < Duration::from_secs(300), "it hangs");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let whole = Job::new(ARTICLE).run("out", &[]);
    let segments = whole.segments().len() as u64;
    for least in [0, 1, segments / 2] {
        let job = Job::new(ARTICLE);
        let mut child = job
            .command("out", &[])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let found = wait_for(&mut child, &job.memory(), least);
        // SIGKILL: nothing is tidied up.
        child.kill().unwrap();
        child.wait().unwrap();
        let left = fs::read_dir(job.home.path().join("out"));
        for entry in left.into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name.ends_with(".part"), "{name} is visible, but not whole");
        }
        let resumed = job.run("out", &[]);
        assert_eq!(resumed.text, whole.text, "killed at {found}");
        assert_eq!(resumed.content(), whole.content(), "killed at {found}");
        let recalled = segments - resumed.fresh().len() as u64;
        assert!(recalled >= found, "{recalled} of {found} were remembered");
    }
}

#[test]
fn two_runs_at_once_share_a_memory() {
    let job = Job::new(ARTICLE);
    let mut children: Vec<Child> = ["a", "b"]
        .map(|out| {
            job.command(out, &[])
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .into();
    for child in children.drain(..) {
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        assert!(!stderr.contains("memory.redb can't be used"), "{stderr}");
    }
    let (a, b) = (
        job.outcome("a", String::new()),
        job.outcome("b", String::new()),
    );
    assert_eq!(a.text, b.text);
    assert_eq!(a.content(), b.content());
    assert!(job.run("c", &[]).fresh().is_empty());
}

#[test]
fn a_damaged_memory_costs_a_warning_and_is_kept() {
    let job = Job::new("The ship is late.\n");
    const DAMAGED: &[u8] = b"redb, this was a database once";
    fs::write(job.memory(), DAMAGED).unwrap();
    let outcome = job.run("out", &[]);
    assert!(outcome.stderr.contains("is damaged"), "{}", outcome.stderr);
    let aside = job.home.path().join("memory.redb.damaged-1");
    assert!(
        outcome.stderr.contains(&aside.display().to_string()),
        "{}",
        outcome.stderr
    );
    assert_eq!(fs::read(aside).unwrap(), DAMAGED);
    assert_eq!(entries(&job.memory()), 1);

    // Somebody else's file is left where it is.
    fs::write(job.memory(), "Notes of mine.\n").unwrap();
    let outcome = job.run("third", &[]);
    assert!(
        outcome.stderr.contains("is no memory"),
        "{}",
        outcome.stderr
    );
    assert_eq!(fs::read(job.memory()).unwrap(), b"Notes of mine.\n");

    // A memory that can't be opened at all is no reason to fail.
    fs::remove_file(job.memory()).unwrap();
    fs::create_dir(job.memory()).unwrap();
    let outcome = job.run("other", &[]);
    assert!(
        outcome.stderr.contains("going on without it"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_memory_can_be_looked_at_exported_and_cleared() {
    let job = Job::new("The ship is late. It will come tomorrow.\n");
    let made = job.run("out", &[]);
    let memory = |args: &[&str]| {
        let output = traghetto(job.home.path())
            .arg("memory")
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let stats: Value = serde_json::from_str(&memory(&["stats", "--json"])).unwrap();
    assert_eq!(stats["entries"], made.segments().len());
    assert!(memory(&["stats"]).contains("memory.redb"));
    let exported = memory(&["export", "--json"]);
    let lines: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), made.segments().len());
    assert_eq!(lines[0]["from"], "en");
    assert_eq!(lines[0]["to"], "fr");
    for line in &lines {
        let known = made
            .segments()
            .iter()
            .any(|segment| segment["source"] == line["source"] && segment["text"] == line["text"]);
        assert!(known, "{line}");
    }
    assert!(memory(&["export"]).contains("<tmx version=\"1.4\">"));
    memory(&["clear"]);
    assert_eq!(memory(&["export", "--json"]), "");
    assert_eq!(job.run("out", &[]).fresh().len(), made.segments().len());
}

/// A job by way of English with a summary: the first leg and the summary by a small language model that a manifest of
/// the user's offers for Icelandic, which nothing else here reads, the second leg by a student.
fn through_english() -> Job {
    model("student-en-pt");
    let job = Job::new(ARTICLE);
    let manifest = |id: &str, score: u32, source: &str| {
        let weights = job.model.file_name().unwrap().to_str().unwrap();
        format!(
            "id = \"{id}\"\ntitle = \"{id}\"\ntasks = [\"translate\", \"summarize\"]\nlanguages = [\"en\"]\n\
             pairs = [[\"is\", \"en\"]]\narchitecture = \"llama\"\nformat = \"gguf\"\ncontext = 8192\nsize = 1\n\
             [licence]\nid = \"Apache-2.0\"\ncommercial = true\n\
             [quality.translate]\nscore = {score}\nbasis = \"a test\"\n\
             [quality.summarize]\nscore = {score}\nbasis = \"a test\"\n\
             [[files]]\nname = \"{weights}\"\nrole = \"weights\"\n[[sources]]\n{source}\n"
        )
    };
    let folder = job.model.parent().unwrap().display();
    let here = manifest(
        "here",
        98,
        &format!("kind = \"folder\"\npath = \"{folder}\""),
    );
    let better = manifest(
        "better",
        99,
        "kind = \"hub\"\nrepo = \"no/where\"\nrevision = \"main\"",
    );
    let models = job.home.path().join("config/traghetto/models");
    fs::create_dir_all(&models).unwrap();
    fs::write(models.join("here.toml"), here).unwrap();
    fs::write(models.join("better.toml"), better).unwrap();
    job
}

impl Job {
    fn through_english(&self, out: &str) -> std::process::Command {
        let mut command = process(self.home.path());
        command
            .arg("run")
            .arg(&self.article)
            .args(["--from", "is", "--to", "pt", "--summary-lang", "en"])
            .args(["--length", "1", "--threads", "2", "--repair", "off"])
            .arg("--out")
            .arg(self.home.path().join(out));
        command
    }

    /// What came of [`Job::through_english`]: the texts without what tells one run from another, and the report.
    fn came_of(&self, command: &mut std::process::Command, out: &str) -> ([String; 2], Value) {
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        let read = |name: &str| fs::read_to_string(self.home.path().join(out).join(name)).unwrap();
        let texts = [read("harbour.pt.txt"), read("harbour.en.summary.txt")];
        (texts, serde_json::from_str(&read("harbour.json")).unwrap())
    }
}

#[test]
fn a_killed_run_through_a_pivot_with_a_summary_goes_on_where_it_was() {
    let whole = through_english();
    let (texts, report) = whole.came_of(&mut whole.through_english("out"), "out");
    let segments = report["translations"][0]["segments"]
        .as_array()
        .unwrap()
        .len() as u64;
    assert_eq!(report["steps"].as_array().unwrap().len(), 3, "{report}");
    // In the first leg, and when both legs are done: in the summary.
    for least in [1, segments / 2, 2 * segments] {
        let job = through_english();
        let mut child = job
            .through_english("out")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let found = wait_for(&mut child, &job.memory(), least);
        child.kill().unwrap();
        child.wait().unwrap();
        let (resumed, report) = job.came_of(&mut job.through_english("out"), "out");
        assert_eq!(resumed, texts, "killed at {found}");
        let recalled = |step: usize| report["steps"][step]["from_memory"].as_u64().unwrap();
        assert!(recalled(0) >= found.min(segments), "{report}");
        if found >= 2 * segments {
            assert_eq!((recalled(0), recalled(1)), (segments, segments));
        }
    }
}

#[test]
fn what_was_made_on_the_way_is_reviewed_when_it_is_wanted() {
    let english = |to: &str| {
        let job = through_english();
        let out = job.home.path().join("out");
        let mut command = process(job.home.path());
        command.arg("run").arg(&job.article);
        command.args(["--from", "is", "--to", to, "--no-summary"]);
        command.args(["--threads", "2", "--repair", "off", "--out"]);
        let output = command.arg(&out).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let report = fs::read_to_string(out.join("harbour.json")).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        let translations = report["translations"].as_array().unwrap();
        let english = translations
            .iter()
            .find(|one| one["language"] == "en")
            .unwrap();
        english["segments"].clone()
    };
    let first = english("en,pt");
    assert!(first[0]["risk"]["probability"].is_number(), "{first}");
    assert_eq!(english("pt,en"), first);
}

#[test]
fn what_is_remembered_needs_no_hub() {
    let job = through_english();
    let (texts, first) = job.came_of(&mut job.through_english("first"), "first");
    // A Hub that takes calls and never answers: asking it would cost seconds.
    let hub = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = job.through_english("again");
    command.env(
        "HF_ENDPOINT",
        format!("http://{}", hub.local_addr().unwrap()),
    );
    let (again, report) = job.came_of(&mut command, "again");
    assert_eq!(again, texts);
    hub.set_nonblocking(true).unwrap();
    assert!(hub.accept().is_err(), "the Hub was asked");
    for step in report["steps"].as_array().unwrap() {
        assert_eq!(step["tokens_out"], 0, "{step}");
    }
    assert!(
        report["models"]
            .as_array()
            .unwrap()
            .iter()
            .all(|used| used["load_s"].is_null())
    );
    // That a better model can't be had is said as before.
    assert_eq!(report["warnings"], first["warnings"]);

    // What is new is looked for.
    fs::write(&job.article, "A new sentence about the harbour.\n").unwrap();
    let mut command = job.through_english("new");
    command.env(
        "HF_ENDPOINT",
        format!("http://{}", hub.local_addr().unwrap()),
    );
    assert!(command.status().unwrap().success());
    assert!(hub.accept().is_ok(), "the Hub wasn't asked");
}
