//! How a user names a model: an id of the catalogue, a path, or a repository on the Hub.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::names::{is_inside, is_repo, without_owner};
use crate::error::{Error, ErrorKind};

/// A model as the user names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSpec {
    /// An id of the catalogue.
    Id(String),
    /// A file or a folder on this machine.
    Path(PathBuf),
    /// A repository on the Hub: `hf:owner/repo[@revision][:file]`.
    Hub {
        /// `owner/name`.
        repo: String,
        /// Branch, tag or commit; `main` if absent.
        revision: Option<String>,
        /// The file with the weights; chosen if absent.
        file: Option<String>,
    },
}

impl ModelSpec {
    /// What the model itself is called, without owner, folder, revision or file; none if a path's last part is not
    /// UTF-8.
    pub fn name(&self) -> Option<&str> {
        match self {
            ModelSpec::Id(id) => Some(id),
            ModelSpec::Path(path) => path.file_name()?.to_str(),
            ModelSpec::Hub { repo, .. } => Some(without_owner(repo)),
        }
    }
}

impl FromStr for ModelSpec {
    type Err = Error;

    /// `hf:…` is a repository; what exists, ends in `.gguf` or has a path separator is a path; the rest is an id.
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(rest) = text.strip_prefix("hf:") {
            let (rest, file) = match rest.split_once(':') {
                Some((rest, file)) => (rest, Some(file.to_owned())),
                None => (rest, None),
            };
            let (repo, revision) = match rest.split_once('@') {
                Some((repo, revision)) => (repo, Some(revision.to_owned())),
                None => (rest, None),
            };
            let sound = is_repo(repo)
                && revision.as_deref().is_none_or(is_inside)
                && file.as_deref().is_none_or(is_inside);
            return match sound {
                true => Ok(ModelSpec::Hub {
                    repo: repo.to_owned(),
                    revision,
                    file,
                }),
                false => Err(
                    Error::new(ErrorKind::Usage, format!("\"{text}\" names no model")).with_hint(
                        "write hf:owner/repo, hf:owner/repo@revision or hf:owner/repo:file.gguf",
                    ),
                ),
            };
        }
        let path = Path::new(text);
        let is_gguf = path
            .extension()
            .is_some_and(|ext| ext.eq_ignore_ascii_case("gguf"));
        let has_separator = text.contains(std::path::is_separator);
        if text.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "the model's name is empty"));
        }
        Ok(match is_gguf || has_separator || path.exists() {
            true => ModelSpec::Path(path.to_owned()),
            false => ModelSpec::Id(text.to_owned()),
        })
    }
}

impl fmt::Display for ModelSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelSpec::Id(id) => f.write_str(id),
            ModelSpec::Path(path) => write!(f, "{}", path.display()),
            ModelSpec::Hub {
                repo,
                revision,
                file,
            } => {
                write!(f, "hf:{repo}")?;
                if let Some(revision) = revision {
                    write!(f, "@{revision}")?;
                }
                match file {
                    Some(file) => write!(f, ":{file}"),
                    None => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_name_a_model_is_understood() {
        let hub = |repo: &str, revision: Option<&str>, file: Option<&str>| ModelSpec::Hub {
            repo: repo.to_owned(),
            revision: revision.map(str::to_owned),
            file: file.map(str::to_owned),
        };
        for (text, spec) in [
            ("qwen3-4b", ModelSpec::Id("qwen3-4b".to_owned())),
            ("weights.gguf", ModelSpec::Path("weights.gguf".into())),
            ("there/model", ModelSpec::Path("there/model".into())),
            (
                "hf:Qwen/Qwen3-4B-GGUF",
                hub("Qwen/Qwen3-4B-GGUF", None, None),
            ),
            ("hf:o/r@refs/pr/3", hub("o/r", Some("refs/pr/3"), None)),
            (
                "hf:o/r@v1:q/x.gguf",
                hub("o/r", Some("v1"), Some("q/x.gguf")),
            ),
        ] {
            assert_eq!(text.parse::<ModelSpec>().unwrap(), spec, "{text}");
            assert_eq!(spec.to_string(), text);
        }
        for text in ["", "hf:", "hf:a/b/c", "hf:a/b:../x", "hf:-a/b", "hf:a/b@"] {
            assert!(text.parse::<ModelSpec>().is_err(), "{text}");
        }
    }
}
