//! No circle of files: two files of `src/` that need each other are one idea in two places, or an idea that lacks a file.
//!
//! A file uses another one where its code, its tests aside, names something of it. What a file re-exports belongs to the
//! file that it comes from: rules of `checks` may say `super::Finding`, and `mod.rs`, which runs them, is in no circle
//! with them. Declaring a module or re-exporting from it is no use, unless the code below uses the name.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::house::{module, sources};

/// The one circle that is there still, within this module, and why.
const CIRCLES: &[(&str, &str)] = &[(
    "article",
    "the readers of formats make an article's blocks, and an article asks them for its skeleton",
)];

/// By its names from the crate's root on.
type Module = Vec<String>;

/// One path that a file names.
struct Use {
    path: Vec<String>,
    /// What it goes by, if a `use` makes it known.
    name: Option<String>,
    /// Whether the `use` is for others, too.
    public: bool,
    /// How many modules within the file it stands in.
    depth: usize,
}

struct Source {
    uses: Vec<Use>,
    /// Modules that it declares.
    children: BTreeSet<String>,
    /// The code without its `use` lines.
    body: String,
}

/// The code of a file without comments and tests.
fn code(text: &str) -> String {
    let tests = Regex::new(r"#\[cfg\(test\)\]\s+(pub(\([^)]*\))? )?mod ").unwrap();
    let text = &text[..tests.find(text).map_or(text.len(), |found| found.start())];
    let comments = Regex::new(r"(?m)(^|\s)//.*$").unwrap();
    let text = comments.replace_all(text, " ");
    let scopes = Regex::new(r"pub\(in [^)]*\)").unwrap();
    scopes.replace_all(&text, "pub").into_owned()
}

/// The paths of a tree such as `a::{b, c as d}`, and what they go by.
fn branches(tree: &str, before: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let join = |path: &str| -> Vec<String> {
        let parts = path.split("::").filter(|part| !part.is_empty());
        before
            .iter()
            .cloned()
            .chain(parts.map(str::to_string))
            .collect()
    };
    let tree = tree.trim();
    let Some((path, inner)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path = join(path.trim());
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = match alias.trim() {
            "" => path.last().cloned().unwrap_or_default(),
            alias => alias.to_string(),
        };
        return found.push((path, name));
    };
    let before = join(path);
    let inner = inner.trim_end().strip_suffix('}').unwrap();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    branches(&inner[start..at], &before, found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

impl Source {
    fn new(text: &str) -> Self {
        let code = code(text);
        let inner = Regex::new(r"(?m)^( *)(?:pub(?:\([^)]*\))? )?mod \w+ \{$").unwrap();
        let blocks: Vec<(usize, usize)> = inner
            .captures_iter(&code)
            .map(|found| {
                let whole = found.get(0).unwrap();
                let end = code[whole.end()..].find(&format!("\n{}}}", &found[1]));
                (whole.start(), whole.end() + end.unwrap())
            })
            .collect();
        let depth = |at: usize| {
            blocks
                .iter()
                .filter(|(a, b)| (*a..*b).contains(&at))
                .count()
        };
        let declared = Regex::new(r"(?m)^ *(?:pub(?:\([^)]*\))? )?mod (\w+);").unwrap();
        let children = declared
            .captures_iter(&code)
            .map(|found| found[1].to_string());
        let children = children.collect();
        let line = Regex::new(r"(?m)^ *(pub(?:\([^)]*\))? )?use ([^;]+);").unwrap();
        let mut uses = Vec::new();
        for found in line.captures_iter(&code) {
            let mut paths = Vec::new();
            branches(&found[2], &[], &mut paths);
            uses.extend(paths.into_iter().map(|(path, name)| Use {
                path,
                name: Some(name),
                public: found.get(1).is_some(),
                depth: depth(found.get(0).unwrap().start()),
            }));
        }
        // As long as it was, so that places stay what they are.
        let body = line
            .replace_all(&code, |found: &regex::Captures| " ".repeat(found[0].len()))
            .into_owned();
        let path = Regex::new(r"(?:^|[^\w:])((?:\w+::)+\w+)").unwrap();
        uses.extend(path.captures_iter(&body).map(|found| Use {
            path: found[1].split("::").map(str::to_string).collect(),
            name: None,
            public: false,
            depth: depth(found.get(1).unwrap().start()),
        }));
        Source {
            uses,
            children,
            body,
        }
    }

    /// A path from the crate's root on; `None` if it names something else than a module of the crate.
    fn absolute(&self, own: &[String], used: &Use) -> Option<Module> {
        let first = used.path.first()?.as_str();
        let ups = used.path.iter().take_while(|part| *part == "super").count();
        match first {
            "crate" => Some(used.path[1..].to_vec()),
            "self" => Some([own, &used.path[1..]].concat()),
            "super" => {
                let base = &own[..own.len().checked_sub(ups.saturating_sub(used.depth))?];
                Some([base, &used.path[ups..]].concat())
            }
            child if self.children.contains(child) => Some([own, &used.path[..]].concat()),
            _ => None,
        }
    }
}

/// Which file each file uses.
fn uses(files: &BTreeMap<Module, Source>) -> BTreeMap<&Module, BTreeSet<&Module>> {
    let mut passed_on: BTreeMap<Module, Module> = BTreeMap::new();
    for (own, source) in files {
        for used in source.uses.iter().filter(|used| used.public) {
            if let (Some(name), Some(path)) = (&used.name, source.absolute(own, used)) {
                passed_on.insert([&own[..], std::slice::from_ref(name)].concat(), path);
            }
        }
    }
    let resolve = |mut path: Module| {
        for _ in 0..8 {
            let file = (0..=path.len())
                .rev()
                .find(|len| files.contains_key(&path[..*len]))?;
            match passed_on.get(&path[..path.len().min(file + 1)]) {
                Some(from) if path.len() > file => path = [&from[..], &path[file + 1..]].concat(),
                _ => return files.get_key_value(&path[..file]).map(|(module, _)| module),
            }
        }
        None
    };
    let mut all: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
    for (own, source) in files {
        for used in &source.uses {
            let idle = |name: &String| {
                !Regex::new(&format!(r"\b{name}\b"))
                    .unwrap()
                    .is_match(&source.body)
            };
            if used.public && used.name.as_ref().is_some_and(idle) {
                continue;
            }
            let target = source.absolute(own, used).and_then(resolve);
            if let Some(target) = target.filter(|target| *target != own && !target.is_empty()) {
                all.entry(own).or_default().insert(target);
            }
        }
    }
    all
}

/// Whatever `start` uses, and what that uses, and so on.
fn reached<'a>(
    uses: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
    start: &Module,
) -> BTreeSet<&'a Module> {
    let (mut open, mut seen) = (vec![start], BTreeSet::new());
    while let Some(at) = open.pop() {
        for next in uses.get(at).into_iter().flatten() {
            if seen.insert(*next) {
                open.push(next);
            }
        }
    }
    seen
}

