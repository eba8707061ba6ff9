//! Words of the source's language that were left in the translation.
//!
//! Two things give them away: function words of the source's language that the target's doesn't have ("dell", "mit"), and
//! runs of words that stand in the source just so. On the references of FLORES dev, all 30 directions of six languages,
//! 0.25 % have such a finding; most are quoted titles.

use std::collections::HashMap;

use crate::languages::{Function, Language};
use crate::text::{Lang, Span};

use super::finding::Finding;
use super::id::CheckId;
use super::words::{Kind, Side, Word};

/// Whether a word, in lower case, says little by itself in texts of a language: an article, a preposition, an auxiliary.
/// Unknown languages have none.
pub fn is_function(word: &str, lang: Lang) -> bool {
    let known = &Language::of(lang).function;
    known.own.contains(word) || known.seen.contains(word)
}

/// A run of so many words of the source is more than a word that two languages share.
const RUN: usize = 3;
/// A function word of fewer letters proves nothing alone: abbreviations and foreign names have them.
const LONE: usize = 3;

/// Looks for words of the source's language, and of a third one.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (from, to) = (&source.language.function, &target.language.function);
    if from.is_empty() || to.is_empty() || source.lang == target.lang {
        return;
    }
    let looked = Looked::new(source, target, from, to);
    let left = looked.left();
    let mut i = 0;
    while i < left.len() {
        let start = i;
        while i < left.len() && left[i] {
            i += 1;
        }
        if i > start {
            let finding = looked.finding(start, i);
            // A whole sentence in another language is told once.
            let told = found.iter().any(|earlier| {
                let spans = earlier.target.zip(finding.target);
                earlier.check == CheckId::Language
                    && spans.is_some_and(|(whole, part)| {
                        whole.start <= part.start && part.end <= whole.end
                    })
            });
            if !told {
                found.push(finding);
            }
        }
        i += 1;
    }
    third(source, target, found);
}

/// What each word of the translation looks like.
struct Looked<'a> {
    source: &'a Side<'a>,
    target: &'a Side<'a>,
    /// How many words from here on stand in the source in this order, and from where there.
    runs: Vec<(usize, usize)>,
    /// A function word of the source's language that is none of the target's.
    foreign: Vec<bool>,
    /// Stands in the source and is not known to be a word of the target's language.
    copied: Vec<bool>,
    /// No function word of the target's language, though it may stand in its texts.
    strange: Vec<bool>,
    /// So many strange words make a run of the source.
    enough: usize,
}

impl<'a> Looked<'a> {
    fn new(source: &'a Side<'a>, target: &'a Side<'a>, from: &Function, to: &Function) -> Self {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (i, word) in source.words.iter().enumerate() {
            places.entry(&word.lower).or_default().push(i);
        }
        let plain = |side: &Side, i: usize| {
            let word = &side.words[i];
            word.kind == Kind::Letters && (word.initial || !word.capital) && !is_unit(side, i)
        };
        let same = |i: usize, at: usize| {
            let length = (0..).take_while(|n| {
                let word = target.words.get(i + n);
                let equal = word.is_some()
                    && word.map(|w| &w.lower) == source.words.get(at + n).map(|w| &w.lower);
                equal && plain(target, i + n)
            });
            length.count()
        };
        let runs = (0..target.words.len())
            .map(|i| {
                let places = places.get(&*target.words[i].lower).into_iter().flatten();
                let runs = places.map(|&at| (same(i, at), at));
                runs.max_by_key(|(length, _)| *length).unwrap_or((0, 0))
            })
            .collect();
        let known = |word: &Word| to.own.contains(&*word.lower) || to.seen.contains(&*word.lower);
        let foreign = (0..target.words.len()).map(|i| {
            let word = &target.words[i];
            let is =
                from.own.contains(&*word.lower) && !known(word) && word.lower.chars().count() > 1;
            // "Capturá-los", "warm-up"
            let joined = i > 0 && target.before(i) == "-";
            is && !joined && plain(target, i)
        });
        let copied = (0..target.words.len()).map(|i| {
            let word = &target.words[i];
            let stands = places.get(&*word.lower).into_iter().flatten();
            let lower = stands.clone().any(|&at| plain(source, at));
            lower && plain(target, i) && word.lower.chars().count() > 2 && !known(word)
        });
        let strange = target
            .words
            .iter()
            .map(|word| word.lower.chars().count() > 2 && !to.own.contains(&*word.lower));
        Self {
            source,
            target,
            runs,
            foreign: foreign.collect(),
            copied: copied.collect(),
            strange: strange.collect(),
            enough: if from.is_near(to) { RUN } else { RUN - 1 },
        }
    }

