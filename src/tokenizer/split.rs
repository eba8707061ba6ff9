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

/// DeepSeek V3 and Hunyuan, once digits and Chinese and Japanese characters are cut out: punctuation may begin a word, and
/// symbols are told from letters.
const DEEPSEEK3: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+"##;

/// Splits text into words.
pub(super) struct Splitter {
    words: Regex,
    /// What is cut out before the words are looked for, one after the other.
    before: Vec<Regex>,
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
        let (before, pattern, whole_words): (&[&str], _, _) = match pre {
            "gpt-2" | "phi-2" => (&[], GPT2, false),
            "smollm" => (&[r"\p{N}"], GPT2, false),
            "llama-bpe" | "llama3" | "llama-v3" => (&[], LLAMA3, true),
            "smaug-bpe" | "glm4" | "chatglm-bpe" => (&[], LLAMA3, false),
            "qwen2" | "deepseek-r1-qwen" => (&[], QWEN2, false),
            "deepseek-v3" | "hunyuan-dense" => {
                (&[r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+"], DEEPSEEK3, false)
            }
            other => {
                return Err(Error::new(
                    ErrorKind::Model,
                    format!("the model splits words by a rule that isn't supported, \"{other}\""),
                )
                .with_hint("known rules: gpt-2, smollm, llama-bpe, smaug-bpe, qwen2, deepseek-v3, hunyuan-dense"));
            }
        };
        let regex = |pattern: &str| Regex::new(pattern).expect("the patterns above are valid");
        Ok(Self {
            words: regex(pattern),
            before: before.iter().map(|pattern| regex(pattern)).collect(),
            break_ends_word: pattern != GPT2,
            whole_words,
        })
    }

    /// Calls `word` with each word of `text`, in order; together they are the text.
    pub(super) fn split<'t>(&self, text: &'t str, mut word: impl FnMut(&'t str)) {
        self.cut(&self.before, text, &mut word);
    }

    /// Cuts out what `before` find, and splits the rest into words.
    fn cut<'t>(&self, before: &[Regex], text: &'t str, word: &mut dyn FnMut(&'t str)) {
        let Some((first, others)) = before.split_first() else {
            return self.split_words(text, word);
        };
        let mut at = 0;
        for found in first.find_iter(text) {
            self.cut(others, &text[at..found.start()], word);
            word(found.as_str());
            at = found.end();
        }
        self.cut(others, &text[at..], word);
    }

    fn split_words<'t>(&self, text: &'t str, word: &mut dyn FnMut(&'t str)) {
        let mut at = 0;
        while let Some(found) = self.words.find_at(text, at) {
            // What no pattern covers, such as a control character, is a word of its own.
            if at < found.start() {
                word(&text[at..found.start()]);
                at = found.start();
            }
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
        if at < text.len() {
            word(&text[at..]);
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

    /// What Hugging Face's `tokenizers` makes of the three patterns one after the other.
    #[test]
    fn digits_and_characters_are_cut_out_before_words() {
        let split = |text| words("hunyuan-dense", text);
        assert_eq!(
            split("l'81  per\n\n cento,\t 12345 (naïve)"),
            [
                "l", "'", "81", " ", " per", "\n\n", " cento", ",", "\t ", "123", "45", " (",
                "naïve", ")"
            ]
        );
        assert_eq!(
            split("它在2026年 発売され、€5.00!\r\n  fine\u{301} "),
            [
                "它在",
                "202",
                "6",
                "年",
                " ",
                "発売され",
                "、€",
                "5",
                ".",
                "00",
                "!\r\n",
                " ",
                " fine\u{301}",
                " "
            ]
        );
        assert_eq!(
            split("a \u{1}b\u{200b} c  "),
            ["a", " ", "\u{1}b", "\u{200b}", " c", "  "]
        );
    }

    #[test]
    fn an_unknown_rule_is_named() {
        let error = Splitter::new("martian").err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains("\"martian\""));
    }
}
