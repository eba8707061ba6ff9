//! The plan of the house: a room of `src/` uses only the rooms below it, and `unsafe` stays in its two rooms.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may use besides the ground floor.
const ROOMS: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "server",
            "archive",
            "face",
            "pipeline",
            "bench",
            "eval",
            "checks",
            "output",
            "translate",
            "summarize",
            "engine",
            "article",
            "bitext",
            "memory",
            "nn",
            "registry",
        ],
    ),
    ("server", &["face", "output"]),
    (
        "archive",
        &["face", "output", "pipeline", "article", "registry"],
    ),
    (
        "face",
        &[
            "risk",
            "pipeline",
            "output",
            "translate",
            "summarize",
            "checks",
            "engine",
            "article",
            "memory",
            "registry",
        ],
    ),
    (
        "pipeline",
        &[
            "align",
            "bitext",
            "risk",
            "output",
            "translate",
            "summarize",
            "checks",
            "engine",
            "article",
            "memory",
            "registry",
        ],
    ),
    (
        "bench",
        &[
            "output",
            "translate",
            "engine",
            "arch",
            "decode",
            "nn",
            "registry",
            "weights",
            "tokenizer",
        ],
    ),
    ("eval", &["output", "bitext", "engine", "tokenizer"]),
    (
        "output",
        &[
            "risk",
            "checks",
            "translate",
            "summarize",
            "engine",
            "article",
            "registry",
        ],
    ),
    ("summarize", &["risk", "checks", "translate", "engine"]),
    ("translate", &["risk", "checks", "engine", "registry"]),
    ("risk", &["checks", "engine"]),
    (
        "engine",
        &["arch", "decode", "nn", "registry", "tokenizer", "weights"],
    ),
    ("arch", &["decode", "nn", "weights"]),
    ("decode", &["nn"]),
    ("nn", &["weights"]),
    ("tokenizer", &["weights"]),
    ("weights", &[]),
    ("registry", &["weights"]),
    ("article", &[]),
    ("bitext", &[]),
    ("align", &[]),
    ("memory", &[]),
    ("checks", &[]),
];

/// Rooms that every other may use. Among themselves they go in this order.
const GROUND: &[&str] = &["prompt", "text", "languages", "device", "error"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with the room that it lies in.
pub fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    found
        .into_iter()
        .map(|path| {
            let below = path.strip_prefix(&src).unwrap();
            let first = below
                .components()
                .next()
                .unwrap()
                .as_os_str()
                .to_str()
                .unwrap();
            let room = first.trim_end_matches(".rs").to_string();
            let text = fs::read_to_string(&path).unwrap();
            (room, path, text)
        })
        .collect()
}

/// The rooms that a file names after `crate::`, the crate root's own re-exports aside.
fn used(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap();
            rooms.extend(
                group
                    .split(',')
                    .map(|name| name.trim().split("::").next().unwrap().to_string()),
            );
        } else {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            rooms.push(rest[..end].to_string());
        }
    }
    rooms.retain(|room| room.starts_with(char::is_lowercase));
    rooms
}

#[test]
fn imports_point_down() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let ground = GROUND.iter().position(|ground| *ground == room);
        for target in used(&text) {
            let below = GROUND.iter().position(|ground| *ground == target);
            let fine = target == room
                || room == "lib"
                || match (ground, below) {
                    (Some(own), Some(other)) => own < other,
                    (None, Some(_)) => true,
                    (Some(_), None) => false,
                    (None, None) => match allowed.get(room.as_str()) {
                        Some(rooms) => rooms.contains(&target.as_str()),
                        None => room == "main",
                    },
                };
            if !fine {
                wrong.push(format!("{}: {room} uses {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rooms within `registry`, from the top down.
const REGISTRY: [&str; 5] = ["store", "sources", "catalogue", "files", "progress"];

#[test]
fn imports_within_the_registry_point_down() {
    let place = |name: &str| REGISTRY.iter().position(|room| *room == name);
    let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/registry");
    for (_, path, text) in sources() {
        let Ok(below) = path.strip_prefix(&registry) else {
            continue;
        };
        let first = below.iter().next().unwrap().to_str().unwrap();
        let Some(own) = place(first.trim_end_matches(".rs")) else {
            assert_eq!(
                first, "mod.rs",
                "a room that the plan of the registry lacks"
            );
            continue;
        };
        for (at, _) in text.match_indices("crate::registry::") {
            let rest = &text[at + "crate::registry::".len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap();
            let other = place(&rest[..end]).filter(|other| own < *other);
            assert!(
                other.is_some() || rest.starts_with(char::is_uppercase),
                "{}: {first} uses {}",
                path.display(),
                &rest[..end]
            );
        }
    }
}

#[test]
fn every_room_is_in_the_plan() {
    for (room, path, _) in sources() {
        let known = ["lib", "main"].contains(&room.as_str())
            || GROUND.contains(&room.as_str())
            || ROOMS.iter().any(|(name, _)| *name == room);
        assert!(
            known,
            "{} lies in a room that the plan lacks",
            path.display()
        );
    }
}

#[test]
fn unsafe_stays_in_its_rooms_and_gives_its_reason() {
    for (room, path, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap();
            let is_block = code.contains("unsafe {") || code.contains("unsafe impl");
            if !is_block && !code.contains("unsafe fn") {
                continue;
            }
            assert!(
                room == "nn" || room == "weights",
                "{}:{}: unsafe outside nn and weights",
                path.display(),
                i + 1
            );
            let reason = lines[i.saturating_sub(6)..=i]
                .iter()
                .any(|line| line.contains("SAFETY:") || line.contains("# Safety"));
            assert!(
                !is_block || reason,
                "{}:{}: unsafe without a SAFETY comment",
                path.display(),
                i + 1
            );
        }
    }
}

#[test]
fn text_article_and_output_never_see_candle() {
    for (room, path, text) in sources() {
        if ["text", "article", "output", "prompt", "registry"].contains(&room.as_str()) {
            assert!(!text.contains("candle_"), "{} names candle", path.display());
        }
    }
}

/// Languages are data: code names English, through which much is told, and no other one, but for its tests and examples.
#[test]
fn no_language_is_named_outside_its_room() {
    let named = ["IT", "FR", "DE", "ES", "PT"].map(|code| format!("Lang::{code}"));
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in lines.filter(|_| room != "languages") {
            if named.iter().any(|name| line.contains(name.as_str())) {
                wrong.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where a source file stands: `src/checks/names/known.rs` is `checks::names::known`, a `mod.rs` its folder.
pub fn module(path: &Path) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let below = path.strip_prefix(&src).unwrap().with_extension("");
    let mut names: Vec<String> = below
        .components()
        .map(|part| part.as_os_str().to_str().unwrap().to_string())
        .collect();
    if names.last().is_some_and(|last| last == "mod") {
        names.pop();
    }
    names
}
