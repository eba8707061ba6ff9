//! Manifests that name mirrors.

use std::collections::BTreeMap;

use traghetto::ErrorKind;
use traghetto::registry::*;

use super::server::{Fault, Web};
use super::{gzip, kept, options};
use crate::registry::{Heard, manifest, noise, sha256};

struct Setting {
    web: Web,
    home: tempfile::TempDir,
    data: Vec<u8>,
}

impl Setting {
    fn new() -> Self {
        let setting = Self {
            web: Web::start(),
            home: tempfile::tempdir().unwrap(),
            data: noise(700_000, 5),
        };
        setting.web.put("/plain/w.gguf", setting.data.clone());
        setting.web.put("/packed/w.gguf.gz", gzip(&setting.data));
        setting
    }

    fn manifest(&self, paths: &[&str]) -> Manifest {
        let mut manifest = manifest("mirrored", &self.data, &[]);
        let addresses = paths
            .iter()
            .map(|path| format!("{}{path}", self.web.address));
        manifest.sources = vec![Source::Url {
            files: BTreeMap::from([("weights.gguf".to_owned(), addresses.collect())]),
        }];
        manifest
    }

    fn obtain(&self, paths: &[&str], heard: &Heard) -> Result<Installed, traghetto::Error> {
        let options = options(self.home.path(), "http://127.0.0.1:9");
        self.store().obtain(&self.manifest(paths), &options, heard)
    }

    fn store(&self) -> Store {
        Store::open(self.home.path().join("store"))
    }

    fn kept(&self) -> Vec<String> {
        kept(&self.home.path().join("store"))
    }

    fn ranges(&self) -> Vec<Option<String>> {
        let requests = self.web.requests().into_iter();
        let gets = requests.filter(|request| request.method == "GET");
        gets.map(|request| request.range).collect()
    }
}

#[test]
fn a_file_comes_as_it_is_or_packed_and_is_found_again() {
    for path in ["/plain/w.gguf", "/packed/w.gguf.gz"] {
        let setting = Setting::new();
        let heard = Heard::default();
        let installed = setting.obtain(&[path], &heard).unwrap();
        assert_eq!(
            std::fs::read(&installed.files[0].path).unwrap(),
            setting.data
        );
        assert_eq!(installed.source.kind, SourceKind::Url);
        assert_eq!(installed.source.description, setting.web.address);
        assert_eq!(setting.kept(), ["installed.json", "weights.gguf"]);
        setting.web.requests();
        setting.obtain(&[path], &heard).unwrap();
        assert!(setting.web.requests().is_empty());
    }
}

#[test]
fn a_broken_connection_goes_on_where_it_was() {
    for path in ["/plain/w.gguf", "/packed/w.gguf.gz"] {
        let setting = Setting::new();
        let drops = [
            Fault::DropAfter(200_000),
            Fault::Status(503),
            Fault::DropAfter(100_000),
        ];
        setting.web.fail(path, drops);
        let heard = Heard::default();
        setting.obtain(&[path], &heard).unwrap();
        let from = |at: u64| Some(format!("bytes={at}-"));
        assert_eq!(
            setting.ranges(),
            [None, from(200_000), from(200_000), from(300_000)]
        );
        assert!(heard.notes().contains("closed early"), "{}", heard.notes());
        // Given up, and taken up by the next run.
        let setting = Setting::new();
        setting.web.fail(path, [Fault::DropAfter(300_000)]);
        setting
            .web
            .fail(path, [Fault::Status(503), Fault::Status(503)]);
        let error = setting.obtain(&[path], &heard).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(
            error.to_string().contains("broke off at 300000 bytes"),
            "{error}"
        );
        setting.ranges();
        let installed = setting.obtain(&[path], &heard).unwrap();
        assert_eq!(setting.ranges(), [from(300_000)]);
        assert_eq!(
            std::fs::read(&installed.files[0].path).unwrap(),
            setting.data
        );
        // A server without ranges sends all of it once more.
        let setting = Setting::new();
        setting.web.always(path, Fault::NoRanges);
        setting.web.fail(path, [Fault::DropAfter(250_000)]);
        let installed = setting.obtain(&[path], &heard).unwrap();
        assert_eq!(
            std::fs::read(&installed.files[0].path).unwrap(),
            setting.data
        );
        // All was there, but not yet under its name.
        let setting = Setting::new();
        let (name, data) = match path.ends_with(".gz") {
            true => ("weights.gguf.gz.part", gzip(&setting.data)),
            false => ("weights.gguf.part", setting.data.clone()),
        };
        let folder = setting.home.path().join("store/models/mirrored");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), data).unwrap();
        setting.obtain(&[path], &heard).unwrap();
        assert_eq!(setting.kept(), ["installed.json", "weights.gguf"]);
    }
}

#[test]
fn what_an_earlier_run_left_of_another_file_is_not_built_upon() {
    for (path, name) in [
        ("/plain/w.gguf", "weights.gguf.part"),
        ("/packed/w.gguf.gz", "weights.gguf.gz.part"),
    ] {
        let setting = Setting::new();
        let folder = setting.home.path().join("store/models/mirrored");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), noise(50_000, 99)).unwrap();
        let heard = Heard::default();
        let installed = setting.obtain(&[path], &heard).unwrap();
        assert_eq!(
            std::fs::read(&installed.files[0].path).unwrap(),
            setting.data
        );
        assert!(heard.notes().contains("starting over"), "{}", heard.notes());
    }
}

