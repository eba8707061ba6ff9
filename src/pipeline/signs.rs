//! What is known of a translation that is whole: findings, the likeness of its meaning, the risk.

use super::cache::{Cache, Kind};
use super::choose::RouteLeg;
use super::leg::Done;
use super::options::Translating;
use super::session::Session;
use crate::article::Segment;
use crate::checks::{self, CheckId, Finding, Pair};
use crate::engine::embed::Likeness;
use crate::error::Result;
use crate::memory::Key;
use crate::risk::{self, Risk};
use crate::text::Lang;
use crate::text::dictionary::Unrendered;
use crate::text::glossary::Term;
use crate::translate::{self, Translated, Try, Way};

/// The legs before the last one: what is wrong there the last one can't mend.
pub(super) struct Earlier<'e> {
    legs: &'e [&'e [Done]],
    /// How probable it is that what the last of them made misleads, where that is known.
    risks: Vec<Option<Risk>>,
}

impl<'e> Earlier<'e> {
    /// Judges `legs`, which lead from `originals` along the first of `steps`.
    ///
    /// # Errors
    /// As [`compare`].
    pub(super) fn new(
        session: &mut Session<'_>,
        originals: &[&str],
        steps: &[RouteLeg],
        legs: &'e [&'e [Done]],
        options: &Translating,
        embeddings: Option<&str>,
    ) -> Result<Self> {
        let Some((&last, before)) = legs.split_last() else {
            let risks = vec![None; originals.len()];
            return Ok(Self { legs, risks });
        };
        let steps = &steps[..legs.len()];
        let texts = last.iter().map(|done| done.translated.text.as_str());
        let pairs: Vec<(&str, &str)> = originals.iter().copied().zip(texts).collect();
        let way = (steps[0].from, steps[steps.len() - 1].to);
        let likeness = match embeddings {
            Some(model) => compare(session, &pairs, way, model)?,
            None => vec![None; pairs.len()],
        };
        let unrendered = unrendered(&pairs, way, options);
        let mut risks = vec![None; pairs.len()];
        let before = Earlier {
            legs: before,
            risks: risks.clone(),
        };
        let known = (&likeness[..], &unrendered[..]);
        for (segment, risk) in self::risks(&pairs, known, steps, &before, last) {
            risks[segment] = Some(risk);
        }
        Ok(Self { legs, risks })
    }
}

/// What is found in the translation `made` of a text along more than one step, of which `made.findings` are against
/// another translation, and in what stands on the way: the last of the `legs` before it.
pub(super) fn judge_way(
    source: (&str, Option<&Segment>),
    made: &Translated,
    legs: &[&Translated],
    steps: &[RouteLeg],
    options: &Translating,
) -> Vec<Finding> {
    // Only who made a text can know this of it.
    let own = |made: &Translated| {
        let findings = made.findings.iter();
        let own = findings.filter(|one| matches!(one.check, CheckId::Cut | CheckId::Leak));
        own.cloned().collect::<Vec<_>>()
    };
    let (from, to) = (steps[0].from, steps[steps.len() - 1].to);
    let mut findings = judge(source, &made.text, (from, to), options);
    findings.extend(own(made));
    if let Some((before, step)) = legs.iter().zip(steps).last() {
        // Fewer of the glossary's terms hold on the way to another language.
        let terms = options.terms(from, step.to, false);
        let mut earlier = judge_with(source, &before.text, (from, step.to), &terms);
        earlier.extend(own(before));
        let is_told = |one: &Finding| {
            let mut known = findings.iter().filter(|known| !known.is_hint());
            known.any(|known| known.check == one.check)
        };
        earlier.retain(|one| !one.is_hint() && !is_told(one));
        findings.extend(earlier.iter().map(|one| one.of_leg(step.to)));
    }
    findings
}

/// The words of each source that have none of their translations by the user's dictionaries; `None` where there is no
/// dictionary.
pub(super) fn unrendered(
    pairs: &[(&str, &str)],
    (from, to): (Lang, Lang),
    options: &Translating,
) -> Vec<Option<Vec<Unrendered>>> {
    let dictionary = options.dictionaries.between(from, to);
    let unrendered = pairs.iter().map(|(source, target)| {
        let dictionary = dictionary.as_ref()?;
        Some(dictionary.unrendered(source, target))
    });
    unrendered.collect()
}

/// The risk of each segment that was translated.
pub(super) fn risks(
    pairs: &[(&str, &str)],
    (likeness, unrendered): (&[Option<Likeness>], &[Option<Vec<Unrendered>>]),
    steps: &[RouteLeg],
    earlier: &Earlier<'_>,
    done: &[Done],
) -> Vec<(usize, Risk)> {
    let (from, to) = (steps[0].from, steps[steps.len() - 1].to);
    let judged = done.iter().enumerate().map(|(i, made)| {
        let made = &made.translated;
        let replaced = |one: &Try| one.chosen && one.way == Way::OtherModel;
        let mut legs: Vec<risk::Leg<'_>> = Vec::new();
        let mut before = None;
        if !made.tries.iter().any(replaced) {
            before = earlier.risks[i].as_ref();
            let earlier = earlier.legs.iter().map(|leg| &leg[i].translated);
            let made = earlier.chain([made]).zip(steps);
            legs.extend(made.map(|(made, step)| risk::Leg {
                text: &made.text,
                lang: step.to,
                sureness: &made.sureness,
            }));
        }
        let evidence = risk::Evidence {
            pair: Pair {
                source: pairs[i].0,
                target: &made.text,
                from,
                to,
            },
            findings: &made.findings,
            likeness: likeness[i].as_ref(),
            legs: &legs,
            unrendered: unrendered[i].as_deref(),
        };
        let asked = made.attempts > 0;
        let risk = risk::judge(&evidence).filter(|_| asked)?;
        Some((i, risk.after(before)))
    });
    judged.flatten().collect()
}

