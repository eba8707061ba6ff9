//! Text in capitals. Models learn from text in small letters: of "THE PRIME MINISTER WILL NOT RESIGN" a small one makes
//! words that no language has. So they are given small letters, and capitals are put back.

/// A text with its case as models know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cased {
    /// The text for the model.
    pub text: String,
    /// Which parts were in capitals.
    shouted: Shouted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shouted {
    Nothing,
    All,
    /// The contents of the brackets with these numbers, from 0.
    Brackets(Vec<usize>),
}

/// Without vowels a word of so many letters or fewer is an acronym: BBC, TV.
const ACRONYM: usize = 4;
/// A lone word of fewer letters may be an acronym with vowels: NATO.
const LONE: usize = 7;

/// `text` without capitals, if it shouts: all of it, or what stands in brackets. `stays` says which words are no words.
pub(super) fn calm(text: &str, stays: impl Fn(&str) -> bool) -> Cased {
    if is_shouted(text, &stays) {
        return Cased {
            text: lowered(text, &stays),
            shouted: Shouted::All,
        };
    }
    let mut calm = text.to_owned();
    let mut numbers = Vec::new();
    for (n, (start, end)) in brackets(text).into_iter().enumerate() {
        let inner = &text[start..end];
        // Lower case may be longer or shorter in bytes; what is, is left alone.
        let small = lowered(inner, &stays);
        if is_shouted(inner, &stays) && small.len() == inner.len() {
            calm.replace_range(start..end, &small);
            numbers.push(n);
        }
    }
    Cased {
        text: calm,
        shouted: match numbers.is_empty() {
            true => Shouted::Nothing,
            false => Shouted::Brackets(numbers),
        },
    }
}

/// Whether all words are in capitals, and are no single acronym.
fn is_shouted(text: &str, stays: &impl Fn(&str) -> bool) -> bool {
    let words = || words(text).filter(|word| !stays(word));
    let letters = |word: &str| word.chars().filter(|c| c.is_alphabetic()).count();
    let lower = |word: &str| word.contains(char::is_lowercase);
    let long = words()
        .filter(|word| letters(word) > 2 && !is_acronym(word))
        .count();
    let caps = words().all(|word| !lower(word)) && words().all(|word| word.to_uppercase() == word);
    let lone = words().count() == 1 && letters(text) < LONE;
    caps && long > 0 && !lone
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| part.contains(char::is_alphabetic))
}

fn is_acronym(word: &str) -> bool {
    let vowel = |c: char| "AEIOUY".contains(c) || !c.is_ascii();
    let mixed = word.contains(|c: char| c.is_ascii_digit());
    word.chars().count() > 1 && word.len() <= ACRONYM && (mixed || !word.contains(vowel))
}

/// `text` in small letters, but for the first letter of each sentence, acronyms, and the pronoun "I".
fn lowered(text: &str, stays: &impl Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if !c.is_alphanumeric() {
            begins |= ".!?:".contains(c);
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric());
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        let alone = word == "I" && !after.starts_with('.');
        if stays(word) || is_acronym(word) || alone {
            out.push_str(word);
        } else {
            let mut chars = word.chars();
            match chars.next() {
                Some(first) if begins => out.push(first),
                first => out.extend(first.into_iter().flat_map(char::to_lowercase)),
            }
            out.push_str(&chars.as_str().to_lowercase());
        }
        begins = false;
    }
    out
}

/// Where the contents of the outermost brackets of `text` stand.
fn brackets(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open = None;
    for (at, c) in text.char_indices() {
        match (c, open) {
            ('(' | '[', None) => open = Some(at + 1),
            (')' | ']', Some(start)) => {
                found.push((start, at));
                open = None;
            }
            _ => {}
        }
    }
    found
}

impl Cased {
    /// `text` with its capitals.
    pub fn as_it_is(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            shouted: Shouted::Nothing,
        }
    }

    /// The translation with the capitals of the source.
    pub fn restore(&self, translation: &str) -> String {
        match &self.shouted {
            Shouted::Nothing => translation.to_owned(),
            Shouted::All => translation.to_uppercase(),
            Shouted::Brackets(numbers) => {
                let mut text = translation.to_owned();
                let places = brackets(translation);
                for &(start, end) in numbers.iter().rev().filter_map(|n| places.get(*n)) {
                    let loud = text[start..end].to_uppercase();
                    text.replace_range(start..end, &loud);
                }
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calmed(text: &str) -> Cased {
        calm(text, crate::translate::protect::is_stand_in)
    }

    #[test]
    fn capitals_go_and_come_back() {
        for (text, read, made, expected) in [
            (
                "WHO PAYS FOR IT?",
                "Who pays for it?",
                "Quem paga?",
                "QUEM PAGA?",
            ),
            (
                "THE BBC SAYS NO. I AGREE",
                "The BBC says no. I agree",
                "A BBC diz não. Concordo",
                "A BBC DIZ NÃO. CONCORDO",
            ),
            ("[WIND HOWLING]", "[Wind howling]", "[Vento]", "[VENTO]"),
            (
                "(WHISPERS) Don't.",
                "(Whispers) Don't.",
                "(Sussurra) Não.",
                "(SUSSURRA) Não.",
            ),
            (
                "Look (SEE BELOW), go",
                "Look (See below), go",
                "Olha (ver a), vai",
                "Olha (VER A), vai",
            ),
            (
                "DON’T PRESS Xqz1",
                "Don’t press Xqz1",
                "Não Xqz1",
                "NÃO XQZ1",
            ),
            (
                "AVISO: É TARDE",
                "Aviso: É tarde",
                "Note: late",
                "NOTE: LATE",
            ),
            ("WHISPERS", "Whispers", "Sussurros", "SUSSURROS"),
            ("THE SEA", "The sea", "O mar", "O MAR"),
            (
                "NO ENTRY FOR DOGS 24/7",
                "No entry for dogs 24/7",
                "Não",
                "NÃO",
            ),
        ] {
            let cased = calmed(text);
            assert_eq!(cased.text, read);
            assert_eq!(cased.restore(made), expected);
        }
    }

    #[test]
    fn what_does_not_shout_is_left_alone() {
        for text in [
            "NATO",
            "BBC",
            "A",
            "UN (UK)",
            "The NHS",
            "iPhone",
            "",
            "12",
            "Xqz1 Xqz2",
            "東京 OK",
            "OK",
            "A1 B2",
            "MP3 (MP4)",
        ] {
            let cased = calmed(text);
            assert_eq!(cased.text, text);
            assert_eq!(cased.restore("x (y)"), "x (y)", "{text}");
        }
    }
}
