//! The catalogue is true: every entry can run, what is estimated is called so, and what is taken by default may be used
//! everywhere. What that is, with each kind of source alone.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use traghetto::registry::*;
use traghetto::translate::route::{Tier, routes};
use traghetto::{Lang, engine};

/// BLEU on FLORES that Mozilla published for its tiny students, by direction.
const PUBLISHED: [(&str, f64); 7] = [
    ("en-de", 38.8),
    ("en-es", 25.9),
    ("en-fr", 48.5),
    ("en-it", 29.2),
    ("en-pt", 49.4),
    ("it-en", 30.9),
    ("pt-en", 47.8),
];

/// The catalogue with a registry that was read before.
fn catalogue(home: &std::path::Path) -> Catalogue {
    let mut catalogue = Catalogue::load(None).unwrap();
    let family = catalogue.families()[0].clone();
    let mut models = json!({});
    for (pair, bleu) in PUBLISHED {
        let (from, to) = pair.split_once('-').unwrap();
        let file = |name: &str| json!({ "path": format!("models/{pair}/{name}.gz") });
        let mut model = file("model.bin");
        model["uncompressedSize"] = json!(17_140_961);
        model["uncompressedHash"] = json!("ab".repeat(32));
        models[pair] = json!([{
            "architecture": "tiny", "releaseStatus": "Release", "sourceLanguage": from, "targetLanguage": to,
            "files": { "model": model, "vocab": file("vocab.spm"), "lexicalShortlist": file("lex.s2t.bin") },
            "metrics": { "flores200-plus": { "bleu": bleu } },
        }]);
    }
    let index = json!({ "generated": "2026-11-20", "baseUrl": family.base, "models": models });
    let folder = home.join("registries");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, value: Value| {
        std::fs::write(folder.join(name), value.to_string()).unwrap();
    };
    let address = format!("{}/{}", family.base, family.index);
    write("firefox.json", index);
    write(
        "firefox.kept.json",
        json!({ "address": address, "etag": null, "checked": 0 }),
    );
    let options = FetchOptions {
        offline: true,
        ..FetchOptions::from_env()
    };
    Store::open(home).read_registries(&mut catalogue, &options, &Silent);
    assert_eq!(catalogue.families().len(), 1);
    catalogue
}

/// Whether a quality rests on figures for all that the model translates.
fn is_measured(manifest: &Manifest, quality: &Quality) -> bool {
    let figure = |(from, to): &(Lang, Lang)| quality.pairs.contains_key(&format!("{from}-{to}"));
    manifest.languages.is_empty() && !manifest.pairs.is_empty() && manifest.pairs.iter().all(figure)
}

#[test]
fn every_entry_can_run_and_says_what_it_rests_on() {
    let home = tempfile::tempdir().unwrap();
    for manifest in catalogue(home.path()).all() {
        let id = &manifest.id;
        assert!(engine::can_run(manifest), "no engine runs {id}");
        for (task, quality) in &manifest.quality {
            let estimated = quality.basis.starts_with("estimate");
            assert_ne!(
                is_measured(manifest, quality) && *task == Task::Translate,
                estimated,
                "{id} for {task}: {}",
                quality.basis
            );
            for (way, figure) in &quality.pairs {
                let dated = figure.date.len() == 10 && !figure.source.is_empty();
                assert!(dated, "{id}, {way}: who measured it, and when?");
            }
        }
    }
}

/// What a reader of the table sees: no figure that nobody measured, and no model under terms that looks like the others.
#[test]
fn the_list_marks_estimates_and_terms() {
    let home = tempfile::tempdir().unwrap();
    let output = { crate::support::traghetto(home.path()) }
        .args(["models", "list"])
        .output()
        .unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let catalogue = Catalogue::load(None).unwrap();
    assert_eq!(table.lines().count(), 1 + catalogue.all().len());
    for manifest in catalogue.all() {
        let begins = format!("{} ", manifest.id);
        let row = table.lines().find(|row| row.starts_with(&begins)).unwrap();
        for (task, quality) in &manifest.quality {
            let estimate = format!("est. {}", quality.score);
            let measured = is_measured(manifest, quality) && *task == Task::Translate;
            assert_ne!(row.contains(&estimate), measured, "{row}");
            assert_eq!(row.contains("BLEU "), measured, "{row}");
        }
        let free = manifest.licence.allows_default();
        assert_ne!(row.contains(", terms"), free, "{row}");
        let sources = manifest.sources.iter();
        assert!(
            sources.map(Source::name).all(|kind| row.contains(kind)),
            "{row}"
        );
    }
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("est.: by an estimate"), "{said}");
}

