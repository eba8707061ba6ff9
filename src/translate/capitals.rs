//! Text in capitals. Models learn from text in small letters: of "THE PRIME MINISTER WILL NOT RESIGN" a small one makes
//! words that no language has. So they are given small letters, and capitals are put back. Capitals in odd places, as in
//! "tHe DoOr", are no capitals to put back.

use crate::languages::{Abbreviation, Language, names};
use crate::text::{Lang, capitalized};

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
    /// The contents of the brackets and quotation marks with these numbers, from 0.
    Enclosed(Vec<usize>),
    /// What stands before the first sign of this kind: "PRICE LIST, valid from May".
    Head(char),
    /// The first letter: the text was lowered though it doesn't shout.
    First,
    /// A lone word that may be an acronym: if it is translated, it was none.
    Lone,
}

/// Signs behind which a heading in capitals goes on otherwise.
const HEADS: [char; 5] = [',', ':', '(', '–', '—'];

/// Without vowels a word of so many letters or fewer is an acronym: BBC, TV.
const ACRONYM: usize = 4;
/// A lone word of fewer letters may be an acronym with vowels: NATO.
const LONE: usize = 7;

/// `text`, which is in `lang`, without capitals, if it shouts: all of it, or what stands in brackets or quotation marks; or
/// if its capitals stand anywhere. `stays` says which words are no words.
pub(super) fn calm(text: &str, lang: Lang, stays: impl Fn(&str) -> bool) -> Cased {
    let lowered = |text: &str| lowered(text, lang, &stays);
    if is_lone(text, &stays) {
        return Cased {
            text: text.to_owned(),
            shouted: Shouted::Lone,
        };
    }
    let shouts = is_shouted(text, &stays);
    if shouts || is_scattered(text, &stays) {
        return Cased {
            text: lowered(text),
            shouted: match shouts {
                true => Shouted::All,
                false => Shouted::Nothing,
            },
        };
    }
    if let Some((at, sign)) = text.char_indices().find(|(_, c)| HEADS.contains(c))
        && is_shouted(&text[..at], &stays)
    {
        return Cased {
            text: lowered(&text[..at]) + &text[at..],
            shouted: Shouted::Head(sign),
        };
    }
    let mut calm = text.to_owned();
    let mut numbers = Vec::new();
    for (n, (start, end)) in enclosed(text).into_iter().enumerate() {
        let inner = &text[start..end];
        // Lower case may be longer or shorter in bytes; what is, is left alone.
        let small = lowered(inner);
        if is_shouted(inner, &stays) && small.len() == inner.len() {
            calm.replace_range(start..end, &small);
            numbers.push(n);
        }
    }
    Cased {
        text: calm,
        shouted: match numbers.is_empty() {
            true => Shouted::Nothing,
            false => Shouted::Enclosed(numbers),
        },
    }
}

/// `text` in small letters from its first word on: a label such as "Sum" or "Guest" is a name to a small model, "sum" is not.
/// Names that are known keep their capitals.
pub(super) fn small(text: &str, lang: Lang, stays: impl Fn(&str) -> bool) -> Cased {
    let language = Language::of(lang);
    let is_name = |word: &str| {
        let lower = word.to_lowercase();
        let known = names().given.contains(&lower) || names().index.contains_key(&lower);
        stays(word) || known || language.capitals.has(&lower) || word == "I"
    };
    let shouts = words(text).all(|word| stays(word) || !word.contains(char::is_lowercase));
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        match is_name(word) || is_acronym(word) && !shouts {
            true => out.push_str(piece),
            false => out.push_str(&piece.to_lowercase()),
        }
    }
    Cased {
        text: out,
        shouted: match shouts {
            true => Shouted::All,
            false => Shouted::First,
        },
    }
}

/// `text` with a capital as its first letter.
fn raised(text: &str) -> String {
    let at = text.find(char::is_alphanumeric).unwrap_or(text.len());
    let (head, rest) = text.split_at(at);
    head.to_owned() + &capitalized(rest)
}

/// Whether all words are in capitals, and are no single acronym.
fn is_shouted(text: &str, stays: &impl Fn(&str) -> bool) -> bool {
    is_loud(text, stays) && !may_be_acronym(text, stays)
}

/// Whether `text` is one word in capitals, too short to be told from an acronym but long enough to be a word.
fn is_lone(text: &str, stays: &impl Fn(&str) -> bool) -> bool {
    is_loud(text, stays) && may_be_acronym(text, stays) && letters(text) >= ACRONYM
}

/// Whether all words are in capitals. Scripts without capitals don't shout.
fn is_loud(text: &str, stays: &impl Fn(&str) -> bool) -> bool {
    let words = || words(text).filter(|word| !stays(word));
    let lower = |word: &str| word.contains(char::is_lowercase);
    let mut long = words()
        .filter(|word| letters(word) > 2 && !is_acronym(word) && word.to_lowercase() != *word);
    let caps = words().all(|word| !lower(word) && word.to_uppercase() == word);
    caps && long.next().is_some()
}

/// Whether `text` is one short word. Nobody shouts an acronym.
fn may_be_acronym(text: &str, stays: &impl Fn(&str) -> bool) -> bool {
    let lone = words(text).filter(|word| !stays(word)).count() == 1;
    lone && letters(text) < LONE && !text.trim_end().ends_with('!')
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

/// Whether small letters and capitals change places all the time: "tHe DoOr Is OpEn". Names of products have a capital or
/// two within.
fn is_scattered(text: &str, stays: &impl Fn(&str) -> bool) -> bool {
    let (mut pairs, mut changes) = (0, 0);
    for word in words(text).filter(|word| !stays(word)) {
        for (one, next) in word.chars().zip(word.chars().skip(1)) {
            pairs += 1;
            changes += usize::from(one.is_uppercase() != next.is_uppercase());
        }
    }
    pairs >= LONE && 3 * changes > 2 * pairs
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| part.contains(char::is_alphabetic))
}