#[test]
fn files_use_each_other_one_way() {
    let files: BTreeMap<Module, Source> = sources()
        .into_iter()
        .map(|(_, path, text)| (module(&path), Source::new(&text)))
        .filter(|(module, _)| *module != ["main"] && *module != ["lib"])
        .collect();
    let uses = uses(&files);
    let allowed = |module: &Module| {
        let name = module.join("::");
        let mut circles = CIRCLES.iter();
        circles.any(|(known, _)| name == *known || name.starts_with(&format!("{known}::")))
    };
    let mut wrong = Vec::new();
    for start in uses.keys().filter(|start| !allowed(start)) {
        let circle = reached(&uses, start);
        if circle.contains(*start) {
            let with = circle
                .iter()
                .filter(|other| reached(&uses, other).contains(*start));
            let names: Vec<String> = with.map(|other| other.join("::")).collect();
            wrong.push(names.join(", "));
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "circles of files:\n{}", wrong.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let files = [
        ("a", "mod b;\npub use b::B;\nmod c;\nfn run() { c::c(); }"),
        ("a::b", "pub struct B;"),
        ("a::c", "use super::{B, d::{self, D as E}};\npub fn c() {}"),
        ("a::d", "use crate::a::c;"),
    ];
    let files: BTreeMap<Module, Source> = files
        .map(|(name, text)| {
            let module = name.split("::").map(str::to_string).collect();
            (module, Source::new(text))
        })
        .into();
    let found = uses(&files);
    let of = |name: &str| {
        let module: Module = name.split("::").map(str::to_string).collect();
        let targets = found.get(&module).into_iter().flatten();
        targets.map(|target| target.join("::")).collect::<Vec<_>>()
    };
    assert_eq!(of("a"), ["a::c"]);
    assert_eq!(of("a::b"), [""; 0]);
    assert_eq!(of("a::c"), ["a::b", "a::d"]);
    assert_eq!(of("a::d"), ["a::c"]);
}
