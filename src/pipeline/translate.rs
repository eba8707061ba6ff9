//! Translating a document along a route, leg by leg, and all that a single translation needs.

use std::path::Path;
use std::time::Instant;

use super::choose::{RouteLeg, show_route};
use super::input::Document;
use super::leg::{Done, Known, Leg};
use super::options::Translating;
use super::plan::Plan;
use super::report::ReportBuilder;
use super::review::review;
use super::second::other_route;
use super::session::Session;
use crate::article::Segment;
use crate::error::Result;
use crate::output::report::{self, Report};
use crate::text::{Lang, Link};
use crate::translate::{Repair, Update};

/// One translation: the steps that led to it, and what they gave.
struct Along {
    steps: Vec<RouteLeg>,
    /// Whether the steps are a whole route, or the way to another language: fewer of the glossary's terms hold then.
    whole: bool,
    /// Whether that made no difference.
    is_both: bool,
    done: Vec<Done>,
    /// Whether it was reviewed; the first leg of a pivot is not.
    is_reviewed: bool,
}

impl Along {
    fn is_of(&self, steps: &[RouteLeg], whole: bool) -> bool {
        self.steps == steps && (self.is_both || self.whole == whole)
    }
}

/// Translations made so far: a pivot's first leg is often wanted for itself.
#[derive(Default)]
pub(super) struct Made {
    translations: Vec<Along>,
    /// What the memory was asked already.
    known: Vec<Known>,
    /// The figures of each leg, in the order of the work.
    pub(super) steps: Vec<report::Step>,
}

impl Made {
    /// Nothing yet, but `known` need not be looked up again.
    pub(super) fn knowing(known: Vec<Known>) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// Whether the translation along `steps` was reviewed.
    pub(super) fn is_reviewed(&self, steps: &[RouteLeg]) -> bool {
        let mut made = self.translations.iter();
        made.any(|one| one.is_of(steps, is_whole(steps)) && one.is_reviewed)
    }

    /// The segments translated along `steps`, which are a whole route.
    pub(super) fn along(&self, steps: &[RouteLeg]) -> Option<&[Done]> {
        along(&self.translations, steps, is_whole(steps))
    }
}

/// Whether the one leg of a route of `steps` leads from the article's language to the one asked for.
fn is_whole(steps: &[RouteLeg]) -> bool {
    steps.len() == 1
}

fn along<'m>(translations: &'m [Along], steps: &[RouteLeg], whole: bool) -> Option<&'m [Done]> {
    let made = translations.iter().find(|one| one.is_of(steps, whole))?;
    Some(&made.done)
}

/// The translations that the legs before the last of `steps` made.
fn legs_before<'m>(translations: &'m [Along], steps: &[RouteLeg]) -> Vec<&'m [Done]> {
    (1..steps.len())
        .filter_map(|legs| along(translations, &steps[..legs], false))
        .collect()
}

