//! Words of the source's language that were left in the translation.
//!
//! Two things give them away: function words of the source's language that the target's doesn't have ("dell", "mit"), and
//! runs of words that stand in the source just so. On the references of FLORES dev, all 30 directions of six languages,
//! 0.25 % have such a finding; most are quoted titles.

use std::collections::{HashMap, HashSet};

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
    /// The same, whatever their capitals.
    all: Vec<usize>,
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
        let (plain_source, plain) = (plain(source), plain(target));
        let places_of = |i: usize| {
            places
                .get(&*target.words[i].lower)
                .map_or(&[][..], |all| all)
        };
        let runs = runs(target.words.len(), source.words.len(), places_of, |i| {
            plain[i]
        });
        let all = self::runs(target.words.len(), source.words.len(), places_of, |_| true);
        let known = |word: &Word| to.own.contains(&*word.lower) || to.seen.contains(&*word.lower);
        let foreign = (0..target.words.len()).map(|i| {
            let word = &target.words[i];
            let is =
                from.own.contains(&*word.lower) && !known(word) && word.lower.chars().count() > 1;
            // "Capturá-los", "warm-up"
            let joined = i > 0 && target.before(i) == "-";
            is && !joined && plain[i]
        });
        let copied = (0..target.words.len()).map(|i| {
            let word = &target.words[i];
            let stands = places.get(&*word.lower).into_iter().flatten();
            let lower = stands.clone().any(|&at| plain_source[at]);
            lower && plain[i] && word.lower.chars().count() > 2 && !known(word)
        });
        let strange = target
            .words
            .iter()
            .map(|word| word.lower.chars().count() > 2 && !to.own.contains(&*word.lower));
        Self {
            source,
            target,
            runs,
            all: all.into_iter().map(|(length, _)| length).collect(),
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
        if words[i].capital && words.get(i + 1).is_some_and(heads) && self.all[i] > 1 {
            return true;
        }
        let small = |n: usize| !words[n].capital && words[n].kind == Kind::Letters;
        let before = (i.saturating_sub(RUN)..i).rev().find(|n| !small(*n));
        let after = (i + 1..words.len().min(i + 1 + RUN)).find(|n| !small(*n));
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        let whole = after - before < self.all[before];
        whole && words[before].capital && words[after].capital && after - before <= RUN
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

/// For each of `count` words how many words from it on stand, in this order, in the other side, and from where there; for
/// as long as they count. `places` says where a word stands among the `others` words there.
fn runs<'p>(
    count: usize,
    others: usize,
    places: impl Fn(usize) -> &'p [usize],
    counts: impl Fn(usize) -> bool,
) -> Vec<(usize, usize)> {
    let mut runs = vec![(0, 0); count];
    // The word that a run at this place was last measured for, and its length.
    let mut last = vec![(count, 0); others + 1];
    for i in (0..count).rev() {
        for &at in places(i) {
            let (word, length) = last[at + 1];
            let goes_on = if word == i + 1 { length } else { 0 };
            last[at] = (i, if counts(i) { 1 + goes_on } else { 0 });
        }
        let found = places(i).iter().map(|&at| (last[at].1, at));
        runs[i] = found.max_by_key(|(length, _)| *length).unwrap_or((0, 0));
    }
    runs
}

/// Which words of a side have small letters, or begin a sentence, and are no unit's sign.
fn plain(side: &Side) -> Vec<bool> {
    // Whether a number stands before the short words that end here.
    let (mut counted, mut short) = (false, false);
    let mut before: Option<&Word> = None;
    let words = side.words.iter().map(|word| {
        let is_short = word.lower.chars().count() <= 3;
        if !short {
            counted = before.is_some_and(|word| word.kind == Kind::Digits);
        }
        (short, before) = (is_short, Some(word));
        // Such as "km/h".
        let is_unit = is_short && counted;
        word.kind == Kind::Letters && (word.initial || !word.capital) && !is_unit
    });
    words.collect()
}

/// Words of a language that is neither the source's nor the target's: small models fall back into English.
fn third(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let to = &target.language.function;
    let within = within_names(target);
    let said: HashSet<&str> = source.words.iter().map(|word| &*word.lower).collect();
    let others = Language::known().iter();
    for (lang, other) in others.filter(|(lang, _)| ![source.lang, target.lang].contains(lang)) {
        let is = |(at, word): &(usize, &Word)| {
            !word.capital
                && !within[*at]
                && word.lower.chars().count() > 1
                && other.function.own.contains(&*word.lower)
                && !to.own.contains(&*word.lower)
                && !to.seen.contains(&*word.lower)
                && !said.contains(&*word.lower)
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

/// Which words stand between two capitals of a name: "Society for the Prevention of Cruelty".
fn within_names(side: &Side) -> Vec<bool> {
    let mut within = vec![true; side.words.len()];
    let mut look = |order: &mut dyn Iterator<Item = usize>| {
        let mut capital = false;
        for i in order {
            within[i] &= capital;
            if side.lower(i).chars().count() > NAME_LINK {
                capital = side.words[i].capital;
            }
        }
    };
    look(&mut (0..side.words.len()));
    look(&mut (0..side.words.len()).rev());
    within
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
    fn a_word_said_a_thousand_times_takes_no_time() {
        let (source, target) = ("la casa ".repeat(500), "la casa ".repeat(500));
        let start = std::time::Instant::now();
        assert_eq!(found(Lang::IT, Lang::EN, &source, &target).len(), 1);
        // Measured again for each pair of places, runs took minutes.
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
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