/// Where figures were published, no estimate wins in `fast` and `balanced`.
#[test]
fn published_figures_win() {
    let home = tempfile::tempdir().unwrap();
    let catalogue = catalogue(home.path());
    for (pair, _) in PUBLISHED {
        let (from, to) = pair.split_once('-').unwrap();
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        for tier in [Tier::Fast, Tier::Balanced] {
            let all = routes(&catalogue, from, to, tier, &engine::can_run);
            assert!(all[0].figure.is_some(), "{tier} {pair}: {}", all[0]);
        }
    }
}

#[test]
fn no_default_has_a_licence_that_forbids_use_somewhere() {
    let home = tempfile::tempdir().unwrap();
    let catalogue = catalogue(home.path());
    let langs: Vec<Lang> = Lang::all().collect();
    let mut taken = BTreeSet::new();
    for task in [Task::Translate, Task::Summarize, Task::Embed] {
        for &to in &langs {
            for from in [None, Some(Lang::EN), Some(Lang::IT)] {
                let found = catalogue.candidates(task, from, to, |_| true);
                taken.extend(found.iter().map(|manifest| manifest.id.clone()));
            }
        }
    }
    assert!(taken.contains("firefox-it-en"));
    for id in taken {
        let licence = &catalogue.get(&id).unwrap().licence;
        let free = licence.commercial && licence.territory.is_none() && !licence.gated;
        assert!(free, "{id} is a default under {}", licence.id);
    }
}

/// What `--quality balanced` and `fast` take where only one kind of source can be reached.
#[test]
fn what_is_taken_with_each_kind_of_source() {
    let home = tempfile::tempdir().unwrap();
    let catalogue = catalogue(home.path());
    let reaches = |manifest: &Manifest, what: &str| {
        manifest.sources.iter().any(|source| match source {
            Source::Hub { .. } => what == "hub",
            Source::Registry { .. } | Source::Url { .. } => what != "packages",
            Source::Packages { .. } => what != "registry",
            Source::Folder { .. } => false,
        })
    };
    let taken = |pair: &str, tier: Tier, what: &str| {
        let (from, to) = pair.split_once('-').unwrap();
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let can_run = |model: &Manifest| engine::can_run(model) && reaches(model, what);
        let all = routes(&catalogue, from, to, tier, &can_run);
        all.first()
            .map_or("-".to_owned(), |route| route.models().join(" + "))
    };
    let mut table = String::new();
    let pairs = ["it-en", "en-it", "it-pt", "it-fr", "de-en", "en-zh"];
    for (tier, pairs) in [(Tier::Balanced, &pairs[..]), (Tier::Fast, &pairs[..5])] {
        for pair in pairs {
            let row = ["hub", "registry", "packages"].map(|what| taken(pair, tier, what));
            table += &format!("{tier} {pair}: {}\n", row.join(" | "));
        }
    }
    assert_eq!(table, TAKEN, "{table}");
}

/// With all sources, with the registry alone, with package archives alone.
const TAKEN: &str = "\
balanced it-en: firefox-it-en | firefox-it-en | qwen2.5-coder-1.5b
balanced en-it: firefox-en-it | firefox-en-it | qwen2.5-coder-1.5b
balanced it-pt: firefox-it-en + student-en-pt | firefox-it-en + firefox-en-pt | qwen2.5-coder-1.5b + student-en-pt
balanced it-fr: firefox-it-en + firefox-en-fr | firefox-it-en + firefox-en-fr | qwen2.5-coder-1.5b
balanced de-en: opus-mt-de-en | - | qwen2.5-coder-1.5b
balanced en-zh: hy-mt2-1.8b | - | qwen2.5-coder-1.5b
fast it-en: firefox-it-en | firefox-it-en | qwen2.5-coder-1.5b
fast en-it: firefox-en-it | firefox-en-it | qwen2.5-coder-0.5b
fast it-pt: firefox-it-en + student-en-pt | firefox-it-en + firefox-en-pt | qwen2.5-coder-1.5b + student-en-pt
fast it-fr: firefox-it-en + firefox-en-fr | firefox-it-en + firefox-en-fr | qwen2.5-coder-0.5b
fast de-en: opus-mt-de-en | - | qwen2.5-coder-0.5b
";

/// The manifests of `docs/models.md`, as a reader copies them.
#[test]
fn the_examples_of_the_documentation_can_be_copied() {
    let text = include_str!("../../docs/models.md");
    let blocks: Vec<&str> = text
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 3);
    for whole in [blocks[0].to_owned(), blocks[1].to_owned()] {
        for manifest in [whole.clone(), whole + blocks[2]] {
            let manifest = Manifest::parse(&manifest, "docs/models.md").unwrap();
            assert!(engine::can_run(&manifest) && manifest.licence.allows_default());
        }
    }
}
