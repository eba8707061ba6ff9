//! The Hub path against a Hub of our own, with and without faults.

mod forms;
mod process;
mod python;
mod refused;
pub mod server;
mod way;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use traghetto::registry::*;
use traghetto::{Error, ErrorKind};

use crate::registry::{Heard, noise, sha256, tiny_gguf};
use server::{Access, Fault, Hub};

const REPO: &str = "owner/model-GGUF";

/// A Hub with one repository in it, and an empty home for its client.
struct Setting {
    hub: Hub,
    home: tempfile::TempDir,
    weights: Vec<u8>,
}

impl Setting {
    fn new() -> Self {
        let setting = Self {
            hub: Hub::start(),
            home: tempfile::tempdir().unwrap(),
            weights: tiny_gguf("qwen3", 300_000),
        };
        let files = [
            ("model-Q4_K_M.gguf", setting.weights.clone()),
            ("model-Q8_0.gguf", tiny_gguf("qwen3", 5_000)),
            ("README.md", b"---\nlicense: mit\n---\n".to_vec()),
        ];
        setting.hub.add(REPO, Access::Open, &files);
        setting
    }

    fn options(&self) -> FetchOptions {
        let home = self.home.path().join("hf").display().to_string();
        let mut hub = HubOptions::from_vars(|name| match name {
            "HF_HOME" => Some(home.clone()),
            "HF_ENDPOINT" => Some(self.hub.endpoint.clone()),
            _ => None,
        });
        hub.backoff = Duration::from_millis(10);
        FetchOptions {
            offline: false,
            hub,
            registry: None,
            pip: PipOptions::default(),
            accept: Vec::new(),
        }
    }

    fn store(&self) -> Store {
        Store::open(self.home.path().join("store"))
    }

    fn obtain(
        &self,
        spec: &str,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Installed, Error> {
        let catalogue = Catalogue::load(None).unwrap();
        self.store()
            .obtain_spec(&catalogue, &spec.parse().unwrap(), options, progress)
    }

    fn blobs(&self) -> Vec<PathBuf> {
        let folder = self
            .home
            .path()
            .join("hf/hub/models--owner--model-GGUF/blobs");
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths
    }

    /// The ranges of the weights that were asked for.
    fn ranges(&self) -> Vec<Option<String>> {
        let contents = self
            .hub
            .requests()
            .into_iter()
            .filter(|r| r.host == "lfs" && r.method == "GET");
        contents
            .map(|r| r.range)
            .filter(|range| range.as_deref() != Some("bytes=0-65535"))
            .collect()
    }
}

#[test]
fn a_repository_is_resolved_fetched_and_found_again_without_a_request() {
    let setting = Setting::new();
    let options = setting.options();
    let heard = Heard::default();
    let installed = setting
        .obtain("hf:owner/model-GGUF", &options, &heard)
        .unwrap();
    let path = installed.path(Role::Weights).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), setting.weights);
    assert!(path.ends_with("model-Q4_K_M.gguf") && path.is_symlink());
    assert_eq!(installed.manifest.architecture, Architecture::Qwen3);
    assert_eq!(installed.manifest.licence.id, "mit");
    assert_eq!(installed.source.kind, SourceKind::Hub);
    assert_eq!(installed.source.revision.as_ref().unwrap().len(), 40);
    assert_eq!(installed.files[0].sha256, sha256(&setting.weights));
    assert_eq!(*heard.bytes.lock().unwrap(), setting.weights.len() as u64);
    // The blob has the name that Python gives it, and only what is needed was taken.
    let names: Vec<_> = setting
        .blobs()
        .into_iter()
        .map(|p| p.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(names, [sha256(&setting.weights).as_str()]);

    setting.hub.requests();
    let mut offline = options.clone();
    offline.offline = true;
    for options in [&options, &offline] {
        let again = setting
            .obtain("hf:owner/model-GGUF", options, &Silent)
            .unwrap();
        assert_eq!(again.files, installed.files);
    }
    // A store that has never seen it finds it too: the cache is what is shared.
    let other = Store::open(setting.home.path().join("other"));
    let catalogue = Catalogue::load(None).unwrap();
    let spec = format!("hf:{REPO}:model-Q4_K_M.gguf").parse().unwrap();
    other
        .obtain_spec(&catalogue, &spec, &offline, &Silent)
        .unwrap();
    assert!(setting.hub.requests().is_empty());
    let error = setting
        .obtain("hf:owner/model-GGUF:model-Q8_0.gguf", &offline, &Silent)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    // Another file and a commit by its hash.
    let commit = installed.source.revision.unwrap();
    setting
        .obtain(
            &format!("hf:{REPO}@{commit}:model-Q8_0.gguf"),
            &options,
            &Silent,
        )
        .unwrap();
}

