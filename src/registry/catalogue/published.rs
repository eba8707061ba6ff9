//! What a family's registry publishes, as manifests. Its form is that of `models.json` of Mozilla's registry, as
//! `db/updater.py` of mozilla/translations writes it: for each direction one model an architecture, with the size and the
//! sha256 of its weights, and paths alone of its vocabularies and its shortlist.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::family::Family;
use super::figure::Figure;
use super::format::ModelFormat;
use super::manifest::{Manifest, ModelFile, Quality, Role, Task};
use super::names::{is_inside, is_sha256};
use super::source::{Source, is_address};
use crate::error::{Error, ErrorKind, Result};
use crate::languages;
use crate::text::Lang;
use crate::weights::Architecture;

/// What a registry publishes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::registry) struct Published {
    /// Its models, by direction; the best of a direction first.
    pub manifests: Vec<Manifest>,
    /// What it has now of models that are here in the version of `manifests`.
    pub replaced: Vec<Manifest>,
    /// By id, why a model of the registry can't be used.
    pub unfit: BTreeMap<String, String>,
    /// Entries that could not be read.
    pub unread: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    #[serde(default)]
    generated: Option<String>,
    base_url: String,
    models: BTreeMap<String, Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    architecture: String,
    #[serde(default)]
    release_status: Option<String>,
    source_language: String,
    target_language: String,
    files: Files,
    #[serde(default)]
    model_statistics: Option<Statistics>,
    #[serde(default)]
    metrics: Option<BTreeMap<String, BTreeMap<String, Value>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Files {
    model: File,
    #[serde(default)]
    vocab: Option<File>,
    #[serde(default)]
    src_vocab: Option<File>,
    #[serde(default)]
    trg_vocab: Option<File>,
    #[serde(default)]
    lexical_shortlist: Option<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    path: String,
    #[serde(default)]
    uncompressed_size: Option<u64>,
    #[serde(default)]
    uncompressed_hash: Option<String>,
}

#[derive(Deserialize)]
struct Statistics {
    #[serde(default)]
    parameters: Option<u64>,
}

/// A model of the index and what it is ordered by.
struct Model {
    entry: Entry,
    from: Lang,
    to: Lang,
    figure: Option<Figure>,
}

impl Model {
    fn is_released(&self) -> bool {
        let status = self.entry.release_status.as_deref();
        status.is_some_and(|status| status.starts_with("Release"))
    }

    /// Whether its weights can be checked.
    fn is_fit(&self) -> bool {
        self.entry.files.model.uncompressed_hash.is_some()
    }
}

/// The manifests of a registry whose index is `text`. Files are fetched from `base`, or from where the index says if
/// that is `None`.
///
/// # Errors
/// [`ErrorKind::Unavailable`] if the text isn't such an index, or none of its entries can be read.
pub(in crate::registry) fn published(
    family: &Family,
    text: &[u8],
    base: Option<&str>,
) -> Result<Published> {
    let changed = |why: String| {
        let why = format!("the registry of {} can't be read: {why}", family.id);
        Error::new(ErrorKind::Unavailable, why).with_hint(
            "a login page or a proxy may have answered in its place, or its form has changed",
        )
    };
    let index: Index = serde_json::from_slice(text).map_err(|e| changed(e.to_string()))?;
    let base = base.unwrap_or(&index.base_url).trim_end_matches('/');
    if !is_address(base) {
        return Err(changed(format!("{base} is not an https address")));
    }
    let date = index.generated.as_deref().unwrap_or_default();
    let date = date.get(..10).unwrap_or(date);
    let mut found = Published::default();
    let mut models: BTreeMap<(Lang, Lang), Vec<Model>> = BTreeMap::new();
    for value in index.models.into_values().flatten() {
        let Ok(entry) = serde_json::from_value::<Entry>(value) else {
            found.unread += 1;
            continue;
        };
        if !is_sound(&entry) {
            found.unread += 1;
            continue;
        }
        // Languages that the program doesn't know can't be asked for.
        let langs = [&entry.source_language, &entry.target_language].map(|code| family.lang(code));
        if let [Some(from), Some(to)] = langs {
            let figure = figure(&entry, family, to, date);
            models.entry((from, to)).or_default().push(Model {
                entry,
                from,
                to,
                figure,
            });
        }
    }
    if models.is_empty() {
        let why = format!("none of its {} entries has the form expected", found.unread);
        return Err(changed(why));
    }
    for models in models.into_values() {
        found.add_direction(family, models, base);
    }
    Ok(found)
}

