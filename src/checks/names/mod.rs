//! Names and acronyms: a word with a capital inside a sentence should come back, as it is, in the target's spelling, or
//! as the tables `languages/common/names.tsv` and `countries.tsv` have it (`known`).
//!
//! German gives every noun a capital, so from German only acronyms, names of the table and surnames are looked at.

mod capitals;
mod consistency;
mod countries;
mod known;
mod spelling;
mod swapped;

use super::finding::Finding;
use super::id::CheckId;
use super::words::{Kind, Side, Word};
use crate::languages::names;
use crate::text::Span;
use capitals::{is_acronym, is_code, is_era, is_name, is_sign, is_title, name_end};
use known::{begins_form, has_row, is_ordinary, rows};
use spelling::{akin, distance, fold};

pub use consistency::consistency;
pub(super) use spelling::{resembles, same_word};

/// "NATO", "OTAN": many acronyms are the same letters in another order.
fn same_letters(a: &str, b: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    a.len() == b.len() && sorted(a) == sorted(b)
}

/// Looks for each name of the source in the translation.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let capitals = source
        .words
        .iter()
        .filter(|word| word.text.chars().all(char::is_uppercase))
        .count();
    if capitals * 2 > source.words.len() {
        // A headline in capitals: nothing stands out.
        return;
    }
    let mut swapped = Vec::new();
    countries::check(source, target, &mut swapped);
    let told = |span: &Span| {
        swapped
            .iter()
            .any(|other: &Finding| other.source == Some(*span))
    };
    let search = Search::new(source, target);
    let (mut i, mut lost) = (0, Vec::new());
    while i < source.words.len() {
        i = search.look(i, &mut lost);
    }
    lost.retain(|finding| !finding.source.as_ref().is_some_and(told));
    found.extend(swapped.into_iter().chain(lost));
    if !found.iter().any(|finding| finding.check == CheckId::Name) {
        swapped::check(source, target, found);
    }
}

/// A source and the translation that its names are looked for in.
struct Search<'s, 'a> {
    source: &'s Side<'a>,
    target: &'s Side<'a>,
    /// The words of the translation without case and accents.
    folded: Vec<String>,
    /// The same in one.
    joined: String,
    /// Whether the source is a title, in which every word has a capital.
    is_title: bool,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(source: &'s Side<'a>, target: &'s Side<'a>) -> Self {
        let folded: Vec<String> = target.words.iter().map(|word| fold(&word.lower)).collect();
        let joined = folded.concat();
        Self {
            source,
            target,
            folded,
            joined,
            is_title: is_title(source),
        }
    }

    /// Looks for the name that starts at word `i`, if one does; gives the next word to look at.
    fn look(&self, i: usize, found: &mut Vec<Finding>) -> usize {
        let word = &self.source.words[i];
        if word.kind != Kind::Letters || !word.capital || is_sign(self.source, i) {
            return i + 1;
        }
        let end = name_end(self.source, i);
        if self.is_shortened(i, end) {
            return end;
        }
        if let Some(end) = self.listed(i, found) {
            return end;
        }
        if is_acronym(word) || is_code(word) {
            // "DON'T" is no acronym but a loud word.
            let next = self.source.words.get(i + 1).map_or("S", |next| next.text);
            let is_loud = matches!(self.source.after(i), "'" | "’")
                && next != "S"
                && !next.contains(char::is_lowercase);
            if !is_loud {
                self.acronym(i, found);
            }
            return i + 1;
        }
        self.unlisted(i, found)
    }

