//! What is known about words with capitals: names that differ between languages, and words that are no names.

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
    let entries = names().index.get(side.lower(i))?;
    let fitting = entries
        .iter()
        .filter(|(row, form)| fits(side, i, &names().rows[*row][*form].words));
    let longest = fitting
        .clone()
        .map(|(row, form)| names().rows[*row][*form].words.len())
        .max()?;
    let rows = fitting
        .filter(|(row, form)| names().rows[*row][*form].words.len() == longest)
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
pub(super) fn has_row(side: &Side, row: usize) -> bool {
    let compounds = side.language.profile.grammar == Some(Grammar::Germanic);
    names().rows[row].iter().any(|Form { words: form, .. }| {
        let long = form.len() == 1 && form[0].len() >= 5;
        let stem = form[0].trim_end_matches(['e', 'n', 'o', 'a']);
        // "Tuscan" is of Tuscany.
        let adjective = form[0].trim_end_matches(['a', 'e', 'i', 'o', 'y']);
        let adjective = (form.len() == 1 && adjective.len() >= 6).then_some(adjective);
        (0..side.words.len()).any(|i| {
            fits(side, i, form)
                || adjective.is_some_and(|stem| side.lower(i).starts_with(stem))
                || long && side.lower(i).starts_with(form[0].as_str())
                || long && compounds && stem.len() >= 4 && side.lower(i).contains(stem)
        })
    })
}

/// Where `target` has the name that is known by `rows` as only the source's language writes it, and how its own does.
pub(super) fn left(source: &Side, target: &Side, rows: &[usize]) -> Option<(Span, &'static str)> {
    let forms = || rows.iter().flat_map(|row| &names().rows[*row]);
    let is_of = |lang: Lang| move |form: &&Form| form.langs.contains(&lang);
    let at = |form: &Form| (0..target.words.len()).find(|&i| fits(target, i, &form.words));
    let own = forms().find(is_of(target.lang))?;
    if forms()
        .filter(is_of(target.lang))
        .any(|form| at(form).is_some())
    {
        return None;
    }
    forms().filter(is_of(source.lang)).find_map(|form| {
        let i = at(form)?;
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
