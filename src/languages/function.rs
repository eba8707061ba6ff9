//! Function words, by which a language is told from others: `function.txt`.

use std::collections::HashSet;

/// What is known of a language's short words, in lower case and divided at apostrophes.
#[derive(Debug, Clone, Default)]
pub struct Function {
    /// Its own function words.
    pub own: HashSet<String>,
    /// Function words of other languages that also stand in texts of this one.
    pub seen: HashSet<String>,
}

impl Function {
    /// Adds the words of a file; a line with a `+` before it holds words of other languages.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix('+') {
                Some(words) => self.seen.extend(super::parse::words(words)),
                None => self.own.extend(super::parse::words(line)),
            }
        }
        Ok(())
    }

    /// Whether no function word is known.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// Whether so many words are shared that three in a row may well be the same.
    pub fn is_near(&self, other: &Function) -> bool {
        let shared = self.own.intersection(&other.own).count();
        shared * 5 > self.own.len().min(other.own.len())
    }
}
