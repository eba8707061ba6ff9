//! Names and acronyms: a word with a capital inside a sentence should come back, as it is, in the target's spelling, or
//! as the table `languages/common/names.txt` has it (`known`).
//!
//! German gives every noun a capital, so from German only acronyms, names of the table and surnames are looked at.

mod consistency;
mod known;
mod spelling;
mod swapped;

use super::words::{Kind, Side, Word};
use super::{CheckId, Finding};
use crate::text::Span;
use known::{begins_form, has_row, is_ordinary, rows};
use spelling::{akin, distance, fold};

pub use consistency::consistency;
pub(super) use spelling::same_word;

fn is_acronym(word: &Word) -> bool {
    let mut letters = word.text.chars().filter(|c| c.is_alphabetic());
    let count = letters.clone().count();
    (2..=6).contains(&count) && letters.all(char::is_uppercase)
}

/// "H5N1", "A380": letters and digits, the same everywhere.
fn is_code(word: &Word) -> bool {
    word.text.contains(|c: char| c.is_ascii_digit()) && word.text.chars().count() <= 8
}

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
    let is_title = is_title(source);
    let folded: Vec<String> = target.words.iter().map(|word| fold(&word.lower)).collect();
    let joined = folded.concat();
    let mut i = 0;
    while i < source.words.len() {
        let word = &source.words[i];
        if word.kind != Kind::Letters || !word.capital {
            i += 1;
            continue;
        }
        if is_sign(source, i) {
            i += 1;
            continue;
        }
        // "La guerre de Trente Ans", "Englisch"
        let another = super::quantities::is_numeral(source, i)
            || source
                .language
                .profile
                .adjectives
                .iter()
                .any(|adjective| adjective.fits(&word.lower));
        if let Some((rows, end)) = rows(source, i).filter(|(_, end)| *end > i + 1 || !another) {
            let known = is_acronym(word)
                || !word.initial
                    && !is_era(source, i)
                    && (end > i + 1 || !is_ordinary(&word.lower, source.lang));
            // "Aix-la-Chapelle" is not there for an Aix alone.
            let there = rows.iter().any(|row| has_row(target, *row))
                || (i..end)
                    .filter(|&k| source.words[k].capital)
                    .all(|k| folded.iter().any(|f| akin(&fold(source.lower(k)), f)));
            if known && !there {
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
            i = end;
            continue;
        }
        if is_acronym(word) || is_code(word) {
            acronym(source, target, word, found);
            i += 1;
            continue;
        }
        // Of a name of several words, one that came through is enough: the others may have been translated.
        let end = name_end(source, i);
        swapped::listed(source, target, (i, end), found);
        let known = is_title
            || (i..end).any(|k| {
                let wanted = fold(source.lower(k));
                came_through(&wanted, &folded, &joined)
                    || rows(source, k)
                        .is_some_and(|(rows, _)| rows.iter().any(|row| has_row(target, *row)))
            });
        for k in i..end {
            let translated = rows(source, k)
                .is_some_and(|(rows, _)| rows.iter().any(|row| has_row(target, *row)));
            if is_name(source, k) && !translated {
                name(
                    source,
                    target,
                    &source.words[k],
                    &folded,
                    &joined,
                    known,
                    found,
                );
                if !known {
                    break;
                }
            }
        }
        i = end;
    }
    if !found.iter().any(|finding| finding.check == CheckId::Name) {
        swapped::check(source, target, found);
    }
}

/// Whether every word of some length has a capital, as in a title: none stands out.
fn is_title(side: &Side) -> bool {
    let mut long = side
        .words
        .iter()
        .filter(|word| word.kind == Kind::Letters && word.text.chars().count() >= 4);
    long.clone().count() >= 3 && long.all(|word| word.capital)
}

/// Whether the letters at word `i` belong to the figure beside them: "US$30", "356 BCE".
fn is_sign(side: &Side, i: usize) -> bool {
    let eras = &crate::languages::names().eras;
    let era = eras.iter().any(|era| era == side.lower(i));
    let dated = i > 0 && side.words[i - 1].kind == Kind::Digits && side.before(i) == " ";
    era && dated || side.after(i).starts_with(['$', '€', '£', '¥'])
}

/// One past the last word of the name that starts at word `i`: capitals in a row, with small words between them.
fn name_end(side: &Side, i: usize) -> usize {
    let mut end = i + 1;
    loop {
        let close = |k: usize| matches!(side.before(k), " " | "-" | "." | ". " | "'" | "’" | "’ ");
        let capital = |k: usize| {
            close(k)
                && side
                    .words
                    .get(k)
                    .is_some_and(|word| word.capital && word.kind == Kind::Letters)
        };
        let small = |k: usize| {
            close(k)
                && crate::languages::names()
                    .links
                    .iter()
                    .any(|link| link == side.lower(k))
        };
        if capital(end) {
            end += 1;
        } else if small(end) && capital(end + 1) {
            end += 2;
        } else if small(end) && small(end + 1) && capital(end + 2) {
            end += 3;
        } else {
            return end;
        }
    }
}