    /// A name of the table that starts at word `i`: one past its last word.
    fn listed(&self, i: usize, found: &mut Vec<Finding>) -> Option<usize> {
        let source = self.source;
        let word = &source.words[i];
        // "La guerre de Trente Ans", "Englisch"
        let another = super::quantities::is_numeral(source, i)
            || source
                .language
                .profile
                .adjectives
                .iter()
                .any(|adjective| adjective.fits(&word.lower));
        let (rows, end) = rows(source, i).filter(|(_, end)| *end > i + 1 || !another)?;
        // "AS Roma" keeps what Rome doesn't.
        if !self.is_title && stands_alone(source, (i, end)) {
            found.extend(left(source, self.target, (i, end), &rows));
        }
        let known = is_acronym(word)
            || !word.initial
                && !is_era(source, i)
                && (end > i + 1 || !is_ordinary(&word.lower, source.lang));
        // "Aix-la-Chapelle" is not there for an Aix alone.
        let there = || {
            rows.iter().any(|row| has_row(self.target, *row))
                || countries::has_whole(self.target, &rows)
                || super::quantities::has_feast(source, i, self.target)
                || (i..end)
                    .filter(|&k| source.words[k].capital)
                    .all(|k| self.folded.iter().any(|f| akin(&fold(source.lower(k)), f)))
        };
        if known && !there() {
            let span = Span {
                start: word.span.start,
                end: source.words[end - 1].span.end,
            };
            let check = if is_acronym(word) {
                CheckId::Acronym
            } else {
                CheckId::Name
            };
            found.push(lost(check, source, span));
        }
        Some(end)
    }

    /// A name that the table lacks, from word `i` on; gives one past its last word. Of several words, one that came
    /// through is enough: the others may have been translated.
    fn unlisted(&self, i: usize, found: &mut Vec<Finding>) -> usize {
        let source = self.source;
        // "The IMF", "Der DGB": an article that opens a sentence is no part of the name.
        let word = &source.words[i];
        if word.initial && source.language.function.own.contains(&*word.lower) {
            let next = source.words.get(i + 1);
            if next.is_some_and(|word| {
                word.capital && (is_acronym(word) || rows(source, i + 1).is_some())
            }) {
                return i + 1;
            }
        }
        let end = name_end(source, i);
        swapped::listed(source, self.target, (i, end), found);
        let translated = |k: usize| {
            rows(source, k)
                .is_some_and(|(rows, _)| rows.iter().any(|row| has_row(self.target, *row)))
        };
        let known = self.is_title
            || (i..end).any(|k| self.came_through(&fold(source.lower(k))) || translated(k));
        for k in i..end {
            let there = translated(k);
            if known && !there && self.moved(k, found) {
                break;
            }
            if is_name(source, k) && !there {
                self.name(&source.words[k], known, found);
                if !known {
                    break;
                }
            }
        }
        end
    }

    /// Whether the translation has the initials of the name `start..end`, or of its last words, instead: "Paris
    /// Saint-Germain", "PSG".
    fn is_shortened(&self, start: usize, end: usize) -> bool {
        let source = self.source;
        let initials = |from: usize| -> String {
            let words = (from..end).filter(|&k| source.words[k].capital);
            words
                .filter_map(|k| source.lower(k).chars().next())
                .collect()
        };
        let acronym = |word: &Word| {
            is_acronym(word)
                && (start..end)
                    .any(|from| source.words[from].capital && *word.lower == *initials(from))
        };
        end > start + 1 && self.target.words.iter().any(acronym)
    }

    /// Whether word `k`, within a longer name, is one of the table that is gone, while the translation has another one that
    /// the source lacks: "Università di Trento", "University of Turin".
    fn moved(&self, k: usize, found: &mut Vec<Finding>) -> bool {
        let (source, target) = (self.source, self.target);
        let listed = |side: &Side, at: usize| {
            let capital = side.words[at].capital && side.words[at].kind == Kind::Letters;
            let alone = rows(side, at).filter(|(_, end)| capital && *end == at + 1);
            alone.map(|(rows, _)| rows)
        };
        let name = &source.words[k];
        if listed(source, k).is_none() || self.came_through(&fold(&name.lower)) {
            return false;
        }
        let stranger = (0..target.words.len()).find(|&at| {
            let rows = listed(target, at).unwrap_or_default();
            let known = |row: &usize| has_row(source, *row);
            let akin = || {
                let mut words = source.words.iter();
                words.any(|word| akin(&fold(&word.lower), &self.folded[at]))
            };
            !rows.is_empty() && !rows.iter().any(known) && !akin()
        });
        if let Some(other) = stranger {
            found.push(swapped::became(name, &target.words[other]));
        }
        stranger.is_some()
    }