#[test]
fn safetensors_in_shards_come_with_what_belongs_to_them() {
    let setting = Setting::new();
    let config = br#"{"model_type": "m2m_100", "max_position_embeddings": 1024}"#.to_vec();
    let files = [
        ("config.json", config),
        ("model-00001-of-00002.safetensors", noise(4_000, 1)),
        ("model-00002-of-00002.safetensors", noise(3_000, 2)),
        ("model.safetensors.index.json", b"{}".to_vec()),
        ("pytorch_model.bin", noise(9_000, 3)),
        ("tokenizer.json", noise(2_000, 4)),
        ("deep/er/config.json", b"{}".to_vec()),
    ];
    setting.hub.add("owner/sharded", Access::Open, &files);
    let options = setting.options();
    let installed = setting
        .obtain("hf:owner/sharded", &options, &Silent)
        .unwrap();
    assert_eq!(installed.manifest.architecture, Architecture::M2m100);
    assert_eq!(installed.manifest.context, Some(1024));
    let names: Vec<&str> = installed
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "config.json",
            "tokenizer.json",
            "model.safetensors.index.json"
        ]
    );
    setting.hub.requests();
    setting
        .obtain("hf:owner/sharded", &options, &Silent)
        .unwrap();
    assert!(setting.hub.requests().is_empty());
}

/// Each fault once, and how the download gets over it: what is asked for again, and what is said.
#[test]
fn faults_are_survived() {
    let half = "bytes=150000-";
    let table: &[(Fault, &[Option<&str>], &str)] = &[
        (
            Fault::DropAfter(150_000),
            &[None, Some(half)],
            "closed early",
        ),
        (Fault::DropAfter(0), &[None, None], "closed early"),
        (Fault::HangUp, &[None, None], "going on"),
        (Fault::Status(503, None), &[None, None], "HTTP 503"),
        (Fault::Status(500, None), &[None, None], "HTTP 500"),
        (Fault::Status(429, Some(1)), &[None, None], "HTTP 429"),
        // The contents' host refuses an address whose signature has expired.
        (Fault::Status(403, None), &[None, None], "HTTP 403"),
        (Fault::Slow(6_000_000), &[None], ""),
    ];
    for (fault, asked, said) in table {
        let setting = Setting::new();
        let options = setting.options();
        // The first request for contents reads the header; the fault is for the second.
        setting
            .hub
            .fail([Fault::Slow(usize::MAX / 2), fault.clone()]);
        let heard = Heard::default();
        let began = Instant::now();
        let installed = setting
            .obtain("hf:owner/model-GGUF", &options, &heard)
            .unwrap();
        assert_eq!(
            std::fs::read(installed.path(Role::Weights).unwrap()).unwrap(),
            setting.weights,
            "{fault:?}"
        );
        let asked: Vec<Option<String>> =
            asked.iter().map(|range| range.map(str::to_owned)).collect();
        assert_eq!(setting.ranges(), asked, "{fault:?}");
        assert!(heard.notes().contains(said), "{fault:?}: {}", heard.notes());
        if let Fault::Status(_, Some(seconds)) = fault {
            assert!(began.elapsed().as_secs() >= *seconds, "{fault:?}");
        }
        assert_eq!(
            setting.blobs().len(),
            1,
            "{fault:?} left more than the blob"
        );
    }
}

/// The options for a file that comes in six parts, four at once.
fn in_parts(setting: &Setting) -> FetchOptions {
    let mut options = setting.options();
    (options.hub.part, options.hub.streams) = (51_000, 4);
    options
}

