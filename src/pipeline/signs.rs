//! What is known of a translation that is whole: findings, the likeness of its meaning, the risk.

use super::cache::{Cache, Kind};
use super::choose::RouteLeg;
use super::leg::Done;
use super::options::Translating;
use super::session::Session;
use crate::article::Segment;
use crate::checks::{self, Finding, Pair};
use crate::engine::embed::Likeness;
use crate::error::Result;
use crate::memory::Key;
use crate::risk::{self, Risk};
use crate::text::Lang;
use crate::text::dictionary::Unrendered;
use crate::translate::{self, Try, Way};

/// The risk of each segment that was translated. `earlier`: the legs before the last one.
pub(super) fn risks(
    pairs: &[(&str, &str)],
    (likeness, unrendered): (&[Option<Likeness>], &[Option<Vec<Unrendered>>]),
    steps: &[RouteLeg],
    earlier: &[&[Done]],
    done: &[Done],
) -> Vec<(usize, Risk)> {
    let (from, to) = (steps[0].from, steps[steps.len() - 1].to);
    let judged = done.iter().enumerate().map(|(i, made)| {
        let made = &made.translated;
        let replaced = |one: &Try| one.chosen && one.way == Way::OtherModel;
        let mut legs: Vec<risk::Leg<'_>> = Vec::new();
        if !made.tries.iter().any(replaced) {
            let before = earlier.iter().map(|leg| &leg[i].translated);
            let made = before.chain([made]).zip(steps);
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
        Some((i, risk::judge(&evidence).filter(|_| asked)?))
    });
    judged.flatten().collect()
}

/// What the checks say of the translation of a text, and of the segment whose it is, if it is one's.
pub(super) fn judge(
    (source, segment): (&str, Option<&Segment>),
    target: &str,
    (from, to): (Lang, Lang),
    options: &Translating,
) -> Vec<Finding> {
    let pair = Pair {
        source,
        target,
        from,
        to,
    };
    let kept = segment.map(|one| one.verbatim(source)).unwrap_or_default();
    let terms = options.terms(from, to, true);
    translate::judge(&pair, &kept, &terms, &checks::Options::default())
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
