//! Models brought in and taken out by hand: files and folders of the user's, and archives for machines that no network
//! reaches.
//!
//! An archive is a plain tar. For each model it has `<folder>/installed.json`, the record, and after it the files that
//! the record names, with their hashes in it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::Store;
use super::installed::Found;
use super::installed::{Installed, RECORD, Record, SourceKind, SourceUsed, folder_name};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::Catalogue;
use crate::registry::catalogue::{Manifest, Source};
use crate::registry::files::{Hasher, check_room, hash_file, publish, temporary_in};
use crate::registry::progress::{Progress, Silent};
use crate::registry::sources::manifest_of_path;

/// Longest record that is believed.
const LONGEST_RECORD: u64 = 4 << 20;

impl Store {
    /// Copies a model into the store: a GGUF file, a folder, or an archive made by [`Store::export`]. Files that are a
    /// model of the catalogue, byte for byte, become that model; others get the id given, or their own name.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it is no model, [`ErrorKind::Integrity`] if an archive's files aren't what its record
    /// says, [`ErrorKind::Unavailable`] if there is no room.
    pub fn import(
        &self,
        path: &Path,
        id: Option<&str>,
        catalogue: &Catalogue,
        progress: &dyn Progress,
    ) -> Result<Vec<Installed>> {
        let meta = path.metadata().map_err(|e| Error::io("reading", path, e))?;
        if meta.is_file() && is_tar(path)? {
            if id.is_some() {
                return Err(Error::new(
                    ErrorKind::Usage,
                    format!("{}: models of an archive keep their names", path.display()),
                )
                .with_hint("leave --id out"));
            }
            return self.import_archive(path, progress);
        }
        let (mut manifest, paths) = match known_files(path, catalogue) {
            Some(known) => known,
            None => {
                let mut manifest = manifest_of_path(path)?;
                catalogue.complete(&mut manifest);
                let folder = if meta.is_dir() {
                    path
                } else {
                    path.parent().unwrap_or(Path::new(""))
                };
                let paths = manifest
                    .files
                    .iter()
                    .map(|file| folder.join(&file.name))
                    .collect();
                (manifest, paths)
            }
        };
        if let Some(id) = id.filter(|id| *id != manifest.id) {
            check_id(id, catalogue)?;
            id.clone_into(&mut manifest.id);
        } else if let Some(stem) = manifest.id.strip_suffix(".gguf") {
            // What ends in .gguf would be taken for a path on the command line.
            manifest.id = stem.to_owned();
        }
        let source = SourceUsed {
            kind: SourceKind::Import,
            description: path.display().to_string(),
            revision: None,
        };
        check_room(self.root(), manifest.size)?;
        let _lock = self.lock(&manifest.id, progress)?;
        progress.start(&manifest.id, Some(manifest.size));
        let dir = self.model_dir(&manifest.id);
        let copied = manifest
            .files
            .iter_mut()
            .zip(&paths)
            .try_for_each(|(file, from)| {
                let failed = |e| Error::io("reading", from, e);
                let mut reader = File::open(from).map_err(failed)?;
                let size = reader.metadata().map_err(failed)?.len();
                let target = dir.join(&file.name);
                let sha256 = copy(&mut reader, size, file.sha256.as_deref(), &target, progress)?;
                self.hashes.record(&target, &sha256)?;
                (file.size, file.sha256) = (Some(size), Some(sha256));
                Ok::<(), Error>(())
            });
        progress.finish();
        copied?;
        Ok(vec![self.finish_import(manifest, source)?])
    }

