//! How probable it is that a translated segment misleads, joined from all that is known of it.
//!
//! Rules see what they have words for. What they don't see shows in other signs: a word of the source that no word of
//! the translation is near to, words that the model itself held improbable, words of the source's language left in, or
//! just a long sentence. [`judge`] joins them by logistic regression, whose weights (`weights.toml`) were fitted to
//! segments that people had judged. The probability is that of an error which misleads a reader on facts, among
//! translations like the judged ones: Italian news by a small language model. Elsewhere it ranks segments, but needn't be
//! a frequency.

mod doubt;
mod signals;
mod weights;

use serde::{Deserialize, Serialize};

pub use doubt::Doubt;
pub use signals::{Evidence, Leg, names, signals, sureness};

use crate::checks::{self, Finding};
use crate::text::dictionary::Unrendered;
use weights::{Set, Weights};

/// How a segment's risk compares with those of judged segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing to be said.
    Fine,
    /// Worth a second look: one in five good translations looks like this, and most misleading ones.
    Check,
    /// Few good translations look like this.
    Wrong,
}

/// The risk of one segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Risk {
    /// That it misleads, from 0 to 1.
    pub probability: f32,
    /// What that means for a reader.
    pub level: Level,
    /// The most doubtful words of the translation, in their order.
    pub words: Vec<Doubt>,
    /// The words of the source that are most likely to have no counterpart, in their order.
    pub source: Vec<Doubt>,
}

impl Risk {
    /// The risk of a translation of what has the risk `before`: it can't be less.
    pub fn after(self, before: Option<&Self>) -> Self {
        match before {
            // What is known differs, and with it where a level begins.
            Some(before) if before.probability > self.probability => Self {
                words: self.words,
                level: before.level.max(self.level),
                ..before.clone()
            },
            _ => self,
        }
    }
}

/// The risk of a segment, by whatever of the signals is known; `None` if no model says anything of it, as then there is
/// little more than its length.
pub fn judge(evidence: &Evidence<'_>) -> Option<Risk> {
    let known = signals(evidence);
    let set = Weights::get().best(&known)?;
    Some(by(set, &known, evidence))
}

/// The risk of a segment by the rules alone, where [`judge`] says nothing: how often segments with such findings mislead.
pub fn judge_by_rules(evidence: &Evidence<'_>) -> Risk {
    by(&Weights::get().bare, &signals(evidence), evidence)
}