/// Whether names and hashes of an entry can be used.
fn is_sound(entry: &Entry) -> bool {
    let files = &entry.files;
    let hash = files.model.uncompressed_hash.as_deref();
    let vocabularies = matches!(
        (&files.vocab, &files.src_vocab, &files.trg_vocab),
        (Some(_), None, None) | (None, Some(_), Some(_))
    );
    vocabularies
        && parts(files).all(|(_, file)| is_inside(&file.path))
        && hash.is_none_or(|hash| is_sha256(&hash.to_ascii_lowercase()))
        && is_inside(&entry.architecture)
}

fn parts(files: &Files) -> impl Iterator<Item = (Role, &File)> {
    let others = [
        (Role::Vocabulary, &files.vocab),
        (Role::SourceVocabulary, &files.src_vocab),
        (Role::TargetVocabulary, &files.trg_vocab),
        (Role::Shortlist, &files.lexical_shortlist),
    ];
    let others = others
        .into_iter()
        .filter_map(|(role, file)| Some((role, file.as_ref()?)));
    [(Role::Weights, &files.model)].into_iter().chain(others)
}

/// What the registry says of a model's quality, by the first set of texts that has BLEU.
fn figure(entry: &Entry, family: &Family, to: Lang, date: &str) -> Option<Figure> {
    let metrics = entry.metrics.iter().flatten();
    let number = |set: &BTreeMap<String, Value>, name: &str| {
        let value = set.get(name)?.as_f64()?;
        (0.0..=100.0).contains(&value).then_some(value)
    };
    let (set, metrics, bleu) =
        { metrics }.find_map(|(set, metrics)| Some((set, metrics, number(metrics, "bleu")?)))?;
    // In other scripts the same quality has a lower chrF, and what is for the gist only was judged in Latin ones.
    let comparable = !languages::writing().not_latin.contains(&to);
    Some(Figure {
        bleu,
        chrf: number(metrics, "chrf").filter(|_| comparable),
        set: set.clone(),
        source: format!("published in the registry of {}", family.id),
        date: date.to_owned(),
        after: None,
    })
}

impl Published {
    /// Adds the models of one direction: the best released one, which has the direction's own id, and those of other
    /// architectures that are released too. Where none is released, the best of the others.
    fn add_direction(&mut self, family: &Family, mut models: Vec<Model>, base: &str) {
        let rank = |model: &Model| {
            let bleu = model.figure.as_ref().map_or(0.0, |figure| figure.bleu);
            let known = (model.is_fit(), model.is_released());
            Reverse((known, (bleu * 1000.0) as u64))
        };
        models.sort_by_key(rank);
        for (i, model) in models.iter().enumerate() {
            let mut id = family.model(model.from, model.to);
            if i > 0 {
                id = format!("{id}-{}", model.entry.architecture);
            }
            if self.manifests.last().is_some_and(|other| other.id == id) {
                continue;
            }
            if !model.is_fit() {
                let why = "the registry gives no sha256 for its weights, so that nothing could tell them from others";
                self.unfit.insert(id, why.to_owned());
            } else if i == 0 || model.is_released() {
                let manifest = manifest(family, model, id.clone(), base);
                match manifest.check_files() {
                    Ok(()) => self.manifests.push(manifest),
                    Err(why) => drop(self.unfit.insert(id, why)),
                }
            }
        }
    }
}

