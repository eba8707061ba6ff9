//! The words of a sentence as extraction and verification compare them: names, numbers, words that carry meaning, and
//! words that only hold a sentence together. Neutral rules for any language; `summary.tsv` of the languages knows more of some.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::source::is_quotation_mark;
use crate::languages::Table;
use crate::text::Lang;

/// What a [`Term`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word with a capital inside a sentence.
    Name,
    /// Digits; the marks between their groups are gone.
    Number,
    /// A word that carries meaning.
    Word,
    /// A word that every text has.
    Function,
}

/// A word of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// In lower case.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it says that something is said, thought, wished, doubted or only possible: "allegedly", "denies".
    pub stance: bool,
    /// Whether it ties its sentence to the one before: "but", "he".
    pub leaning: bool,
    /// Whether a comma, a bracket or another mark of a phrase's end stands before it.
    pub after_mark: bool,
}

impl Term {
    /// Whether two sentences that have it have something in common.
    pub fn counts(&self) -> bool {
        self.kind != Kind::Function
    }

    /// What the forms of one word have in common.
    pub fn stem(&self) -> &str {
        match self.kind {
            Kind::Number => &self.text,
            _ => stem(&self.text),
        }
    }

    /// Whether two terms are forms of one word.
    pub fn is_akin(&self, other: &Term) -> bool {
        if self.kind == Kind::Number || other.kind == Kind::Number {
            return self.text == other.text;
        }
        let (short, long) = match self.text.len() <= other.text.len() {
            true => (&self.text, &other.text),
            false => (&other.text, &self.text),
        };
        let (few, many) = (short.chars().count(), long.chars().count());
        let common = short.chars().zip(long.chars());
        let common = common.take_while(|(a, b)| a == b).count();
        // "vote", "votes", "voto", "voti"; "kazako", "Kazakistan".
        match few {
            0..=3 => common == few && many <= few + 1 && (few == 3 || few == many),
            4..=5 => common >= few - 1 && many <= few + 3,
            _ => common >= STEM,
        }
    }
}

/// So many letters of a word are its stem: what held best on judged summaries in six languages.
const STEM: usize = 5;
/// Up to so many letters a word of an unknown language is taken for one that only holds the sentence together.
const SHORT: usize = 3;

/// The first letters of a word; of a short one all but its ending.
fn stem(word: &str) -> &str {
    let keep = match word.chars().count() {
        0..=SHORT => return word,
        count @ 4..=STEM => count - 1,
        _ => STEM,
    };
    let end = word.char_indices().nth(keep);
    &word[..end.map_or(word.len(), |(at, _)| at)]
}

/// The words of one kind in one language, whole ones and beginnings.
#[derive(Debug, Default)]
struct List {
    whole: Vec<&'static str>,
    beginnings: Vec<&'static str>,
}

impl List {
    fn has(&self, word: &str) -> bool {
        self.whole.binary_search(&word).is_ok()
            || self.beginnings.iter().any(|begin| word.starts_with(begin))
    }
}

static LISTS: LazyLock<HashMap<(&'static str, &'static str), List>> = LazyLock::new(|| {
    let table = Table::new("summary.tsv");
    let mut lists = HashMap::new();
    for (cells, of_langs) in &table.rows {
        for (lang, words) in table.langs().iter().zip(of_langs) {
            let (stars, mut whole): (Vec<_>, Vec<_>) = words
                .split_ascii_whitespace()
                .partition(|word| word.ends_with('*'));
            whole.sort_unstable();
            let beginnings = stars.iter().map(|word| word.trim_end_matches('*'));
            let beginnings = beginnings.collect();
            lists.insert((cells[0], lang.code()), List { whole, beginnings });
        }
    }
    lists
});

/// What is known of a language's words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vocabulary {
    function: Option<&'static List>,
    leaning: Option<&'static List>,
    owner: Option<&'static List>,
    order: Option<&'static List>,
    stance: Option<&'static List>,
}

