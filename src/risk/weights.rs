//! The fitted weights: one set for each combination of signals that can be had.

use std::sync::LazyLock;

use serde::Deserialize;

/// `weights.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    /// When they were fitted.
    #[serde(rename = "fitted")]
    _fitted: String,
    /// To what.
    #[serde(rename = "data")]
    _data: String,
    /// Those that tell the most come first.
    set: Vec<Set>,
    /// For where no model says anything.
    pub bare: Set,
}

/// Weights for some of the signals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    intercept: f64,
    /// From this probability on a segment is worth a second look.
    pub check: f32,
    /// From this one on it is probably wrong.
    pub wrong: f32,
    signal: Vec<Weight>,
}

/// The weight of one signal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weight {
    name: String,
    weight: f64,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
    toml::from_str(include_str!("weights.toml")).expect("what is compiled in is well formed")
});

impl Weights {
    pub(super) fn get() -> &'static Self {
        &WEIGHTS
    }

    /// The first set all of whose signals are known.
    pub(super) fn best(&self, known: &[(&'static str, f64)]) -> Option<&Set> {
        let all = |set: &&Set| {
            set.signal
                .iter()
                .all(|one| value(known, &one.name).is_some())
        };
        self.set.iter().find(all)
    }
}

impl Set {
    pub(super) fn probability(&self, known: &[(&'static str, f64)]) -> f32 {
        let terms = self.signal.iter();
        let terms = terms.map(|one| one.weight * value(known, &one.name).unwrap_or_default());
        let z = self.intercept + terms.sum::<f64>();
        (1.0 / (1.0 + (-z).exp())) as f32
    }
}

fn value(known: &[(&'static str, f64)], name: &str) -> Option<f64> {
    known
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::super::names;
    use super::*;

    #[test]
    fn the_sets_name_known_signals_and_need_a_model_s() {
        let weights = Weights::get();
        let of_models = ["source_far", "surprise"];
        for set in &weights.set {
            assert!(
                set.signal
                    .iter()
                    .all(|one| names().any(|name| name == one.name))
            );
            assert!(
                set.signal
                    .iter()
                    .any(|one| of_models.contains(&one.name.as_str()))
            );
            assert!(0.0 < set.check && set.check < set.wrong && set.wrong < 1.0);
        }
        assert!(weights.best(&[("length", 3.0), ("copied", 0.0)]).is_none());
        let bare = weights.bare.signal.iter();
        assert!(bare.clone().all(|one| names().any(|name| name == one.name)));
        assert!(
            !bare
                .clone()
                .any(|one| of_models.contains(&one.name.as_str()))
        );
    }
}
