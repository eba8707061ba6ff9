//! The meanings of the list, and which of them stand in a text.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::checks::id::CheckId;
use crate::checks::words::Side;
use crate::languages::{Pattern, Table, patterns};
use crate::text::Span;

/// One meaning of the list.
pub struct Sense {
    /// Meanings of one group exclude each other.
    pub group: &'static str,
    /// The check that tells that it became another.
    pub check: CheckId,
    /// Its name in English.
    pub name: &'static str,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new("events.tsv"));

pub static SENSES: LazyLock<Vec<Sense>> = LazyLock::new(|| {
    let rows = TABLE.rows.iter();
    rows.map(|(cells, _)| Sense {
        group: cells[0],
        check: cells[1].parse().expect("a check's id"),
        name: cells[2],
    })
    .collect()
});

/// The other meaning of a group of two.
pub fn pair_of(at: usize) -> Option<usize> {
    static PAIRS: LazyLock<Vec<Option<usize>>> = LazyLock::new(|| {
        let other = |at: usize| {
            let mut others =
                (0..SENSES.len()).filter(|i| *i != at && SENSES[*i].group == SENSES[at].group);
            others.next().filter(|_| others.next().is_none())
        };
        (0..SENSES.len()).map(other).collect()
    });
    PAIRS[at]
}

/// Words of one language that a meaning is told by.
struct Entry {
    sense: usize,
    /// Whether they prove it, rather than may stand for it.
    sure: bool,
    pattern: Pattern,
}

/// The entries of a language, by what their first word is or begins with.
#[derive(Default)]
struct Index {
    whole: HashMap<String, Vec<Entry>>,
    begun: HashMap<String, Vec<Entry>>,
    others: Vec<Entry>,
}

impl Index {
    fn new(column: usize) -> Self {
        let mut index = Index::default();
        for (sense, (_, of_langs)) in TABLE.rows.iter().enumerate() {
            let cell = of_langs[column];
            let (sure, maybe) = cell.split_once('~').unwrap_or((cell, ""));
            for (sure, cell) in [(true, sure), (false, maybe)] {
                for pattern in patterns(cell) {
                    let entry = Entry {
                        sense,
                        sure,
                        pattern,
                    };
                    index.add(entry);
                }
            }
        }
        index
    }

    fn add(&mut self, entry: Entry) {
        let key = entry.pattern.first().and_then(|part| part.key());
        let list = match key.map(|key| key.map(str::to_string).map_err(str::to_string)) {
            Some(Ok(whole)) => self.whole.entry(whole).or_default(),
            Some(Err(begun)) => self.begun.entry(begun).or_default(),
            None => &mut self.others,
        };
        list.push(entry);
    }

    /// The entries whose first word `word` may be.
    fn of<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Entry> {
        let ends = word.char_indices().map(|(at, _)| at).skip(1);
        let begun = ends
            .chain([word.len()])
            .filter_map(|end| self.begun.get(&word[..end]));
        let whole = self.whole.get(word).into_iter();
        whole.chain(begun).flatten().chain(&self.others)
    }
}

static INDEXES: LazyLock<Vec<Index>> =
    LazyLock::new(|| (0..TABLE.langs().len()).map(Index::new).collect());

/// The meanings that stand in a text.
pub struct Seen {
    /// Where each surely stands.
    pub sure: Vec<Option<Span>>,
    maybe: Vec<bool>,
}

impl Seen {
    /// Reads `side`; `None` if the table has no column for its language.
    pub fn new(side: &Side) -> Option<Self> {
        let index = &INDEXES[TABLE.column(side.lang)?];
        let mut seen = Seen {
            sure: vec![None; SENSES.len()],
            maybe: vec![false; SENSES.len()],
        };
        for (at, word) in side.words.iter().enumerate() {
            for entry in index.of(&word.lower) {
                let mut parts = (at..).zip(&entry.pattern);
                if !parts.all(|(i, part)| i < side.words.len() && part.fits(side.lower(i))) {
                    continue;
                }
                let end = side.words[at + entry.pattern.len() - 1].span.end;
                let span = Span {
                    start: word.span.start,
                    end,
                };
                match entry.sure {
                    true => seen.sure[entry.sense] = seen.sure[entry.sense].or(Some(span)),
                    false => seen.maybe[entry.sense] = true,
                }
            }
        }
        Some(seen)
    }

    /// Whether the meaning may stand there.
    pub fn may_have(&self, sense: usize) -> bool {
        self.sure[sense].is_some() || self.maybe[sense]
    }
}

/// Whether words that prove the meaning are known in `lang`.
#[cfg(test)]
pub fn is_known(sense: usize, lang: crate::text::Lang) -> bool {
    let index = TABLE.column(lang).map(|column| &INDEXES[column]);
    index.is_some_and(|index| {
        let lists = index.whole.values().chain(index.begun.values());
        let mut entries = lists.flatten().chain(&index.others);
        entries.any(|entry| entry.sense == sense && entry.sure)
    })
}
