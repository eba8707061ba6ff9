//! How byte-level BPE splits text into words before merging. The rules go by the names that llama.cpp gives them
//! (`tokenizer.ggml.pre`, `llama-vocab.cpp`).

use regex::Regex;

use crate::error::{Error, ErrorKind, Result};

/// GPT-2 (Radford et al. 2019, `encoder.py`), without its look-ahead.
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+";
/// Llama 3: up to three digits together.
const LLAMA3: &str = r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+";
/// Qwen 2: as Llama 3, but each digit alone.
const QWEN2: &str = r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+";

/// Splits text into words.
pub(super) struct Splitter {
    words: Regex,
    /// Each digit is cut out before the words are looked for.
    lone_digits: bool,
    /// White space that ends in a line break is a word of its own, whatever follows.
    break_ends_word: bool,
    /// A word that is itself a token isn't put together by merges.
    pub(super) whole_words: bool,
}

impl Splitter {
    /// The rule called `pre`.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if no such rule is known: with a wrong one the model would read something else.
    pub(super) fn new(pre: &str) -> Result<Self> {
        let (pattern, lone_digits, whole_words) = match pre {
            "gpt-2" | "phi-2" => (GPT2, false, false),
            "smollm" => (GPT2, true, false),
            "llama-bpe" | "llama3" | "llama-v3" => (LLAMA3, false, true),
            "smaug-bpe" => (LLAMA3, false, false),
            "qwen2" | "deepseek-r1-qwen" => (QWEN2, false, false),
            other => {
                return Err(Error::new(
                    ErrorKind::Model,
                    format!("the model splits words by a rule that isn't supported, \"{other}\""),
                )
                .with_hint("known rules: gpt-2, smollm, llama-bpe, smaug-bpe, qwen2"));
            }
        };
        let words = Regex::new(pattern).expect("the patterns above are valid");
        Ok(Self {
            words,
            lone_digits,
            break_ends_word: pattern != GPT2,
            whole_words,
        })
    }

    /// Calls `word` with each word of `text`, in order; together they are the text.
    pub(super) fn split<'t>(&self, text: &'t str, mut word: impl FnMut(&'t str)) {
        if !self.lone_digits {
            return self.split_words(text, &mut word);
        }
        let mut rest = text;
        while let Some((at, digit)) = rest.char_indices().find(|(_, c)| c.is_numeric()) {
            self.split_words(&rest[..at], &mut word);
            let end = at + digit.len_utf8();
            word(&rest[at..end]);
            rest = &rest[end..];
        }
        self.split_words(rest, &mut word);
    }

    fn split_words<'t>(&self, text: &'t str, word: &mut impl FnMut(&'t str)) {
        let mut at = 0;
        while let Some(found) = self.words.find_at(text, at) {
            debug_assert_eq!(at, found.start(), "the patterns cover every character");
            let (piece, mut end) = (found.as_str(), found.end());
            // `\s+(?!\S)`, as the regex crate has no look-ahead: of white space before a word, the last character
            // belongs to the word, unless it is the only one.
            if end < text.len() && piece.chars().all(char::is_whitespace) {
                let last = piece.chars().next_back().map_or(0, char::len_utf8);
                if last < piece.len() && !(self.break_ends_word && piece.ends_with(['\r', '\n'])) {
                    end -= last;
                }
            }
            word(&text[at..end]);
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<'t>(pre: &str, text: &'t str) -> Vec<&'t str> {
        let mut words = Vec::new();
        Splitter::new(pre)
            .unwrap()
            .split(text, |word| words.push(word));
        assert_eq!(words.concat(), text);
        words
    }

    #[test]
    fn white_space_digits_and_contractions_split_as_in_the_original_patterns() {
        assert_eq!(
            words("qwen2", "l'81  per\n\n cento,\t 12"),
            [
                "l", "'", "8", "1", " ", " per", "\n\n", " cento", ",", "\t", " ", "1", "2"
            ]
        );
        assert_eq!(words("llama-bpe", "12345 it's"), ["123", "45", " it", "'s"]);
        assert_eq!(
            words("smollm", "in 2019  "),
            ["in", " ", "2", "0", "1", "9", "  "]
        );
        assert_eq!(words("gpt-2", "in 2019  "), ["in", " 2019", "  "]);
        assert_eq!(words("qwen2", "a  \n  b"), ["a", "  \n", " ", " b"]);
    }

    #[test]
    fn an_unknown_rule_is_named() {
        let error = Splitter::new("martian").err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains("\"martian\""));
    }
}
