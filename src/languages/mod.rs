//! What the program knows of languages: a folder a language with its words as data, the same for the six that are built
//! in and for those that a user adds.
//!
//! `<code>/` has one file an idea, such as `numerals.toml`; `common/` what holds for all of them or stands side by side,
//! a column a language; `pairs/` what goes wrong between two. They are compiled in; [`load`] reads the same files from a
//! folder of the user's and adds them. A language without a file has empty tables: whoever asks
//! them finds nothing, and only the rules that need no words remain. Words are data, grammar isn't: how words are put
//! together stands in Rust, where the words are used.
//!
//! The room lies under `text`, since the cutting of sentences asks it for abbreviations.

mod abbreviations;
mod built_in;
mod calendar;
mod capitals;
mod clock;
mod common;
mod context;
mod forms;
mod function;
mod lang;
mod lexicon;
mod links;
mod negation;
mod numerals;
mod openings;
mod parse;
mod patterns;
mod phrases;
mod profile;
mod remarks;
mod stock;
mod voice;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, RwLock};

use sha2::{Digest, Sha256};

pub use abbreviations::{Abbreviation, Abbreviations};
pub use calendar::{Calendar, Stretch};
pub use capitals::Capitals;
pub use clock::{Clock, Part as DayPart};
pub use common::{Country, Form, Table, names};
pub use context::{Context, Next};
pub use forms::Forms;
pub use function::Function;
pub use lang::Lang;
pub use lexicon::{Entry, lexicon};
pub use links::{Links, Share};
pub use negation::Negation;
pub use numerals::{Compounds, Numerals, Piece};
pub use openings::Openings;
pub use patterns::{Part, Pattern, patterns};
pub use phrases::{Phrases, Score, Short};
pub use profile::{Grammar, Profile};
pub use remarks::Remarks;
pub use stock::{DAYS, SHORT_DAYS, Stock};
pub use voice::Voice;
pub use writing::{Writing, writing};

use crate::error::{Error, ErrorKind, Result};
use built_in::{BUILT_IN, COMMON, FORMS};

/// Reads one file of a language.
type Read = fn(&mut Language, &str) -> std::result::Result<(), String>;

/// The files that a language's folder may hold.
const FILES: [(&str, Read); 16] = [
    ("abbreviations.toml", |l, text| l.abbreviations.add(text)),
    ("calendar.toml", |l, text| l.calendar.add(text)),
    ("capitals.txt", |l, text| l.capitals.add(text)),
    ("clock.toml", |l, text| l.clock.add(text)),
    ("forms.txt", |l, text| l.forms.add(text)),
    ("function.txt", |l, text| l.function.add(text)),
    ("links.toml", |l, text| l.links.add(text)),
    ("negation.toml", |l, text| l.negation.add(text)),
    ("numerals.toml", |l, text| l.numerals.add(text)),
    ("openings.txt", |l, text| l.openings.add(text)),
    ("phrases.toml", |l, text| l.phrases.add(text)),
    ("profile.toml", |l, text| l.profile.add(text)),
    ("remarks.toml", |l, text| l.remarks.add(text)),
    ("sample.txt", |l, text| {
        l.sample.push_str(text.trim());
        Ok(())
    }),
    ("stock.txt", |l, text| l.stock.add(text)),
    ("voice.toml", |l, text| l.voice.add(text)),
];

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
    /// Words with a capital that are no names.
    pub capitals: Capitals,
    /// Times of day.
    pub clock: Clock,
    /// Small words around numbers and dates.
    pub links: Links,
    /// Which words it has.
    pub forms: Forms,
    /// Function words.
    pub function: Function,
    /// How models open their answers.
    pub openings: Openings,
    /// What stands around numbers, and what looks like one.
    pub phrases: Phrases,
    /// What holds for the language as a whole.
    pub profile: Profile,
    /// What models say of their own.
    pub remarks: Remarks,
    /// A paragraph of ordinary news, to measure speed with.
    pub sample: String,
    /// Stock phrases that stand alone.
    pub stock: Stock,
    /// How a passive is told.
    pub voice: Voice,
}

/// By the place of the language in [`Lang`]'s table; what nobody asked for yet isn't read.
static LOADED: RwLock<Vec<Option<&'static Language>>> = RwLock::new(Vec::new());

/// The languages that have files, built in or of the user's.
static KNOWN: RwLock<&'static [(Lang, &'static Language)]> = RwLock::new(&[]);

/// What [`load`] has read.
static TAUGHT: RwLock<Option<Sha256>> = RwLock::new(None);

