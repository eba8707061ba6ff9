//! What the program knows of languages: a folder a language with its words as data, the same for the six that are built
//! in and for those that a user adds.
//!
//! `<code>/numerals.toml`, `calendar.toml`, `negation.toml` and `abbreviations.toml` are compiled in; [`load`] reads
//! the same files from a folder of the user's and adds them. A language without a file has empty tables: whoever asks
//! them finds nothing, and only the rules that need no words remain. Words are data, grammar isn't: how words are put
//! together stands in Rust, where the words are used.
//!
//! The room lies under `text`, since the cutting of sentences asks it for abbreviations.

mod abbreviations;
mod calendar;
mod lang;
mod negation;
mod numerals;

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, RwLock};

pub use abbreviations::{Abbreviation, Abbreviations};
pub use calendar::{Calendar, Stretch};
pub use lang::Lang;
pub use negation::Negation;
pub use numerals::{Compounds, Numerals, Piece};

use crate::error::{Error, ErrorKind, Result};

/// A file of a language, and its text.
type File = (&'static str, &'static str);

/// The files of a language that is built in.
macro_rules! files {
    ($code:literal) => {
        (
            $code,
            &[
                (NUMERALS, include_str!(concat!($code, "/numerals.toml"))),
                (CALENDAR, include_str!(concat!($code, "/calendar.toml"))),
                (NEGATION, include_str!(concat!($code, "/negation.toml"))),
                (
                    ABBREVIATIONS,
                    include_str!(concat!($code, "/abbreviations.toml")),
                ),
            ],
        )
    };
}

const NUMERALS: &str = "numerals.toml";
const CALENDAR: &str = "calendar.toml";
const NEGATION: &str = "negation.toml";
const ABBREVIATIONS: &str = "abbreviations.toml";

/// The languages that are built in, and their files.
const BUILT_IN: &[(&str, &[File])] = &[
    files!("it"),
    files!("en"),
    files!("fr"),
    files!("de"),
    files!("es"),
    files!("pt"),
];

/// Abbreviations that hold for every language.
const COMMON: &str = include_str!("common/abbreviations.toml");

/// What is known of one language.
#[derive(Debug, Clone, Default)]
pub struct Language {
    /// The words that numbers are made of.
    pub numerals: Numerals,
    /// Months, weekdays, seasons, days.
    pub calendar: Calendar,
    /// Words that say no.
    pub negation: Negation,
    /// Words that end in a full stop without ending the sentence; those that hold everywhere are among them.
    pub abbreviations: Abbreviations,
}

/// By the place of the language in [`Lang`]'s table; what nobody asked for yet isn't read.
static LOADED: RwLock<Vec<Option<&'static Language>>> = RwLock::new(Vec::new());

/// What holds for every language.
static NEUTRAL: LazyLock<Language> = LazyLock::new(|| {
    let mut language = Language::default();
    language
        .add(ABBREVIATIONS, COMMON)
        .expect("what is compiled in is well formed");
    language
});

impl Language {
    /// What is known of `lang`. Cheap: the files are read once.
    pub fn of(lang: Lang) -> &'static Language {
        let loaded = LOADED
            .read()
            .expect("no holder of the lock panics")
            .get(lang.index())
            .copied()
            .flatten();
        loaded.unwrap_or_else(|| put(lang, Language::built_in(lang), false))
    }

    /// What holds for a text whose language isn't known.
    pub fn neutral() -> &'static Language {
        &NEUTRAL
    }

    /// What is compiled in.
    fn built_in(lang: Lang) -> Language {
        let mut language = NEUTRAL.clone();
        let files = BUILT_IN.iter().find(|(code, _)| *code == lang.code());
        for (file, text) in files.into_iter().flat_map(|(_, files)| *files) {
            language
                .add(file, text)
                .expect("what is compiled in is well formed");
        }
        language
    }

    /// Adds the words of a file. The error says what is wrong with the text.
    fn add(&mut self, file: &str, text: &str) -> Result<(), String> {
        match file {
            NUMERALS => self.numerals.add(text),
            CALENDAR => self.calendar.add(text),
            NEGATION => self.negation.add(text),
            ABBREVIATIONS => self.abbreviations.add(text),
            _ => Err("no file of a language has this name".to_string()),
        }
    }
}

