//! Where the files of a model can come from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::names::is_inside;
use crate::error::{Error, ErrorKind, Result};

/// Where the files of a model can come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// A repository on the Hugging Face Hub.
    Hub {
        /// `owner/name`.
        repo: String,
        /// Branch, tag or commit.
        #[serde(default = "main_revision")]
        revision: String,
        /// Path in the repository of each file that has another name there.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        files: BTreeMap<String, String>,
    },
    /// A folder on this machine; the files are used where they are.
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// Members of Python packages, used as plain data archives.
    Packages {
        /// For each file the pieces that make it, in order.
        files: BTreeMap<String, Vec<Piece>>,
    },
    /// Plain addresses.
    Url {
        /// For each file its addresses, mirrors of one another, the first choice first; a manifest may write one alone. What
        /// is gzip'd there, by the end of the address, is unpacked.
        #[serde(deserialize_with = "one_or_more")]
        files: BTreeMap<String, Vec<String>>,
    },
    /// Addresses that a family's registry listed.
    Registry {
        /// The family.
        family: String,
        /// As in `Url`.
        files: BTreeMap<String, Vec<String>>,
    },
}

impl Source {
    /// The repository, where it is one.
    pub(super) fn repo(&self) -> Option<&str> {
        match self {
            Source::Hub { repo, .. } => Some(repo),
            _ => None,
        }
    }

    /// What `models list --source` calls it.
    pub fn name(&self) -> &str {
        match self {
            Source::Hub { .. } => "hub",
            Source::Folder { .. } => "folder",
            Source::Packages { .. } => "packages",
            Source::Url { .. } => "url",
            Source::Registry { family, .. } => family,
        }
    }
}

/// Reads lists of addresses, each of which may be one address alone.
fn one_or_more<'de, D: Deserializer<'de>>(
    reader: D,
) -> std::result::Result<BTreeMap<String, Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "an address or a list of addresses")]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    let files = BTreeMap::<String, OneOrMore>::deserialize(reader)?;
    let list = |addresses| match addresses {
        OneOrMore::One(address) => vec![address],
        OneOrMore::More(addresses) => addresses,
    };
    let files = files.into_iter();
    Ok(files
        .map(|(name, addresses)| (name, list(addresses)))
        .collect())
}

/// The scheme, host and port of an address.
pub(in crate::registry) fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find(['/', '?', '#']);
    end.map_or(address, |end| &address[..host + end])
}

/// Whether something may be fetched from an address: by https, or from this very machine.
pub(super) fn is_address(address: &str) -> bool {
    let plain = address
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"\"\\@".contains(&b));
    let here = |host: &str| {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        matches!(name, "127.0.0.1" | "localhost" | "[::1]")
    };
    let named = |host: &str| !host.is_empty() && !host.starts_with(['/', ':']);
    plain
        && match origin(address).split_once("://") {
            Some(("https", host)) => named(host),
            Some(("http", host)) => here(host),
            _ => false,
        }
}

fn main_revision() -> String {
    "main".to_owned()
}

/// A member of a package archive, written `name==version/path/of/the/member`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Piece {
    /// Package name.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// Path within the archive.
    pub member: String,
}

impl Piece {
    /// What pip is asked for: `name==version`.
    pub fn requirement(&self) -> String {
        format!("{}=={}", self.package, self.version)
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=={}/{}", self.package, self.version, self.member)
    }
}

impl FromStr for Piece {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // The characters are limited because name and version become an argument of pip.
        let plain = |text: &str, extra: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
        };
        text.split_once('/')
            .and_then(|(requirement, member)| {
                let (package, version) = requirement.split_once("==")?;
                let sound = plain(package, "._-") && plain(version, "._-+!") && is_inside(member);
                sound.then(|| Piece {
                    package: package.to_owned(),
                    version: version.to_owned(),
                    member: member.to_owned(),
                })
            })
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Model,
                    format!("\"{text}\" is not of the form package==version/member"),
                )
            })
    }
}

impl Serialize for Piece {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