fn by(set: &Set, known: &[(&'static str, f64)], evidence: &Evidence<'_>) -> Risk {
    let probability = set.probability(known);
    let level = match probability {
        p if p >= set.wrong => Level::Wrong,
        p if p >= set.check => Level::Check,
        _ => Level::Fine,
    };
    Risk {
        probability,
        level,
        words: signals::target_doubts(evidence),
        source: signals::source_doubts(evidence),
    }
}

/// What a user is told of a risk where no rule has found anything.
pub fn finding(risk: &Risk, target: &str) -> Option<Finding> {
    (risk.level != Level::Fine).then(|| told(risk, target))
}

/// The same whatever the level: for whoever has a bound of his own.
pub fn told(risk: &Risk, target: &str) -> Finding {
    let words: Vec<&str> = risk
        .words
        .iter()
        .map(|doubt| doubt.span.of(target))
        .collect();
    let most = |doubts: &[Doubt]| {
        let doubts = doubts.iter();
        doubts
            .max_by(|a, b| a.share.total_cmp(&b.share))
            .map(|doubt| doubt.span)
    };
    let at = (most(&risk.source), most(&risk.words));
    checks::doubtful(risk.probability, &words, at)
}

/// Of so many words a warning says what the dictionaries have for them.
const EXPLAINED: usize = 2;

/// What a user is told of a risk, and what the dictionaries say of words of `source` that the translation may lack.
pub fn explained(mut finding: Finding, source: &str, unrendered: &[Unrendered]) -> Finding {
    for one in unrendered.iter().take(EXPLAINED) {
        let (word, gloss) = (one.span.of(source), one.gloss());
        let told = format!("; by the dictionary \"{word}\" is {gloss}");
        finding.message.push_str(&told);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{CheckId, Pair};
    use crate::engine::Scored;
    use crate::engine::embed::Likeness;
    use crate::text::{Lang, words};

    const SOURCE: &str = "Gli esperti hanno investito il cane nella caserma.";
    const TARGET: &str = "The experts invested the dog in the caserma.";

    /// The risk if every word but the last has these signs, and the last has the worse ones.
    fn risk(near: f32, sure: f32, known: bool) -> Option<Risk> {
        let values = |text: &str, value: f32, last: f32| {
            let mut values = vec![value; words(text).count()];
            *values.last_mut().unwrap() = last;
            values
        };
        let likeness = Likeness {
            whole: 0.9,
            source: values(SOURCE, 0.9, near),
            target: values(TARGET, 0.9, near),
            nearest: Vec::new(),
        };
        let sureness = values(TARGET, -0.1, sure);
        judge(&Evidence {
            pair: Pair {
                source: SOURCE,
                target: TARGET,
                from: Lang::IT,
                to: Lang::EN,
            },
            findings: &[],
            likeness: known.then_some(&likeness),
            legs: &[Leg {
                text: TARGET,
                lang: Lang::EN,
                sureness: if known { &sureness } else { &[] },
            }],
            unrendered: None,
        })
    }

    #[test]
    fn worse_signs_are_a_greater_risk_and_the_word_is_named() {
        let (good, bad) = (
            risk(0.9, -0.1, true).unwrap(),
            risk(0.3, -30.0, true).unwrap(),
        );
        assert!(good.probability < bad.probability);
        assert_eq!((good.level, bad.level), (Level::Fine, Level::Wrong));
        assert_eq!(finding(&good, TARGET), None);
        let told = finding(&bad, TARGET).unwrap();
        assert_eq!(told.check, CheckId::Risk);
        assert!(told.message.contains("\"caserma\""), "{told}");
        assert_eq!(told.target.unwrap().of(TARGET), "caserma");
        assert_eq!(told.source.unwrap().of(SOURCE), "caserma");
        assert!(
            bad.words
                .iter()
                .all(|doubt| (0.0..=1.0).contains(&doubt.share))
        );
        assert_eq!(risk(0.3, -30.0, false), None);
    }

    #[test]
    fn what_was_made_from_a_doubtful_text_is_no_less_doubtful() {
        let (good, bad) = (
            risk(0.9, -0.1, true).unwrap(),
            risk(0.3, -30.0, true).unwrap(),
        );
        let after = good.clone().after(Some(&bad));
        assert_eq!(
            (after.level, after.probability),
            (Level::Wrong, bad.probability)
        );
        assert_eq!((&after.words, &after.source), (&good.words, &bad.source));
        assert_eq!(bad.clone().after(Some(&good)), bad);
        assert_eq!(good.clone().after(None), good);
    }

    #[test]
    fn words_get_the_probabilities_of_their_tokens() {
        let tokens = [
            ("Il", -1.0),
            (" ca", -2.0),
            ("ne", -0.5),
            (" 3", -0.25),
            (".", -9.0),
        ];
        let raw: String = tokens.iter().map(|(text, _)| *text).collect();
        let scored = tokens.map(|(text, logprob)| Scored {
            bytes: text.len(),
            logprob,
        });
        assert_eq!(sureness(&raw, &scored, &raw), [-1.0, -2.5, -0.25]);
        // What was put there or taken away afterwards has no probability.
        assert_eq!(sureness(&raw, &scored, "cane nero, 3"), [-2.5, 0.0, -0.25]);
        assert!(sureness("Il cane", &scored, "Il cane").is_empty());
    }
}
