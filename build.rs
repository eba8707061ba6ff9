//! Compiles folders of data into the program: a file more in one of them needs no line of Rust.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Each folder and how the names of its files end. `$OUT_DIR/<folder>.rs` becomes a slice of pairs, the name without
/// its ending and the text, in the order of the names.
const FOLDERS: [(&str, &str); 2] = [("models", "toml"), ("prompts", "md")];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    for (folder, ending) in FOLDERS {
        // Of a folder, Cargo also notices files that come and go; a changed text needs the compiler only.
        println!("cargo::rerun-if-changed={folder}");
        let table = table(&root, folder, ending)?;
        fs::write(out.join(folder).with_extension("rs"), table)?;
    }
    println!("cargo::rerun-if-changed=src/languages");
    let files = files_of_languages(&root)?;
    let (binary, text): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|(_, file)| file.ends_with(BINARY));
    fs::write(
        out.join("languages.rs"),
        slice_of_languages(&text, "include_str"),
    )?;
    fs::write(
        out.join("forms.rs"),
        slice_of_languages(&binary, "include_bytes"),
    )
}

/// How the names of files end that are no text.
const BINARY: &str = ".bloom";

/// The files of words: the folder's name in `src/languages/` and the file's.
fn files_of_languages(root: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for folder in fs::read_dir(root.join("src/languages"))? {
        let folder = folder?;
        if !folder.path().is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let [folder, file] = [folder.file_name(), file?.file_name()]
                .map(|name| name.to_string_lossy().into_owned());
            files.push((folder, file));
        }
    }
    files.retain(|(_, file)| !file.starts_with('.'));
    files.sort();
    Ok(files)
}

/// A slice of the folders' and the files' names and what is in them, as Rust.
fn slice_of_languages(files: &[(String, String)], include: &str) -> String {
    let row = |(folder, file): &(String, String)| {
        let path = format!("/src/languages/{folder}/{file}");
        format!(
            "({folder:?}, {file:?}, {include}!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),\n"
        )
    };
    format!("&[\n{}]\n", files.iter().map(row).collect::<String>())
}

/// The slice for one folder, as Rust.
fn table(root: &Path, folder: &str, ending: &str) -> io::Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if let Some(stem) = stem.filter(|_| path.extension().is_some_and(|own| own == ending)) {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    let row = |name: &String| {
        let file = format!("/{folder}/{name}.{ending}");
        format!("({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {file:?}))),\n")
    };
    Ok(format!(
        "&[\n{}]\n",
        names.iter().map(row).collect::<String>()
    ))
}