    /// Whether the place stands in the translation whose people `word` names: "Niçois", "Nice".
    fn place_of(&self, word: &str) -> bool {
        let mut endings = names().people.iter();
        endings.any(|ending| {
            let stem = word.strip_suffix(ending.as_str()).map(fold);
            let stem = stem.filter(|stem| stem.chars().count() >= 3);
            stem.is_some_and(|stem| {
                let mut words = self.target.words.iter().zip(&self.folded);
                words.any(|(other, folded)| {
                    other.capital && folded.trim_end_matches(['a', 'e', 'i', 'o']) == stem
                })
            })
        })
    }

    /// Whether the translation names the same people with the ending of its own language: "Assyriens", "Assyrians".
    fn people_of(&self, word: &str) -> bool {
        let stems = |word: &str| -> Vec<String> {
            let endings = names().people.iter();
            let stems = endings.filter_map(|ending| word.strip_suffix(ending.as_str()).map(fold));
            stems.filter(|stem| stem.chars().count() >= 4).collect()
        };
        let own = stems(word);
        let same = |other: &Word| stems(&other.lower).iter().any(|stem| own.contains(stem));
        !own.is_empty() && self.target.words.iter().any(same)
    }

    fn came_through(&self, wanted: &str) -> bool {
        // A compound has the beginning of the name somewhere in it.
        let start = wanted.len().saturating_sub(2).max(4);
        self.folded.iter().any(|other| akin(wanted, other))
            || wanted
                .get(..start)
                .is_some_and(|start| self.joined.contains(start))
    }

    fn acronym(&self, i: usize, found: &mut Vec<Finding>) {
        let (source, target) = (self.source, self.target);
        let word = &source.words[i];
        // "OK" is a phrase.
        let is_phrase = source
            .language
            .stock
            .key(|phrase| phrase.to_lowercase() == *word.lower);
        // "EL Reino"
        let opens = word.initial && source.language.function.own.contains(&*word.lower);
        let is_word = is_ordinary(&word.lower, source.lang) || is_phrase.is_some() || opens;
        let quarter = super::quantities::is_quarter(source, i);
        if super::quantities::is_roman(word.text) || is_word || quarter {
            return;
        }
        let there = target.words.iter().any(|other| {
            other.lower == word.lower
                || other.lower.starts_with(&*word.lower)
                || is_acronym(other) && same_letters(&other.lower, &word.lower)
        });
        // Any other acronym may be its translation, and so may words in full.
        let another = target.words.iter().any(|other| {
            !is_code(word)
                && is_acronym(other)
                && !source.words.iter().any(|w| w.lower == other.lower)
                && !begins_form(&other.lower)
        });
        // "Extravehicular activity (EVA)" stands there in full already.
        let explained = source.before(i).ends_with('(') && source.after(i).starts_with(')');
        if !there && !another && !explained && !self.in_full(word) {
            found.push(lost(CheckId::Acronym, source, word.span));
        } else if let Some(other) = self.misspelt(word).filter(|_| !there) {
            let message = format!("the acronym \"{}\" became \"{}\"", word.text, other.text);
            let finding = Finding::warning(CheckId::Acronym, message);
            found.push(finding.at_source(word.span).at_target(other.span));
        }
    }

    /// Whether words may stand for the acronym: "the French national railway" for the SNCF. They have a capital that no word
    /// of the source accounts for.
    fn in_full(&self, word: &Word) -> bool {
        let nouns = self.target.language.profile.noun_capitals;
        !nouns && !is_code(word) && (0..self.target.words.len()).any(|at| self.is_new(at))
    }