    /// Writes installed models into one archive. `path` appears when it is whole.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a file can't be read or the archive can't be written.
    pub fn export(&self, models: &[Installed], path: &Path, progress: &dyn Progress) -> Result<()> {
        let failed = |e| Error::io("writing", path, e);
        let dir = path
            .parent()
            .filter(|dir| !dir.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        check_room(dir, models.iter().map(|model| model.manifest.size).sum())?;
        let mut partial = temporary_in(dir).map_err(failed)?;
        let mut tar = tar::Builder::new(BufWriter::with_capacity(1 << 18, partial.as_file_mut()));
        for model in models {
            let folder = folder_name(&model.manifest.id);
            let mut manifest = model.manifest.clone();
            // Another machine has other folders.
            manifest
                .sources
                .retain(|source| !matches!(source, Source::Folder { .. }));
            for (file, there) in manifest.files.iter_mut().zip(&model.files) {
                (file.size, file.sha256) = (Some(there.size), Some(there.sha256.clone()));
            }
            manifest.size = model.files.iter().map(|file| file.size).sum();
            progress.start(&manifest.id, Some(manifest.size));
            let record = Record {
                manifest,
                source: model.source.clone(),
            };
            let record = serde_json::to_vec_pretty(&record).map_err(|e| {
                Error::new(ErrorKind::Io, format!("writing {}", path.display())).with_source(e)
            })?;
            append(
                &mut tar,
                &format!("{folder}/{RECORD}"),
                record.len() as u64,
                &mut record.as_slice(),
            )
            .map_err(failed)?;
            for file in &model.files {
                let reader =
                    File::open(&file.path).map_err(|e| Error::io("reading", &file.path, e))?;
                let mut reader = Told {
                    reader: reader.take(file.size),
                    progress,
                };
                append(
                    &mut tar,
                    &format!("{folder}/{}", file.name),
                    file.size,
                    &mut reader,
                )
                .map_err(failed)?;
            }
            progress.finish();
        }
        tar.into_inner()
            .and_then(|mut out| out.flush())
            .map_err(failed)?;
        partial.as_file().sync_all().map_err(failed)?;
        partial.persist(path).map_err(|e| failed(e.error))?;
        Ok(())
    }

    fn import_archive(&self, path: &Path, progress: &dyn Progress) -> Result<Vec<Installed>> {
        let damaged = |why: &dyn std::fmt::Display| {
            Error::new(
                ErrorKind::Integrity,
                format!("the archive {} is damaged: {why}", path.display()),
            )
        };
        let file = File::open(path).map_err(|e| Error::io("reading", path, e))?;
        check_room(self.root(), file.metadata().map_or(0, |meta| meta.len()))?;
        let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 18, file));
        let mut entries = archive.entries().map_err(|e| damaged(&e))?;
        let mut done = Vec::new();
        while let Some(entry) = entries.next() {
            let mut text = String::new();
            let mut entry = entry.map_err(|e| damaged(&e))?.take(LONGEST_RECORD);
            entry.read_to_string(&mut text).map_err(|e| damaged(&e))?;
            let record: Record = serde_json::from_str(&text).map_err(|e| damaged(&e))?;
            let mut manifest = record.manifest;
            manifest.check_files().map_err(|why| damaged(&why))?;
            let _lock = self.lock(&manifest.id, progress)?;
            progress.start(&manifest.id, Some(manifest.size));
            let dir = self.model_dir(&manifest.id);
            for file in &mut manifest.files {
                let (Some(size), Some(sha256)) = (file.size, file.sha256.as_deref()) else {
                    return Err(damaged(&format_args!("{} has no hash", file.name)));
                };
                let mut entry = match entries.next() {
                    Some(entry) => entry.map_err(|e| damaged(&e))?,
                    None => return Err(damaged(&"it ends early")),
                };
                // Links and other things have no place here; the name on disk is the record's, which was checked.
                let expected = format!("{}/{}", folder_name(&manifest.id), file.name);
                if entry.path_bytes() != expected.as_bytes()
                    || !entry.header().entry_type().is_file()
                {
                    return Err(damaged(&format_args!(
                        "{} is not where it belongs",
                        file.name
                    )));
                }
                let target = dir.join(&file.name);
                copy(&mut entry, size, Some(sha256), &target, progress)?;
                self.hashes.record(&target, sha256)?;
            }
            progress.finish();
            let source = SourceUsed {
                kind: SourceKind::Import,
                ..record.source
            };
            done.push(self.finish_import(manifest, source)?);
        }
        match done.is_empty() {
            true => Err(damaged(&"it holds no model")),
            false => Ok(done),
        }
    }

    fn finish_import(&self, manifest: Manifest, source: SourceUsed) -> Result<Installed> {
        let record = Record { manifest, source };
        record.write(&self.model_dir(&record.manifest.id))?;
        match self.find_in_store(&record.manifest) {
            Found::Whole(installed) => Ok(*installed),
            Found::Damaged(_) | Found::Missing => {
                let why = format!("{} changed while it was imported", record.manifest.id);
                Err(Error::new(ErrorKind::Integrity, why))
            }
        }
    }
}

