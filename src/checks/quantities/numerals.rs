//! Number words: "duecentotrentotto", "un milione e mezzo", "quatre-vingt-onze", "zweihundertachtunddreißig".
//!
//! `vocabulary` gives the pieces; one grammar puts them together.

use std::ops::ControlFlow;

use super::accumulator::Sum;
use super::vocabulary::{Piece, piece};
use crate::checks::words::{Kind, Side};
use crate::languages::Grammar;

/// How a number was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Cardinal,
    Ordinal,
    Group,
    Vague,
    Loose,
    /// A fraction, a multiple or a share (`fractions`).
    Part,
    /// One side of a result: "4-1".
    Score,
    /// Not said at all: the one year of "annual".
    Implied,
}

/// A number read from words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numeral {
    pub value: f64,
    /// One past its last word.
    pub end: usize,
    pub said: Said,
    /// What it may mean beside its value: dozens are tens elsewhere.
    pub rough: Option<f64>,
}

/// Reads the number that starts at word `start`; `digits` is its value if that word is written in digits.
pub(super) fn read(side: &Side, start: usize, digits: Option<f64>) -> Option<Numeral> {
    let mut reader = Reader::new(side, start, digits);
    while reader.goes_on() {
        let flow = match piece(side.lower(reader.at), side.language) {
            Some(piece) => reader.piece(piece),
            None => reader.article(),
        };
        match flow {
            Flow::Continue(()) => {}
            Flow::Break(Some(numeral)) => return Some(numeral),
            Flow::Break(None) => break,
        }
    }
    reader.numeral()
}

/// What a word does to the number that is being read: go on, end before this word, or end with a number of its own.
type Flow = ControlFlow<Option<Numeral>>;

/// A number while its words are read.
struct Reader<'s, 'a> {
    side: &'s Side<'a>,
    start: usize,
    /// Whether the first word is written in digits.
    digits: bool,
    sum: Sum,
    said: Said,
    /// Whether "and a half" was read: only a power may follow.
    halved: bool,
    /// The word to read.
    at: usize,
    /// One past the last word that belongs to the number.
    end: usize,
}

impl<'s, 'a> Reader<'s, 'a> {
    fn new(side: &'s Side<'a>, start: usize, digits: Option<f64>) -> Self {
        let at = start + usize::from(digits.is_some());
        Self {
            side,
            start,
            digits: digits.is_some(),
            sum: Sum {
                group: digits.unwrap_or_default(),
                seen: digits.is_some(),
                ..Sum::default()
            },
            said: Said::Cardinal,
            halved: false,
            at,
            end: at,
        }
    }

    /// Whether there is another word that may belong to the number.
    fn goes_on(&self) -> bool {
        let word = self.side.words.get(self.at);
        word.is_some_and(|word| word.kind != Kind::Digits)
            && (self.at == self.start || joins(self.side.before(self.at)))
    }

    fn numeral(&self) -> Option<Numeral> {
        (self.sum.seen && self.end > self.start).then(|| Numeral {
            value: self.sum.total(),
            end: self.end,
            said: self.said,
            rough: None,
        })
    }

    /// A word that is no piece of a number: "half a million".
    fn article(&mut self) -> Flow {
        let article = self.at > self.start
            && self.sum.half_open
            && self
                .side
                .is_any(self.at, &self.side.language.links.after_half);
        if !article {
            return Flow::Break(None);
        }
        self.at += 1;
        Flow::Continue(())
    }

    fn piece(&mut self, piece: Piece) -> Flow {
        let power = matches!(piece, Piece::Power(_) | Piece::Powers(_));
        if self.halved && (self.sum.powered || !power)
            || self.digits && !self.sum.powered && !power && piece != Piece::And
        {
            return Flow::Break(None);
        }
        if piece == Piece::And {
            return self.and();
        }
        if let Some(numeral) = self.whole(piece) {
            return Flow::Break(Some(numeral));
        }
        if !self.add(piece) {
            return Flow::Break(None);
        }
        self.at += 1;
        self.end = self.at;
        match piece {
            // "décimo oitavo", "vigésimo primeiro"
            Piece::Ordinal(n) if n < 10.0 || n % 10.0 != 0.0 => Flow::Break(None),
            _ => Flow::Continue(()),
        }
    }