fn came_through(wanted: &str, folded: &[String], joined: &str) -> bool {
    // A compound has the beginning of the name somewhere in it.
    let start = wanted.len().saturating_sub(2).max(4);
    folded.iter().any(|other| akin(wanted, other))
        || wanted
            .get(..start)
            .is_some_and(|start| joined.contains(start))
}

fn is_name(side: &Side, i: usize) -> bool {
    let word = &side.words[i];
    // Where nouns have a capital, or nothing is known of capitals, one proves nothing.
    let language = side.language;
    let known = !language.profile.noun_capitals && !language.capitals.is_empty();
    let inner = word.text.chars().skip(1).any(char::is_lowercase);
    // "XVIIIe"
    let century = word
        .text
        .strip_suffix('e')
        .is_some_and(super::quantities::is_roman);
    known
        && word.capital
        && !century
        && !word.initial
        && inner
        && word.text.chars().count() >= 4
        && !is_ordinary(&word.lower, side.lang)
        && !is_era(side, i)
        && !super::quantities::is_numeral(side, i)
}

/// Whether word `i` belongs to "avanti Cristo", "après Jésus-Christ": years before or after, not a name.
fn is_era(side: &Side, i: usize) -> bool {
    let names = crate::languages::names();
    let is_name = |at: usize| names.era.iter().any(|name| name.fits(side.lower(at)));
    let mut before = (0..i)
        .rev()
        .skip_while(|at| is_name(*at) || side.lower(*at) == "de");
    is_name(i)
        && before
            .next()
            .is_some_and(|at| names.era_after.iter().any(|word| word == side.lower(at)))
}

fn acronym(source: &Side, target: &Side, word: &Word, found: &mut Vec<Finding>) {
    if super::quantities::is_roman(word.text) || is_ordinary(&word.lower, source.lang) {
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
    if !there && !another {
        found.push(lost(CheckId::Acronym, source, word.span));
    }
}

fn name(
    source: &Side,
    target: &Side,
    word: &Word,
    folded: &[String],
    joined: &str,
    known: bool,
    found: &mut Vec<Finding>,
) {
    let wanted = fold(&word.lower);
    if came_through(&wanted, folded, joined) {
        return;
    }
    // A word close to it that is in no other way accounted for is the name, mangled.
    let mangled = target.words.iter().zip(folded).find(|(other, folded)| {
        other.capital
            && wanted.chars().count() >= 5
            && distance(&wanted, folded) <= 2
            && !source.words.iter().any(|w| w.lower == other.lower)
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
        None => found.push(lost(CheckId::Name, source, word.span)),
    }
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
mod tests {
    use super::*;
    use crate::text::Lang;

    fn findings(from: Lang, to: Lang, source: &str, target: &str) -> Vec<String> {
        let mut found = Vec::new();
        check(&Side::new(source, from), &Side::new(target, to), &mut found);
        found.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn names_that_came_through() {
        for (source, target) in [
            (
                "Lunedì Putin era a Mosca con Tokayev",
                "On Monday Putin was in Moscow with Tokayev",
            ),
            (
                "l’Organizzazione della Csto e l’Osce in Kazakistan",
                "the CSTO organisation and the OSCE in Kazakhstan",
            ),
            ("la visita a San Pietroburgo", "the visit to St. Petersburg"),
            ("gli Stati Uniti e la Nato", "the US and NATO"),
            ("il nuoto degli Italiani", "the Italians' swimming"),
            ("il dna e l’Ue", "DNA and the EU"),
            (
                "il fotografo di Philadelphia",
                "the photographer from Philadelphia",
            ),
        ] {
            assert_eq!(
                findings(Lang::IT, Lang::EN, source, target),
                [""; 0],
                "{source}"
            );
        }
        for (source, target) in [
            ("it costs US$30 or so", "costa circa 30 dollari"),
            (
                "the temple burnt in 356 BCE",
                "il tempio bruciò nel 356 a.C.",
            ),
            ("for the Brazilian striker", "per l'attaccante brasiliano"),
        ] {
            assert_eq!(findings(Lang::EN, Lang::IT, source, target), [""; 0]);
        }
        assert_eq!(
            findings(
                Lang::EN,
                Lang::FR,
                "a Russian in DNA tests with NATO",
                "un Russe dans des tests ADN avec l’OTAN"
            ),
            [""; 0]
        );
    }

    #[test]
    fn names_lost_and_mangled() {
        for (source, target, expected) in [
            (
                "ieri Putin tace",
                "he was silent yesterday",
                "the name \"Putin\" has no counterpart",
            ),
            (
                "ieri Ablyazov tace",
                "Ablazov was silent yesterday",
                "the name \"Ablyazov\" became \"Ablazov\"",
            ),
            (
                "ieri a Mosca",
                "yesterday in Madrid",
                "the name \"Mosca\" has no counterpart",
            ),
            (
                "secondo la FIGC",
                "according to the federation",
                "the acronym \"FIGC\" has no counterpart",
            ),
        ] {
            assert_eq!(findings(Lang::IT, Lang::EN, source, target), [expected]);
        }
    }
}
