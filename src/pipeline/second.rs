//! A second opinion: another route translates the doubtful segments, and what is clearly less risky is taken.
//!
//! Routes are compared by signs that their models have no say in, the likeness of the words and the findings: a model's own
//! probabilities say little of another way. Measured on the first 60 lines of FLORES dev from Italian into French by a 1.5B
//! model, through English and directly, in BLEU and chrF: through English 19.3 and 47.8, directly 17.4 and 46.7, the better
//! one by this risk 21.1 and 49.7, by the risk with the probabilities 18.9 and 47.4. On the first 200 lines, where the risk
//! doubted 149 of 211 segments: through English 17.1 and 46.7, with the second opinion 19.1 and 49.1, for half as much
//! processor time again.

use super::choose::{RouteLeg, languages_and_models};
use super::leg::{Done, Leg, contexts};
use super::options::Translating;
use super::session::Session;
use super::signs::{Earlier, compare, judge, risks};
use crate::article::Segment;
use crate::checks::{CheckId, Finding, Pair};
use crate::engine::embed::Likeness;
use crate::error::Result;
use crate::output::report;
use crate::registry::Figure;
use crate::risk::{self, Level, Risk};
use crate::translate::route::Route;
use crate::translate::{Merit, Repair, Translated, Try, Way};

/// So much worse than the first route, in BLEU, another may be by default: one from Italian into Portuguese by 5.4 took half
/// of an article's time for six sentences, and two of its answers were taken, neither of them better to a reader.
const NEAR: f64 = 3.0;

/// The route that is asked for a second opinion: by default another way with the models that are at work anyway, if it is
/// measured to be nearly as good, as what wasn't is mostly worse and slower than what was chosen; else the best that is
/// here. `None` if there is none, or none is wanted.
pub(super) fn other_route(
    session: &mut Session<'_>,
    steps: &[RouteLeg],
    repair: Repair,
) -> Option<Vec<RouteLeg>> {
    let (from, to) = (steps.first()?.from, steps.last()?.to);
    let is_at_work = |model: &&str| steps.iter().any(|step| step.model == **model);
    let (langs, models) = languages_and_models(steps);
    let first = session.figure(&langs, &models).map(|figure| figure.bleu);
    let is_near = |other: &Figure| first.is_none_or(|first| first - other.bleu <= NEAR);
    let is_known = |route: &Route<'_>| {
        route.figure.is_some_and(is_near) && route.models().iter().all(is_at_work)
    };
    match repair {
        Repair::Off => None,
        Repair::Auto => session.other_route((from, to), steps, &is_known),
        Repair::Thorough => session.other_route((from, to), steps, &|_| true),
    }
}

/// What is known of a translation when a second opinion is asked for.
pub(super) struct First<'f> {
    /// The article's sentences.
    pub originals: &'f [&'f str],
    /// What they are in it, if that is known.
    pub segments: &'f [Segment],
    /// The route that it came along.
    pub steps: &'f [RouteLeg],
    /// What the legs before the last one made.
    pub earlier: &'f Earlier<'f>,
    /// The model for embeddings, if there is one.
    pub embeddings: Option<&'f str>,
}

/// Asks another route for the doubtful segments of `done`, whose `likeness` is known, and takes what is better; the figures of
/// the work go to `figures`. Returns whether anything was asked.
///
/// # Errors
/// What running a model says.
pub(super) fn second_opinion(
    session: &mut Session<'_>,
    first: &First<'_>,
    options: &Translating,
    (done, likeness): (&mut [Done], &mut [Option<Likeness>]),
    figures: &mut Vec<report::Step>,
) -> Result<bool> {
    let steps = first.steps;
    let (from, to) = (steps[0].from, steps[steps.len() - 1].to);
    // Findings alone don't say which of two routes is better.
    let may = first.embeddings.is_some() || options.repair == Repair::Thorough;
    let others = other_route(session, steps, options.repair).filter(|_| may);
    let Some(others) = others else {
        return Ok(false);
    };
    let risks = first_risks(first, done, likeness);
    let is_asked = |&i: &usize| match options.repair {
        Repair::Thorough => is_doubtful(&done[i].translated, risks[i].as_ref()),
        _ => is_risky(risks[i].as_ref()),
    };
    let doubtful: Vec<usize> = (0..done.len()).filter(is_asked).collect();
    if doubtful.is_empty() {
        return Ok(false);
    }
    let texts = along(session, first, &others, options, &doubtful, figures)?;
    let pairs: Vec<(&str, &str)> = (doubtful.iter().zip(&texts))
        .map(|(&i, text)| (first.originals[i], text.as_str()))
        .collect();
    let near = match first.embeddings {
        Some(model) => compare(session, &pairs, (from, to), model)?,
        None => vec![None; pairs.len()],
    };
    for ((&i, text), near) in doubtful.iter().zip(&texts).zip(near) {
        let source = (first.originals[i], first.segments.get(i));
        let findings = judge(source, text, (from, to), options);
        let made = &mut done[i].translated;
        let merit = |target: &str, findings: &[Finding], near: Option<&Likeness>| {
            let pair = Pair {
                source: source.0,
                target,
                from,
                to,
            };
            Merit::of(findings, outer(pair, findings, near).as_ref())
        };
        let now = merit(text, &findings, near.as_ref());
        let before = merit(&made.text, &made.findings, likeness[i].as_ref());
        let better = !is_untranslated(&findings) && now.beats(before, Merit::ANOTHER_WAY);
        if better {
            likeness[i] = near;
        }
        take(made, text, findings, better);
    }
    Ok(true)
}

