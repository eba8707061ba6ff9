//! A translator who writes freely isn't wrong everywhere: what models say of a segment is held against what they say of the
//! others.
//!
//! The risk was fitted to what a small language model writes, word for word. People's translations look worse to it all the
//! way through: of 1,200 lines of references (FLORES dev, three directions) the median is 0.33, of good ones among the judged
//! segments 0.21. Brought to the same median, 1 % of the references have a risk of 0.5 and more, instead of 9 %.

use std::fmt;
use std::str::FromStr;

use crate::checks::{CheckId, Finding, Pair, Severity};
use crate::engine::embed::Likeness;
use crate::error::Error;
use crate::languages::Language;
use crate::risk::Risk;
use crate::text::{Span, words};

/// Who made a translation (`--by`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Maker {
    /// Nobody knows: perhaps a person, who writes freely.
    #[default]
    Anyone,
    /// A machine, whose translations the risk was fitted to.
    Machine,
}

impl Maker {
    const ALL: [Self; 2] = [Self::Anyone, Self::Machine];
}

impl fmt::Display for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Anyone => "anyone",
            Self::Machine => "machine",
        })
    }
}

impl FromStr for Maker {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("maker of a translation", text, &Self::ALL)
    }
}

/// Makes hints of what a free translator does and a model doesn't: says with a negation or as a question what the source says
/// without one, or takes more words. Of 39 translations that nothing but such a negation was told of, 2 were wrong by it
/// (`tests/fixtures/checks/written/`, even lines).
pub(super) fn allow(findings: &mut [Finding], pair: &Pair<'_>) {
    let longer = pair.target.chars().count() > pair.source.chars().count();
    for finding in findings {
        let free = match finding.check {
            CheckId::Negation => finding.source.is_none(),
            // A question that was lost may have been answered.
            CheckId::Question => pair.target.contains('?'),
            CheckId::Length => longer && finding.severity == Severity::Warning,
            _ => false,
        };
        if free {
            finding.severity = Severity::Hint;
        }
    }
}

/// A word of the source is rendered by the word that is nearest to it from this cosine on.
const RENDERED: f32 = 0.5;

/// Makes hints of lost names that a common word renders: "Sanidad" by "health", "Garante" by "watchdog". Where a name stands in
/// their place, it may be another one.
pub(super) fn render(findings: &mut [Finding], pair: &Pair<'_>, likeness: &Likeness) {
    if Language::of(pair.to).profile.noun_capitals {
        return;
    }
    let targets: Vec<Span> = words(pair.target).collect();
    let is_common = |at: Span| at.of(pair.target).starts_with(char::is_lowercase);
    for finding in findings {
        let (CheckId::Name, Some(lost), None) = (finding.check, finding.source, finding.target)
        else {
            continue;
        };
        let mut said = words(pair.source)
            .zip(&likeness.source)
            .zip(&likeness.nearest);
        let rendered = said.any(|((at, near), to)| {
            let there = targets.get(*to).copied();
            at.start == lost.start && *near >= RENDERED && there.is_some_and(is_common)
        });
        if rendered {
            finding.severity = Severity::Hint;
        }
    }
}

/// Fewer segments show nothing about their translator.
const ENOUGH: usize = 20;
/// The log-odds that good translations have among the judged ones, in the middle.
const USUAL: f32 = -1.25;
/// So much less alike than the median of its text a segment must be to differ in its meaning.
const APART: f32 = 0.06;

/// Lowers the risks that models gave by as much as those of the segments without `findings` are above the usual. Each risk
/// comes with whether a model gave it.
pub(super) fn settle(risks: &mut [(Risk, bool)], findings: &[Vec<Finding>]) {
    let silent = risks.iter().zip(findings);
    let silent = silent.filter(|((_, by_model), found)| *by_model && found.is_empty());
    let Some(middle) = median(
        silent
            .map(|((risk, _), _)| log_odds(risk.probability))
            .collect(),
    ) else {
        return;
    };
    let above = (middle - USUAL).max(0.0);
    for (risk, _) in risks.iter_mut().filter(|(_, by_model)| *by_model) {
        let odds = log_odds(risk.probability) - above;
        risk.probability = 1.0 / (1.0 + (-odds).exp());
    }
}

