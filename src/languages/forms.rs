//! Which words a language has, in whatever form: to tell a word that a model made up, or left in the source's language.
//!
//! What is compiled in is a Bloom filter (Bloom 1970) of some 250,000 forms a language, `forms.bloom`, from the word lists
//! of wordfreq by `tests/examples/word_forms.py`; see `src/languages/FORMS.md` for their licence. It never denies a word
//! that it was made of; of other letters it takes one in fifty for a word. A user's folder may have `forms.txt`, words
//! divided by blanks or lines.

use std::collections::HashSet;
use std::hash::Hasher;

use fnv::FnvHasher;

/// So many bits a word were set.
const PROBES: u64 = 5;

/// The forms of a language's words, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Forms {
    filter: &'static [u8],
    own: HashSet<String>,
}

impl Forms {
    pub(super) fn built_in(filter: &'static [u8]) -> Self {
        Self {
            filter,
            own: HashSet::new(),
        }
    }

    /// Adds the words of a file.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        self.own.extend(super::parse::words(text));
        Ok(())
    }

    /// Whether nothing is known, so that [`Forms::has`] says nothing.
    pub fn is_empty(&self) -> bool {
        self.filter.is_empty() && self.own.is_empty()
    }

    /// Whether `word`, in lower case, is one of the language's.
    pub fn has(&self, word: &str) -> bool {
        self.own.contains(word) || (!self.filter.is_empty() && self.is_set(word))
    }

    fn is_set(&self, word: &str) -> bool {
        let bits = self.filter.len() as u64 * 8;
        // The lists write it so.
        let hash = match word.contains('ß') {
            true => fnv(&word.replace('ß', "ss")),
            false => fnv(word),
        };
        let (first, step) = (hash & 0xffff_ffff, (hash >> 32) | 1);
        (0..PROBES).all(|n| {
            let bit = (first + n * step) % bits;
            (self.filter[(bit / 8) as usize] >> (bit % 8)) & 1 == 1
        })
    }
}

fn fnv(word: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(word.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::{Lang, Language};
    use super::*;

    #[test]
    fn what_is_built_in_knows_words_and_not_others() {
        for (lang, words, others) in [
            (
                Lang::IT,
                "questura vongole patteggiato encefalite",
                "gettonists rogitus",
            ),
            (
                Lang::EN,
                "encephalitis amphorae the clams",
                "questura vongole gettonists folgorated",
            ),
            (Lang::PT, "maconha vaias reunião", "archebispo crádulo"),
            (Lang::FR, "sanglier échappé œuvre", "cinghial frolle"),
            (
                Lang::DE,
                "mündung straße anlageberater",
                "estuarie esordienten",
            ),
            (Lang::ES, "chivatazo también año", "cinghiale irresponsivo"),
        ] {
            let forms = &Language::of(lang).forms;
            let unknown: Vec<&str> = words.split(' ').filter(|word| !forms.has(word)).collect();
            assert_eq!(unknown, [""; 0], "{lang}");
            let known: Vec<&str> = others.split(' ').filter(|word| forms.has(word)).collect();
            assert_eq!(known, [""; 0], "{lang}");
        }
    }

    #[test]
    fn a_user_s_words_are_known_and_nothing_else() {
        let mut forms = Forms::default();
        assert!(forms.is_empty());
        forms.add("huis fiets\nbrood").unwrap();
        assert!(!forms.is_empty() && forms.has("fiets") && !forms.has("casa"));
    }
}
