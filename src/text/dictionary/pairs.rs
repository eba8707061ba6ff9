//! Words and their translations, packed: a dictionary may have a million of them.

use std::cmp::Ordering;

use crate::text::Lang;

/// What a format's reader has read so far.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// What the dictionary calls itself.
    pub title: String,
    /// The languages that its data names.
    pub direction: Option<(Lang, Lang)>,
    text: String,
    pairs: Vec<Pair>,
}

/// Where a word and its translation stand, one after the other.
#[derive(Debug, Clone, Copy)]
struct Pair {
    start: u32,
    word: u16,
    translation: u16,
}

impl Reader {
    /// Takes a word and one translation in; what is empty or no word but a page is left out.
    pub fn add(&mut self, word: &str, translation: &str) {
        let (word, translation) = (word.trim(), translation.trim());
        let short = |text: &str| u16::try_from(text.len()).ok().filter(|len| *len > 0);
        let lens = short(word).zip(short(translation));
        if let (Some((word_len, len)), Ok(start)) = (lens, u32::try_from(self.text.len())) {
            self.text.push_str(word);
            self.text.push_str(translation);
            self.pairs.push(Pair {
                start,
                word: word_len,
                translation: len,
            });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pairs, to be looked up from both sides.
    pub fn sorted(self) -> Pairs {
        let mut pairs = Pairs {
            text: self.text,
            by_word: self.pairs.clone(),
            by_translation: self.pairs,
        };
        let text = &pairs.text;
        let by = |side: fn(Pair, &str) -> &str| {
            move |a: &Pair, b: &Pair| order(side(*a, text), side(*b, text))
        };
        pairs.by_word.sort_by(by(Pair::word));
        pairs.by_translation.sort_by(by(Pair::translation));
        pairs
    }
}

impl Pair {
    fn word(self, text: &str) -> &str {
        let start = self.start as usize;
        &text[start..start + usize::from(self.word)]
    }

    fn translation(self, text: &str) -> &str {
        let start = self.start as usize + usize::from(self.word);
        &text[start..start + usize::from(self.translation)]
    }
}

/// The pairs of one dictionary, sorted by either side, small and capital letters alike.
#[derive(Debug)]
pub(super) struct Pairs {
    text: String,
    by_word: Vec<Pair>,
    by_translation: Vec<Pair>,
}

impl Pairs {
    pub fn len(&self) -> usize {
        self.by_word.len()
    }

    /// The translations of a word, in the dictionary's order; `forward`: whether the word is in its first language.
    pub fn of<'p>(&'p self, word: &str, forward: bool) -> impl Iterator<Item = &'p str> + use<'p> {
        type Side = fn(Pair, &str) -> &str;
        let (pairs, own, other): (_, Side, Side) = match forward {
            true => (&self.by_word, Pair::word, Pair::translation),
            false => (&self.by_translation, Pair::translation, Pair::word),
        };
        let before = |pair: &Pair| order(own(*pair, &self.text), word);
        let start = pairs.partition_point(|pair| before(pair) == Ordering::Less);
        let count = pairs[start..].partition_point(|pair| before(pair) == Ordering::Equal);
        let found = pairs[start..start + count].iter();
        found.map(move |pair| other(*pair, &self.text))
    }

    /// Gives all that is said to `take`, in order.
    pub fn feed(&self, take: &mut dyn FnMut(&str)) {
        for pair in &self.by_word {
            for part in [
                pair.word(&self.text),
                "\t",
                pair.translation(&self.text),
                "\n",
            ] {
                take(part);
            }
        }
    }
}

/// The order of two words, small and capital letters alike.
fn order(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        return a.bytes().map(lower).cmp(b.bytes().map(lower));
    }
    let lower = |text: &'_ str| {
        text.chars()
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    lower(a).cmp(&lower(b))
}
