//! Models in folders on this machine.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::{
    self, Choice, HEADER, Listed, Manifest, ModelFile, ModelFormat, Role, Source,
};

/// A manifest for a GGUF file or for a folder with a model in it.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be read; [`ErrorKind::Model`] if it is no model, or one of an architecture that isn't
/// known.
pub(in crate::registry) fn manifest_of_path(path: &Path) -> Result<Manifest> {
    let meta = path.metadata().map_err(|e| Error::io("reading", path, e))?;
    // Not `canonicalize`: that would follow the Hub cache's links to names that mean nothing to a person.
    let path = std::path::absolute(path).map_err(|e| Error::io("reading", path, e))?;
    let name = path.file_name().and_then(|name| name.to_str());
    match (name, path.parent()) {
        _ if meta.is_dir() => manifest_of_folder(&path, None),
        (Some(name), Some(folder))
            if [".gguf", ".safetensors", ".bin", ".bin.gz", ".npz"]
                .iter()
                .any(|ext| name.ends_with(ext)) =>
        {
            manifest_of_folder(folder, Some(name))
        }
        // A GGUF by another name, such as a blob of a cache.
        (Some(name), Some(folder)) => {
            let facts = catalogue::gguf(&beginning(&path, HEADER)?, &path.display().to_string())?;
            let file = ModelFile {
                name: name.to_owned(),
                role: Role::Weights,
                size: Some(meta.len()),
                sha256: None,
            };
            let choice = Choice {
                format: ModelFormat::Gguf,
                files: vec![file],
            };
            let source = Source::Folder {
                path: folder.to_owned(),
            };
            let id = name.to_owned();
            Ok(catalogue::manifest(id, choice, facts, None, source))
        }
        _ => Err(Error::new(
            ErrorKind::Input,
            format!("{} is not a model", path.display()),
        )),
    }
}

/// A manifest for what a folder holds; `wanted` names the file with the weights.
///
/// # Errors
/// As [`manifest_of_path`].
pub(super) fn manifest_of_folder(folder: &Path, wanted: Option<&str>) -> Result<Manifest> {
    let mut listing = Vec::new();
    list(folder, "", &mut listing).map_err(|e| Error::io("reading", folder, e))?;
    listing.sort_by(|a, b| a.name.cmp(&b.name));
    let origin = folder.display().to_string();
    let (choice, facts) = catalogue::describe(&listing, wanted, &origin, &|name, most| {
        let path = folder.join(name);
        Ok((beginning(&path, most)?, path.display().to_string()))
    })?;
    let id = wanted
        .map(str::to_owned)
        .or_else(|| Some(folder.file_name()?.to_str()?.to_owned()));
    let source = Source::Folder {
        path: folder.to_owned(),
    };
    let id = id.unwrap_or_else(|| "model".to_owned());
    Ok(catalogue::manifest(id, choice, facts, None, source))
}

/// The first bytes of a file, at most `most`.
fn beginning(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|e| Error::io("reading", path, e))?;
    Ok(bytes)
}

/// Lists the files of a folder and of the folders in it, two levels deep: repositories keep variants that far down.
fn list(folder: &Path, prefix: &str, into: &mut Vec<Listed>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        // What can't be read or named in UTF-8 is no part of a model.
        let (Ok(meta), Some(name)) = (
            path.metadata(),
            path.file_name().and_then(|name| name.to_str()),
        ) else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if meta.is_file() {
            into.push(Listed {
                name,
                size: Some(meta.len()),
                sha256: None,
            });
        } else if meta.is_dir() && prefix.matches('/').count() < 1 {
            list(&path, &format!("{name}/"), into)?;
        }
    }
    Ok(())
}