#[test]
fn what_is_wrong_is_told_and_nothing_of_it_is_kept() {
    let setting = Setting::new();
    let mut other = setting.data.clone();
    other[0] ^= 1;
    setting.web.put("/other.gguf", other.clone());
    setting.web.put("/other.gguf.gz", gzip(&other));
    let packed = gzip(&setting.data);
    setting
        .web
        .put("/short.gguf.gz", &packed[..packed.len() - 9]);
    setting
        .web
        .put("/more.gguf.gz", [&packed[..], b"more"].concat());
    setting.web.put("/noise.gguf.gz", noise(5_000, 3));
    setting.web.put("/bomb.gguf.gz", gzip(&vec![0; 3_000_000]));
    setting.web.put("/long.gguf", noise(700_001, 5));
    setting.web.put("/login.gguf", "-");
    setting.web.always("/login.gguf", Fault::LoginPage);
    for (path, why, kind) in [
        ("/other.gguf", "its sha256 is", ErrorKind::Integrity),
        ("/other.gguf.gz", "its sha256 is", ErrorKind::Integrity),
        (
            "/short.gguf.gz",
            "gzip stream ends early",
            ErrorKind::Integrity,
        ),
        (
            "/more.gguf.gz",
            "something follows its gzip",
            ErrorKind::Integrity,
        ),
        (
            "/noise.gguf.gz",
            "gzip stream is damaged or cut",
            ErrorKind::Integrity,
        ),
        (
            "/bomb.gguf.gz",
            "larger than 700000 bytes",
            ErrorKind::Integrity,
        ),
        (
            "/long.gguf",
            "larger than 700000 bytes",
            ErrorKind::Integrity,
        ),
        (
            "/login.gguf",
            "answers with a web page",
            ErrorKind::Unavailable,
        ),
        (
            "/nowhere.gguf",
            "is not there any more (HTTP 404)",
            ErrorKind::Unavailable,
        ),
    ] {
        let error = setting.obtain(&[path], &Heard::default()).unwrap_err();
        assert_eq!(error.kind(), kind, "{path}: {error}");
        assert!(error.to_string().contains(why), "{path}: {error}");
        assert!(error.hint().is_some(), "{path}");
        assert!(setting.kept().is_empty(), "{path}: {:?}", setting.kept());
    }
    // The next mirror helps.
    let heard = Heard::default();
    let paths = ["/nowhere.gguf", "/other.gguf", "/plain/w.gguf"];
    setting.obtain(&paths, &heard).unwrap();
    assert!(
        heard.notes().contains("; trying http://"),
        "{}",
        heard.notes()
    );
    assert_eq!(setting.kept(), ["installed.json", "weights.gguf"]);
}

#[test]
fn offline_nothing_is_asked() {
    let setting = Setting::new();
    let mut options = options(setting.home.path(), "http://127.0.0.1:9");
    options.offline = true;
    let manifest = setting.manifest(&["/plain/w.gguf"]);
    let error = setting
        .store()
        .obtain(&manifest, &options, &Silent)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(setting.web.requests().is_empty());
}

#[test]
fn a_manifest_with_a_careless_address_is_refused() {
    let text = |address: &str, sha256: &str| {
        format!(
            r#"
            id = "m"
            title = "m"
            tasks = []
            architecture = "llama"
            format = "gguf"
            size = 9
            licence = {{ id = "MIT", commercial = true }}
            files = [{{ name = "w.gguf", role = "weights", size = 9{sha256} }}]
            [[sources]]
            kind = "url"
            files = {{ "w.gguf" = ["{address}"] }}
            "#
        )
    };
    let hash = format!(", sha256 = \"{}\"", sha256(b"x"));
    let good = text("https://mirror.example/a/w.gguf.gz", &hash);
    let manifest = Manifest::parse(&good, "good").unwrap();
    // As one writes it who has never seen another.
    let brief = good
        .replace(
            r#"["https://mirror.example/a/w.gguf.gz"]"#,
            r#""https://mirror.example/a/w.gguf.gz""#,
        )
        .replace(r#"{ id = "MIT", commercial = true }"#, r#""MIT""#);
    assert_ne!(brief, good);
    assert_eq!(Manifest::parse(&brief, "brief").unwrap(), manifest);
    let limited = brief.replace(r#""MIT""#, r#""CC-BY-NC-4.0""#);
    assert!(
        Manifest::parse(&limited, "limited")
            .unwrap()
            .licence
            .needs_acceptance()
    );
    let error = Manifest::parse("id = 1", "wrong").unwrap_err();
    assert!(error.hint().unwrap().contains("docs/models.md"), "{error}");
    for (address, hash, why) in [
        ("https://mirror.example/w.gguf", "", "has no sha256"),
        (
            "http://mirror.example/w.gguf",
            &hash,
            "not an https address",
        ),
        (
            "http://127.0.0.1.example/w.gguf",
            &hash,
            "not an https address",
        ),
        (
            "https://user:word@mirror.example/w",
            &hash,
            "not an https address",
        ),
        ("https:///w.gguf", &hash, "not an https address"),
        ("ftp://mirror.example/w.gguf", &hash, "not an https address"),
        ("file:///etc/passwd", &hash, "not an https address"),
    ] {
        let error = Manifest::parse(&text(address, hash), "bad.toml").unwrap_err();
        assert!(error.to_string().contains(why), "{address}: {error}");
    }
}
