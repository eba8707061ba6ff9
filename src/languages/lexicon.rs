//! Words and idioms that are known to go wrong from one language into another: `pairs/<from>-<to>.tsv`.
//!
//! A line has, divided by tabs: `needs` or `never`, the words of the source, those that the translation must have one or
//! none of, a rendering that would do, and where the words were seen, so that nobody takes a text for evidence that the
//! list was made for.

use std::collections::HashMap;
use std::sync::RwLock;

use super::built_in::BUILT_IN;
use super::lang::Lang;
use super::patterns::{Pattern, patterns};

/// A line of the list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whether the translation must have one of `target`, rather than none.
    pub needs: bool,
    /// Words of the source, any of which will do.
    pub source: Vec<Pattern>,
    /// Words of the translation.
    pub target: Vec<Pattern>,
    /// A rendering that would do.
    pub rendering: String,
    /// The texts that the words of the source were seen in.
    pub seen: String,
}

/// Where the files lie.
pub(super) const FOLDER: &str = "pairs";

type Lists = HashMap<(Lang, Lang), &'static [Entry]>;

/// The lists that somebody asked for, or that a user gave.
static LOADED: RwLock<Option<Lists>> = RwLock::new(None);

/// The entries for translations `from` one language `to` another.
pub fn lexicon(from: Lang, to: Lang) -> &'static [Entry] {
    let known = {
        let loaded = LOADED.read().expect("no holder of the lock panics");
        loaded
            .as_ref()
            .and_then(|lists| lists.get(&(from, to)).copied())
    };
    known.unwrap_or_else(|| put(from, to, built_in(from, to), false))
}

fn built_in(from: Lang, to: Lang) -> Vec<Entry> {
    let name = format!("{from}-{to}.tsv");
    let file = BUILT_IN
        .iter()
        .find(|(folder, file, _)| *folder == FOLDER && *file == name);
    file.map_or_else(Vec::new, |(.., text)| {
        parse(text).expect("what is compiled in is well formed")
    })
}

/// Keeps a list for the life of the program. Without `replace`, one that came in first stays.
fn put(from: Lang, to: Lang, entries: Vec<Entry>, replace: bool) -> &'static [Entry] {
    let mut loaded = LOADED.write().expect("no holder of the lock panics");
    let lists = loaded.get_or_insert_default();
    match lists.get(&(from, to)) {
        Some(known) if !replace => known,
        _ => {
            let entries = entries.leak();
            lists.insert((from, to), entries);
            entries
        }
    }
}

/// Adds the lines of the file `name`, which says what languages they are for.
pub(super) fn add(name: &str, text: &str) -> Result<(), String> {
    let langs = name
        .strip_suffix(".tsv")
        .and_then(|pair| pair.split_once('-'))
        .and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    let Some((from, to)) = langs else {
        return Err("no name of two languages, such as it-en.tsv".to_string());
    };
    let mut entries = lexicon(from, to).to_vec();
    entries.extend(parse(text)?);
    put(from, to, entries, true);
    Ok(())
}

fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let lines = (1..).zip(text.lines());
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(n, line)| {
            entry(line).ok_or_else(|| {
                format!(
                    "line {n} is not: needs or never, source, target, rendering, seen in; with tabs"
                )
            })
        })
        .collect()
}

fn entry(line: &str) -> Option<Entry> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [kind, source, target, rendering, seen] = columns[..] else {
        return None;
    };
    let entry = Entry {
        needs: kind == "needs",
        source: patterns(source),
        target: patterns(target),
        rendering: rendering.to_string(),
        seen: seen.to_string(),
    };
    let whole = !entry.source.is_empty() && !entry.target.is_empty() && !seen.is_empty();
    (["needs", "never"].contains(&kind) && whole).then_some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_list_is_read() {
        let mut count = 0;
        for (_, name, text) in BUILT_IN.iter().filter(|(folder, ..)| *folder == FOLDER) {
            let (from, to) = name.trim_end_matches(".tsv").split_once('-').unwrap();
            let entries = lexicon(from.parse().unwrap(), to.parse().unwrap());
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            assert_eq!(entries.len(), lines.count(), "{name}");
            count += entries.len();
        }
        assert!(count > 100);
    }

    #[test]
    fn a_line_that_says_too_little_is_named() {
        let error = add("it-cy.tsv", "needs\tsventat*\trhwystr*").unwrap_err();
        assert!(error.contains("line 1"), "{error}");
        assert!(add("italian.tsv", "").is_err());
    }
}
