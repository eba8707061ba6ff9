//! What the registries of families publish, kept so that it can be read offline: for each family its index, and beside it
//! what to ask by whether that is still the one.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Store;
use super::installed::Found;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{Catalogue, Family, Manifest, Published, Source, Task, published};
use crate::registry::files::{write_json, write_whole};
use crate::registry::progress::Progress;
use crate::registry::sources::{Answer, FetchOptions, fetch_index, manifest_of_path};

/// Seconds for which an index is believed without asking.
const FRESH: u64 = 24 * 60 * 60;
/// Seconds until a registry that couldn't be asked is asked again, if an index is here.
const AGAIN: u64 = 60 * 60;

/// What is known of an index that is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Kept {
    /// Where it came from.
    address: String,
    etag: Option<String>,
    /// When it was the registry's last, in seconds since 1970.
    checked: u64,
}

impl Store {
    /// Adds to the catalogue what the registries of its families publish, and those of their models that are here.
    /// Unless offline, a registry is asked once a day whether it has something new; if it can't be asked, what is kept of
    /// it counts. A model that is here stays what it is, whatever the registry has now.
    ///
    /// None of this fails: the catalogue remembers which registry could not be read, for whoever asks for its models.
    pub fn read_registries(
        &self,
        catalogue: &mut Catalogue,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) {
        for family in catalogue.families().to_vec() {
            let mut found = match self.index(&family, options, progress) {
                Ok(found) => found,
                Err(error) => {
                    if !options.offline {
                        progress.note(&format!("{error}; going on without its models"));
                    }
                    catalogue.miss(&family.id, &error);
                    Published::default()
                }
            };
            if found.unread > 0 {
                progress.note(&format!(
                    "the registry of {} has {} entries of another form, which are left out",
                    family.id, found.unread
                ));
            }
            for here in self.here(&family, catalogue, progress) {
                match found.manifests.iter_mut().find(|other| other.id == here.id) {
                    Some(other) => {
                        let newer = std::mem::replace(other, here);
                        found.replaced.push(newer);
                    }
                    None => found.manifests.push(here),
                }
            }
            catalogue.add(found);
        }
    }

    /// The models of a family that are here: in the store, and in folders of the user's beside the manifests.
    fn here(
        &self,
        family: &Family,
        catalogue: &Catalogue,
        progress: &dyn Progress,
    ) -> Vec<Manifest> {
        let of_family = |manifest: &Manifest| {
            let is = |source: &Source| matches!(source, Source::Registry { family: own, .. } if *own == family.id);
            manifest.sources.iter().any(is)
        };
        let recorded = self.recorded().into_iter().filter(of_family);
        let mut here: Vec<Manifest> = recorded
            .filter(|manifest| matches!(self.find_in_store(manifest), Found::Whole(_)))
            .collect();
        for folder in catalogue.folders_of(family) {
            match manifest_of_path(&folder) {
                Ok(mut manifest) => {
                    manifest.licence = family.licence.clone();
                    manifest.quality.insert(Task::Translate, family.estimate());
                    here.push(manifest);
                }
                Err(error) => progress.note(&format!("{} is left out: {error}", folder.display())),
            }
        }
        here
    }

    /// What a family's registry publishes, or is known to have published.
    fn index(
        &self,
        family: &Family,
        options: &FetchOptions,
        progress: &dyn Progress,
    ) -> Result<Published> {
        let base = options.registry.as_deref();
        let address = family.address(base)?;
        let (path, kept_path) = self.index_paths(family);
        let kept: Option<Kept> = std::fs::read(&kept_path)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .filter(|kept: &Kept| kept.address == address);
        let text = kept.as_ref().and_then(|_| std::fs::read(&path).ok());
        let known = text
            .as_ref()
            .and_then(|text| published(family, text, base).ok());
        let now = now();
        let mut kept = kept.filter(|_| known.is_some()).unwrap_or_default();
        let is_fresh = kept.checked <= now && now - kept.checked < FRESH;
        let known = match known {
            Some(known) if is_fresh || options.offline => return Ok(known),
            None if options.offline => return Err(never_read(family)),
            known => known,
        };
        let what = format!("the registry of {}", family.id);
        // The index and what is known of it belong together. On a read-only store neither is written.
        let _lock = self.lock(&format!("registry-{}", family.id), progress).ok();
        let etag = kept.etag.as_deref();
        let answer = fetch_index(&what, &address, etag, &options.hub, progress);
        // What can't be read takes no one's place.
        let answer = answer.and_then(|answer| match answer {
            Answer::Unchanged => Ok(None),
            Answer::New { text, etag } => {
                let new = published(family, &text, base)?;
                Ok(Some((text, etag, new)))
            }
        });
        let (found, checked) = match (answer, known) {
            (Ok(Some((text, etag, new))), _) => {
                // On a read-only store it is asked for each time.
                let dir = path.parent().unwrap_or(self.root());
                write_whole(&path, &text, dir).ok();
                kept.etag = etag;
                (new, now)
            }
            (Ok(None), Some(known)) => (known, now),
            (Err(error), Some(known)) => {
                progress.note(&format!("{error}; what it said before counts"));
                (known, (now + AGAIN).saturating_sub(FRESH))
            }
            (Err(error), None) => return Err(error),
            (Ok(None), None) => return Err(never_read(family)),
        };
        (kept.address, kept.checked) = (address, checked);
        write_json(&kept_path, &kept).ok();
        Ok(found)
    }

    /// Lets a family's registry be asked anew the next time: what it said has turned out wrong.
    pub(super) fn doubt_registry(&self, family: &str) {
        let path = self
            .root()
            .join("registries")
            .join(format!("{family}.kept.json"));
        let kept = std::fs::read(&path).ok();
        if let Some(mut kept) = kept.and_then(|text| serde_json::from_slice::<Kept>(&text).ok()) {
            kept.checked = 0;
            write_json(&path, &kept).ok();
        }
    }

    /// Where the index of a family is kept, and what is known of it.
    fn index_paths(&self, family: &Family) -> (PathBuf, PathBuf) {
        let dir = self.root().join("registries");
        let path = |end: &str| dir.join(format!("{}{end}", family.id));
        (path(".json"), path(".kept.json"))
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn never_read(family: &Family) -> Error {
    let why = format!("the registry of {} was never read here", family.id);
    Error::new(ErrorKind::Unavailable, why)
        .with_hint("run once while online; what it publishes is kept")
}
