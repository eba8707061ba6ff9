//! A country or a people that became another one: "Iraq" → "Iran", "austriaco" → "Australian". The table
//! `languages/common/countries.tsv` has them all, so whoever is missing while another one came in was swapped.

use std::collections::BTreeMap;

use super::known::{has_row, longest};
use crate::checks::finding::Finding;
use crate::checks::id::CheckId;
use crate::checks::words::Side;
use crate::languages::{Form, names};
use crate::text::Span;

/// Shorter forms are not looked for inside words.
const INNER: usize = 5;

/// The countries that a side surely names, each with all places where it does.
type Told = BTreeMap<usize, Vec<Span>>;

fn told(side: &Side) -> Told {
    let mut told = Told::new();
    let mut i = 0;
    while i < side.words.len() {
        let capital = side.words[i].capital;
        let allowed = |form: &Form| {
            form.langs.contains(&side.lang)
                && (capital || !form.text.starts_with(char::is_uppercase))
        };
        let found = longest(side, i, allowed).or_else(|| genitive(side, i));
        let Some((rows, end)) = found else {
            i += 1;
            continue;
        };
        let span = Span {
            start: side.words[i].span.start,
            end: side.words[end - 1].span.end,
        };
        if let [row] = rows[..]
            && names().countries.contains_key(&row)
        {
            told.entry(row).or_default().push(span);
        }
        i = end;
    }
    told
}

/// The rows of "Irans", and one past it.
fn genitive(side: &Side, i: usize) -> Option<(Vec<usize>, usize)> {
    let word = &side.words[i];
    let stem = word.lower.strip_suffix('s')?;
    let names = names();
    let forms = names.index.get(stem)?.iter();
    let is_noun = |form: &Form| {
        form.words.len() == 1
            && form.langs.contains(&side.lang)
            && form.text.starts_with(char::is_uppercase)
    };
    let rows: Vec<usize> = forms
        .filter(|(row, form)| is_noun(&names.rows[*row][*form]))
        .map(|(row, _)| *row)
        .collect();
    let fits = side.language.profile.noun_capitals && word.capital && !rows.is_empty();
    fits.then_some((rows, i + 1))
}

/// Whether the country of `row` may stand in `side`, which surely names `told`.
fn may_be_in(row: usize, side: &Side, told: &Told) -> bool {
    let known = &names().countries;
    let country = &known[&row];
    let akin = |other: &usize| country.of.contains(other) || known[other].of.contains(&row);
    let excused = |words: &Vec<String>| (0..side.words.len()).any(|i| side.is_row(i, words));
    told.contains_key(&row)
        || told.keys().any(akin)
        || country.excuses.iter().any(excused)
        || stands(row, side)
}

/// Whether a form of the country, in any language, stands in `side`, or inside a word that is no country's: "Irankrieg",
/// "filoamericano".
fn stands(row: usize, side: &Side) -> bool {
    let forms = || names().rows[row].iter();
    let mut i = 0;
    while i < side.words.len() {
        if let Some((rows, end)) = longest(side, i, |_| true) {
            if rows.contains(&row) {
                return true;
            }
            i = end;
            continue;
        }
        let word = side.lower(i);
        let inner = |form: &str| {
            form.len() >= INNER && word.contains(form)
                || side.language.profile.noun_capitals
                    && form.len() >= INNER - 1
                    && word.starts_with(form)
        };
        if forms().any(|form| form.words.len() == 1 && inner(&form.words[0])) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether what one of `rows` is a part of, or a part of it, stands in `side`: "Britain", "England".
pub(super) fn has_whole(side: &Side, rows: &[usize]) -> bool {
    let known = &names().countries;
    let parts = |row: usize| {
        known
            .iter()
            .filter(move |(_, other)| other.of.contains(&row))
    };
    rows.iter()
        .filter_map(|row| Some((*row, known.get(row)?)))
        .any(|(row, country)| {
            let parts = parts(row).map(|(part, _)| part);
            parts.chain(&country.of).any(|other| has_row(side, *other))
        })
}

/// Looks for a country that only the source names and one that only the translation names.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (said, written) = (told(source), told(target));
    let lost = said
        .iter()
        .filter(|(row, _)| !may_be_in(**row, target, &written));
    // Of two that are named, one may be swapped.
    let times = |row: &usize| written.get(row).map_or(0, Vec::len);
    let rarer = said
        .iter()
        .filter(|(row, places)| written.contains_key(row) && times(row) < places.len());
    let added = written
        .iter()
        .filter(|(row, _)| !may_be_in(**row, source, &said));
    for ((_, was), (_, is)) in lost.chain(rarer).zip(added) {
        let (was, is) = (was[0], is[0]);
        let words = (was.of(source.text), is.of(target.text));
        let message = format!("the country \"{}\" became \"{}\"", words.0, words.1);
        let finding = Finding::error(CheckId::Name, message);
        found.push(finding.at_source(was).at_target(is));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::rows;
    use crate::text::Lang;

    /// What is told, and nothing where the country is the same in other words.
    const PAIRS: &str = "
it-en il ministro iracheno ha incontrato gli sfollati | the Iranian minister met the displaced | iracheno → Iranian
en-it a ski resort in Slovakia | una località sciistica in Slovenia | Slovakia → Slovenia
de-fr der australische Botschafter | l’ambassadeur autrichien | australische → autrichien
es-de un barco paraguayo y otro peruano | ein uruguayisches und ein peruanisches Schiff | paraguayo → uruguayisches
pt-es a dívida do Níger | la deuda de Nigeria | Níger → Nigeria
fr-en l’armée nord-coréenne | the South Korean army | nord-coréenne → South Korean
de-it Irans Außenminister | il ministro degli Esteri dell’Iraq | Irans → Iraq
it-en la Francia e un altro deputato francese | France and another Finnish member | Francia → Finnish
en-it British troops | truppe inglesi |
it-de la guerra in Iraq | der Irakkrieg |
it-en un film italo-francese | a film made in Italy and France |
en-it we ate turkey in Chile | abbiamo mangiato tacchino in Cile |
en-es Native American languages of the US | las lenguas indígenas de Estados Unidos |
de-en Ukrainekrieg: Russland schweigt | War in Ukraine: Moscow is silent |
fr-it un Suisse de Bâle | uno svizzero di Basilea |
";

    #[test]
    fn a_country_that_became_another() {
        for (from, to, cells) in rows(PAIRS) {
            let (source, target) = (Side::new(cells[0], from), Side::new(cells[1], to));
            let mut found = Vec::new();
            check(&source, &target, &mut found);
            let pair = |finding: &Finding| {
                let [was, is] = [finding.source, finding.target].map(Option::unwrap);
                format!("{} → {}", was.of(cells[0]), is.of(cells[1]))
            };
            let told: Vec<String> = found.iter().map(pair).collect();
            let expected: Vec<&str> = cells[2].split('|').filter(|it| !it.is_empty()).collect();
            assert_eq!(told, expected, "{}", cells[1]);
        }
    }

    #[test]
    fn every_country_has_forms_in_six_languages() {
        assert!(names().countries.len() > 190);
        for row in names().countries.keys() {
            let forms = &names().rows[*row];
            for lang in [Lang::IT, Lang::EN, Lang::FR, Lang::DE, Lang::ES, Lang::PT] {
                let own = forms.iter().find(|form| form.langs.contains(&lang));
                assert!(own.is_some_and(|form| !form.words.is_empty()), "{forms:?}");
            }
        }
    }
}