impl Vocabulary {
    /// Of `lang`; of most languages nothing is known.
    pub fn of(lang: Lang) -> Self {
        let list = |kind| LISTS.get(&(kind, lang.code()));
        Self {
            function: list("function"),
            leaning: list("leaning"),
            owner: list("owner"),
            order: list("order"),
            stance: list("stance"),
        }
    }

    /// Whether it is known which words only hold a sentence together; else the short ones are taken for such.
    pub fn knows_function_words(&self) -> bool {
        self.function.is_some()
    }

    /// The terms of `sentence`, in order. A text without spaces between its words is cut into pairs of characters.
    pub fn terms(&self, sentence: &str) -> Vec<Term> {
        let mut terms = Vec::new();
        let mut initial = true;
        for (word, gap) in words(sentence) {
            initial = initial && terms.is_empty() || gap.contains(OPENERS);
            let first = terms.len();
            self.push(word, initial, &mut terms);
            if let Some(term) = terms.get_mut(first) {
                term.after_mark = gap.contains(is_mark);
            }
            initial = false;
        }
        terms
    }

    /// The words of what a reader asks about that carry a meaning, or all of them if none does.
    pub fn focus(&self, text: &str) -> Vec<Term> {
        let all = self.terms(text);
        match all.iter().any(Term::counts) {
            true => all.into_iter().filter(Term::counts).collect(),
            false => all,
        }
    }

    fn push(&self, word: &str, initial: bool, terms: &mut Vec<Term>) {
        let text = word.to_lowercase();
        let is = |list: Option<&List>| list.is_some_and(|list| list.has(&text));
        let term = |text: String, kind: Kind| Term {
            text,
            kind,
            stance: false,
            leaning: false,
            after_mark: false,
        };
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let digits = text.chars().filter(char::is_ascii_alphanumeric);
            terms.push(term(digits.collect(), Kind::Number));
            return;
        }
        if is_unspaced(word) {
            let letters: Vec<char> = text.chars().collect();
            let pairs = letters.windows(2.min(letters.len()));
            terms.extend(pairs.map(|pair| term(pair.iter().collect(), Kind::Word)));
            return;
        }
        let capital = word.starts_with(char::is_uppercase);
        let stance = is(self.stance) && (!capital || initial);
        let leaning = is(self.leaning);
        let kind = if stance {
            Kind::Word
        } else if capital && !initial {
            Kind::Name
        } else if is(self.function) || text.chars().count() <= SHORT {
            Kind::Function
        } else {
            Kind::Word
        };
        terms.push(Term {
            stance,
            leaning,
            ..term(text, kind)
        });
    }

    /// Whether a sentence can't be understood without the one before it, as far as its first two words tell: "But he …",
    /// "Il suo …".
    pub fn leans(&self, sentence: &str) -> bool {
        has_word(sentence, 0, self.leaning) || has_word(sentence, 1, self.owner)
    }

    /// Whether a sentence orders or asks its reader to do something, as far as its first word tells: "Answer …".
    pub fn orders(&self, sentence: &str) -> bool {
        has_word(sentence, 0, self.order)
    }
}

/// Whether the word of `sentence` at `place` is one of `list`.
fn has_word(sentence: &str, place: usize, list: Option<&List>) -> bool {
    let word = words(sentence)
        .nth(place)
        .map(|(word, _)| word.to_lowercase());
    list.zip(word).is_some_and(|(list, word)| list.has(&word))
}

/// Marks after which a capital proves nothing.
const OPENERS: &[char] = &['.', '!', '?', ':', '…', '«', '“', '„', '"'];

/// Whether a phrase ends before `c`; it doesn't at an apostrophe, a hyphen or a sign of money.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        ',' | ';' | ':' | '.' | '!' | '?' | '…' | '–' | '—' | '(' | ')' | '[' | ']'
    ) || matches!(c, '，' | '、' | '；' | '：' | '（' | '）')
        || is_quotation_mark(c)
}

