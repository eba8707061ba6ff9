//! The keys of clients. Only their hashes are kept: who reads the file can't use them.

use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::output::{Target, create_folder, sha256_hex};
use crate::{Error, ErrorKind, Result};

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What the operator calls it.
    pub name: String,
    /// Its hash.
    pub sha256: String,
    /// Seconds since 1970.
    pub made_at: u64,
    /// Requests a minute, where they aren't everybody's.
    pub req_limit: Option<u32>,
    /// Characters of a text, where they aren't everybody's.
    pub char_limit: Option<usize>,
}

/// The keys in a file. It is read again when it has changed.
pub struct Keys {
    file: PathBuf,
    /// When it was changed last, and its bytes, as it was read.
    read_at: Option<(SystemTime, u64)>,
    keys: Vec<Key>,
}

impl Keys {
    /// The keys in `file`, which needn't be there.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read, [`ErrorKind::Input`] if it isn't a list of keys.
    pub fn open(file: impl Into<PathBuf>) -> Result<Self> {
        let mut keys = Self {
            file: file.into(),
            read_at: None,
            keys: Vec::new(),
        };
        keys.refresh()?;
        Ok(keys)
    }

    /// Reads the file again if it has changed.
    ///
    /// # Errors
    /// As [`Keys::open`]; the keys stay what they were.
    pub fn refresh(&mut self) -> Result<()> {
        let state = |file: std::fs::Metadata| -> std::io::Result<(SystemTime, u64)> {
            Ok((file.modified()?, file.len()))
        };
        let Ok(changed) = std::fs::metadata(&self.file).and_then(state) else {
            self.keys.clear();
            self.read_at = None;
            return Ok(());
        };
        if self.read_at != Some(changed) {
            let text = std::fs::read(&self.file);
            let text = text.map_err(|error| Error::io("reading", &self.file, error))?;
            self.keys = serde_json::from_slice(&text).map_err(|error| {
                let message = format!("{} is no list of keys", self.file.display());
                Error::new(ErrorKind::Input, message).with_source(error)
            })?;
            self.read_at = Some(changed);
        }
        Ok(())
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> &[Key] {
        &self.keys
    }

    /// Makes a key and writes its hash down; the key itself is nowhere else.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if there is one of this name, or it is no name; [`ErrorKind::Io`] if it can't be written.
    pub fn add(
        &mut self,
        name: &str,
        req_limit: Option<u32>,
        char_limit: Option<usize>,
    ) -> Result<String> {
        check_name(name)?;
        let _lock = self.lock()?;
        if self.keys.iter().any(|known| known.name == name) {
            let message = format!("there is a key called {name} already");
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let mut random = [0u8; 24];
        getrandom::fill(&mut random).map_err(|error| {
            let message = format!("the system gives no random bytes: {error}");
            Error::new(ErrorKind::Io, message)
        })?;
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("tr-{digits}");
        self.keys.push(Key {
            name: name.to_string(),
            sha256: sha256_hex(key.as_bytes()),
            made_at: UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
            req_limit,
            char_limit,
        });
        self.write()?;
        Ok(key)
    }

    /// Forgets the key called `name`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if there is none; [`ErrorKind::Io`] if the file can't be written.
    pub fn revoke(&mut self, name: &str) -> Result<()> {
        let _lock = self.lock()?;
        let before = self.keys.len();
        self.keys.retain(|key| key.name != name);
        if self.keys.len() == before {
            let message = format!("there is no key called {name}");
            let hint = "`traghetto serve keys list` shows those that there are";
            return Err(Error::new(ErrorKind::Usage, message).with_hint(hint));
        }
        self.write()
    }

    /// Keeps other processes from changing the file until it is dropped, and reads what they have written.
    fn lock(&mut self) -> Result<File> {
        create_folder(self.file.parent().unwrap_or(Path::new(".")))?;
        let path = self.file.with_extension("lock");
        let failed = |error| Error::io("locking", &path, error);
        let lock = File::create(&path).map_err(failed)?;
        lock.lock().map_err(failed)?;
        self.read_at = None;
        self.refresh()?;
        Ok(lock)
    }

    fn write(&self) -> Result<()> {
        let mut json = serde_json::to_vec_pretty(&self.keys).map_err(|error| {
            Error::new(ErrorKind::Io, "the keys can't be written as JSON").with_source(error)
        })?;
        json.push(b'\n');
        Target::open(&self.file)?.write(&json)
    }
}

/// Fails for what could be taken for a client without a key, or can't be read in a list.
fn check_name(name: &str) -> Result<()> {
    let wrong = if name.trim().is_empty() {
        "is empty"
    } else if name.parse::<IpAddr>().is_ok() {
        "is an address, by which clients without a key are told apart"
    } else if name.chars().any(char::is_control) {
        "has control characters"
    } else {
        return Ok(());
    };
    let message = format!("a key can't be called {name:?}: that {wrong}");
    Err(Error::new(ErrorKind::Usage, message))
}

/// What is known of a key among `keys`; `None` if it is none of them.
pub fn find<'k>(keys: &'k [Key], key: &str) -> Option<&'k Key> {
    let hash = sha256_hex(key.as_bytes());
    keys.iter().find(|known| known.sha256 == hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kept_hashed_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deeper/keys.json");
        let mut keys = Keys::open(&file).unwrap();
        let key = keys.add("weblate", Some(10), None).unwrap();
        assert!(keys.add("weblate", None, None).is_err());
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&key) && text.contains("weblate"));
        let mut other = Keys::open(&file).unwrap();
        assert_eq!(find(other.all(), &key).unwrap().req_limit, Some(10));
        assert_eq!(find(other.all(), "tr-"), None);
        other.revoke("weblate").unwrap();
        assert!(other.revoke("weblate").is_err());
        keys.refresh().unwrap();
        assert_eq!(find(keys.all(), &key), None);
        std::fs::write(&file, "x").unwrap();
        assert!(Keys::open(&file).is_err());
    }

    #[test]
    fn keys_that_several_make_at_once_are_all_kept_and_no_name_is_an_address() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        let mut all: Vec<Keys> = (0..4).map(|_| Keys::open(&file).unwrap()).collect();
        for (i, keys) in all.iter_mut().enumerate() {
            keys.add(&format!("client {i}"), None, None).unwrap();
        }
        assert_eq!(Keys::open(&file).unwrap().all().len(), 4);
        for name in ["", " ", "127.0.0.1", "::1", "a\tb"] {
            let error = all[0].add(name, None, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{name:?}");
        }
    }
}