/// Each fault in one of several ranges at once: the others go on, and only what is missing is asked for again.
#[test]
fn a_large_file_comes_in_ranges_at_once_and_each_survives_its_faults() {
    let whole = Fault::Slow(usize::MAX / 2);
    for fault in [
        whole.clone(),
        Fault::DropAfter(20_000),
        Fault::DropAfter(0),
        Fault::HangUp,
        Fault::Status(503, None),
        Fault::Status(429, Some(1)),
        Fault::Status(403, None),
        Fault::Slow(100_000),
    ] {
        let setting = Setting::new();
        setting
            .hub
            .fail([whole.clone(), whole.clone(), fault.clone()]);
        let heard = Heard::default();
        let installed = setting
            .obtain("hf:owner/model-GGUF", &in_parts(&setting), &heard)
            .unwrap();
        let path = installed.path(Role::Weights).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), setting.weights, "{fault:?}");
        assert_eq!(setting.blobs().len(), 1, "{fault:?}");
        let size = setting.weights.len() as u64;
        assert_eq!(*heard.bytes.lock().unwrap(), size, "{fault:?}");
        let again = matches!(fault, Fault::Slow(_)).then_some(6).unwrap_or(7);
        let ranges = setting.ranges();
        assert_eq!(ranges.len(), again, "{fault:?}: {ranges:?}");
        let first: Vec<_> = (0..6)
            .map(|i| format!("bytes={}-{}", i * 51_000, ((i + 1) * 51_000).min(size) - 1))
            .collect();
        assert!(
            first
                .iter()
                .all(|range| ranges.contains(&Some(range.clone()))),
            "{fault:?}: {ranges:?}"
        );
        if let Fault::DropAfter(20_000) = fault {
            let rest = |range: &Option<String>| {
                let start = range.as_ref().unwrap()[6..]
                    .split('-')
                    .next()
                    .unwrap()
                    .parse::<u64>();
                start.unwrap() % 51_000 == 20_000
            };
            assert_eq!(
                ranges.iter().filter(|range| rest(range)).count(),
                1,
                "{ranges:?}"
            );
        }
    }
}

#[test]
fn parts_that_came_are_kept_when_a_download_is_given_up() {
    let setting = Setting::new();
    let options = in_parts(&setting);
    let whole = Fault::Slow(usize::MAX / 2);
    let some = [&whole, &whole, &whole].into_iter().cloned();
    setting.hub.fail(some.chain([Fault::DropAfter(10_000)]));
    setting.hub.always(Some(Fault::Status(503, None)));
    let error = setting
        .obtain("hf:owner/model-GGUF", &options, &Silent)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("broke off at"), "{error}");
    setting.hub.always(None);
    setting.hub.requests();
    let heard = Heard::default();
    setting
        .obtain("hf:owner/model-GGUF", &options, &heard)
        .unwrap();
    // Two parts were whole, and one had begun; two more answers of 503 may have taken the place of any of them.
    let asked: u64 = setting.ranges().iter().map(bytes_of).sum();
    assert_eq!(asked, setting.weights.len() as u64 - 2 * 51_000 - 10_000);
    assert_eq!(*heard.bytes.lock().unwrap(), setting.weights.len() as u64);
}

/// How many bytes a range of the form `bytes=a-b` asks for.
fn bytes_of(range: &Option<String>) -> u64 {
    let range = range.as_deref().unwrap().strip_prefix("bytes=").unwrap();
    let (start, end) = range.split_once('-').unwrap();
    end.parse::<u64>().unwrap() + 1 - start.parse::<u64>().unwrap()
}

/// A server that ignores ranges gets one stream instead, also when it does so only after a while.
#[test]
fn a_server_that_ignores_ranges_gives_one_stream() {
    let whole = Fault::Slow(usize::MAX / 2);
    for before in [1, 3] {
        let setting = Setting::new();
        setting.hub.fail(vec![whole.clone(); before]);
        setting.hub.always(Some(Fault::NoRanges));
        let installed = setting
            .obtain("hf:owner/model-GGUF", &in_parts(&setting), &Silent)
            .unwrap();
        let path = installed.path(Role::Weights).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), setting.weights);
        assert!(path.metadata().unwrap().len() == setting.weights.len() as u64);
    }
}

#[test]
fn a_wrong_byte_in_one_of_many_ranges_is_found() {
    for (fault, said) in [
        (Fault::WrongByte, "came damaged"),
        (Fault::TooMuch, "sends more than"),
    ] {
        let setting = Setting::new();
        let whole = Fault::Slow(usize::MAX / 2);
        setting.hub.fail([whole.clone(), whole, fault.clone()]);
        let error = setting
            .obtain("hf:owner/model-GGUF", &in_parts(&setting), &Silent)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{fault:?}: {error}");
        assert!(error.to_string().contains(said), "{fault:?}: {error}");
        assert!(setting.blobs().is_empty(), "{fault:?}");
        setting
            .obtain("hf:owner/model-GGUF", &in_parts(&setting), &Silent)
            .unwrap();
    }
}

