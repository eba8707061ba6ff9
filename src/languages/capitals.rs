//! Words that have a capital inside sentences without being a name that must recur: `capitals.txt`.

use std::collections::HashSet;

/// The words, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Capitals {
    words: HashSet<String>,
    /// Beginnings of words; their entries end in `*`.
    stems: Vec<String>,
}

impl Capitals {
    /// Adds the words of a file.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        for word in super::parse::words(text) {
            match word.strip_suffix('*') {
                Some(stem) => self.stems.push(stem.to_string()),
                None => {
                    self.words.insert(word);
                }
            }
        }
        Ok(())
    }

    /// Whether no such word is known.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether `word`, in lower case, is one of them.
    pub fn has(&self, word: &str) -> bool {
        self.words.contains(word) || self.stems.iter().any(|stem| word.starts_with(stem))
    }
}