    /// Which words of the translation were left in the source's language.
    fn left(&self) -> Vec<bool> {
        let mut left = vec![false; self.target.words.len()];
        for (i, &(length, _)) in self.runs.iter().enumerate() {
            let telling = (i..i + length).filter(|n| self.strange[*n]);
            if length >= RUN && telling.count() >= self.enough {
                left[i..i + length].fill(true);
            }
        }
        for (i, left) in left.iter_mut().enumerate() {
            let beside = |n: usize| {
                self.copied
                    .get(n)
                    .zip(self.foreign.get(n))
                    .is_some_and(|(c, f)| *c || *f)
            };
            let alone = !beside(i + 1) && !i.checked_sub(1).is_some_and(beside);
            let short = self.target.words[i].lower.chars().count() < LONE;
            if self.foreign[i] && !self.is_in_name(i) && !(alone && short) {
                *left = true;
            }
        }
        // What was copied beside them was left as well.
        for i in 1..left.len() {
            left[i] = left[i] || left[i - 1] && self.copied[i];
        }
        for i in (1..left.len()).rev() {
            left[i - 1] = left[i - 1] || left[i] && self.copied[i - 1];
        }
        left
    }

    /// "Gazzetta dello Sport", "Bartolomé de las Casas": such words between two parts of a name that the source has; or at
    /// the head of one, "The Godfather".
    fn is_in_name(&self, i: usize) -> bool {
        let words = &self.target.words;
        let heads = |next: &Word| next.capital && next.kind == Kind::Letters && !next.initial;
        if words[i].capital && words.get(i + 1).is_some_and(heads) && self.runs_from(i) > 1 {
            return true;
        }
        let small = |n: usize| !words[n].capital && words[n].kind == Kind::Letters;
        let before = (0..i).rev().find(|n| !small(*n));
        let after = (i + 1..words.len()).find(|n| !small(*n));
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        let whole = after - before < self.runs_from(before);
        whole && words[before].capital && words[after].capital && after - before <= RUN
    }

    /// How many words from the target's word `i` on stand in the source, whatever their capitals.
    fn runs_from(&self, i: usize) -> usize {
        let (source, target) = (&self.source.words, &self.target.words);
        let length = |at: usize| {
            let pairs = target[i..].iter().zip(&source[at..]);
            pairs
                .take_while(|(one, other)| one.lower == other.lower)
                .count()
        };
        (0..source.len()).map(length).max().unwrap_or(0)
    }

    fn finding(&self, start: usize, end: usize) -> Finding {
        let words = &self.target.words;
        let span = Span {
            start: words[start].span.start,
            end: words[end - 1].span.end,
        };
        let text = span.of(self.target.text);
        let message = format!("\"{text}\" was left in {}", self.source.lang.name());
        let finding = match end - start >= RUN {
            true => Finding::error(CheckId::Untranslated, message),
            false => Finding::warning(CheckId::Untranslated, message),
        };
        let longest = (start..end)
            .max_by_key(|i| self.runs[*i].0)
            .map(|i| self.runs[i]);
        match longest {
            Some((length, at)) if length > 0 => finding.at_source(Span {
                start: self.source.words[at].span.start,
                end: self.source.words[at + length - 1].span.end,
            }),
            _ => finding,
        }
        .at_target(span)
    }
}

/// The sign of a unit after a number, such as "km/h".
fn is_unit(side: &Side, i: usize) -> bool {
    let short = |i: usize| side.words[i].lower.chars().count() <= 3;
    let first = (0..=i).rev().take_while(|n| short(*n)).last();
    short(i)
        && first
            .and_then(|first| first.checked_sub(1))
            .is_some_and(|before| side.words[before].kind == Kind::Digits)
}

/// Words of a language that is neither the source's nor the target's: small models fall back into English.
fn third(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let to = &target.language.function;
    let others = Language::known().iter();
    for (lang, other) in others.filter(|(lang, _)| ![source.lang, target.lang].contains(lang)) {
        let is = |(at, word): &(usize, &Word)| {
            !word.capital
                && !is_within_name(target, *at)
                && word.lower.chars().count() > 1
                && other.function.own.contains(&*word.lower)
                && !to.own.contains(&*word.lower)
                && !to.seen.contains(&*word.lower)
                && source.words.iter().all(|other| other.lower != word.lower)
        };
        let words = target.words.iter().enumerate().filter(is);
        let words: Vec<&Word> = words.map(|(_, word)| word).collect();
        if let [first, .., last] = words[..]
            && words.len() >= RUN
        {
            let span = Span {
                start: first.span.start,
                end: last.span.end,
            };
            found.push(
                Finding::error(
                    CheckId::Untranslated,
                    format!("\"{}\" is in {}", span.of(target.text), lang.name()),
                )
                .at_target(span),
            );
        }
    }
}