/// Small files aren't in LFS and have no sha256 on the Hub, but a hash of git's.
#[test]
fn small_files_are_checked_by_gits_hash() {
    let setting = Setting::new();
    let config = br#"{"model_type": "marian"}"#.to_vec();
    let files = [
        ("config.json", config.clone()),
        ("pytorch_model.bin", noise(5_000, 5)),
        ("rust_model.ot", noise(5_000, 6)),
    ];
    setting.hub.add("owner/small", Access::Open, &files);
    // The first request for contents reads the config, the second fetches the weights.
    let whole = Fault::Slow(usize::MAX / 2);
    setting.hub.fail([whole.clone(), whole, Fault::WrongByte]);
    let options = setting.options();
    let error = setting.obtain("hf:owner/small", &options, &Silent);
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    let said = "config.json came damaged: its git hash is";
    assert!(error.to_string().contains(said), "{error}");
    let installed = setting.obtain("hf:owner/small", &options, &Silent).unwrap();
    let path = installed.path(Role::Config).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), config);
    // Without safetensors, PyTorch's file is taken, and nothing else.
    assert_eq!(installed.manifest.format, ModelFormat::Pytorch);
    let names: Vec<&str> = installed
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(names, ["pytorch_model.bin", "config.json"]);
}

#[test]
fn a_server_without_ranges_starts_over_and_the_file_is_still_right() {
    let setting = Setting::new();
    let whole = Fault::Slow(usize::MAX / 2);
    setting
        .hub
        .fail([whole, Fault::DropAfter(150_000), Fault::NoRanges]);
    let installed = setting
        .obtain("hf:owner/model-GGUF", &setting.options(), &Silent)
        .unwrap();
    assert_eq!(
        std::fs::read(installed.path(Role::Weights).unwrap()).unwrap(),
        setting.weights
    );
}

#[test]
fn what_comes_wrong_is_deleted_and_said() {
    for (fault, said) in [
        (Fault::WrongByte, "came damaged"),
        (Fault::TooMuch, "sends more than"),
    ] {
        let setting = Setting::new();
        setting
            .hub
            .fail([Fault::Slow(usize::MAX / 2), fault.clone()]);
        let options = setting.options();
        let error = setting
            .obtain("hf:owner/model-GGUF", &options, &Silent)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{fault:?}: {error}");
        assert!(error.to_string().contains(said), "{fault:?}: {error}");
        let left: u64 = setting
            .blobs()
            .iter()
            .map(|path| path.metadata().unwrap().len())
            .sum();
        assert_eq!(left, 0, "{fault:?}");
        // The next attempt starts over and succeeds.
        setting
            .obtain("hf:owner/model-GGUF", &options, &Silent)
            .unwrap();
    }
}

#[test]
fn a_server_that_stays_broken_is_given_up_and_what_came_is_kept() {
    let setting = Setting::new();
    setting
        .hub
        .fail([Fault::Slow(usize::MAX / 2), Fault::DropAfter(150_000)]);
    setting.hub.always(Some(Fault::Status(503, None)));
    let options = setting.options();
    let heard = Heard::default();
    let error = setting
        .obtain("hf:owner/model-GGUF", &options, &heard)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("150000 of"), "{error}");
    let notes = heard.notes();
    assert_eq!(
        notes.lines().count() as u32,
        options.hub.attempts - 1,
        "{notes}"
    );
    setting.hub.always(None);
    setting.hub.requests();
    setting
        .obtain("hf:owner/model-GGUF", &options, &Silent)
        .unwrap();
    assert_eq!(setting.ranges(), [Some("bytes=150000-".to_owned())]);
}