    fn and(&mut self) -> Flow {
        if !self.sum.seen || self.sum.half_open {
            return Flow::Break(None);
        }
        if let Some(after) = half_after_and(self.side, self.at) {
            self.sum.add_half();
            (self.at, self.end) = (after, after);
            // "one and a half million"
            self.halved = true;
            return Flow::Continue(());
        }
        if self.digits || !and_joins(self.side, self.at, &self.sum) {
            return Flow::Break(None);
        }
        self.at += 1;
        Flow::Continue(())
    }

    /// The number that `piece` makes by itself, or with a small number before it.
    fn whole(&self, piece: Piece) -> Option<Numeral> {
        let (seen, small) = (self.sum.seen, self.sum.is_small());
        let end = self.at + 1;
        match piece {
            Piece::Powers(n) | Piece::Vague(n) if !seen => {
                // "Miles de millones" are billions; "tens of thousands" has the same two words elsewhere.
                let of = (n == 1e3).then(|| of_powers(self.side, end)).flatten();
                let (times, end) = of.unwrap_or((1.0, end));
                Some(Numeral {
                    // Dozens are tens elsewhere.
                    value: times * if n == 12.0 { 10.0 } else { n },
                    end,
                    said: Said::Vague,
                    rough: None,
                })
            }
            // "due dozzine", "two thousand" in words that are vague alone
            Piece::Vague(n) | Piece::Group(n) if !seen || small => {
                // "una trentina di milioni", "zwei Dutzend Millionen"
                let (power, end) = counted_powers(self.side, end).unwrap_or((1.0, end));
                let times = power * if seen { self.sum.total() } else { 1.0 };
                Some(Numeral {
                    value: n * times,
                    end,
                    said: Said::Group,
                    rough: (n == 12.0).then_some(10.0 * times),
                })
            }
            Piece::Loose(value) if !seen => Some(Numeral {
                value,
                end,
                said: Said::Loose,
                rough: None,
            }),
            _ => None,
        }
    }

    /// Adds `piece` to the number, if it can go on with it.
    fn add(&mut self, piece: Piece) -> bool {
        let grammar = self.side.language.profile.grammar;
        let sum = &mut self.sum;
        match piece {
            // "un demi-million": the number before is an article.
            Piece::Half if sum.seen && (sum.powered || sum.group != 1.0) => return false,
            Piece::Half => {
                sum.half_open = true;
                sum.seen = true;
                sum.group = 0.5;
                self.said = Said::Loose;
            }
            Piece::Plain(n) if !sum.half_open && sum.add(n, grammar) => {}
            Piece::Hundred if !sum.half_open && sum.hundred() => {}
            Piece::Power(n) if sum.power(n) => self.said = Said::Cardinal,
            Piece::Powers(n) if sum.seen && sum.power(n) => self.said = Said::Cardinal,
            Piece::Ordinal(n) if !sum.seen => {
                sum.group = n;
                sum.seen = true;
                self.said = Said::Ordinal;
            }
            // "Trinta quartos" are thirty rooms: only English and French say "thirty-fourth" with a cardinal.
            Piece::Ordinal(n)
                if (self.said == Said::Ordinal || counts_on(grammar))
                    && sum.add_ordinal(n, grammar) =>
            {
                self.said = Said::Ordinal;
            }
            _ => return false,
        }
        true
    }
}

/// The power that "of millions" at word `at` multiplies by, and one past its last word.
fn of_powers(side: &Side, at: usize) -> Option<(f64, usize)> {
    let of = side.is_any(at, &side.language.links.between_powers) && side.before(at) == " ";
    match piece(side.lower(at + 1), side.language) {
        Some(Piece::Powers(n)) if of => Some((n, at + 2)),
        _ => None,
    }
}

/// The power that a group at word `at` - 1 counts, with or without "of", and one past its last word: "dozzina di milioni",
/// "dozen million".
fn counted_powers(side: &Side, at: usize) -> Option<(f64, usize)> {
    let of = usize::from(side.is_any(at, &side.language.links.between_powers));
    let close = (at..=at + of).all(|i| side.before(i) == " ");
    match piece(side.lower(at + of), side.language) {
        Some(Piece::Powers(n) | Piece::Power(n) | Piece::Vague(n)) if close && n >= 1e3 => {
            Some((n, at + of + 1))
        }
        _ => None,
    }
}

