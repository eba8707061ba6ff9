//! What is known about words with capitals: names that differ between languages, and words that are no names.

use crate::checks::quantities;
use crate::checks::words::Side;
use crate::languages::{Form, Grammar, Language, names};
use crate::text::{Lang, Span};

/// Whether `word`, in lower case, has a capital inside sentences without being a name.
pub(super) fn is_ordinary(word: &str, lang: Lang) -> bool {
    // English names stand in texts of all languages.
    [lang, Lang::EN]
        .iter()
        .any(|lang| Language::of(*lang).capitals.has(word))
}

/// The word at `i` of `side` stands for one of the table's names: the rows, and one past its last word.
pub(super) fn rows(side: &Side, i: usize) -> Option<(Vec<usize>, usize)> {
    longest(side, i, |_| true)
}

/// The longest of the table's names that stands at word `i` of `side` in a form that is `allowed`: the rows, and one past
/// its last word.
pub(super) fn longest(
    side: &Side,
    i: usize,
    allowed: impl Fn(&Form) -> bool,
) -> Option<(Vec<usize>, usize)> {
    let form = |&(row, form): &(usize, usize)| &names().rows[row][form];
    let entries = names().index.get(side.lower(i))?.iter();
    let fitting = entries.filter(|entry| allowed(form(entry)) && fits(side, i, form(entry)));
    let length = fitting.clone().map(|entry| form(entry).words.len()).max()?;
    let mut rows: Vec<usize> = fitting
        .filter(|entry| form(entry).words.len() == length)
        .map(|(row, _)| *row)
        .collect();
    rows.dedup();
    Some((rows, i + length))
}

fn fits(side: &Side, i: usize, form: &Form) -> bool {
    side.is_row(i, &form.words) && !(form.is_acronym() && is_another_word(side, i))
}

/// Whether the word at `i`, which an acronym is spelt like, is written as a word of its language: "uno", "who", "us".
fn is_another_word(side: &Side, i: usize) -> bool {
    let word = &side.words[i];
    let function = &side.language.function;
    let known = function.own.contains(&*word.lower)
        || function.seen.contains(&*word.lower)
        || quantities::is_numeral(side, i);
    known && !word.text.chars().all(char::is_uppercase)
}

/// Whether any form of the row stands in `side`; words may begin with it ("Ukrainekrieg"), and German ones contain it
/// ("Nordkalifornien").
pub(super) fn has_row(side: &Side, row: usize) -> bool {
    let compounds = side.language.profile.grammar == Some(Grammar::Germanic);
    names().rows[row].iter().any(|whole| {
        let form = &whole.words;
        let long = form.len() == 1 && form[0].len() >= 5;
        // "Südwestasien" ends with all of it.
        let stem = form[0].trim_end_matches(['e', 'n', 'o', 'a']);
        let stem = if stem.len() >= 4 { stem } else { &form[0] };
        // "Tuscan" is of Tuscany.
        let adjective = form[0].trim_end_matches(['a', 'e', 'i', 'o', 'y']);
        let adjective = (form.len() == 1 && adjective.len() >= 6).then_some(adjective);
        (0..side.words.len()).any(|i| {
            fits(side, i, whole)
                || adjective.is_some_and(|stem| side.lower(i).starts_with(stem))
                || long && side.lower(i).starts_with(form[0].as_str())
                || long && compounds && side.lower(i).contains(stem)
        })
    })
}

/// Where `target` has the name that is known by `rows` as only the source's language writes it, and how its own does.
pub(super) fn left(source: &Side, target: &Side, rows: &[usize]) -> Option<(Span, &'static str)> {
    let forms = || rows.iter().flat_map(|row| &names().rows[*row]);
    let is_of = |lang: Lang| move |form: &&Form| form.langs.contains(&lang);
    let at = |form: &Form| (0..target.words.len()).find(|&i| fits(target, i, form));
    if forms()
        .filter(is_of(target.lang))
        .any(|form| at(form).is_some())
    {
        return None;
    }
    forms().filter(is_of(source.lang)).find_map(|form| {
        let i = at(form)?;
        // An acronym for an acronym.
        let own = forms().filter_map(|own| Some((own, own.rank(target.lang)?)));
        let key = |(own, rank): &(&Form, usize)| (form.is_acronym() != own.is_acronym(), *rank);
        let (own, _) = own.min_by_key(key)?;
        // "Chinas Wirtschaft": a genitive of its own.
        if own.words.len() == 1 && target.lower(i).starts_with(&*own.words[0]) {
            return None;
        }
        let (first, last) = (&target.words[i], &target.words[i + form.words.len() - 1]);
        let span = Span {
            start: first.span.start,
            end: last.span.end,
        };
        first.capital.then_some((span, own.text))
    })
}

/// Whether `word`, in lower case, is what a text in `lang` writes for a name of the table.
pub(super) fn is_form(word: &str, lang: Lang) -> bool {
    let forms = names().index.get(word).into_iter().flatten();
    let mut forms = forms.map(|(row, form)| &names().rows[*row][*form]);
    forms.any(|form| form.words.len() == 1 && form.langs.contains(&lang))
}

/// Whether a form of some row begins with `word`, in lower case.
pub(super) fn begins_form(word: &str) -> bool {
    names().index.contains_key(word)
}

/// Where `side` has a name of one word that one of `rows` knows.
pub(super) fn rendering(side: &Side, rows: &[usize]) -> Option<Span> {
    let known = |word: &str| {
        let mut forms = rows.iter().flat_map(|row| &names().rows[*row]);
        forms.any(|form| form.words.len() == 1 && form.words[0] == word)
    };
    let word = side
        .words
        .iter()
        .find(|word| word.capital && known(&word.lower))?;
    Some(word.span)
}
