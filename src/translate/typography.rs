//! Characters that a translation model's vocabulary lacks. A small model drops them: quotation marks vanish and "Müller"
//! comes back as "M ller". So each is folded to one that the model knows, and put back in the translation.

use unicode_normalization::UnicodeNormalization;

/// A text that a model can read, and what is to be put back into its translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The text for the model.
    pub text: String,
    /// Words that were changed: as they stand in `text`, and as they stood in the source.
    words: Vec<(String, String)>,
    /// The source's double quotation marks, if they were folded to straight ones.
    quotes: Option<(char, char)>,
    /// Whether the source's apostrophes were curly.
    curly: bool,
}

const QUOTES: &[(char, char)] = &[('“', '”'), ('«', '»'), ('„', '“'), ('‟', '”')];

/// Folds what `knows` denies.
pub fn fold(source: &str, knows: impl Fn(char) -> bool) -> Folded {
    let quotes = QUOTES
        .iter()
        .copied()
        .filter(|&(open, _)| !knows(open))
        .filter_map(|pair| source.find(pair.0).map(|at| (at, pair)))
        .min()
        .map(|(_, pair)| pair);
    let mut words = Vec::new();
    let mut text = String::with_capacity(source.len());
    for word in source.split_inclusive(char::is_whitespace) {
        let mut folded = String::with_capacity(word.len());
        for c in word.chars() {
            match knows(c) || c.is_whitespace() {
                true => folded.push(c),
                false => push_folded(c, &knows, &mut folded),
            }
        }
        // Only a word whose letters changed is put back as a word; marks are put back by their kind.
        let (bare, plain) = (core(word), core(&folded));
        if letters(bare) != letters(plain) {
            words.push((plain.to_string(), bare.to_string()));
        }
        text.push_str(&folded);
    }
    Folded {
        text,
        words,
        quotes,
        curly: source.contains('’') && !knows('’'),
    }
}

/// A stand-in for `c`, or `c` itself if there is none.
fn push_folded(c: char, knows: &impl Fn(char) -> bool, folded: &mut String) {
    let stand_in = match c {
        '“' | '”' | '„' | '‟' | '«' | '»' => "\"",
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | 'ʼ' => "'",
        '–' | '—' | '‐' | '‑' | '−' => "-",
        '…' => "...",
        'ß' => "ss",
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' => "d",
        'ı' => "i",
        'æ' => "ae",
        'œ' => "oe",
        _ => "",
    };
    if !stand_in.is_empty() {
        folded.push_str(stand_in);
        return;
    }
    // A letter without its accent: the first character of its decomposition.
    match c.nfd().next() {
        Some(base) if base != c && knows(base) => folded.push(base),
        _ => folded.push(c),
    }
}

/// A word without the marks around it and the genitive after it.
fn core(word: &str) -> &str {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word)
}

fn letters(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).collect()
}

impl Folded {
    /// The translation with the source's words, quotation marks and apostrophes put back.
    pub fn restore(&self, translation: &str) -> String {
        let mut text = translation.to_string();
        for (folded, original) in &self.words {
            text = replace_word(&text, folded, original);
        }
        let mut restored = String::with_capacity(text.len());
        let mut before = ' ';
        let mut opened = false;
        for c in text.chars() {
            restored.push(match (c, self.quotes) {
                ('"', Some((open, close))) => {
                    opened = !opened;
                    if opened { open } else { close }
                }
                ('\'', _) if self.curly && before.is_alphanumeric() => '’',
                _ => c,
            });
            before = c;
        }
        restored
    }
}

/// `text` with every occurrence of `word` as a whole word replaced.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let end = at + word.len();
        let bound = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let before = rest[..at].chars().next_back().or(out.chars().next_back());
        let whole = bound(before) && bound(rest[end..].chars().next());
        out.push_str(&rest[..at]);
        out.push_str(if whole { by } else { word });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascii(c: char) -> bool {
        c.is_ascii()
    }

    #[test]
    fn what_the_model_knows_is_left_alone() {
        let folded = fold("“Müller” – così", |_| true);
        assert_eq!(folded.text, "“Müller” – così");
        assert_eq!(folded.restore("“Müller” – \"so\""), "“Müller” – \"so\"");
    }

    #[test]
    fn quotation_marks_come_back_in_the_sources_kind() {
        let folded = fold("“This is fair,” he said – “it’s done…”", ascii);
        assert_eq!(folded.text, "\"This is fair,\" he said - \"it's done...\"");
        assert_eq!(
            folded.restore("\"Isso é justo\", disse ele - \"feito d'água...\""),
            "“Isso é justo”, disse ele - “feito d’água...”"
        );
        assert_eq!(fold("«Sì»", ascii).restore("\"Yes\""), "«Yes»");
    }

    #[test]
    fn names_come_back_letter_for_letter() {
        let folded = fold("Müller’s friend Łukasz lives in Straßburg.", ascii);
        assert_eq!(folded.text, "Muller's friend Lukasz lives in Strassburg.");
        assert_eq!(
            folded.restore("O amigo de Muller, Lukasz, vive em Strassburg; Mullers não."),
            "O amigo de Müller, Łukasz, vive em Straßburg; Mullers não."
        );
    }

    #[test]
    fn what_has_no_stand_in_stays() {
        assert_eq!(fold("5 € 日本", ascii).text, "5 € 日本");
    }
}