/// Those of `found` whose segments are less alike than the others are, too.
pub(super) fn meaning(
    mut found: Vec<(usize, Finding)>,
    likeness: &[Option<Likeness>],
) -> Vec<(usize, Finding)> {
    let wholes = likeness.iter().flatten().map(|one| one.whole);
    if let Some(middle) = median(wholes.collect()) {
        found.retain(|(segment, _)| {
            let own = likeness[*segment].as_ref();
            own.is_some_and(|own| own.whole < middle - APART)
        });
    }
    found
}

fn log_odds(probability: f32) -> f32 {
    let inside = probability.clamp(1e-4, 1.0 - 1e-4);
    (inside / (1.0 - inside)).ln()
}

/// The median, if there are enough values.
fn median(mut values: Vec<f32>) -> Option<f32> {
    if values.len() < ENOUGH {
        return None;
    }
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::Level;

    #[test]
    fn what_is_said_otherwise_is_only_a_hint() {
        let pair = Pair {
            source: "Non spegnete il router.",
            target: "Why? The router has to stay on.",
            from: "it".parse().unwrap(),
            to: "en".parse().unwrap(),
        };
        let warning = |check: CheckId| Finding::warning(check, "something");
        let span = Span { start: 0, end: 3 };
        let mut findings = [
            warning(CheckId::Negation),
            warning(CheckId::Question),
            warning(CheckId::Length),
            warning(CheckId::Negation).at_source(span),
            Finding::error(CheckId::Length, "far too long"),
            warning(CheckId::Number),
        ];
        allow(&mut findings, &pair);
        let hints: Vec<bool> = findings.iter().map(Finding::is_hint).collect();
        assert_eq!(hints, [true, true, true, false, false, false]);
    }

    #[test]
    fn a_name_that_a_common_word_renders_is_only_a_hint() {
        let is_told = |target: &str, near: f32| {
            let pair = Pair {
                source: "la Sanidad",
                target,
                from: "es".parse().unwrap(),
                to: "en".parse().unwrap(),
            };
            let likeness = Likeness {
                whole: 0.9,
                source: vec![0.9, near],
                target: vec![0.9, near],
                nearest: vec![0, 1],
            };
            let name = Finding::warning(CheckId::Name, "lost");
            let mut findings = [name.at_source(Span { start: 3, end: 10 })];
            render(&mut findings, &pair, &likeness);
            !findings[0].is_hint()
        };
        assert!(!is_told("the health", 0.6));
        assert!(is_told("the health", 0.4) && is_told("the Interior", 0.6));
    }

    #[test]
    fn a_free_translator_is_judged_by_what_stands_out() {
        let risk = |probability: f32| {
            let risk = Risk {
                probability,
                level: Level::Fine,
                words: Vec::new(),
                source: Vec::new(),
            };
            (risk, true)
        };
        let mut risks = vec![risk(0.4); 30];
        risks[3] = risk(0.9);
        let findings = vec![Vec::new(); 30];
        settle(&mut risks, &findings);
        assert!((risks[0].0.probability - 0.223).abs() < 0.01);
        assert!((0.75..0.85).contains(&risks[3].0.probability));
        // A careful one is left as he is, and so are a few segments.
        let mut risks = vec![risk(0.1); 30];
        settle(&mut risks, &findings);
        assert_eq!(risks[0].0.probability, 0.1);
        let mut risks = vec![risk(0.4); 3];
        settle(&mut risks, &findings[..3]);
        assert_eq!(risks[0].0.probability, 0.4);
    }
}
