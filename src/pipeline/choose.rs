//! Which models a job works with: the one that the user names, else the best that can be had. What can't be had is tried
//! once, and said once.

use std::collections::HashSet;

use super::session::{Context, Gist, Session};
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Manifest, ModelSpec, Task};
use crate::text::Lang;
use crate::translate::route::{Leg, Route, Tier, routes};

/// One translation of a chosen route.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RouteLeg {
    /// Language read.
    pub from: Lang,
    /// Language written.
    pub to: Lang,
    /// Id of the model.
    pub model: String,
}

/// A route as people read it.
pub fn show_route(steps: &[RouteLeg]) -> String {
    let legs: Vec<String> = steps
        .iter()
        .map(|step| format!("{} → {} by {}", step.from, step.to, step.model))
        .collect();
    legs.join(", then ")
}

/// The languages and the models of a route, as a report has them.
pub(super) fn languages_and_models(steps: &[RouteLeg]) -> (Vec<Lang>, Vec<String>) {
    let mut langs: Vec<Lang> = steps.iter().take(1).map(|step| step.from).collect();
    langs.extend(steps.iter().map(|step| step.to));
    let models = steps.iter().map(|step| step.model.clone());
    (langs, models.collect())
}

impl Session<'_> {
    /// The steps that lead from `from` to `to`: by the model that `spec` names, else by the best route whose models
    /// can all be had. Before a model is fetched, `is_remembered` is asked whether the best route that is here has done
    /// the work already: no source is tried then, which may take seconds to find out that it can't be reached.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] listing each candidate and why it can't be had; [`ErrorKind::Usage`] if the named
    /// model doesn't translate.
    pub fn route(
        &mut self,
        from: Lang,
        to: Lang,
        spec: Option<&ModelSpec>,
        is_remembered: &mut dyn FnMut(&Self, &[RouteLeg]) -> Result<bool>,
    ) -> Result<Vec<RouteLeg>> {
        let Context {
            catalogue, quality, ..
        } = self.context;
        let all = routes(catalogue, from, to, *quality, &|model| {
            engine::can_run(model) && model.is_within_reach()
        });
        if let Some(spec) = spec {
            let model = self.named(spec, Task::Translate)?;
            let manifest = &self.models.installed[&model].manifest;
            // What a file on the disk can do is for its user to know.
            let says_nothing = manifest.languages.is_empty() && manifest.pairs.is_empty();
            if !says_nothing && !manifest.serves(Task::Translate, Some(from), to) {
                return Err(Error::new(
                    ErrorKind::Usage,
                    format!("the model {model} doesn't translate {from} to {to}"),
                )
                .with_hint("`traghetto models list` shows what each model does"));
            }
            let gist = Route::direct(from, to, manifest).gist(&all);
            let steps = vec![RouteLeg { from, to, model }];
            self.tell_gist(&steps, gist);
            return Ok(steps);
        }
        if let Some(route) = all.iter().find(|route| self.has(route)) {
            let steps: Vec<RouteLeg> = route.legs.iter().map(step).collect();
            let best = &all[0];
            if !self.context.strict && !std::ptr::eq(route, best) && is_remembered(self, &steps)? {
                self.take(&all, best, route);
                return Ok(steps);
            }
        }
        let mut best: Option<&Route<'_>> = None;
        for route in &all {
            let mut failed = None;
            for leg in &route.legs {
                if let Err(why) = self.fetch(leg.model, Task::Translate) {
                    failed = Some((leg, why));
                    break;
                }
            }
            let Some((leg, why)) = failed else {
                self.take(&all, best.unwrap_or(route), route);
                return Ok(route.legs.iter().map(step).collect());
            };
            if self.context.strict {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    format!("the best model, {}, can't be had: {why}", leg.model.id),
                )
                .with_hint("leave --strict out to accept the next best"));
            }
            best = best.or(Some(route));
        }
        let mut tried: Vec<&Manifest> = Vec::new();
        for leg in all.iter().flat_map(|route| &route.legs) {
            if !tried.iter().any(|model| model.id == leg.model.id) {
                tried.push(leg.model);
            }
        }
        Err(self.none_left(&format!("translates {from} to {to}"), &tried))
    }

    /// Says which route is taken, and that it isn't the best one if it isn't.
    fn take(&mut self, all: &[Route<'_>], best: &Route<'_>, route: &Route<'_>) {
        if !std::ptr::eq(best, route) {
            let missing = best
                .legs
                .iter()
                .find(|leg| !self.models.installed.contains_key(&leg.model.id));
            let missing = missing.map_or("the best route", |leg| leg.model.id.as_str());
            self.stands_in(missing, &route.models().join(" and "));
        }
        let reason = format!("{route}: {}", route.reason(all));
        if self.is_news(&reason) {
            self.observer.note(&reason);
        }
        let steps: Vec<RouteLeg> = route.legs.iter().map(step).collect();
        self.tell_gist(&steps, route.gist(all));
    }

    /// Says before anything is translated that a route serves for the gist only, if it does.
    fn tell_gist(&mut self, steps: &[RouteLeg], gist: Option<String>) {
        let Some(told) = gist else { return };
        if self.is_news(&told) {
            self.observer.warn(&told);
        }
        let (route, models) = languages_and_models(steps);
        let gist = Gist {
            route,
            models,
            told,
        };
        if !self.gists.contains(&gist) {
            self.gists.push(gist);
        }
    }

    /// What was said of the route through the languages `route` by `models` if it serves for the gist only.
    pub fn gist(&self, route: &[Lang], models: &[String]) -> Option<&str> {
        let is_it = |gist: &&Gist| gist.route == route && gist.models == models;
        let gist = self.gists.iter().find(is_it)?;
        Some(&gist.told)
    }

    /// Whether all models of a route are here; they are chosen then.
    fn has(&mut self, route: &Route<'_>) -> bool {
        route.legs.iter().all(|leg| self.is_here(leg.model))
    }

    /// The id of the model that writes summaries in `lang`: the one that `spec` names, else the best that can be had.
    ///
    /// # Errors
    /// As [`Session::route`].
    pub fn summarizer(
        &mut self,
        from: Lang,
        lang: Lang,
        spec: Option<&ModelSpec>,
        is_remembered: &mut dyn FnMut(&Self, &str) -> Result<bool>,
    ) -> Result<String> {
        if let Some(spec) = spec {
            return self.named(spec, Task::Summarize);
        }
        let candidates =
            self.context
                .catalogue
                .candidates(Task::Summarize, Some(from), lang, engine::can_run);
        if let Some(&model) = candidates.iter().find(|model| self.is_here(model))
            && !self.context.strict
            && model.id != candidates[0].id
            && is_remembered(self, &model.id)?
        {
            self.stands_in(&candidates[0].id, &model.id);
            return Ok(model.id.clone());
        }
        for model in &candidates {
            match self.fetch(model, Task::Summarize) {
                Ok(()) => {
                    if model.id != candidates[0].id {
                        self.stands_in(&candidates[0].id, &model.id);
                    }
                    return Ok(model.id.clone());
                }
                Err(why) if self.context.strict => {
                    return Err(Error::new(
                        ErrorKind::Unavailable,
                        format!("the best model, {}, can't be had: {why}", model.id),
                    )
                    .with_hint("leave --strict out to accept the next best"));
                }
                Err(_) => {}
            }
        }
        Err(self.none_left(&format!("summarises in {lang}"), &candidates))
    }

    /// The id of the model that `spec` names, which translates.
    ///
    /// # Errors
    /// As [`Session::route`].
    pub fn translator(&mut self, spec: &ModelSpec) -> Result<String> {
        self.named(spec, Task::Translate)
    }

    /// Every pair of languages that can be translated: by the model that `spec` names, else by those that are here or,
    /// unless the network is out of bounds, can be fetched.
    ///
    /// # Errors
    /// As [`Session::translator`].
    pub fn pairs(&mut self, spec: Option<&ModelSpec>) -> Result<Vec<(Lang, Lang)>> {
        let every = || Lang::all().flat_map(|from| Lang::all().map(move |to| (from, to)));
        let every = || every().filter(|(from, to)| from != to);
        if let Some(spec) = spec {
            let id = self.named(spec, Task::Translate)?;
            let manifest = &self.models.installed[&id].manifest;
            let says_nothing = manifest.languages.is_empty() && manifest.pairs.is_empty();
            let serves =
                |(from, to): &(Lang, Lang)| manifest.serves(Task::Translate, Some(*from), *to);
            return Ok(every()
                .filter(|pair| says_nothing || serves(pair))
                .collect());
        }
        let Context {
            catalogue,
            fetch,
            quality,
            ..
        } = self.context;
        let mut usable: HashSet<&str> = HashSet::new();
        for model in catalogue.all() {
            let can = model.tasks.contains(&Task::Translate) && engine::can_run(model);
            let obtainable = !fetch.offline && model.is_within_reach();
            if can && (obtainable || self.is_here(model)) {
                usable.insert(&model.id);
            }
        }
        let can_use = |model: &Manifest| usable.contains(model.id.as_str());
        let can = |(from, to): &(Lang, Lang)| {
            !routes(catalogue, *from, *to, *quality, &can_use).is_empty()
        };
        Ok(every().filter(can).collect())
    }

    /// The best other way from `from` to `to` than `steps`, by models that are here already, if it `may` be taken.
    pub fn other_route(
        &mut self,
        (from, to): (Lang, Lang),
        steps: &[RouteLeg],
        may: &dyn Fn(&Route<'_>) -> bool,
    ) -> Option<Vec<RouteLeg>> {
        let catalogue = &self.context.catalogue;
        let all = routes(catalogue, from, to, Tier::Best, &engine::can_run);
        for route in all {
            let others: Vec<RouteLeg> = route.legs.iter().map(step).collect();
            if others == steps || !may(&route) {
                continue;
            }
            if self.has(&route) {
                return Some(others);
            }
        }
        None
    }

    /// Warns, once a pair, that another model than the best one is used.
    fn stands_in(&mut self, missing: &str, used: &str) {
        let line =
            format!("{missing}, the best model for this, can't be had: using {used} instead");
        if self.is_news(&line) {
            self.observer.warn(&line);
        }
    }

    /// Whether a line is to be said: it wasn't before.
    fn is_news(&mut self, line: &str) -> bool {
        let is_news = self.models.said.iter().all(|said| said != line);
        if is_news {
            self.models.said.push(line.to_owned());
        }
        is_news
    }

    fn none_left(&self, what: &str, tried: &[&Manifest]) -> Error {
        let mut message = format!("no model that {what} can be had");
        for model in tried {
            let why = self
                .models
                .refused
                .get(&model.id)
                .map_or("not tried", String::as_str);
            message.push_str(&format!("\n  {}: {why}", model.id));
        }
        let hint = match (tried.is_empty(), self.context.fetch.offline) {
            (true, _) => "`traghetto models list` shows which pairs there are",
            (false, true) => {
                "leave --offline out, or fetch a model first with `traghetto models pull`"
            }
            (false, false) => "check the network, or name a model file with --model PATH",
        };
        Error::new(ErrorKind::Unavailable, message).with_hint(hint)
    }
}

fn step(leg: &Leg<'_>) -> RouteLeg {
    RouteLeg {
        from: leg.from,
        to: leg.to,
        model: leg.model.id.clone(),
    }
}
