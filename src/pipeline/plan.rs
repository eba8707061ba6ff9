//! What a job has to do, known before any model is loaded: the sentences, the way into each language, and what the
//! memory has of it. It is computed once; [`run`](super::run()) executes it.

use super::choose::RouteLeg;
use super::input::Document;
use super::leg::{Known, Leg};
use super::options::Translating;
use super::session::Session;
use crate::article::Segment;
use crate::error::Result;
use crate::text::Lang;

/// A job before its work.
pub struct Plan {
    /// The document's sentences.
    pub segments: Vec<Segment>,
    /// The route into each language asked for, in order; empty if there is nothing to translate, which needs no model.
    pub routes: Vec<Vec<RouteLeg>>,
    /// What the memory was asked for that.
    pub(super) known: Vec<Known>,
}

impl Plan {
    /// Chooses the routes from `document` into the languages `to`, and fetches their models unless the memory makes
    /// that needless.
    ///
    /// # Errors
    /// As [`Session::route`]; [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the prompt lacks a variable or fails.
    pub fn new(
        session: &mut Session<'_>,
        document: &Document,
        to: &[Lang],
        options: &Translating,
    ) -> Result<Self> {
        let mut plan = Self {
            segments: document.article.segments(Some(document.lang)),
            routes: Vec::new(),
            known: Vec::new(),
        };
        let kept: Vec<String> = document
            .article
            .kept()
            .iter()
            .map(|one| one.to_string())
            .collect();
        if !kept.is_empty() {
            let note = format!("Kept as they are: {}", kept.join(", "));
            session.observer().note(&note);
        }
        if plan.segments.is_empty() {
            plan.routes = vec![Vec::new(); to.len()];
            return Ok(plan);
        }
        let model = options.asking.model.as_ref();
        for &to in to {
            let steps = session.route(document.lang, to, model, &mut |session, steps| {
                plan.look_up(session, steps, options)
            })?;
            plan.look_up(session, &steps, options)?;
            plan.routes.push(steps);
        }
        let legs = plan
            .routes
            .iter()
            .flatten()
            .map(|step| (step.from, step.to));
        let whole = to.iter().map(|to| (document.lang, *to));
        let mut pairs: Vec<_> = whole.chain(legs).collect();
        pairs.sort_unstable();
        pairs.dedup();
        for idle in options.dictionaries.idle(&pairs) {
            session.observer().warn(&idle);
        }
        Ok(plan)
    }

    /// Whether the memory has every answer of a translation along `steps`, whose models are here. What it was asked is
    /// kept: the work begins with it.
    fn look_up(
        &mut self,
        session: &Session<'_>,
        steps: &[RouteLeg],
        options: &Translating,
    ) -> Result<bool> {
        let mut texts: Vec<String> = self.segments.iter().map(|one| one.text.clone()).collect();
        let whole = steps.len() == 1;
        for step in steps {
            let now: Vec<&str> = texts.iter().map(String::as_str).collect();
            let asked = self
                .known
                .iter()
                .position(|one| one.is_of(&now, step, whole));
            let at = match asked {
                Some(at) => at,
                None => {
                    let leg = Leg::new(session, &now, step, options, whole)?;
                    let leg = leg.keeping(&self.segments);
                    self.known.push(leg.look_up(session)?);
                    self.known.len() - 1
                }
            };
            match self.known[at].translations() {
                Some(known) => texts = known,
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// Whether the memory has every answer of a translation of `texts` along `steps`, whose models are here.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the prompt lacks a variable or fails.
pub(super) fn are_remembered(
    session: &Session<'_>,
    mut texts: Vec<String>,
    steps: &[RouteLeg],
    options: &Translating,
) -> Result<bool> {
    for step in steps {
        let now: Vec<&str> = texts.iter().map(String::as_str).collect();
        let leg = Leg::new(session, &now, step, options, steps.len() == 1)?;
        match leg.look_up(session)?.translations() {
            Some(known) => texts = known,
            None => return Ok(false),
        }
    }
    Ok(true)
}
