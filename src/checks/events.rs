//! Events, directions and times that became others of their kind: "arrested" → "injured", "after" → "before",
//! "brother" → "sister", "spring" → "autumn". The list is data: `languages/common/events.tsv`.

use std::sync::LazyLock;

use super::finding::Finding;
use super::id::CheckId;
use super::patterns::find;
use super::words::Side;
use crate::languages::{Pattern, Table, patterns};
use crate::text::Lang;

/// One meaning of the list.
struct Sense {
    /// Meanings of one group exclude each other.
    group: &'static str,
    /// The check that tells that it became another.
    check: CheckId,
    /// Its name in English.
    name: &'static str,
    /// By the table's columns.
    words: Vec<Words>,
}

/// The words for a meaning in one language.
struct Words {
    /// They prove it.
    sure: Vec<Pattern>,
    /// They may stand for it.
    maybe: Vec<Pattern>,
}

impl Words {
    fn new(cell: &str) -> Self {
        let (sure, maybe) = cell.split_once('~').unwrap_or((cell, ""));
        Words {
            sure: patterns(sure),
            maybe: patterns(maybe),
        }
    }

    fn may_be_in(&self, side: &Side) -> bool {
        find(side, &self.sure).is_some() || find(side, &self.maybe).is_some()
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new("events.tsv"));

static SENSES: LazyLock<Vec<Sense>> = LazyLock::new(|| {
    let rows = TABLE.rows.iter();
    rows.map(|(cells, words)| Sense {
        group: cells[0],
        check: cells[1].parse().expect("a check's id"),
        name: cells[2],
        words: words.iter().map(|cell| Words::new(cell)).collect(),
    })
    .collect()
});

/// Looks for a meaning that only the source has and one of the same group that only the translation has.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (Some(from), Some(to)) = (TABLE.column(source.lang), TABLE.column(target.lang)) else {
        return;
    };
    let converted = || super::quantities::converts_time(source, target);
    let unit = found.iter().any(|finding| finding.check == CheckId::Unit);
    for lost in SENSES.iter() {
        // "Two weeks" that became "two months" are told already.
        if lost.group == "period" && (unit || converted()) {
            continue;
        }
        let Some(said) = find(source, &lost.words[from].sure) else {
            continue;
        };
        if lost.words[to].may_be_in(target) {
            continue;
        }
        let added = SENSES
            .iter()
            .filter(|other| other.group == lost.group && !std::ptr::eq(*other, lost))
            .filter(|other| match lost.group {
                // "March" is no excuse for a spring that the source doesn't have.
                "season" => find(source, &other.words[from].sure).is_none(),
                _ => !other.words[from].may_be_in(source),
            })
            .find_map(|other| find(target, &other.words[to].sure));
        if let Some(written) = added {
            let message = format!(
                "\"{}\" became \"{}\"",
                said.of(source.text),
                written.of(target.text)
            );
            // Opposites stand for each other where what they are said of is turned round, too: "più economico" is "less
            // expensive".
            let finding = match lost.check {
                CheckId::Opposite => Finding::warning(lost.check, message),
                _ => Finding::error(lost.check, message),
            };
            let finding = finding.at_source(said).at_target(written);
            found.push(match target.lang {
                Lang::EN => finding.with_rendering(lost.name),
                _ => finding,
            });
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ids, rows};
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        assert!(SENSES.len() > 30);
        for words in SENSES.iter().flat_map(|meaning| &meaning.words) {
            assert!(!words.sure.is_empty());
            let mut all = words.sure.iter().chain(&words.maybe);
            assert!(all.all(|pattern| !pattern.is_empty()));
        }
    }

    #[test]
    fn an_event_that_became_another() {
        for (source, target, expected) in [
            (
                "Sette persone sono state arrestate.",
                "Seven people were injured.",
                Some("event"),
            ),
            (
                "Sette persone sono state arrestate.",
                "Seven people were detained.",
                None,
            ),
            (
                "È accaduto dopo il voto.",
                "It happened before the vote.",
                Some("event"),
            ),
            (
                "È accaduto dopo il voto.",
                "It happened following the vote.",
                None,
            ),
            (
                "Lo ha detto il fratello.",
                "His sister said so.",
                Some("event"),
            ),
            (
                "Nel nord del Paese piove.",
                "It is raining in the north.",
                None,
            ),
        ] {
            assert_eq!(
                ids(Lang::IT, Lang::EN, source, target),
                Vec::from_iter(expected),
                "{target}"
            );
        }
    }
    /// What became its opposite, and what only is said otherwise.
    const OPPOSITES: &str = "
it-en Una grande casa | A small house | small
it-en Una grande casa | A spacious house |
en-it It is impossible to go | È possibile andare | possibile
en-it It is impossible to go | Non si può andare |
it-en Ne è uscito illeso | He was injured | injured
de-en Er wurde unverletzt geborgen | He was found alive and well |
fr-es La guerre est finie | La paz terminó | paz
es-pt Dos hombres entraron | Duas mulheres entraram | mulheres
es-pt Dos hombres entraron | Duas pessoas entraram |
en-fr Only few of them came | De nombreux invités sont venus | nombreux
en-de A warm day | Ein kalter Tag | kalter
it-en La scuola è stata chiusa | The school was opened | opened
it-en Dopo alcuni giorni | After some months | months
pt-en uma pessoa desconhecida | a known person | known
";

    #[test]
    fn what_became_its_opposite() {
        for (from, to, cells) in rows(OPPOSITES) {
            let (source, target) = (Side::new(cells[0], from), Side::new(cells[1], to));
            let mut found = Vec::new();
            check(&source, &target, &mut found);
            let told = found.iter().filter_map(|finding| finding.target);
            let told: Vec<&str> = told.map(|at| at.of(cells[1])).collect();
            let expected: Vec<&str> = Vec::from_iter(Some(cells[2]).filter(|it| !it.is_empty()));
            assert_eq!(told, expected, "{}", cells[1]);
        }
    }
}
