//! Whether two systems differ by more than chance: paired bootstrap resampling (Koehn 2004) and approximate randomisation
//! (Riezler and Maxwell 2005), with sacrebleu's samples and its seed.

use serde::Serialize;

use super::metric::Metric;
use super::random::Random;

/// The seed of every test.
pub(super) const SEED: u32 = 12345;

/// How systems are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "samples", rename_all = "kebab-case")]
pub enum Test {
    /// Paired bootstrap resampling with so many samples.
    Bootstrap(usize),
    /// Approximate randomisation with so many trials.
    Randomisation(usize),
}

impl Test {
    /// What a signature says of it.
    pub(super) fn signature(self) -> String {
        match self {
            Self::Bootstrap(n) => format!("bs:{n}|seed:{SEED}|"),
            Self::Randomisation(n) => format!("ar:{n}|seed:{SEED}|"),
        }
    }
}

impl std::fmt::Display for Test {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bootstrap(n) => write!(f, "paired bootstrap, {n} samples"),
            Self::Randomisation(n) => write!(f, "approximate randomisation, {n} trials"),
        }
    }
}

/// The figures of all segments of a system, as many for each.
#[derive(Debug, Default)]
pub(super) struct Figures {
    values: Vec<f32>,
    width: usize,
}

impl Figures {
    pub(super) fn add(&mut self, segment: &[f64]) {
        self.width = segment.len();
        self.values
            .extend(segment.iter().map(|&value| value as f32));
    }

    fn segment(&self, n: usize) -> &[f32] {
        &self.values[n * self.width..(n + 1) * self.width]
    }

    fn sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for segment in self.values.chunks_exact(self.width.max(1)) {
            add(&mut sums, segment);
        }
        sums
    }
}

fn add(sums: &mut [f64], segment: &[f32]) {
    for (sum, &value) in sums.iter_mut().zip(segment) {
        *sum += f64::from(value);
    }
}

/// What a test says of a system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Chance {
    /// The mean of the score over all samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Half the width of its 95% interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<f64>,
    /// How probable so great a difference from the first system is if both are alike; none of the first itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

/// Tests each system against the first, by one metric.
pub(super) fn test(
    test: Test,
    metric: &dyn Metric,
    systems: &[Figures],
    segments: usize,
) -> Vec<Chance> {
    let scores: Vec<f64> = systems
        .iter()
        .map(|system| metric.score(&system.sums()))
        .collect();
    match test {
        Test::Bootstrap(samples) => bootstrap(samples, metric, systems, segments, &scores),
        Test::Randomisation(trials) => {
            let first = Chance::default();
            let others = 1..systems.len();
            let others = others.map(|n| {
                let pair = (&systems[0], &systems[n]);
                let difference = (scores[0] - scores[n]).abs();
                let trials = randomised(trials, metric, pair, segments);
                Chance {
                    p: Some(p_value(&trials, difference)),
                    ..first
                }
            });
            std::iter::once(first).chain(others).collect()
        }
    }
}

fn bootstrap(
    samples: usize,
    metric: &dyn Metric,
    systems: &[Figures],
    segments: usize,
    scores: &[f64],
) -> Vec<Chance> {
    let mut random = Random::new(SEED);
    let mut drawn = vec![0; segments];
    let mut all: Vec<Vec<f64>> = vec![Vec::with_capacity(samples); systems.len()];
    for _ in 0..samples {
        drawn.fill_with(|| random.below(segments as u32));
        for (system, scores) in systems.iter().zip(&mut all) {
            let mut sums = vec![0.0; system.width];
            for &n in &drawn {
                add(&mut sums, system.segment(n as usize));
            }
            scores.push(metric.score(&sums));
        }
    }
    let chance = |n: usize| {
        let own = &all[n];
        let mean = mean(own);
        let pairs = own.iter().zip(&all[0]);
        let differences: Vec<f64> = pairs.map(|(one, first)| (one - first).abs()).collect();
        let usual = self::mean(&differences);
        let beyond: Vec<f64> = differences.iter().map(|one| one - usual).collect();
        Chance {
            mean: Some(mean),
            interval: Some(half_width(own)),
            p: (n > 0).then(|| p_value(&beyond, (scores[n] - scores[0]).abs())),
        }
    };
    (0..systems.len()).map(chance).collect()
}

/// How much two systems differ when each segment is of the one or of the other by chance.
fn randomised(
    trials: usize,
    metric: &dyn Metric,
    (first, other): (&Figures, &Figures),
    segments: usize,
) -> Vec<f64> {
    let mut random = Random::new(SEED);
    let (one, two) = (first.sums(), other.sums());
    let trial = |_| {
        let mut sums = vec![0.0; first.width];
        for n in 0..segments {
            let chosen = if random.bit() { first } else { other };
            add(&mut sums, chosen.segment(n));
        }
        let both = one.iter().zip(&two).zip(&sums);
        let rest: Vec<f64> = both.map(|((a, b), sum)| a + b - sum).collect();
        (metric.score(&sums) - metric.score(&rest)).abs()
    };
    (0..trials).map(trial).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Half the width of the middle 95%.
fn half_width(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let cut = sorted.len() / 40;
    (sorted[sorted.len() - cut - 1] - sorted[cut]) / 2.0
}

/// The share of samples beyond the true difference. One more is counted, so that it is never 0.
fn p_value(samples: &[f64], difference: f64) -> f64 {
    let beyond = samples
        .iter()
        .filter(|&&sample| sample > difference)
        .count();
    (beyond + 1) as f64 / (samples.len() + 1) as f64
}