/// The risk of each segment before, where it is known.
fn first_risks(
    first: &First<'_>,
    done: &[Done],
    likeness: &[Option<Likeness>],
) -> Vec<Option<Risk>> {
    let texts = done.iter().map(|done| &*done.translated.text);
    let pairs: Vec<(&str, &str)> = first.originals.iter().copied().zip(texts).collect();
    let known = (likeness, &vec![None; pairs.len()][..]);
    let mut all = vec![None; pairs.len()];
    for (segment, risk) in risks(&pairs, known, first.steps, first.earlier, done) {
        all[segment] = Some(risk);
    }
    all
}

/// Whether it is left in the source's language or in a third one: nothing is nearer to a text than the text itself, so that
/// its likeness says nothing.
fn is_untranslated(findings: &[Finding]) -> bool {
    let left = [CheckId::Echo, CheckId::Language, CheckId::Untranslated];
    let mut told = findings.iter().filter(|one| !one.is_hint());
    told.any(|one| left.contains(&one.check))
}

/// The risk by signs that no translating model has a say in.
fn outer(pair: Pair<'_>, findings: &[Finding], near: Option<&Likeness>) -> Option<Risk> {
    risk::judge(&risk::Evidence {
        pair,
        findings,
        likeness: near,
        legs: &[],
        unrendered: None,
    })
}

fn is_risky(risk: Option<&Risk>) -> bool {
    risk.is_some_and(|risk| risk.level != Level::Fine)
}

fn is_doubtful(made: &Translated, risk: Option<&Risk>) -> bool {
    let told = made.findings.iter().any(|finding| !finding.is_hint());
    made.attempts > 0 && (told || is_risky(risk))
}

/// These segments, translated along `others`.
fn along(
    session: &mut Session<'_>,
    first: &First<'_>,
    others: &[RouteLeg],
    options: &Translating,
    wanted: &[usize],
    figures: &mut Vec<report::Step>,
) -> Result<Vec<String>> {
    let mut texts: Vec<String> = wanted
        .iter()
        .map(|&i| first.originals[i].to_owned())
        .collect();
    let mut before = contexts(first.originals);
    let mut context: Vec<String> = wanted
        .iter()
        .map(|&i| std::mem::take(&mut before[i]))
        .collect();
    for step in others {
        let now: Vec<&str> = texts.iter().map(String::as_str).collect();
        let these = wanted.iter().filter_map(|&i| first.segments.get(i));
        let leg = Leg::new(session, &now, step, options, others.len() == 1)?.keeping(these);
        // What stands beside a segment here needn't be what stands beside it in the article.
        let leg = leg.after(std::mem::replace(
            &mut context,
            vec![String::new(); wanted.len()],
        ));
        let known = leg.look_up(session)?;
        let (made, figure) = leg.translate(session, known, &mut |_| {})?;
        figures.push(figure);
        texts = made.into_iter().map(|made| made.translated.text).collect();
    }
    Ok(texts)
}

/// Writes down that another route said `text`, and takes it if it is `better`.
fn take(made: &mut Translated, text: &str, findings: Vec<Finding>, better: bool) {
    let ids = |findings: &[Finding]| findings.iter().map(|f| f.check).collect();
    if made.tries.is_empty() {
        made.tries.push(Try {
            way: Way::First,
            text: made.text.clone(),
            findings: ids(&made.findings),
            chosen: true,
        });
    }
    if better {
        made.tries.iter_mut().for_each(|one| one.chosen = false);
    }
    made.tries.push(Try {
        way: Way::OtherModel,
        text: text.to_owned(),
        findings: ids(&findings),
        chosen: better,
    });
    made.attempts += 1;
    if better {
        made.text = text.to_owned();
        // Neither the words' places nor their probabilities are those of the new text.
        made.links.clear();
        made.sureness.clear();
        made.findings = findings;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_untranslated_is_never_taken() {
        for (check, is) in [(CheckId::Echo, true), (CheckId::Number, false)] {
            let findings = [Finding::error(check, "any")];
            assert_eq!(is_untranslated(&findings), is);
        }
    }

    #[test]
    fn what_another_route_said_is_written_down_whether_or_not_it_is_taken() {
        let before = Translated {
            text: "Le chat dort.".into(),
            findings: Vec::new(),
            attempts: 1,
            tries: Vec::new(),
            alternatives: Vec::new(),
            sureness: vec![-0.5; 3],
            links: Vec::new(),
            risk: None,
        };
        for better in [false, true] {
            let mut made = before.clone();
            take(&mut made, "Le chien dort.", Vec::new(), better);
            let told: Vec<(Way, bool)> =
                made.tries.iter().map(|one| (one.way, one.chosen)).collect();
            assert_eq!(told, [(Way::First, !better), (Way::OtherModel, better)]);
            let taken = if better {
                "Le chien dort."
            } else {
                "Le chat dort."
            };
            assert_eq!((made.text.as_str(), made.attempts), (taken, 2));
            assert_eq!(made.sureness.is_empty(), better);
        }
    }
}