    /// Whether word `at` of the translation has a capital that no word of the source accounts for.
    fn is_new(&self, at: usize) -> bool {
        let (source, target) = (self.source, self.target);
        let (other, folded) = (&target.words[at], &self.folded[at]);
        let mut words = source.words.iter();
        // A name of the table that the source has is accounted for: "Geneva", "Ginevra".
        let known = || {
            rows(target, at).is_some_and(|(rows, _)| rows.iter().any(|row| has_row(source, *row)))
        };
        other.capital
            && !other.initial
            && other.kind == Kind::Letters
            && !words.any(|one| akin(&fold(&one.lower), folded))
            && !known()
    }

    /// An acronym of the translation that has one other letter than `word`: in another language most are other, or all
    /// are the same.
    fn misspelt(&self, word: &Word) -> Option<&Word<'a>> {
        let differ = |other: &Word| {
            let pairs = other.lower.chars().zip(word.lower.chars());
            // "IOC" is "IOK" in German.
            let same = |a: char, b: char| a == b || fold(&a.to_string()) == fold(&b.to_string());
            pairs.filter(|(a, b)| !same(*a, *b)).count()
        };
        let length = word.lower.chars().count();
        let mut words = self.target.words.iter();
        words.find(|other| {
            length >= 3
                && is_acronym(other)
                && other.lower.chars().count() == length
                && differ(other) == 1
                && !self.source.words.iter().any(|one| one.lower == other.lower)
        })
    }

    /// One word of a name, of which another is `known` to have come through or not.
    fn name(&self, word: &Word, known: bool, found: &mut Vec<Finding>) {
        let wanted = fold(&word.lower);
        let people = || self.place_of(&word.lower) || self.people_of(&word.lower);
        if self.came_through(&wanted) || people() {
            return;
        }
        // A word close to it that is in no other way accounted for is the name, mangled.
        let mut words = self.target.words.iter().zip(&self.folded);
        let mangled = words.find(|(other, folded)| {
            other.capital
                && wanted.chars().count() >= 5
                && distance(&wanted, folded) <= 2
                && !self.source.words.iter().any(|w| w.lower == other.lower)
        });
        match mangled {
            Some((other, _)) => found.push(
                Finding::error(
                    CheckId::Name,
                    format!("the name \"{}\" became \"{}\"", word.text, other.text),
                )
                .at_source(word.span)
                .at_target(other.span),
            ),
            None if known => {}
            None => found.push(lost(CheckId::Name, self.source, word.span)),
        }
    }
}

/// Whether the words from `i` to `end` are a whole name, not part of a longer one.
fn stands_alone(side: &Side, (i, end): (usize, usize)) -> bool {
    let goes_on = i > 0 && side.before(i) == " " && {
        let before = &side.words[i - 1];
        before.capital && !before.initial
    };
    !goes_on && name_end(side, i) <= end
}

/// The name that `rows` know from `i` to `end`, if the translation has it as only the source's language writes it.
fn left(source: &Side, target: &Side, (i, end): (usize, usize), rows: &[usize]) -> Option<Finding> {
    let (at, own) = known::left(source, target, rows)?;
    let span = Span {
        start: source.words[i].span.start,
        end: source.words[end - 1].span.end,
    };
    let message = format!(
        "the name \"{}\" is left as in {}: \"{own}\"",
        at.of(target.text),
        source.lang.name()
    );
    let finding = Finding::warning(CheckId::Name, message);
    Some(finding.at_source(span).at_target(at).with_rendering(own))
}

fn lost(check: CheckId, source: &Side, span: Span) -> Finding {
    let what = if check == CheckId::Name {
        "name"
    } else {
        "acronym"
    };
    Finding::warning(
        check,
        format!("the {what} \"{}\" has no counterpart", span.of(source.text)),
    )
    .at_source(span)
}

#[cfg(test)]
mod tests;
