//! Routes: directly from one language to another, or through English where that promises the better text.

use std::fmt;

use crate::registry::{Catalogue, Manifest, Task};
use crate::text::Lang;

/// One translation of a route.
#[derive(Debug, Clone, Copy)]
pub struct Leg<'a> {
    /// Language read.
    pub from: Lang,
    /// Language written.
    pub to: Lang,
    /// The model that does it.
    pub model: &'a Manifest,
}

/// A way from one language to another.
#[derive(Debug, Clone)]
pub struct Route<'a> {
    /// One leg, or two with a pivot between them.
    pub legs: Vec<Leg<'a>>,
    /// Expected quality, on the scale of [`crate::registry::Quality`].
    pub expected: f64,
}

impl fmt::Display for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, leg) in self.legs.iter().enumerate() {
            if i > 0 {
                f.write_str(", then ")?;
            }
            write!(f, "{} → {} by {}", leg.from, leg.to, leg.model.id)?;
        }
        Ok(())
    }
}

/// The language that routes may go through: nearly every model reads and writes it.
const PIVOT: Lang = Lang::EN;

/// What is kept of a text's quality by the second of two translations, whose source is no longer the author's.
const PIVOT_KEEPS: f64 = 0.95;

/// Every route from `from` to `to` by models that `can_run`, the most promising first.
pub fn routes<'a>(
    catalogue: &'a Catalogue,
    from: Lang,
    to: Lang,
    can_run: &dyn Fn(&Manifest) -> bool,
) -> Vec<Route<'a>> {
    let legs = |from: Lang, to: Lang| -> Vec<Leg<'a>> {
        catalogue
            .candidates(Task::Translate, Some(from), to, can_run)
            .into_iter()
            .map(|model| Leg { from, to, model })
            .collect()
    };
    let quality = |leg: &Leg<'_>| leg.model.score(Task::Translate, Some((leg.from, leg.to)));
    let mut routes: Vec<Route<'a>> = legs(from, to)
        .into_iter()
        .map(|leg| Route {
            expected: quality(&leg),
            legs: vec![leg],
        })
        .collect();
    if from != PIVOT && to != PIVOT {
        let onward = legs(PIVOT, to);
        for first in legs(from, PIVOT) {
            for second in &onward {
                // A chain is as good as its weaker link, and a little worse.
                let expected = quality(&first).min(quality(second)) * PIVOT_KEEPS;
                routes.push(Route {
                    legs: vec![first, *second],
                    expected,
                });
            }
        }
    }
    // A stable sort: of equals the direct route, which was put first, stays first.
    routes.sort_by(|a, b| b.expected.total_cmp(&a.expected));
    routes
}