/// What holds for every language.
static NEUTRAL: LazyLock<Language> = LazyLock::new(|| {
    let mut language = Language::default();
    language.add_folder(COMMON);
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

    /// The languages that have files, built in or of the user's, in the order of their codes.
    pub fn known() -> &'static [(Lang, &'static Language)] {
        let known = *KNOWN.read().expect("no holder of the lock panics");
        match known.is_empty() {
            true => know(&[]),
            false => known,
        }
    }

    /// What is compiled in.
    fn built_in(lang: Lang) -> Language {
        let mut language = NEUTRAL.clone();
        let filter = FORMS.iter().find(|(folder, ..)| *folder == lang.code());
        if let Some((.., filter)) = filter {
            language.forms = Forms::built_in(filter);
        }
        language.add_folder(lang.code());
        language
    }

    /// Adds the files of a folder that is compiled in. Not every common file is a language's.
    fn add_folder(&mut self, folder: &str) {
        for (_, file, text) in BUILT_IN.iter().filter(|(name, ..)| *name == folder) {
            if folder != COMMON || FILES.iter().any(|(name, _)| name == file) {
                self.add(file, text)
                    .expect("what is compiled in is well formed");
            }
        }
    }

    /// Adds the words of a file. The error says what is wrong with the text.
    fn add(&mut self, file: &str, text: &str) -> std::result::Result<(), String> {
        match FILES.iter().find(|(name, _)| *name == file) {
            Some((_, read)) => read(self, text),
            None => Err("no file of a language has this name".to_string()),
        }
    }
}

/// Adds `langs` to the languages that have files, or counts anew if there are more words of one.
fn know(langs: &[Lang]) -> &'static [(Lang, &'static Language)] {
    let built_in = BUILT_IN
        .iter()
        .filter_map(|(folder, ..)| folder.parse().ok());
    let mut all: Vec<Lang> = built_in.chain(langs.iter().copied()).collect();
    let before = *KNOWN.read().expect("no holder of the lock panics");
    all.extend(before.iter().map(|(lang, _)| *lang));
    all.sort_unstable();
    all.dedup();
    let all: Vec<_> = all
        .into_iter()
        .map(|lang| (lang, Language::of(lang)))
        .collect();
    let mut known = KNOWN.write().expect("no holder of the lock panics");
    *known = all.leak();
    *known
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
/// added to what is known of the language, and a word that is known already gets its new meaning. `pairs/` holds words
/// that go wrong between two languages. Without such a folder nothing happens.
///
/// Call it before texts are worked on: what runs already keeps what it knew.
///
/// # Errors
/// [`ErrorKind::Usage`] for a folder whose name is no language's code and for a file that makes no sense, named with the
/// place in it; [`ErrorKind::Io`] for what can't be read.
pub fn load(folder: &Path) -> Result<Vec<Lang>> {
    let mut langs = Vec::new();
    let learn = |folder: &Path, file: &str, text: &str| {
        let mut taught = TAUGHT.write().expect("no holder of the lock panics");
        let taught = taught.get_or_insert_default();
        for part in [&*name(folder), file, text] {
            taught.update((part.len() as u64).to_le_bytes());
            taught.update(part);
        }
    };
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        if name(&path) == lexicon::FOLDER {
            read_files(
                &path,
                "such as it-en.tsv, like the built-in ones",
                |file, text| {
                    learn(&path, file, text);
                    lexicon::add(file, text)
                },
            )?;
            continue;
        }
        let lang: Lang = name(&path).parse().map_err(|error: Error| {
            let place = format!("reading {}", path.display());
            Error::new(ErrorKind::Usage, place).with_source(error)
        })?;
        let mut language = Language::of(lang).clone();
        let files = FILES.map(|(name, _)| name).join(", ");
        let files = format!("{files}, each like a built-in one");
        read_files(&path, &files, |file, text| {
            learn(&path, file, text);
            language.add(file, text)
        })?;
        put(lang, language, true);
        langs.push(lang);
    }
    if !langs.is_empty() {
        know(&langs);
    }
    Ok(langs)
}

/// A hash of all that [`load`] has read, if it has read anything: what was made with other words may be another text.
pub fn taught() -> Option<[u8; 32]> {
    let taught = TAUGHT.read().expect("no holder of the lock panics");
    taught.clone().map(|hash| hash.finalize().into())
}

/// Gives the name and the text of every file in `folder` to `add`; `files` says which there may be.
fn read_files(
    folder: &Path,
    files: &str,
    mut add: impl FnMut(&str, &str) -> std::result::Result<(), String>,
) -> Result<()> {
    for path in entries(folder)?.into_iter().filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&path).map_err(|e| Error::io("reading", &path, e))?;
        add(&name(&path), &text).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("{}: {error}", path.display()))
                .with_hint(format!("the folder may hold {files}"))
        })?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_is_read() {
        assert!(Language::known().len() >= 6);
        let six = [Lang::DE, Lang::EN, Lang::ES, Lang::FR, Lang::IT, Lang::PT];
        for (lang, language) in six.map(|lang| (lang, Language::of(lang))) {
            let texts = BUILT_IN.iter().map(|(folder, ..)| folder);
            let files = texts.chain(FORMS.iter().map(|(folder, ..)| folder));
            let files = files.filter(|folder| **folder == lang.code());
            assert!(files.count() >= FILES.len(), "{lang}");
            assert!(!language.forms.is_empty(), "{lang}");
            assert!(!language.numerals.is_empty(), "{lang}");
            assert!(!language.negation.is_empty(), "{lang}");
            assert!(language.negation.turns.len() == 23, "{lang}");
            assert!(language.abbreviations.get("prof").is_some(), "{lang}");
            assert!(!language.function.is_empty(), "{lang}");
            assert!(!language.capitals.is_empty(), "{lang}");
            assert!(!language.profile.common.is_empty(), "{lang}");
            assert!(!language.remarks.profanity.is_empty(), "{lang}");
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