/// What the checks say of the translation of a text, and of the segment whose it is, if it is one's.
pub(super) fn judge(
    source: (&str, Option<&Segment>),
    target: &str,
    way: (Lang, Lang),
    options: &Translating,
) -> Vec<Finding> {
    judge_with(source, target, way, &options.terms(way.0, way.1, true))
}

/// The same, with the `terms` of a glossary that hold.
fn judge_with(
    (source, segment): (&str, Option<&Segment>),
    target: &str,
    (from, to): (Lang, Lang),
    terms: &[Term],
) -> Vec<Finding> {
    let pair = Pair {
        source,
        target,
        from,
        to,
    };
    let kept = segment.map(|one| one.verbatim(source)).unwrap_or_default();
    translate::judge(&pair, &kept, terms, &checks::Options::default())
}

/// Segments of fewer words were not measured, and idioms among them have another meaning word for word.
const MEANING_WORDS: usize = 6;

/// Compares the embeddings of both sides by `model`, of all segments in one batch; what was compared before is remembered.
/// `None` where there is nothing to compare.
pub(super) fn compare(
    session: &mut Session<'_>,
    pairs: &[(&str, &str)],
    (from, to): (Lang, Lang),
    model: &str,
) -> Result<Vec<Option<Likeness>>> {
    let mut known: Vec<Option<Likeness>> = vec![None; pairs.len()];
    let mut cache = Cache::new(session, Kind::Adequacy, (from, to), model)?;
    let mut missing: Vec<(usize, Key)> = Vec::new();
    for (i, (source, target)) in pairs.iter().enumerate() {
        if !source.chars().any(char::is_alphabetic) || target.is_empty() {
            continue;
        }
        let key = cache.key(format!("{}:{source}{target}", source.len()).as_bytes());
        known[i] = cache.find(&key);
        if known[i].is_none() {
            missing.push((i, key));
        }
    }
    if !missing.is_empty() {
        let texts = missing.iter().map(|(i, _)| pairs[*i]);
        let texts: Vec<(&str, &str)> = texts.collect();
        let made = session.embedder(model)?.compare(&texts)?;
        for ((segment, key), likeness) in missing.into_iter().zip(made) {
            cache.keep(key, "", &likeness);
            known[segment] = Some(likeness);
        }
    }
    Ok(known)
}

/// What the likeness of whole segments says.
pub(super) fn meaning(
    pairs: &[(&str, &str)],
    likeness: &[Option<Likeness>],
    between: (Lang, Lang),
) -> Vec<(usize, Finding)> {
    let long = |segment: usize| pairs[segment].0.split_whitespace().count() >= MEANING_WORDS;
    let known = likeness.iter().enumerate();
    let known = known.filter_map(|(segment, known)| Some((segment, known.as_ref()?.whole)));
    known
        .filter(|(segment, _)| long(*segment))
        .filter_map(|(segment, whole)| Some((segment, checks::meaning(whole, between)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::options::Asking;
    use super::*;
    use crate::prompt::Prompt;
    use crate::translate::Translated;

    #[test]
    fn what_is_wrong_on_the_way_is_told_of_the_whole_way() {
        let step = |from, to| RouteLeg {
            from,
            to,
            model: "any".to_string(),
        };
        let steps = [step(Lang::IT, Lang::EN), step(Lang::EN, Lang::PT)];
        let prompt = Prompt::builtin("translate").unwrap();
        let options = Translating::of(Asking {
            model: None,
            sampling: prompt.parameters().unwrap(),
            prompt,
            max_tokens: None,
        });
        let made = |text: &str| Translated::without_model(text.to_string(), Vec::new());
        let told = |way: &str, end: &str| {
            let (way, end) = (made(way), made(end));
            let source = ("I 26 operai non tornano lunedì.", None);
            judge_way(source, &end, &[&way], &steps, &options)
        };
        let good = "Os 26 trabalhadores não voltam na segunda-feira.";
        assert_eq!(told("The 26 workers don't return on Monday.", good), []);
        let lost = told("The 26 workers return on Monday.", good);
        assert_eq!(lost.len(), 1, "{lost:?}");
        assert_eq!(lost[0].check, CheckId::Negation);
        assert!(lost[0].message.starts_with("in the English"), "{}", lost[0]);
        assert_eq!(lost[0].target, None);
        // What the end shows too is told of the end.
        let both = told(
            "The 20 workers don't return on Monday.",
            "Os 20 trabalhadores não voltam na segunda-feira.",
        );
        assert!(!both.is_empty());
        assert!(both.iter().all(|one| !one.message.starts_with("in the")));
    }
}
