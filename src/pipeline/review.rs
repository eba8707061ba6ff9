//! When a translation is whole: it is judged against the article itself, what is doubtful may get a second opinion, names
//! are compared across segments, meanings by their embeddings, words that no language has are told, and each segment's risk
//! is judged by all of it.

use super::choose::RouteLeg;
use super::leg::Done;
use super::options::{Meaning, Translating};
use super::second::{First, second_opinion};
use super::session::Session;
use super::signs::{Earlier, compare, judge, meaning, risks, unrendered};
use crate::article::Segment;
use crate::checks::{self, CheckId, Finding};
use crate::engine;
use crate::error::Result;
use crate::output::report;
use crate::risk;
use crate::translate::Translated;

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
    let mut how = options.meaning;
    if how == Meaning::Auto && !asks_a_chat(session, steps)? {
        how = Meaning::Off;
    }
    let mut texts = texts_of(done);
    let pairs = pairs_of(originals, &texts);
    let embeddings = session.embeddings(how)?;
    let mut likeness = match embeddings {
        Some(model) => compare(session, &pairs, (from, to), model)?,
        None => vec![None; pairs.len()],
    };
    let earlier = Earlier::new(session, originals, steps, earlier, options, embeddings)?;
    let first = First {
        originals,
        segments,
        steps,
        earlier: &earlier,
        embeddings,
    };
    let so_far = (&mut done[..], &mut likeness[..]);
    if second_opinion(session, &first, options, so_far, figures)? {
        texts = texts_of(done);
    }
    for (i, done) in done.iter_mut().enumerate() {
        let made = &mut done.translated;
        made.findings.extend(earlier.inherited(i, steps, made));
    }
    let pairs = pairs_of(originals, &texts);
    let unrendered = unrendered(&pairs, (from, to), options);
    let mut found = checks::consistency(&pairs, from, to);
    found.extend(meaning(&pairs, &likeness, (from, to)));
    let known = (&likeness[..], &unrendered[..]);
    for (segment, risk) in risks(&pairs, known, steps, &earlier, done) {
        done[segment].translated.risk = Some(risk);
    }
    for (segment, finding) in found {
        done[segment].translated.findings.push(finding);
    }
    for (i, done) in done.iter_mut().enumerate() {
        let pair = checks::Pair {
            source: pairs[i].0,
            target: pairs[i].1,
            from,
            to,
        };
        tell_nonwords(&pair, segments.get(i), &mut done.translated);
    }
    for (i, done) in done.iter_mut().enumerate() {
        let made = &mut done.translated;
        let silent = made.findings.iter().all(Finding::is_hint);
        let risk = made.risk.as_ref().filter(|_| silent);
        let finding = risk.and_then(|risk| risk::finding(risk, &made.text));
        let words = unrendered[i].as_deref().unwrap_or_default();
        let finding = finding.map(|one| risk::explained(one, originals[i], words));
        made.findings.extend(finding);
    }
    Ok(())
}

/// Tells of words that no language has. They are told, never asked again for: in the place of a word that it had made up, a
/// small model wrote one that reads well and is as wrong, and nothing tells of that.
fn tell_nonwords(pair: &checks::Pair<'_>, segment: Option<&Segment>, made: &mut Translated) {
    if made.attempts > 0 {
        let kept = segment.map(|one| one.verbatim(pair.source));
        let kept = kept.unwrap_or_default();
        let found = checks::nonwords(pair, &kept, true, &made.findings);
        made.findings.extend(found);
    }
}

fn texts_of(done: &[Done]) -> Vec<String> {
    let texts = done.iter().map(|done| done.translated.text.clone());
    texts.collect()
}

fn pairs_of<'p>(originals: &[&'p str], texts: &'p [String]) -> Vec<(&'p str, &'p str)> {
    let texts = texts.iter().map(String::as_str);
    originals.iter().copied().zip(texts).collect()
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
