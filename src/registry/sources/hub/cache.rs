//! The cache that is shared with Python's `huggingface_hub`: `blobs/` with the contents, `snapshots/<commit>/` with
//! links to them, `refs/` with the commits that branches and tags named. The layout is `hf-hub`'s (`Cache`, `Repo`).

use std::path::{Path, PathBuf};

use hf_hub::{Cache, Repo, RepoType};

use crate::error::{Error, Result};
use crate::registry::catalogue::is_inside;
use crate::registry::files::write_whole;

/// Where the files of one repository are in the cache.
pub(in crate::registry) struct RepoCache {
    cache: Cache,
    repo: Repo,
}

impl RepoCache {
    pub(in crate::registry) fn new(cache: &Path, repo: &str) -> Self {
        Self {
            cache: Cache::new(cache.to_owned()),
            repo: Repo::new(repo.to_owned(), RepoType::Model),
        }
    }

    /// The repository's folder.
    pub(in crate::registry) fn folder(&self) -> PathBuf {
        self.cache.path().join(self.repo.folder_name())
    }

    pub(in crate::registry) fn blob(&self, etag: &str) -> PathBuf {
        self.cache.repo(self.repo.clone()).blob_path(etag)
    }

    /// Where an unfinished blob is kept, under the name that Python gave it before it stopped resuming.
    pub(in crate::registry) fn partial(&self, etag: &str) -> PathBuf {
        self.folder()
            .join("blobs")
            .join(format!("{etag}.incomplete"))
    }

    /// The lock that Python takes for this blob.
    pub(in crate::registry) fn lock(&self, etag: &str) -> PathBuf {
        self.cache
            .path()
            .join(".locks")
            .join(self.repo.folder_name())
            .join(format!("{etag}.lock"))
    }

    pub(in crate::registry) fn pointer(&self, commit: &str, path: &str) -> PathBuf {
        self.cache
            .repo(self.repo.clone())
            .pointer_path(commit)
            .join(path)
    }

    /// The commit that a revision named when it was last asked for; a commit names itself. (`hf-hub` looks for names
    /// only.)
    pub(in crate::registry) fn commit(&self, revision: &str) -> Option<String> {
        let named = std::fs::read_to_string(self.folder().join("refs").join(revision)).ok();
        let commit = named
            .map(|text| text.trim().to_owned())
            .filter(|commit| is_inside(commit));
        commit.or_else(|| {
            let is_commit = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
            is_commit.then(|| revision.to_owned())
        })
    }

    /// A file of a snapshot, if it is there.
    pub(in crate::registry) fn find(&self, commit: &str, path: &str) -> Option<PathBuf> {
        Some(self.pointer(commit, path)).filter(|path| path.is_file())
    }

    /// Records which commit a revision names.
    pub(in crate::registry) fn name_commit(&self, revision: &str, commit: &str) -> Result<()> {
        match revision == commit {
            true => Ok(()),
            // Not `CacheRepo::create_ref`, which truncates the file that others may be reading. Python would take a
            // temporary file in `refs` for a name.
            false => {
                let scratch = self
                    .cache
                    .path()
                    .join(".locks")
                    .join(self.repo.folder_name());
                write_whole(
                    &self.folder().join("refs").join(revision),
                    commit.as_bytes(),
                    &scratch,
                )
            }
        }
    }

    /// Makes a blob visible in a snapshot: by a relative link, or in its place where links can't be made.
    pub(in crate::registry) fn link(
        &self,
        commit: &str,
        path: &str,
        etag: &str,
    ) -> Result<PathBuf> {
        let pointer = self.pointer(commit, path);
        if pointer.is_file() {
            return Ok(pointer);
        }
        let failed = |e| Error::io("linking", &pointer, e);
        if let Some(dir) = pointer.parent() {
            std::fs::create_dir_all(dir).map_err(failed)?;
        }
        // What is there leads nowhere.
        std::fs::remove_file(&pointer).ok();
        let up = "../".repeat(path.split('/').count() + 1);
        let blob = PathBuf::from(format!("{up}blobs/{etag}"));
        if let Err(e) = symlink(&blob, &pointer)
            && e.kind() != std::io::ErrorKind::AlreadyExists
        {
            std::fs::rename(self.blob(etag), &pointer).map_err(failed)?;
        }
        Ok(pointer)
    }
}

#[cfg(unix)]
fn symlink(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(windows)]
fn symlink(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(to, at)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_to: &Path, _at: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
