//! When a translation is whole: it is judged against the article itself, what still has findings may get another model's
//! opinion, names are compared across segments, meanings by their embeddings, and each segment's risk is judged by all of it.

use super::cache::{Cache, Kind};
use super::choose::RouteLeg;
use super::leg::{Done, Leg};
use super::options::{Meaning, Translating};
use super::session::Session;
use crate::article::Segment;
use crate::checks::{self, CheckId, Finding, Pair};
use crate::engine;
use crate::engine::embed::Likeness;
use crate::error::Result;
use crate::memory::Key;
use crate::output::report;
use crate::risk::{self, Risk};
use crate::text::Lang;
use crate::translate::{self, Repair, Try, Way, weight};

/// Reviews the translation `done` of `originals`, which are the texts of `segments` if there are any, along `steps`, after
/// the `earlier` legs; the figures of further work go to `figures`.
///
/// # Errors
/// [`crate::ErrorKind::Model`] if a model's files can't be loaded, [`crate::ErrorKind::Input`] if a text doesn't fit
/// its context, [`crate::ErrorKind::Inference`] if it fails while running.
pub(super) fn review(
    session: &mut Session<'_>,
    (originals, segments): (&[&str], &[Segment]),
    steps: &[RouteLeg],
    earlier: &[&[Done]],
    options: &Translating,
    done: &mut [Done],
    figures: &mut Vec<report::Step>,
) -> Result<()> {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return Ok(());
    };
    let (from, to) = (first.from, last.to);
    if steps.len() > 1 {
        // The last leg was judged against a translation, which may have lost things itself.
        for (i, done) in done.iter_mut().enumerate() {
            let made = &mut done.translated;
            if made.attempts > 0 {
                let source = (originals[i], segments.get(i));
                let mut findings = judge(source, &made.text, (from, to), options);
                let told = |f: &Finding| matches!(f.check, CheckId::Cut | CheckId::Leak);
                findings.extend(made.findings.drain(..).filter(told));
                made.findings = findings;
            }
        }
    }
    if options.repair == Repair::Thorough {
        second_opinion(
            session,
            (originals, segments),
            steps,
            options,
            done,
            figures,
        )?;
    }
    let mut how = options.meaning;
    if how == Meaning::Auto && !asks_a_chat(session, steps)? {
        how = Meaning::Off;
    }
    let texts: Vec<String> = done
        .iter()
        .map(|done| done.translated.text.clone())
        .collect();
    let texts = texts.iter().map(String::as_str);
    let pairs: Vec<(&str, &str)> = originals.iter().copied().zip(texts).collect();
    let likeness = match session.embeddings(how)? {
        Some(model) => compare(session, &pairs, (from, to), model)?,
        None => vec![None; pairs.len()],
    };
    let mut found = checks::consistency(&pairs, from, to);
    found.extend(meaning(&pairs, &likeness, (from, to)));
    for (segment, risk) in risks(&pairs, &likeness, steps, earlier, done) {
        done[segment].translated.risk = Some(risk);
    }
    for (segment, finding) in found {
        done[segment].translated.findings.push(finding);
    }
    for made in done.iter_mut().map(|done| &mut done.translated) {
        let silent = made.findings.iter().all(Finding::is_hint);
        let risk = made.risk.as_ref().filter(|_| silent);
        let finding = risk.and_then(|risk| risk::finding(risk, &made.text));
        made.findings.extend(finding);
    }
    Ok(())
}

/// The risk of each segment that was translated. `earlier`: the legs before the last one.
fn risks(
    pairs: &[(&str, &str)],
    likeness: &[Option<Likeness>],
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
        };
        let asked = made.attempts > 0;
        Some((i, risk::judge(&evidence).filter(|_| asked)?))
    });
    judged.flatten().collect()
}

/// Whether any of the steps is made by a model that is asked with prompts.
fn asks_a_chat(session: &Session<'_>, steps: &[RouteLeg]) -> Result<bool> {
    for step in steps {
        if engine::reads_prompts(&session.chosen(&step.model)?.manifest) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the checks say of the translation of a text, and of the segment whose it is, if it is one's.
fn judge(
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

/// Lets the next best models that are here translate the segments with findings, and takes what is better.
fn second_opinion(
    session: &mut Session<'_>,
    (originals, segments): (&[&str], &[Segment]),
    steps: &[RouteLeg],
    options: &Translating,
    done: &mut [Done],
    figures: &mut Vec<report::Step>,
) -> Result<()> {
    let failing: Vec<usize> = (0..done.len())
        .filter(|i| !done[*i].translated.findings.is_empty())
        .collect();
    let (from, to) = (steps[0].from, steps[steps.len() - 1].to);
    if failing.is_empty() {
        return Ok(());
    }
    let Some(others) = session.other_route(from, to, steps) else {
        return Ok(());
    };
    let mut texts: Vec<String> = failing.iter().map(|i| originals[*i].to_string()).collect();
    for step in &others {
        let now: Vec<&str> = texts.iter().map(String::as_str).collect();
        let these = failing.iter().filter_map(|&i| segments.get(i));
        let leg = Leg::new(session, &now, step, options, others.len() == 1)?.keeping(these);
        let known = leg.look_up(session)?;
        let (made, figure) = leg.translate(session, known, &mut |_| {})?;
        figures.push(figure);
        texts = made.into_iter().map(|made| made.translated.text).collect();
    }
    for (&segment, text) in failing.iter().zip(texts) {
        let made = &mut done[segment].translated;
        let source = (originals[segment], segments.get(segment));
        let findings = judge(source, &text, (from, to), options);
        let ids = |findings: &[Finding]| findings.iter().map(|f| f.check).collect();
        if made.tries.is_empty() {
            made.tries.push(Try {
                way: Way::First,
                text: made.text.clone(),
                findings: ids(&made.findings),
                chosen: true,
            });
        }
        let better = weight(&findings) < made.weight();
        made.tries.push(Try {
            way: Way::OtherModel,
            text: text.clone(),
            findings: ids(&findings),
            chosen: better,
        });
        made.attempts += 1;
        if better {
            let earlier = made.tries.len() - 1;
            made.tries[..earlier]
                .iter_mut()
                .for_each(|other| other.chosen = false);
            made.text = text;
            made.links.clear();
            made.findings = findings;
        }
    }
    Ok(())
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