/// Translates `segments` along `steps`, leg by leg, into `made`; legs that are there already aren't repeated. `on`
/// learns of the last leg.
///
/// # Errors
/// [`ErrorKind::Model`](crate::ErrorKind::Model) if a model can't be loaded,
/// [`ErrorKind::Inference`](crate::ErrorKind::Inference) if one fails while running.
pub(super) fn translate_document(
    session: &mut Session<'_>,
    segments: &[Segment],
    steps: &[RouteLeg],
    options: &Translating,
    made: &mut Made,
    on: &mut dyn FnMut(Update<'_>),
) -> Result<()> {
    let Made {
        translations,
        known: asked_before,
        steps: figures,
    } = made;
    let originals: Vec<&str> = segments.iter().map(|one| one.text.as_str()).collect();
    let whole = is_whole(steps);
    for leg in 1..=steps.len() {
        let (before, step) = (&steps[..leg - 1], &steps[leg - 1]);
        let is_last = leg == steps.len();
        let there = translations
            .iter()
            .position(|one| one.is_of(&steps[..leg], whole));
        if let Some(there) = there {
            // What was made on the way to another language is wanted for itself now.
            if is_last && !translations[there].is_reviewed {
                let mut done = std::mem::take(&mut translations[there].done);
                let earlier = legs_before(translations, steps);
                let texts = (&originals[..], segments);
                review(session, texts, steps, &earlier, options, &mut done, figures)?;
                translations[there].is_reviewed = true;
                translations[there].done = done;
            }
            continue;
        }
        let texts: Vec<&str> = match along(translations, before, whole) {
            Some(done) => done
                .iter()
                .map(|one| one.translated.text.as_str())
                .collect(),
            None => originals.clone(),
        };
        // What another model may change afterwards is told when it is settled.
        let is_plain = steps.len() == 1 || !segments.iter().any(Segment::is_marked);
        let may_change = is_last && other_route(session, steps, options.repair).is_some();
        let early = is_last && !may_change && options.repair != Repair::Thorough && is_plain;
        let tell = &mut |update: Update<'_>| {
            if early {
                on(update);
            }
        };
        let asked = Leg::new(session, &texts, step, options, whole)?.keeping(segments);
        let is_known = |known: &Known| known.is_of(&texts, step, whole);
        let known = match asked_before.iter().position(is_known) {
            Some(at) => asked_before.swap_remove(at),
            None => asked.look_up(session)?,
        };
        let (mut done, cost) = asked.translate(session, known, tell)?;
        figures.push(cost);
        if let Some(before) = along(translations, before, whole) {
            for (one, before) in done.iter_mut().zip(before) {
                let links = &mut one.translated.links;
                *links = through(&before.translated.links, links);
            }
        }
        if is_last {
            let earlier = legs_before(translations, steps);
            let texts = (&originals[..], segments);
            review(session, texts, steps, &earlier, options, &mut done, figures)?;
            for (segment, done) in done.iter().enumerate().filter(|_| !early) {
                on(Update::Final {
                    segment,
                    translated: &done.translated,
                });
            }
        }
        let terms = |whole| options.terms(step.from, step.to, whole);
        translations.push(Along {
            steps: steps[..leg].to_vec(),
            whole,
            is_both: terms(true) == terms(false),
            done,
            is_reviewed: is_last,
        });
    }
    Ok(())
}

/// The links of two translations of which the second is the first one's.
pub(super) fn through(first: &[Link], second: &[Link]) -> Vec<Link> {
    let through = |link: &Link| {
        let mut first = first.iter();
        let met = first
            .find(|one| one.target.start < link.source.end && link.source.start < one.target.end)?;
        Some(Link {
            source: met.source,
            target: link.target,
        })
    };
    second.iter().filter_map(through).collect()
}

/// A translated document, and how it was made.
#[derive(Debug)]
pub struct TranslatedDocument {
    /// The text in the new language, in the document's format.
    pub text: String,
    /// The route; empty if there was nothing to translate.
    pub steps: Vec<RouteLeg>,
    /// The report, of one translation.
    pub report: Report,
}

/// Translates `document` into the one language `to`; `on` learns of its segments, `output` is the file that the report
/// shall name.
///
/// # Errors
/// As [`Plan::new`]; [`ErrorKind::Model`](crate::ErrorKind::Model) if a model can't be loaded,
/// [`ErrorKind::Inference`](crate::ErrorKind::Inference) if one fails while running.
pub fn translate(
    session: &mut Session<'_>,
    document: &Document,
    to: Lang,
    options: &Translating,
    output: Option<&Path>,
    started: Instant,
    on: &mut dyn FnMut(Update<'_>),
) -> Result<TranslatedDocument> {
    let mut plan = Plan::new(session, document, &[to], options)?;
    let steps = plan.routes.pop().unwrap_or_default();
    let mut made = Made::knowing(plan.known);
    if !steps.is_empty() {
        let route = format!("Route: {}", show_route(&steps));
        session.observer().note(&route);
        translate_document(session, &plan.segments, &steps, options, &mut made, on)?;
    }
    let mut report = ReportBuilder::new(document, &plan.segments);
    let done = made.along(&steps).unwrap_or_default();
    let text = report.translation(to, &steps, done, output, &[]);
    for step in made.steps {
        report.step(step);
    }
    Ok(TranslatedDocument {
        text,
        steps,
        report: report.close(session, Some(options), None, started),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_another_language_is_no_translation_of_its_own_where_the_glossary_makes_a_difference()
     {
        let steps = [RouteLeg {
            from: Lang::IT,
            to: Lang::EN,
            model: "any".to_string(),
        }];
        for (is_both, is_there) in [(true, true), (false, false)] {
            let made = Made {
                translations: vec![Along {
                    steps: steps.to_vec(),
                    whole: false,
                    is_both,
                    done: Vec::new(),
                    is_reviewed: true,
                }],
                ..Made::default()
            };
            assert_eq!(made.along(&steps).is_some(), is_there);
            assert_eq!(made.is_reviewed(&steps), is_there);
            assert!(along(&made.translations, &steps, false).is_some());
        }
    }
}
