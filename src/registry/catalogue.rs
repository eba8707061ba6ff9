//! The catalogue: the manifests compiled into the binary and those that the user adds.

use std::path::Path;

use super::manifest::{Manifest, Task};
use crate::error::{Error, ErrorKind, Result};
use crate::text::Lang;

/// The manifests of `models/`, by file name. A test keeps the list complete.
pub(super) const BUILT_IN: &[(&str, &str)] = &[
    ("e5-small.toml", include_str!("../../models/e5-small.toml")),
    (
        "eurollm-1.7b-instruct.toml",
        include_str!("../../models/eurollm-1.7b-instruct.toml"),
    ),
    (
        "gemma-3-270m.toml",
        include_str!("../../models/gemma-3-270m.toml"),
    ),
    (
        "gemma-3-4b-it.toml",
        include_str!("../../models/gemma-3-4b-it.toml"),
    ),
    (
        "qwen2.5-coder-0.5b.toml",
        include_str!("../../models/qwen2.5-coder-0.5b.toml"),
    ),
    (
        "qwen2.5-coder-1.5b.toml",
        include_str!("../../models/qwen2.5-coder-1.5b.toml"),
    ),
    (
        "qwen3-1.7b.toml",
        include_str!("../../models/qwen3-1.7b.toml"),
    ),
    ("qwen3-4b.toml", include_str!("../../models/qwen3-4b.toml")),
    (
        "smollm2-135m.toml",
        include_str!("../../models/smollm2-135m.toml"),
    ),
    (
        "student-en-pt.toml",
        include_str!("../../models/student-en-pt.toml"),
    ),
    (
        "student-pt-en.toml",
        include_str!("../../models/student-pt-en.toml"),
    ),
];

/// All known models.
#[derive(Debug, Clone)]
pub struct Catalogue {
    manifests: Vec<Manifest>,
}

impl Catalogue {
    /// The built-in manifests, and those in `user_dir` (`*.toml`) if there is such a folder. A manifest of the user's
    /// takes the place of a built-in one with the same id.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for a manifest that can't be read, [`ErrorKind::Io`] if the folder can't.
    pub fn load(user_dir: Option<&Path>) -> Result<Self> {
        let mut manifests = BUILT_IN
            .iter()
            .map(|(name, text)| Manifest::parse(text, name))
            .collect::<Result<Vec<_>>>()?;
        let Some(dir) = user_dir.filter(|dir| dir.is_dir()) else {
            return Ok(Self { manifests });
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
            let manifest = Manifest::parse(&text, &path.display().to_string())?;
            manifests.retain(|other| other.id != manifest.id);
            manifests.push(manifest);
        }
        Ok(Self { manifests })
    }

    /// Every manifest: the built-in ones by file name, then the user's.
    pub fn all(&self) -> &[Manifest] {
        &self.manifests
    }

    /// The manifest with this id.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for an unknown id; the hint suggests near ones.
    pub fn get(&self, id: &str) -> Result<&Manifest> {
        self.manifests
            .iter()
            .find(|manifest| manifest.id.eq_ignore_ascii_case(id))
            .ok_or_else(|| {
                let near = self.near(id);
                let error = Error::new(ErrorKind::Usage, format!("unknown model \"{id}\""));
                match near.is_empty() {
                    true => error.with_hint("`models list` shows what there is"),
                    false => error.with_hint(format!("did you mean {}?", near.join(" or "))),
                }
            })
    }

    /// Ids that resemble `name`, the nearest first; at most three.
    pub fn near(&self, name: &str) -> Vec<&str> {
        let wanted = name.to_lowercase();
        let wanted = wanted.rsplit('/').next().unwrap_or_default();
        let mut scored: Vec<(usize, &str)> = self
            .manifests
            .iter()
            .filter_map(|manifest| {
                let id = manifest.id.as_str();
                let distance =
                    match wanted.len() >= 3 && (id.contains(wanted) || wanted.contains(id)) {
                        true => 0,
                        false => edit_distance(wanted, id),
                    };
                (distance <= 2.max(id.len() / 3)).then_some((distance, id))
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
            let by_score = b.score(task).total_cmp(&a.score(task));
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
