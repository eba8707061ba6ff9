//! Checks of a translated segment against its source: what was dropped, changed or added, rule by rule.
//!
//! [`check`] is pure and fast (some 2,000 segments a second on one core) and knows no model. Rules that need to know
//! a language's words speak English, Italian, French, German, Spanish and Portuguese, and the languages that the user
//! adds ([`crate::languages`]); for any other they keep silent and the language-neutral ones remain. What no rule can see is left to the embeddings of
//! [`crate::engine::embed`], which report under [`CheckId::Meaning`].
//!
//! One file a rule, or a few of one kind; `words` cuts a text once for all of them.

mod actor;
mod chatter;
mod events;
mod finding;
mod ground;
mod id;
mod leak;
mod lexicon;
mod literals;
mod marks;
mod meaning;
mod names;
mod negation;
mod nonword;
mod patterns;
mod quantities;
mod script;
mod shape;
mod terms;
mod untranslated;
mod words;

use crate::text::Lang;

pub use finding::{Finding, Pair, Severity};
pub use ground::ground;
pub use id::CheckId;
pub use leak::leak;
pub use meaning::{doubtful, meaning, unrendered};
pub use names::consistency;
pub use nonword::nonwords;
pub use quantities::{figures, spelt_out};
pub use terms::terms;
pub use untranslated::is_function;

use words::Side;

/// What the texts alone don't say.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Generation of the translation ended at its cap on tokens.
    pub cut: bool,
    /// Rules to leave out.
    pub skip: Vec<CheckId>,
}

/// Runs every rule on `pair`. The findings come in the order of the rules, surest kinds of failure first; an empty
/// translation is reported as that alone.
pub fn check(pair: &Pair, options: &Options) -> Vec<Finding> {
    let mut found = Vec::new();
    let source = Side::new(pair.source, pair.from);
    let target = Side::new(pair.target, pair.to);
    if shape::empty(&source, &target, &mut found) {
        return kept(found, options);
    }
    if options.cut {
        found.push(Finding::error(
            CheckId::Cut,
            "the translation was cut off at the cap on tokens",
        ));
    }
    shape::repetition(&source, &target, &mut found);
    if shape::stranger(&source, &target, &mut found) {
        return kept(found, options);
    }
    // In the wrong language, every word that is missing says the same.
    if shape::echo(&source, &target, &mut found) || shape::language(&source, &target, &mut found) {
        return kept(found, options);
    }
    script::check(&source, &target, &mut found);
    shape::length(&source, &target, &mut found);
    shape::sentence_count(&source, &target, &mut found);
    let literals = literals::check(&source, &target, &mut found);
    // Numbers and names inside addresses and markup are that rule's business.
    let source = source.without(&literals.source);
    let target = target.without(&literals.target);
    quantities::check(&source, &target, &mut found);
    names::check(&source, &target, &mut found);
    actor::check(&source, &target, &mut found);
    marks::check(&source, &target, &mut found);
    chatter::check(&source, &target, &mut found);
    negation::check(&source, &target, &mut found);
    lexicon::check(&source, &target, &mut found);
    untranslated::check(&source, &target, &mut found);
    events::check(&source, &target, &mut found);
    kept(found, options)
}

/// The rules that hold for any text a model writes about `source`, such as a summary: is it empty, cut, a loop, in the
/// wrong language, or full of remarks?
pub fn check_text(source: &str, text: &str, lang: Lang, options: &Options) -> Vec<Finding> {
    let mut found = Vec::new();
    let source = Side::new(source, lang);
    let text = Side::new(text, lang);
    if !shape::empty(&source, &text, &mut found) {
        if options.cut {
            found.push(Finding::error(
                CheckId::Cut,
                "the text was cut off at the cap on tokens",
            ));
        }
        shape::repetition(&source, &text, &mut found);
        shape::language(&Side::new("", lang), &text, &mut found);
        script::check(&source, &text, &mut found);
        chatter::check(&source, &text, &mut found);
    }
    kept(found, options)
}

fn kept(mut found: Vec<Finding>, options: &Options) -> Vec<Finding> {
    found.retain(|finding| !options.skip.contains(&finding.check));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids that the rules report, each once, in order.
    pub(super) fn ids(from: Lang, to: Lang, source: &str, target: &str) -> Vec<&'static str> {
        let pair = Pair {
            source,
            target,
            from,
            to,
        };
        let mut ids: Vec<_> = check(&pair, &Options::default())
            .iter()
            .map(|finding| finding.check.id())
            .collect();
        ids.dedup();
        ids
    }

    /// The lines of a table such as `it-en source | target | …`, one pair a line.
    pub(crate) fn rows(table: &str) -> impl Iterator<Item = (Lang, Lang, Vec<&str>)> {
        table.trim().lines().map(|line| {
            let (pair, cells) = line.split_once(' ').unwrap();
            let (from, to) = pair.split_once('-').unwrap();
            let cells = cells.split('|').map(str::trim).collect();
            (from.parse().unwrap(), to.parse().unwrap(), cells)
        })
    }

    #[test]
    fn a_skipped_rule_is_silent_and_cut_is_told() {
        let pair = Pair {
            source: "Sono state arrestate 300 persone.",
            target: "30 people were arrested.",
            from: Lang::IT,
            to: Lang::EN,
        };
        let mut options = Options {
            cut: true,
            skip: vec![],
        };
        let found: Vec<_> = check(&pair, &options).iter().map(|f| f.check).collect();
        assert_eq!(found, [CheckId::Cut, CheckId::Number]);
        options.skip = vec![CheckId::Number, CheckId::Cut];
        assert_eq!(check(&pair, &options), []);
    }

    #[test]
    fn any_input_is_survived() {
        let odd = [
            "",
            " ",
            "1",
            "1.",
            "1,",
            "99999999999999999999999999999999999999",
            "1.2.3.4.5",
            "'",
            "’90",
            "«",
            "((((",
            "€",
            "1€",
            "%",
            "http://",
            "@",
            "#",
            "{",
            "<",
            "é1é",
            "1/2/3",
            "1:2",
            "24:61",
            "０１２",
            "١٢٣",
            "I",
            "MMMM",
            "duecento mila milioni di miliardi",
            "quatre-vingt",
            "\u{0}\u{1}",
            "ﬁ ŉ ß İ",
            "a\u{301}",
            "e mezzo",
            "x\u{a0}000",
        ];
        for source in odd {
            for target in odd {
                for (from, to) in [
                    (Lang::IT, Lang::EN),
                    (Lang::FR, Lang::DE),
                    (Lang::ES, Lang::PT),
                ] {
                    ids(from, to, source, target);
                }
            }
        }
    }
}
