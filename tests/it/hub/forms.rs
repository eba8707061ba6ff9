//! Repositories in the forms that were seen on the Hub (`tests/fixtures/hub/forms.toml`): with and without a manifest,
//! what is taken of them is what a model needs.

use serde::Deserialize;
use traghetto::ErrorKind;
use traghetto::registry::*;

use super::Setting;
use super::server::Access;
use crate::registry::{noise, tiny_gguf};
use crate::support;

#[derive(Deserialize)]
struct Forms {
    repository: Vec<Form>,
}

#[derive(Deserialize)]
struct Form {
    repo: String,
    seen: String,
    model_type: Option<String>,
    /// Architecture that its GGUF files name.
    gguf: Option<String>,
    #[serde(default)]
    gated: bool,
    files: Vec<String>,
    takes: Vec<String>,
}

fn forms() -> Vec<Form> {
    let path = support::file("tests/fixtures/hub/forms.toml");
    let forms: Forms = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    forms.repository
}

impl Form {
    /// Contents that say what the files are, and no more.
    fn contents(&self, name: &str) -> Vec<u8> {
        match (name, &self.gguf) {
            ("config.json", _) => {
                let kind = self.model_type.as_deref().unwrap_or_default();
                format!(r#"{{"model_type": "{kind}"}}"#).into_bytes()
            }
            (name, Some(gguf)) if name.ends_with(".gguf") => tiny_gguf(gguf, 3_000),
            (name, _) => noise(2_000 + name.len(), name.len() as u64),
        }
    }
}

const TOKEN: &str = "hf_token";

#[test]
fn every_form_gives_its_model_with_and_without_a_manifest() {
    let setting = Setting::new();
    let catalogue = Catalogue::load(None).unwrap();
    let mut manifests = 0;
    for form in forms() {
        assert!(!form.seen.is_empty(), "{}: seen where?", form.repo);
        let files: Vec<(&str, Vec<u8>)> = { form.files.iter() }
            .map(|name| (name.as_str(), form.contents(name)))
            .collect();
        let access = match form.gated {
            true => Access::Gated(TOKEN.to_owned()),
            false => Access::Open,
        };
        setting.hub.add(&form.repo, access, &files);
        let mut options = setting.options();
        let spec = format!("hf:{}", form.repo);
        if form.gated {
            let error = setting.obtain(&spec, &options, &Silent).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(error.to_string().contains("is gated on the Hub"), "{error}");
            options.hub.token = Token::new(TOKEN);
        }
        let installed = setting.obtain(&spec, &options, &Silent).unwrap();
        let names: Vec<&str> = installed
            .files
            .iter()
            .map(|file| file.name.as_str())
            .collect();
        assert_eq!(names, form.takes, "{}", form.repo);
        // The catalogue asks for nothing that the repository lacks.
        let of_repo =
            |source: &Source| matches!(source, Source::Hub { repo, .. } if *repo == form.repo);
        for known in catalogue
            .all()
            .iter()
            .filter(|known| known.sources.iter().any(of_repo))
        {
            let mut manifest = known.clone();
            manifest.sources.retain(of_repo);
            for file in &mut manifest.files {
                // These are not the real bytes.
                (file.size, file.sha256) = (None, None);
            }
            options.accept.push(manifest.licence.id.clone());
            let installed = setting.store().obtain(&manifest, &options, &Silent);
            let installed = installed.unwrap_or_else(|error| panic!("{}: {error}", known.id));
            assert_eq!(installed.files.len(), known.files.len());
            manifests += 1;
        }
    }
    assert!(manifests >= 6, "{manifests}");
}
