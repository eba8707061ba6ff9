//! Python's `huggingface_hub` and Traghetto share one cache: what either downloaded, the other finds.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use traghetto::registry::*;

use super::server::{Access, Hub};
use crate::registry::{noise, tiny_gguf};

/// A Python with `huggingface_hub` in a virtual environment, made by the first test run and kept beside the build.
fn python() -> PathBuf {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("huggingface_hub-2.4");
    let python = venv.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let whole = venv.join("whole");
    if !whole.exists() {
        let run = |command: &mut Command| {
            let output = command.output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv));
        run(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "huggingface_hub==2.4.*",
        ]));
        std::fs::write(whole, "").unwrap();
    }
    python
}

/// Runs a line of Python against a Hub with a home folder and gives what it printed.
fn run(hub: &Hub, home: &Path, offline: bool, code: &str) -> String {
    let output = Command::new(python())
        .args(["-c", &format!("import huggingface_hub as h\nprint({code})")])
        .env("HF_ENDPOINT", &hub.endpoint)
        .env("HF_HOME", home)
        .env("HF_HUB_OFFLINE", if offline { "1" } else { "0" })
        .env("HF_HUB_DISABLE_XET", "1")
        .env("HF_HUB_DISABLE_TELEMETRY", "1")
        .env_remove("HF_TOKEN")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn options(hub: &Hub, home: &Path, offline: bool) -> FetchOptions {
    let home = home.display().to_string();
    let mut hub = HubOptions::from_vars(|name| match name {
        "HF_HOME" => Some(home.clone()),
        "HF_ENDPOINT" => Some(hub.endpoint.clone()),
        _ => None,
    });
    hub.backoff = Duration::from_millis(10);
    FetchOptions {
        offline,
        hub,
        registry: None,
        pip: PipOptions::default(),
        accept: Vec::new(),
    }
}

#[test]
fn each_finds_what_the_other_downloaded() {
    let hub = Hub::start();
    let files = [
        ("config.json", br#"{"model_type": "marian"}"#.to_vec()),
        ("model.safetensors", noise(200_000, 1)),
        ("source.spm", noise(3_000, 2)),
        ("README.md", b"hello".to_vec()),
    ];
    hub.add("owner/theirs", Access::Open, &files);
    hub.add("owner/ours", Access::Open, &files);
    let gguf = [
        ("q-Q4_K_M.gguf", tiny_gguf("qwen2", 50_000)),
        ("q-Q8_0.gguf", tiny_gguf("qwen2", 60_000)),
    ];
    hub.add("owner/gguf", Access::Open, &gguf);
    let home = tempfile::tempdir().unwrap();
    let (home, catalogue) = (home.path(), Catalogue::load(None).unwrap());
    let store = Store::open(home.join("store"));
    let obtain = |spec: &str, offline| {
        let options = options(&hub, home, offline);
        store.obtain_spec(&catalogue, &spec.parse().unwrap(), &options, &Silent)
    };

    // They download, we load: offline, and online without a request.
    run(&hub, home, false, "h.snapshot_download('owner/theirs')");
    run(
        &hub,
        home,
        false,
        "h.hf_hub_download('owner/gguf', 'q-Q8_0.gguf')",
    );
    hub.requests();
    for offline in [true, false] {
        let installed = obtain("hf:owner/theirs", offline).unwrap();
        assert_eq!(installed.files.len(), 3);
        assert_eq!(
            std::fs::read(installed.path(Role::Weights).unwrap()).unwrap(),
            files[1].1
        );
        let installed = obtain("hf:owner/gguf:q-Q8_0.gguf", offline).unwrap();
        assert_eq!(
            std::fs::read(installed.path(Role::Weights).unwrap()).unwrap(),
            gguf[1].1
        );
    }
    assert!(hub.requests().is_empty());

    // We download, they find: offline, and online without a byte of contents.
    let installed = obtain("hf:owner/ours", false).unwrap();
    hub.requests();
    for file in &installed.files {
        let code = format!(
            "h.hf_hub_download('owner/ours', '{}', local_files_only=True)",
            file.name
        );
        assert_eq!(Path::new(&run(&hub, home, true, &code)), file.path);
        assert!(hub.requests().is_empty());
        let code = format!("h.hf_hub_download('owner/ours', '{}')", file.name);
        assert_eq!(Path::new(&run(&hub, home, false, &code)), file.path);
        assert!(
            hub.requests()
                .iter()
                .all(|request| request.method == "HEAD")
        );
    }
    let scan = run(
        &hub,
        home,
        true,
        "[len(h.scan_cache_dir().repos), len(h.scan_cache_dir().warnings)]",
    );
    assert_eq!(scan, "[3, 0]");
}