#[test]
fn gated_and_private_repositories_say_what_to_do_and_tokens_stay_secret() {
    let setting = Setting::new();
    let weights = vec![("m-Q8_0.gguf", setting.weights.clone())];
    setting
        .hub
        .add("owner/gated", Access::Gated("hf_good".to_owned()), &weights);
    setting.hub.add(
        "owner/private",
        Access::Private("hf_good".to_owned()),
        &weights,
    );
    let mut options = setting.options();
    let error = setting
        .obtain("hf:owner/gated", &options, &Silent)
        .unwrap_err();
    assert!(
        error.to_string().contains("owner/gated is gated"),
        "{error}"
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("/owner/gated") && hint.contains("HF_TOKEN") && hint.contains("hf/token"),
        "{hint}"
    );
    let error = setting
        .obtain("hf:owner/private", &options, &Silent)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("gated, private or not on the Hub"),
        "{error}"
    );

    options.hub.token = Token::new("hf_wrong");
    let error = setting
        .obtain("hf:owner/gated", &options, &Silent)
        .unwrap_err();
    assert!(error.to_string().contains("doesn't give access"), "{error}");
    assert!(!format!("{error:?} {options:?}").contains("hf_wrong"));

    options.hub.token = Token::new("hf_good");
    setting.hub.requests();
    setting.obtain("hf:owner/gated", &options, &Silent).unwrap();
    for request in setting.hub.requests() {
        let shown = (request.host == "hub").then(|| "Bearer hf_good".to_owned());
        assert_eq!(
            request.authorization, shown,
            "{} {}",
            request.host, request.path
        );
    }
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let setting = Setting::new();
    let options = setting.options();
    let fail = |spec: &str| setting.obtain(spec, &options, &Silent).unwrap_err();
    let error = fail("hf:Qwen/Qwen3-4B");
    assert_eq!(error.to_string(), "Qwen/Qwen3-4B is not on the Hub");
    assert!(
        error.hint().unwrap().contains("the catalogue has qwen3-4b"),
        "{error:?}"
    );
    let error = fail("hf:owner/model-GGUF@v9");
    assert_eq!(error.to_string(), "owner/model-GGUF has no revision v9");
    let error = fail("hf:owner/model-GGUF:other.gguf");
    assert!(
        error.hint().unwrap().contains("model-Q4_K_M.gguf"),
        "{error:?}"
    );
    setting.hub.add(
        "owner/strange",
        Access::Open,
        &[("m.gguf", tiny_gguf("mamba", 5000))],
    );
    let error = fail("hf:owner/strange");
    assert!(error.to_string().contains("mamba"), "{error}");
    // It was refused by its header: nothing was downloaded.
    assert!(
        !setting
            .home
            .path()
            .join("hf/hub/models--owner--strange")
            .exists()
    );
}

/// A manifest of the catalogue's kind for the repository of [`Setting`].
fn manifest(setting: &Setting, sha256: &str) -> Manifest {
    let text = format!(
        r#"
        id = "from-hub"
        title = "From the Hub"
        tasks = ["translate"]
        languages = ["it", "en"]
        architecture = "qwen3"
        format = "gguf"
        size = {size}
        [licence]
        id = "CC-BY-NC-4.0"
        commercial = false
        [[files]]
        name = "weights.gguf"
        role = "weights"
        size = {size}
        sha256 = "{sha256}"
        [[sources]]
        kind = "hub"
        repo = "{REPO}"
        files = {{ "weights.gguf" = "model-Q4_K_M.gguf" }}
        "#,
        size = setting.weights.len(),
    );
    Manifest::parse(&text, "test").unwrap()
}

#[test]
fn a_restricting_licence_is_accepted_once() {
    let setting = Setting::new();
    let manifest = manifest(&setting, &sha256(&setting.weights));
    let (store, mut options) = (setting.store(), setting.options());
    let error = store.obtain(&manifest, &options, &Silent).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(
        error
            .hint()
            .unwrap()
            .contains("--accept-licence CC-BY-NC-4.0"),
        "{error:?}"
    );
    assert!(setting.hub.requests().is_empty());
    options.accept = vec!["cc-by-nc-4.0".to_owned()];
    store.obtain(&manifest, &options, &Silent).unwrap();
    assert_eq!(
        Store::open(store.root()).accepted_licences(),
        ["cc-by-nc-4.0"]
    );
    options.accept.clear();
    store.obtain(&manifest, &options, &Silent).unwrap();
}

#[test]
fn a_file_that_is_not_the_manifests_is_not_taken() {
    let setting = Setting::new();
    let manifest = manifest(&setting, &sha256(b"another file"));
    let mut options = setting.options();
    options.accept = vec![manifest.licence.id.clone()];
    let error = setting
        .store()
        .obtain(&manifest, &options, &Silent)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(
        setting.ranges().is_empty(),
        "nothing was downloaded to find out"
    );
}