/// Whether an ordinal of several words has cardinals before its last word: "thirty-fourth", but "trigésimo quarto".
fn counts_on(grammar: Option<Grammar>) -> bool {
    matches!(grammar, Some(Grammar::English | Grammar::French))
}

/// Whether two words with `gap` between them can belong to one number.
fn joins(gap: &str) -> bool {
    matches!(gap, " " | "-" | "" | "\u{a0}" | "\u{202f}" | "\u{2011}")
}

/// The end of "and a half", if that's what stands at word `at`.
pub(super) fn half_after_and(side: &Side, at: usize) -> Option<usize> {
    let half = at + 1 + usize::from(side.is_any(at + 1, &side.language.links.before_half));
    let and = piece(side.lower(at), side.language) == Some(Piece::And);
    let is_half = and && piece(side.lower(half), side.language) == Some(Piece::Half);
    (is_half && (at + 1..=half).all(|i| joins(side.before(i)))).then_some(half + 1)
}

/// Whether the "and" at word `at` continues the number `sum`.
fn and_joins(side: &Side, at: usize, sum: &Sum) -> bool {
    if !joins(side.before(at + 1)) {
        return false;
    }
    let tens = sum.group % 100.0 >= 20.0 && sum.group % 10.0 == 0.0;
    let round = sum.group % 100.0 == 0.0;
    let grammar = side.language.profile.grammar;
    match (piece(side.lower(at + 1), side.language), grammar) {
        (Some(Piece::Plain(n) | Piece::Ordinal(n)), Some(Grammar::English)) => round && n < 100.0,
        (Some(Piece::Plain(n)), Some(Grammar::French)) => tens && (n == 1.0 || n == 11.0),
        (Some(Piece::Plain(n)), Some(Grammar::Iberian)) => tens && n < 10.0 || round,
        // "un milione e duecentomila"
        (Some(Piece::Plain(n)), Some(Grammar::Italian)) => {
            sum.powered && sum.group == 0.0 && n >= 100.0
        }
        (Some(Piece::Hundred), Some(Grammar::Iberian)) => sum.group == 0.0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    fn value(lang: Lang, text: &str) -> Option<(f64, Said)> {
        let side = Side::new(text, lang);
        let numeral = read(&side, 0, None)?;
        (numeral.end == side.words.len()).then_some((numeral.value, numeral.said))
    }

    #[test]
    fn words_make_numbers() {
        for (lang, text, expected) in [
            (Lang::IT, "duecentotrentotto", 238.0),
            (Lang::IT, "centotto", 108.0),
            (Lang::IT, "centottanta", 180.0),
            (Lang::IT, "ventitré", 23.0),
            (Lang::IT, "duemilaventidue", 2022.0),
            (Lang::IT, "tremila", 3000.0),
            (Lang::IT, "millenovecentoottantaquattro", 1984.0),
            (Lang::IT, "ottocentomila", 800_000.0),
            (Lang::IT, "due milioni e mezzo", 2_500_000.0),
            (Lang::IT, "un milione e duecentomila", 1_200_000.0),
            (Lang::IT, "mezzo milione", 500_000.0),
            (Lang::IT, "due e mezzo", 2.5),
            (Lang::EN, "two hundred and thirty-eight", 238.0),
            (Lang::EN, "half a million", 500_000.0),
            (Lang::EN, "one million and a half", 1_500_000.0),
            (Lang::EN, "nineteen eighty-four", 1984.0),
            (Lang::EN, "three hundred thousand five hundred", 300_500.0),
            (Lang::EN, "seventy-one", 71.0),
            (Lang::EN, "two and a half million", 2_500_000.0),
            (Lang::FR, "quatre-vingt-onze", 91.0),
            (Lang::FR, "quatre-vingt-dix-neuf", 99.0),
            (Lang::FR, "quatre-vingts", 80.0),
            (Lang::FR, "soixante et onze", 71.0),
            (Lang::FR, "dix-sept", 17.0),
            (Lang::FR, "deux cent trente-huit", 238.0),
            (Lang::FR, "un demi-million", 500_000.0),
            (Lang::DE, "zweihundertachtunddreißig", 238.0),
            (Lang::DE, "einundzwanzig", 21.0),
            (Lang::DE, "dreitausend", 3000.0),
            (Lang::DE, "zweitausendzweiundzwanzig", 2022.0),
            (Lang::DE, "zweieinhalb", 2.5),
            (Lang::DE, "eine halbe Million", 500_000.0),
            (Lang::ES, "doscientos treinta y ocho", 238.0),
            (Lang::ES, "dos mil millones", 2e9),
            (Lang::ES, "medio millón", 500_000.0),
            (Lang::PT, "duzentos e trinta e oito", 238.0),
            (Lang::PT, "mil e quinhentos", 1500.0),
            (Lang::PT, "dois milhões e meio", 2_500_000.0),
            (Lang::PT, "mil milhões", 1e9),
        ] {
            assert_eq!(value(lang, text).map(|(n, _)| n), Some(expected), "{text}");
        }
    }

    #[test]
    fn ordinals_groups_and_vague_numbers() {
        for (lang, text, expected, said) in [
            (Lang::IT, "ventunesimo", 21.0, Said::Ordinal),
            (Lang::IT, "diciannovesimo", 19.0, Said::Ordinal),
            (Lang::EN, "twenty-first", 21.0, Said::Ordinal),
            (Lang::FR, "dix-neuvième", 19.0, Said::Ordinal),
            (Lang::DE, "einundzwanzigsten", 21.0, Said::Ordinal),
            (Lang::PT, "vigésimo primeiro", 21.0, Said::Ordinal),
            (Lang::IT, "una dozzina", 12.0, Said::Group),
            (Lang::IT, "due dozzine", 24.0, Said::Group),
            (Lang::IT, "sedicenne", 16.0, Said::Group),
            (Lang::IT, "ventunenne", 21.0, Said::Group),
            (Lang::EN, "two dozen", 24.0, Said::Group),
            (Lang::IT, "una ventina", 20.0, Said::Group),
            (Lang::IT, "una trentina di milioni", 30e6, Said::Group),
            (Lang::FR, "une vingtaine de milliers", 20_000.0, Said::Group),
            (Lang::DE, "zwei Dutzend Millionen", 24e6, Said::Group),
            (Lang::ES, "un millar de millones", 1e9, Said::Group),
            (Lang::EN, "two dozen million", 24e6, Said::Group),
            (Lang::IT, "migliaia", 1000.0, Said::Vague),
            (Lang::ES, "miles de millones", 1e9, Said::Vague),
            (Lang::PT, "décimo oitavo", 18.0, Said::Ordinal),
            (Lang::EN, "millions", 1e6, Said::Vague),
            (Lang::EN, "both", 2.0, Said::Loose),
        ] {
            assert_eq!(value(lang, text), Some((expected, said)), "{text}");
        }
    }

    #[test]
    fn neighbours_that_are_two_numbers() {
        for (lang, text) in [
            (Lang::EN, "three four"),
            (Lang::EN, "twenty and thirty"),
            (Lang::IT, "venti e tre"),
            (Lang::IT, "due, tre"),
            (Lang::FR, "dix et vingt"),
            (Lang::IT, "seicento cose"),
            (Lang::IT, "recente"),
            (Lang::IT, "venticello"),
            (Lang::DE, "hundertjährig"),
            (Lang::PT, "trinta quartos"),
            (Lang::ES, "treinta segundos"),
            (Lang::IT, "venti secondi"),
        ] {
            assert_eq!(value(lang, text), None, "{text}");
        }
    }

    #[test]
    fn digits_go_on_in_words() {
        for (lang, text, digits, expected) in [
            (Lang::IT, "3 mila", 3.0, 3000.0),
            (Lang::EN, "3.2 million", 3.2, 3.2e6),
            (Lang::IT, "2 milioni e mezzo", 2.0, 2.5e6),
            (Lang::ES, "2 mil millones", 2.0, 2e9),
            (Lang::DE, "3 Mio", 3.0, 3e6),
            (Lang::EN, "3 five", 3.0, 3.0),
        ] {
            let numeral = read(&Side::new(text, lang), 0, Some(digits)).unwrap();
            assert_eq!(numeral.value, expected, "{text}");
        }
    }
}
