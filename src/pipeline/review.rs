//! When a translation is whole: it is judged against the article itself, what still has findings may get another model's
//! opinion, names are compared across segments, and meanings by their embeddings.

use super::cache::{Cache, Kind};
use super::leg::{Done, Leg};
use super::options::{Meaning, Translating};
use super::session::{Session, Step};
use crate::article::Segment;
use crate::checks::{self, CheckId, Finding, Pair};
use crate::engine;
use crate::engine::embed::adequacy;
use crate::error::Result;
use crate::memory::Key;
use crate::output::report;
use crate::text::Lang;
use crate::translate::{Repair, Try, Way, weight};

/// Reviews the translation `done` of `originals`, which are the texts of `segments` if there are any, along `steps`; the figures of further work go to `figures`.
///
/// # Errors
/// What loading or running a model says.
pub(super) fn review(
    session: &mut Session<'_>,
    (originals, segments): (&[&str], &[Segment]),
    steps: &[Step],
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
        for (original, done) in originals.iter().zip(done.iter_mut()) {
            let made = &mut done.translated;
            if made.attempts > 0 {
                let mut findings = judge(original, &made.text, (from, to), options);
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
    let pairs: Vec<(&str, &str)> = originals
        .iter()
        .zip(done.iter())
        .map(|(original, made)| (*original, made.translated.text.as_str()))
        .collect();
    let mut found = checks::consistency(&pairs, from, to);
    let mut how = options.meaning;
    if how == Meaning::Auto && !asks_a_chat(session, steps)? {
        how = Meaning::Off;
    }
    found.extend(meaning(session, &pairs, (from, to), how)?);
    for (segment, finding) in found {
        done[segment].translated.findings.push(finding);
    }
    Ok(())
}

/// Whether any of the steps is made by a model that is asked with prompts.
fn asks_a_chat(session: &Session<'_>, steps: &[Step]) -> Result<bool> {
    for step in steps {
        if engine::reads_prompts(&session.chosen(&step.model)?.manifest) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn judge(
    source: &str,
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
    let mut findings = checks::check(&pair, &checks::Options::default());
    findings.extend(checks::terms(&pair, &options.terms(from, to, true)));
    findings
}

/// Lets the next best models that are here translate the segments with findings, and takes what is better.
fn second_opinion(
    session: &mut Session<'_>,
    (originals, segments): (&[&str], &[Segment]),
    steps: &[Step],
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
        let findings = judge(originals[segment], &text, (from, to), options);
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
            made.findings = findings;
        }
    }
    Ok(())
}

/// Segments of fewer words were not measured, and idioms among them have another meaning word for word.
const MEANING_WORDS: usize = 6;

/// Compares the embeddings of both sides, of all segments in one batch; what was compared before is remembered.
fn meaning(
    session: &mut Session<'_>,
    pairs: &[(&str, &str)],
    (from, to): (Lang, Lang),
    how: Meaning,
) -> Result<Vec<(usize, Finding)>> {
    let Some(model) = session.embeddings(how)? else {
        return Ok(Vec::new());
    };
    let mut cache = Cache::new(session, Kind::Adequacy, (from, to), model)?;
    let long = |text: &str| text.split_whitespace().count() >= MEANING_WORDS;
    let mut known: Vec<(usize, f32)> = Vec::new();
    let mut missing: Vec<(usize, Key)> = Vec::new();
    for (i, (source, target)) in pairs.iter().enumerate() {
        if !long(source) || target.is_empty() {
            continue;
        }
        let key = cache.key(format!("{}:{source}{target}", source.len()).as_bytes());
        match cache.find(&key) {
            Some(similarity) => known.push((i, similarity)),
            None => missing.push((i, key)),
        }
    }
    if !missing.is_empty() {
        let sources = missing.iter().map(|(i, _)| pairs[*i].0);
        let targets = missing.iter().map(|(i, _)| pairs[*i].1);
        let texts: Vec<&str> = sources.chain(targets).collect();
        let vectors = session.embedder(model)?.embed(&texts)?;
        let (sources, targets) = vectors.split_at(missing.len());
        for ((segment, key), (source, target)) in
            missing.into_iter().zip(sources.iter().zip(targets))
        {
            let similarity = adequacy(source, target);
            cache.keep(key, "", &similarity);
            known.push((segment, similarity));
        }
    }
    let finding = |(segment, similarity)| Some((segment, checks::meaning(similarity, (from, to))?));
    Ok(known.into_iter().filter_map(finding).collect())
}