#[test]
fn damage_is_found_by_verify_and_mended_by_the_next_use() {
    let setting = Setting::new();
    let small = br#"{"model_type": "marian"}"#.to_vec();
    setting.hub.add(
        "owner/pair",
        Access::Open,
        &[
            ("config.json", small),
            ("model.safetensors", noise(5_000, 5)),
        ],
    );
    let (store, options) = (setting.store(), setting.options());
    let pair = setting.obtain("hf:owner/pair", &options, &Silent).unwrap();
    let single = setting
        .obtain("hf:owner/model-GGUF", &options, &Silent)
        .unwrap();
    let verified = store.verify(&options, &Silent).unwrap();
    assert_eq!(verified.len(), 3);
    assert!(
        verified
            .iter()
            .all(|file| matches!(file.state, FileState::Whole { .. })),
        "{verified:?}"
    );

    // A flipped bit, with size and time of modification as they were; also in a file that the Hub gives no sha256 of.
    let damage = |path: &Path| {
        let modified = path.metadata().unwrap().modified().unwrap();
        let mut bytes = std::fs::read(path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(path, bytes).unwrap();
        std::fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(modified)
            .unwrap();
    };
    damage(single.path(Role::Weights).unwrap());
    damage(pair.path(Role::Config).unwrap());
    let verified = store.verify(&options, &Silent).unwrap();
    let damaged: Vec<&str> = verified
        .iter()
        .filter(|file| matches!(file.state, FileState::Damaged { .. }))
        .map(|file| file.file.as_str())
        .collect();
    assert_eq!(damaged, ["model-Q4_K_M.gguf", "config.json"]);
    for (spec, before) in [("hf:owner/model-GGUF", single), ("hf:owner/pair", pair)] {
        let heard = Heard::default();
        let after = setting.obtain(spec, &options, &heard).unwrap();
        assert_eq!(after.files, before.files);
        assert!(
            heard.notes().contains("is damaged"),
            "{spec}: {}",
            heard.notes()
        );
    }
    std::fs::remove_file(
        setting
            .obtain("hf:owner/pair", &options, &Silent)
            .unwrap()
            .path(Role::Config)
            .unwrap(),
    )
    .unwrap();
    let verified = store.verify(&options, &Silent).unwrap();
    assert_eq!(
        verified
            .iter()
            .filter(|file| file.state == FileState::Missing)
            .count(),
        1
    );
}

#[test]
fn models_are_removed_and_leftovers_pruned() {
    let setting = Setting::new();
    let (store, options) = (setting.store(), setting.options());
    let one = setting
        .obtain("hf:owner/model-GGUF", &options, &Silent)
        .unwrap();
    let other = setting
        .obtain("hf:owner/model-GGUF:model-Q8_0.gguf", &options, &Silent)
        .unwrap();
    assert_eq!(store.recorded().len(), 2);
    let removed = store.remove(&one.manifest, &options, &Silent).unwrap();
    assert!(removed.bytes >= setting.weights.len() as u64);
    assert!(store.installed(&one.manifest, &options).is_none());
    assert!(
        store.installed(&other.manifest, &options).is_some(),
        "the other model of the repository stays"
    );
    assert_eq!(
        store
            .remove(&one.manifest, &options, &Silent)
            .unwrap_err()
            .kind(),
        ErrorKind::Usage
    );

    // What killed runs leave.
    let blob = setting.blobs().remove(0);
    let partial = blob.with_file_name("abc.incomplete");
    let scratch = store.root().join("tmp/some-model/123/0/part.whl");
    let orphan = store.root().join("models/some-model/weights.gguf.part");
    for path in [&partial, &scratch, &orphan] {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, [0; 1000]).unwrap();
    }
    let pruned = store.prune(&options).unwrap();
    assert!(pruned.bytes >= 3000, "{pruned:?}");
    assert!(
        ![&partial, &scratch, &orphan]
            .iter()
            .any(|path| path.exists())
    );
    assert!(store.installed(&other.manifest, &options).is_some());
    assert_eq!(store.prune(&options).unwrap(), Removed::default());
}

