//! What `traghetto archive` reads: packed tables, and folders with links.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::archive::{archive, make, refused, rows};
use crate::support::{file, model};

/// The rows that come of an input, but for what names the input's file.
fn made(home: &Path, input: &Path, more: &[&str]) -> Vec<Value> {
    let out = TempDir::new_in(home).unwrap();
    let mut command = archive(home, input, out.path());
    command
        .args(["--from", "en", "--format", "jsonl"])
        .args(more);
    command.assert().success();
    rows(out.path())
}

#[test]
fn packed_tables_hold_what_plain_ones_do() {
    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let plain = home.path().join("a.jsonl");
    make(6, &plain, &["--clean"]);
    let rows = made(home.path(), &plain, &[]);
    assert_eq!(rows.len(), 6);
    for name in ["a.jsonl.gz", "a.csv.gz"] {
        let packed = home.path().join(name);
        make(6, &packed, &["--clean"]);
        let bytes = std::fs::read(&packed).unwrap();
        assert_eq!(bytes[..2], [0x1f, 0x8b], "{name} isn't packed");
        assert_eq!(made(home.path(), &packed, &[]), rows, "{name}");
        // Cut off, it isn't taken for a shorter one.
        std::fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
        let said = refused(archive(home.path(), &packed, &home.path().join("cut")));
        assert!(said.contains(&format!("{name} can't be read")), "{said}");
    }
    // These were written by pyarrow.
    for compression in ["none", "snappy", "gzip", "zstd"] {
        let packed = file(&format!("tests/archives/parquet/{compression}.parquet"));
        assert_eq!(made(home.path(), &packed, &[]), rows, "{compression}");
    }
    for compression in ["brotli", "lz4"] {
        let packed = file(&format!("tests/archives/parquet/{compression}.parquet"));
        let said = refused(archive(home.path(), &packed, &home.path().join("out")));
        let told = format!("{compression}.parquet is compressed by {compression}");
        assert!(said.contains(&told) && said.contains("zstd"), "{said}");
    }
}

/// A folder that is in itself by a link has no end.
#[cfg(unix)]
#[test]
fn links_to_folders_around_them_are_passed_over() {
    use std::os::unix::fs::symlink;

    model("student-en-pt");
    let home = TempDir::new().unwrap();
    let (pages, elsewhere) = (home.path().join("pages"), home.path().join("elsewhere"));
    std::fs::create_dir_all(pages.join("below")).unwrap();
    std::fs::create_dir(&elsewhere).unwrap();
    for (path, text) in [
        ("pages/below/a.txt", "It rains."),
        ("elsewhere/b.txt", "It is dry."),
    ] {
        std::fs::write(home.path().join(path), text).unwrap();
    }
    symlink(&pages, pages.join("itself")).unwrap();
    symlink("..", pages.join("below/around")).unwrap();
    symlink(&pages, elsewhere.join("back")).unwrap();
    // One that leads elsewhere is followed.
    symlink(&elsewhere, pages.join("linked")).unwrap();
    let ids: Vec<Value> = made(home.path(), &pages, &[])
        .into_iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(ids, ["below/a.txt", "linked/b.txt"]);
}