fn manifest(family: &Family, model: &Model, id: String, base: &str) -> Manifest {
    let Model {
        entry, from, to, ..
    } = model;
    let mut addresses = BTreeMap::new();
    let file = |(role, file): (Role, &File)| {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let name = name.strip_suffix(".gz").unwrap_or(name).to_owned();
        addresses.insert(name.clone(), vec![format!("{base}/{}", file.path)]);
        let sha256 = file.uncompressed_hash.as_ref();
        ModelFile {
            name,
            role,
            size: file.uncompressed_size,
            sha256: sha256.map(|hash| hash.to_ascii_lowercase()),
        }
    };
    let files: Vec<ModelFile> = parts(&entry.files).map(file).collect();
    let status = match (model.is_released(), &entry.release_status) {
        (true, _) => String::new(),
        (false, Some(status)) => format!(" (not released: {status})"),
        (false, None) => " (not released)".to_owned(),
    };
    let quality = match &model.figure {
        Some(figure) => Quality {
            score: figure.bleu,
            basis: "as published".to_owned(),
            pairs: BTreeMap::from([(format!("{from}-{to}"), figure.clone())]),
        },
        None => family.estimate(),
    };
    let known = files.iter().filter_map(|file| file.size).sum::<u64>();
    let complete = files.iter().all(|file| file.size.is_some());
    let statistics = entry.model_statistics.as_ref();
    Manifest {
        id,
        title: format!(
            "{} to {}, {}, {}{status}",
            from.name(),
            to.name(),
            family.title,
            entry.architecture
        ),
        tasks: vec![Task::Translate],
        languages: Vec::new(),
        pairs: vec![(*from, *to)],
        prompt: None,
        language_tags: None,
        architecture: Architecture::MarianStudent,
        format: ModelFormat::MarianBinary,
        context: None,
        parameters: statistics.and_then(|statistics| statistics.parameters),
        size: known + if complete { 0 } else { family.other_files },
        licence: family.licence.clone(),
        quality: BTreeMap::from([(Task::Translate, quality)]),
        files,
        sources: vec![Source::Registry {
            family: family.id.clone(),
            files: addresses,
        }],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn family() -> Family {
        Family {
            id: "fox".to_owned(),
            title: "a student".to_owned(),
            base: "https://there".to_owned(),
            index: "db/models.json".to_owned(),
            other_files: 5,
            score: 20.0,
            basis: "estimate".to_owned(),
            codes: BTreeMap::from([("xno".to_owned(), Lang::DE)]),
            licence: Licence::named(Some("MPL-2.0".to_owned())),
        }
    }

    use super::super::licence::Licence;

    fn entry(pair: [&str; 2], architecture: &str, status: Value, bleu: Value) -> Value {
        let path = |name: &str| format!("models/{}-{}/{name}.gz", pair[0], pair[1]);
        json!({
            "architecture": architecture, "releaseStatus": status,
            "sourceLanguage": pair[0], "targetLanguage": pair[1], "new": "field",
            "files": {
                "model": { "path": path("model.bin"), "uncompressedSize": 100, "uncompressedHash": "AB".repeat(32) },
                "lexicalShortlist": { "path": path("lex.s2t.bin") },
                "vocab": { "path": path("vocab.spm") },
            },
            "modelStatistics": { "parameters": 7 },
            "metrics": { "flores200-plus": { "bleu": bleu, "chrf": 55.5, "comet22": 0.87, "llm": "x" } },
        })
    }

    fn read(models: Value) -> Result<Published> {
        let text = json!({ "generated": "2026-11-01T02:03:04Z", "baseUrl": "https://there/x", "models": models });
        published(&family(), text.to_string().as_bytes(), None)
    }

    #[test]
    fn the_best_released_model_has_the_directions_id() {
        let pair = ["it", "en"];
        let found = read(json!({ "it-en": [
            entry(pair, "tiny", json!("Release"), json!(30.1)),
            entry(pair, "base", json!("Release Desktop"), json!(33.0)),
            entry(pair, "base-memory", json!("Nightly"), json!(40.0)),
            entry(pair, "odd", json!(null), json!(null)),
        ]}))
        .unwrap();
        let ids: Vec<&str> = found.manifests.iter().map(|m| m.id.as_str()).collect();
        assert_eq!(ids, ["fox-it-en", "fox-it-en-tiny"]);
        let best = &found.manifests[0];
        assert_eq!(best.title, "Italian to English, a student, base");
        assert_eq!((best.size, best.parameters), (105, Some(7)));
        assert_eq!(best.files[0].sha256, Some("ab".repeat(32)));
        assert_eq!(best.files[1].name, "vocab.spm");
        let figure = &best.quality[&Task::Translate].pairs["it-en"];
        assert_eq!((figure.bleu, figure.chrf), (33.0, Some(55.5)));
        assert_eq!(figure.date, "2026-11-01");
        let [Source::Registry { family, files }] = &best.sources[..] else {
            panic!("{:?}", best.sources);
        };
        assert_eq!(family, "fox");
        assert_eq!(
            files["model.bin"],
            ["https://there/x/models/it-en/model.bin.gz"]
        );
    }

    #[test]
    fn what_is_not_released_stands_in_only_where_nothing_is() {
        let pair = ["en", "xno"];
        let found = read(json!({ "en-xno": [entry(pair, "tiny", json!("Nightly"), json!(null))] }));
        let found = found.unwrap();
        assert_eq!(found.manifests[0].pairs, [(Lang::EN, Lang::DE)]);
        assert!(
            found.manifests[0]
                .title
                .ends_with("(not released: Nightly)")
        );
        let quality = &found.manifests[0].quality[&Task::Translate];
        assert_eq!((quality.score, quality.basis.as_str()), (20.0, "estimate"));
        // Another script is another language, and one that the program lacks can't be asked for.
        let others = read(json!({
            "en-zh_hant": [entry(["en", "zh_hant"], "tiny", json!("Release"), json!(1))],
            "en-fr": [entry(["en", "fr"], "tiny", json!("Release"), json!(1))],
        }));
        assert_eq!(others.unwrap().manifests.len(), 1);
    }

    #[test]
    fn two_vocabularies_and_missing_hashes() {
        let mut split = entry(["zh", "en"], "base", json!("Release"), json!(25));
        split["files"]["srcVocab"] = json!({ "path": "a/srcvocab.zhen.spm.gz" });
        split["files"]["trgVocab"] = json!({ "path": "a/trgvocab.zhen.spm.gz" });
        split["files"].as_object_mut().unwrap().remove("vocab");
        let mut unhashed = entry(["it", "en"], "tiny", json!("Release"), json!(30));
        unhashed["files"]["model"]["uncompressedHash"] = json!(null);
        let found = read(json!({ "zh-en": [split], "it-en": [unhashed] })).unwrap();
        let roles: Vec<Role> = found.manifests[0].files.iter().map(|f| f.role).collect();
        let split = [Role::SourceVocabulary, Role::TargetVocabulary];
        assert_eq!(roles[1..3], split);
        assert_eq!(found.manifests.len(), 1);
        assert!(found.unfit["fox-it-en"].contains("no sha256"));
    }

    #[test]
    fn a_form_that_changed_is_told() {
        let one = entry(["it", "en"], "tiny", json!("Release"), json!(30));
        let mut nameless = one.clone();
        nameless["files"]["model"]
            .as_object_mut()
            .unwrap()
            .remove("path");
        let mut outside = one.clone();
        outside["files"]["vocab"]["path"] = json!("../../etc/passwd");
        let found = read(json!({ "it-en": [one, nameless, outside] })).unwrap();
        assert_eq!((found.manifests.len(), found.unread), (1, 2));
        let mut gone = entry(["it", "en"], "tiny", json!("Release"), json!(30));
        gone.as_object_mut().unwrap().remove("files");
        for text in [
            json!({ "baseUrl": "https://there", "models": { "it-en": [gone] } }).to_string(),
            json!({ "baseUrl": "https://there", "models": {} }).to_string(),
            json!({ "models": { "it-en": [] } }).to_string(),
            json!({ "baseUrl": "http://there", "models": {} }).to_string(),
            "<!DOCTYPE html><title>Log in</title>".to_owned(),
            String::new(),
        ] {
            let error = published(&family(), text.as_bytes(), None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{text}");
            assert!(error.to_string().contains("the registry of fox"), "{error}");
        }
    }
}