/// The runs of letters and digits of a text, each with what stands before it. A number keeps the marks between its
/// groups.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        let gap = &text[at..start];
        let digits = text[start..].starts_with(|c: char| c.is_ascii_digit());
        let mut chars = text[start..].char_indices().peekable();
        let mut end = text.len();
        while let Some((i, c)) = chars.next() {
            let digit_next = chars.peek().is_some_and(|(_, c)| c.is_ascii_digit());
            let joins = digits && digit_next && is_group_mark(c) && groups(&text[start + i..], c);
            let mark = matches!(c, '\u{300}'..='\u{36f}');
            if !(c.is_alphanumeric() || mark || joins) {
                end = start + i;
                break;
            }
        }
        at = end;
        Some((&text[start..end], gap))
    })
}

fn is_group_mark(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}' | '\u{2009}'
    )
}

/// Whether the mark at the beginning of `rest` can stand inside a number: a space must have three digits behind it.
fn groups(rest: &str, mark: char) -> bool {
    let digits = rest[mark.len_utf8()..]
        .chars()
        .take_while(char::is_ascii_digit)
        .count();
    matches!(mark, '.' | ',') || digits == 3
}

/// Whether the script of a word puts no spaces between words: Chinese, Japanese, Thai, Lao, Khmer and the like.
fn is_unspaced(word: &str) -> bool {
    word.chars().any(|c| {
        matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(lang: Lang, text: &str) -> Vec<(String, Kind)> {
        let terms = Vocabulary::of(lang).terms(text);
        terms
            .into_iter()
            .filter(Term::counts)
            .map(|term| (term.text, term.kind))
            .collect()
    }

    #[test]
    fn names_numbers_and_words_are_told_apart() {
        let word = |text: &str| (text.to_string(), Kind::Word);
        let name = |text: &str| (text.to_string(), Kind::Name);
        let number = |text: &str| (text.to_string(), Kind::Number);
        assert_eq!(
            kinds(
                Lang::EN,
                "The court cleared Anna of stealing £12,400 in 2019."
            ),
            [
                word("court"),
                word("cleared"),
                name("anna"),
                word("stealing"),
                number("12400"),
                number("2019"),
            ]
        );
        assert_eq!(
            kinds(Lang::FR, "Elle a reçu 4 318 voix."),
            [word("reçu"), number("4318"), word("voix")]
        );
    }

    #[test]
    fn forms_of_a_word_are_akin() {
        let akin = |a: &str, b: &str| {
            let terms = Vocabulary::of(Lang::EN).terms(&format!("x {a} {b}"));
            terms[1].is_akin(&terms[2])
        };
        for (a, b) in [
            ("vote", "votes"),
            ("acquit", "acquitted"),
            ("Kazak", "kazako"),
        ] {
            assert!(akin(a, b), "{a} {b}");
        }
        for (a, b) in [("dead", "evacuated"), ("1999", "1998"), ("won", "wonder")] {
            assert!(!akin(a, b), "{a} {b}");
        }
    }

    #[test]
    fn stance_and_leaning_are_known() {
        let english = Vocabulary::of(Lang::EN);
        assert!(english.terms("The firm denied it.")[2].stance);
        assert!(english.leans("But she left."));
        assert!(english.orders("Please answer in a list."));
        assert!(!english.leans("The firm left."));
        let italian = Vocabulary::of(Lang::IT);
        assert!(italian.leans("Il suo intervento è stato breve."));
        assert!(!italian.leans("Il governo ha lodato il suo intervento."));
    }

    #[test]
    fn a_script_without_spaces_is_cut_into_pairs() {
        let terms = kinds(Lang::EN, "選挙結果。");
        let texts: Vec<&str> = terms.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["選挙", "挙結", "結果"]);
    }
}