fn is_acronym(word: &str) -> bool {
    let vowel = |c: char| "AEIOUY".contains(c) || !c.is_ascii();
    let mixed = word.contains(|c: char| c.is_ascii_digit());
    let loud = !word.contains(char::is_lowercase);
    loud && word.chars().count() > 1 && word.len() <= ACRONYM && (mixed || !word.contains(vowel))
}

/// `text` in small letters, but for the first letter of each sentence and of titles ("Dr."), acronyms, and the pronoun "I".
fn lowered(text: &str, lang: Lang, stays: &impl Fn(&str) -> bool) -> String {
    let abbreviations = &Language::of(lang).abbreviations;
    let is_title = |word: &str, after: &str| {
        let known = || abbreviations.get(&word.to_lowercase()) == Some(Abbreviation::Joins);
        after.starts_with('.') && word.chars().count() > 1 && known()
    };
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
        let titled = is_title(word, after);
        if stays(word) || alone || is_acronym(word) && !titled {
            out.push_str(word);
        } else {
            let mut chars = word.chars();
            match chars.next() {
                Some(first) if begins || titled => out.extend(first.to_uppercase()),
                first => out.extend(first.into_iter().flat_map(char::to_lowercase)),
            }
            out.push_str(&chars.as_str().to_lowercase());
        }
        begins = false;
        if titled {
            out.push('.');
            rest = &rest[1..];
        }
    }
    out
}

/// Where the contents of the outermost brackets and quotation marks of `text` stand.
fn enclosed(text: &str) -> Vec<(usize, usize)> {
    let closing = |open: char| match open {
        '(' => Some(")"),
        '[' => Some("]"),
        '"' => Some("\""),
        '“' => Some("”"),
        '„' => Some("“”"),
        '«' => Some("»"),
        _ => None,
    };
    let mut found = Vec::new();
    let mut open = None;
    for (at, c) in text.char_indices() {
        match open {
            Some((start, closing)) if str::contains(closing, c) => {
                found.push((start, at));
                open = None;
            }
            Some(_) => {}
            None => open = closing(c).map(|closing| (at + c.len_utf8(), closing)),
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
            Shouted::First => raised(translation),
            // What becomes several words was an acronym after all: "ASAP".
            Shouted::Lone if words(translation).count() > 1 => translation.to_owned(),
            Shouted::Lone => translation.to_uppercase(),
            Shouted::Head(sign) => match translation.find(*sign) {
                Some(at) => translation[..at].to_uppercase() + &translation[at..],
                None => translation.to_owned(),
            },
            Shouted::Enclosed(numbers) => {
                let mut text = translation.to_owned();
                let places = enclosed(translation);
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
        calm(text, Lang::EN, crate::translate::protect::is_stand_in)
    }

    /// A text, what a model reads of it, what it makes of that, and what comes back.
    const CASES: &[(&str, &str, &str, &str)] = &[
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
        ("SAFETY", "SAFETY", "Segurança", "SEGURANÇA"),
        ("NATO", "NATO", "OTAN", "OTAN"),
        ("ASAP", "ASAP", "Assim que der", "Assim que der"),
        ("THE SEA", "The sea", "O mar", "O MAR"),
        ("STOP!", "Stop!", "Pare!", "PARE!"),
        (
            "DR. SMITH AND MRS. JONES. NO ONE ELSE.",
            "Dr. smith and Mrs. jones. No one else.",
            "O Dr. Smith",
            "O DR. SMITH",
        ),
        (
            "He said: \"LEAVE ME ALONE!\"",
            "He said: \"Leave me alone!\"",
            "Disse: \"Deixe-me!\"",
            "Disse: \"DEIXE-ME!\"",
        ),
        (
            "tHe DoOr Is OpEn.",
            "The door is open.",
            "A porta está aberta.",
            "A porta está aberta.",
        ),
        (
            "PRICE LIST, valid from May",
            "Price list, valid from May",
            "Lista de preços, válida desde maio",
            "LISTA DE PREÇOS, válida desde maio",
        ),
        (
            "NARRATOR: He left.",
            "Narrator: He left.",
            "Narrador: Ele saiu.",
            "NARRADOR: Ele saiu.",
        ),
        (
            "NO ENTRY FOR DOGS 24/7",
            "No entry for dogs 24/7",
            "Não",
            "NÃO",
        ),
    ];

    #[test]
    fn capitals_go_and_come_back() {
        for &(text, read, made, expected) in CASES {
            let cased = calmed(text);
            assert_eq!(cased.text, read);
            assert_eq!(cased.restore(made), expected);
        }
    }

    #[test]
    fn labels_may_be_read_in_small_letters() {
        for (text, read, made, expected) in [
            ("Sum", "sum", "soma", "Soma"),
            ("“Guest”", "“guest”", "“convidado”", "“Convidado”"),
            ("SIGHS", "sighs", "os suspiros", "OS SUSPIROS"),
            (
                "Checked by Mary",
                "checked by Mary",
                "verificado por Mary",
                "Verificado por Mary",
            ),
        ] {
            let cased = small(text, Lang::EN, crate::translate::protect::is_stand_in);
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
            "政府は法律を承認した",
            "אושר החוק",
            "सरकार ने कहा",
            "OK",
            "A1 B2",
            "MP3 (MP4)",
            "GitHub, YouTube and iOS",
            "He called it \"NATO\"",
        ] {
            let cased = calmed(text);
            assert_eq!(cased.text, text);
            assert_eq!(cased.restore("x (y)"), "x (y)", "{text}");
        }
    }
}