/// Keeps `language` for the life of the program: there is one a language, and few are ever loaded twice. Without
/// `replace`, one that came in first stays.
fn put(lang: Lang, language: Language, replace: bool) -> &'static Language {
    let mut loaded = LOADED.write().expect("no holder of the lock panics");
    if loaded.len() <= lang.index() {
        loaded.resize(lang.index() + 1, None);
    }
    let place = &mut loaded[lang.index()];
    match place {
        Some(known) if !replace => known,
        _ => place.insert(Box::leak(Box::new(language))),
    }
}

/// Adds the languages in `folder` to those that are built in, one folder each with its code as name (`nl/`), and returns
/// which these were. The files have the names and the form of the built-in ones; none must be there. What they say is
/// added to what is known of the language, and a word that is known already gets its new meaning. Without such a folder
/// nothing happens.
///
/// Call it before texts are worked on: what runs already keeps what it knew.
///
/// # Errors
/// [`ErrorKind::Usage`] for a folder whose name is no language's code and for a file that makes no sense, named with the
/// place in it; [`ErrorKind::Io`] for what can't be read.
pub fn load(folder: &Path) -> Result<Vec<Lang>> {
    let mut langs = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let lang: Lang = name(&path).parse().map_err(|error: Error| {
            let place = format!("reading {}", path.display());
            Error::new(ErrorKind::Usage, place).with_source(error)
        })?;
        let mut language = Language::of(lang).clone();
        for path in entries(&path)?.into_iter().filter(|path| path.is_file()) {
            let text =
                std::fs::read_to_string(&path).map_err(|e| Error::io("reading", &path, e))?;
            language.add(&name(&path), &text).map_err(|error| {
                let known = [NUMERALS, CALENDAR, NEGATION, ABBREVIATIONS].join(", ");
                Error::new(ErrorKind::Usage, format!("{}: {error}", path.display())).with_hint(
                    format!("a language's folder may hold {known}, each like a built-in one"),
                )
            })?;
        }
        put(lang, language, true);
        langs.push(lang);
    }
    Ok(langs)
}

/// What lies in `folder`, by name, hidden files left out; nothing if there's no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = std::fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<std::io::Result<Vec<_>>>()
        })
        .map_err(|e| Error::io("reading", folder, e))?;
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Reads a file; the error names the line.
fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| error.to_string().trim_end().to_string())
}

/// The words of a list.
fn words(list: &str) -> impl Iterator<Item = String> + '_ {
    list.split_whitespace().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_is_read() {
        for (code, files) in BUILT_IN {
            let language = Language::built_in(code.parse().unwrap());
            assert_eq!(files.len(), 4);
            assert!(!language.numerals.is_empty(), "{code}");
            assert!(!language.negation.is_empty(), "{code}");
            assert!(language.negation.turns.len() == 20, "{code}");
            assert!(language.abbreviations.get("prof").is_some(), "{code}");
        }
        let german = Language::of(Lang::DE);
        assert_eq!(german.numerals.get("zwölf"), Some(Piece::Plain(12.0)));
        assert_eq!(german.calendar.month("jänner", true), Some(1));
    }

    #[test]
    fn an_unknown_language_knows_what_all_do() {
        let language = Language::of("th".parse().unwrap());
        assert!(language.numerals.is_empty() && language.negation.is_empty());
        assert_eq!(language.abbreviations.get("dr"), Some(Abbreviation::Joins));
    }

    #[test]
    fn the_users_words_are_added_and_replace() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        // No other test speaks Swahili.
        let lang: Lang = "sw".parse().unwrap();
        write(
            "sw/numerals.toml",
            "[cardinals]\n1 = \"moja\"\n2 = \"mbili\"",
        );
        assert_eq!(load(folder.path()).unwrap(), [lang]);
        write("sw/numerals.toml", "[ordinals]\n2 = \"mbili\"");
        load(folder.path()).unwrap();
        let numerals = &Language::of(lang).numerals;
        assert_eq!(numerals.get("moja"), Some(Piece::Plain(1.0)));
        assert_eq!(numerals.get("mbili"), Some(Piece::Ordinal(2.0)));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (path, text, expected) in [
            ("xq/numerals.toml", "", "unknown language \"xq\""),
            ("sv/numbers.toml", "", "no file of a language has this name"),
            (
                "sv/numerals.toml",
                "[cardinals]\nen = \"1\"",
                "\"en\" is no number",
            ),
            (
                "sv/numerals.toml",
                "cardinal = 1",
                "unknown field `cardinal`",
            ),
            (
                "sv/calendar.toml",
                "months = [\"januari\"]",
                "1 items, not 12",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            let error = load(folder.path()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert_eq!(load(Path::new("no such folder")).unwrap(), []);
    }
}
