//! Names and acronyms: a word with a capital inside a sentence should come back, as it is, in the target's spelling, or
//! as the table `data/names.txt` has it.
//!
//! German gives every noun a capital, so from German only acronyms are looked at.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::words::{Kind, Side, Word};
use super::{CheckId, Finding};
use crate::text::{Lang, Span};

/// Forms of one name, each cut into words in lower case.
type Row = Vec<Vec<String>>;

struct Table {
    rows: Vec<Row>,
    /// From a form's first word to (row, form).
    index: HashMap<String, Vec<(usize, usize)>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let rows: Vec<Row> = include_str!("data/names.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            line.split('/')
                .map(|form| {
                    form.to_lowercase()
                        .split(|c: char| !c.is_alphanumeric())
                        .filter(|word| !word.is_empty())
                        .map(str::to_string)
                        .collect()
                })
                .collect()
        })
        .collect();
    let mut index: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for (r, row) in rows.iter().enumerate() {
        for (f, form) in row.iter().enumerate() {
            if let Some(first) = form.first() {
                index.entry(first.clone()).or_default().push((r, f));
            }
        }
    }
    Table { rows, index }
});

/// Whole words, and stems.
type Words = (HashSet<&'static str>, Vec<&'static str>);

/// Words that have a capital inside sentences without being a name that must recur; a stem ends in `*`.
static ORDINARY: LazyLock<HashMap<Lang, Words>> = LazyLock::new(|| {
    [
        (Lang::IT, include_str!("data/capitals.it.txt")),
        (Lang::EN, include_str!("data/capitals.en.txt")),
        (Lang::FR, include_str!("data/capitals.fr.txt")),
        (Lang::ES, include_str!("data/capitals.es.txt")),
        (Lang::PT, include_str!("data/capitals.pt.txt")),
    ]
    .into_iter()
    .map(|(lang, list)| {
        let (stems, words): (Vec<_>, Vec<_>) = list
            .split_ascii_whitespace()
            .partition(|entry| entry.ends_with('*'));
        let stems = stems
            .into_iter()
            .map(|stem| stem.trim_end_matches('*'))
            .collect();
        (lang, (words.into_iter().collect(), stems))
    })
    .collect()
});

fn is_ordinary(word: &str, lang: Lang) -> bool {
    // English names stand in texts of all languages.
    [lang, Lang::EN].iter().any(|lang| {
        ORDINARY.get(lang).is_some_and(|(words, stems)| {
            words.contains(word) || stems.iter().any(|stem| word.starts_with(stem))
        })
    })
}

/// The word at `i` of `side` stands for one of the table's names: the rows, and one past its last word.
fn rows(side: &Side, i: usize) -> Option<(Vec<usize>, usize)> {
    let entries = TABLE.index.get(side.lower(i))?;
    let fitting = entries
        .iter()
        .filter(|(row, form)| fits(side, i, &TABLE.rows[*row][*form]));
    let longest = fitting
        .clone()
        .map(|(row, form)| TABLE.rows[*row][*form].len())
        .max()?;
    let rows = fitting
        .filter(|(row, form)| TABLE.rows[*row][*form].len() == longest)
        .map(|(row, _)| *row)
        .collect();
    Some((rows, i + longest))
}

fn fits(side: &Side, i: usize, form: &[String]) -> bool {
    form.iter()
        .enumerate()
        .all(|(k, word)| side.lower(i + k) == word)
}

/// Whether any form of the row stands in `side`; words may begin with it ("Ukrainekrieg"), and German ones contain it
/// ("Nordkalifornien").
fn has_row(side: &Side, row: usize) -> bool {
    let compounds = side.lang == Lang::DE;
    TABLE.rows[row].iter().any(|form| {
        let long = form.len() == 1 && form[0].len() >= 5;
        let stem = form[0].trim_end_matches(['e', 'n', 'o', 'a']);
        (0..side.words.len()).any(|i| {
            fits(side, i, form)
                || long && side.lower(i).starts_with(form[0].as_str())
                || long && compounds && stem.len() >= 4 && side.lower(i).contains(stem)
        })
    })
}

