//! Bilingual dictionaries of the user's: TSV, TEI as FreeDict has it, dictd, StarDict. What they say of a word is held
//! against a translation ([`Bilingual::unrendered`]).
//!
//! Which two languages a dictionary is about is known from its title, from codes in the name of its file
//! (`freedict-ita-eng.index`), or said by the user. It serves both ways: what "gatto" means in English is also what "cat"
//! means in Italian.

mod article;
mod bilingual;
mod dictd;
mod direction;
mod file;
mod pairs;
mod stardict;
mod table;
mod tei;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Lang;
use crate::error::{Error, ErrorKind, Result};
pub use bilingual::{Bilingual, Unrendered};
use file::bad;
use pairs::{Pairs, Reader};

/// A file with a dictionary, as the user names it: `FILE` or `it-en:FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DictionaryFile {
    /// The file.
    pub path: PathBuf,
    /// From which language into which, if that was said.
    pub direction: Option<(Lang, Lang)>,
}

impl FromStr for DictionaryFile {
    type Err = Error;

    /// `it-en:words.tsv`; a colon after anything but two languages belongs to the file's name.
    fn from_str(text: &str) -> Result<Self> {
        let said = text.split_once(':').and_then(|(langs, path)| {
            let (from, to) = langs.split_once('-')?;
            let short = |code: &str| (2..=3).contains(&code.len());
            let langs = (from.parse().ok()?, to.parse().ok()?);
            (short(from) && short(to)).then_some((langs, path))
        });
        let (direction, path) = match said {
            Some((direction, path)) => (Some(direction), path),
            None => (None, text),
        };
        if path.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "a dictionary without a file")
                .with_hint("say --dictionary FILE or --dictionary it-en:FILE"));
        }
        Ok(Self {
            path: path.into(),
            direction,
        })
    }
}

impl fmt::Display for DictionaryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((from, to)) = self.direction {
            write!(f, "{from}-{to}:")?;
        }
        write!(f, "{}", self.path.display())
    }
}

/// A dictionary in memory.
#[derive(Debug)]
pub struct Dictionary {
    name: String,
    direction: (Lang, Lang),
    pairs: Pairs,
}

impl Dictionary {
    /// Reads a dictionary. The format follows from the file's name: `.tei` or `.xml` is TEI; `.index`, `.dict` or
    /// `.dict.dz` dictd, or StarDict where an `.ifo` lies beside it; `.ifo` or `.idx` StarDict; else TSV with the columns
    /// source, target and, if it likes, part of speech.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a file can't be read; [`ErrorKind::Usage`] if it is damaged, has no translations, or doesn't say
    /// which languages it is about.
    pub fn open(file: &DictionaryFile) -> Result<Self> {
        let path = &file.path;
        let name = path.display().to_string();
        let mut reader = Reader::default();
        let end = path.extension().and_then(|end| end.to_str());
        match end.unwrap_or_default().to_lowercase().as_str() {
            "tei" | "xml" => tei::read(path, &mut reader)?,
            "ifo" | "idx" => stardict::read(path, &mut reader)?,
            "index" | "dict" | "dz" if file::beside(path, "ifo").is_file() => {
                stardict::read(path, &mut reader)?;
            }
            "index" | "dict" | "dz" => dictd::read(path, &mut reader)?,
            _ => table::read(path, &mut reader)?,
        }
        let found = direction::of_title(&reader.title).or_else(|| direction::of_file(path));
        let Some(direction) = file.direction.or(reader.direction).or(found) else {
            let message = format!("the dictionary {name} doesn't say which languages it is about");
            let hint = format!("say it, such as --dictionary it-en:{name}");
            return Err(Error::new(ErrorKind::Usage, message).with_hint(hint));
        };
        if direction.0 == direction.1 {
            let message = format!("the dictionary {name} is about one language only");
            return Err(Error::new(ErrorKind::Usage, message));
        }
        if reader.is_empty() {
            return Err(bad(path, "it has no translations"));
        }
        Ok(Self {
            name,
            direction,
            pairs: reader.sorted(),
        })
    }

    /// From which language into which.
    pub fn direction(&self) -> (Lang, Lang) {
        self.direction
    }

    /// How many pairs of a word and a translation it has.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether it has none, which [`Dictionary::open`] doesn't let through.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is about these two languages, in whichever order.
    fn serves(&self, from: Lang, to: Lang) -> bool {
        self.direction == (from, to) || self.direction == (to, from)
    }
}

/// All dictionaries of a job.
#[derive(Debug, Clone, Default)]
pub struct Dictionaries(Vec<Arc<Dictionary>>);

impl Dictionaries {
    /// Reads them.
    ///
    /// # Errors
    /// As [`Dictionary::open`].
    pub fn open(files: &[DictionaryFile]) -> Result<Self> {
        let open = |file| Dictionary::open(file).map(Arc::new);
        let all: Result<_> = files.iter().map(open).collect();
        Ok(Self(all?))
    }

    /// What they say of the words of one language in another; `None` if none is about these two.
    pub fn between(&self, from: Lang, to: Lang) -> Option<Bilingual<'_>> {
        let own = self.0.iter().filter(|one| one.serves(from, to));
        let books: Vec<(&Pairs, bool)> = own
            .map(|one| (&one.pairs, one.direction == (from, to)))
            .collect();
        (!books.is_empty()).then(|| Bilingual::new(books, (from, to)))
    }

    /// What to tell of each dictionary that is about none of these pairs of languages.
    pub fn idle(&self, pairs: &[(Lang, Lang)]) -> Vec<String> {
        let serves = |one: &Arc<Dictionary>| pairs.iter().any(|&(from, to)| one.serves(from, to));
        let idle = self.0.iter().filter(|one| !serves(one));
        let told = idle.map(|one| {
            let (from, to) = one.direction;
            let pairs: Vec<String> = pairs.iter().map(|(a, b)| format!("{a} → {b}")).collect();
            format!(
                "the dictionary {} is about {} and {}: it says nothing here ({})",
                one.name,
                from.name(),
                to.name(),
                pairs.join(", ")
            )
        });
        told.collect()
    }

    /// sha256, in hexadecimal, of what they say; `None` if there are none.
    pub fn hash(&self) -> Option<String> {
        let mut hash = Sha256::new();
        for one in &self.0 {
            hash.update(format!("{}-{}\n", one.direction.0, one.direction.1));
            one.pairs.feed(&mut |text| hash.update(text));
        }
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        (!self.0.is_empty()).then(|| hex(&hash.finalize()))
    }
}

#[cfg(test)]
mod tests;