/// Whether a file is a tar archive: its magic stands at byte 257.
/// Fails for an id by which a model couldn't be named again, or which is another model's.
fn check_id(id: &str, catalogue: &Catalogue) -> Result<()> {
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let wrong = if id.is_empty() || !id.chars().all(plain) || id.starts_with(['-', '.']) {
        "has letters, digits, hyphens, dots and underscores only, and begins with a letter or a digit"
    } else if id.to_lowercase().ends_with(".gguf") {
        "doesn't end in .gguf, which is taken for a file"
    } else if catalogue.get(id).is_ok() {
        "isn't that of another model of the catalogue"
    } else {
        return Ok(());
    };
    let message = format!("\"{id}\" can't be the id: it {wrong}");
    Err(Error::new(ErrorKind::Usage, message).with_hint("name another with --id"))
}

fn is_tar(path: &Path) -> Result<bool> {
    let mut magic = [0; 5];
    let mut file = File::open(path).map_err(|e| Error::io("reading", path, e))?;
    let read = file
        .seek(std::io::SeekFrom::Start(257))
        .and_then(|_| file.read_exact(&mut magic));
    Ok(read.is_ok() && &magic == b"ustar")
}

/// The model of the catalogue that a file or folder is, and where each of its files is. A single file counts by its
/// contents, whatever its name.
fn known_files(path: &Path, catalogue: &Catalogue) -> Option<(Manifest, Vec<PathBuf>)> {
    let is_folder = path.is_dir();
    for manifest in catalogue.all() {
        let paths: Vec<PathBuf> = match (is_folder, &manifest.files[..]) {
            (true, files) => files.iter().map(|file| path.join(&file.name)).collect(),
            (false, [_]) => vec![path.to_owned()],
            (false, _) => continue,
        };
        // Sizes first: only what can be the same is read.
        let same_size = paths.iter().zip(&manifest.files).all(|(path, file)| {
            path.metadata()
                .is_ok_and(|meta| file.size == Some(meta.len()))
        });
        let same = same_size
            && paths
                .iter()
                .zip(&manifest.files)
                .all(|(path, file)| hash_file(path, &Silent).ok() == file.sha256);
        if same {
            return Some((manifest.clone(), paths));
        }
    }
    None
}

/// Copies exactly `size` bytes to `target`, which appears when they are whole and have the hash expected.
fn copy(
    reader: &mut impl Read,
    size: u64,
    expected: Option<&str>,
    target: &Path,
    progress: &dyn Progress,
) -> Result<String> {
    let failed = |e| Error::io("writing", target, e);
    let dir = target.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir).map_err(failed)?;
    let mut partial = temporary_in(dir).map_err(failed)?;
    let mut hasher = Hasher::default();
    let mut tee = Tee {
        reader: reader.take(size + 1),
        out: BufWriter::with_capacity(1 << 18, &mut partial),
    };
    hasher
        .read_from(&mut tee, size + 1, |n| progress.advance(n))
        .map_err(failed)?;
    tee.out.flush().map_err(failed)?;
    drop(tee);
    let (bytes, sha256) = (hasher.bytes(), hasher.finish());
    if bytes != size || expected.is_some_and(|expected| expected != sha256) {
        let why = format!(
            "{} is not what it should be: {bytes} bytes with sha256 {sha256}",
            target.display()
        );
        return Err(Error::new(ErrorKind::Integrity, why));
    }
    let (file, path) = partial.keep().map_err(|e| failed(e.error))?;
    publish(&path, &file, target)?;
    Ok(sha256)
}

/// Writes what is read through it.
struct Tee<R, W> {
    reader: R,
    out: W,
}

impl<R: Read, W: Write> Read for Tee<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.out.write_all(&buffer[..n])?;
        Ok(n)
    }
}

/// Tells of what is read through it.
struct Told<'a, R> {
    reader: R,
    progress: &'a dyn Progress,
}

impl<R: Read> Read for Told<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.progress.advance(n as u64);
        Ok(n)
    }
}

fn append(
    tar: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    data: &mut impl Read,
) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    tar.append_data(&mut header, name, data)
}
