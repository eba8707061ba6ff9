//! Which words with a capital are names, which are acronyms, and which are neither.

use super::known::is_ordinary;
use crate::checks::quantities;
use crate::checks::words::{Kind, Side, Word};
use crate::languages::names;

/// Capitals alone: "NATO".
pub(super) fn is_acronym(word: &Word) -> bool {
    let mut letters = word.text.chars().filter(|c| c.is_alphabetic());
    let count = letters.clone().count();
    (2..=6).contains(&count) && letters.all(char::is_uppercase)
}

/// "H5N1", "A380": letters and digits, the same everywhere.
pub(super) fn is_code(word: &Word) -> bool {
    word.text.contains(|c: char| c.is_ascii_digit()) && word.text.chars().count() <= 8
}

/// Whether the letters at word `i` belong to the figure beside them: "US$30", "356 BCE", "1.2 GW", "USD 500".
pub(super) fn is_sign(side: &Side, i: usize) -> bool {
    let eras = &names().eras;
    let era = eras.iter().any(|era| era == side.lower(i));
    let dated = i > 0 && side.words[i - 1].kind == Kind::Digits && side.before(i) == " ";
    let figure = |at: Option<usize>| {
        at.and_then(|at| side.words.get(at))
            .is_some_and(|word| word.kind == Kind::Digits)
    };
    let counts = quantities::is_unit(side, i)
        && (figure(i.checked_sub(1)) || figure(Some(i + 1)) || quantities::is_measured(side, i));
    era && dated || counts || side.after(i).starts_with(['$', '€', '£', '¥'])
}

/// One past the last word of the name that starts at word `i`: capitals in a row, with small words between them.
pub(super) fn name_end(side: &Side, i: usize) -> usize {
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
        let small = |k: usize| close(k) && names().links.iter().any(|link| link == side.lower(k));
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

/// Whether the capital of word `i` says that it is a name.
pub(super) fn is_name(side: &Side, i: usize) -> bool {
    let word = &side.words[i];
    // Where nouns have a capital, or nothing is known of capitals, one proves nothing.
    let language = side.language;
    let known = !language.profile.noun_capitals && !language.capitals.is_empty();
    let inner = word.text.chars().skip(1).any(char::is_lowercase);
    // "XVIIIe"
    let century = word
        .text
        .strip_suffix('e')
        .is_some_and(quantities::is_roman);
    known
        && word.capital
        && !century
        && !word.initial
        && inner
        && word.text.chars().count() >= 4
        && !is_ordinary(&word.lower, side.lang)
        && !is_era(side, i)
        && !quantities::is_numeral(side, i)
}

/// Whether word `i` belongs to "avanti Cristo", "après Jésus-Christ": years before or after, not a name.
pub(super) fn is_era(side: &Side, i: usize) -> bool {
    let names = names();
    let is_name = |at: usize| names.era.iter().any(|name| name.fits(side.lower(at)));
    let mut before = (0..i)
        .rev()
        .skip_while(|at| is_name(*at) || side.is_any(*at, &names.era_link));
    is_name(i)
        && before
            .next()
            .is_some_and(|at| names.era_after.iter().any(|word| word == side.lower(at)))
}

/// Whether every word of some length has a capital, as in a title: none stands out.
pub(super) fn is_title(side: &Side) -> bool {
    let mut long = side
        .words
        .iter()
        .filter(|word| word.kind == Kind::Letters && word.text.chars().count() >= 4);
    long.clone().count() >= 3 && long.all(|word| word.capital)
}