/// Whether the small word `i` stands between two capitals of a name: "Society for the Prevention of Cruelty".
fn is_within_name(side: &Side, i: usize) -> bool {
    let capital = |at: Option<usize>| at.is_some_and(|at| side.words[at].capital);
    let is_long = |at: &usize| side.lower(*at).chars().count() > NAME_LINK;
    capital((0..i).rev().find(is_long)) && capital((i + 1..side.words.len()).find(is_long))
}

/// A word within a name has at most so many letters, if it has no capital.
const NAME_LINK: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    fn found(from: Lang, to: Lang, source: &str, target: &str) -> Vec<String> {
        let (source, target) = (Side::new(source, from), Side::new(target, to));
        let mut found = Vec::new();
        check(&source, &target, &mut found);
        found
            .iter()
            .map(|f| f.target.map_or("", |at| at.of(target.text)).to_owned())
            .collect()
    }

    #[test]
    fn what_was_left_is_told() {
        use Lang as L;
        for (from, to, source, target, left) in [
            (
                L::IT,
                L::FR,
                "Le critiche dell'Osce sul voto, il tentato colpo di stato prima del voto",
                "Le critiques dell'Osce sur le voto, le tentati colpo di stato prima du voto",
                "dell|colpo di stato prima",
            ),
            (
                L::IT,
                L::FR,
                "«Continuerò a lavorare insieme per migliorarli»",
                "«Continuerai a lavorare insieme per migliorarli»",
                "a lavorare insieme per migliorarli",
            ),
            (
                L::DE,
                L::EN,
                "Er fuhr mit dem alten Wagen nach Köln.",
                "He drove mit dem alten Wagen to Cologne.",
                "mit dem alten",
            ),
            (
                L::ES,
                L::EN,
                "Vive en una casa de campo cerca del río.",
                "He lives in una casa de campo near the river.",
                "una casa de campo",
            ),
            (
                L::EN,
                L::PT,
                "The court rejected the appeal on Monday.",
                "O tribunal rejeitou the appeal na segunda-feira.",
                "the appeal",
            ),
            (
                L::IT,
                L::DE,
                "Segnò l'istante in cui il velivolo colpì l'obiettivo.",
                "Es war still, marking the moment when the plane hit its target.",
                "still, marking the moment when the plane hit its",
            ),
        ] {
            assert_eq!(found(from, to, source, target).join("|"), left, "{target}");
        }
    }

    #[test]
    fn names_units_and_near_languages_are_let_alone() {
        use Lang as L;
        for (from, to, source, target) in [
            (
                L::IT,
                L::EN,
                "Lo scrive la Gazzetta dello Sport.",
                "So writes the Gazzetta dello Sport.",
            ),
            (
                L::ES,
                L::EN,
                "Fray Bartolomé de las Casas lo contó.",
                "Friar Bartolomé de las Casas told it.",
            ),
            (
                L::IT,
                L::ES,
                "Raffiche fino a 200 km/h m/s mph.",
                "Ráfagas de hasta 200 km/h m/s mph.",
            ),
            (
                L::ES,
                L::PT,
                "Es el estilo de vida de los países africanos.",
                "É o estilo de vida dos países africanos.",
            ),
            (
                L::FR,
                L::IT,
                "La pizza et la police.",
                "La pizza e la polizia.",
            ),
        ] {
            assert_eq!(found(from, to, source, target), [""; 0], "{target}");
        }
    }

    #[test]
    fn spanish_and_portuguese_alone_are_near() {
        let six = [Lang::DE, Lang::EN, Lang::ES, Lang::FR, Lang::IT, Lang::PT];
        let lists = || six.map(|lang| (lang, &Language::of(lang).function));
        for (i, (one, own)) in lists().into_iter().enumerate() {
            for (other, lists) in lists().into_iter().take(i) {
                let both = [one, other] == [Lang::PT, Lang::ES];
                assert_eq!(own.is_near(lists), both, "{one} {other}");
            }
        }
    }
}