/// A spelling that is the same for most ways of writing a name: no accents, no doubles, k = c = q, y = i = j, w = v.
fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.chars() {
        let plain = match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ě' | 'ę' => "e",
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'y' | 'j' | 'ý' => "i",
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
            'ç' | 'č' | 'ć' | 'k' | 'q' => "c",
            'ñ' | 'ń' | 'ň' => "n",
            'š' | 'ś' | 'ş' | 'ș' | 'z' | 'ž' | 'ź' | 'ż' => "s",
            'ß' => "s",
            'w' => "v",
            'æ' => "e",
            'œ' => "o",
            'ł' => "l",
            'ř' => "r",
            'ğ' => "g",
            'ț' | 'ť' => "t",
            'đ' | 'ď' => "d",
            'h' => "",
            'x' => "s",
            _ => {
                if !folded.ends_with(c) {
                    folded.push(c);
                }
                continue;
            }
        };
        if plain.is_empty() {
            // "ph" is f.
            if folded.ends_with('p') {
                folded.pop();
                folded.push('f');
            }
        } else if !folded.ends_with(plain) {
            folded.push_str(plain);
        }
    }
    folded
}

/// Whether two folded words may be one name: "italia", "itali"; "putin", "putins".
fn akin(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.chars().count(), b.chars().count());
    let (short, long) = (a.min(b), a.max(b));
    match short {
        0..=2 => false,
        3 | 4 => common >= 3 && long - common <= 2,
        _ => common >= 4 && common * 100 >= short * 65 && (a - common).min(b - common) <= 3,
    }
}

/// Whether two words in lower case may be the same name in two spellings.
pub(super) fn same_word(a: &str, b: &str) -> bool {
    akin(&fold(a), &fold(b))
}

/// Levenshtein distance, up to 3.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return 3;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()].min(3)
}

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
    let folded: Vec<String> = target.words.iter().map(|word| fold(&word.lower)).collect();
    let joined = folded.concat();
    let mut i = 0;
    while i < source.words.len() {
        let word = &source.words[i];
        if word.kind != Kind::Letters || !word.capital {
            i += 1;
            continue;
        }
        if let Some((rows, end)) = rows(source, i) {
            let known = is_acronym(word)
                || !word.initial
                    && source.lang != Lang::DE
                    && (end > i + 1 || !is_ordinary(&word.lower, source.lang));
            let there = rows.iter().any(|row| has_row(target, *row))
                || folded.iter().any(|f| akin(&fold(&word.lower), f));
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
        let known = (i..end).any(|k| {
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
                && matches!(
                    side.lower(k),
                    "of" | "the"
                        | "and"
                        | "for"
                        | "di"
                        | "del"
                        | "della"
                        | "dei"
                        | "delle"
                        | "degli"
                        | "dell"
                        | "de"
                        | "du"
                        | "des"
                        | "la"
                        | "le"
                        | "los"
                        | "las"
                        | "do"
                        | "da"
                        | "dos"
                        | "das"
                        | "e"
                        | "y"
                        | "et"
                        | "d"
                        | "l"
                )
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
    let known = matches!(
        side.lang,
        Lang::IT | Lang::EN | Lang::FR | Lang::ES | Lang::PT
    );
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
        && !super::quantities::is_numeral(side, i)
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
            && !TABLE.index.contains_key(&*other.lower)
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

    #[test]
    fn folding_and_distance() {
        for (a, b) in [
            ("nazarbayev", "nasarbajew"),
            ("philadelphia", "filadelfia"),
            ("tokayev", "tokajev"),
        ] {
            assert!(akin(&fold(a), &fold(b)), "{a} {b}");
        }
        assert!(!akin(&fold("tokayev"), &fold("tokyo")));
        assert_eq!(distance("kitten", "sitten"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