#[test]
fn a_model_travels_in_an_archive() {
    let setting = Setting::new();
    let options = setting.options();
    let installed = setting
        .obtain("hf:owner/model-GGUF", &options, &Silent)
        .unwrap();
    let archive = setting.home.path().join("models.tar");
    setting
        .store()
        .export(std::slice::from_ref(&installed), &archive, &Silent)
        .unwrap();

    let elsewhere = Setting::new();
    let mut offline = elsewhere.options();
    offline.offline = true;
    let (store, catalogue) = (elsewhere.store(), Catalogue::load(None).unwrap());
    let heard = Heard::default();
    let imported = store.import(&archive, None, &catalogue, &heard).unwrap();
    assert_eq!(*heard.bytes.lock().unwrap(), setting.weights.len() as u64);
    assert_eq!(imported.len(), 1);
    assert_eq!(imported[0].source.kind, SourceKind::Import);
    // It has the name that it had, and no request is made for it.
    let again = elsewhere
        .obtain("hf:owner/model-GGUF", &offline, &Silent)
        .unwrap();
    assert_eq!(
        std::fs::read(again.path(Role::Weights).unwrap()).unwrap(),
        setting.weights
    );
    assert_eq!(again.manifest.architecture, Architecture::Qwen3);

    // A byte that changed on the way, a file that isn't where it belongs, an archive that ends early.
    let whole = std::fs::read(&archive).unwrap();
    let tampered = setting.home.path().join("tampered.tar");
    let third = Store::open(setting.home.path().join("third"));
    let at = whole.len() - 100_000;
    let mut changed = whole.clone();
    changed[at] ^= 1;
    let escaping = {
        let mut tar = tar::Builder::new(Vec::new());
        let mut old = tar::Archive::new(whole.as_slice());
        for entry in old.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut header = entry.header().clone();
            let mut data = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut data).unwrap();
            let mut name = entry.path().unwrap().display().to_string();
            if data == setting.weights {
                name = name.replace("model-Q4", "other-Q4");
            }
            tar.append_data(&mut header, name, data.as_slice()).unwrap();
        }
        tar.into_inner().unwrap()
    };
    for (bytes, said) in [
        (&changed[..], "not what it should be"),
        (&escaping, "not where it belongs"),
        (&whole[..at], ""),
    ] {
        std::fs::write(&tampered, bytes).unwrap();
        let error = third
            .import(&tampered, None, &catalogue, &Silent)
            .unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert!(third.recorded().is_empty());
    }
}

#[test]
fn files_and_folders_are_imported() {
    let setting = Setting::new();
    let (store, mut options) = (setting.store(), setting.options());
    options.offline = true;
    let file = setting.home.path().join("mine.gguf");
    std::fs::write(&file, &setting.weights).unwrap();
    // A model of the catalogue is recognised by its contents.
    let manifests = setting.home.path().join("models");
    std::fs::create_dir(&manifests).unwrap();
    let mut known = manifest(&setting, &sha256(&setting.weights));
    known.licence.commercial = true;
    std::fs::write(
        manifests.join("known.toml"),
        toml::to_string(&known).unwrap(),
    )
    .unwrap();
    let catalogue = Catalogue::load(Some(&manifests)).unwrap();
    let imported = store.import(&file, None, &catalogue, &Silent).unwrap();
    assert_eq!(imported[0].manifest.id, "from-hub");
    std::fs::remove_file(&file).unwrap();
    let installed = store
        .obtain(catalogue.get("from-hub").unwrap(), &options, &Silent)
        .unwrap();
    assert_eq!(
        std::fs::read(installed.path(Role::Weights).unwrap()).unwrap(),
        setting.weights
    );

    let folder = setting.home.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config.json"), r#"{"model_type": "bart"}"#).unwrap();
    std::fs::write(folder.join("model.safetensors"), noise(1000, 1)).unwrap();
    let imported = store
        .import(&folder, Some("my-bart"), &catalogue, &Silent)
        .unwrap();
    assert_eq!(imported[0].manifest.id, "my-bart");
    assert!(
        imported[0]
            .path(Role::Config)
            .unwrap()
            .starts_with(store.root())
    );
    assert!(store.import(&manifests, None, &catalogue, &Silent).is_err());
    for id in ["student-en-pt", "", "a b/c", "../../evil", "mine.gguf"] {
        let refused = store.import(&folder, Some(id), &catalogue, &Silent);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Usage, "{id}");
    }
}
