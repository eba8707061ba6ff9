//! Words to look for, as the lists have them: one or more words in a row, in lower case, each with a `*` before or behind
//! it for any beginning or ending; `#` is a number in digits.

/// Words in a row.
pub type Pattern = Vec<Part>;

/// A word of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    text: String,
    /// Whether any beginning will do.
    begins: bool,
    /// Whether any ending will do.
    ends: bool,
}

impl Part {
    /// Reads a word with its stars.
    pub fn new(word: &str) -> Self {
        let (bare, begins) = word.strip_prefix('*').map_or((word, false), |w| (w, true));
        let (text, ends) = bare.strip_suffix('*').map_or((bare, false), |w| (w, true));
        Part {
            text: text.to_string(),
            begins,
            ends,
        }
    }

    /// What a word must be, `Ok`, or begin with, `Err`; `None` where neither says enough to look it up.
    pub fn key(&self) -> Option<Result<&str, &str>> {
        match (self.begins || self.text == "#", self.ends) {
            (true, _) => None,
            (false, true) => Some(Err(&self.text)),
            (false, false) => Some(Ok(&self.text)),
        }
    }

    /// Whether `word`, in lower case, is the one that is looked for.
    pub fn fits(&self, word: &str) -> bool {
        if self.text == "#" {
            return word.starts_with(|c: char| c.is_ascii_digit());
        }
        match (self.begins, self.ends) {
            (false, false) => word == self.text,
            (false, true) => word.starts_with(&self.text),
            (true, false) => word.ends_with(&self.text),
            (true, true) => word.contains(&self.text),
        }
    }
}

/// Reads alternatives divided by `|`.
pub fn patterns(column: &str) -> Vec<Pattern> {
    column
        .split('|')
        .filter(|pattern| !pattern.is_empty())
        .map(|pattern| pattern.split_ascii_whitespace().map(Part::new).collect())
        .collect()
}
