//! Whole processes against the Hub of the tests: killed, two at once, without disk room; their memory and their speed.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use traghetto::registry::{Manifest, ModelFile, Source};

use super::server::{Access, Fault, Hub};
use crate::registry::{noise, sha256, tiny_gguf};
use crate::support;

/// As large as SmolLM2-135M in Q4_1.
const SIZE: usize = 98_362_432;

/// A Hub with a large file and an empty home.
struct Setting {
    hub: Hub,
    home: tempfile::TempDir,
    weights: Vec<u8>,
}

impl Setting {
    fn new() -> Self {
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
        }
    }

    /// A command with this Hub and this home.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("HF_HOME", self.home.path().join("hf"))
            .env("HF_ENDPOINT", &self.hub.endpoint)
            .env("TRAGHETTO_STORE", self.home.path().join("store"))
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

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn killed_at_twenty_moments_the_next_run_succeeds() {
    let setting = Setting::new();
    setting.hub.always(Some(Fault::Slow(40_000_000)));
    let mut seed = 1u64;
    let mut longest = 0;
    for turn in 0..20 {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = seed >> 33;
        let mut child = setting.pull("owner/large");
        // Half of the moments are anywhere, also before the first byte; half are when more has come than ever, which
        // a busy machine may not reach in any fixed time.
        if turn % 2 == 0 {
            std::thread::sleep(Duration::from_millis(5 + random % 200));
        } else {
            let wanted = longest + random % 3_000_000;
            let length = || {
                setting
                    .blobs()
                    .first()
                    .map_or(0, |path| path.metadata().map_or(0, |meta| meta.len()))
            };
            let began = Instant::now();
            while length() <= wanted && began.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        // On Unix this is SIGKILL: nothing can be tidied up.
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!output.status.success(), "it ended before it was killed");
        for path in setting.blobs() {
            assert!(
                path.to_string_lossy().ends_with(".incomplete"),
                "{} is taken for whole",
                path.display()
            );
            let length = path.metadata().unwrap().len();
            assert!(length >= longest, "what had come was lost");
            longest = length;
        }
    }
    assert!(longest > 0, "no run came as far as the download");
    setting.hub.always(None);
    setting.hub.requests();
    setting.pull_well();
    let contents = setting
        .hub
        .requests()
        .into_iter()
        .filter(|request| request.host == "lfs");
    let resumed = contents.filter_map(|request| request.range);
    let resumed: Vec<String> = resumed.filter(|range| range.ends_with('-')).collect();
    assert_eq!(
        resumed,
        [format!("bytes={longest}-")],
        "it goes on where the last one was killed"
    );
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
    let whole = setting.hub.requests().into_iter();
    let whole = whole.filter(|r| r.host == "lfs" && r.method == "GET" && r.range.is_none());
    assert_eq!(whole.count(), 1);
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

/// Peak resident memory of a process in MiB, watched while it runs.
#[cfg(target_os = "linux")]
fn peak_mib(mut child: Child) -> f64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0f64;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return peak;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat_while_a_large_file_comes() {
    let setting = Setting::new();
    let small = peak_mib(setting.pull("owner/small"));
    let large = peak_mib(setting.pull("owner/large"));
    println!("peak MiB: small {small:.1}, large {large:.1}");
    assert!(
        small > 0.0 && large < small + 50.0,
        "peak MiB: small {small:.1}, large {large:.1}"
    );
}

/// Against curl, which neither hashes nor resumes nor keeps a cache. The best of several each, in turns; a busy machine
/// gets more turns.
#[test]
fn the_speed_on_loopback_is_near_curls() {
    let setting = Setting::new();
    let url = format!(
        "{}/owner/large/resolve/main/large-Q8_0.gguf",
        setting.hub.endpoint
    );
    let rate = |time: Duration| SIZE as f64 / 1e6 / time.as_secs_f64();
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for turn in 0..15 {
        let began = Instant::now();
        let mut curl = setting.command("curl");
        let status = curl
            .args(["-sSL", "-o"])
            .arg(setting.home.path().join("curl.bin"))
            .arg(&url)
            .status()
            .unwrap();
        assert!(status.success());
        theirs = theirs.min(began.elapsed());
        std::fs::remove_dir_all(setting.home.path().join("hf")).ok();
        std::fs::remove_dir_all(setting.home.path().join("store")).ok();
        let began = Instant::now();
        let output = setting.pull("owner/large").wait_with_output().unwrap();
        ours = ours.min(began.elapsed());
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(setting.blobs().len(), 1);
        if turn >= 4 && rate(ours) >= 0.8 * rate(theirs) {
            break;
        }
    }
    println!("MB/s: ours {:.0}, curl {:.0}", rate(ours), rate(theirs));
    assert!(
        rate(ours) >= 0.8 * rate(theirs),
        "MB/s: ours {:.0}, curl {:.0}",
        rate(ours),
        rate(theirs)
    );
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
    let manifests = setting.home.path().join("config/traghetto/models");
    std::fs::create_dir_all(&manifests).unwrap();
    std::fs::write(
        manifests.join("student.toml"),
        toml::to_string(&student).unwrap(),
    )
    .unwrap();

    let article = setting.home.path().join("artigo.pt.md");
    std::fs::write(
        &article,
        "# O rio\n\nA água do rio é fria. O barco chega às nove horas.\n",
    )
    .unwrap();
    let out = setting.home.path().join("out");
    let run = |extra: &[&str]| {
        let mut command = setting.command(env!("CARGO_BIN_EXE_traghetto"));
        command
            .env("XDG_CONFIG_HOME", setting.home.path().join("config"))
            .arg("run")
            .arg(&article);
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
